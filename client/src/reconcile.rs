//! Comparing an export with the chain: whom the CRM processes without a valid basis.
//!
//! Nothing of it is written, neither to the chain nor to the local store.

use crate::{
	chain::Chain,
	csv::quoted,
	import::{
		consents::{latest, Claim, Known, Unclear, Wanted},
		planning::{owner, rows},
	},
	mapping::{consents::Unusable, Facts, Mapping},
	store::{Customer, Store},
	words::word,
	Error, Result,
};
use consentry_primitives::{api::PurposeInfo, CustomerId, Denial, OrganisationId};
use futures::{stream, StreamExt, TryStreamExt};
use serde::Serialize;
use sp_core::H256;
use std::collections::{btree_map::Entry, BTreeMap};

/// Questions that are asked at the same time.
const AT_ONCE: usize = 16;

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
	/// What it says cannot be used.
	UnusableRow,
	/// The chain does not know the customer, or this home does not.
	UnknownCustomer,
	/// The customer was erased.
	CustomerErased,
	/// It names no lawful basis, or no row is about the customer.
	NoBasis,
	/// The basis that it names is not that of the purpose, or not in effect.
	WrongBasis,
	/// The customer opted out, and the chain still permits it.
	OptOutNotOnChain,
	/// It names a basis, and the chain does not permit it, for this reason.
	#[serde(untagged)]
	Denied(Denial),
}

impl Problem {
	/// What to do about it.
	pub fn remedy(self) -> &'static str {
		match self {
			Self::UnusableRow => "correct the row or the mapping",
			Self::UnknownCustomer => "import the customer, or delete it from the CRM",
			Self::CustomerErased => "delete the customer from the CRM",
			Self::NoBasis => "name a lawful basis, or stop processing",
			Self::WrongBasis => "correct the basis, or stop processing for this purpose",
			Self::OptOutNotOnChain => "record the opt-out: import the export",
			Self::Denied(Denial::ConsentWithdrawn | Denial::CustomerObjected) => {
				"stop processing for this purpose, and take the opt-out over into the CRM"
			},
			Self::Denied(Denial::NoConsent) => {
				"stop processing for this purpose, until the consent is imported or given"
			},
			Self::Denied(_) => "stop processing for this purpose, until consent is given anew",
		}
	}
}

/// A row that is processed without a valid basis.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
	/// Number of its line; `None` of a customer whom no row is about.
	pub line: Option<usize>,
	/// The customer, as `SOURCE:ID`; blank where the row does not tell.
	pub customer: String,
	/// The chain's id, where it is known.
	pub id: Option<CustomerId>,
	/// What is wrong.
	pub problem: Problem,
	/// In words.
	pub detail: String,
	/// What to do.
	pub remedy: &'static str,
}

/// What comparing came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciled {
	/// Rows of the file.
	pub rows: usize,
	/// Statements about purposes that were compared.
	pub compared: usize,
	/// What is wrong, by line; what is about no line comes last.
	pub findings: Vec<Finding>,
	/// Number of the block in whose state the chain was asked.
	pub block: u32,
	/// Hash of that block.
	pub block_hash: H256,
}

/// What the rows of a file say, and what is wrong with them before the chain is asked.
#[derive(Default)]
struct Read {
	rows: usize,
	findings: Vec<Finding>,
	/// Lines of each customer that the store knows.
	customers: BTreeMap<CustomerId, (Customer, Vec<usize>)>,
	wanted: Vec<Wanted>,
	unclear: Vec<Unclear>,
}

