//! Receipts of consents: written with the call, completed when it is final, and checked.

use super::{
	consent::{OfflineTrust, Scene, Stated},
	output::Output,
	read_input,
	trail::Trust,
	Context,
};
use consentry_client::{
	calls::Call,
	keys::write_private,
	moment,
	proof::read_strictly,
	receipt::{Circumstances, Details, Receipt, Record},
	submit::Included,
	verify::{Options, Verifier},
	Error, Result,
};
use consentry_primitives::{
	api::PurposeInfo,
	consent::{CaptureMethod, Permission},
};
use serde_json::json;
use sp_core::crypto::AccountId32;
use std::path::{Path, PathBuf};

/// Whether a receipt is wanted.
#[derive(clap::Args)]
pub struct Wanted {
	/// Write a receipt for the customer to this file.
	#[arg(long, requires = "details")]
	receipt: Option<PathBuf>,
	/// JSON file with what the chain does not know of the controller and its processing.
	#[arg(long, requires = "receipt")]
	details: Option<PathBuf>,
}

impl Wanted {
	/// Whether a receipt is wanted.
	pub fn is_wanted(&self) -> bool {
		self.receipt.is_some()
	}

	/// Fails where a receipt is wanted of what has none.
	pub fn check(&self, state: Stated) -> Result<()> {
		match self.is_wanted() && state != Stated::Given {
			true => Err(Error::Usage("only a consent that was given has a receipt".into())),
			false => Ok(()),
		}
	}
}

/// A receipt that the chain does not hold yet.
pub struct Draft {
	receipt: Receipt,
	/// Where it lies.
	pub path: PathBuf,
}

impl Draft {
	/// Writes the receipt that is wanted, before the call that commits to it: a commitment whose
	/// salt is lost proves nothing. `permission` gets the commitment.
	pub async fn new(
		wanted: &Wanted,
		scene: &Scene,
		account: Option<AccountId32>,
		method: Option<CaptureMethod>,
		purpose: PurposeInfo,
		permission: &mut Permission,
	) -> Result<Option<Self>> {
		let (Some(path), Some(details)) = (&wanted.receipt, &wanted.details) else {
			return Ok(None);
		};
		if path.exists() {
			return Err(Error::Usage(format!("{} exists already", path.display())));
		}
		let details: Details = serde_json::from_slice(&read_input(details)?)
			.map_err(Error::malformed("the details of the receipt"))?;
		let controller = scene.info.controller;
		let organisation = scene.chain.organisation(scene.at, controller).await?;
		let organisation = organisation
			.ok_or_else(|| Error::NotFound(format!("there is no organisation {controller}")))?;
		let circumstances = Circumstances {
			genesis: scene.chain.genesis(),
			customer: scene.customer,
			controller_account: organisation.account,
			account,
			method,
			time: moment::now(),
			purpose,
		};
		let receipt = Receipt::new(Record::new(circumstances, permission, details))?;
		permission.receipt = Some(receipt.commitment());
		write(path, &receipt)?;
		Ok(Some(Self { receipt, path: path.clone() }))
	}
}

fn write(path: &Path, receipt: &Receipt) -> Result<()> {
	let text = serde_json::to_string_pretty(receipt).map_err(Error::malformed("a receipt"))?;
	write_private(path, text.as_bytes())
}

/// The answer to a call that gave or recorded a consent; completes its receipt, or removes that of
/// a call that the chain refused.
pub async fn conclude(
	context: &mut Context,
	scene: &Scene,
	call: &Call,
	draft: Option<Draft>,
	result: Result<Included>,
) -> Result<Output> {
	let included = match (result, &draft) {
		(Ok(included), _) => included,
		(Err(error @ Error::Refused { .. }), Some(Draft { path, .. })) => {
			std::fs::remove_file(path).map_err(Error::io(path))?;
			return Err(error);
		},
		(Err(error), _) => return Err(error),
	};
	let mut more = json!({ "customer": scene.customer, "purpose": scene.purpose.purpose });
	let mut headline = String::new();
	if let Some(Draft { mut receipt, path }) = draft {
		let mut store = context.store_if_any()?;
		let block = scene.chain.header(included.block).await?;
		let options = Options::default();
		let verifier = Verifier::at(&scene.chain, store.as_mut(), &options, block).await?;
		receipt.attach(&verifier).await?;
		write(&path, &receipt)?;
		more["receipt"] = json!(path);
		more["commitment"] = json!(receipt.commitment());
		headline = format!("Wrote the receipt to {}", path.display());
	}
	Ok(Output::of_call(call, &included, more, &headline))
}

/// Checks a receipt; with `add_proof`, puts into the file what shows it to hold without a node.
pub async fn verify(
	context: &mut Context,
	file: PathBuf,
	offline: bool,
	add_proof: bool,
	trust: Trust,
) -> Result<Output> {
	let mut receipt: Receipt = read_strictly("a receipt", &read_input(&file)?)?;
	if offline {
		let trust = OfflineTrust::from(trust);
		let (report, backing) = receipt.verify_offline(trust.trusted(context)?.as_ref())?;
		trust.insist(&backing)?;
		return Ok(Output::new(json!(report), report.to_string()));
	}
	// What is wrong with the receipt itself needs no node to be said.
	receipt.check()?;
	let chain = context.chain().await?;
	let mut store = context.store_if_any()?;
	let verifier = Verifier::new(&chain, store.as_mut(), &trust.options()?).await?;
	let report = receipt.verify(&verifier).await?;
	if add_proof {
		receipt.attach(&verifier).await?;
		write(&file, &receipt)?;
	}
	Ok(Output::new(json!(report), report.to_string()))
}
