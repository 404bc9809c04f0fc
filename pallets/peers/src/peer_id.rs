//! Which bytes are a peer id.

use consentry_primitives::PeerId;

/// The multihash of an ed25519 key begins so, by which nodes of this chain are known: the identity
/// hash of 36 bytes, which are the key's type, then 32 bytes of key.
pub(crate) const ED25519: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// The multihash of a longer key: SHA-256, of 32 bytes.
const SHA2_256: [u8; 2] = [0x12, 0x20];

/// Bytes of a key or a hash.
const LENGTH: usize = 32;

/// Whether `bytes` are the multihash of a node's public key.
pub(crate) fn is_peer_id(bytes: &[u8]) -> bool {
	let rest = bytes.strip_prefix(&ED25519[..]).or_else(|| bytes.strip_prefix(&SHA2_256[..]));
	rest.is_some_and(|rest| rest.len() == LENGTH)
}

/// The peer id that `text` is in base58.
pub(crate) fn parse(text: &str) -> Option<PeerId> {
	let bytes = bs58::decode(text).into_vec().ok()?;
	PeerId::try_from(bytes).ok().filter(|peer| is_peer_id(peer))
}
