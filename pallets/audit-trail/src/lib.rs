//! # Audit trail
//!
//! The append-only, hash-chained trail of each customer. State keeps a trail's length and head
//! only; the entries go to each node's off-chain storage, addressed by the head that they led to,
//! in the same database transaction as their block. Whoever holds the entries can recompute the
//! head: see [`consentry_primitives::trail`].
//!
//! There are no calls: other pallets append through
//! [`AuditTrail`](consentry_primitives::AuditTrail).

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod chain;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::traits::Hash;

/// Length and head of a trail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Trail<H> {
	/// Number of entries, at least 1.
	pub entries: u64,
	/// Hash over all of them.
	pub head: H,
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use consentry_primitives::{CustomerId, Entry, Moment};
	use frame_support::{pallet_prelude::*, traits::Time};
	use sp_core::H256;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256> {
		/// The chain's clock, for the entries' moments.
		type Time: Time<Moment = Moment>;
		/// Weights of appending, for pallets whose own benchmarks do not include it.
		type WeightInfo: WeightInfo;
	}

	/// The trail of each customer that has one.
	///
	/// Keys: customer. Value: number of entries and head.
	// Customer ids are hashes that nobody can choose: no further hashing is needed.
	#[pallet::storage]
	pub type Trails<T: Config> = StorageMap<_, Identity, CustomerId, Trail<H256>, OptionQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An entry was appended to a customer's trail.
		Appended {
			/// The customer.
			customer: CustomerId,
			/// The entry.
			entry: Entry<T::AccountId>,
			/// The trail's head after it.
			head: H256,
		},
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<frame_system::pallet_prelude::BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			// The client recomputes heads with the primitives' hash: the chain must agree.
			let hash = <T as frame_system::Config>::Hashing::hash(b"trail");
			assert_eq!(hash, H256(sp_io::hashing::blake2_256(b"trail")), "heads are blake2-256");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(
			_: frame_system::pallet_prelude::BlockNumberFor<T>,
		) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
