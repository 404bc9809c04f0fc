//! From what rows say of consents to statements that are recorded on the chain.
//!
//! Of several rows about one consent the one captured last counts, and none where one that cannot
//! be read may have ended it. What it says has to fit the purpose, and must not be older than what
//! the chain already knows: an import never overrides what a customer did on the chain since.

use super::{Lines, Reject, Summary};
use crate::{
	chain::Chain,
	mapping::consents::{Ends, Meaning, Stated},
	moment,
	store::{statements::Recorded, Store},
	words::word,
	Error, Result,
};
use consentry_primitives::{
	api::{ConsentInfo, PurposeInfo},
	consent::{Capture, ConsentState, Permission, Statement},
	CustomerId, LawfulBasis, Moment, OrganisationId, PurposeId,
};
use futures::{stream, StreamExt, TryStreamExt};
use sp_core::{crypto::AccountId32, H256};
use std::collections::{BTreeMap, BTreeSet};

/// Customers that are asked for at the same time.
const AT_ONCE: usize = 16;

/// What a row says of one consent of a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
	/// Number of its line.
	pub line: usize,
	/// The customer.
	pub customer: CustomerId,
	/// What it says.
	pub stated: Stated,
}

/// What a row says that cannot be used, and that may have ended consents of a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unclear {
	/// Number of its line.
	pub line: usize,
	/// The customer.
	pub customer: CustomerId,
	/// What it may have ended.
	pub ends: Ends,
	/// Why it cannot be used.
	pub reason: String,
}

/// What a file says of consents.
#[derive(Debug, Default)]
pub struct Draft {
	/// What its rows say, in their order.
	pub wanted: Vec<Wanted>,
	/// What they say that is not clear.
	pub unclear: Vec<Unclear>,
	/// Lines of which nothing else is to be submitted or was rejected.
	pub(super) quiet: BTreeSet<usize>,
	/// Where what was planned beside comes from.
	pub(super) lines: Lines,
}

/// What the chain knows before an import.
pub struct Known {
	/// The revisions of each of the controller's purposes, by its name, oldest first.
	pub purposes: BTreeMap<String, Vec<PurposeInfo>>,
	/// The customers' consents.
	pub consents: BTreeMap<(CustomerId, PurposeId), ConsentInfo<AccountId32>>,
	/// The time.
	pub now: Moment,
}

impl Known {
	/// Asks the chain.
	pub async fn ask(
		chain: &Chain,
		at: H256,
		controller: OrganisationId,
		wanted: &[Wanted],
	) -> Result<Self> {
		let revisions = |purpose: PurposeInfo| async move {
			let history = match purpose.revision {
				0 => None,
				_ => chain.purpose_history(at, purpose.purpose).await?,
			};
			Ok::<_, Error>((purpose.name.clone(), history.unwrap_or_else(|| vec![purpose])))
		};
		let purposes = stream::iter(chain.purposes(at, controller).await?)
			.map(revisions)
			.buffer_unordered(AT_ONCE)
			.try_collect()
			.await?;
		let customers: BTreeSet<_> = wanted.iter().map(|one| one.customer).collect();
		let consents: Vec<_> = stream::iter(customers)
			.map(|id| async move { chain.consents(at, &id).await.map(|found| (id, found)) })
			.buffer_unordered(AT_ONCE)
			.try_collect()
			.await?;
		let of_one = |(id, found): (CustomerId, Option<Vec<ConsentInfo<AccountId32>>>)| {
			found.into_iter().flatten().map(move |consent| ((id, consent.purpose), consent))
		};
		Ok(Self {
			purposes,
			consents: consents.into_iter().flat_map(of_one).collect(),
			// A chain that seals only what it is sent can be behind.
			now: chain.moment(at).await?.max(moment::now()),
		})
	}

