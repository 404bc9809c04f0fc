//! `consentry consent`.

use super::{
	evidence::Kept,
	named,
	output::Output,
	purpose::{names, PurposeName},
	receipt::{self, Draft},
	signing,
	trail::{read_pin, Trust},
	Context, CustomerName,
};
use clap::{Subcommand, ValueEnum};
use consentry_client::{
	as_of::AsOf,
	calls::{consent, Call},
	chain::Chain,
	finality::Pin,
	keys::{account_of, customer_key, write_private},
	moment::{self, shown},
	proof::{read_strictly, Backing, State},
	submit::submit_and_wait,
	verify::Verifier,
	words::word,
	Error, Result,
};
use consentry_primitives::{
	api::{ConsentInfo, CustomerInfo, PurposeInfo},
	consent::{Capture, CaptureMethod, ConsentState, Expression, Permission, Statement},
	CustomerId, DataCategory, Moment,
};
use serde_json::json;
use sp_core::{crypto::AccountId32, H256};
use std::path::PathBuf;
use subxt_signer::sr25519::Keypair;

/// PURPOSE is its number, or its name among the purposes of the customer's controller.
#[derive(Subcommand)]
pub enum Command {
	/// Give consent, as the customer or a guardian; where the purpose can be objected to, end the
	/// objection.
	Give {
		#[command(flatten)]
		about: About,
		#[command(flatten)]
		terms: Terms,
		#[command(flatten)]
		receipt: receipt::Wanted,
	},
	/// Withdraw consent, as the customer or a guardian.
	Withdraw(About),
	/// Object, as the customer or a guardian.
	Object(About),
	/// Record what a customer stated, as a Steward.
	Record {
		#[command(flatten)]
		about: About,
		/// What was stated.
		#[arg(long)]
		state: Stated,
		/// How the controller got to know: form, mail, phone, in-person, contract or imported.
		#[arg(long, value_parser = named::<CaptureMethod>)]
		method: CaptureMethod,
		/// File with the evidence, which is committed to.
		#[arg(long)]
		evidence: PathBuf,
		/// Version of the notice that was shown; the latest unless given.
		#[arg(long)]
		notice_version: Option<u32>,
		#[command(flatten)]
		terms: Terms,
		#[command(flatten)]
		receipt: receipt::Wanted,
	},
	/// Sign a statement off the chain, as the customer or a guardian, and write it to a file for
	/// somebody else to submit.
	Sign(signing::Sign),
	/// Submit what a customer or guardian signed: free of charge, and for anyone, to withdraw or
	/// object; for a Steward to request or give consent.
	Submit {
		/// The file that `sign` wrote.
		file: PathBuf,
	},
	/// Show a customer's consents.
	Show {
		/// The customer.
		customer: CustomerName,
		/// Only that to this purpose.
		purpose: Option<PurposeName>,
		/// Show all its revisions.
		#[arg(long, requires = "purpose")]
		history: bool,
	},
	/// Tell what was permitted at a moment.
	AsOf {
		#[command(flatten)]
		about: About,
		/// The moment: 2026-01-31, 2026-01-31T10:00:00Z, or milliseconds since 1970.
		#[arg(value_parser = moment::parse)]
		moment: Moment,
		/// Write a proof of the answer, which is checked without a node.
		#[arg(long)]
		proof: Option<PathBuf>,
		#[command(flatten)]
		trust: Trust,
	},
	/// Check a proof that `as-of` wrote, without a node.
	VerifyProof {
		/// The file.
		file: PathBuf,
		#[command(flatten)]
		trust: OfflineTrust,
	},
	/// Check a receipt: its record, both renderings, and what the chain holds.
	VerifyReceipt {
		/// The file.
		file: PathBuf,
		/// By the proof in the receipt, without a node.
		#[arg(long)]
		offline: bool,
		/// Put a proof of what the chain holds now into the receipt, for checks without a node: one
		/// for a signed statement has none before.
		#[arg(long, conflicts_with = "offline")]
		add_proof: bool,
		#[command(flatten)]
		trust: Trust,
	},
}

/// Whose consent, and to what.
#[derive(clap::Args)]
pub struct About {
	/// The customer.
	pub customer: CustomerName,
	/// The purpose.
	pub purpose: PurposeName,
}

