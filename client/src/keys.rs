//! Signing keys, each in a file of its own in the JSON form of polkadot.js (version 3: scrypt and
//! XSalsa20-Poly1305), which polkadot.js apps can import.

use crate::{
	passphrase::{Passphrase, LOG_N, P, R},
	Error, Result,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use consentry_primitives::CustomerId;
use crypto_secretbox::{aead::Aead, KeyInit, Nonce, XSalsa20Poly1305};
use rand::{rngs::OsRng, RngCore};
use serde::{Deserialize, Serialize};
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	sr25519, Pair,
};
use std::path::{Path, PathBuf};
use subxt_signer::DeriveJunction;
use zeroize::Zeroizing;

pub use subxt_signer::sr25519::Keypair;

/// Start of an encoded key pair, as polkadot.js writes it.
const PKCS8_HEADER: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
/// Between secret and public key.
const PKCS8_DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];
/// salt, N, p, r, nonce, authentication tag, key pair.
const ENCODED_LENGTH: usize = 32 + 3 * 4 + 24 + 16 + 117;

/// A key file.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyFile {
	encoded: String,
	encoding: Encoding,
	address: String,
	meta: Meta,
}

#[derive(Clone, Serialize, Deserialize)]
struct Encoding {
	content: Vec<String>,
	r#type: Vec<String>,
	version: String,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Meta {
	#[serde(default)]
	name: String,
	#[serde(flatten)]
	more: serde_json::Map<String, serde_json::Value>,
}

impl KeyFile {
	/// Encrypts `pair` under `passphrase`.
	pub fn encrypt(name: &str, pair: &sr25519::Pair, passphrase: &Passphrase) -> Self {
		let keypair: &schnorrkel::Keypair = pair.as_ref();
		let secret = Zeroizing::new(keypair.secret.to_ed25519_bytes());
		let public = pair.public();
		let plain =
			Zeroizing::new([&PKCS8_HEADER[..], &*secret, &PKCS8_DIVIDER, &public.0].concat());

		let (mut salt, mut nonce) = ([0; 32], [0; 24]);
		OsRng.fill_bytes(&mut salt);
		OsRng.fill_bytes(&mut nonce);
		let cipher = XSalsa20Poly1305::new((&*passphrase.derive(&salt)).into());
		let boxed = cipher
			.encrypt(Nonce::from_slice(&nonce), plain.as_slice())
			.expect("117 bytes are not too many for the cipher; qed");
		let numbers = [1u32 << LOG_N, P, R].map(u32::to_le_bytes).concat();
		Self {
			encoded: STANDARD.encode([&salt[..], &numbers, &nonce, &boxed].concat()),
			encoding: Encoding {
				content: vec!["pkcs8".into(), "sr25519".into()],
				r#type: vec!["scrypt".into(), "xsalsa20-poly1305".into()],
				version: "3".into(),
			},
			address: AccountId32::from(public).to_ss58check(),
			meta: Meta { name: name.into(), more: Default::default() },
		}
	}

	/// Decrypts the key pair.
	pub fn decrypt(&self, passphrase: &Passphrase) -> Result<Keypair> {
		use subxt_signer::polkadot_js_compat::{decrypt_json, Error as Compat};
		let what = || format!("the key {:?}", self.meta.name);
		// The decoder takes the parts of a shorter text for granted.
		match STANDARD.decode(&self.encoded) {
			Ok(decoded) if decoded.len() == ENCODED_LENGTH => {},
			_ => {
				return Err(Error::malformed(what())("not the encoding of polkadot.js, version 3"))
			},
		}
		let json = serde_json::to_string(self).map_err(Error::malformed(what()))?;
		decrypt_json(&json, passphrase.expose()).map_err(|error| match error {
			Compat::Secretbox(_) => Error::Passphrase(what()),
			error => Error::malformed(what())(error),
		})
	}

	/// The account.
	pub fn account(&self) -> Result<AccountId32> {
		parse_address(&self.address)
	}

	/// The name it is kept under.
	pub fn name(&self) -> &str {
		&self.meta.name
	}
}

/// An account from its SS58 address, whatever the network prefix.
pub fn parse_address(text: &str) -> Result<AccountId32> {
	AccountId32::from_ss58check_with_version(text)
		.map(|(account, _)| account)
		.map_err(|error| Error::Usage(format!("{text:?} is not an account address: {error:?}")))
}

/// The folder of key files.
pub struct Keys {
	folder: PathBuf,
}

impl Keys {
	/// The keys under `home`.
	pub fn at(home: &Path) -> Self {
		Self { folder: home.join("keys") }
	}

