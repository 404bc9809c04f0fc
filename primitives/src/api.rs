//! The runtime API behind the `crm_` RPC; polkadot.js apps calls it too.

use crate::{
	trail::Entry, Commitment, CustomerId, DataCategory, Day, Moment, OrganisationId, Roles,
};
use alloc::{string::String, vec::Vec};
use codec::{Codec, Decode, Encode};
use scale_info::TypeInfo;
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

sp_api::decl_runtime_apis! {
	/// Every question about customers and organisations that is answered from state.
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
		/// The entries that this block appended, in their order.
		fn appended() -> Vec<Appended<AccountId>>;
	}
}
