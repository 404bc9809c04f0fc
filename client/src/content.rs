//! What a commitment is over: the canonical encoding of named values.
//!
//! Content is a set of `(column, value)` pairs, sorted by column (bytewise, as UTF-8), encoded in
//! SCALE as `Vec<(String, String)>`. Equal contents have equal encodings, whatever the order of
//! the columns in the file they came from. The commitment is
//! [`Commitment::blake2_256_v1`] of that encoding under a salt of 256 random bits.

use codec::{Decode, Encode};
use consentry_primitives::Commitment;
use rand::{rngs::OsRng, RngCore};
use std::collections::BTreeMap;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Most bytes that one record's encoded content may have.
pub const MAX_CONTENT: usize = 64 * 1024;

/// Named values: what a controller keeps of a customer in one category, or of an interaction.
#[derive(
	Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Content(pub BTreeMap<String, String>);

impl Content {
	/// Whether no value holds anything.
	pub fn is_blank(&self) -> bool {
		self.0.values().all(|value| value.trim().is_empty())
	}
}

impl<C: Into<String>, V: Into<String>> FromIterator<(C, V)> for Content {
	fn from_iter<I: IntoIterator<Item = (C, V)>>(pairs: I) -> Self {
		Self(pairs.into_iter().map(|(column, value)| (column.into(), value.into())).collect())
	}
}

/// Content with its salt: all that is needed to open a commitment, and all that erasure destroys.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
pub struct Sealed {
	/// 256 random bits.
	salt: [u8; 32],
	/// The content in its canonical encoding.
	encoded: Vec<u8>,
}

impl Sealed {
	/// Seals `content` under a fresh salt from the operating system's generator.
	pub fn new(content: &Content) -> Self {
		let mut salt = [0; 32];
		OsRng.fill_bytes(&mut salt);
		Self { salt, encoded: content.encode() }
	}

	/// The commitment, computed anew.
	pub fn commitment(&self) -> Commitment {
		Commitment::blake2_256_v1(&self.salt, &self.encoded)
	}

	/// The content.
	pub fn content(&self) -> Result<Content, codec::Error> {
		Content::decode(&mut &self.encoded[..])
	}

	/// Whether this is the seal of `content`.
	pub fn holds(&self, content: &Content) -> bool {
		self.encoded == content.encode()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn encoding_is_pinned() {
		let content = Content::from_iter([("Phone", "1"), ("Email", "é")]);
		let expected =
			[&[8][..], &[20], b"Email", &[8], "é".as_bytes(), &[20], b"Phone", &[4], b"1"];
		assert_eq!(content.encode(), expected.concat());
	}

	#[test]
	fn blank_is_white_space_only() {
		assert!(Content::from_iter([("a", ""), ("b", " \t")]).is_blank());
		assert!(!Content::from_iter([("a", ""), ("b", "x")]).is_blank());
	}

	proptest! {
		#[test]
		fn order_of_columns_does_not_count(pairs in prop::collection::btree_map(".*", ".*", 0..8)) {
			let forwards: Content = pairs.clone().into_iter().collect();
			let backwards: Content = pairs.into_iter().rev().collect();
			prop_assert_eq!(forwards.encode(), backwards.encode());
		}

		#[test]
		fn seals_open_and_differ(
			a in prop::collection::btree_map(".*", ".*", 0..8),
			b in prop::collection::btree_map(".*", ".*", 0..8),
		) {
			let (a, b) = (Content(a), Content(b));
			let sealed = Sealed::new(&a);
			prop_assert_eq!(sealed.content().unwrap(), a.clone());
			prop_assert_eq!(sealed.commitment(), sealed.commitment());
			prop_assert_eq!(sealed.holds(&b), a == b);
			// Equal contents do not show as equal: each seal has its own salt.
			prop_assert_ne!(sealed.commitment(), Sealed::new(&a).commitment());
			let restored = Sealed::decode(&mut &sealed.encode()[..]).unwrap();
			prop_assert_eq!(restored.commitment(), sealed.commitment());
		}
	}
}