	fn path(&self, name: &str) -> Result<PathBuf> {
		let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
		if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
			return Err(Error::Usage(format!(
				"{name:?} cannot name a key: use letters, digits, hyphens, underscores and dots",
			)));
		}
		Ok(self.folder.join(format!("{name}.json")))
	}

	/// Keeps `pair` under `name`; a key of that name must not exist.
	pub fn add(
		&self,
		name: &str,
		pair: &sr25519::Pair,
		passphrase: &Passphrase,
	) -> Result<KeyFile> {
		let file = KeyFile::encrypt(name, pair, passphrase);
		self.write(name, &file)?;
		Ok(file)
	}

	/// Keeps a key file that polkadot.js wrote, once the passphrase opens it.
	pub fn add_file(&self, name: &str, json: &str, passphrase: &Passphrase) -> Result<KeyFile> {
		let mut file: KeyFile = serde_json::from_str(json).map_err(Error::malformed("key file"))?;
		file.decrypt(passphrase)?;
		file.meta.name = name.into();
		self.write(name, &file)?;
		Ok(file)
	}

	fn write(&self, name: &str, file: &KeyFile) -> Result<()> {
		let path = self.path(name)?;
		if path.exists() {
			return Err(Error::Usage(format!("there is a key {name:?} already: remove it first")));
		}
		let json = serde_json::to_string_pretty(file).map_err(Error::malformed("key file"))?;
		write_private(&path, json.as_bytes())
	}

	/// The key file of that name.
	pub fn get(&self, name: &str) -> Result<KeyFile> {
		let path = self.path(name)?;
		if !path.exists() {
			return Err(Error::NotFound(format!(
				"there is no key {name:?} in {}; `consentry keys list` shows those there are",
				self.folder.display(),
			)));
		}
		let json = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
		serde_json::from_str(&json).map_err(Error::malformed(path.display().to_string()))
	}

	/// All keys, by name.
	pub fn list(&self) -> Result<Vec<KeyFile>> {
		if !self.folder.exists() {
			return Ok(Vec::new());
		}
		let entries = std::fs::read_dir(&self.folder).map_err(Error::io(&self.folder))?;
		let mut names = Vec::new();
		for entry in entries {
			let path = entry.map_err(Error::io(&self.folder))?.path();
			let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
			names.extend(name.strip_suffix(".json").map(String::from));
		}
		names.sort();
		names.iter().map(|name| self.get(name)).collect()
	}

	/// Removes the key of that name.
	pub fn remove(&self, name: &str) -> Result<()> {
		self.get(name)?;
		let path = self.path(name)?;
		std::fs::remove_file(&path).map_err(Error::io(path))
	}

	/// The account that `text` names: a key of that name, or an address.
	pub fn account(&self, text: &str) -> Result<AccountId32> {
		match self.path(text) {
			Ok(path) if path.exists() => self.get(text)?.account(),
			_ => parse_address(text).map_err(|error| {
				Error::Usage(format!("{error}, and there is no key of that name either"))
			}),
		}
	}
}

/// Writes a file that only its owner can read, and never half.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
	use std::io::Write;
	let folder = path.parent().unwrap_or(Path::new("."));
	create_private_folder(folder)?;
	let temporary = path.with_extension("tmp");
	let mut options = std::fs::OpenOptions::new();
	options.write(true).create(true).truncate(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let mut file = options.open(&temporary).map_err(Error::io(&temporary))?;
	file.write_all(content)
		.and_then(|()| file.sync_all())
		.and_then(|()| std::fs::rename(&temporary, path))
		.map_err(Error::io(path))
}

/// Creates a folder, where it does not exist, that only its owner can enter.
pub fn create_private_folder(folder: &Path) -> Result<()> {
	if folder.as_os_str().is_empty() || folder.exists() {
		return Ok(());
	}
	let mut builder = std::fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(folder).map_err(Error::io(folder))
}

/// The account that a person acts with as one customer: derived from the person's key, so that
/// accounts do not link the ids under which one person is known to several controllers.
pub fn customer_key(key: &Keypair, customer: &CustomerId) -> Keypair {
	key.derive([DeriveJunction::hard("customer"), DeriveJunction::Hard(customer.0)])
}