/// What is consented to.
#[derive(clap::Args)]
pub struct Terms {
	/// Categories of data; all that the purpose needs unless given.
	#[arg(long = "category", value_delimiter = ',', value_parser = named::<DataCategory>)]
	pub categories: Vec<DataCategory>,
	/// When the consent ends by itself.
	#[arg(long, value_parser = moment::parse)]
	pub until: Option<Moment>,
	/// How clearly it was expressed: regular, expressed or explicit.
	#[arg(long, default_value = "expressed", value_parser = named::<Expression>)]
	pub expression: Expression,
}

impl Terms {
	/// The permission, under the notice of this revision of the purpose.
	pub fn permission(&self, purpose: &PurposeInfo) -> Permission {
		Permission {
			notice_version: purpose.notice_version,
			categories: match self.categories.is_empty() {
				true => purpose.terms.categories,
				false => self.categories.iter().copied().collect(),
			},
			until: self.until,
			expression: self.expression,
			receipt: None,
		}
	}
}

/// What a customer stated.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stated {
	/// The first step of a double opt-in.
	Requested,
	/// Consent; after a request, its confirmation.
	Given,
	/// The end of a consent.
	Withdrawn,
	/// An objection to processing on another basis.
	Objected,
}

impl Stated {
	/// The statement, with this permission where it takes one.
	pub fn statement(self, permission: Permission) -> Statement {
		match self {
			Self::Requested => Statement::Request { permission },
			Self::Given => Statement::Give { permission },
			Self::Withdrawn => Statement::Withdraw,
			Self::Objected => Statement::Object,
		}
	}
}

/// What a proof is checked with where there is no node.
#[derive(clap::Args)]
pub struct OfflineTrust {
	/// Authority set to trust, as `trail pin` wrote it; that of the local store unless given.
	#[arg(long)]
	pin: Option<PathBuf>,
	/// Fail where no trusted authority set finalised the block.
	#[arg(long)]
	require_finality: bool,
}

impl From<Trust> for OfflineTrust {
	fn from(Trust { pin, require_finality, .. }: Trust) -> Self {
		Self { pin, require_finality }
	}
}

impl OfflineTrust {
	/// The authority set to trust, if there is one.
	pub fn trusted(&self, context: &mut Context) -> Result<Option<Pin>> {
		if let Some(path) = &self.pin {
			return read_pin(path.clone()).map(Some);
		}
		let Some(store) = context.store_if_any()? else { return Ok(None) };
		let set = store.authorities()?.zip(store.genesis()?);
		Ok(set.map(|(set, genesis)| Pin::new(genesis, &set)))
	}

	/// Fails where finality is required and nobody trusted stands behind the block.
	pub fn insist(&self, backing: &Backing) -> Result<()> {
		match (self.require_finality, backing) {
			(false, _) | (true, Backing::Trusted(_)) => Ok(()),
			(true, _) => Err(Error::Verification(
				"no trusted authority set is known to have finalised the block".into(),
			)),
		}
	}
}

/// A customer, a purpose, and the block at which they were looked at.
pub struct Scene {
	pub chain: Chain,
	pub at: H256,
	pub customer: CustomerId,
	pub info: CustomerInfo<AccountId32>,
	pub purpose: PurposeInfo,
}

impl Scene {
	/// Looks at the last finalised block.
	pub async fn new(context: &mut Context, about: &About) -> Result<Self> {
		let customer = about.customer.resolve(context)?;
		let chain = context.chain().await?;
		let at = chain.finalised().await?.hash;
		let info = known(&chain, at, &customer).await?;
		let purpose = about.purpose.of(&chain, at, info.controller).await?;
		Ok(Self { chain, at, customer, info, purpose })
	}

	/// The purpose under this version of its notice; as it is now, if it is the latest or none.
	async fn under_notice(&self, version: Option<u32>) -> Result<PurposeInfo> {
		let version = version.unwrap_or(self.purpose.notice_version);
		if version == self.purpose.notice_version {
			return Ok(self.purpose.clone());
		}
		let history = self.chain.purpose_history(self.at, self.purpose.purpose).await?;
		let revisions = history.unwrap_or_default().into_iter();
		let found = revisions.rev().find(|revision| revision.notice_version == version);
		found.ok_or_else(|| {
			let name = &self.purpose.name;
			Error::NotFound(format!("the notice of {name:?} has no version {version}"))
		})
	}

