//! # Customers
//!
//! The pseudonymous registry of customers: who keeps whose data, commitments to what is kept, the
//! interactions with each customer, the accounts that act for them, and erasure. Nothing here
//! identifies a person; every change is an entry in the customer's trail.
//!
//! - [`registration`]: customers, their records and interactions
//! - [`binding`]: invitations, claims and guardians
//! - [`erasure`]: requests, legal holds, erasure and what follows it

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod binding;
mod customer;
mod erasure;
#[cfg(test)]
mod mock;
mod queries;
mod registration;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use customer::{Binding, Customer, Guardian, Interaction, Invitation, NewCustomer, Record};
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use consentry_primitives::{
		customer::{IdentificationMethod, Sweep},
		AuditTrail, Commitment, CustomerId, DataCategory, Day, DueDay, InteractionKind, Membership,
		Moment, OrganisationId,
	};
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use sp_core::H256;

	/// A pending erasure: controller, last day, customer.
	pub type ErasureKey = (OrganisationId, DueDay, CustomerId);

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256, RuntimeCall: From<Call<Self>>> {
		/// The chain's clock.
		type Time: Time<Moment = Moment>;
		/// Who may write for which organisation.
		type Membership: Membership<Self::AccountId>;
		/// Where every change is recorded.
		type AuditTrail: AuditTrail<Self::AccountId>;
		/// All that is kept of customers and has to go when they are erased.
		type Sweep: Sweep;
		/// Most customers or interactions in one call.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// Most records of one customer: the number of data categories.
		#[pallet::constant]
		type MaxRecords: Get<u32>;
		/// Most guardians of one customer.
		#[pallet::constant]
		type MaxGuardians: Get<u32>;
		/// For how long an invitation can be used at most, in milliseconds.
		#[pallet::constant]
		type MaxInvitationPeriod: Get<Moment>;
		/// For how long the account that holds a customer can veto another's invitation, in
		/// milliseconds.
		#[pallet::constant]
		type ReclaimDelay: Get<Moment>;
		/// Within which time erasure has to follow its request, in milliseconds (GDPR Art. 12(3)).
		#[pallet::constant]
		type ErasurePeriod: Get<Moment>;
		/// Weights of the calls and of the idle work.
		type WeightInfo: WeightInfo;
	}

	/// Every customer, the erased ones' tombstones included.
	///
	/// Keys: customer. Value: the customer.
	// Customer ids are hashes that nobody can choose: no further hashing is needed, here and below.
	#[pallet::storage]
	pub type Customers<T: Config> =
		StorageMap<_, Identity, CustomerId, Customer<T::AccountId>, OptionQuery>;

	/// The latest revision of each record.
	///
	/// Keys: customer, data category. Value: the record.
	#[pallet::storage]
	pub type Records<T: Config> =
		StorageDoubleMap<_, Identity, CustomerId, Twox64Concat, DataCategory, Record, OptionQuery>;

	/// The pending invitation of each customer that has one.
	///
	/// Keys: customer. Value: the invitation.
	#[pallet::storage]
	pub type Invitations<T: Config> =
		StorageMap<_, Identity, CustomerId, Invitation<T::AccountId>, OptionQuery>;

	/// The guardians of each customer that has any.
	///
	/// Keys: customer. Value: the guardians, in the order of appointment.
	#[pallet::storage]
	pub type Guardians<T: Config> = StorageMap<
		_,
		Identity,
		CustomerId,
		BoundedVec<Guardian<T::AccountId>, T::MaxGuardians>,
		ValueQuery,
	>;

	/// Every account that is or was bound to a customer.
	///
	/// Keys: account. Value: to what it is bound.
	// Anyone can choose an account: the hasher keeps the map's tree balanced.
	#[pallet::storage]
	pub type Bindings<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Binding, OptionQuery>;

	/// The pending erasures.
	///
	/// Keys: controller, last day, customer.
	// The day's key sorts by time, so that a controller's erasures can be paged by it.
	#[pallet::storage]
	pub type Erasures<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, OrganisationId>,
			NMapKey<Identity, DueDay>,
			NMapKey<Identity, CustomerId>,
		),
		(),
		OptionQuery,
	>;

	/// Erased customers of whom something is still to be deleted.
	///
	/// Keys: customer.
	#[pallet::storage]
	pub type Sweeping<T: Config> = StorageMap<_, Identity, CustomerId, (), OptionQuery>;

	/// The last day on which all pending erasures were checked for being overdue.
	#[pallet::storage]
	pub type OverdueChecked<T: Config> = StorageValue<_, Day, OptionQuery>;

	/// The last erasure that the check under way has looked at.
	#[pallet::storage]
	pub type OverdueCursor<T: Config> = StorageValue<_, ErasureKey, OptionQuery>;

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A customer was registered.
		Registered { customer: CustomerId, controller: OrganisationId },
		/// A record was sealed, for the first time (revision 0) or anew.
		RecordSealed { customer: CustomerId, category: DataCategory, revision: u32 },
		/// An interaction was recorded.
		InteractionRecorded { customer: CustomerId, kind: InteractionKind },
		/// A one-time key was invited to claim the customer.
		Invited { customer: CustomerId, key: T::AccountId, opens: Moment, expires: Moment },
		/// The controller took the invitation back.
		InvitationRevoked { customer: CustomerId },
		/// The account that holds the customer, or a guardian, refused the invitation.
		InvitationVetoed { customer: CustomerId },
		/// An account was bound to the customer.
		Claimed { customer: CustomerId, account: T::AccountId },
		/// A guardian was appointed, or its appointment got another end.
		GuardianAppointed { customer: CustomerId, guardian: T::AccountId, until: Moment },
		/// A guardian was dismissed.
		GuardianDismissed { customer: CustomerId, guardian: T::AccountId },
		/// Erasure was asked for.
		ErasureRequested { customer: CustomerId, due: Moment },
		/// Erasure is suspended by law.
		HoldPlaced { customer: CustomerId, until: Moment },
		/// The legal hold was lifted.
		HoldLifted { customer: CustomerId },
		/// The customer was erased; what is kept of it has no effect any more.
		Erased { customer: CustomerId },
		/// Nothing is kept of the erased customer any more, but its anonymous trail.
		Swept { customer: CustomerId },
		/// An erasure is still pending after its last day; reported once a day.
		ErasureOverdue { customer: CustomerId, controller: OrganisationId, due: Day },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such customer, or no such guardian of the customer.
		NotFound,
		/// A customer with this id is registered.
		AlreadyExists,
		/// The customer was erased.
		Erased,
		/// The customer belongs to another controller, or the account is not bound to it.
		NotAuthorised,
		/// A category is named twice.
		DuplicateCategory,
		/// The record cannot have more revisions.
		TooManyRevisions,
		/// The account is or was bound to a customer, or belongs to a member.
		AlreadyBound,
		/// An invitation is pending; revoke it first.
		AlreadyInvited,
		/// No invitation is pending, or this key is not the invited one.
		NotInvited,
		/// The invitation can still be vetoed and not yet be used.
		NotYetOpen,
		/// The invitation or the guardian's appointment has ended.
		Expired,
		/// The moment is not in the future, or further in it than allowed.
		InvalidPeriod,
		/// The customer has as many guardians as it can have.
		TooManyGuardians,
		/// Erasure was asked for already.
		AlreadyRequested,
		/// A legal hold forbids the erasure.
		OnHold,
		/// There is no legal hold to lift.
		NotHeld,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::work_when_idle(limit)
		}

		fn integrity_test() {
			assert!(T::MaxBatch::get() > 0, "a batch must hold something");
			assert_eq!(
				T::MaxRecords::get() as usize,
				DataCategory::ALL.len(),
				"a customer can have one record of each category",
			);
			assert!(T::MaxInvitationPeriod::get() > 0, "an invitation must be usable");
			assert!(T::ReclaimDelay::get() > 0, "there must be time for a veto");
			assert!(T::ErasurePeriod::get() > 0, "there must be time for an erasure");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Registers customers with the commitments to their first records.
		///
		/// ## Dispatch Origin
		/// Signed by a Steward, whose organisation becomes the controller.
		///
		/// ## Errors
		/// `AlreadyExists`, `DuplicateCategory`: then none of them is registered.
		///
		/// ## Events
		/// `Registered` and `RecordSealed`, for each.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register(
			customers.len() as u32,
			customers.iter().fold(0, |sum: u32, new| sum.saturating_add(new.records.len() as u32)),
		))]
		pub fn register(
			origin: OriginFor<T>,
			customers: BoundedVec<NewCustomer<T::MaxRecords>, T::MaxBatch>,
		) -> DispatchResult {
			Self::do_register(ensure_signed(origin)?, customers)
		}

		/// Seals a customer's record: the first of its category, or a rectification (GDPR Art. 16).
		///
		/// ## Dispatch Origin
		/// Signed by a Steward of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `TooManyRevisions`.
		///
		/// ## Events
		/// `RecordSealed`.
		#[pallet::call_index(1)]
		pub fn seal(
			origin: OriginFor<T>,
			customer: CustomerId,
			category: DataCategory,
			commitment: Commitment,
		) -> DispatchResult {
			Self::do_seal(ensure_signed(origin)?, customer, category, commitment)
		}

		/// Records interactions with customers: purchases, calls, visits.
		///
		/// ## Dispatch Origin
		/// Signed by a Steward of the customers' controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`: then none of them is recorded.
		///
		/// ## Events
		/// `InteractionRecorded`, for each.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::record_interactions(interactions.len() as u32))]
		pub fn record_interactions(
			origin: OriginFor<T>,
			interactions: BoundedVec<Interaction, T::MaxBatch>,
		) -> DispatchResult {
			Self::do_record_interactions(ensure_signed(origin)?, interactions)
		}

		/// Invites a one-time key to claim the customer. For a customer that is claimed already the
		/// invitation opens after `ReclaimDelay`, in which the account that holds it can veto.
		///
		/// ## Dispatch Origin
		/// Signed by a Steward of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `InvalidPeriod`, `AlreadyBound`,
		/// `AlreadyInvited`.
		///
		/// ## Events
		/// `Invited`.
		#[pallet::call_index(3)]
		pub fn invite(
			origin: OriginFor<T>,
			customer: CustomerId,
			key: T::AccountId,
			method: IdentificationMethod,
			evidence: Commitment,
			expires: Moment,
		) -> DispatchResult {
			Self::do_invite(ensure_signed(origin)?, customer, key, method, evidence, expires)
		}

		/// Takes the pending invitation back.
		///
		/// ## Dispatch Origin
		/// Signed by a Steward of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `NotInvited`.
		///
		/// ## Events
		/// `InvitationRevoked`.
		#[pallet::call_index(4)]
		pub fn revoke_invitation(origin: OriginFor<T>, customer: CustomerId) -> DispatchResult {
			Self::do_revoke_invitation(ensure_signed(origin)?, customer)
		}

		/// Binds `account` to the customer that the signer was invited to claim.
		///
		/// ## Dispatch Origin
		/// Signed by the invited one-time key. Free of charge.
		///
		/// ## Errors
		/// `NotInvited`, `Erased`, `NotYetOpen`, `Expired`, `AlreadyBound`.
		///
		/// ## Events
		/// `Claimed`.
		#[pallet::call_index(5)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, account: &T::AccountId| -> bool {
			let call = Call::claim { account: account.clone() };
			Pallet::<T>::is_free(origin, call, |key| Pallet::<T>::check_claim(key, account).is_ok())
		})]
		pub fn claim(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			Self::do_claim(ensure_signed(origin)?, account)
		}

		/// Refuses the pending invitation.
		///
		/// ## Dispatch Origin
		/// Signed by the customer's account or a guardian. Free of charge.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `Expired`, `NotInvited`.
		///
		/// ## Events
		/// `InvitationVetoed`.
		#[pallet::call_index(6)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, customer: &CustomerId| -> bool {
			let call = Call::veto_invitation { customer: *customer };
			Pallet::<T>::is_free(origin, call, |who| Pallet::<T>::check_veto(who, customer).is_ok())
		})]
		pub fn veto_invitation(origin: OriginFor<T>, customer: CustomerId) -> DispatchResult {
			Self::do_veto_invitation(ensure_signed(origin)?, customer)
		}

		/// Appoints a guardian, or gives one that is appointed another end.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `InvalidPeriod`, `AlreadyBound`,
		/// `TooManyGuardians`.
		///
		/// ## Events
		/// `GuardianAppointed`.
		#[pallet::call_index(7)]
		pub fn appoint_guardian(
			origin: OriginFor<T>,
			customer: CustomerId,
			guardian: T::AccountId,
			evidence: Commitment,
			until: Moment,
		) -> DispatchResult {
			Self::do_appoint_guardian(ensure_signed(origin)?, customer, guardian, evidence, until)
		}

		/// Dismisses a guardian.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`.
		///
		/// ## Events
		/// `GuardianDismissed`.
		#[pallet::call_index(8)]
		pub fn dismiss_guardian(
			origin: OriginFor<T>,
			customer: CustomerId,
			guardian: T::AccountId,
		) -> DispatchResult {
			Self::do_dismiss_guardian(ensure_signed(origin)?, customer, guardian)
		}

		/// Asks for the customer's erasure (GDPR Art. 17).
		///
		/// ## Dispatch Origin
		/// Signed by the customer's account or a guardian, free of charge; or by an Officer of the
		/// controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `AlreadyRequested`, `NotAuthorised`, `Expired`.
		///
		/// ## Events
		/// `ErasureRequested`.
		#[pallet::call_index(9)]
		#[pallet::feeless_if(|origin: &OriginFor<T>, customer: &CustomerId| -> bool {
			let call = Call::request_erasure { customer: *customer };
			Pallet::<T>::is_free(origin, call, |who| Pallet::<T>::check_request_erasure(who, customer).is_ok())
		})]
		pub fn request_erasure(origin: OriginFor<T>, customer: CustomerId) -> DispatchResult {
			Self::do_request_erasure(ensure_signed(origin)?, customer)
		}

		/// Suspends erasure by law until a moment (GDPR Art. 17(3)); replaces a hold there was.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `InvalidPeriod`.
		///
		/// ## Events
		/// `HoldPlaced`.
		#[pallet::call_index(10)]
		pub fn place_hold(
			origin: OriginFor<T>,
			customer: CustomerId,
			until: Moment,
			reason: Commitment,
		) -> DispatchResult {
			Self::do_place_hold(ensure_signed(origin)?, customer, until, reason)
		}

		/// Lifts the legal hold.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `NotHeld`.
		///
		/// ## Events
		/// `HoldLifted`.
		#[pallet::call_index(11)]
		pub fn lift_hold(origin: OriginFor<T>, customer: CustomerId) -> DispatchResult {
			Self::do_lift_hold(ensure_signed(origin)?, customer)
		}

		/// Erases the customer: at once nothing that is kept of it has effect any more and its
		/// accounts are released; what is kept is deleted in the blocks that follow.
		///
		/// ## Dispatch Origin
		/// Signed by an Officer of the controller.
		///
		/// ## Errors
		/// `NotFound`, `Erased`, `NotAuthorised`, `OnHold`.
		///
		/// ## Events
		/// `Erased`; later `Swept`.
		#[pallet::call_index(12)]
		pub fn erase(origin: OriginFor<T>, customer: CustomerId) -> DispatchResult {
			Self::do_erase(ensure_signed(origin)?, customer)
		}
	}
}