/// Compares an export with the state of the last finalised block.
///
/// Fails where nothing could be compared, which must not pass for nothing being wrong: where the
/// mapping takes no consents, and where the file has no rows.
pub async fn reconcile(
	chain: &Chain,
	store: &mut Store,
	mapping: &Mapping,
	file: &[u8],
) -> Result<Reconciled> {
	store.pin_genesis(&chain.genesis())?;
	let mut read = read(store, mapping, file)?;
	read.silent(store, mapping)?;
	let block = chain.finalised().await?;
	let at = block.hash;
	let states: BTreeMap<_, _> = stream::iter(read.customers.keys().copied().collect::<Vec<_>>())
		.map(|id| async move { chain.customer(at, &id).await.map(|state| (id, state)) })
		.buffer_unordered(AT_ONCE)
		.try_collect()
		.await?;
	for (id, state) in states {
		match state {
			None => read.dismiss(&id, Problem::UnknownCustomer, "the chain does not know it"),
			Some(state) if state.erased.is_some() => {
				read.dismiss(&id, Problem::CustomerErased, "it was erased on the chain");
			},
			Some(_) => {},
		}
	}

	let moment = chain.moment(at).await?;
	let known = known(chain, at, &read).await?;
	let questions = read.questions(&known);
	let compared = questions.len();
	let answers: Vec<_> = stream::iter(questions)
		.map(|(one, purpose, claim)| async move {
			let id = &one.customer;
			let found = chain.consent_as_of(at, id, purpose.purpose, moment).await?;
			let denial = match found {
				None => Some(Denial::NoConsent),
				Some(found) if found.denial.is_some() => found.denial,
				Some(found) if found.categories.contains(purpose.terms.categories) => None,
				Some(_) => Some(Denial::CategoryNotConsented),
			};
			Ok::<_, Error>((one, purpose, claim, denial))
		})
		.buffer_unordered(AT_ONCE)
		.try_collect()
		.await?;
	for (one, purpose, claim, denial) in answers {
		if let Some(problem) = compare(&claim, denial) {
			let detail = described(&purpose, problem);
			read.find(Some(one.line), &one.customer, problem, detail);
		}
	}
	let Read { rows, mut findings, .. } = read;
	findings.sort_by_key(|finding| (finding.line.is_none(), finding.line));
	Ok(Reconciled { rows, compared, findings, block: block.number(), block_hash: block.hash })
}

/// What the chain knows of the purposes of each controller whose customers the file has.
async fn known(chain: &Chain, at: H256, read: &Read) -> Result<BTreeMap<OrganisationId, Known>> {
	let mut known = BTreeMap::new();
	for (customer, _) in read.customers.values() {
		if let Entry::Vacant(of_one) = known.entry(customer.controller) {
			of_one.insert(Known::ask(chain, at, customer.controller, &[]).await?);
		}
	}
	Ok(known)
}

/// Reads a file and looks its customers up in the store.
fn read(store: &Store, mapping: &Mapping, file: &[u8]) -> Result<Read> {
	if !mapping.takes_consents() {
		return Err(Error::Usage(format!(
			"the mapping {:?} takes no consents, so that nothing can be compared: {}",
			mapping.source,
			match mapping.consents.is_empty() {
				true => "use one that says by `[[consents]]` where they stand",
				false => "name purposes by --purpose-map or as `[purposes]`",
			},
		)));
	}
	let mut read = Read::default();
	for (line, facts) in rows(mapping, file)? {
		read.rows += 1;
		match facts {
			Ok(facts) => read.row(store, mapping, line, facts)?,
			Err(reason) => {
				let problem = Problem::UnusableRow;
				read.findings.push(finding(Some(line), String::new(), None, problem, reason))
			},
		}
	}
	match read.rows {
		0 => Err(Error::Usage("the file has no rows, so that nothing can be compared".into())),
		_ => Ok(read),
	}
}

impl Read {
	fn row(&mut self, store: &Store, mapping: &Mapping, line: usize, facts: Facts) -> Result<()> {
		let customer = match owner(store, mapping, &facts)? {
			Ok(Some(customer)) => customer,
			unknown => {
				let reason = unknown.err().unwrap_or_else(|| "was not imported".into());
				let name = match (&mapping.link, &facts.link) {
					(Some(link), Some(id)) => format!("{}:{id}", link.source),
					_ => format!("{}:{}", mapping.source, facts.id),
				};
				let problem = Problem::UnknownCustomer;
				self.findings.push(finding(Some(line), name, None, problem, reason));
				return Ok(());
			},
		};
		let id = customer.id;
		self.customers.entry(id).or_insert_with(|| (customer, Vec::new())).1.push(line);
		// What cannot be used may be the basis.
		let names_basis = facts.consents.iter().any(|one| one.meaning.basis().is_some());
		if mapping.link.is_none() && !names_basis && facts.unusable.is_empty() {
			let detail = "names no lawful basis that the customer did not end".into();
			self.find(Some(line), &id, Problem::NoBasis, detail);
		}
		for Unusable { reason, ends } in facts.unusable {
			self.find(Some(line), &id, Problem::UnusableRow, reason.clone());
			self.unclear.push(Unclear { line, customer: id, ends, reason });
		}
		let wanted = facts.consents.into_iter();
		self.wanted.extend(wanted.map(|stated| Wanted { line, customer: id, stated }));
		Ok(())
	}