	/// The purpose that a row means, and what it claims of it; or why that cannot be.
	pub fn claim(&self, stated: &Stated) -> Result<(&PurposeInfo, Claim), String> {
		let purpose = self
			.revisions(stated)
			.last()
			.ok_or_else(|| format!("the controller has no purpose {:?}", stated.purpose))?;
		let claim = claim(purpose, stated, self.now).map_err(of_purpose(stated))?;
		Ok((purpose, claim))
	}

	/// What the consent is to that a row tells of; or why that is not known.
	fn permission(&self, stated: &Stated) -> Result<Permission, String> {
		permission(self.revisions(stated), stated).map_err(of_purpose(stated))
	}

	fn revisions(&self, stated: &Stated) -> &[PurposeInfo] {
		self.purposes.get(&stated.purpose).map_or(&[], |revisions| revisions)
	}
}

fn of_purpose(stated: &Stated) -> impl Fn(String) -> String + '_ {
	|reason| format!("of the purpose {:?}: {reason}", stated.purpose)
}

/// What a row claims, once it fits its purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claim {
	/// That consent was given, and whether in two steps.
	Given(bool),
	/// That consent was asked for.
	Requested,
	/// That it was withdrawn.
	Withdrawn,
	/// That the customer objected.
	Objected,
	/// That it is processed on a basis that needs no consent.
	OtherBasis,
}

impl Claim {
	fn is_recorded_by(self, statement: &Statement) -> bool {
		matches!(
			(self, statement),
			(Self::Given(_), Statement::Give { .. })
				| (Self::Requested, Statement::Request { .. })
				| (Self::Withdrawn, Statement::Withdraw)
				| (Self::Objected, Statement::Object)
		)
	}
}

fn claim(purpose: &PurposeInfo, stated: &Stated, now: Moment) -> Result<Claim, String> {
	let rests = word(&purpose.basis);
	if let Some(basis) = stated.meaning.basis() {
		if basis != purpose.basis {
			let claimed = word(&basis);
			return Err(format!("it rests on {rests}, and the row claims {claimed}"));
		}
		if purpose.retired {
			return Err("it was retired".into());
		}
		if let Some(from) = stated.from.filter(|from| *from > now) {
			return Err(format!("the row counts only from {}", moment::shown(from)));
		}
		if let Some(until) = stated.until.filter(|until| *until <= now) {
			return Err(format!("what the row claims ended on {}", moment::shown(until)));
		}
	}
	if let Some(captured) = stated.captured.filter(|captured| *captured > now) {
		return Err(format!("the row was captured in the future, on {}", moment::shown(captured)));
	}
	let objectable = purpose.basis.can_be_objected_to();
	match stated.meaning {
		Meaning::Given => Ok(Claim::Given(stated.confirmed)),
		Meaning::Requested => Ok(Claim::Requested),
		Meaning::Withdrawn | Meaning::OptedOut if purpose.basis == LawfulBasis::Consent => {
			Ok(Claim::Withdrawn)
		},
		Meaning::Objected | Meaning::OptedOut if objectable => Ok(Claim::Objected),
		Meaning::Withdrawn | Meaning::Objected | Meaning::OptedOut => {
			Err(format!("it rests on {rests}, which this does not end"))
		},
		_ => Ok(Claim::OtherBasis),
	}
}

