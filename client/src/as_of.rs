//! Whether a consent was valid for a purpose at a moment, with a proof that is checked offline.
//!
//! Revision r of a consent counted at a moment if it had begun by then and revision r + 1, if
//! there is one, had not; the same with the purpose. All of them are values of one block's state.

use crate::{
	chain::customer_key,
	finality::Pin,
	moment::Timestamp,
	proof::{State, StateProof},
	revisions::{consent_key, past_consent_key, past_purpose_key, purpose_key},
	verify::Verifier,
	words::{word, words},
	Error, Result,
};
use consentry_primitives::{api::ConsentAsOf, Categories, CustomerId, Moment, PurposeId};
use serde::{Deserialize, Serialize};
use sp_core::crypto::AccountId32;

/// What was permitted at a moment, with its proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AsOf {
	/// The customer.
	pub customer: CustomerId,
	/// The purpose.
	pub purpose: PurposeId,
	/// The moment.
	pub moment: Timestamp,
	/// What was permitted.
	pub answer: ConsentAsOf<AccountId32>,
	/// What proves it.
	pub state: StateProof,
}

impl AsOf {
	/// Asks the node, and proves what it answers in the state of the verifier's block.
	pub async fn take(
		verifier: &Verifier<'_>,
		customer: CustomerId,
		purpose: PurposeId,
		moment: Moment,
	) -> Result<Self> {
		let at = verifier.block().hash;
		let answer = verifier.chain().consent_as_of(at, &customer, purpose, moment).await?;
		let moment = Timestamp(moment);
		let answer = answer.ok_or_else(|| {
			Error::NotFound(format!(
				"the chain has no answer for {}: it lies in the future, before the purpose or before the \
				 customer was registered, the purpose is another controller's, or the customer is \
				 unknown or erased",
				String::from(moment),
			))
		})?;
		let state = StateProof::take(verifier, &keys(&customer, purpose, &answer)).await?;
		let taken = Self { customer, purpose, moment, answer, state };
		taken.check(None)?;
		Ok(taken)
	}

	/// Checks the answer by its proof. With a `trusted` authority set, that one must have finalised
	/// the block.
	pub fn check(&self, trusted: Option<&Pin>) -> Result<State> {
		let Self { customer, purpose, answer, .. } = self;
		let state = self.state.check(&keys(customer, *purpose, answer), trusted)?;
		match self.derive(&state)? == *answer {
			true => Ok(state),
			false => Err(invalid("what the state holds does not lead to the answer")),
		}
	}

	/// The answer as it follows from the state.
	fn derive(&self, state: &State) -> Result<ConsentAsOf<AccountId32>> {
		let (customer, id, moment) = (&self.customer, self.purpose, self.moment.0);
		if state.moment()? < moment {
			return Err(invalid("the moment lies after the block's time"));
		}
		let live = state.customer(customer)?.filter(|customer| customer.erased.is_none());
		let live = live.ok_or_else(|| invalid("the customer is unknown or was erased"))?;
		if moment < live.registered {
			return Err(invalid("the customer was not registered yet"));
		}
		let purpose = state.purpose(id)?.filter(|purpose| purpose.controller == live.controller);
		let purpose =
			purpose.ok_or_else(|| invalid("the customer's controller has no such purpose"))?;

		let number = self.answer.purpose.revision;
		let then = in_effect(
			moment,
			Some(number),
			purpose.revision,
			|number| state.purpose_revision(id, &purpose, number),
			|revision| revision.since,
		)?;
		let then = then.ok_or_else(|| invalid("the purpose did not exist"))?;

		let consent_number = self.answer.consent.as_ref().map(|consent| consent.revision);
		let consent_then = match (state.consent(customer, id)?, consent_number) {
			(Some(consent), number) => in_effect(
				moment,
				number,
				consent.revision,
				|number| state.consent_revision(customer, id, &consent, number),
				|revision| revision.since,
			)?,
			(None, None) => None,
			(None, Some(_)) => return Err(invalid("there never was a consent")),
		};
		let permitted = purpose.decide(&then, consent_then.as_ref(), moment);
		Ok(ConsentAsOf {
			purpose: purpose.info(id, number, then),
			consent: consent_then
				.zip(consent_number)
				.map(|(revision, number)| revision.info(id, number, moment)),
			categories: permitted.unwrap_or(Categories(0)),
			denial: permitted.err(),
		})
	}
}

