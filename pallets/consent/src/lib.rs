//! # Consent
//!
//! For which purposes, on which lawful basis (GDPR Art. 6), customers' data may be processed: the
//! purposes of each controller with their notices, and the consents and objections of each
//! customer. Nothing is overwritten: each change is a revision, so that what was permitted at any
//! past moment can be told and proved until the customer is erased. Each change of a consent is an
//! entry in the customer's trail.
//!
//! - `purposes`: purposes and their revisions
//! - `consents`: changes of consents, in whichever way they reach the chain
//! - `statements`: what customers sign off the chain
//! - `lawfulness`: the one decision that all others rest on, and the answers to
//!   [`LawfulBases`](consentry_primitives::consent::LawfulBases)
//! - `expiry`: consents that ended by time
//! - `erasure`: deleting what is kept of an erased customer

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod consents;
mod erasure;
mod expiry;
mod lawfulness;
#[cfg(test)]
mod mock;
mod purposes;
mod queries;
mod statements;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use consents::{Consent, ConsentRevision, RecordedStatement};
pub use pallet::*;
pub use purposes::{Purpose, PurposeKey, PurposeRevision};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use consentry_primitives::{
		consent::{Permission, PurposeTerms, SignedStatement, Statement, StatementSignature},
		customer::CustomerRegistry,
		AuditTrail, CustomerId, Day, DueDay, LawfulBasis, Membership, Moment, OrganisationId,
		PurposeId,
	};
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use sp_core::H256;
	use sp_runtime::traits::{IdentifyAccount, Verify};

	/// A purpose's name, of the runtime's bound.
	pub type NameOf<T> = BoundedVec<u8, <T as Config>::MaxNameLength>;

	/// A term of the Data Privacy Vocabulary, of the runtime's bound.
	pub type DpvOf<T> = BoundedVec<u8, <T as Config>::MaxDpvLength>;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256, RuntimeCall: From<Call<Self>>> {
		/// The chain's clock.
		type Time: Time<Moment = Moment>;
		/// Who may write for which organisation.
		type Membership: Membership<Self::AccountId>;
		/// Whose customer is whose, and who may act for one.
		type Customers: CustomerRegistry<Self::AccountId>;
		/// Where every change of a consent is recorded.
		type AuditTrail: AuditTrail<Self::AccountId>;
		/// The signatures that accounts make.
		type Signature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>>
			+ Parameter
			+ MaxEncodedLen;
		/// Most statements in one call.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// Most bytes of a purpose's name.
		#[pallet::constant]
		type MaxNameLength: Get<u32>;
		/// Most bytes of a term of the Data Privacy Vocabulary.
		#[pallet::constant]
		type MaxDpvLength: Get<u32>;
		/// How often a customer can give consent free of charge on one day.
		#[pallet::constant]
		type GivesPerDay: Get<u32>;
		/// For how long what is signed off the chain can be good at most, in milliseconds.
		#[pallet::constant]
		type MaxStatementPeriod: Get<Moment>;
		/// Weights of the calls and of the idle work.
		type WeightInfo: WeightInfo;
	}

	/// Every purpose, the retired ones included, in its latest revision.
	///
	/// Keys: purpose. Value: the purpose.
	// Ids are counted, nobody chooses one: a fast hasher will do, here and below.
	#[pallet::storage]
	pub type Purposes<T: Config> =
		StorageMap<_, Twox64Concat, PurposeId, Purpose<NameOf<T>, DpvOf<T>>, OptionQuery>;

	/// The revisions of purposes that newer ones superseded.
	///
	/// Keys: purpose, revision from 0. Value: the revision.
	#[pallet::storage]
	pub type PastPurposes<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		PurposeId,
		Twox64Concat,
		u32,
		PurposeRevision,
		OptionQuery,
	>;

	/// The purposes of each controller.
	///
	/// Keys: controller, purpose.
	// The purpose's key sorts by number, so that a controller's purposes can be paged in order.
	#[pallet::storage]
	pub type PurposesOf<T: Config> =
		StorageDoubleMap<_, Twox64Concat, OrganisationId, Identity, PurposeKey, (), OptionQuery>;

	/// The purpose of each name: no two of a controller have the same, the retired ones included.
	///
	/// Keys: controller, name. Value: purpose.
	// Names are chosen freely: the hasher keeps the map's tree balanced.
	#[pallet::storage]
	pub type PurposeNames<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		OrganisationId,
		Blake2_128Concat,
		NameOf<T>,
		PurposeId,
		OptionQuery,
	>;

	/// The id of the next purpose, which is also the number of purposes.
	#[pallet::storage]
	pub type NextPurposeId<T: Config> = StorageValue<_, PurposeId, ValueQuery>;

	/// The consents of each customer, each in its latest revision.
	///
	/// A storage proof of this value proves the revision in it, and that there is no newer one. An
	/// older revision r is proved by its value in [`PastConsents`]; that it counted at a moment, by
	/// r + 1 having begun after that, which is there too or here.
	///
	/// Keys: customer, purpose. Value: the consent.
	// Customer ids are hashes that nobody can choose: no further hashing is needed, here and below.
	#[pallet::storage]
	pub type Consents<T: Config> = StorageDoubleMap<
		_,
		Identity,
		CustomerId,
		Twox64Concat,
		PurposeId,
		Consent<T::AccountId>,
		OptionQuery,
	>;

	/// The revisions of consents that newer ones superseded.
	///
	/// Keys: customer, purpose, revision from 0. Value: the revision.
	#[pallet::storage]
	pub type PastConsents<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Identity, CustomerId>,
			NMapKey<Twox64Concat, PurposeId>,
			NMapKey<Twox64Concat, u32>,
		),
		ConsentRevision<T::AccountId>,
		OptionQuery,
	>;

	/// The consents that are given until a moment, by the day on which that lies.
	///
	/// Keys: day, customer, purpose.
	// The day's key sorts by time: those that end first come first.
	#[pallet::storage]
	pub type Expiries<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Identity, DueDay>,
			NMapKey<Identity, CustomerId>,
			NMapKey<Twox64Concat, PurposeId>,
		),
		(),
		OptionQuery,
	>;

	/// The last day on which each customer gave consent free of charge, and how often on that day.
	///
	/// Keys: customer. Value: day, number of times.
	#[pallet::storage]
	pub type Allowances<T: Config> = StorageMap<_, Identity, CustomerId, (Day, u32), OptionQuery>;

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A purpose was created.
		PurposeCreated { purpose: PurposeId, controller: OrganisationId, name: NameOf<T> },
		/// A purpose got other terms; consents under notices older than `consents_since` have no
		/// effect.
		PurposeRevised {
			purpose: PurposeId,
			revision: u32,
			notice_version: u32,
			consents_since: u32,
		},
		/// A purpose was retired: nothing may be processed for it any more.
		PurposeRetired { purpose: PurposeId, revision: u32 },
		/// Consent was asked for, to be confirmed.
		Requested { customer: CustomerId, purpose: PurposeId, revision: u32 },
		/// Consent was given, or an objection ended.
		Given { customer: CustomerId, purpose: PurposeId, revision: u32, until: Option<Moment> },
		/// Consent was withdrawn.
		Withdrawn { customer: CustomerId, purpose: PurposeId, revision: u32 },
		/// The customer objected.
		Objected { customer: CustomerId, purpose: PurposeId, revision: u32 },
		/// A consent is recorded as ended by time; it had no effect from `until` on.
		Expired { customer: CustomerId, purpose: PurposeId, revision: u32, until: Moment },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such purpose.
		NotFound,
		/// The purpose or the customer belongs to another controller.
		NotAuthorised,
		/// The controller has a purpose of this name.
		AlreadyExists,
		/// A name is one letter `a`-`z`, then letters `a`-`z`, digits and hyphens.
		InvalidName,
		/// A term of the Data Privacy Vocabulary is `dpv:` and then letters.
		InvalidTerm,
		/// No category is set, one that does not exist, or one that the purpose does not need; or
		/// not all that it needs, where an objection is to end.
		InvalidCategories,
		/// The moment is not in the future, or further in it than allowed; or an objection is to
		/// end for a time.
		InvalidPeriod,
		/// The notice is not the purpose's latest, or has not the version of one; or new consent is
		/// asked for without a new notice.
		InvalidNotice,
		/// The account did not sign this statement for this chain.
		InvalidSignature,
		/// The consent changed since the statement was signed.
		OutdatedStatement,
		/// The signed statement is no longer good.
		Expired,
		/// The purpose was retired.
		Retired,
		/// The purpose does not rest on consent, and there is no objection to end.
		NotConsentBased,
		/// The purpose rests on a basis that cannot be objected to.
		NotObjectable,
		/// There is neither a consent nor a request for one to withdraw.
		NotGiven,
		/// The customer objected already.
		AlreadyObjected,
		/// The consent that is asked for is in effect; it can be given anew or withdrawn.
		AlreadyGiven,
		/// The purpose or consent cannot have more revisions.
		TooManyRevisions,
		/// All purpose ids are given out.
		TooManyPurposes,
		/// What the controller records as the confirmation of a request is wider than the request,
		/// or under another notice.
		NotRequested,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::expire_when_idle(limit)
		}

		fn integrity_test() {
			assert!(T::MaxBatch::get() > 0, "a batch must hold something");
			assert!(T::MaxNameLength::get() > 0, "a purpose must have a name");
			assert!(T::MaxDpvLength::get() > 4, "a term is `dpv:` and something");
			assert!(T::GivesPerDay::get() > 0, "customers act free of charge");
			assert!(T::MaxStatementPeriod::get() > 0, "a signed statement must be usable");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Creates a purpose, with version 1 of its notice. Its name and lawful basis are for good:
		/// a controller cannot swap the basis when the first one fails (EDPB Guidelines 05/2020,
		/// 121-123).
		///
		/// ## Dispatch Origin
		/// Signed by an Officer, whose organisation becomes the controller.
		///
		/// ## Errors
		/// `InvalidName`, `InvalidTerm`, `InvalidCategories`, `AlreadyExists`, `TooManyPurposes`.
		///
		/// ## Events
		/// `PurposeCreated`.
		#[pallet::call_index(0)]
		pub fn create_purpose(
			origin: OriginFor<T>,
			name: NameOf<T>,
			dpv: DpvOf<T>,
			basis: LawfulBasis,
			terms: PurposeTerms,
		) -> DispatchResult {
			Self::do_create_purpose(ensure_signed(origin)?, name, dpv, basis, terms).map(|_| ())
		}

		/// Gives a purpose other terms. Another notice gets the next version; with `renew`, consents
		/// under older ones have no effect any more.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorised`, `Retired`, `InvalidCategories`, `InvalidNotice`,
		/// `TooManyRevisions`.
		///
		/// ## Events
		/// `PurposeRevised`.
		#[pallet::call_index(1)]
		pub fn revise_purpose(
			origin: OriginFor<T>,
			purpose: PurposeId,
			terms: PurposeTerms,
			renew: bool,
		) -> DispatchResult {
			Self::do_revise_purpose(ensure_signed(origin)?, purpose, terms, renew)
		}

		/// Retires a purpose, for good: nothing may be processed for it any more.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorised`, `Retired`, `TooManyRevisions`.
		///
		/// ## Events
		/// `PurposeRetired`.
		#[pallet::call_index(2)]
		pub fn retire_purpose(origin: OriginFor<T>, purpose: PurposeId) -> DispatchResult {
			Self::do_retire_purpose(ensure_signed(origin)?, purpose)
		}

		/// Gives consent, confirms a request, or gives consent anew. Where the purpose can be
		/// objected to, ends the objection: wholly, and for good.
		///
		/// ## Dispatch Origin
		/// Signed by the customer's account or a guardian. Free of charge, `GivesPerDay` times a
		/// day.
		///
		/// ## Errors
		/// Those of `customers`; `NotFound`, `NotAuthorised`, `Retired`, `NotConsentBased`,
		/// `InvalidNotice`, `InvalidCategories`, `InvalidPeriod`, `TooManyRevisions`.
		///
		/// ## Events
		/// `Given`.
		#[pallet::call_index(3)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, customer: &CustomerId, purpose: &PurposeId, permission: &Permission| -> bool {
			let (customer, purpose, permission) = (*customer, *purpose, permission.clone());
			let call = Call::give { customer, purpose, permission: permission.clone() };
			Pallet::<T>::is_free(origin, call, |who| {
				Pallet::<T>::check_free_give(who, customer, purpose, permission).is_ok()
			})
		})]
		pub fn give(
			origin: OriginFor<T>,
			customer: CustomerId,
			purpose: PurposeId,
			permission: Permission,
		) -> DispatchResult {
			Self::do_give(ensure_signed(origin)?, customer, purpose, permission)
		}

		/// Withdraws a consent or a request for one (GDPR Art. 7(3)): whatever depends on it stops
		/// in this block.
		///
		/// ## Dispatch Origin
		/// Signed by the customer's account or a guardian. Free of charge.
		///
		/// ## Errors
		/// Those of `customers`; `NotFound`, `NotAuthorised`, `NotConsentBased`, `NotGiven`,
		/// `TooManyRevisions`.
		///
		/// ## Events
		/// `Withdrawn`.
		#[pallet::call_index(4)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, customer: &CustomerId, purpose: &PurposeId| -> bool {
			let (customer, purpose) = (*customer, *purpose);
			Pallet::<T>::is_free(origin, Call::withdraw { customer, purpose }, |who| {
				Pallet::<T>::check_own(who, customer, purpose, Statement::Withdraw).is_ok()
			})
		})]
		pub fn withdraw(
			origin: OriginFor<T>,
			customer: CustomerId,
			purpose: PurposeId,
		) -> DispatchResult {
			Self::do_own(ensure_signed(origin)?, customer, purpose, Statement::Withdraw)
		}

		/// Objects to processing in the public or a legitimate interest (GDPR Art. 21).
		///
		/// ## Dispatch Origin
		/// Signed by the customer's account or a guardian. Free of charge.
		///
		/// ## Errors
		/// Those of `customers`; `NotFound`, `NotAuthorised`, `NotObjectable`, `AlreadyObjected`,
		/// `TooManyRevisions`.
		///
		/// ## Events
		/// `Objected`.
		#[pallet::call_index(5)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, customer: &CustomerId, purpose: &PurposeId| -> bool {
			let (customer, purpose) = (*customer, *purpose);
			Pallet::<T>::is_free(origin, Call::object { customer, purpose }, |who| {
				Pallet::<T>::check_own(who, customer, purpose, Statement::Object).is_ok()
			})
		})]
		pub fn object(
			origin: OriginFor<T>,
			customer: CustomerId,
			purpose: PurposeId,
		) -> DispatchResult {
			Self::do_own(ensure_signed(origin)?, customer, purpose, Statement::Object)
		}

		/// Submits what the customer or a guardian signed off the chain, as it is or as wallets wrap
		/// it. Any newer revision of the consent voids it, one that a Steward recorded too: a
		/// withdrawal has to be signed anew then, or made by [`withdraw`](Pallet::withdraw).
		///
		/// Whoever submits is named in the customer's trail for good: a person who is known to two
		/// controllers must not submit for one with the account that is bound to the other.
		///
		/// ## Dispatch Origin
		/// Signed: by anyone, free of charge, to withdraw or object; by a Steward of the controller
		/// to request or give consent.
		///
		/// ## Errors
		/// Those of `customers` and of the statement's own call; `Expired`, `InvalidPeriod`,
		/// `InvalidNotice`, `OutdatedStatement`, `AlreadyGiven`, `InvalidSignature`.
		///
		/// ## Events
		/// `Requested`, `Given`, `Withdrawn` or `Objected`.
		#[pallet::call_index(6)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, statement: &SignedStatement<T::AccountId>, signature: &StatementSignature<T::Signature>| -> bool {
			let call = Call::submit { statement: statement.clone(), signature: signature.clone() };
			Pallet::<T>::is_free(origin, call, |who| {
				Pallet::<T>::check_free_submit(who, statement, signature).is_ok()
			})
		})]
		pub fn submit(
			origin: OriginFor<T>,
			statement: SignedStatement<T::AccountId>,
			signature: StatementSignature<T::Signature>,
		) -> DispatchResult {
			Self::do_submit(ensure_signed(origin)?, statement, signature)
		}

		/// Records what customers stated to the controller, each with evidence. What is given may
		/// name any version that the notice had.
		///
		/// ## Dispatch Origin
		/// Signed by a Steward of the customers' controller.
		///
		/// ## Errors
		/// Those of `customers` and of the statements' own calls, and `AlreadyGiven`: then none of
		/// them is recorded.
		///
		/// ## Events
		/// `Requested`, `Given`, `Withdrawn` or `Objected`, for each.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::record(changes.len() as u32))]
		pub fn record(
			origin: OriginFor<T>,
			changes: BoundedVec<RecordedStatement, T::MaxBatch>,
		) -> DispatchResult {
			Self::do_record(ensure_signed(origin)?, changes)
		}
	}
}
