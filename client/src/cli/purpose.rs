//! `consentry purpose`.

use super::{evidence::Kept, named, output::Output, Context};
use clap::Subcommand;
use consentry_client::{
	calls::consent,
	chain::Chain,
	moment::shown,
	special_categories,
	submit::{submit_and_wait, Included},
	words::{word, words},
	Error, Result,
};
use consentry_primitives::{
	api::PurposeInfo, consent::PurposeTerms, Categories, DataCategory, LawfulBasis, OrganisationId,
	PurposeId,
};
use serde_json::{json, Value};
use sp_core::H256;
use std::path::PathBuf;

/// PURPOSE is its number, or its name among the purposes of its controller.
#[derive(Subcommand)]
pub enum Command {
	/// Create a purpose.
	Create {
		/// Its name: a letter a-z, then letters, digits and hyphens.
		name: String,
		/// Its term in the Data Privacy Vocabulary, such as dpv:DirectMarketing.
		#[arg(long)]
		dpv: String,
		/// What makes it lawful, for good: consent, contract, legal-obligation, vital-interests,
		/// public-task or legitimate-interests.
		#[arg(long, value_parser = named::<LawfulBasis>)]
		basis: LawfulBasis,
		/// Categories of data that it needs.
		#[arg(long = "category", required = true, value_delimiter = ',', value_parser = named::<DataCategory>)]
		categories: Vec<DataCategory>,
		/// For how many days data is kept for it.
		#[arg(long)]
		retention_days: u32,
		/// File with the privacy notice, which is committed to.
		#[arg(long)]
		notice: PathBuf,
	},
	/// Revise a purpose; what is not given stays as it is.
	Revise {
		/// The purpose.
		purpose: PurposeName,
		/// Categories of data that it needs.
		#[arg(long = "category", value_delimiter = ',', value_parser = named::<DataCategory>)]
		categories: Vec<DataCategory>,
		/// For how many days data is kept for it.
		#[arg(long)]
		retention_days: Option<u32>,
		/// File with the new privacy notice, which is committed to.
		#[arg(long)]
		notice: Option<PathBuf>,
		/// Ask for new consent: what was given under older notices has no effect any more.
		#[arg(long, requires = "notice")]
		renew: bool,
	},
	/// Retire a purpose, for good: nothing may be processed for it any more.
	Retire {
		/// The purpose.
		purpose: PurposeName,
	},
	/// List the purposes of a controller.
	List {
		/// Number of the controller; that of the key unless given.
		#[arg(long)]
		controller: Option<OrganisationId>,
	},
	/// Show a purpose.
	Show {
		/// The purpose.
		purpose: PurposeName,
		/// Number of its controller, where it is named; that of the key unless given.
		#[arg(long)]
		controller: Option<OrganisationId>,
		/// Show all its revisions.
		#[arg(long)]
		history: bool,
	},
}

/// A purpose: its number, or its name among those of its controller.
#[derive(Clone, Debug)]
pub enum PurposeName {
	/// The number.
	Id(PurposeId),
	/// The name.
	Name(String),
}

impl std::str::FromStr for PurposeName {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text.parse() {
			Ok(id) => Ok(Self::Id(id)),
			Err(_) if text.starts_with(|first: char| first.is_ascii_lowercase()) => {
				Ok(Self::Name(text.into()))
			},
			Err(_) => Err("a purpose is a number, or a name that starts with a letter a-z".into()),
		}
	}
}

impl PurposeName {
	/// The purpose of that controller.
	pub async fn of(
		&self,
		chain: &Chain,
		at: H256,
		controller: OrganisationId,
	) -> Result<PurposeInfo> {
		let is_it = |purpose: &PurposeInfo| match self {
			Self::Id(id) => purpose.purpose == *id,
			Self::Name(name) => purpose.name == *name,
		};
		let found = chain.purposes(at, controller).await?.into_iter().find(is_it);
		found.ok_or_else(|| {
			let name = match self {
				Self::Id(id) => id.to_string(),
				Self::Name(name) => format!("{name:?}"),
			};
			Error::NotFound(format!("organisation {controller} has no purpose {name}"))
		})
	}