impl std::fmt::Display for AsOf {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		let ConsentAsOf { purpose, consent, categories, denial } = &self.answer;
		let (moment, name) = (String::from(self.moment), &purpose.name);
		write!(f, "At {moment}, data of customer {:?} ", self.customer)?;
		match denial {
			None => {
				let categories = words(&categories.to_vec());
				write!(f, "could be processed for {name:?} ({categories})")?;
			},
			Some(denial) => write!(f, "could not be processed for {name:?} ({})", word(denial))?,
		}
		write!(f, ", under revision {} of the purpose and ", purpose.revision)?;
		match consent {
			Some(consent) => write!(f, "revision {} of the consent", consent.revision),
			None => write!(f, "no consent"),
		}
	}
}

/// The revision with this number, once it is found to be the one that counted at `moment`; with
/// `None`, nothing, once it is found that the first revision began later.
fn in_effect<R>(
	moment: Moment,
	number: Option<u32>,
	latest: u32,
	load: impl Fn(u32) -> Result<Option<R>>,
	since: impl Fn(&R) -> Moment,
) -> Result<Option<R>> {
	let load = |number: u32| {
		load(number)?.ok_or_else(|| invalid(format!("the state has no revision {number}")))
	};
	let next = number.map_or(0, |number| number.saturating_add(1));
	if next <= latest && since(&load(next)?) <= moment {
		return Err(invalid(format!("revision {next} counted by then")));
	}
	let revision = number.map(load).transpose()?;
	match revision.as_ref().is_some_and(|revision| since(revision) > moment) {
		true => Err(invalid("the revision named did not count yet")),
		false => Ok(revision),
	}
}

/// All that the answer follows from.
fn keys(
	customer: &CustomerId,
	purpose: PurposeId,
	answer: &ConsentAsOf<AccountId32>,
) -> Vec<Vec<u8>> {
	let of_purpose = answer.purpose.revision;
	let next = answer.consent.as_ref().map_or(0, |consent| consent.revision.saturating_add(1));
	let mut keys = vec![
		customer_key(customer),
		purpose_key(purpose),
		past_purpose_key(purpose, of_purpose),
		past_purpose_key(purpose, of_purpose.saturating_add(1)),
		consent_key(customer, purpose),
		past_consent_key(customer, purpose, next),
	];
	if let Some(consent) = &answer.consent {
		keys.push(past_consent_key(customer, purpose, consent.revision));
	}
	keys
}

