//! Commitments: what the chain holds in place of data.

use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

shared_type! {
	/// A binding, hiding commitment to data that is kept off chain.
	///
	/// The variant names algorithm and version, so that a later one can stand beside it without
	/// touching what is stored (EDPB Guidelines 02/2025: crypto-agility).
	#[derive(Copy, Hash)]
	#[serde(tag = "algorithm", content = "digest", rename_all = "kebab-case")]
	pub enum Commitment {
		/// `blake2_256(TAG ‖ salt ‖ content)` with a salt of 256 random bits that stays off chain:
		/// see [`Commitment::blake2_256_v1`].
		#[codec(index = 1)]
		Blake2b256V1(H256),
	}
}

impl Commitment {
	/// Domain separation of [`Commitment::Blake2b256V1`].
	const BLAKE2B_256_V1_TAG: &'static [u8] = b"consentry/commitment/v1";

	/// Commits to `content` under `salt`.
	///
	/// The salt must be fresh for each commitment and come from a cryptographic generator: with it
	/// deleted, what stays on chain tells nothing about the content.
	pub fn blake2_256_v1(salt: &[u8; 32], content: &[u8]) -> Self {
		let preimage = [Self::BLAKE2B_256_V1_TAG, salt, content].concat();
		Self::Blake2b256V1(BlakeTwo256::hash(&preimage))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::{Decode, Encode};

	#[test]
	fn the_algorithm_is_the_first_byte() {
		let commitment = Commitment::blake2_256_v1(&[7; 32], b"content");
		assert_eq!(commitment.encode()[0], 1);
		assert_eq!(commitment.encoded_size(), 33);
	}

	#[test]
	fn salt_and_content_both_count() {
		let commitment = Commitment::blake2_256_v1(&[7; 32], b"content");
		assert_ne!(commitment, Commitment::blake2_256_v1(&[8; 32], b"content"));
		assert_ne!(commitment, Commitment::blake2_256_v1(&[7; 32], b"contents"));
	}

	#[test]
	fn an_unknown_algorithm_is_refused() {
		let mut encoded = Commitment::blake2_256_v1(&[7; 32], b"content").encode();
		encoded[0] = 2;
		assert!(Commitment::decode(&mut &encoded[..]).is_err());
	}
}
