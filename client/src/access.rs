//! What became of a request for access, read from the events of the block that took it.

use crate::{submit::Event, Error, Result};
use codec::{Decode, DecodeAll};
use consentry_primitives::{
	access::Refusal, CustomerId, Denial, Moment, OrganisationId, PurposeId,
};
use serde::Serialize;
use sp_core::{crypto::AccountId32, H256};

const PALLET: &str = "AccessGrants";

/// The decision about one customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
	/// The customer.
	pub customer: CustomerId,
	/// Why access was denied, if it was.
	pub denial: Option<Denial>,
	/// The decision's id; `None` where there is no such customer, and so no trail that holds it.
	pub decision: Option<H256>,
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
	/// The decisions, in the order of the customers asked for.
	pub decisions: Vec<Decision>,
	/// Why nothing was decided.
	pub refusal: Option<Refusal>,
	/// The controllers whose policies suspended the account because of this request.
	pub suspended_by: Vec<OrganisationId>,
	/// By when an access in an emergency has to be reviewed.
	pub review_due: Option<Moment>,
}

impl Outcome {
	/// Reads the events of a request.
	pub fn read(events: &[Event]) -> Result<Self> {
		let mut outcome = Self::default();
		for event in events.iter().filter(|event| event.pallet == PALLET) {
			match event.name.as_str() {
				"Authorised" => {
					let (_, customer, _, decision): (AccountId32, _, PurposeId, H256) =
						fields(event)?;
					outcome.push(customer, None, Some(decision));
				},
				"Denied" => {
					let (_, customer, _, denial, decision): (AccountId32, _, PurposeId, _, _) =
						fields(event)?;
					outcome.push(customer, Some(denial), decision);
				},
				"GlassBroken" => {
					let (_, customer, _, decision, due): (OrganisationId, _, AccountId32, _, _) =
						fields(event)?;
					outcome.push(customer, None, Some(decision));
					outcome.review_due = Some(due);
				},
				"Refused" => {
					let (_, refusal): (AccountId32, _) = fields(event)?;
					outcome.refusal = Some(refusal);
				},
				"Suspended" => {
					let (_, controller): (AccountId32, _) = fields(event)?;
					outcome.suspended_by.push(controller);
				},
				_ => {},
			}
		}
		Ok(outcome)
	}

	fn push(&mut self, customer: CustomerId, denial: Option<Denial>, decision: Option<H256>) {
		self.decisions.push(Decision { customer, denial, decision });
	}

	/// Whether all that was asked for may be read.
	pub fn is_authorised(&self) -> bool {
		let denied = self.decisions.iter().any(|decision| decision.denial.is_some());
		self.refusal.is_none() && !denied && !self.decisions.is_empty()
	}
}

fn fields<T: Decode>(event: &Event) -> Result<T> {
	T::decode_all(&mut &event.fields[..])
		.map_err(Error::malformed(format!("the event {}.{}", event.pallet, event.name)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	const ACCOUNT: AccountId32 = AccountId32::new([1; 32]);

	fn event(name: &str, fields: impl Encode) -> Event {
		Event { pallet: PALLET.into(), name: name.into(), fields: fields.encode() }
	}

	#[test]
	fn decisions_keep_their_order() {
		let (one, other) = (H256::repeat_byte(2), H256::repeat_byte(3));
		let id = H256::repeat_byte(4);
		let events = [
			event("Authorised", (ACCOUNT, one, 7u32, id)),
			Event { pallet: "System".into(), name: "ExtrinsicSuccess".into(), fields: vec![1] },
			event("Denied", (ACCOUNT, other, 7u32, Denial::NoConsent, Some(id))),
			event("Denied", (ACCOUNT, one, 7u32, Denial::UnknownCustomer, None::<H256>)),
			event("Suspended", (ACCOUNT, 5u32)),
		];
		let outcome = Outcome::read(&events).unwrap();
		let decision = |customer, denial, decision| Decision { customer, denial, decision };
		assert_eq!(
			outcome.decisions,
			[
				decision(one, None, Some(id)),
				decision(other, Some(Denial::NoConsent), Some(id)),
				decision(one, Some(Denial::UnknownCustomer), None),
			],
		);
		assert_eq!((&outcome.suspended_by[..], outcome.refusal), (&[5][..], None));
		assert!(!outcome.is_authorised());
		assert!(Outcome::read(&events[..1]).unwrap().is_authorised());
	}

	#[test]
	fn a_refusal_decides_nothing() {
		let events = [event("Refused", (ACCOUNT, Refusal::NotMember))];
		let outcome = Outcome::read(&events).unwrap();
		assert_eq!((outcome.refusal, outcome.decisions.len()), (Some(Refusal::NotMember), 0));
		assert!(!outcome.is_authorised());
		// No event at all is no permission either.
		assert!(!Outcome::read(&[]).unwrap().is_authorised());
	}

	#[test]
	fn broken_glass_is_to_be_reviewed() {
		let (customer, id) = (H256::repeat_byte(2), H256::repeat_byte(4));
		let events = [event("GlassBroken", (5u32, customer, ACCOUNT, id, 99u64))];
		let outcome = Outcome::read(&events).unwrap();
		assert!(outcome.is_authorised());
		assert_eq!((outcome.review_due, outcome.decisions[0].decision), (Some(99), Some(id)));
	}

	#[test]
	fn an_event_of_another_form_is_an_error() {
		let events = [event("Denied", (ACCOUNT, 7u32))];
		assert!(matches!(Outcome::read(&events), Err(Error::Malformed { .. })));
	}
}