fn invalid(reason: impl std::fmt::Display) -> Error {
	Error::Verification(format!("the answer is not proven: {reason}"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		proof::{read_strictly, tests::prove},
		revisions::{
			tests::{consent_revision, customer, permission, purpose_revision, values, PURPOSE},
			ConsentRevision, PurposeRevision,
		},
	};
	use consentry_primitives::{consent::ConsentState, Denial};

	/// The block's time.
	const NOW: Moment = 100;

	/// Purpose revised at 10 and 50, the latter for new consent; consent given at 20, withdrawn at
	/// 30, given anew at 60 until 80.
	fn history() -> (Vec<PurposeRevision>, Vec<ConsentRevision>) {
		let given = |since, version, until| {
			consent_revision(since, ConsentState::Given, permission(version, until))
		};
		let withdrawn = consent_revision(30, ConsentState::Withdrawn, permission(1, None));
		(
			vec![purpose_revision(10, 1), purpose_revision(50, 2)],
			vec![given(20, 1, None), withdrawn, given(60, 2, Some(80))],
		)
	}

	/// An answer that claims these revisions at `moment`, as derived from them if they are right.
	fn claim(moment: Moment, purpose: u32, consent: Option<u32>) -> Result<AsOf> {
		claim_of(history(), moment, purpose, consent)
	}

	/// The same of another history.
	fn claim_of(
		(purposes, consents): (Vec<PurposeRevision>, Vec<ConsentRevision>),
		moment: Moment,
		purpose: u32,
		consent: Option<u32>,
	) -> Result<AsOf> {
		let head = |number: u32| purposes[number as usize].clone();
		let stored = crate::revisions::Purpose::for_tests(purposes.last().unwrap().clone());
		let then = consent.map(|number| consents[number as usize].clone());
		let decided = stored.decide(&head(purpose), then.as_ref(), moment);
		let answer = ConsentAsOf {
			purpose: stored.info(PURPOSE, purpose, head(purpose)),
			consent: then.zip(consent).map(|(then, number)| then.info(PURPOSE, number, moment)),
			categories: decided.unwrap_or(Categories(0)),
			denial: decided.err(),
		};
		let values = values(&keys(&customer(), PURPOSE, &answer), &purposes, &consents);
		let as_of = AsOf {
			customer: customer(),
			purpose: PURPOSE,
			moment: Timestamp(moment),
			answer,
			state: prove(NOW, &values),
		};
		as_of.check(None).map(|_| as_of)
	}

	#[test]
	fn each_moment_has_one_answer_that_can_be_proven() {
		for moment in 10..=NOW {
			let right = match moment {
				..20 => (0, None, Some(Denial::NoConsent)),
				20..30 => (0, Some(0), None),
				30..50 => (0, Some(1), Some(Denial::ConsentWithdrawn)),
				50..60 => (1, Some(1), Some(Denial::ConsentWithdrawn)),
				60..80 => (1, Some(2), None),
				_ => (1, Some(2), Some(Denial::ConsentExpired)),
			};
			for purpose in 0..2 {
				for consent in [None, Some(0), Some(1), Some(2)] {
					match claim(moment, purpose, consent) {
						Ok(proven) => {
							let found = (purpose, consent, proven.answer.denial);
							assert_eq!(found, right, "at {moment}");
						},
						Err(error) => {
							assert!(matches!(error, Error::Verification(_)), "{error}");
							assert_ne!(
								(purpose, consent),
								(right.0, right.1),
								"at {moment}: {error}"
							);
						},
					}
				}
			}
		}
	}

	#[test]
	fn moments_before_the_purpose_and_after_the_block_have_no_answer() {
		for moment in [9, NOW + 1] {
			for purpose in 0..2 {
				assert!(claim(moment, purpose, None).is_err());
				assert!(claim(moment, purpose, Some(2)).is_err());
			}
		}
	}

	#[test]
	fn a_moment_before_the_customer_has_no_answer() {
		// The purpose is older than the customer, who is registered at 1.
		let history = || (vec![purpose_revision(0, 1)], Vec::new());
		claim_of(history(), 1, 0, None).unwrap();
		let refused = claim_of(history(), 0, 0, None);
		let reason = refused.unwrap_err().to_string();
		assert!(reason.contains("was not registered yet"), "{reason}");
	}

	#[test]
	fn another_answer_is_refused() {
		let right = claim(25, 0, Some(0)).unwrap();
		let json = serde_json::to_value(&right).unwrap();
		for pointer in [
			"/moment",
			"/customer",
			"/purpose",
			"/answer/purpose/controller",
			"/answer/purpose/name",
			"/answer/purpose/terms/retentionDays",
			"/answer/consent/since",
			"/answer/consent/state",
			"/answer/consent/permission/until",
			"/answer/categories/0",
			"/answer/denial",
			"/state/nodes/0",
		] {
			let mut changed = json.clone();
			let field = changed.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"));
			*field = match &*field {
				serde_json::Value::String(text) if text == "given" => "requested".into(),
				serde_json::Value::String(text) if text == "contact" => "identity".into(),
				serde_json::Value::String(text) if pointer == "/moment" => {
					text.replace("00.025", "00.055").into()
				},
				serde_json::Value::String(text) => {
					let at = text.len() - 4;
					let other = if &text[at..=at] == "1" { "2" } else { "1" };
					format!("{}{other}{}", &text[..at], &text[at + 1..]).into()
				},
				serde_json::Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
				_ if pointer == "/answer/denial" => "no-consent".into(),
				_ => 90.into(),
			};
			let changed = changed.to_string();
			let read = read_strictly::<AsOf>("an answer", changed.as_bytes());
			let result = read.and_then(|as_of| as_of.check(None));
			let refused = matches!(result, Err(Error::Verification(_)));
			assert!(refused, "{pointer}: {result:?}");
		}
	}
}
