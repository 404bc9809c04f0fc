//! # Equivocation
//!
//! A validator that authors two blocks in one of Aura's slots splits the chain on purpose, or runs
//! its keys on two machines. GRANDPA's double votes are reported by the SDK; Aura's double blocks
//! the SDK only logs. This pallet takes a proof of them: two headers of one slot, sealed by one key,
//! and the proof that the key was a validator's. It reports the offence to whoever punishes.
//!
//! Stored is whose the session keys were, by which both kinds of offences convict a validator;
//! `pallet-offences` remembers what was reported.

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]
// Reports go the same way as GRANDPA's, which the SDK has not yet changed.
#![allow(deprecated, clippy::let_unit_value)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod evidence;
mod history;
#[cfg(test)]
mod mock;
mod offence;
mod report;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use evidence::is_equivocation;
pub use offence::AuraEquivocation;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::{pallet_prelude::*, traits::KeyOwnerProofSystem};
	use frame_system::pallet_prelude::*;
	use sp_consensus_aura::sr25519::AuthorityId;
	use sp_runtime::KeyTypeId;
	use sp_session::{GetSessionNumber, GetValidatorCount};
	use sp_staking::{offence::ReportOffence, SessionIndex};

	/// Two headers of one slot, sealed by one key.
	pub type EquivocationProof<T> =
		sp_consensus_slots::EquivocationProof<HeaderFor<T>, AuthorityId>;

	/// A validator as those know it who keep the history of sessions.
	pub type OffenderOf<T> = <<T as Config>::KeyOwners as KeyOwnerProofSystem<(
		KeyTypeId,
		AuthorityId,
	)>>::IdentificationTuple;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Says in which session a key was a validator's.
		type KeyOwnerProof: Parameter + GetSessionNumber + GetValidatorCount;
		/// Checks that, by what is noted here.
		type KeyOwners: KeyOwnerProofSystem<
			(KeyTypeId, AuthorityId),
			Proof = Self::KeyOwnerProof,
			IdentificationTuple: Clone,
		>;
		/// Who is told of the offence, and remembers it: `pallet-offences`.
		type Offences: ReportOffence<
			Self::AccountId,
			OffenderOf<Self>,
			AuraEquivocation<OffenderOf<Self>>,
		>;
		/// Whether several blocks may share a slot, which makes authoring two in one no offence.
		type AllowSeveralBlocksPerSlot: Get<bool>;
		/// For how many blocks a report waits in the pool.
		#[pallet::constant]
		type ReportLongevity: Get<u64>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// Makes validators of keys for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::KeyOwnerProof>;
	}

	/// Whose a key is, by session and kind of key: of the session that goes on, and of those that
	/// ended as long as the runtime keeps them.
	#[pallet::storage]
	pub type SessionKeyOwners<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		SessionIndex,
		Twox64Concat,
		([u8; 4], [u8; 32]),
		T::AccountId,
	>;

	#[pallet::error]
	pub enum Error<T> {
		/// The headers are not two different ones of one slot, sealed by the offender.
		InvalidEquivocationProof,
		/// The key was no validator's in that session, or the session is too long ago.
		InvalidKeyOwnershipProof,
		/// The offence was reported before.
		AlreadyExists,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let limit = T::BlockWeights::get().get(DispatchClass::Operational).max_extrinsic;
			let weight = T::WeightInfo::report_equivocation_unsigned(1_000);
			assert!(
				limit.is_none_or(|limit| weight.all_lte(limit)),
				"a report about one of a thousand validators must fit into a block"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Reports that a validator authored two blocks in one slot.
		///
		/// Block authors put it into their blocks, free of charge; from elsewhere it is refused.
		///
		/// ## Dispatch Origin
		/// None: the proofs speak for themselves.
		///
		/// ## Errors
		/// `InvalidEquivocationProof`, `InvalidKeyOwnershipProof`, `AlreadyExists`.
		///
		/// ## Events
		/// `Offences::Offence`, and what those emit who punish.
		#[pallet::call_index(0)]
		#[pallet::weight((
			T::WeightInfo::report_equivocation_unsigned(key_owner_proof.validator_count()),
			DispatchClass::Operational,
		))]
		pub fn report_equivocation_unsigned(
			origin: OriginFor<T>,
			equivocation_proof: Box<EquivocationProof<T>>,
			key_owner_proof: T::KeyOwnerProof,
		) -> DispatchResultWithPostInfo {
			ensure_none(origin)?;
			Self::do_report(*equivocation_proof, key_owner_proof)?;
			Ok(Pays::No.into())
		}
	}

	#[pallet::validate_unsigned]
	impl<T: Config> ValidateUnsigned for Pallet<T> {
		type Call = Call<T>;

		fn validate_unsigned(source: TransactionSource, call: &Self::Call) -> TransactionValidity {
			Self::do_validate(source, call)
		}

		fn pre_dispatch(call: &Self::Call) -> Result<(), TransactionValidityError> {
			Self::do_pre_dispatch(call)
		}
	}
}
