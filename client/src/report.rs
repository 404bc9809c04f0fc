//! The answer to a customer who asks what is kept and who uses it (GDPR Art. 15).
//!
//! What was done comes from the customer's trail, verified as `trail verify` does; what is in force
//! from the state of the same block; the data itself from the local store.

mod html;
mod recipients;
mod rights;

pub use html::html;
pub use recipients::Recipient;
pub use rights::Right;

use crate::{
	chain::Chain,
	content::Content,
	moment,
	store::{Origin, Store},
	trail::Checked,
	verify::{self, Verifier},
	words::{word, words},
	Error, Result,
};
use consentry_primitives::{
	access::Grantee,
	api::{ConsentInfo, CustomerInfo, PurposeInfo},
	consent::Capture,
	trail::decision_id,
	Action, Actor, Categories, Commitment, CustomerId, DataCategory, Denial, Entry, GrantId,
	InteractionKind, LawfulBasis, Moment, OrganisationId, PurposeId,
};
use recipients::Granted;
use rights::rights;
use serde::Serialize;
use sp_core::{crypto::AccountId32, H256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything that a customer is told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
	/// The customer.
	pub customer: CustomerId,
	/// Number of the controller.
	pub controller: OrganisationId,
	/// Its name.
	pub controller_name: String,
	/// Where the customer's data came from: the controller's own system.
	pub source: Option<Origin>,
	/// The time of the block that the report is of.
	pub moment: Moment,
	/// Hash of the chain's first block.
	pub genesis: H256,
	/// Registration, account, guardians, hold, erasure.
	pub state: CustomerInfo<AccountId32>,
	/// The controller's purposes, and where each stands for this customer.
	pub purposes: Vec<Purpose>,
	/// The customer's consents and objections, every revision.
	pub consents: Vec<Consent>,
	/// To whom access was granted: the grants in force, those to just this customer that ended, and
	/// those to all customers that ended once somebody had asked for access under them.
	pub recipients: Vec<Recipient>,
	/// Who asked for access, and what was decided.
	pub accesses: Vec<Access>,
	/// The data.
	pub records: Vec<Record>,
	/// What happened between controller and customer.
	pub interactions: Vec<Interaction>,
	/// What the customer can do, and how.
	pub rights: Vec<Right>,
	/// What was verified.
	pub verification: verify::Report,
	/// The same in a sentence.
	pub verified: String,
}

/// A purpose, as it is for the customer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Purpose {
	/// The purpose today.
	#[serde(flatten)]
	pub info: PurposeInfo,
	/// The customer's data that may be processed for it now.
	pub permitted: Categories,
	/// Why none may be.
	pub denial: Option<Denial>,
	/// Its revisions, oldest first.
	pub history: Vec<PurposeInfo>,
}

/// A consent with its history.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
	/// The purpose.
	pub purpose: PurposeId,
	/// Its name.
	pub purpose_name: String,
	/// Its revisions, oldest first.
	pub history: Vec<Revision>,
}

/// A revision of a consent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
	/// The revision.
	#[serde(flatten)]
	pub info: ConsentInfo<AccountId32>,
	/// Who made it.
	pub by: String,
	/// The evidence, where the local store holds it.
	pub evidence: Option<Content>,
}

/// A request for access, or an access without one in an emergency.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
	/// Index of its entry in the trail.
	pub entry: u64,
	/// When.
	pub moment: Moment,
	/// Identifies the decision.
	pub decision: H256,
	/// Who.
	pub by: String,
	/// What was decided.
	pub outcome: Outcome,
	/// For what.
	pub purpose: PurposeId,
	/// The purpose's name.
	pub purpose_name: String,
	/// Which data.
	pub categories: Categories,
	/// The grant, where there was one.
	pub grant: Option<GrantId>,
}

/// What became of a request for access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Outcome {
	/// It was authorised.
	Authorised {
		/// What makes it lawful.
		basis: LawfulBasis,
	},
	/// It was denied.
	Denied {
		/// Why.
		reason: Denial,
	},
	/// It was taken in an emergency.
	BreakGlass {
		/// By when it has to be reviewed.
		review_due: Moment,
		/// Whether it was justified, once reviewed.
		justified: Option<bool>,
	},
}

/// The data of one category.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
	/// The category.
	pub category: DataCategory,
	/// Revision, from 0.
	pub revision: u32,
	/// When it was sealed.
	pub sealed: Moment,
	/// The data, where the local store holds it.
	pub content: Option<Content>,
}

/// Something that happened between controller and customer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
	/// When it was recorded.
	pub recorded: Moment,
	/// What.
	pub kind: InteractionKind,
	/// Its details, where the local store holds them.
	pub content: Option<Content>,
}

/// Names of what the chain numbers.
#[derive(Default)]
struct Names {
	organisations: BTreeMap<OrganisationId, String>,
	purposes: BTreeMap<PurposeId, String>,
}

impl Names {
	fn organisation(&self, id: OrganisationId) -> String {
		let name = self.organisations.get(&id);
		name.map_or_else(|| format!("organisation {id}"), |name| format!("{name} ({id})"))
	}