	/// Submits a call about the consent.
	async fn submit(&self, key: &Keypair, call: &Call) -> Result<Output> {
		let included = submit_and_wait(&self.chain, key, call).await?;
		let more = json!({ "customer": self.customer, "purpose": self.purpose.purpose });
		Ok(Output::of_call(call, &included, more, ""))
	}
}

async fn known(chain: &Chain, at: H256, id: &CustomerId) -> Result<CustomerInfo<AccountId32>> {
	let found = chain.customer(at, id).await?;
	found.ok_or_else(|| Error::NotFound(format!("there is no customer {id:?}")))
}

/// The key that acts for a customer: the one that is derived for it where that holds the customer,
/// else the key itself, as the customer's own or as a guardian's.
pub async fn acting_key(
	context: &mut Context,
	chain: &Chain,
	at: H256,
	customer: &CustomerId,
) -> Result<Keypair> {
	let info = known(chain, at, customer).await?;
	let key = context.keypair()?;
	let derived = customer_key(&key, customer);
	let holds = |account: AccountId32| {
		info.account.as_ref() == Some(&account)
			|| info.guardians.iter().any(|(guardian, _)| *guardian == account)
	};
	match [derived, key].into_iter().find(|key| holds(account_of(key))) {
		Some(key) => Ok(key),
		None => Err(Error::Usage(format!(
			"the key acts neither as customer {customer:?} nor as a guardian: see `customer claim`",
		))),
	}
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::Give { about, terms, receipt } => {
			let scene = Scene::new(context, &about).await?;
			let key = acting_key(context, &scene.chain, scene.at, &scene.customer).await?;
			let mut permission = terms.permission(&scene.purpose);
			let by = Some(account_of(&key));
			let purpose = scene.purpose.clone();
			let draft = Draft::new(&receipt, &scene, by, None, purpose, &mut permission).await?;
			let call = consent::give(&scene.customer, scene.purpose.purpose, &permission);
			let result = submit_and_wait(&scene.chain, &key, &call).await;
			receipt::conclude(context, &scene, &call, draft, result).await
		},
		Command::Withdraw(about) => {
			let scene = Scene::new(context, &about).await?;
			let key = acting_key(context, &scene.chain, scene.at, &scene.customer).await?;
			scene.submit(&key, &consent::withdraw(&scene.customer, scene.purpose.purpose)).await
		},
		Command::Object(about) => {
			let scene = Scene::new(context, &about).await?;
			let key = acting_key(context, &scene.chain, scene.at, &scene.customer).await?;
			scene.submit(&key, &consent::object(&scene.customer, scene.purpose.purpose)).await
		},
		Command::Record { about, state, method, evidence, notice_version, terms, receipt } => {
			receipt.check(state)?;
			let scene = Scene::new(context, &about).await?;
			let key = context.keypair()?;
			let purpose = scene.under_notice(notice_version).await?;
			let mut permission = terms.permission(&purpose);
			let kept = Kept::new(context, Some(&scene.customer), &evidence)?;
			let draft =
				Draft::new(&receipt, &scene, None, Some(method), purpose, &mut permission).await?;
			let statement = state.statement(permission);
			let id = scene.purpose.purpose;
			let recorded = (scene.customer, id, statement, method, kept.commitment());
			let call = consent::record(&[recorded]);
			let result = kept.submit(&scene.chain, &key, &call).await;
			receipt::conclude(context, &scene, &call, draft, result).await
		},
		Command::Sign(sign) => signing::sign(context, sign).await,
		Command::Submit { file } => signing::submit(context, file).await,
		Command::Show { customer, purpose, history } => {
			show(context, customer, purpose, history).await
		},
		Command::AsOf { about, moment, proof, trust } => {
			as_of(context, about, moment, proof, trust).await
		},
		Command::VerifyProof { file, trust } => {
			let as_of: AsOf = read_strictly("a proof of a consent", &super::read_input(&file)?)?;
			let state = as_of.check(trust.trusted(context)?.as_ref())?;
			trust.insist(&state.backing)?;
			Ok(answered(&as_of, &state, &state.backing.to_string(), json!(state.backing)))
		},
		Command::VerifyReceipt { file, offline, add_proof, trust } => {
			receipt::verify(context, file, offline, add_proof, trust).await
		},
	}
}

