//! Purposes and consents as the chain's state holds them, read out of a proof.
//!
//! The forms here are those of the pallets `consent` and `customers`.

use crate::{
	chain::{customer_key, storage_key},
	proof::{twox_64_concat, State},
	Result,
};
use codec::Decode;
use consentry_primitives::{
	api::{ConsentInfo, PurposeInfo},
	consent::{Capture, ConsentState, Permission, PurposeTerms},
	Actor, Categories, CustomerId, Denial, LawfulBasis, Moment, OrganisationId, PurposeId,
};
use sp_core::crypto::AccountId32;

/// A customer, as far as it matters here.
#[derive(Clone, PartialEq, Eq, Debug, Decode)]
pub struct Customer {
	/// The organisation that keeps the customer's data.
	pub controller: OrganisationId,
	/// When the customer was registered.
	pub registered: Moment,
	/// The customer's account, if it has one.
	pub account: Option<AccountId32>,
	erasure_requested: Option<Moment>,
	held_until: Option<Moment>,
	/// When the customer was erased.
	pub erased: Option<Moment>,
}

/// A purpose.
#[derive(Clone, PartialEq, Eq, Debug, Decode)]
pub struct Purpose {
	/// Whose purpose it is.
	pub controller: OrganisationId,
	name: Vec<u8>,
	dpv: Vec<u8>,
	/// What makes it lawful.
	pub basis: LawfulBasis,
	/// The latest revision.
	pub latest: PurposeRevision,
	/// Number of the latest revision, from 0.
	pub revision: u32,
}

/// A purpose at one time.
#[derive(Clone, PartialEq, Eq, Debug, Decode)]
pub struct PurposeRevision {
	/// From when this revision counts.
	pub since: Moment,
	terms: PurposeTerms,
	notice_version: u32,
	consents_since: u32,
	retired: bool,
}

/// A consent.
#[derive(Clone, PartialEq, Eq, Debug, Decode)]
pub struct Consent {
	/// Number of the latest revision, from 0.
	pub revision: u32,
	/// The latest revision.
	pub latest: ConsentRevision,
}

/// A consent at one time.
#[derive(Clone, PartialEq, Eq, Debug, Decode)]
pub struct ConsentRevision {
	/// From when this revision counts.
	pub since: Moment,
	/// Where the consent stands; one that is given can have ended by time.
	pub state: ConsentState,
	/// Who made this revision.
	pub actor: Actor<AccountId32>,
	/// How it reached the chain.
	pub capture: Capture<AccountId32>,
	/// What is or was consented to.
	pub permission: Option<Permission>,
}

/// Where a purpose lies in the chain's storage.
pub fn purpose_key(purpose: PurposeId) -> Vec<u8> {
	[storage_key("Consent", "Purposes"), twox_64_concat(purpose)].concat()
}

/// Where a superseded revision of a purpose lies.
pub fn past_purpose_key(purpose: PurposeId, revision: u32) -> Vec<u8> {
	let map = storage_key("Consent", "PastPurposes");
	[map, twox_64_concat(purpose), twox_64_concat(revision)].concat()
}

/// Where a consent lies.
pub fn consent_key(customer: &CustomerId, purpose: PurposeId) -> Vec<u8> {
	let map = storage_key("Consent", "Consents");
	[&map[..], customer.as_bytes(), &twox_64_concat(purpose)].concat()
}

/// Where a superseded revision of a consent lies.
pub fn past_consent_key(customer: &CustomerId, purpose: PurposeId, revision: u32) -> Vec<u8> {
	let map = storage_key("Consent", "PastConsents");
	let (purpose, revision) = (twox_64_concat(purpose), twox_64_concat(revision));
	[&map[..], customer.as_bytes(), &purpose, &revision].concat()
}

impl State {
	/// A customer.
	pub fn customer(&self, customer: &CustomerId) -> Result<Option<Customer>> {
		self.get(&customer_key(customer))
	}

	/// A purpose.
	pub fn purpose(&self, purpose: PurposeId) -> Result<Option<Purpose>> {
		self.get(&purpose_key(purpose))
	}

	/// A revision of a purpose.
	pub fn purpose_revision(
		&self,
		id: PurposeId,
		purpose: &Purpose,
		revision: u32,
	) -> Result<Option<PurposeRevision>> {
		match revision == purpose.revision {
			true => Ok(Some(purpose.latest.clone())),
			false => self.get(&past_purpose_key(id, revision)),
		}
	}

	/// A consent.
	pub fn consent(&self, customer: &CustomerId, purpose: PurposeId) -> Result<Option<Consent>> {
		self.get(&consent_key(customer, purpose))
	}