	fn purpose(&self, id: PurposeId) -> String {
		let name = self.purposes.get(&id);
		name.cloned().unwrap_or_else(|| format!("purpose {id}"))
	}

	fn actor(&self, actor: &Actor<AccountId32>) -> String {
		match actor {
			Actor::Customer => "the customer".into(),
			Actor::Guardian { account } => format!("the guardian {account}"),
			Actor::Member { organisation, account } => {
				format!("{account} of {}", self.organisation(*organisation))
			},
			Actor::Chain => "the chain".into(),
		}
	}

	fn grantee(
		&self,
		grantee: &Grantee<AccountId32>,
		organisation: Option<OrganisationId>,
	) -> String {
		let who = match grantee {
			Grantee::Account { account } => account.to_string(),
			Grantee::Role { role, .. } => format!("every {}", word(role)),
		};
		match organisation {
			Some(organisation) => format!("{who} of {}", self.organisation(organisation)),
			None => who,
		}
	}
}

/// Verifies the customer's trail and gathers the report.
pub async fn report(
	chain: &Chain,
	mut store: Option<&mut Store>,
	customer: &CustomerId,
	options: &verify::Options,
) -> Result<Report> {
	let verifier = Verifier::new(chain, store.as_deref_mut(), options).await?;
	let trail = verifier.fetch(customer).await?;
	let verification = verifier.conclude(store.as_deref_mut(), customer, trail.clone())?;
	let Checked { entries, .. } = trail.ok_or_else(|| unknown(customer))?;
	let (at, genesis) = (verifier.block().hash, chain.genesis());
	let state = chain.customer(at, customer).await?.ok_or_else(|| unknown(customer))?;
	let moment = chain.moment(at).await?;

	let known = match &store {
		Some(store) => (store.customer(customer)?, store.facts(customer)?),
		None => (None, Vec::new()),
	};
	let (source, facts) = (known.0.map(|known| known.origin), known.1);
	let contents: HashMap<Commitment, Content> = facts
		.iter()
		.filter_map(|fact| Some((fact.commitment, fact.sealed.content().ok()?)))
		.collect();

	let purposes = purposes(chain, at, &state, customer, moment).await?;
	let granted =
		recipients::granted(chain, verifier.block(), customer, state.controller, &entries).await?;
	let names = names(chain, at, &state, &purposes, &granted, &entries).await?;
	let mut consents = Vec::new();
	for consent in chain.consents(at, customer).await?.unwrap_or_default() {
		let history = chain.consent_history(at, customer, consent.purpose).await?;
		let revision = |info: ConsentInfo<AccountId32>| {
			let evidence = match &info.capture {
				Capture::Recorded { evidence, .. } => contents.get(evidence).cloned(),
				_ => None,
			};
			Revision { by: names.actor(&info.actor), info, evidence }
		};
		consents.push(Consent {
			purpose: consent.purpose,
			purpose_name: names.purpose(consent.purpose),
			history: history.unwrap_or_default().into_iter().map(revision).collect(),
		});
	}
	let recipient = |(grant, organisation): Granted| Recipient {
		name: names.grantee(&grant.grantee, organisation),
		purpose_name: names.purpose(grant.terms.purpose),
		grant,
		organisation,
	};
	let recipients = granted.into_iter().map(recipient).collect();
	let accesses = accesses(&genesis, customer, &entries, &names);
	let records = chain.records(at, customer).await?.unwrap_or_default().into_iter();
	let records = records.map(|record| Record {
		category: record.category,
		revision: record.revision,
		sealed: record.sealed,
		content: contents.get(&record.commitment).cloned(),
	});
	let interactions = entries.iter().filter_map(|entry| match &entry.action {
		Action::InteractionRecorded { kind, commitment } => Some(Interaction {
			recorded: entry.moment,
			kind: *kind,
			content: contents.get(commitment).cloned(),
		}),
		_ => None,
	});
	Ok(Report {
		customer: *customer,
		controller: state.controller,
		controller_name: names.organisation(state.controller),
		source,
		moment,
		genesis,
		rights: rights(&state, &purposes),
		records: records.collect(),
		interactions: interactions.collect(),
		purposes,
		consents,
		recipients,
		accesses,
		verified: verification.to_string(),
		verification,
		state,
	})
}

fn unknown(customer: &CustomerId) -> Error {
	Error::NotFound(format!("the chain does not know customer {customer:?}"))
}

/// The controller's purposes, and where each stands for the customer.
async fn purposes(
	chain: &Chain,
	at: H256,
	state: &CustomerInfo<AccountId32>,
	customer: &CustomerId,
	moment: Moment,
) -> Result<Vec<Purpose>> {
	let mut purposes = Vec::new();
	for info in chain.purposes(at, state.controller).await? {
		let history = chain.purpose_history(at, info.purpose).await?.unwrap_or_default();
		let (permitted, denial) = match state.erased {
			Some(_) => (Categories::default(), Some(Denial::CustomerErased)),
			None => match chain.consent_as_of(at, customer, info.purpose, moment).await? {
				Some(answer) => (answer.categories, answer.denial),
				None => (Categories::default(), None),
			},
		};
		purposes.push(Purpose { info, permitted, denial, history });
	}
	Ok(purposes)
}

