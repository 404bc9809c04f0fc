//! Validators and their session keys, as the chain and an operator's node know them.

use crate::{
	calls::session,
	chain::{storage_key, Chain, METHOD_NOT_FOUND},
	keys::account_of,
	submit::{submit_and_wait, Included},
	Error, Result,
};
use codec::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::{blake2_128, twox_64};
use subxt::rpcs::client::rpc_params;
use subxt_signer::sr25519::Keypair;

/// The keys that a validator takes part in consensus with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize)]
pub struct SessionKeys {
	/// Authors blocks.
	pub aura: H256,
	/// Finalises blocks.
	pub grandpa: H256,
}

/// New session keys, whose secret halves the node that made them keeps.
pub struct NewKeys {
	/// The keys.
	pub keys: SessionKeys,
	/// That whoever holds them agrees to their owner.
	pub proof: Vec<u8>,
}

/// An account as a validator.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
	/// Whether the council made it one.
	pub is_member: bool,
	/// The session keys that it set.
	pub keys: Option<SessionKeys>,
	/// The session keys with which it takes part in the next session, if it does.
	pub queued: Option<SessionKeys>,
	/// Whether it takes part in this session.
	pub is_current: bool,
	/// Whether it is kept from taking part until this session's end, for an offence.
	pub is_disabled: bool,
	/// The number of this session.
	pub session: u32,
}

#[derive(Deserialize)]
struct GeneratedSessionKeys {
	keys: String,
	proof: Option<String>,
}

/// How many references keep an account in the state.
#[derive(Decode)]
struct References {
	_nonce: u32,
	_consumers: u32,
	providers: u32,
}

impl Chain {
	/// What the chain knows of `account` as a validator.
	pub async fn validator(&self, at: H256, account: &AccountId32) -> Result<Validator> {
		let values = self
			.storage(
				at,
				&[
					storage_key("Validators", "Members"),
					next_keys_key(account),
					storage_key("Session", "QueuedKeys"),
					storage_key("Session", "Validators"),
					storage_key("Session", "DisabledValidators"),
					storage_key("Session", "CurrentIndex"),
				],
			)
			.await?;
		let [members, keys, queued, validators, disabled, session] = &values[..] else {
			return Err(Error::malformed("the validators")("a value is missing"));
		};
		let queued: Vec<(AccountId32, SessionKeys)> = decoded("the queued keys", queued)?;
		let validators: Vec<AccountId32> = decoded("the validators", validators)?;
		// Place in the session, and severity of the offence.
		let disabled: Vec<(u32, u32)> = decoded("the disabled validators", disabled)?;
		let place = validators.iter().position(|validator| validator == account);
		Ok(Validator {
			is_member: decoded::<Vec<_>>("the members", members)?.contains(account),
			keys: keys.as_ref().map(|keys| decode("session keys", keys)).transpose()?,
			queued: queued
				.iter()
				.find(|(validator, _)| validator == account)
				.map(|(_, keys)| *keys),
			is_current: place.is_some(),
			is_disabled: disabled.iter().any(|(index, _)| place == Some(*index as usize)),
			session: decoded("the session", session)?,
		})
	}

	/// Whether `account` holds as many credits as the chain asks of one that sets session keys.
	async fn is_endowed(&self, at: H256, account: &AccountId32) -> Result<bool> {
		let hashed = [&blake2_128(account.as_ref())[..], account.as_ref()].concat();
		let key = [storage_key("System", "Account"), hashed].concat();
		let found = self.storage(at, &[key]).await?.into_iter().next().flatten();
		let Some(found) = found else { return Ok(false) };
		let References { providers, .. } =
			References::decode(&mut &found[..]).map_err(Error::malformed("an account"))?;
		Ok(providers > 0)
	}

	/// Has the node make new session keys for `owner` and keep their secret halves.
	pub async fn new_keys(&self, owner: &AccountId32) -> Result<NewKeys> {
		const METHOD: &str = "author_rotateKeysWithOwner";
		let owner = format!("0x{}", hex::encode(owner));
		let made: GeneratedSessionKeys =
			self.request(METHOD, rpc_params![owner]).await.map_err(own_machine_only)?;
		let proof = made.proof.ok_or_else(|| Error::malformed(METHOD)("there is no proof"))?;
		Ok(NewKeys {
			keys: decode(METHOD, &bytes(METHOD, &made.keys)?)?,
			proof: bytes(METHOD, &proof)?,
		})
	}

	/// Whether the node holds the secret halves of session keys; `None` where it does not tell those
	/// who ask from afar.
	pub async fn holds_keys(&self, keys: &SessionKeys) -> Result<Option<bool>> {
		let keys = format!("0x{}", hex::encode(keys.encode()));
		match self.request("author_hasSessionKeys", rpc_params![keys]).await {
			Err(Error::Rpc { code: Some(METHOD_NOT_FOUND), .. }) => Ok(None),
			answer => answer.map(Some),
		}
	}
}

/// Has the operator's own node make new session keys, and sets them for the account of `key`.
pub async fn rotate_keys(chain: &Chain, key: &Keypair) -> Result<(SessionKeys, Included)> {
	let account = account_of(key);
	// Before the node makes keys that could not be set.
	if !chain.is_endowed(chain.finalised().await?.hash, &account).await? {
		return Err(Error::Usage(format!(
			"{account} holds no credits, and an account that sets session keys has to hold 0.001: \
			 have somebody who holds credits transfer some"
		)));
	}
	let NewKeys { keys, proof } = chain.new_keys(&account).await?;
	let included = submit_and_wait(chain, key, &session::set_keys(&keys, &proof)).await?;
	Ok((keys, included))
}

/// Where the session keys that an account set lie in the chain's storage.
fn next_keys_key(account: &AccountId32) -> Vec<u8> {
	let hashed = [&twox_64(account.as_ref())[..], account.as_ref()].concat();
	[storage_key("Session", "NextKeys"), hashed].concat()
}

/// A value, or the default where there is none.
fn decoded<T: Decode + Default>(what: &str, value: &Option<Vec<u8>>) -> Result<T> {
	value.as_ref().map_or_else(|| Ok(T::default()), |value| decode(what, value))
}

fn decode<T: Decode>(what: &str, value: &[u8]) -> Result<T> {
	T::decode_all(&mut &value[..]).map_err(Error::malformed(what))
}

fn bytes(what: &str, text: &str) -> Result<Vec<u8>> {
	hex::decode(text.trim_start_matches("0x")).map_err(Error::malformed(what))
}

/// What it means when a node has no method that it offers to its own machine only.
fn own_machine_only(error: Error) -> Error {
	match error {
		Error::Rpc { code: Some(METHOD_NOT_FOUND), method, .. } => Error::Usage(format!(
			"the node answers {method} on its own machine only: run this there, with --url at a \
			 loopback address"
		)),
		error => error,
	}
}