/// The account of a key pair.
pub fn account_of(key: &Keypair) -> AccountId32 {
	AccountId32::new(key.public_key().0)
}

/// A key pair from a secret URI: a mnemonic or hexadecimal seed with derivation, or a development
/// key such as `//Alice`.
pub fn from_suri(suri: &str) -> Result<sr25519::Pair> {
	sr25519::Pair::from_string(suri.trim(), None)
		.map_err(|error| Error::Usage(format!("that is no secret URI: {error:?}")))
}

/// A fresh key pair with its mnemonic of twelve words.
pub fn generate() -> (sr25519::Pair, Zeroizing<String>) {
	let (pair, phrase, _) = sr25519::Pair::generate_with_phrase(None);
	(pair, Zeroizing::new(phrase))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::H256;

	#[test]
	fn a_key_survives_encryption() {
		let passphrase = Passphrase::new("open sesame");
		let alice = from_suri("//Alice").unwrap();
		let file = KeyFile::encrypt("alice", &alice, &passphrase);
		let key = file.decrypt(&passphrase).unwrap();
		assert_eq!(account_of(&key), AccountId32::from(alice.public()));
		assert_eq!(file.account().unwrap(), account_of(&key));
		let signature = sr25519::Signature::from_raw(key.sign(b"message").0);
		assert!(sr25519::Pair::verify(&signature, b"message", &alice.public()));
		let wrong = file.decrypt(&Passphrase::new("sesame open")).unwrap_err();
		assert!(matches!(wrong, Error::Passphrase(_)), "{wrong}");
	}

	/// Written by polkadot.js; its passphrase is "whoisbob".
	#[test]
	fn a_file_of_polkadot_js_is_read() {
		let json = r#"{
			"encoded": "J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIAAQAAAAgAAAB5o0DwXCWDblsH+9pc++RaBO4fpHBHzUirHFHFE9yS3sDzgAIQjhgvPqJ3ODrMR2gy7vk0VZg1fyirIvmsrfjGbWnOI8YU0joX0tYytroyWaykFKtZJMmE0pNKcJ5dJmDxscbK53Ac+7ld2UdH07yKPXxmPuYNNw3vKx8cg9CdQgifKfzQxHnC+EUpOoHPLwGlHsFEYtIlQtngqd9n",
			"encoding": {"content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3"},
			"address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
			"meta": {"genesisHash": "", "name": "Bob (Dev)", "whenCreated": 1768916488918}
		}"#;
		let folder = tempfile::tempdir().unwrap();
		let keys = Keys::at(folder.path());
		keys.add_file("bob", json, &Passphrase::new("whoisbob")).unwrap();
		let account = keys.get("bob").unwrap().account().unwrap();
		assert_eq!(account.to_ss58check(), "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8");
		assert_eq!(keys.account("bob").unwrap(), account);
		assert!(keys.add_file("bob", json, &Passphrase::new("whoisbob")).is_err());
		assert_eq!(keys.list().unwrap().len(), 1);
		keys.remove("bob").unwrap();
		assert!(matches!(keys.get("bob"), Err(Error::NotFound(_))));
	}

	#[test]
	fn a_cut_file_is_an_error() {
		let passphrase = Passphrase::new("p");
		let mut file = KeyFile::encrypt("cut", &from_suri("//Cut").unwrap(), &passphrase);
		file.encoded.truncate(40);
		assert!(matches!(file.decrypt(&passphrase), Err(Error::Malformed { .. })));
	}

	#[test]
	fn names_stay_in_their_folder() {
		let keys = Keys::at(Path::new("nowhere"));
		for name in ["", "../up", ".hidden", "a/b", "a b"] {
			assert!(matches!(keys.get(name), Err(Error::Usage(_))), "{name:?}");
		}
	}

	#[test]
	fn each_customer_has_an_account_of_its_own() {
		let key = subxt_signer::sr25519::dev::alice();
		let one = account_of(&customer_key(&key, &H256::repeat_byte(1)));
		assert_ne!(one, account_of(&customer_key(&key, &H256::repeat_byte(2))));
		assert_ne!(one, account_of(&key));
		assert_eq!(one, account_of(&customer_key(&key, &H256::repeat_byte(1))));
	}
}
