//! Statements that are signed off the chain, and brought to it by somebody else.

use super::{
	consent::{acting_key, About, Scene, Stated, Terms},
	output::Output,
	purpose::PurposeName,
	read_input,
	receipt::{self, Draft},
	Context,
};
use codec::DecodeAll;
use consentry_client::{
	calls::consent,
	keys::{account_of, customer_key, write_private},
	moment,
	statement::Signed,
	submit::submit_and_wait,
	Error, Result,
};
use consentry_primitives::{
	consent::{Permission, SignedStatement},
	Commitment, CustomerId, Moment, OrganisationId, PurposeId, DAY,
};
use serde_json::json;
use sp_core::H256;
use std::path::PathBuf;
use subxt_signer::sr25519::Keypair;

/// A statement to be signed.
#[derive(clap::Args)]
pub struct Sign {
	#[command(flatten)]
	about: About,
	/// What is stated.
	#[arg(long)]
	state: Stated,
	#[command(flatten)]
	terms: Terms,
	/// For how many days the signature is good, 30 at most.
	#[arg(long, default_value_t = 7)]
	days: u64,
	/// The file to write.
	#[arg(long)]
	output: PathBuf,
	#[command(flatten)]
	receipt: receipt::Wanted,
	#[command(flatten)]
	offline: Offline,
}

/// What a node would tell, all of it together, to sign without one: PURPOSE is then a number.
#[derive(clap::Args)]
struct Offline {
	/// Genesis hash of the chain.
	#[arg(long, requires = "controller", requires = "notice", requires = "revisions")]
	genesis: Option<H256>,
	/// Number of the customer's controller.
	#[arg(long, requires = "genesis")]
	controller: Option<OrganisationId>,
	/// The commitment to the purpose's latest notice, SCALE in hexadecimal.
	#[arg(long, requires = "genesis", value_parser = parse_commitment)]
	notice: Option<Commitment>,
	/// Version of that notice, to request or give consent.
	#[arg(long, requires = "genesis")]
	notice_version: Option<u32>,
	/// Number of revisions that the consent has.
	#[arg(long, requires = "genesis")]
	revisions: Option<u32>,
	/// Sign with the key itself and not with the one derived for the customer, as guardians do.
	#[arg(long, requires = "genesis")]
	as_guardian: bool,
}

fn parse_commitment(text: &str) -> Result<Commitment, String> {
	let bytes = hex::decode(text.trim_start_matches("0x")).map_err(|error| error.to_string())?;
	Commitment::decode_all(&mut &bytes[..]).map_err(|error| error.to_string())
}

/// All that a statement is about.
struct Facts {
	genesis: H256,
	customer: CustomerId,
	controller: OrganisationId,
	purpose: PurposeId,
	notice: Commitment,
	permission: Permission,
	revisions: u32,
	now: Moment,
	key: Keypair,
	/// Where the receipt lies that the statement commits to.
	receipt: Option<PathBuf>,
}

pub async fn sign(context: &mut Context, sign: Sign) -> Result<Output> {
	sign.receipt.check(sign.state)?;
	let facts = match sign.offline.genesis {
		Some(genesis) => without_node(context, &sign, genesis)?,
		None => from_node(context, &sign).await?,
	};
	let statement = SignedStatement {
		customer: facts.customer,
		controller: facts.controller,
		account: account_of(&facts.key),
		purpose: facts.purpose,
		notice: facts.notice,
		revisions: facts.revisions,
		expires: facts.now.saturating_add(sign.days.saturating_mul(DAY)),
		statement: sign.state.statement(facts.permission),
	};
	let signed = Signed::new(&facts.key, facts.genesis, statement)?;
	let text = serde_json::to_string_pretty(&signed).map_err(Error::malformed("a statement"))?;
	write_private(&sign.output, text.as_bytes())?;
	let mut text =
		format!("Signed; `consentry consent submit {}` submits it", sign.output.display());
	let mut json = json!(signed);
	if let Some(path) = facts.receipt {
		json["receipt"] = json!(path);
		text += &format!(
			"\nWrote the receipt to {path}; once that is final, `consentry consent verify-receipt {path} \
			 --add-proof` completes it",
			path = path.display(),
		);
	}
	Ok(Output::new(json, text))
}

async fn from_node(context: &mut Context, sign: &Sign) -> Result<Facts> {
	let scene = Scene::new(context, &sign.about).await?;
	let Scene { chain, at, customer, info, purpose } = &scene;
	let history = chain.consent_history(*at, customer, purpose.purpose).await?;
	let key = acting_key(context, chain, *at, customer).await?;
	let mut permission = sign.terms.permission(purpose);
	let (by, of) = (Some(account_of(&key)), purpose.clone());
	let draft = Draft::new(&sign.receipt, &scene, by, None, of, &mut permission).await?;
	Ok(Facts {
		genesis: chain.genesis(),
		customer: *customer,
		controller: info.controller,
		purpose: purpose.purpose,
		notice: purpose.terms.notice,
		permission,
		revisions: history.unwrap_or_default().len() as u32,
		now: chain.moment(*at).await?,
		key,
		receipt: draft.map(|draft| draft.path),
	})
}

fn without_node(context: &mut Context, sign: &Sign, genesis: H256) -> Result<Facts> {
	let Offline { controller, notice, notice_version, revisions, as_guardian, .. } = sign.offline;
	let missing = |what: &str| Error::Usage(format!("to sign without a node, give {what}"));
	let PurposeName::Id(purpose) = sign.about.purpose else {
		return Err(missing("the purpose's number"));
	};
	if sign.receipt.is_wanted() {
		return Err(Error::Usage(
			"a receipt tells what only a node knows of the purpose: ask one".into(),
		));
	}
	let is_given = matches!(sign.state, Stated::Requested | Stated::Given);
	if is_given && (notice_version.is_none() || sign.terms.categories.is_empty()) {
		return Err(missing("--notice-version and --category"));
	}
	let customer = sign.about.customer.resolve(context)?;
	let key = context.keypair()?;
	Ok(Facts {
		genesis,
		customer,
		controller: controller.ok_or_else(|| missing("--controller"))?,
		purpose,
		notice: notice.ok_or_else(|| missing("--notice"))?,
		permission: Permission {
			notice_version: notice_version.unwrap_or_default(),
			categories: sign.terms.categories.iter().copied().collect(),
			until: sign.terms.until,
			expression: sign.terms.expression,
			receipt: None,
		},
		revisions: revisions.ok_or_else(|| missing("--revisions"))?,
		now: moment::now(),
		key: if as_guardian { key } else { customer_key(&key, &customer) },
		receipt: None,
	})
}

pub async fn submit(context: &mut Context, file: PathBuf) -> Result<Output> {
	let signed: Signed = serde_json::from_slice(&read_input(&file)?)
		.map_err(Error::malformed("the signed statement"))?;
	let (key, chain) = (context.keypair()?, context.chain().await?);
	let signature = signed.check(&chain.genesis())?;
	let call = consent::submit(&signed.statement, &signature);
	let included = submit_and_wait(&chain, &key, &call).await?;
	let SignedStatement { customer, purpose, .. } = &signed.statement;
	let more = json!({ "customer": customer, "purpose": purpose });
	Ok(Output::of_call(&call, &included, more, ""))
}