/// What a consent is to that was given when the row says: the notice and the categories that the
/// purpose had then, as far as it still needs these.
///
/// A row that names the version of the notice is taken at its word. Any other has to be captured
/// since the purpose is on the chain, and since it asks for new consent.
fn permission(revisions: &[PurposeInfo], stated: &Stated) -> Result<Permission, String> {
	let named = stated.notice_version;
	let possible: Vec<_> = revisions
		.iter()
		.filter(|one| named.is_none_or(|version| version == one.notice_version))
		.collect();
	let ([_, ..], Some(latest)) = (&possible[..], revisions.last()) else {
		return Err(format!("its notice has no version {}", named.unwrap_or_default()));
	};
	let renewed = revisions.iter().find(|one| one.notice_version >= latest.consents_since);
	if let (None, Some(renewed)) = (named, renewed) {
		if stated.captured.is_none_or(|captured| captured < renewed.since) {
			let what = match renewed.revision {
				0 => "it is on the chain",
				_ => "its notice asks for new consent",
			};
			return Err(format!(
				"{what} since {}, and the row does not say that it was captured since: name the \
				 version of the notice that was shown by --notice-version, or by `notice-version` in \
				 the mapping; or ask the customer again",
				moment::shown(renewed.since),
			));
		}
	}
	let at =
		stated.captured.and_then(|captured| possible.iter().rposition(|one| one.since <= captured));
	let in_force = at.map_or(&possible[..], |at| std::slice::from_ref(&possible[at]));
	let categories = in_force
		.iter()
		.fold(latest.terms.categories, |common, one| common.intersection(one.terms.categories));
	if categories.to_vec().is_empty() {
		return Err(
			"it needs nothing any more of what it needed then: ask the customer again".into()
		);
	}
	Ok(Permission {
		notice_version: in_force[0].notice_version,
		categories,
		until: stated.until,
		expression: stated.expression,
		receipt: None,
	})
}

/// Of the rows about one consent the one captured last; and those that cannot count, with why:
/// they contradict each other without telling which is later, or the consent may have ended.
///
/// Rows about different parts of a purpose follow each other only within their part. The latest of
/// each part have to agree: then the end captured last speaks for all of them, or the consent
/// captured first.
pub fn latest(wanted: Vec<Wanted>, unclear: &[Unclear]) -> (Vec<Wanted>, Vec<(Wanted, String)>) {
	let mut of_consent: BTreeMap<(CustomerId, String), Vec<Wanted>> = BTreeMap::new();
	for one in wanted {
		of_consent.entry((one.customer, one.stated.purpose.clone())).or_default().push(one);
	}
	let mut of_customer: BTreeMap<CustomerId, Vec<&Unclear>> = BTreeMap::new();
	for one in unclear {
		of_customer.entry(one.customer).or_default().push(one);
	}
	let (mut chosen, mut refused) = (Vec::new(), Vec::new());
	for ((customer, purpose), all) in of_consent {
		let mut of_part: BTreeMap<_, Vec<Wanted>> = BTreeMap::new();
		for one in all {
			of_part.entry(one.stated.part.clone()).or_default().push(one);
		}
		let mut candidates: Vec<Vec<_>> = of_part.into_values().map(candidates).collect();
		let said = says(&candidates[0][0]);
		if !candidates.iter().flatten().all(|one| says(one) == said) {
			let mut candidates: Vec<_> = candidates.into_iter().flatten().collect();
			candidates.sort_by_key(|one| one.line);
			let lines: Vec<_> = candidates.iter().map(|one| one.line.to_string()).collect();
			let reason = format!(
				"lines {} contradict each other about {purpose:?}, and none was captured later",
				lines.join(", "),
			);
			refused.extend(candidates.into_iter().map(|one| (one, reason.clone())));
			continue;
		}
		candidates.sort_by_key(|of_part| (of_part[0].stated.captured, of_part[0].line));
		let speaks = if said.0.is_an_end() { candidates.len() - 1 } else { 0 };
		let one = candidates.swap_remove(speaks).swap_remove(0);
		let mut of_customer = of_customer.get(&customer).into_iter().flatten();
		match of_customer.find(|unclear| unclear.ends.may_be(&purpose)) {
			Some(Unclear { line, reason, .. }) if one.stated.meaning.is_a_consent() => {
				let reason = format!(
					"consents to {purpose:?}, which line {line} may have ended: it {reason}",
				);
				refused.push((one, reason));
			},
			_ => chosen.push(one),
		}
	}
	chosen.sort_by_key(|one| one.line);
	(chosen, refused)
}

