//! A record in the fields of the two standards.

use super::Record;
use crate::{moment::Timestamp, revisions::ConsentRevision, words::word};
use consentry_primitives::{
	api::PurposeInfo,
	consent::{ConsentState, Expression, Permission},
	Actor, LawfulBasis, Moment,
};
use serde::Serialize;
use serde_json::{json, Value};

/// What ISO/IEC TS 27560 is told of a consent's validity that has no end of its own.
const NO_END: &str = "until-withdrawn";

/// The states that a consent's event has in ISO/IEC TS 27560.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EventState {
	/// It counts.
	Given,
	/// The customer ended it.
	Withdrawn,
	/// It ended by time.
	Lapsed,
	/// It has no effect any more, since a newer notice asks for new consent.
	Invalidated,
	/// It has no effect any more, since its purpose was retired.
	Terminated,
}

impl EventState {
	/// In which of them a consent is whose latest revision is this, under the purpose as it is;
	/// `None` where it was only asked for, for which the standard has no state.
	pub(super) fn of(
		latest: &ConsentRevision,
		purpose: &PurposeInfo,
		moment: Moment,
	) -> Option<Self> {
		let notice = latest.permission.as_ref().map(|permission| permission.notice_version);
		match latest.state_at(moment) {
			ConsentState::Requested => None,
			ConsentState::Withdrawn | ConsentState::Objected => Some(Self::Withdrawn),
			ConsentState::Expired => Some(Self::Lapsed),
			ConsentState::Given if purpose.retired => Some(Self::Terminated),
			ConsentState::Given if notice < Some(purpose.consents_since) => Some(Self::Invalidated),
			ConsentState::Given => Some(Self::Given),
		}
	}
}

/// An event in the fields of ISO/IEC TS 27560:2023.
fn event(time: Moment, permission: &Permission, entity: Value, state: EventState) -> Value {
	json!({
		"event_time": Timestamp(time),
		"validity": permission.until.map_or(json!(NO_END), |until| json!(Timestamp(until))),
		"entity_id": entity,
		"event_type": permission.expression,
		"event_state": state,
	})
}

/// What happened to a consent last, as an event; null where the standard has no state for it.
///
/// What ends a consent without anything being said about it is the controller's or time's: then
/// the event's time is when the consent had ended, or when the purpose took its latest form.
pub(super) fn latest_event(
	record: &Record,
	latest: &ConsentRevision,
	purpose: &PurposeInfo,
	moment: Moment,
) -> Value {
	let Some(state) = EventState::of(latest, purpose, moment) else { return Value::Null };
	let permission = latest.permission.as_ref().unwrap_or(&record.permission);
	let (time, entity) = match state {
		EventState::Given | EventState::Withdrawn => {
			let entity = match &latest.actor {
				Actor::Guardian { account } | Actor::Member { account, .. } => json!(account),
				Actor::Customer | Actor::Chain => json!(record.customer),
			};
			(latest.since, entity)
		},
		EventState::Lapsed => {
			(permission.until.unwrap_or(latest.since), json!(record.controller_account))
		},
		EventState::Invalidated | EventState::Terminated => {
			(purpose.since, json!(record.controller_account))
		},
	};
	event(time, permission, entity, state)
}

/// The record in the fields of ISO/IEC TS 27560:2023.
pub(super) fn iso27560(record: &Record) -> Value {
	let Record { purpose, permission, details, customer, .. } = record;
	let entity = record.account.as_ref().map_or(json!(customer), |account| json!(account));
	json!({
		"schema_version": "ISO/IEC TS 27560:2023",
		"record_id": record.id,
		"pii_principal_id": customer,
		"pii_processing": [{
			"privacy_notice": {
				"version": permission.notice_version,
				"commitment": purpose.terms.notice,
				"url": details.policy_url,
			},
			"language": details.language,
			"purpose": purpose.name,
			"purpose_type": purpose.dpv,
			"lawful_basis": purpose.basis,
			"pii_information": permission.categories,
			"pii_controllers": [record.controller_account],
			"collection_method": details.collection_method,
			"processing_method": details.processing_method,
			"storage_location": details.storage_location,
			"retention_period": format!("P{}D", purpose.terms.retention_days),
			"jurisdiction": details.jurisdiction,
			"recipient_third_parties": details.recipients,
			"withdrawal_method": details.withdrawal_method,
			"privacy_rights": details.rights,
		}],
		"party_identification": [{
			"party_id": record.controller_account,
			"party_name": details.controller.name,
			"party_contact": details.controller.contact,
			"party_address": details.controller.address,
			"party_email": details.controller.email,
			"party_phone": details.controller.phone,
			"party_url": details.controller.url,
			"party_type": "organisation",
			"party_role": "pii-controller",
		}],
		"consent_event": event(record.time.0, permission, entity, EventState::Given),
	})
}

/// How consent was obtained.
fn collection_method(record: &Record) -> String {
	match &record.method {
		_ if record.is_of_first_form() => record.details.collection_method.clone(),
		Some(method) => word(method),
		None => "electronic-signature".into(),
	}
}

/// The record in the fields of Kantara's consent receipt 1.1. Its `publicKey`, which may be left
/// out, is: receipts are not signed, the chain stands for them; and an organisation's account has
/// no key.
pub(super) fn kantara(record: &Record) -> Value {
	let Record { purpose, permission, details, .. } = record;
	let consent_type = match permission.expression {
		Expression::Regular => "IMPLICIT",
		Expression::Expressed | Expression::Explicit => "EXPLICIT",
	};
	let termination = permission
		.until
		.map_or_else(|| details.withdrawal_method.clone(), |until| String::from(Timestamp(until)));
	json!({
		"version": "KI-CR-v1.1.0",
		"jurisdiction": details.jurisdiction,
		"consentTimestamp": record.time.0 / 1000,
		"collectionMethod": collection_method(record),
		"consentReceiptID": record.id,
		"language": details.language,
		"piiPrincipalId": record.customer,
		"piiControllers": [{
			"piiController": details.controller.name,
			"onBehalf": false,
			"contact": details.controller.contact,
			"address": { "streetAddress": details.controller.address },
			"email": details.controller.email,
			"phone": details.controller.phone,
			"piiControllerUrl": details.controller.url,
		}],
		"policyUrl": details.policy_url,
		"services": [{
			"service": purpose.name,
			"purposes": [{
				"purpose": purpose.name,
				"purposeCategory": [purpose.dpv],
				"consentType": consent_type,
				"piiCategory": permission.categories,
				"primaryPurpose": purpose.basis == LawfulBasis::Contract,
				"termination": termination,
				"thirdPartyDisclosure": !details.recipients.is_empty(),
				"thirdPartyName": details.recipients.join(", "),
			}],
		}],
		// No category of data is a special one, and of such purposes there are no receipts.
		"sensitive": false,
		"spiCat": [],
	})
}
