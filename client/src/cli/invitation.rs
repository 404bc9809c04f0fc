//! Inviting a customer and claiming with the invitation.

use super::{
	customer::{in_days, with_evidence},
	output::Output,
	read_input, Context, CustomerName,
};
use clap::ValueEnum;
use consentry_client::{
	calls::customers,
	keys::{account_of, customer_key, write_private},
	submit::submit_and_wait,
	Error, Result,
};
use consentry_primitives::{customer::IdentificationMethod, CustomerId};
use rand::{rngs::OsRng, RngCore};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sp_core::H256;
use std::path::PathBuf;
use subxt_signer::sr25519::Keypair;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How a controller made sure whom it invites.
#[derive(Clone, Copy, ValueEnum)]
pub enum Method {
	/// A link or code sent to the address on file.
	AddressOnFile,
	/// Logged in to the controller's customer account.
	CustomerAccount,
	/// A document checked in person.
	InPerson,
	/// An electronic identity (eIDAS).
	ElectronicIdentity,
}

impl From<Method> for IdentificationMethod {
	fn from(method: Method) -> Self {
		match method {
			Method::AddressOnFile => Self::AddressOnFile,
			Method::CustomerAccount => Self::CustomerAccount,
			Method::InPerson => Self::InPerson,
			Method::ElectronicIdentity => Self::ElectronicIdentity,
		}
	}
}

/// What the customer gets from `invite`: whoever holds it can claim the customer.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Invitation {
	#[zeroize(skip)]
	customer: CustomerId,
	#[zeroize(skip)]
	genesis: H256,
	/// The one-time key's seed, hexadecimal.
	seed: String,
}

pub async fn invite(
	context: &mut Context,
	customer: CustomerName,
	method: Method,
	evidence: PathBuf,
	days: u64,
	output: PathBuf,
) -> Result<Output> {
	if output.exists() {
		return Err(Error::Usage(format!("{} exists already", output.display())));
	}
	let (id, expires) = (customer.resolve(context)?, in_days(context, days).await?);
	let mut seed = zeroize::Zeroizing::new([0; 32]);
	OsRng.fill_bytes(&mut *seed);
	let key = one_time_key(*seed)?;
	let genesis = context.chain().await?.genesis();
	let invitation = Invitation { customer: id, genesis, seed: hex::encode(*seed) };
	let json = serde_json::to_string_pretty(&invitation).map_err(Error::malformed("invitation"))?;
	let method = method.into();
	let result = with_evidence(context, &id, evidence, |evidence| {
		// Written before the call: an invitation whose key nobody has would block the next one.
		write_private(&output, json.as_bytes())?;
		Ok(customers::invite(&id, &account_of(&key), method, evidence, expires))
	})
	.await;
	if let Err(Error::Refused { .. }) = &result {
		std::fs::remove_file(&output).map_err(Error::io(&output))?;
	}
	result
}

fn one_time_key(seed: [u8; 32]) -> Result<Keypair> {
	Keypair::from_secret_key(seed).map_err(Error::malformed("the one-time key"))
}

pub async fn claim(context: &mut Context, path: PathBuf) -> Result<Output> {
	let invitation: Invitation =
		serde_json::from_slice(&read_input(&path)?).map_err(Error::malformed("the invitation"))?;
	let mut seed = zeroize::Zeroizing::new([0; 32]);
	hex::decode_to_slice(&invitation.seed, &mut *seed)
		.map_err(Error::malformed("the invitation's key"))?;
	let chain = context.chain().await?;
	if chain.genesis() != invitation.genesis {
		return Err(Error::Usage("the invitation is for another chain than the node's".into()));
	}
	let account = account_of(&customer_key(&context.keypair()?, &invitation.customer));
	let call = customers::claim(&account);
	let included = submit_and_wait(&chain, &one_time_key(*seed)?, &call).await?;
	let id = invitation.customer;
	let json = json!({
		"customer": id, "account": account.to_string(), "block": included.number,
		"blockHash": included.block,
	});
	Ok(Output::new(json, format!("Customer {id:?} is claimed by the account {account}")))
}
