//! # Consortium
//!
//! The two powers of Root that the consortium has, and no other: authorising an upgrade of the
//! runtime by its hash, and issuing credits. The chain has neither sudo nor a way to Root, so that
//! even a council of one mind can do nothing that is not listed here or in a pallet's
//! `ConsortiumOrigin`.
//!
//! It also keeps the genesis flag by which a development chain seals several blocks in one slot:
//! see [`AllowSeveralBlocksPerSlot`].

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod credits;
#[cfg(test)]
mod mock;
mod slots;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use pallet::*;
pub use slots::AllowSeveralBlocksPerSlot;
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
	use sp_runtime::traits::TryConvert;

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
		/// Creates the organisation that benchmarks issue credits to.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: consentry_primitives::Membership<Self::AccountId>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Whether several blocks may share a slot. Set at genesis, by development chains only.
	#[pallet::storage]
	pub type SeveralBlocksPerSlot<T: Config> = StorageValue<_, bool, ValueQuery>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Whether several blocks may share a slot: for chains that seal instantly. A chain that
		/// others join must leave it `false`.
		pub several_blocks_per_slot: bool,
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
		}
	}

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Credits were issued to an organisation's account.
		CreditsIssued { organisation: OrganisationId, amount: BalanceOf<T> },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No organisation with this id is registered.
		NotFound,
		/// The amount to be issued is zero.
		ZeroAmount,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let limit = T::BlockWeights::get().max_block;
			for weight in [T::WeightInfo::authorise_upgrade(), T::WeightInfo::issue_credits()] {
				assert!(weight.all_lte(limit), "each of the powers must fit into a block");
			}
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
	}
}
