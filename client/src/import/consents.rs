//! From what rows say of consents to statements that are recorded on the chain.
//!
//! Of several rows about one consent the one captured last counts. What it says has to fit the
//! purpose, and must not be older than what the chain already knows: an import never overrides
//! what a customer did on the chain since.

use super::{Lines, Reject, Summary};
use crate::{
	chain::Chain,
	mapping::consents::{Meaning, Stated},
	moment,
	store::{statements::Recorded, Store},
	words::word,
	Result,
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

/// What a file says of consents.
#[derive(Debug, Default)]
pub struct Draft {
	/// What its rows say, in their order.
	pub wanted: Vec<Wanted>,
	/// Lines of which nothing else is to be submitted or was rejected.
	pub(super) quiet: BTreeSet<usize>,
	/// Where what was planned beside comes from.
	pub(super) lines: Lines,
}

/// What the chain knows before an import.
pub struct Known {
	/// The controller's purposes, by name.
	pub purposes: BTreeMap<String, PurposeInfo>,
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
		let purposes = chain.purposes(at, controller).await?.into_iter();
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
			purposes: purposes.map(|purpose| (purpose.name.clone(), purpose)).collect(),
			consents: consents.into_iter().flat_map(of_one).collect(),
			// A chain that seals only what it is sent can be behind.
			now: chain.moment(at).await?.max(moment::now()),
		})
	}

	/// The purpose that a row means, and what it claims of it; or why that cannot be.
	pub fn claim(&self, stated: &Stated) -> Result<(&PurposeInfo, Claim), String> {
		let purpose = self
			.purposes
			.get(&stated.purpose)
			.ok_or_else(|| format!("the controller has no purpose {:?}", stated.purpose))?;
		let claim = claim(purpose, stated, self.now)
			.map_err(|reason| format!("of the purpose {:?}: {reason}", purpose.name))?;
		Ok((purpose, claim))
	}
}

/// What a row claims, once it fits its purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
	/// That consent was given, and whether in two steps.
	Given(Permission, bool),
	/// That consent was asked for.
	Requested(Permission),
	/// That it was withdrawn.
	Withdrawn,
	/// That the customer objected.
	Objected,
	/// That it is processed on a basis that needs no consent.
	OtherBasis,
}