/// The rows about one part of a purpose that can be the last: those captured last, and those that
/// have no date, which can be as late as any. Those with a date come first.
fn candidates(all: Vec<Wanted>) -> Vec<Wanted> {
	let newest = all.iter().filter_map(|one| one.stated.captured).max();
	let is_candidate = |one: &Wanted| one.stated.captured.is_none_or(|at| Some(at) == newest);
	let mut candidates: Vec<_> = all.into_iter().filter(is_candidate).collect();
	candidates.sort_by_key(|one| (one.stated.captured.is_none(), one.line));
	candidates
}

/// What rows about one consent have to agree on.
fn says(one: &Wanted) -> (Meaning, Option<(Option<Moment>, Option<Moment>, bool)>) {
	let Stated { meaning, from, until, confirmed, .. } = one.stated;
	(meaning, (!meaning.is_an_end()).then_some((from, until, confirmed)))
}

/// What is to be recorded.
#[derive(PartialEq, Eq, Debug)]
enum Due {
	/// These statements, in this order.
	State(Vec<Statement>),
	/// Nothing: what was opted out of was never given.
	NotGiven,
	/// Nothing: the chain knows it.
	Nothing,
}

/// What is known of a consent before a row says something of it.
#[derive(Clone, Copy, Default)]
struct Before<'a> {
	/// What was recorded last.
	last: Option<&'a Recorded>,
	/// When it was last opted out of, as far as the chain does not tell.
	opted_out: Option<Moment>,
	/// What the chain has.
	current: Option<&'a ConsentInfo<AccountId32>>,
}

/// What is to be recorded of a claim.
fn due(
	claim: Claim,
	permission: Result<Permission, String>,
	stated: &Stated,
	before: Before,
) -> Result<Due, String> {
	use ConsentState::*;
	let Before { last, opted_out, current } = before;
	let state = current.map(|current| current.state);
	let is_the_same = |last: &Recorded| {
		claim.is_recorded_by(&last.statement) && last.fact.sealed.holds(&stated.evidence)
	};
	if last.is_some_and(is_the_same) {
		return Ok(Due::Nothing);
	}
	let last = last.filter(|last| {
		let evidence = last.fact.commitment;
		current.is_some_and(|current| {
			matches!(&current.capture, Capture::Recorded { evidence: found, .. } if *found == evidence)
		})
	});
	match claim {
		Claim::OtherBasis => return Ok(Due::Nothing),
		// What the customer gave on the chain is better evidence than any export.
		Claim::Given(_) if state == Some(Given) && last.is_none() => return Ok(Due::Nothing),
		Claim::Requested if matches!(state, Some(Given | Requested)) => return Ok(Due::Nothing),
		Claim::Withdrawn if state == Some(Withdrawn) => return Ok(Due::Nothing),
		Claim::Withdrawn if !matches!(state, Some(Given | Requested)) => return Ok(Due::NotGiven),
		Claim::Objected if state == Some(Objected) => return Ok(Due::Nothing),
		_ => {},
	}
	ensure_later(stated, Before { last, opted_out, current })?;
	Ok(Due::State(match claim {
		Claim::Given(false) if state == Some(Requested) => {
			let reason =
				"the chain waits for the customer to confirm, and the row tells of no confirmation";
			return Err(reason.into());
		},
		// What was asked for before may have been less: it is asked for anew.
		Claim::Given(true) if state != Some(Given) => {
			let permission = permission?;
			vec![
				Statement::Request { permission: permission.clone() },
				Statement::Give { permission },
			]
		},
		Claim::Given(_) => vec![Statement::Give { permission: permission? }],
		Claim::Requested => vec![Statement::Request { permission: permission? }],
		Claim::Withdrawn => vec![Statement::Withdraw],
		Claim::Objected => vec![Statement::Object],
		Claim::OtherBasis => Vec::new(),
	}))
}