	/// A revision of a consent.
	pub fn consent_revision(
		&self,
		customer: &CustomerId,
		purpose: PurposeId,
		consent: &Consent,
		revision: u32,
	) -> Result<Option<ConsentRevision>> {
		match revision == consent.revision {
			true => Ok(Some(consent.latest.clone())),
			false => self.get(&past_consent_key(customer, purpose, revision)),
		}
	}
}

impl Purpose {
	/// The purpose in one of its revisions, as the runtime's API tells it.
	pub fn info(&self, id: PurposeId, number: u32, revision: PurposeRevision) -> PurposeInfo {
		PurposeInfo {
			purpose: id,
			controller: self.controller,
			name: String::from_utf8_lossy(&self.name).into_owned(),
			dpv: String::from_utf8_lossy(&self.dpv).into_owned(),
			basis: self.basis,
			revision: number,
			since: revision.since,
			terms: revision.terms,
			notice_version: revision.notice_version,
			consents_since: revision.consents_since,
			retired: revision.retired,
		}
	}

	/// The categories that may be processed at `moment` under these revisions, or the first reason
	/// why none may: the rule of the pallet `consent`.
	pub fn decide(
		&self,
		purpose: &PurposeRevision,
		consent: Option<&ConsentRevision>,
		moment: Moment,
	) -> Result<Categories, Denial> {
		let needed = purpose.terms.categories;
		if purpose.retired {
			return Err(Denial::PurposeRetired);
		}
		if self.basis != LawfulBasis::Consent {
			let objected = consent.is_some_and(|consent| consent.state == ConsentState::Objected);
			return match objected && self.basis.can_be_objected_to() {
				true => Err(Denial::CustomerObjected),
				false => Ok(needed),
			};
		}
		let consent = consent.ok_or(Denial::NoConsent)?;
		let permission = match consent.state_at(moment) {
			ConsentState::Given => consent.permission.as_ref().ok_or(Denial::NoConsent)?,
			ConsentState::Requested => return Err(Denial::ConsentNotConfirmed),
			ConsentState::Withdrawn => return Err(Denial::ConsentWithdrawn),
			ConsentState::Objected => return Err(Denial::CustomerObjected),
			ConsentState::Expired => return Err(Denial::ConsentExpired),
		};
		if permission.notice_version < purpose.consents_since {
			return Err(Denial::NoticeOutdated);
		}
		match needed.intersection(permission.categories) {
			Categories(0) => Err(Denial::CategoryNotConsented),
			permitted => Ok(permitted),
		}
	}
}

impl ConsentRevision {
	/// Where the consent stands at `moment`, its end by time included.
	pub fn state_at(&self, moment: Moment) -> ConsentState {
		let until = self.permission.as_ref().and_then(|permission| permission.until);
		match (self.state, until) {
			(ConsentState::Given, Some(until)) if until <= moment => ConsentState::Expired,
			(state, _) => state,
		}
	}

	/// The revision as it stands at `moment`, as the runtime's API tells it.
	pub fn info(self, purpose: PurposeId, number: u32, moment: Moment) -> ConsentInfo<AccountId32> {
		ConsentInfo {
			purpose,
			revision: number,
			since: self.since,
			state: self.state_at(moment),
			actor: self.actor,
			capture: self.capture,
			permission: self.permission,
		}
	}
}

