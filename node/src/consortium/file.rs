//! The file that describes a new consortium: TOML, with nothing unknown in it.
//!
//! What a single value must be, its type checks while it is read; what values must be to each other
//! is checked afterwards. Either way the error names the line.

use crate::chain_spec;
use consentry_runtime::{AccountId, Organisations, HOURS};
use pallet_organisations::Founder;
use sc_network::{config::MultiaddrWithPeerId, PeerId};
use serde::Deserialize;
use sp_core::crypto::Ss58Codec;
use std::{
	collections::BTreeMap,
	num::{NonZeroU32, NonZeroU64},
};
use toml::Spanned;

/// Most characters of a chain's name or id.
const MAX_LENGTH: usize = 64;

/// A new consortium.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Consortium {
	/// The chain's name, for people.
	pub name: ChainName,
	/// The chain's id, for programs: protocols and the data's folder are called by it.
	pub id: ChainId,
	/// Where a node finds the others first.
	#[serde(default)]
	pub bootnodes: Vec<MultiaddrWithPeerId>,
	/// What can be chosen.
	#[serde(default)]
	pub parameters: Parameters,
	/// The organisations, the first of which gets the id 0.
	#[serde(default, rename = "organisation")]
	pub organisations: Vec<Organisation>,
	/// The validators.
	#[serde(default, rename = "validator")]
	pub validators: Vec<Validator>,
}

/// What can be chosen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Parameters {
	/// Whole credits that the account of each council seat and of each validator starts with.
	pub account_credits: NonZeroU64,
	/// The fewest validators that there may ever be.
	pub minimum_validators: NonZeroU32,
	/// Blocks of a session.
	pub session_blocks: NonZeroU32,
}

impl Default for Parameters {
	fn default() -> Self {
		Self {
			account_credits: NonZeroU64::new(10).expect("10 is not 0; qed"),
			minimum_validators: NonZeroU32::MIN,
			session_blocks: NonZeroU32::new(HOURS).expect("an hour has blocks; qed"),
		}
	}
}

/// An organisation that founds the chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Organisation {
	name: Spanned<OrganisationName>,
	/// Manages the organisation's members.
	admin: Spanned<PublicKey>,
	/// Votes for it in the council, where it has a seat.
	council: Option<Spanned<PublicKey>>,
	/// Whole credits from which its members' fees are paid.
	pub credits: NonZeroU64,
	/// Nodes that it runs. Where any organisation names some, no others may connect.
	#[serde(default)]
	peers: Vec<Spanned<Peer>>,
}

impl Organisation {
	/// The organisation as the genesis names it.
	pub fn founder(&self) -> Founder<AccountId> {
		Founder { name: self.name.get_ref().0.clone(), admin: self.admin.get_ref().account() }
	}

	/// The peer ids of its nodes, as libp2p writes them.
	pub fn peers(&self) -> impl Iterator<Item = String> + '_ {
		self.peers.iter().map(|peer| peer.get_ref().0.to_base58())
	}
}

/// A validator of the first session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Validator {
	account: Spanned<PublicKey>,
	/// The key with which it authors, sr25519.
	pub aura: Spanned<PublicKey>,
	/// The key with which it finalises, ed25519.
	pub grandpa: Spanned<PublicKey>,
	/// Name of the organisation that runs it.
	organisation: Spanned<String>,
}

impl Validator {
	/// The account that sets its session keys.
	pub fn account(&self) -> AccountId {
		self.account.get_ref().account()
	}
}

impl Consortium {
	/// Reads and checks a file.
	pub fn read(text: &str) -> Result<Self, String> {
		let consortium: Self = toml::from_str(text).map_err(|error| error.to_string())?;
		consortium.check(text)?;
		Ok(consortium)
	}

