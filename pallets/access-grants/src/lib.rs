//! # Access grants
//!
//! Who may read which customer's data, for what and until when; and each decision about it. Access
//! is derived at the moment of the request from customer, grant, membership, lawful basis and
//! policy, never stored: whatever ends one of them stops every access that hung on it.
//!
//! - [`grants`]: grants and their revocation, by the controller or by the customer
//! - [`decisions`]: requests and what decides them, in the order of
//!   [`Denial`](consentry_primitives::Denial)
//! - [`policies`]: what a controller's policy counts, suspension and its end
//! - [`break_glass`]: access in an emergency, and its review

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod break_glass;
mod decisions;
mod grants;
#[cfg(test)]
mod mock;
mod policies;
mod queries;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use break_glass::Review;
pub use grants::{Grant, GrantKey};
pub use pallet::*;
pub use policies::{Suspension, Usage, Window};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use consentry_primitives::{
		access::{GrantTerms, Grantee, Policy, Refusal, Scope},
		consent::LawfulBases,
		customer::CustomerRegistry,
		AuditTrail, Categories, Commitment, CustomerId, Day, Denial, DueDay, GrantId, Membership,
		Moment, OrganisationId, PurposeId,
	};
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use sp_core::H256;

	/// A pending review: controller, last day, customer, index of the entry in its trail.
	pub type ReviewKey = (OrganisationId, DueDay, CustomerId, u64);

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256, RuntimeCall: From<Call<Self>>> {
		/// The chain's clock.
		type Time: Time<Moment = Moment>;
		/// Who belongs to which organisation, and as what.
		type Membership: Membership<Self::AccountId>;
		/// Whose the customers are, and who may act for them.
		type Customers: CustomerRegistry<Self::AccountId>;
		/// What makes an access lawful.
		type LawfulBases: LawfulBases<Self::AccountId>;
		/// Where every decision is recorded.
		type AuditTrail: AuditTrail<Self::AccountId>;
		/// Most customers in one request.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// Within which time an access in an emergency has to be reviewed, in milliseconds.
		#[pallet::constant]
		type ReviewPeriod: Get<Moment>;
		/// Weights of the calls and of the idle work.
		type WeightInfo: WeightInfo;
	}

	/// Every grant, the revoked ones included; those to one customer until it is erased and swept.
	///
	/// Keys: grant. Value: the grant.
	// Ids are counted, nobody chooses one: a fast hasher will do, here and for organisations.
	#[pallet::storage]
	pub type Grants<T: Config> =
		StorageMap<_, Twox64Concat, GrantId, Grant<T::AccountId>, OptionQuery>;

	/// The id of the next grant, which is also the number of grants ever given.
	#[pallet::storage]
	pub type NextGrantId<T: Config> = StorageValue<_, GrantId, ValueQuery>;

	/// The grants of each scope that are not revoked.
	///
	/// Keys: scope, grant.
	// Scopes are hashes and counted ids that nobody can choose. The grant's key sorts, so that
	// lists can be paged, here and below.
	#[pallet::storage]
	pub type GrantsIn<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Scope, Identity, GrantKey, (), OptionQuery>;

	/// The grants to each grantee that are not revoked.
	///
	/// Keys: grantee, grant.
	// Anyone can choose an account: the hasher keeps the map's tree balanced, here and below.
	#[pallet::storage]
	pub type GrantsTo<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		Grantee<T::AccountId>,
		Identity,
		GrantKey,
		(),
		OptionQuery,
	>;

	/// The grants that are revoked for each customer: those to just this customer, by whomever, and
	/// those to all customers from which it took its own data.
	///
	/// Keys: customer, grant.
	// Customer ids are hashes that nobody can choose: no further hashing is needed, here and below.
	#[pallet::storage]
	pub type Revocations<T: Config> =
		StorageDoubleMap<_, Identity, CustomerId, Identity, GrantKey, (), OptionQuery>;

	/// The policy of each controller that set one; of the others, the one without limits.
	///
	/// Keys: controller. Value: its policy.
	#[pallet::storage]
	pub type Policies<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, Policy, ValueQuery>;

	/// What the policy of each controller counted of each account: only what the policy limits.
	///
	/// Keys: controller, account. Value: accesses and denials.
	#[pallet::storage]
	pub type Usages<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		OrganisationId,
		Blake2_128Concat,
		T::AccountId,
		Usage,
		ValueQuery,
	>;

	/// The suspended accounts.
	///
	/// Keys: account. Value: by whose policy, and since when.
	#[pallet::storage]
	pub type Suspended<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Suspension, OptionQuery>;

	/// The other suspensions of accounts that one request had suspended by several policies: every
	/// one has to be ended.
	///
	/// Keys: account. Value: by whose policies, and since when.
	#[pallet::storage]
	pub type FurtherSuspensions<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<Suspension, T::MaxBatch>,
		OptionQuery,
	>;

	/// The accounts that each controller's policy suspended.
	///
	/// Keys: controller, account.
	#[pallet::storage]
	pub type SuspendedBy<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		OrganisationId,
		Blake2_128Concat,
		T::AccountId,
		(),
		OptionQuery,
	>;

	/// The accesses in an emergency that are still to be reviewed; erasure ends no review.
	///
	/// Keys: customer, index of the access in its trail. Value: what is to be reviewed.
	#[pallet::storage]
	pub type Reviews<T: Config> = StorageDoubleMap<
		_,
		Identity,
		CustomerId,
		Twox64Concat,
		u64,
		Review<T::AccountId>,
		OptionQuery,
	>;

	/// The pending reviews by the day they are due.
	///
	/// Keys: controller, last day, customer, index of the access in its trail.
	// The day's key sorts by time, so that a controller's reviews can be paged by it.
	#[pallet::storage]
	pub type ReviewsDue<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, OrganisationId>,
			NMapKey<Identity, DueDay>,
			NMapKey<Identity, CustomerId>,
			NMapKey<Twox64Concat, u64>,
		),
		(),
		OptionQuery,
	>;

	/// The last day on which all pending reviews were checked for being overdue.
	#[pallet::storage]
	pub type OverdueChecked<T: Config> = StorageValue<_, Day, OptionQuery>;

	/// The last review that the check under way has looked at.
	#[pallet::storage]
	pub type OverdueCursor<T: Config> = StorageValue<_, ReviewKey, OptionQuery>;

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Access was granted.
		Granted {
			grant: GrantId,
			grantor: OrganisationId,
			scope: Scope,
			grantee: Grantee<T::AccountId>,
		},
		/// A grant was revoked.
		Revoked { grant: GrantId },
		/// A customer took its own data from a grant to all customers.
		Excluded { grant: GrantId, customer: CustomerId },
		/// A controller's policy was set.
		PolicySet { controller: OrganisationId, policy: Policy },
		/// A member may read a customer's data.
		Authorised {
			account: T::AccountId,
			customer: CustomerId,
			purpose: PurposeId,
			decision: H256,
		},
		/// A member may not read a customer's data; without decision id where there is no such
		/// customer.
		Denied {
			account: T::AccountId,
			customer: CustomerId,
			purpose: PurposeId,
			reason: Denial,
			decision: Option<H256>,
		},
		/// The request of an account that is no active member, or is suspended, was not decided.
		Refused { account: T::AccountId, reason: Refusal },
		/// An account was suspended from everything, by the policy of a controller.
		Suspended { account: T::AccountId, controller: OrganisationId },
		/// An account is no longer suspended by the policy of a controller.
		Reinstated { account: T::AccountId, controller: OrganisationId },
		/// A member may read a customer's data in an emergency, without a grant: an Officer of the
		/// controller has to review it.
		GlassBroken {
			controller: OrganisationId,
			customer: CustomerId,
			account: T::AccountId,
			decision: H256,
			review_due: Moment,
		},
		/// An access in an emergency was reviewed.
		GlassReviewed { customer: CustomerId, entry: u64, justified: bool },
		/// A review is still pending after its last day; reported once a day.
		ReviewOverdue { controller: OrganisationId, customer: CustomerId, entry: u64, due: Day },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such grant, purpose or pending review.
		NotFound,
		/// Customer, grant, purpose, review or suspension are another organisation's or customer's;
		/// or the review is of the signer's own access.
		NotAuthorised,
		/// The grantee is no member of an active organisation, or no active organisation.
		InvalidGrantee,
		/// No category is named, or one that does not exist or that the purpose does not need.
		InvalidCategories,
		/// The grant would end before it begins, or has ended.
		InvalidPeriod,
		/// The grant could not be used even once.
		InvalidUses,
		/// No hour of the day, or a limit that nothing or no time is within.
		InvalidPolicy,
		/// The purpose was retired.
		Retired,
		/// The grant is revoked, for this customer.
		AlreadyRevoked,
		/// The processing does not rest on what the customer can end: it is bound by contract, by a
		/// legal obligation or by vital interests.
		NotRevocable,
		/// No customer is named.
		NoCustomers,
		/// The account is not suspended.
		NotSuspended,
		/// All grant ids are given out.
		TooManyGrants,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::report_overdue(limit)
		}

		fn integrity_test() {
			assert!(T::MaxBatch::get() > 0, "a request must be able to name a customer");
			assert!(T::ReviewPeriod::get() > 0, "there must be time for a review");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Grants access, beside every other grant there is.
		///
		/// A grant to an account holds while the account stays with the organisation that it
		/// belongs to now.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotAuthorised`, `NotFound` and `Retired` (the purpose), `InvalidGrantee`,
		/// `InvalidCategories`, `InvalidPeriod`, `InvalidUses`, `TooManyGrants`; of the customer's
		/// registry where there is no such customer, or it was erased.
		///
		/// ## Events
		/// `Granted`.
		#[pallet::call_index(0)]
		pub fn grant(
			origin: OriginFor<T>,
			scope: Scope,
			grantee: Grantee<T::AccountId>,
			terms: GrantTerms,
		) -> DispatchResult {
			Self::do_grant(ensure_signed(origin)?, scope, grantee, terms)
		}

		/// Revokes a grant.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the grantor.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorised`, `AlreadyRevoked`.
		///
		/// ## Events
		/// `Revoked`.
		#[pallet::call_index(1)]
		pub fn revoke(origin: OriginFor<T>, grant: GrantId) -> DispatchResult {
			Self::do_revoke(ensure_signed(origin)?, grant)
		}

		/// Revokes a grant for the customer's own data: one to just this customer ends, one to all
		/// customers of its controller no longer covers this one.
		///
		/// ## Dispatch Origin
		/// Signed by the customer's account or a guardian. Free of charge.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorised`, `AlreadyRevoked`, `NotRevocable`; of the customer's
		/// registry where the signer may not act for the customer.
		///
		/// ## Events
		/// `Revoked` or `Excluded`.
		#[pallet::call_index(2)]
		#[pallet::feeless_if(|
			origin: &OriginFor<T>,
			customer: &CustomerId,
			grant: &GrantId,
		| -> bool {
			let call = Call::revoke_own { customer: *customer, grant: *grant };
			Pallet::<T>::is_free(origin, call, |who| {
				Pallet::<T>::check_revoke_own(who, customer, *grant).is_ok()
			})
		})]
		pub fn revoke_own(
			origin: OriginFor<T>,
			customer: CustomerId,
			grant: GrantId,
		) -> DispatchResult {
			Self::do_revoke_own(ensure_signed(origin)?, customer, grant)
		}

		/// Sets the policy of the signer's organisation, in place of the one it had.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer.
		///
		/// ## Errors
		/// `InvalidPolicy`.
		///
		/// ## Events
		/// `PolicySet`.
		#[pallet::call_index(3)]
		pub fn set_policy(origin: OriginFor<T>, policy: Policy) -> DispatchResult {
			Self::do_set_policy(ensure_signed(origin)?, policy)
		}

		/// Requests access to customers' data. Each is decided on its own, in their order, and each
		/// decision about a registered customer is an entry in its trail. A grant covers none but
		/// its grantor's customers.
		///
		/// `reader` is the one-time public key for which the data is to be sealed; its hash stands
		/// in the entries.
		///
		/// A denial is no error, which would undo its own record. Where denials are by the caller's
		/// fault, one of them is counted with each controller whose customers they are about, and
		/// can suspend the account. A refusal pays for one decision only.
		///
		/// ## Dispatch Origin
		/// Signed, by anyone: who is no active member, or is suspended, is refused.
		///
		/// ## Errors
		/// `NoCustomers`.
		///
		/// ## Events
		/// `Refused`; or for each customer `Authorised` or `Denied`, and then `Suspended` for each
		/// controller whose policy suspended the account.
		#[pallet::call_index(4)]
		#[pallet::weight(
			T::WeightInfo::request_access(customers.len() as u32)
				.max(T::WeightInfo::request_access_at_fault(customers.len() as u32))
		)]
		pub fn request_access(
			origin: OriginFor<T>,
			grant: GrantId,
			purpose: PurposeId,
			categories: Categories,
			customers: BoundedVec<CustomerId, T::MaxBatch>,
			reader: Option<[u8; 32]>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_request_access(who, grant, purpose, categories, customers.into(), reader)
		}

		/// Requests access to a customer's data without a grant, in an emergency. Consent is not
		/// asked for, and neither hours nor rate of the policy apply: an Officer has to review it.
		///
		/// ## Dispatch Origin
		/// Signed, by anyone: who is no active member, or is suspended, is refused.
		///
		/// ## Errors
		/// None: see `request_access`.
		///
		/// ## Events
		/// `Refused`; or `GlassBroken`; or `Denied`, and then `Suspended` where the account was.
		#[pallet::call_index(5)]
		pub fn break_glass(
			origin: OriginFor<T>,
			customer: CustomerId,
			purpose: PurposeId,
			categories: Categories,
			emergency: Commitment,
			reader: Option<[u8; 32]>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_break_glass(who, customer, purpose, categories, emergency, reader);
			Ok(())
		}

		/// Reviews an access in an emergency, on time or late, the customer erased or not.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller who is not the one that read.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorised`.
		///
		/// ## Events
		/// `GlassReviewed`.
		#[pallet::call_index(6)]
		pub fn review(
			origin: OriginFor<T>,
			customer: CustomerId,
			entry: u64,
			justified: bool,
			review: Commitment,
		) -> DispatchResult {
			Self::do_review(ensure_signed(origin)?, customer, entry, justified, review)
		}

		/// Ends an account's suspension; its denials are counted anew.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller whose policy suspended the account.
		///
		/// ## Errors
		/// `NotSuspended`, `NotAuthorised`.
		///
		/// ## Events
		/// `Reinstated`.
		#[pallet::call_index(7)]
		pub fn reinstate(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			Self::do_reinstate(ensure_signed(origin)?, account)
		}
	}
}