/// The names of all whom trail and grants mention.
async fn names(
	chain: &Chain,
	at: H256,
	state: &CustomerInfo<AccountId32>,
	purposes: &[Purpose],
	granted: &[Granted],
	entries: &[Entry<AccountId32>],
) -> Result<Names> {
	let mut organisations = HashSet::from([state.controller]);
	for entry in entries {
		if let Actor::Member { organisation, .. } = &entry.actor {
			organisations.insert(*organisation);
		}
	}
	organisations.extend(granted.iter().filter_map(|(_, organisation)| *organisation));
	let mut names = Names::default();
	for id in organisations {
		if let Some(organisation) = chain.organisation(at, id).await? {
			names.organisations.insert(id, organisation.name);
		}
	}
	let named = purposes.iter().map(|purpose| (purpose.info.purpose, purpose.info.name.clone()));
	names.purposes.extend(named);
	Ok(names)
}

/// Every decision on access in the trail, denied ones too.
fn accesses(
	genesis: &H256,
	customer: &CustomerId,
	entries: &[Entry<AccountId32>],
	names: &Names,
) -> Vec<Access> {
	let justified = |index: u64| {
		entries.iter().find_map(|entry| match entry.action {
			Action::GlassReviewed { entry, justified, .. } if entry == index => Some(justified),
			_ => None,
		})
	};
	let access = |entry: &Entry<AccountId32>| {
		let (grant, purpose, categories, outcome) = match &entry.action {
			Action::AccessAuthorised { grant, purpose, categories, basis, .. } => {
				(Some(*grant), *purpose, *categories, Outcome::Authorised { basis: *basis })
			},
			Action::AccessDenied { grant, purpose, categories, reason } => {
				(*grant, *purpose, *categories, Outcome::Denied { reason: *reason })
			},
			Action::GlassBroken { purpose, categories, review_due, .. } => {
				let justified = justified(entry.index);
				let outcome = Outcome::BreakGlass { review_due: *review_due, justified };
				(None, *purpose, *categories, outcome)
			},
			_ => return None,
		};
		Some(Access {
			entry: entry.index,
			moment: entry.moment,
			decision: decision_id(genesis, customer, entry),
			by: names.actor(&entry.actor),
			outcome,
			purpose,
			purpose_name: names.purpose(purpose),
			categories,
			grant,
		})
	};
	entries.iter().filter_map(access).collect()
}

impl std::fmt::Display for Report {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		writeln!(f, "Customer {:?} of {}", self.customer, self.controller_name)?;
		writeln!(f, "As of {}. {}", moment::shown(self.moment), self.verified)?;
		match (self.state.erased, self.state.erasure_due) {
			(Some(erased), _) => writeln!(f, "Erased on {}", moment::shown(erased))?,
			(None, Some(due)) => writeln!(f, "Erasure due by {}", moment::shown(due))?,
			(None, None) => writeln!(f, "Erasure not asked for")?,
		}
		writeln!(f, "Purposes")?;
		for Purpose { info, denial, permitted, .. } in &self.purposes {
			let stands = match denial {
				Some(denial) => word(denial),
				None => words(&permitted.to_vec()),
			};
			writeln!(f, "  {}  {}  {stands}", info.name, word(&info.basis))?;
		}
		writeln!(f, "Consents")?;
		for Consent { purpose_name, history, .. } in &self.consents {
			for Revision { info, by, .. } in history {
				let (since, state) = (moment::shown(info.since), word(&info.state));
				writeln!(f, "  {purpose_name}  {since}  {state}  by {by}")?;
			}
		}
		writeln!(f, "Recipients")?;
		for Recipient { grant, name, purpose_name, .. } in &self.recipients {
			let (id, state) = (grant.grant, word(&grant.state));
			writeln!(f, "  {name}  {purpose_name}  grant {id}, {state}")?;
		}
		write!(f, "Accesses")?;
		for Access { moment, by, outcome, purpose_name, categories, .. } in &self.accesses {
			let (when, categories) = (moment::shown(*moment), words(&categories.to_vec()));
			write!(f, "\n  {when}  {by}  {purpose_name}  {categories}  {outcome}")?;
		}
		Ok(())
	}
}

impl std::fmt::Display for Outcome {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match self {
			Self::Authorised { basis } => write!(f, "authorised: {}", word(basis)),
			Self::Denied { reason } => write!(f, "denied: {}", word(reason)),
			Self::BreakGlass { review_due, justified } => {
				write!(f, "without a grant, in an emergency; ")?;
				match justified {
					Some(true) => write!(f, "found justified"),
					Some(false) => write!(f, "found unjustified"),
					None => write!(f, "review due by {}", moment::shown(*review_due)),
				}
			},
		}
	}
}

#[cfg(test)]
mod tests;
