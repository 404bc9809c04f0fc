//! The runtime APIs behind the `crm_` RPC, which polkadot.js apps calls too, and behind what the node
//! does by itself.

use crate::{
	access::{GrantTerms, Grantee, Policy, Refusal, Scope},
	consent::{Capture, ConsentState, Permission, PurposeTerms},
	trail::Entry,
	Actor, Categories, Commitment, CustomerId, DataCategory, Day, Denial, GrantId, LawfulBasis,
	Moment, OrganisationId, PeerId, PurposeId, Roles,
};
use alloc::{string::String, vec::Vec};
use codec::{Codec, Decode, Encode};
use scale_info::TypeInfo;
use sp_consensus_aura::sr25519::AuthorityId;
use sp_consensus_slots::EquivocationProof;
use sp_core::H256;

/// Most items that one answer of [`CrmApi`] holds; a larger `limit` is cut to it.
pub const PAGE: u32 = 256;

macro_rules! answer {
	($($item:tt)*) => {
		#[derive(
			Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, serde::Serialize, serde::Deserialize,
		)]
		#[serde(rename_all = "camelCase")]
		$($item)*
	};
}

answer! {
	/// A customer's state.
	pub struct CustomerInfo<AccountId> {
		/// The organisation that keeps the customer's data.
		pub controller: OrganisationId,
		/// When the customer was registered.
		pub registered: Moment,
		/// The account that the customer acts with, once claimed.
		pub account: Option<AccountId>,
		/// Whether an invitation is open or waiting, and until when.
		pub invitation: Option<InvitationInfo<AccountId>>,
		/// Accounts that may act for the customer, with the end of their appointment; those that
		/// ended are not listed.
		pub guardians: Vec<(AccountId, Moment)>,
		/// Until when erasure is suspended by law, if it is.
		pub held_until: Option<Moment>,
		/// By when erasure is due, if it was asked for and is not yet done.
		pub erasure_due: Option<Moment>,
		/// When the customer was erased.
		pub erased: Option<Moment>,
	}
}

answer! {
	/// An invitation that was not yet used.
	pub struct InvitationInfo<AccountId> {
		/// The one-time key's account.
		pub key: AccountId,
		/// From when it can be used.
		pub opens: Moment,
		/// Until when it can be used.
		pub expires: Moment,
	}
}

answer! {
	/// An organisation's state.
	pub struct OrganisationInfo<AccountId> {
		/// Short machine name.
		pub name: String,
		/// Whether its members may act.
		pub active: bool,
		/// When it was registered.
		pub registered: Moment,
		/// Number of members.
		pub members: u32,
		/// Number of members that are admins.
		pub admins: u32,
		/// The account that pays its members' fees.
		pub account: AccountId,
	}
}

answer! {
	/// A member's organisation and roles.
	pub struct MemberInfo {
		/// The organisation.
		pub organisation: OrganisationId,
		/// What the member may do.
		pub roles: Roles,
		/// Whether the organisation is active: where it is not, the roles give no right.
		pub active: bool,
	}
}

answer! {
	/// A record's latest revision.
	pub struct RecordInfo {
		/// What the record is about.
		pub category: DataCategory,
		/// Revision, from 0.
		pub revision: u32,
		/// Commitment to its content.
		pub commitment: Commitment,
		/// When this revision was sealed.
		pub sealed: Moment,
	}
}

answer! {
	/// The end of a trail.
	pub struct TrailHead {
		/// Number of entries.
		pub entries: u64,
		/// Hash over all of them.
		pub head: H256,
	}
}

answer! {
	/// An erasure that is asked for and not yet done.
	pub struct ErasureInfo {
		/// The customer.
		pub customer: CustomerId,
		/// The last day on which it is in time.
		pub due: Day,
		/// Whether that day is over.
		pub overdue: bool,
	}
}

answer! {
	/// An entry appended in a block, with the customer and the head it led to.
	pub struct Appended<AccountId> {
		/// The customer.
		pub customer: CustomerId,
		/// The customer's controller.
		pub controller: Option<OrganisationId>,
		/// The entry.
		pub entry: Entry<AccountId>,
		/// The head after it.
		pub head: H256,
	}
}