	/// The number of the purpose; a name is looked up among those of a controller, which is the
	/// key's organisation where none is given.
	pub async fn id(
		&self,
		context: &Context,
		chain: &Chain,
		at: H256,
		controller: Option<OrganisationId>,
	) -> Result<PurposeId> {
		if let Self::Id(id) = self {
			return Ok(*id);
		}
		let controller = context.organisation(chain, at, controller).await?;
		Ok(self.of(chain, at, controller).await?.purpose)
	}
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::Create { name, dpv, basis, categories, retention_days, notice } => {
			special_categories::check(&name)?;
			special_categories::check(&dpv)?;
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let kept = Kept::new(context, None, &notice)?;
			let categories = categories.into_iter().collect();
			let terms = PurposeTerms { categories, retention_days, notice: kept.commitment() };
			let call = consent::create_purpose(&name, &dpv, basis, &terms);
			let included = kept.submit(&chain, &key, &call).await?;
			let id = created(&included)?;
			let more = json!({ "purpose": id, "name": name, "terms": terms });
			Ok(Output::of_call(&call, &included, more, &format!("Created purpose {id}: {name}")))
		},
		Command::Revise { purpose, categories, retention_days, notice, renew } => {
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let found = own(context, &chain, &purpose).await?;
			let mut terms = found.terms;
			if !categories.is_empty() {
				terms.categories = categories.into_iter().collect();
			}
			terms.retention_days = retention_days.unwrap_or(terms.retention_days);
			let kept = notice.map(|notice| Kept::new(context, None, &notice)).transpose()?;
			if let Some(kept) = &kept {
				terms.notice = kept.commitment();
			}
			let call = consent::revise_purpose(found.purpose, &terms, renew);
			let included = match kept {
				Some(kept) => kept.submit(&chain, &key, &call).await?,
				None => submit_and_wait(&chain, &key, &call).await?,
			};
			let more = json!({ "purpose": found.purpose, "terms": terms, "renew": renew });
			Ok(Output::of_call(&call, &included, more, ""))
		},
		Command::Retire { purpose } => {
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let found = own(context, &chain, &purpose).await?;
			let call = consent::retire_purpose(found.purpose);
			let included = submit_and_wait(&chain, &key, &call).await?;
			Ok(Output::of_call(&call, &included, json!({ "purpose": found.purpose }), ""))
		},
		Command::List { controller } => list(context, controller).await,
		Command::Show { purpose, controller, history } => {
			show(context, purpose, controller, history).await
		},
	}
}

/// A purpose of the key's organisation.
async fn own(context: &Context, chain: &Chain, purpose: &PurposeName) -> Result<PurposeInfo> {
	let at = chain.finalised().await?.hash;
	let controller = context.organisation(chain, at, None).await?;
	purpose.of(chain, at, controller).await
}

/// The number of the purpose that a call created.
fn created(included: &Included) -> Result<PurposeId> {
	included
		.events
		.iter()
		.find(|event| event.pallet == "Consent" && event.name == "PurposeCreated")
		.and_then(|event| event.fields.first_chunk())
		.map(|bytes| PurposeId::from_le_bytes(*bytes))
		.ok_or_else(|| Error::NotFound("the block tells of no purpose that was created".into()))
}

async fn list(context: &mut Context, controller: Option<OrganisationId>) -> Result<Output> {
	let chain = context.chain().await?;
	let at = chain.finalised().await?.hash;
	let controller = context.organisation(&chain, at, controller).await?;
	let purposes = chain.purposes(at, controller).await?;
	let lines: Vec<_> = purposes
		.iter()
		.map(|PurposeInfo { purpose, name, dpv, basis, retired, .. }| {
			let end = if *retired { ", retired" } else { "" };
			format!("{purpose:>4}  {name}  {dpv}  {}{end}", word(basis))
		})
		.collect();
	let json = json!({ "controller": controller, "purposes": purposes, "block": at });
	Ok(Output::new(json, lines.join("\n")))
}

async fn show(
	context: &mut Context,
	purpose: PurposeName,
	controller: Option<OrganisationId>,
	history: bool,
) -> Result<Output> {
	let chain = context.chain().await?;
	let at = chain.finalised().await?.hash;
	let id = purpose.id(context, &chain, at, controller).await?;
	let revisions = chain.purpose_history(at, id).await?.unwrap_or_default();
	let Some(latest) = revisions.last() else {
		return Err(Error::NotFound(format!("there is no purpose {id}")));
	};
	let first = if history { 0 } else { revisions.len() - 1 };
	let store = context.store_if_any()?;
	let PurposeInfo { name, dpv, basis, controller, .. } = latest;
	let mut lines = vec![
		format!("Purpose {id} of organisation {controller}: {name}"),
		format!("  {dpv}, on the basis of {}", word(basis)),
	];
	let mut shown_revisions = Vec::new();
	for revision in &revisions[first..] {
		let PurposeTerms { categories, retention_days, notice } = &revision.terms;
		let kept = match &store {
			Some(store) => store.document(notice)?,
			None => None,
		};
		lines.push(format!("  Revision {} since {}", revision.revision, shown(revision.since)));
		lines.push(format!("    categories: {}", names(*categories)));
		lines.push(format!("    retention: {retention_days} days"));
		let file = kept.as_ref().and_then(|kept| kept.0.get("file"));
		let file = file.map_or(String::new(), |file| format!(", in the local store as {file:?}"));
		lines.push(format!("    notice: version {}{file}", revision.notice_version));
		lines.push(format!("    consents count from notice {}", revision.consents_since));
		if revision.retired {
			lines.push("    retired".into());
		}
		let mut json = json!(revision);
		json["noticeFile"] = kept.map_or(Value::Null, |kept| json!(kept));
		shown_revisions.push(json);
	}
	let json = json!({ "purpose": id, "revisions": shown_revisions, "block": at });
	Ok(Output::new(json, lines.join("\n")))
}

/// The names of categories.
pub fn names(categories: Categories) -> String {
	words(&categories.to_vec())
}
