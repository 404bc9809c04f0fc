//! # Consortium
//!
//! The powers of Root that the consortium has, and no other: authorising an upgrade of the runtime
//! by its hash, issuing credits, and changing the list of validators. The chain has neither sudo nor
//! a way to Root, so that even a council of one mind can do nothing that is not listed here or in a
//! pallet's `ConsortiumOrigin`.
//!
//! It also keeps what the genesis says about the chain's pace: see [`AllowSeveralBlocksPerSlot`] and
//! [`SessionLength`].

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod credits;
#[cfg(test)]
mod mock;
mod sessions;
mod slots;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod validators;
pub mod weights;

pub use pallet::*;
pub use sessions::SessionLength;
pub use slots::AllowSeveralBlocksPerSlot;
pub use validators::ValidatorList;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use consentry_primitives::OrganisationId;
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{Inspect, Mutate},
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::{TryConvert, Zero};

	/// An amount of credits, in the currency's smallest unit.
	pub type BalanceOf<T> =
		<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Who has these powers: three quarters of the council.
		type ConsortiumOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// The credits in which fees are paid.
		type Currency: Mutate<Self::AccountId>;
		/// The account that pays for an organisation, where that is registered.
		type OrganisationAccount: TryConvert<OrganisationId, Self::AccountId>;
		/// The list of validators, which nobody else changes.
		type Validators: ValidatorList<Self::AccountId>;
		/// Blocks of a session where the genesis says nothing else.
		#[pallet::constant]
		type DefaultSessionBlocks: Get<BlockNumberFor<Self>>;
		/// Creates the organisation that benchmarks issue credits to.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: consentry_primitives::Membership<Self::AccountId>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Whether several blocks may share a slot. Set at genesis, by development chains only.
	#[pallet::storage]
	pub type SeveralBlocksPerSlot<T: Config> = StorageValue<_, bool, ValueQuery>;

	/// The fewest validators that there may be; 0 stands for 1. Set at genesis.
	#[pallet::storage]
	pub type MinimumValidators<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Blocks of a session, where the genesis said.
	#[pallet::storage]
	pub type SessionBlocks<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Whether several blocks may share a slot: for chains that seal instantly. A chain that
		/// others join must leave it `false`.
		pub several_blocks_per_slot: bool,
		/// The fewest validators that there may be; GRANDPA tolerates one fault of four.
		pub minimum_validators: u32,
		/// Blocks of a session; an hour's where it is not given.
		pub session_blocks: Option<BlockNumberFor<T>>,
		/// Binds the runtime's configuration.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if self.several_blocks_per_slot {
				SeveralBlocksPerSlot::<T>::put(true);
			}
			MinimumValidators::<T>::put(self.minimum_validators);
			assert!(
				self.session_blocks != Some(Default::default()),
				"a session has at least one block"
			);
			SessionBlocks::<T>::set(self.session_blocks);
		}
	}

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Credits were issued to an organisation's account.
		CreditsIssued { organisation: OrganisationId, amount: BalanceOf<T> },
		/// An account was put on the list of validators. It validates from the second session on.
		ValidatorAdded { validator: T::AccountId },
		/// A validator was taken off the list, by the council or for an offence.
		ValidatorRemoved { validator: T::AccountId },
		/// A validator committed an offence and stays on the list, since too few were left.
		OffenderRemains { validator: T::AccountId },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No organisation with this id is registered, or the account is on no list of validators.
		NotFound,
		/// The amount to be issued is zero.
		ZeroAmount,
		/// The account is on the list of validators already.
		AlreadyExists,
		/// The account has not set session keys: `session.setKeys` comes first.
		NoSessionKeys,
		/// Fewer validators with session keys were left than the genesis asks for.
		TooFewValidators,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let limit = T::BlockWeights::get().max_block;
			let weights = [
				T::WeightInfo::authorise_upgrade(),
				T::WeightInfo::issue_credits(),
				T::WeightInfo::add_validator(),
				T::WeightInfo::remove_validator(),
				T::WeightInfo::replace_validator(),
			];
			for weight in weights {
				assert!(weight.all_lte(limit), "each of the powers must fit into a block");
			}
			assert!(!T::DefaultSessionBlocks::get().is_zero(), "a session has at least one block");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Authorises the runtime whose code has this hash, in place of one authorised before.
		///
		/// Anyone may then hand in the code, through `system.apply_authorized_upgrade`. It is applied
		/// only where it keeps the chain's `spec_name` and raises its `spec_version`.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// None of its own.
		///
		/// ## Events
		/// `System::UpgradeAuthorized`.
		#[pallet::call_index(0)]
		pub fn authorise_upgrade(origin: OriginFor<T>, code_hash: T::Hash) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			frame_system::Pallet::<T>::do_authorize_upgrade(code_hash, true);
			Ok(())
		}

		/// Issues new credits to the account that pays for an organisation, suspended or not.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `ZeroAmount`, `NotFound`; the currency's own where its total would overflow, or the
		/// account would hold less than the currency's minimum.
		///
		/// ## Events
		/// `CreditsIssued`, beside the currency's own.
		#[pallet::call_index(1)]
		pub fn issue_credits(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			amount: BalanceOf<T>,
		) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_issue_credits(organisation, amount)
		}

		/// Puts an account that has set session keys on the list of validators.
		///
		/// It validates from the second session boundary on: one to plan a session, one to begin it.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `AlreadyExists`, `NoSessionKeys`; the list's own where it is full.
		///
		/// ## Events
		/// `ValidatorAdded`.
		#[pallet::call_index(2)]
		pub fn add_validator(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_add_validator(validator)
		}

		/// Takes a validator off the list, with effect at the second session boundary.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `NotFound`; `TooFewValidators`: [`Pallet::replace_validator`] then.
		///
		/// ## Events
		/// `ValidatorRemoved`.
		#[pallet::call_index(3)]
		pub fn remove_validator(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_remove_validator(validator)
		}

		/// Puts one account in the place of another, with effect at the second session boundary.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// Those of [`Pallet::add_validator`] and [`Pallet::remove_validator`].
		///
		/// ## Events
		/// `ValidatorAdded`, `ValidatorRemoved`.
		#[pallet::call_index(4)]
		pub fn replace_validator(
			origin: OriginFor<T>,
			old: T::AccountId,
			new: T::AccountId,
		) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_replace_validator(old, new)
		}
	}
}