answer! {
	/// A purpose in one of its revisions.
	pub struct PurposeInfo {
		/// The purpose.
		pub purpose: PurposeId,
		/// Whose purpose it is.
		pub controller: OrganisationId,
		/// Short machine name.
		pub name: String,
		/// Its term in the Data Privacy Vocabulary.
		pub dpv: String,
		/// What makes it lawful.
		pub basis: LawfulBasis,
		/// Revision, from 0.
		pub revision: u32,
		/// From when this revision counts.
		pub since: Moment,
		/// What the revision tells.
		pub terms: PurposeTerms,
		/// Version of the notice, from 1.
		pub notice_version: u32,
		/// The oldest version of the notice under which a consent still counts.
		pub consents_since: u32,
		/// Whether the purpose is retired.
		pub retired: bool,
	}
}

answer! {
	/// A consent in one of its revisions.
	pub struct ConsentInfo<AccountId> {
		/// The purpose.
		pub purpose: PurposeId,
		/// Revision, from 0.
		pub revision: u32,
		/// From when this revision counts.
		pub since: Moment,
		/// Where the consent stands, its end by time included.
		pub state: ConsentState,
		/// Who made this revision.
		pub actor: Actor<AccountId>,
		/// How it reached the chain.
		pub capture: Capture<AccountId>,
		/// What is or was consented to; `None` where nothing ever was.
		pub permission: Option<Permission>,
	}
}

answer! {
	/// What a consent and its purpose permitted at a moment.
	pub struct ConsentAsOf<AccountId> {
		/// The purpose as it was.
		pub purpose: PurposeInfo,
		/// The consent as it was, `None` where there was none.
		pub consent: Option<ConsentInfo<AccountId>>,
		/// The categories that could be processed.
		pub categories: Categories,
		/// Why none could.
		pub denial: Option<Denial>,
	}
}

answer! {
	/// What an access request would be answered.
	pub struct Verdict {
		/// The customer.
		pub customer: CustomerId,
		/// What would make the access lawful, where it would be authorised.
		pub basis: Option<LawfulBasis>,
		/// Why it would be denied.
		pub denial: Option<Denial>,
	}
}

shared_type! {
	/// Where a grant itself stands; whether it permits anything also hangs on all the rest.
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum GrantState {
		/// It begins later.
		#[codec(index = 0)]
		NotYetValid,
		/// It can be used.
		#[codec(index = 1)]
		Valid,
		/// It has ended.
		#[codec(index = 2)]
		Expired,
		/// It has no uses left.
		#[codec(index = 3)]
		UsedUp,
		/// The controller revoked it, or the customer for its own data.
		#[codec(index = 4)]
		Revoked,
	}
}

answer! {
	/// A grant.
	pub struct GrantInfo<AccountId> {
		/// The grant.
		pub grant: GrantId,
		/// Who gave it.
		pub grantor: OrganisationId,
		/// Whose data it opens.
		pub scope: Scope,
		/// Who may use it.
		pub grantee: Grantee<AccountId>,
		/// What it allows; `uses` are those that are left.
		pub terms: GrantTerms,
		/// Where it stands.
		pub state: GrantState,
	}
}

answer! {
	/// A suspended account.
	pub struct SuspensionInfo<AccountId> {
		/// The account.
		pub account: AccountId,
		/// The controller whose Officer can reinstate it.
		pub controller: OrganisationId,
		/// Since when it is suspended.
		pub since: Moment,
	}
}

answer! {
	/// An access in an emergency that is still to be reviewed.
	pub struct ReviewInfo<AccountId> {
		/// The customer.
		pub customer: CustomerId,
		/// Index of the access in the customer's trail.
		pub entry: u64,
		/// Who read.
		pub account: AccountId,
		/// Commitment to the description of the emergency.
		pub emergency: Commitment,
		/// By when the review is due.
		pub due: Moment,
		/// Whether that has passed.
		pub overdue: bool,
	}
}