async fn show(
	context: &mut Context,
	customer: CustomerName,
	purpose: Option<PurposeName>,
	history: bool,
) -> Result<Output> {
	let id = customer.resolve(context)?;
	let chain = context.chain().await?;
	let at = chain.finalised().await?.hash;
	let controller = known(&chain, at, &id).await?.controller;
	let consents = match &purpose {
		Some(purpose) => {
			let purpose = purpose.of(&chain, at, controller).await?.purpose;
			let mut revisions = chain.consent_history(at, &id, purpose).await?.unwrap_or_default();
			if !history {
				revisions.drain(..revisions.len().saturating_sub(1));
			}
			revisions
		},
		None => chain.consents(at, &id).await?.unwrap_or_default(),
	};
	let purposes = chain.purposes(at, controller).await?;
	let latest = consents.len().saturating_sub(1);
	let lines: Vec<_> = consents
		.iter()
		.enumerate()
		.map(|(place, consent)| {
			let id = consent.purpose;
			let purpose = purposes.iter().find(|purpose| purpose.purpose == id);
			let name = purpose.map_or(id.to_string(), |purpose| purpose.name.clone());
			let line = described(&name, consent);
			// Revisions of before are told as they were.
			let void =
				purpose.filter(|_| !history || place == latest).and_then(|p| void(p, consent));
			void.map_or(line.clone(), |reason| format!("{line}; without effect: {reason}"))
		})
		.collect();
	let json = json!({ "customer": id, "consents": consents, "block": at });
	Ok(Output::new(json, lines.join("\n")))
}

/// Why a consent that stands has no effect.
fn void(purpose: &PurposeInfo, consent: &ConsentInfo<AccountId32>) -> Option<&'static str> {
	let version = consent.permission.as_ref()?.notice_version;
	match consent.state == ConsentState::Given {
		true if purpose.retired => Some("the purpose was retired"),
		true if version < purpose.consents_since => Some("a newer notice asks for new consent"),
		_ => None,
	}
}

/// A revision of a consent in one line.
fn described(name: &str, consent: &ConsentInfo<AccountId32>) -> String {
	let ConsentInfo { revision, since, state, capture, permission, .. } = consent;
	let how = match capture {
		Capture::Transaction => "by transaction".into(),
		Capture::Signature { relayer } => format!("by signature, brought by {relayer}"),
		Capture::Recorded { method, .. } => format!("recorded, {}", word(method)),
		Capture::Expiry => "by the chain".into(),
	};
	let what = permission.as_ref().map_or(String::new(), |permission| {
		let until =
			permission.until.map_or(String::new(), |until| format!(" until {}", shown(until)));
		format!(
			"; {} under notice {}{until}",
			names(permission.categories),
			permission.notice_version,
		)
	});
	format!("{name}  revision {revision}: {} since {}, {how}{what}", word(state), shown(*since))
}

async fn as_of(
	context: &mut Context,
	about: About,
	moment: Moment,
	proof: Option<PathBuf>,
	trust: Trust,
) -> Result<Output> {
	let Scene { chain, customer, purpose, .. } = Scene::new(context, &about).await?;
	let Some(path) = proof else {
		let verifier = Verifier::on_trust(&chain).await?;
		let as_of = AsOf::take(&verifier, customer, purpose.purpose, moment).await?;
		let state = as_of.check(None)?;
		return Ok(answered(&as_of, &state, "as the node says", json!(verifier.finality())));
	};
	let mut store = context.store_if_any()?;
	let verifier = Verifier::new(&chain, store.as_mut(), &trust.options()?).await?;
	let as_of = AsOf::take(&verifier, customer, purpose.purpose, moment).await?;
	let text = serde_json::to_string_pretty(&as_of).map_err(Error::malformed("the proof"))?;
	write_private(&path, text.as_bytes())?;
	let finality = verifier.finality();
	Ok(answered(&as_of, &as_of.check(None)?, &finality.to_string(), json!(finality)))
}

/// What was permitted, in a sentence that says what stands behind it.
fn answered(as_of: &AsOf, state: &State, behind: &str, finality: serde_json::Value) -> Output {
	let block = &state.block;
	let json = json!({
		"customer": as_of.customer, "purpose": as_of.purpose, "moment": as_of.moment,
		"answer": as_of.answer, "block": block.number(), "blockHash": block.hash,
		"finality": finality,
	});
	let text = format!(
		"{as_of}: proven by the state of block {} ({:?}), {behind}.",
		block.number(),
		block.hash,
	);
	Output::new(json, text)
}
