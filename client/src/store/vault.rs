//! Encryption of the store's values.
//!
//! Two random keys, one for encryption and one for look-ups, are kept in the store under a key
//! that scrypt derives from the passphrase; so that changing the passphrase rewrites no value.

use crate::{passphrase::Passphrase, Error, Result};
use chacha20poly1305::{
	aead::{Aead, Payload},
	KeyInit, XChaCha20Poly1305, XNonce,
};
use codec::{Decode, Encode};
use rand::{rngs::OsRng, RngCore};
use sp_crypto_hashing::blake2_256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const NONCE: usize = 24;
/// What the wrapped keys are bound to.
const WRAPPING: &[u8] = b"consentry/store-keys/v1";

/// The store's keys, in clear.
#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
pub struct Vault {
	values: [u8; 32],
	lookups: [u8; 32],
}

/// The store's keys, as the store keeps them.
#[derive(Encode, Decode)]
pub struct Wrapped {
	salt: [u8; 32],
	keys: Vec<u8>,
}

impl Vault {
	/// Fresh keys.
	pub fn generate() -> Self {
		let mut vault = Self { values: [0; 32], lookups: [0; 32] };
		OsRng.fill_bytes(&mut vault.values);
		OsRng.fill_bytes(&mut vault.lookups);
		vault
	}

	/// The keys under a passphrase.
	pub fn wrap(&self, passphrase: &Passphrase) -> Wrapped {
		let mut salt = [0; 32];
		OsRng.fill_bytes(&mut salt);
		let keys = Zeroizing::new(self.encode());
		Wrapped { salt, keys: encrypt(&passphrase.derive(&salt), &keys, WRAPPING) }
	}

	/// The keys that a passphrase opens.
	pub fn unwrap(wrapped: &Wrapped, passphrase: &Passphrase) -> Result<Self> {
		let keys = decrypt(&passphrase.derive(&wrapped.salt), &wrapped.keys, WRAPPING)
			.ok_or_else(|| Error::Passphrase("the local store".into()))?;
		Vault::decode(&mut &keys[..]).map_err(Error::malformed("the store's keys"))
	}

	/// Encrypts a value for the place that `context` names.
	pub fn encrypt(&self, value: &[u8], context: &[u8]) -> Vec<u8> {
		encrypt(&self.values, value, context)
	}

	/// Decrypts the value of the place that `context` names.
	pub fn decrypt(&self, value: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
		decrypt(&self.values, value, context).ok_or_else(|| Error::Malformed {
			what: "a value of the local store".into(),
			reason: "it was changed from outside".into(),
		})
	}

	/// Under what to look up something, without telling what: a keyed hash.
	pub fn lookup(&self, of: impl Encode) -> [u8; 32] {
		(&self.lookups, of).using_encoded(blake2_256)
	}
}

fn encrypt(key: &[u8; 32], value: &[u8], context: &[u8]) -> Vec<u8> {
	let mut nonce = [0; NONCE];
	OsRng.fill_bytes(&mut nonce);
	let sealed = XChaCha20Poly1305::new(key.into())
		.encrypt(XNonce::from_slice(&nonce), Payload { msg: value, aad: context })
		.expect("values are far shorter than the cipher's limit; qed");
	[&nonce[..], &sealed].concat()
}

fn decrypt(key: &[u8; 32], value: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
	let (nonce, sealed) = value.split_at_checked(NONCE)?;
	XChaCha20Poly1305::new(key.into())
		.decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: context })
		.ok()
		.map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn keys_open_with_their_passphrase_only() {
		let vault = Vault::generate();
		let wrapped = vault.wrap(&Passphrase::new("right"));
		let opened = Vault::unwrap(&wrapped, &Passphrase::new("right")).unwrap();
		assert_eq!(opened.encode(), vault.encode());
		assert!(matches!(
			Vault::unwrap(&wrapped, &Passphrase::new("wrong")),
			Err(Error::Passphrase(_))
		));
	}

	proptest! {
		#[test]
		fn values_open_in_their_place_only(value: Vec<u8>, here: Vec<u8>, there: Vec<u8>, at: u8) {
			let vault = Vault::generate();
			let sealed = vault.encrypt(&value, &here);
			prop_assert_eq!(&*vault.decrypt(&sealed, &here).unwrap(), &value);
			prop_assert_eq!(vault.decrypt(&sealed, &there).is_ok(), here == there);
			let mut changed = sealed.clone();
			let place = at as usize % changed.len();
			changed[place] ^= 1;
			prop_assert!(vault.decrypt(&changed, &here).is_err());
			prop_assert!(vault.decrypt(&sealed[..place], &here).is_err());
		}
	}
}