sp_api::decl_runtime_apis! {
	/// Every question about customers, organisations, consents and access that is answered from
	/// state.
	#[api_version(1)]
	pub trait CrmApi<AccountId: Codec> {
		/// The time of this block.
		fn moment() -> Moment;
		/// A customer.
		fn customer(customer: CustomerId) -> Option<CustomerInfo<AccountId>>;
		/// An organisation.
		fn organisation(organisation: OrganisationId) -> Option<OrganisationInfo<AccountId>>;
		/// A member.
		fn member(account: AccountId) -> Option<MemberInfo>;
		/// The records of a customer, `None` where there is no such customer.
		fn records(customer: CustomerId) -> Option<Vec<RecordInfo>>;
		/// The end of a customer's trail, `None` where there is none.
		fn trail_head(customer: CustomerId) -> Option<TrailHead>;
		/// Erasures of a controller that are not yet done, those due first coming first, after
		/// `after` (day and customer of the page before) and at most `limit` of them.
		fn erasures(
			controller: OrganisationId,
			after: Option<(Day, CustomerId)>,
			limit: u32,
		) -> Vec<ErasureInfo>;
		/// The purposes of a controller, after `after` and at most `limit` of them.
		fn purposes(
			controller: OrganisationId,
			after: Option<PurposeId>,
			limit: u32,
		) -> Vec<PurposeInfo>;
		/// The revisions of a purpose, oldest first, from `from` and at most `limit` of them;
		/// `None` where there is no such purpose.
		fn purpose_history(purpose: PurposeId, from: u32, limit: u32) -> Option<Vec<PurposeInfo>>;
		/// The latest revisions of a customer's consents, after the one for `after` and at most
		/// `limit` of them; `None` where there is no such customer.
		fn consents(
			customer: CustomerId,
			after: Option<PurposeId>,
			limit: u32,
		) -> Option<Vec<ConsentInfo<AccountId>>>;
		/// The revisions of a customer's consent, oldest first, from `from` and at most `limit` of
		/// them; `None` where there is no such customer.
		fn consent_history(
			customer: CustomerId,
			purpose: PurposeId,
			from: u32,
			limit: u32,
		) -> Option<Vec<ConsentInfo<AccountId>>>;
		/// What consent and purpose permitted at a moment that is not in the future; `None` where
		/// there was no such customer or purpose, or the customer was erased since.
		fn consent_as_of(
			customer: CustomerId,
			purpose: PurposeId,
			moment: Moment,
		) -> Option<ConsentAsOf<AccountId>>;
		/// What `account` would be answered, for each customer, if it requested access now;
		/// nothing is recorded. At most [`PAGE`] customers are looked at.
		fn check_access(
			account: AccountId,
			grant: GrantId,
			purpose: PurposeId,
			categories: Categories,
			customers: Vec<CustomerId>,
		) -> Result<Vec<Verdict>, Refusal>;
		/// The grants on a customer's data that are not revoked, after `after` and at most `limit`
		/// of them; `None` where there is no such customer.
		fn grants_on(
			customer: CustomerId,
			after: Option<GrantId>,
			limit: u32,
		) -> Option<Vec<GrantInfo<AccountId>>>;
		/// The grants that an account can use, by itself or by its roles, and that are not
		/// revoked, after `after` and at most `limit` of them.
		fn grants_of(
			account: AccountId,
			after: Option<GrantId>,
			limit: u32,
		) -> Vec<GrantInfo<AccountId>>;
		/// A controller's policy.
		fn policy(controller: OrganisationId) -> Policy;
		/// The accounts that a controller's policy suspended, after `after` and at most `limit` of
		/// them.
		fn suspensions(
			controller: OrganisationId,
			after: Option<AccountId>,
			limit: u32,
		) -> Vec<SuspensionInfo<AccountId>>;
		/// Accesses in an emergency that a controller has to review, those due first coming
		/// first, after `after` (day, customer and entry) and at most `limit` of them.
		fn break_glass_reviews(
			controller: OrganisationId,
			after: Option<(Day, CustomerId, u64)>,
			limit: u32,
		) -> Vec<ReviewInfo<AccountId>>;
		/// The entries that this block appended, in their order.
		fn appended() -> Vec<Appended<AccountId>>;
	}

	/// What nodes need to report a validator that authored two blocks in one of Aura's slots.
	pub trait EquivocationApi {
		/// Proof that `key` is a validator's in this block's session, encoded; `None` where it is
		/// not.
		fn prove_key_ownership(key: AuthorityId) -> Option<Vec<u8>>;
		/// Hands this node's pool a report; `None` where the pool refuses it or the second proof
		/// does not decode.
		fn report_equivocation(
			equivocation_proof: EquivocationProof<Block::Header, AuthorityId>,
			key_owner_proof: Vec<u8>,
		) -> Option<()>;
	}

	/// Who may connect.
	#[api_version(1)]
	pub trait PeersApi {
		/// The nodes that may connect: those listed by organisations that are not suspended. `None`
		/// where the list is not enforced and any node may connect.
		fn allowed_peers() -> Option<Vec<PeerId>>;
	}
}
