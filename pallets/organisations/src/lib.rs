//! # Organisations
//!
//! Who may write: the organisations that the consortium admitted, their members, and what each
//! member may do. The other pallets ask through the trait
//! [`Membership`](consentry_primitives::Membership); all that is asked of them is which accounts are
//! suspended, and which are customers'.
//!
//! - `organisation`: registration, suspension and the account that pays for an organisation
//! - `genesis`: the organisations that found the chain
//! - `members`: members, their roles, and the answers to `Membership`

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod genesis;
mod members;
#[cfg(test)]
mod mock;
mod organisation;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use genesis::Founder;
pub use members::Member;
pub use organisation::{Organisation, Status};
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	// By name, since the prelude has a trait `Member`.
	use super::{Member, *};
	use alloc::vec::Vec;
	use consentry_primitives::{
		customer::Bindings, organisation::Suspensions, Moment, OrganisationId, Roles,
	};
	use frame_support::{pallet_prelude::*, traits::Time, PalletId};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::AccountIdConversion;

	/// An organisation's name, of the runtime's bound.
	pub type NameOf<T> = BoundedVec<u8, <T as Config>::MaxNameLength>;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Who admits and suspends organisations.
		type ConsortiumOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// The chain's clock, for the moment of registration.
		type Time: Time<Moment = Moment>;
		/// Which accounts are stopped from everything.
		type Suspensions: Suspensions<Self::AccountId>;
		/// Which accounts customers act with.
		type Bindings: Bindings<Self::AccountId>;
		/// From what the accounts of organisations are derived.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		/// Most members of one organisation.
		#[pallet::constant]
		type MaxMembers: Get<u32>;
		/// Most bytes of an organisation's name.
		#[pallet::constant]
		type MaxNameLength: Get<u32>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Every organisation that was ever registered.
	///
	/// Keys: organisation. Value: the organisation.
	// Ids are counted, nobody chooses one: a fast hasher will do.
	#[pallet::storage]
	pub type Organisations<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Organisation<NameOf<T>>, OptionQuery>;

	/// The organisation of each name: no two have the same.
	///
	/// Keys: name. Value: organisation.
	#[pallet::storage]
	pub type Names<T: Config> =
		StorageMap<_, Blake2_128Concat, NameOf<T>, OrganisationId, OptionQuery>;

	/// The members of all organisations: an account belongs to one organisation at most.
	///
	/// Keys: account. Value: its organisation and roles.
	// Anyone can choose an account: the hasher keeps the map's tree balanced.
	#[pallet::storage]
	pub type Members<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Member, OptionQuery>;

	/// The id of the next organisation, which is also the number of organisations.
	#[pallet::storage]
	pub type NextOrganisationId<T: Config> = StorageValue<_, OrganisationId, ValueQuery>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The organisations that found the chain; the first one has the id 0.
		pub organisations: Vec<Founder<T::AccountId>>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			self.organisations.iter().for_each(Pallet::<T>::found);
		}
	}

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An organisation was registered.
		Registered { organisation: OrganisationId, name: NameOf<T>, admin: T::AccountId },
		/// An organisation's members may no longer act.
		Suspended { organisation: OrganisationId },
		/// An organisation's members may act again.
		Reinstated { organisation: OrganisationId },
		/// An account became a member; an organisation's first admin too.
		MemberAdded { organisation: OrganisationId, account: T::AccountId, roles: Roles },
		/// A member's roles were replaced.
		RolesSet { organisation: OrganisationId, account: T::AccountId, roles: Roles },
		/// An account is no longer a member.
		MemberRemoved { organisation: OrganisationId, account: T::AccountId },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such organisation, or the account to be managed is no member of any.
		NotFound,
		/// Another organisation has this name.
		AlreadyExists,
		/// The account is a member of an organisation; where it is to be appointed admin: of another
		/// one, or it is admin already.
		AlreadyMember,
		/// The signer lacks the role, or the member belongs to another organisation.
		NotAuthorised,
		/// The organisation is suspended.
		Suspended,
		/// The signer's account is suspended.
		AccountSuspended,
		/// The organisation is active: there is nothing to reinstate.
		NotSuspended,
		/// A name is one letter `a`-`z`, then letters `a`-`z`, digits and hyphens.
		InvalidName,
		/// No role is set, or one that does not exist.
		InvalidRoles,
		/// The organisation would be left without an admin; make another member admin first.
		LastAdmin,
		/// The organisation has as many members as it can have.
		TooManyMembers,
		/// All organisation ids are given out.
		TooManyOrganisations,
		/// The account is or was bound to a customer: as a member's it would tie the customer to a
		/// person on the staff.
		AlreadyBound,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::MaxMembers::get() > 0, "an organisation must have room for its admin");
			assert!(T::MaxNameLength::get() > 0, "an organisation must be able to have a name");
			let account: Option<T::AccountId> =
				T::PalletId::get().try_into_sub_account(OrganisationId::MAX);
			assert!(
				account.is_some(),
				"an account must be wide enough to tell organisations apart"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Registers an organisation with its first admin.
		///
		/// `name` is the legal entity's short machine name, such as `acme-retail`: a letter `a`-`z`,
		/// then letters `a`-`z`, digits and hyphens, of 1 to `MaxNameLength` bytes. It is public and
		/// stays: never a person's name.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `InvalidName`, `AlreadyExists` (the name), `AlreadyMember` and `AlreadyBound` (the admin),
		/// `TooManyOrganisations`.
		///
		/// ## Events
		/// `Registered`, `MemberAdded`.
		#[pallet::call_index(0)]
		pub fn register(
			origin: OriginFor<T>,
			name: NameOf<T>,
			admin: T::AccountId,
		) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_register(name, admin)?;
			Ok(())
		}

		/// Suspends an organisation: from this moment its members' roles give no right.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `NotFound`, `Suspended`.
		///
		/// ## Events
		/// `Suspended`.
		#[pallet::call_index(1)]
		pub fn suspend(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_suspend(organisation)
		}

		/// Ends an organisation's suspension.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `NotFound`, `NotSuspended`.
		///
		/// ## Events
		/// `Reinstated`.
		#[pallet::call_index(2)]
		pub fn reinstate(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_reinstate(organisation)
		}

		/// Makes an account admin of an organisation, suspended or not: the way back for one that
		/// lost its admins' keys.
		///
		/// An account that belongs to no organisation becomes a member with the one role `Admin`; a
		/// member of this organisation keeps its roles and gets `Admin` besides.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `NotFound`, `AlreadyMember`, `AlreadyBound`, `TooManyMembers`.
		///
		/// ## Events
		/// `MemberAdded` or `RolesSet`.
		#[pallet::call_index(3)]
		pub fn appoint_admin(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
		) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_appoint_admin(organisation, account)
		}

		/// Adds a member to the signer's organisation. The account gets a sufficient reference: it
		/// can sign without holding credits.
		///
		/// ## Dispatch Origin
		/// Signed by an Admin.
		///
		/// ## Errors
		/// `NotAuthorised`, `Suspended`, `AccountSuspended`, `InvalidRoles`, `AlreadyMember`,
		/// `TooManyMembers`.
		///
		/// ## Events
		/// `MemberAdded`.
		#[pallet::call_index(4)]
		pub fn add_member(
			origin: OriginFor<T>,
			account: T::AccountId,
			roles: Roles,
		) -> DispatchResult {
			Self::do_add_member(ensure_signed(origin)?, account, roles)
		}

		/// Replaces the roles of a member of the signer's organisation.
		///
		/// ## Dispatch Origin
		/// Signed by an Admin.
		///
		/// ## Errors
		/// `NotAuthorised`, `Suspended`, `AccountSuspended`, `InvalidRoles`, `NotFound`, `LastAdmin`.
		///
		/// ## Events
		/// `RolesSet`.
		#[pallet::call_index(5)]
		pub fn set_roles(
			origin: OriginFor<T>,
			account: T::AccountId,
			roles: Roles,
		) -> DispatchResult {
			Self::do_set_roles(ensure_signed(origin)?, account, roles)
		}

		/// Removes a member from the signer's organisation; the account loses the sufficient
		/// reference that it got when added.
		///
		/// ## Dispatch Origin
		/// Signed by an Admin, or by the member, who can leave also while it or its organisation is
		/// suspended.
		///
		/// ## Errors
		/// `NotAuthorised`, `Suspended`, `AccountSuspended`, `NotFound`, `LastAdmin`.
		///
		/// ## Events
		/// `MemberRemoved`.
		#[pallet::call_index(6)]
		pub fn remove_member(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			Self::do_remove_member(ensure_signed(origin)?, account)
		}
	}
}