/// Fails where a row is not later than what it would change.
fn ensure_later(stated: &Stated, before: Before) -> Result<(), String> {
	use ConsentState::{Given, Requested};
	let Before { last, opted_out, current } = before;
	let (captured, is_an_end) = (stated.captured, stated.meaning.is_an_end());
	let stands = current.is_some_and(|current| matches!(current.state, Given | Requested));
	let on_chain = current.map(|current| {
		// Of what was imported, the export's own date counts.
		last.and_then(|last| last.captured).unwrap_or(current.since)
	});
	// One opt-out does not outdate another.
	let opted_out = opted_out.filter(|_| !is_an_end);
	let known = on_chain.max(opted_out);
	let is_outdated = match last {
		// What an import said another corrects, unless the dates tell that it is the older. But
		// nothing undated gives anew what ended.
		Some(last) if is_an_end || stands => {
			captured.zip(last.captured).is_some_and(|(new, old)| new < old)
		},
		_ => known.is_some_and(|known| captured.is_none_or(|captured| captured <= known)),
	};
	let told = match current {
		_ if !is_outdated => return Ok(()),
		Some(current) if on_chain >= opted_out => {
			let since = moment::shown(current.since);
			format!("the chain has it {} since {since}", word(&current.state))
		},
		_ => format!(
			"an import told that it was opted out of, on {}",
			moment::shown(opted_out.unwrap_or_default()),
		),
	};
	Err(format!("{told}, and the row does not say that it is later"))
}

/// Plans what a file says of consents, and tells from which lines. What was planned before and
/// never sent is planned anew.
pub fn plan_consents(
	store: &mut Store,
	known: &Known,
	draft: Draft,
	summary: &mut Summary,
) -> Result<Lines> {
	let Draft { wanted, unclear, mut quiet, mut lines } = draft;
	let (chosen, refused) = latest(wanted, &unclear);
	let reject = |line, reason| Reject { line: Some(line), reason };
	let mut rejects: Vec<_> =
		refused.into_iter().map(|(one, reason)| reject(one.line, reason)).collect();
	store.in_bulk(|store| {
		store.drop_planned_statements()?;
		for Wanted { line, customer, stated } in chosen {
			// Why it was not registered is told already.
			if !store.customer(&customer)?.is_some_and(|customer| customer.done) {
				quiet.remove(&line);
				continue;
			}
			let (purpose, due) = match known.claim(&stated) {
				Ok((PurposeInfo { purpose, .. }, claim)) => {
					let last = store.last_statement(&customer, *purpose)?;
					let before = Before {
						last: last.as_ref(),
						opted_out: store.opted_out(&customer, *purpose)?,
						current: known.consents.get(&(customer, *purpose)),
					};
					(*purpose, due(claim, known.permission(&stated), &stated, before))
				},
				Err(reason) => {
					rejects.push(reject(line, reason));
					continue;
				},
			};
			// Nothing on the chain tells of an end that is not recorded.
			if stated.meaning.is_an_end() && matches!(due, Ok(Due::NotGiven | Due::Nothing)) {
				let captured = stated.captured.unwrap_or(known.now);
				store.keep_opt_out(&customer, purpose, captured)?;
			}
			match due {
				Ok(Due::State(statements)) => {
					quiet.remove(&line);
					let Stated { captured, evidence, .. } = &stated;
					let keys = store.plan_statements(
						&customer,
						purpose,
						&statements,
						*captured,
						evidence,
					)?;
					lines.facts.extend(keys.into_iter().map(|key| (key, line)));
				},
				Ok(Due::NotGiven) => summary.not_given += 1,
				Ok(Due::Nothing) => {},
				Err(reason) => rejects.push(reject(line, reason)),
			}
		}
		Ok(())
	})?;
	for line in rejects.iter().filter_map(|reject| reject.line) {
		quiet.remove(&line);
	}
	summary.unchanged += quiet.len();
	summary.rejects.append(&mut rejects);
	Ok(lines)
}

#[cfg(test)]
#[path = "consents_tests.rs"]
mod tests;