	/// Notes the customers of the source that the rows are linked to whom none is about.
	fn silent(&mut self, store: &Store, mapping: &Mapping) -> Result<()> {
		let Some(link) = &mapping.link else { return Ok(()) };
		for id in store.customers()? {
			let customer = store.customer(&id)?.filter(|one| one.origin.source == link.source);
			if let (Some(customer), false) = (customer, self.customers.contains_key(&id)) {
				self.customers.insert(id, (customer, Vec::new()));
				self.find(None, &id, Problem::NoBasis, "no row of the file is about it".into());
			}
		}
		Ok(())
	}

	/// Notes what is wrong with a row of a customer, or with there being none.
	fn find(&mut self, line: Option<usize>, id: &CustomerId, problem: Problem, detail: String) {
		let origin = self.customers.get(id).map(|(customer, _)| &customer.origin);
		let name = origin.map(|origin| format!("{}:{}", origin.source, origin.id));
		let name = name.unwrap_or_default();
		self.findings.push(finding(line, name, Some(*id), problem, detail));
	}

	/// Notes what is wrong with all rows of a customer, of which nothing else counts any more.
	fn dismiss(&mut self, id: &CustomerId, problem: Problem, detail: &str) {
		self.wanted.retain(|one| one.customer != *id);
		self.findings.retain(|finding| finding.id != Some(*id));
		let lines = self.customers.get(id).map_or(Vec::new(), |(_, lines)| lines.clone());
		for line in lines {
			self.find(Some(line), id, problem, detail.into());
		}
	}

	/// What to ask the chain; what fits no purpose is a finding without asking.
	fn questions(
		&mut self,
		known: &BTreeMap<OrganisationId, Known>,
	) -> Vec<(Wanted, PurposeInfo, Claim)> {
		let (chosen, refused) = latest(std::mem::take(&mut self.wanted), &self.unclear);
		for (one, reason) in refused {
			self.find(Some(one.line), &one.customer, Problem::UnusableRow, reason);
		}
		let mut questions = Vec::new();
		for one in chosen {
			let controller = self.customers.get(&one.customer).map(|(found, _)| found.controller);
			let Some(known) = controller.and_then(|controller| known.get(&controller)) else {
				continue;
			};
			match known.claim(&one.stated) {
				Ok((purpose, claim)) => questions.push((one, purpose.clone(), claim)),
				Err(reason) => {
					self.find(Some(one.line), &one.customer, Problem::WrongBasis, reason)
				},
			}
		}
		questions
	}
}

fn finding(
	line: Option<usize>,
	customer: String,
	id: Option<CustomerId>,
	problem: Problem,
	detail: String,
) -> Finding {
	Finding { line, customer, id, problem, detail, remedy: problem.remedy() }
}

/// Whether what a row claims agrees with what the chain permits, or why it does not.
fn compare(claim: &Claim, denial: Option<Denial>) -> Option<Problem> {
	match (claim, denial) {
		(Claim::Given(..) | Claim::OtherBasis, denial) => denial.map(Problem::Denied),
		// Who was only asked is not yet processed.
		(Claim::Requested, _) => None,
		(Claim::Withdrawn | Claim::Objected, None) => Some(Problem::OptOutNotOnChain),
		(Claim::Withdrawn | Claim::Objected, Some(_)) => None,
	}
}

fn described(purpose: &PurposeInfo, problem: Problem) -> String {
	let name = &purpose.name;
	match problem {
		Problem::Denied(denial) => {
			format!("is processed for {name:?}, which the chain denies: {}", word(&denial))
		},
		_ => format!("opted out of {name:?}, which the chain still permits"),
	}
}

/// The findings as a CSV file.
pub fn findings_file(findings: &[Finding]) -> String {
	let mut file = "line,customer,problem,detail,what to do\n".to_string();
	for Finding { line, customer, problem, detail, remedy, .. } in findings {
		let line = line.map(|line| line.to_string()).unwrap_or_default();
		let (customer, detail) = (quoted(customer), quoted(detail));
		file += &format!("{line},{customer},{},{detail},{}\n", word(problem), quoted(remedy));
	}
	file
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