/// States for tests, written as the pallets write them.
#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use codec::Encode;
	use consentry_primitives::{
		consent::Expression, customer::customer_id, Commitment, DataCategory,
	};
	use sp_core::H256;

	/// The customer of the states here.
	pub(crate) fn customer() -> CustomerId {
		customer_id(2, &H256::repeat_byte(1))
	}

	/// The purpose of the states here.
	pub(crate) const PURPOSE: PurposeId = 4;

	/// A permission under a version of the notice.
	pub(crate) fn permission(notice_version: u32, until: Option<Moment>) -> Permission {
		Permission {
			notice_version,
			categories: Categories::from(DataCategory::Contact),
			until,
			expression: Expression::Explicit,
			receipt: None,
		}
	}

	pub(crate) fn purpose_revision(since: Moment, consents_since: u32) -> PurposeRevision {
		let categories = [DataCategory::Contact, DataCategory::Identity].into_iter().collect();
		let notice = Commitment::blake2_256_v1(&[1; 32], &since.to_le_bytes());
		let terms = PurposeTerms { categories, retention_days: 30, notice };
		let notice_version = consents_since;
		PurposeRevision { since, terms, notice_version, consents_since, retired: false }
	}

	pub(crate) fn consent_revision(
		since: Moment,
		state: ConsentState,
		permission: Permission,
	) -> ConsentRevision {
		ConsentRevision {
			since,
			state,
			actor: Actor::Customer,
			capture: Capture::Transaction,
			permission: Some(permission),
		}
	}

	impl Purpose {
		/// The purpose of the states here, with this latest revision.
		pub(crate) fn for_tests(latest: PurposeRevision) -> Self {
			let basis = LawfulBasis::Consent;
			let (name, dpv) = (b"news".to_vec(), b"dpv:Marketing".to_vec());
			Self { controller: 2, name, dpv, basis, latest, revision: 0 }
		}
	}

	fn encode_purpose_revision(revision: &PurposeRevision) -> Vec<u8> {
		let PurposeRevision { since, terms, notice_version, consents_since, retired } = revision;
		(since, terms, notice_version, consents_since, retired).encode()
	}

	fn encode_consent_revision(revision: &ConsentRevision) -> Vec<u8> {
		let ConsentRevision { since, state, actor, capture, permission } = revision;
		(since, state, actor, capture, permission).encode()
	}

	/// What the state holds under these keys of the customer, and of the purpose and the consent
	/// with all these revisions, oldest first.
	pub(crate) fn values(
		keys: &[Vec<u8>],
		purposes: &[PurposeRevision],
		consents: &[ConsentRevision],
	) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
		let nothing: Option<Moment> = None;
		let registered = (2u32, 1u64, None::<AccountId32>, nothing, nothing, nothing).encode();
		let mut all = std::collections::BTreeMap::from([(customer_key(&customer()), registered)]);
		if let Some((latest, past)) = purposes.split_last() {
			let head = (2u32, b"news".to_vec(), b"dpv:Marketing".to_vec(), LawfulBasis::Consent);
			let latest = [head.encode(), encode_purpose_revision(latest)].concat();
			let value = [latest, (past.len() as u32).encode()].concat();
			all.insert(purpose_key(PURPOSE), value);
			for (number, revision) in past.iter().enumerate() {
				let key = past_purpose_key(PURPOSE, number as u32);
				all.insert(key, encode_purpose_revision(revision));
			}
		}
		if let Some((latest, past)) = consents.split_last() {
			let value = [(past.len() as u32).encode(), encode_consent_revision(latest)].concat();
			all.insert(consent_key(&customer(), PURPOSE), value);
			for (number, revision) in past.iter().enumerate() {
				let key = past_consent_key(&customer(), PURPOSE, number as u32);
				all.insert(key, encode_consent_revision(revision));
			}
		}
		keys.iter().map(|key| (key.clone(), all.get(key).cloned())).collect()
	}

	#[test]
	fn a_given_consent_ends_by_time() {
		let given = consent_revision(1, ConsentState::Given, permission(1, Some(5)));
		assert_eq!(given.state_at(4), ConsentState::Given);
		assert_eq!(given.state_at(5), ConsentState::Expired);
		let withdrawn = consent_revision(1, ConsentState::Withdrawn, permission(1, Some(5)));
		assert_eq!(withdrawn.state_at(5), ConsentState::Withdrawn);
	}

	#[test]
	fn a_decision_names_its_first_reason() {
		let mut purpose = Purpose::for_tests(purpose_revision(1, 2));
		let revision = purpose_revision(1, 2);
		let given = |version| consent_revision(1, ConsentState::Given, permission(version, None));
		let contact = Categories::from(DataCategory::Contact);
		assert_eq!(purpose.decide(&revision, None, 9), Err(Denial::NoConsent));
		assert_eq!(purpose.decide(&revision, Some(&given(1)), 9), Err(Denial::NoticeOutdated));
		assert_eq!(purpose.decide(&revision, Some(&given(2)), 9), Ok(contact));
		let objected = consent_revision(1, ConsentState::Objected, permission(2, None));
		let retired = PurposeRevision { retired: true, ..revision.clone() };
		let denied = purpose.decide(&retired, Some(&given(2)), 9);
		assert_eq!(denied, Err(Denial::PurposeRetired));
		purpose.basis = LawfulBasis::LegitimateInterests;
		let denied = purpose.decide(&revision, Some(&objected), 9);
		assert_eq!(denied, Err(Denial::CustomerObjected));
		purpose.basis = LawfulBasis::Contract;
		let needed = revision.terms.categories;
		assert_eq!(purpose.decide(&revision, Some(&objected), 9), Ok(needed));
	}
}
