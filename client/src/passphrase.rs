//! The passphrase that opens keys and store, and the keys derived from it.

use crate::{Error, Result};
use std::{
	collections::BTreeMap,
	path::Path,
	sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// scrypt's cost: N = 2^17, r = 8, p = 1, the strongest that polkadot.js accepts. One derivation
/// takes 128 MiB and some tenths of a second.
pub const LOG_N: u8 = 17;
/// scrypt's block size.
pub const R: u32 = 8;
/// scrypt's parallelism.
pub const P: u32 = 1;

/// A passphrase, wiped from memory when dropped, and with it what was derived from it.
#[derive(Clone)]
pub struct Passphrase {
	text: Zeroizing<String>,
	/// Derived keys by their salt: one command opens the store several times.
	derived: Arc<Mutex<BTreeMap<Vec<u8>, Zeroizing<[u8; 32]>>>>,
}

impl Passphrase {
	/// Takes a passphrase as it is.
	pub fn new(passphrase: impl Into<String>) -> Self {
		Self { text: Zeroizing::new(passphrase.into()), derived: Default::default() }
	}

	/// Reads the first line of a file.
	pub fn from_file(path: &Path) -> Result<Self> {
		let text = Zeroizing::new(std::fs::read_to_string(path).map_err(Error::io(path))?);
		match text.lines().next() {
			Some(line) if !line.is_empty() => Ok(Self::new(line)),
			_ => Err(Error::Usage(format!("the passphrase file {} is empty", path.display()))),
		}
	}

	/// Asks at the terminal; twice where a new passphrase is `chosen`.
	pub fn prompt(chosen: bool) -> Result<Self> {
		let ask = |prompt: &str| {
			rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| {
				Error::Usage(format!(
					"no terminal to ask for the passphrase ({error}): give --passphrase-file or set \
					 CONSENTRY_PASSPHRASE_FILE",
				))
			})
		};
		let passphrase = ask(if chosen { "New passphrase: " } else { "Passphrase: " })?;
		if passphrase.is_empty() {
			return Err(Error::Usage("an empty passphrase protects nothing".into()));
		}
		if chosen && *ask("The same again: ")? != *passphrase {
			return Err(Error::Usage("the two passphrases differ".into()));
		}
		Ok(Self { text: passphrase, derived: Default::default() })
	}

	/// The passphrase itself.
	pub fn expose(&self) -> &str {
		&self.text
	}

	/// The key that scrypt derives under `salt`.
	pub fn derive(&self, salt: &[u8]) -> Zeroizing<[u8; 32]> {
		let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
		let derive = || {
			let mut key = Zeroizing::new([0; 32]);
			let params = scrypt::Params::new(LOG_N, R, P, 32).expect("within scrypt's bounds; qed");
			scrypt::scrypt(self.text.as_bytes(), salt, &params, &mut *key)
				.expect("32 bytes are within scrypt's bounds; qed");
			key
		};
		derived.entry(salt.to_vec()).or_insert_with(derive).clone()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_first_line_of_a_file_counts() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("passphrase");
		std::fs::write(&path, "open sesame\nnot this\n").unwrap();
		assert_eq!(Passphrase::from_file(&path).unwrap().expose(), "open sesame");
		std::fs::write(&path, "\n").unwrap();
		assert!(Passphrase::from_file(&path).is_err());
	}

	#[test]
	fn derived_keys_depend_on_passphrase_and_salt() {
		let (a, b) = (Passphrase::new("a"), Passphrase::new("b"));
		assert_eq!(a.derive(b"salt"), a.derive(b"salt"));
		assert_ne!(a.derive(b"salt"), b.derive(b"salt"));
		assert_ne!(a.derive(b"salt"), a.derive(b"pepper"));
	}
}