impl Claim {
	fn is_recorded_by(&self, statement: &Statement) -> bool {
		matches!(
			(self, statement),
			(Self::Given(..), Statement::Give { .. })
				| (Self::Requested(_), Statement::Request { .. })
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
	let permission = || {
		let notice_version = stated.notice_version.unwrap_or(purpose.consents_since);
		if notice_version == 0 || notice_version > purpose.notice_version {
			return Err(format!("its notice has no version {notice_version}"));
		}
		Ok(Permission {
			notice_version,
			categories: purpose.terms.categories,
			until: stated.until,
			expression: stated.expression,
			receipt: None,
		})
	};
	let objectable = purpose.basis.can_be_objected_to();
	match stated.meaning {
		Meaning::Given => Ok(Claim::Given(permission()?, stated.confirmed)),
		Meaning::Requested => Ok(Claim::Requested(permission()?)),
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

/// Of the rows about one consent the one captured last; and those that contradict each other
/// without telling which is later, with that as a reason.
pub fn latest(wanted: Vec<Wanted>) -> (Vec<Wanted>, Vec<(Wanted, String)>) {
	let mut of_consent: BTreeMap<(CustomerId, String), Vec<Wanted>> = BTreeMap::new();
	for one in wanted {
		of_consent.entry((one.customer, one.stated.purpose.clone())).or_default().push(one);
	}
	let (mut chosen, mut contradicting) = (Vec::new(), Vec::new());
	for all in of_consent.into_values() {
		let newest = all.iter().filter_map(|one| one.stated.captured).max();
		// What has no date can be as late as any.
		let mut candidates: Vec<_> = all
			.into_iter()
			.filter(|one| one.stated.captured.is_none() || one.stated.captured == newest)
			.collect();
		let says = |one: &Wanted| (one.stated.meaning, one.stated.until);
		if candidates.iter().all(|one| says(one) == says(&candidates[0])) {
			candidates.sort_by_key(|one| (one.stated.captured.is_none(), one.line));
			chosen.push(candidates.swap_remove(0));
			continue;
		}
		let lines: Vec<_> = candidates.iter().map(|one| one.line.to_string()).collect();
		let reason = format!(
			"lines {} contradict each other about {:?}, and none was captured later",
			lines.join(", "),
			candidates[0].stated.purpose,
		);
		contradicting.extend(candidates.into_iter().map(|one| (one, reason.clone())));
	}
	chosen.sort_by_key(|one| one.line);
	(chosen, contradicting)
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

/// What is to be recorded of a claim, given what was recorded last and what the chain has now.
fn due(
	claim: Claim,
	stated: &Stated,
	last: Option<&Recorded>,
	current: Option<&ConsentInfo<AccountId32>>,
) -> Result<Due, String> {
	use ConsentState::*;
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
	let statements = match claim {
		Claim::OtherBasis => return Ok(Due::Nothing),
		// What the customer gave on the chain is better evidence than any export.
		Claim::Given(..) if state == Some(Given) && last.is_none() => return Ok(Due::Nothing),
		Claim::Given(_, false) if state == Some(Requested) => {
			let reason =
				"the chain waits for the customer to confirm, and the row tells of no confirmation";
			return Err(reason.into());
		},
		// What was asked for before may have been less: it is asked for anew.
		Claim::Given(permission, true) if state != Some(Given) => {
			vec![
				Statement::Request { permission: permission.clone() },
				Statement::Give { permission },
			]
		},
		Claim::Given(permission, _) => vec![Statement::Give { permission }],
		Claim::Requested(_) if matches!(state, Some(Given | Requested)) => return Ok(Due::Nothing),
		Claim::Requested(permission) => vec![Statement::Request { permission }],
		Claim::Withdrawn if state == Some(Withdrawn) => return Ok(Due::Nothing),
		Claim::Withdrawn if !matches!(state, Some(Given | Requested)) => return Ok(Due::NotGiven),
		Claim::Withdrawn => vec![Statement::Withdraw],
		Claim::Objected if state == Some(Objected) => return Ok(Due::Nothing),
		Claim::Objected => vec![Statement::Object],
	};
	let Some(current) = current else { return Ok(Due::State(statements)) };
	let outdated = match (last, stated.captured) {
		// Of what was imported before, the export's own dates tell the order, or its own change.
		(Some(last), captured) => captured.zip(last.captured).is_some_and(|(new, old)| new < old),
		(None, Some(captured)) => captured <= current.since,
		(None, None) => true,
	};
	match outdated {
		false => Ok(Due::State(statements)),
		true => Err(format!(
			"the chain has it {} since {}, and the row does not say that it is later",
			word(&current.state),
			moment::shown(current.since),
		)),
	}
}

/// Plans what a file says of consents, and tells from which lines. What was planned before and
/// never sent is planned anew.
pub fn plan_consents(
	store: &mut Store,
	known: &Known,
	draft: Draft,
	summary: &mut Summary,
) -> Result<Lines> {
	let Draft { wanted, mut quiet, mut lines } = draft;
	let (chosen, contradicting) = latest(wanted);
	let reject = |line, reason| Reject { line: Some(line), reason };
	let mut rejects: Vec<_> =
		contradicting.into_iter().map(|(one, reason)| reject(one.line, reason)).collect();
	store.in_bulk(|store| {
		store.drop_planned_statements()?;
		for Wanted { line, customer, stated } in chosen {
			// Why it was not registered is told already.
			if !store.customer(&customer)?.is_some_and(|customer| customer.done) {
				quiet.remove(&line);
				continue;
			}
			let due = match known.claim(&stated) {
				Ok((PurposeInfo { purpose, .. }, claim)) => {
					let last = store.last_statement(&customer, *purpose)?;
					let current = known.consents.get(&(customer, *purpose));
					due(claim, &stated, last.as_ref(), current).map(|due| (*purpose, due))
				},
				Err(reason) => Err(reason),
			};
			match due {
				Ok((purpose, Due::State(statements))) => {
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
				Ok((_, Due::NotGiven)) => summary.not_given += 1,
				Ok((_, Due::Nothing)) => {},
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