	/// The accounts that have a seat in the council.
	pub fn seats(&self) -> impl Iterator<Item = AccountId> + '_ {
		self.council().map(|seat| seat.get_ref().account())
	}

	fn council(&self) -> impl Iterator<Item = &Spanned<PublicKey>> {
		self.organisations.iter().filter_map(|organisation| organisation.council.as_ref())
	}

	/// Checks what the values must be to each other.
	fn check(&self, text: &str) -> Result<(), String> {
		let Self { organisations, validators, .. } = self;
		let at_least_one = |what, is_one| match is_one {
			true => Ok(()),
			false => Err(format!("there is no {what}: a chain needs one at least")),
		};
		at_least_one("[[organisation]]", !organisations.is_empty())?;
		at_least_one("organisation with a `council` seat", self.council().next().is_some())?;
		at_least_one("[[validator]]", !validators.is_empty())?;

		distinct(text, "name", organisations.iter().map(|organisation| &organisation.name))?;
		distinct(text, "admin", organisations.iter().map(|organisation| &organisation.admin))?;
		distinct(text, "council seat", self.council())?;
		distinct(text, "account", validators.iter().map(|validator| &validator.account))?;
		let session_keys = validators.iter().flat_map(|v| [&v.aura, &v.grandpa]);
		distinct(text, "session key", session_keys)?;
		distinct(text, "peer", organisations.iter().flat_map(|organisation| &organisation.peers))?;

		let minimum = self.parameters.minimum_validators.get() as usize;
		if minimum > validators.len() {
			return Err(format!(
				"`minimum-validators` is {minimum}, and there are {} [[validator]]s: name more, or \
				 lower it",
				validators.len(),
			));
		}

		for Validator { organisation, .. } in validators {
			let name = organisation.get_ref();
			if !organisations.iter().any(|known| known.name.get_ref().0 == *name) {
				return Err(format!(
					"line {}: no [[organisation]] has the name {name:?}",
					line(text, organisation.span().start),
				));
			}
		}
		Ok(())
	}
}

/// Fails where two of `values` are the same.
fn distinct<'a, T: Ord + 'a>(
	text: &str,
	what: &str,
	values: impl Iterator<Item = &'a Spanned<T>>,
) -> Result<(), String> {
	let mut lines = BTreeMap::new();
	for value in values {
		let line = line(text, value.span().start);
		if let Some(first) = lines.insert(value.get_ref(), line) {
			return Err(format!("line {line}: this {what} was given in line {first} already"));
		}
	}
	Ok(())
}

/// The line in which a byte lies, counted from 1.
fn line(text: &str, byte: usize) -> usize {
	text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// The name of a chain.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ChainName(pub String);

impl TryFrom<String> for ChainName {
	type Error = String;

	fn try_from(name: String) -> Result<Self, String> {
		let length = name.chars().count();
		match (1..=MAX_LENGTH).contains(&length) && !name.chars().any(char::is_control) {
			true => Ok(Self(name)),
			false => Err(format!("a chain's name has 1 to {MAX_LENGTH} characters in one line")),
		}
	}
}

/// The id of a chain.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ChainId(pub String);

impl TryFrom<String> for ChainId {
	type Error = String;

	fn try_from(id: String) -> Result<Self, String> {
		let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
		let starts = id.starts_with(|c: char| c.is_ascii_lowercase());
		if !starts || id.len() > MAX_LENGTH || !id.chars().all(fits) {
			return Err(format!(
				"{id:?} is no chain id: expected a letter a-z, then letters a-z, digits, hyphens and \
				 underscores, {MAX_LENGTH} at most"
			));
		}
		if chain_spec::KNOWN_IDS.contains(&&*id) {
			return Err(format!("{id:?} is the id of a chain for developers: choose another"));
		}
		Ok(Self(id))
	}
}

/// The name of an organisation.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct OrganisationName(String);

impl TryFrom<String> for OrganisationName {
	type Error = String;

	fn try_from(name: String) -> Result<Self, String> {
		match Organisations::parse_name(&name) {
			Some(_) => Ok(Self(name)),
			None => Err(format!(
				"{name:?} is no name of an organisation: expected a letter a-z, then letters a-z, \
				 digits and hyphens, 32 at most"
			)),
		}
	}
}

/// The id of a node in the network.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Peer(PeerId);

impl TryFrom<String> for Peer {
	type Error = String;

	fn try_from(text: String) -> Result<Self, String> {
		text.parse().map(Self).map_err(|error| {
			format!(
				"{text:?} is no peer id, such as `consentry-node key inspect-node-key` tells: {error}"
			)
		})
	}
}

/// A public key of 32 bytes; also an account, which is one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
	fn account(&self) -> AccountId {
		self.0.into()
	}
}

impl TryFrom<String> for PublicKey {
	type Error = String;

	fn try_from(text: String) -> Result<Self, String> {
		let key = match text.strip_prefix("0x") {
			Some(digits) => {
				let mut key = [0; 32];
				hex::decode_to_slice(digits, &mut key)
					.map(|()| key)
					.map_err(|error| error.to_string())
			},
			None => AccountId::from_ss58check_with_version(&text)
				.map(|(account, _)| account.into())
				.map_err(|error| error.to_string()),
		};
		key.map(Self).map_err(|reason| {
			format!(
				"{text:?} is no account or public key, which are SS58 addresses or 0x and 64 \
				 hexadecimal digits: {reason}"
			)
		})
	}
}
