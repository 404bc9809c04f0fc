//! # Peers
//!
//! Who may connect: the nodes of each organisation. An Admin keeps the own organisation's; each
//! node reads the finalised list through
//! [`PeersApi`](consentry_primitives::api::PeersApi), and refuses everyone else.
//!
//! The list decides only once it is enforced: from genesis where that names peers, otherwise from
//! the consortium's call on. Were the first entry enough, a single Admin could shut out everyone
//! else's nodes by adding its own.
//!
//! - `peer_id`: which bytes are a peer id
//! - `listing`: adding, removing and enforcing

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod listing;
#[cfg(test)]
mod mock;
mod peer_id;
#[cfg(test)]
mod tests;
// Native builds too, since the runtime's tests check it after each step.
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::{string::String, vec::Vec};
	use consentry_primitives::{Membership, OrganisationId, PeerId};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Who decides that the list is enforced.
		type ConsortiumOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Who belongs to which organisation.
		type Membership: Membership<Self::AccountId>;
		/// Most peers of one organisation.
		#[pallet::constant]
		type MaxPeers: Get<u32>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// The peers of each organisation that has any.
	///
	/// Keys: organisation. Value: its peers, in the order in which they were added.
	// Ids are counted, nobody chooses one: a fast hasher will do.
	#[pallet::storage]
	pub type Peers<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, BoundedVec<PeerId, T::MaxPeers>, OptionQuery>;

	/// The organisation of each peer: a peer belongs to one at most.
	///
	/// Keys: peer. Value: organisation.
	// Anyone can choose a peer id: the hasher keeps the map's tree balanced.
	#[pallet::storage]
	pub type Owners<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, PeerId, OrganisationId, OptionQuery>;

	/// Whether only listed peers may connect.
	#[pallet::storage]
	pub type Enforced<T: Config> = StorageValue<_, bool, ValueQuery>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The peers that may connect from the first block on, each with its organisation, which
		/// genesis has to register; ids as libp2p writes them, `12D3KooW…`. Where there are none,
		/// any node may connect.
		pub peers: Vec<(OrganisationId, String)>,
		/// Binds the runtime's configuration.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for (organisation, text) in &self.peers {
				let Some(peer) = peer_id::parse(text) else {
					panic!("genesis: `{text}` is no peer id in base58, such as 12D3KooW…");
				};
				assert!(
					T::Membership::is_active(*organisation),
					"genesis: the peer {text} belongs to organisation {organisation}, which genesis \
					 does not register",
				);
				if let Err(error) = Pallet::<T>::list(*organisation, peer) {
					panic!("genesis: the peer {text} of organisation {organisation}: {error:?}");
				}
			}
			if !self.peers.is_empty() {
				Enforced::<T>::put(true);
			}
		}
	}

	// The fields' names and types say what they are.
	#[allow(missing_docs)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An organisation listed a peer.
		PeerAdded { organisation: OrganisationId, peer: PeerId },
		/// An organisation's peer is no longer listed.
		PeerRemoved { organisation: OrganisationId, peer: PeerId },
		/// From this moment only listed peers may connect.
		ListEnforced,
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The bytes are not the multihash of a public key: of an ed25519 key itself (00 24 08 01 12
		/// 20 and 32 bytes) or by SHA-256 (12 20 and 32 bytes).
		InvalidPeerId,
		/// An organisation has listed this peer.
		AlreadyExists,
		/// No organisation has listed this peer.
		NotFound,
		/// The peer belongs to another organisation.
		NotAuthorised,
		/// The organisation has listed as many peers as it can.
		TooManyPeers,
		/// It is the last peer of the list: without it no node at all could connect.
		LastPeer,
		/// Nobody has listed a peer: enforcing the list would shut out every node.
		NoPeers,
		/// The list is enforced.
		AlreadyEnforced,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::MaxPeers::get() > 0, "an organisation must be able to list a peer");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Lists a peer of the signer's organisation: its node may connect to the others' as soon
		/// as this is final.
		///
		/// `peer` is the multihash that a node's peer id is in bytes, not its text in base58; a node
		/// that is not listed writes it to its log.
		///
		/// ## Dispatch Origin
		/// Signed by an Admin.
		///
		/// ## Errors
		/// `InvalidPeerId`, `AlreadyExists`, `TooManyPeers`; those of `Membership` where the signer
		/// is no Admin of an active organisation.
		///
		/// ## Events
		/// `PeerAdded`.
		#[pallet::call_index(0)]
		pub fn add_peer(origin: OriginFor<T>, peer: PeerId) -> DispatchResult {
			Self::do_add_peer(ensure_signed(origin)?, peer)
		}

		/// Takes a peer of the signer's organisation off the list: the others' nodes disconnect
		/// from it as soon as this is final.
		///
		/// ## Dispatch Origin
		/// Signed by an Admin.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorised`, `LastPeer`; those of `Membership` where the signer is no
		/// Admin of an active organisation.
		///
		/// ## Events
		/// `PeerRemoved`.
		#[pallet::call_index(1)]
		pub fn remove_peer(origin: OriginFor<T>, peer: PeerId) -> DispatchResult {
			Self::do_remove_peer(ensure_signed(origin)?, peer)
		}

		/// Enforces the list from this moment on: who is not on it can no longer connect. There is
		/// no way back but an upgrade.
		///
		/// ## Dispatch Origin
		/// `ConsortiumOrigin`.
		///
		/// ## Errors
		/// `AlreadyEnforced`, `NoPeers`.
		///
		/// ## Events
		/// `ListEnforced`.
		#[pallet::call_index(2)]
		pub fn enforce(origin: OriginFor<T>) -> DispatchResult {
			T::ConsortiumOrigin::ensure_origin(origin)?;
			Self::do_enforce()
		}
	}
}
