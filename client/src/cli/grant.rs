//! `consentry grant`.

use super::{
	consent::acting_key,
	named,
	output::Output,
	purpose::{names, PurposeName},
	Context, CustomerName,
};
use clap::Subcommand;
use consentry_client::{
	calls::access_grants,
	moment::{self, shown},
	submit::{submit_and_wait, Included},
	words::word,
	Error, Result,
};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	api::GrantInfo,
	DataCategory, GrantId, Moment, OrganisationId, Role,
};
use serde_json::json;
use sp_core::crypto::AccountId32;

#[derive(Subcommand)]
pub enum Command {
	/// Grant access, as an Officer. Other grants stay as they are.
	Add(New),
	/// Revoke a grant, as an Officer.
	Revoke {
		/// Number of the grant.
		grant: GrantId,
	},
	/// Revoke a grant for a customer's own data, as the customer or a guardian.
	RevokeOwn {
		/// The customer.
		customer: CustomerName,
		/// Number of the grant.
		grant: GrantId,
	},
	/// List the grants that are not revoked.
	List {
		/// On the data of this customer.
		#[arg(long, required_unless_present = "account", conflicts_with = "account")]
		customer: Option<CustomerName>,
		/// That this account can use: an address, or the name of a key.
		#[arg(long)]
		account: Option<String>,
	},
}

/// A grant to be given.
#[derive(clap::Args)]
pub struct New {
	/// To the data of this customer.
	#[arg(long, required_unless_present = "all", conflicts_with = "all")]
	customer: Option<CustomerName>,
	/// To the data of all customers of the key's organisation.
	#[arg(long)]
	all: bool,
	/// For this member: an address, or the name of a key.
	#[arg(long, required_unless_present = "to_role", conflicts_with = "to_role")]
	to_account: Option<String>,
	/// For all members with this role.
	#[arg(long, value_parser = named::<Role>)]
	to_role: Option<Role>,
	/// Whose members, with --to-role; those of the key's organisation unless given.
	#[arg(long, requires = "to_role")]
	organisation: Option<OrganisationId>,
	/// For what: number or name of the purpose.
	#[arg(long)]
	purpose: PurposeName,
	/// Categories of data.
	#[arg(long = "category", required = true, value_delimiter = ',', value_parser = named::<DataCategory>)]
	categories: Vec<DataCategory>,
	/// From when; from now unless given.
	#[arg(long, value_parser = moment::parse)]
	from: Option<Moment>,
	/// Until when; until it is revoked unless given.
	#[arg(long, value_parser = moment::parse)]
	until: Option<Moment>,
	/// How many accesses, one for each customer; any number unless given.
	#[arg(long)]
	uses: Option<u32>,
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::Add(new) => add(context, new).await,
		Command::Revoke { grant } => {
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let call = access_grants::revoke(grant);
			let included = submit_and_wait(&chain, &key, &call).await?;
			Ok(Output::of_call(&call, &included, json!({ "grant": grant }), ""))
		},
		Command::RevokeOwn { customer, grant } => {
			let id = customer.resolve(context)?;
			let chain = context.chain().await?;
			let at = chain.finalised().await?.hash;
			let key = acting_key(context, &chain, at, &id).await?;
			let call = access_grants::revoke_own(&id, grant);
			let included = submit_and_wait(&chain, &key, &call).await?;
			Ok(Output::of_call(&call, &included, json!({ "customer": id, "grant": grant }), ""))
		},
		Command::List { customer, account } => list(context, customer, account).await,
	}
}

async fn add(context: &mut Context, new: New) -> Result<Output> {
	let New { customer, to_account, to_role, organisation, purpose, categories, .. } = new;
	let (key, chain) = (context.keypair()?, context.chain().await?);
	let at = chain.finalised().await?.hash;
	let own = context.organisation(&chain, at, None).await?;
	let scope = match customer {
		Some(customer) => Scope::Customer { customer: customer.resolve(context)? },
		None => Scope::Controller { organisation: own },
	};
	let grantee = match (to_account, to_role) {
		(Some(account), _) => Grantee::Account { account: context.keys()?.account(&account)? },
		(None, Some(role)) => Grantee::Role { organisation: organisation.unwrap_or(own), role },
		(None, None) => return Err(Error::Usage("give --to-account or --to-role".into())),
	};
	let terms = GrantTerms {
		purpose: purpose.of(&chain, at, own).await?.purpose,
		categories: categories.into_iter().collect(),
		from: match new.from {
			Some(from) => from,
			None => chain.moment(at).await?,
		},
		until: new.until,
		uses: new.uses,
	};
	let call = access_grants::grant(scope, &grantee, &terms);
	let included = submit_and_wait(&chain, &key, &call).await?;
	let grant = granted(&included)?;
	let more = json!({ "grant": grant, "scope": scope, "grantee": grantee, "terms": terms });
	Ok(Output::of_call(&call, &included, more, &format!("Grant {grant}")))
}

/// The number of the grant that a call gave.
fn granted(included: &Included) -> Result<GrantId> {
	included
		.events
		.iter()
		.find(|event| event.pallet == "AccessGrants" && event.name == "Granted")
		.and_then(|event| event.fields.first_chunk())
		.map(|bytes| GrantId::from_le_bytes(*bytes))
		.ok_or_else(|| Error::NotFound("the block tells of no grant that was given".into()))
}

async fn list(
	context: &mut Context,
	customer: Option<CustomerName>,
	account: Option<String>,
) -> Result<Output> {
	let chain = context.chain().await?;
	let at = chain.finalised().await?.hash;
	let grants = match (customer, account) {
		(Some(customer), _) => {
			let id = customer.resolve(context)?;
			let grants = chain.grants_on(at, &id).await?;
			grants.ok_or_else(|| Error::NotFound(format!("there is no customer {id:?}")))?
		},
		(None, Some(account)) => {
			let account = context.keys()?.account(&account)?;
			chain.grants_of(at, &account).await?
		},
		(None, None) => return Err(Error::Usage("give --customer or --account".into())),
	};
	let lines: Vec<_> = grants.iter().map(described).collect();
	Ok(Output::new(json!({ "grants": grants, "block": at }), lines.join("\n")))
}

/// A grant in one line.
fn described(info: &GrantInfo<AccountId32>) -> String {
	let GrantInfo { grant, grantor, scope, grantee, terms, state } = info;
	let scope = match scope {
		Scope::Customer { customer } => format!("customer {customer:?}"),
		Scope::Controller { organisation } => format!("all customers of {organisation}"),
	};
	let grantee = match grantee {
		Grantee::Account { account } => account.to_string(),
		Grantee::Role { organisation, role } => format!("each {} of {organisation}", word(role)),
	};
	let until = terms.until.map_or("revoked".into(), shown);
	let uses = terms.uses.map_or(String::new(), |uses| format!(", {uses} uses left"));
	format!(
		"{grant:>4}  {}  organisation {grantor} to {grantee}: {scope}, purpose {}, {}; from {} until \
		 {until}{uses}",
		word(state),
		terms.purpose,
		names(terms.categories),
		shown(terms.from),
	)
}
