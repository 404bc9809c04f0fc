//! The nodes that may connect to the chain's network.

use sp_runtime::{traits::ConstU32, BoundedVec};

/// A node's id in the network: the multihash of its public key, in bytes. libp2p writes it in
/// base58, as in `12D3KooW…`.
pub type PeerId = BoundedVec<u8, ConstU32<64>>;
