use super::*;
use crate::{
	proof::{
		read_strictly,
		tests::{prove, GENESIS},
	},
	revisions::tests::{consent_revision, customer, permission, purpose_revision, values, PURPOSE},
	revisions::{Purpose, PurposeRevision},
};
use codec::Encode;
use proptest::prelude::*;

/// A purpose in its revision 0, and the permission that was given under it.
fn given() -> (PurposeRevision, Permission) {
	(purpose_revision(10, 1), permission(1, Some(90)))
}

fn receipt() -> Receipt {
	receipt_of(given().1)
}

fn receipt_of(permission: Permission) -> Receipt {
	Receipt::new(record_of(permission)).unwrap()
}

fn record_of(permission: Permission) -> Record {
	let revision = given().0;
	let text = |text: &str| text.to_string();
	let details = Details {
		controller: Party {
			name: text("Acme GmbH"),
			contact: text("Data protection officer"),
			address: text("Hauptstraße 1, 10115 Berlin"),
			email: text("privacy@acme.example"),
			phone: text("+49 30 1"),
			url: text("https://acme.example"),
		},
		language: text("de"),
		jurisdiction: text("DE"),
		storage_location: text("DE"),
		collection_method: text("web form"),
		processing_method: text("mailing"),
		withdrawal_method: text("consentry consent withdraw, free of charge"),
		policy_url: text("https://acme.example/privacy"),
		recipients: vec![text("Post \"AG\"")],
		rights: vec![text("access"), text("erasure")],
	};
	let circumstances = Circumstances {
		genesis: GENESIS,
		customer: customer(),
		controller_account: organisation_account(2),
		account: Some(ACCOUNT),
		method: None,
		time: 20,
		purpose: Purpose::for_tests(revision.clone()).info(PURPOSE, 0, revision),
	};
	Record::new(circumstances, &permission, details)
}

/// The customer's account.
const ACCOUNT: AccountId32 = AccountId32::new([4; 32]);

/// A proof of these purposes and consents for a receipt of revision 0, at `moment`.
fn proof(
	receipt: &Receipt,
	moment: Moment,
	purposes: &[PurposeRevision],
	consents: &[ConsentRevision],
) -> StateProof {
	let keys = receipt.keys(0);
	let mut values = values(&keys, purposes, consents);
	let nothing: Option<Moment> = None;
	for (key, value) in &mut values {
		if *key == customer_key(&customer()) {
			*value = Some((2u32, 1u64, Some(ACCOUNT), nothing, nothing, nothing).encode());
		}
	}
	prove(moment, &values)
}

/// A state that holds these consents, as proven for a receipt of revision 0.
fn state(receipt: &Receipt, consents: &[ConsentRevision]) -> State {
	let purposes = [given().0, purpose_revision(50, 2)];
	proof(receipt, 100, &purposes, consents).check(&receipt.keys(0), None).unwrap()
}

fn consent(receipt: &Receipt) -> ConsentRevision {
	let permission = Permission { receipt: Some(receipt.commitment()), ..given().1 };
	consent_revision(20, ConsentState::Given, permission)
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
	match result {
		Err(Error::Verification(reason)) => reason,
		other => panic!("it was not found out: {other:?}"),
	}
}

#[test]
fn canonical_json_is_that_of_the_rfc() {
	let value: Value = serde_json::from_str(
		r#"{"b": [1, true, null], "a": "é\u000f\n\"/", "€": {}, "\ud83d\ude00": 0, "\ufb33": ""}"#,
	)
	.unwrap();
	// The order of RFC 8785, section 3.2.3: by UTF-16, where the emoji comes before U+FB33.
	let expected =
		"{\"a\":\"é\\u000f\\n\\\"/\",\"b\":[1,true,null],\"€\":{},\"😀\":0,\"\u{fb33}\":\"\"}";
	assert_eq!(canonical(&value), expected);
}

#[test]
fn a_receipt_holds_and_survives_its_file() {
	let receipt = receipt();
	receipt.check().unwrap();
	let json = serde_json::to_vec_pretty(&receipt).unwrap();
	let read: Receipt = read_strictly("a receipt", &json).unwrap();
	assert_eq!(read, receipt);
	// Each receipt has its own salt and id.
	assert_ne!(receipt.commitment(), self::receipt().commitment());
	assert!(refused(receipt.verify_offline(None)).contains("carries no proof"));
}

/// Whether a value tells something.
fn tells(value: &Value) -> bool {
	match value {
		Value::Null => false,
		Value::String(text) => !text.is_empty(),
		Value::Array(items) => !items.is_empty(),
		Value::Object(fields) => !fields.is_empty(),
		Value::Bool(_) | Value::Number(_) => true,
	}
}

#[test]
fn both_renderings_tell_what_they_must() {
	// With an end of its own and without.
	for receipt in [receipt(), receipt_of(permission(1, None))] {
		let all = |value: &Value, fields: &[&str]| {
			for field in fields {
				assert!(tells(&value[field]), "{field} in {value}");
			}
		};
		let iso = &receipt.iso27560;
		all(iso, &["schema_version", "record_id", "pii_principal_id"]);
		let processing = &iso["pii_processing"][0];
		all(
			processing,
			&[
				"privacy_notice",
				"language",
				"purpose",
				"purpose_type",
				"lawful_basis",
				"pii_information",
				"pii_controllers",
				"collection_method",
				"processing_method",
				"storage_location",
				"retention_period",
				"jurisdiction",
				"recipient_third_parties",
				"withdrawal_method",
				"privacy_rights",
			],
		);
		assert_eq!(processing["retention_period"], "P30D");
		let party = &iso["party_identification"][0];
		all(
			party,
			&[
				"party_id",
				"party_name",
				"party_address",
				"party_contact",
				"party_email",
				"party_phone",
				"party_url",
				"party_type",
				"party_role",
			],
		);
		assert_eq!(processing["pii_controllers"], json!([party["party_id"]]));
		let fields = ["event_time", "validity", "entity_id", "event_type", "event_state"];
		all(&iso["consent_event"], &fields);
		let until = receipt.record.permission.until;
		let validity = if until.is_some() { "1970-01-01T00:00:00.090Z" } else { "until-withdrawn" };
		assert_eq!(iso["consent_event"]["validity"], validity);

		let kantara = &receipt.kantara;
		all(
			kantara,
			&[
				"version",
				"jurisdiction",
				"consentTimestamp",
				"collectionMethod",
				"consentReceiptID",
				"language",
				"piiPrincipalId",
				"piiControllers",
				"policyUrl",
				"services",
				"sensitive",
			],
		);
		assert_eq!(kantara["version"], "KI-CR-v1.1.0");
		assert_eq!(kantara["consentReceiptID"], iso["record_id"]);
		let controller = &kantara["piiControllers"][0];
		all(controller, &["piiController", "contact", "address", "email", "phone"]);
		assert_eq!(controller["address"]["streetAddress"], "Hauptstraße 1, 10115 Berlin");
		all(&kantara["services"][0], &["service", "purposes"]);
		let purpose = &kantara["services"][0]["purposes"][0];
		all(
			purpose,
			&[
				"purpose",
				"purposeCategory",
				"consentType",
				"piiCategory",
				"primaryPurpose",
				"termination",
				"thirdPartyDisclosure",
				"thirdPartyName",
			],
		);
		assert_eq!(purpose["consentType"], "EXPLICIT");
		assert_eq!(purpose["piiCategory"], json!(["contact"]));
		assert_eq!(purpose["thirdPartyName"], "Post \"AG\"");
		// Nothing special is kept, which has to be said; and what is no key is not called one.
		assert_eq!((&kantara["sensitive"], &kantara["spiCat"]), (&json!(false), &json!([])));
		assert!(kantara.get("publicKey").is_none());
	}
}

#[test]
fn every_state_has_its_name_in_the_standard() {
	let (revision, _) = given();
	let purpose = Purpose::for_tests(revision.clone()).info(PURPOSE, 0, revision);
	let retired = PurposeInfo { retired: true, since: 40, ..purpose.clone() };
	let renewed = PurposeInfo { consents_since: 2, since: 50, ..purpose.clone() };
	let (given, asked) = (permission(1, Some(90)), permission(1, None));
	use ConsentState::*;
	for (state, permission, purpose, moment, expected) in [
		(Given, &given, &purpose, 89, json!(["given", 20])),
		(Given, &given, &purpose, 90, json!(["lapsed", 90])),
		(Expired, &given, &purpose, 95, json!(["lapsed", 90])),
		(Withdrawn, &given, &purpose, 95, json!(["withdrawn", 20])),
		(Objected, &given, &retired, 95, json!(["withdrawn", 20])),
		(Given, &asked, &retired, 95, json!(["terminated", 40])),
		(Given, &asked, &renewed, 95, json!(["invalidated", 50])),
		(Requested, &asked, &purpose, 95, Value::Null),
	] {
		let latest = consent_revision(20, state, permission.clone());
		let event = renderings::latest_event(&receipt().record, &latest, purpose, moment);
		if expected.is_null() {
			assert!(event.is_null(), "{state:?}: {event}");
			continue;
		}
		let time = Timestamp(expected[1].as_u64().unwrap());
		let told = (&event["event_state"], &event["event_time"]);
		assert_eq!(told, (&expected[0], &json!(time)), "{state:?}");
		assert!(tells(&event["entity_id"]) && tells(&event["validity"]), "{event}");
	}
}

#[test]
fn what_the_chain_holds_is_reported() {
	let receipt = receipt();
	let given = consent(&receipt);
	let report =
		receipt.report(&state(&receipt, std::slice::from_ref(&given)), 0, "…".into()).unwrap();
	// The chain's time is past the consent's end.
	assert_eq!((report.given, report.standing), (Timestamp(20), ConsentState::Expired));
	assert_eq!(report.event["event_state"], "lapsed");
	let withdrawn = ConsentRevision { since: 30, state: ConsentState::Withdrawn, ..given.clone() };
	let report = receipt.report(&state(&receipt, &[given, withdrawn]), 0, "…".into()).unwrap();
	assert_eq!((report.given, report.standing), (Timestamp(20), ConsentState::Withdrawn));
	assert_eq!(report.event["event_state"], "withdrawn");
	assert!(report.to_string().contains("the consent is withdrawn"), "{report}");
}

#[test]
fn the_time_that_a_receipt_tells_has_to_fit_the_chains() {
	// Far enough from the epoch to be told too early.
	let (taken, month) = (40 * DAY, 30 * DAY);
	let by = |capture| ConsentRevision { since: taken, capture, ..consent(&receipt()) };
	let relayer = AccountId32::new([5; 32]);
	let (signed, sent) = (by(Capture::Signature { relayer }), by(Capture::Transaction));
	for (told, consent, fits) in [
		(taken - HOUR, &sent, true),
		(taken + HOUR, &sent, true),
		(taken - HOUR - 1, &sent, false),
		(taken + HOUR + 1, &sent, false),
		(taken - month, &signed, true),
		(taken - month - HOUR - 1, &signed, false),
		(taken + HOUR + 1, &signed, false),
	] {
		let mut receipt = receipt();
		receipt.record.time = Timestamp(told);
		let result = receipt.check_time(consent);
		assert_eq!(result.is_ok(), fits, "{told}: {result:?}");
	}
}

#[test]
fn what_the_chain_holds_otherwise_is_refused() {
	let receipt = receipt();
	let right = consent(&receipt);
	type Change = fn(&mut ConsentRevision);
	let changes: [Change; 5] = [
		|consent| consent.state = ConsentState::Requested,
		|consent| consent.capture = Capture::Expiry,
		|consent| consent.permission = None,
		|consent| consent.permission.as_mut().unwrap().receipt = None,
		|consent| consent.permission.as_mut().unwrap().notice_version = 2,
	];
	for change in changes {
		let mut other = right.clone();
		change(&mut other);
		refused(receipt.find(&state(&receipt, &[other]), 0));
	}
	refused(receipt.find(&state(&receipt, &[]), 0));
	receipt.find(&state(&receipt, &[right]), 0).unwrap();
}

#[test]
fn whoever_gave_consent_is_who_the_receipt_tells() {
	let other = AccountId32::new([5; 32]);
	let evidence = Commitment::Blake2b256V1(H256::zero());
	let method = CaptureMethod::Form;
	let (sent, signed) =
		(Capture::Transaction, Capture::Signature { relayer: AccountId32::new([6; 32]) });
	let recorded = Capture::Recorded { method, evidence };
	let guardian = || Actor::Guardian { account: AccountId32::new([5; 32]) };
	let member = Actor::Member { organisation: 2, account: AccountId32::new([7; 32]) };
	for (capture, actor, right) in [
		(sent.clone(), Actor::Customer, Some(&ACCOUNT)),
		(signed.clone(), Actor::Customer, Some(&ACCOUNT)),
		(sent, guardian(), Some(&other)),
		(signed, guardian(), Some(&other)),
		(recorded, member, None),
	] {
		for told in [None, Some(&ACCOUNT), Some(&other)] {
			let mut record = record_of(given().1);
			record.account = told.cloned();
			record.method = matches!(capture, Capture::Recorded { .. }).then_some(method);
			let receipt = Receipt::new(record).unwrap();
			let given = ConsentRevision {
				actor: actor.clone(),
				capture: capture.clone(),
				..consent(&receipt)
			};
			let state = state(&receipt, std::slice::from_ref(&given));
			let found = receipt.find(&state, 0).unwrap();
			let result = receipt.check_account(&state, &found);
			assert_eq!(result.is_ok(), told == right, "{capture:?}, {actor:?}: {told:?}");
		}
	}
}

#[test]
fn the_account_of_another_organisation_is_refused() {
	let mut expected = [0; 32];
	expected[..16].copy_from_slice(b"modlcnstry/o\x02\x01\0\0");
	assert_eq!(organisation_account(0x0102), expected.into());
	let mut record = record_of(given().1);
	record.controller_account = organisation_account(3);
	let receipt = Receipt::new(record).unwrap();
	let state = state(&receipt, &[consent(&receipt)]);
	assert!(refused(receipt.find(&state, 0)).contains("the controller's"));
}

#[test]
fn kantara_is_told_how_consent_was_obtained() {
	use CaptureMethod::*;
	for (method, told) in [
		(None, "electronic-signature"),
		(Some(Form), "form"),
		(Some(InPerson), "in-person"),
		(Some(Imported), "imported"),
	] {
		let mut record = record_of(given().1);
		record.method = method;
		let receipt = Receipt::new(record).unwrap();
		assert_eq!(receipt.kantara["collectionMethod"], told);
		assert_eq!(receipt.iso27560["pii_processing"][0]["collection_method"], "web form");
	}
}

#[test]
fn there_are_no_new_receipts_of_special_categories() {
	for (name, dpv) in [("diabetes-care", "dpv:Marketing"), ("news", "dpv:ProvideHealthcare")] {
		let mut record = record_of(given().1);
		(record.purpose.name, record.purpose.dpv) = (name.into(), dpv.into());
		let refused = Receipt::new(record.clone()).unwrap_err().to_string();
		assert!(refused.contains("no receipt") && refused.contains("health"), "{refused}");
		// Those that were written hold.
		Receipt::salted(record, H256::repeat_byte(9)).unwrap().check().unwrap();
	}
}

#[test]
fn receipts_of_the_first_form_hold() {
	let mut record = record_of(given().1);
	record.schema = FIRST_SCHEMA.into();
	let receipt = Receipt::new(record).unwrap();
	receipt.check().unwrap();
	assert_eq!(receipt.kantara["collectionMethod"], "web form");
	// Their proofs do not hold the customer.
	assert!(!receipt.keys(0).contains(&customer_key(&customer())));
	let state = state(&receipt, &[consent(&receipt)]);
	receipt.check_account(&state, &receipt.find(&state, 0).unwrap()).unwrap();
}

#[test]
fn the_proof_in_a_receipt_is_checked_with_it() {
	let mut receipt = receipt();
	let consent = consent(&receipt);
	let proof = proof(&receipt, 20, &[given().0], &[consent]);
	let block = proof.check(&receipt.keys(0), None).unwrap().block;
	let time = Timestamp(20);
	let inclusion = Inclusion { block: 7, block_hash: block.hash, time, revision: 0, state: proof };
	receipt.proof = Some(inclusion.clone());
	assert_eq!(receipt.verify_offline(None).unwrap().0.standing, ConsentState::Given);
	for changed in [
		Inclusion { block: 8, ..inclusion.clone() },
		Inclusion { block_hash: H256::zero(), ..inclusion.clone() },
		Inclusion { time: Timestamp(21), ..inclusion.clone() },
		Inclusion { revision: 1, ..inclusion },
	] {
		receipt.proof = Some(changed);
		refused(receipt.verify_offline(None));
	}
}

/// Every value that is in `value`, by its pointer.
fn leaves(value: &Value, path: String, found: &mut Vec<String>) {
	match value {
		Value::Object(fields) => {
			fields.iter().for_each(|(name, value)| leaves(value, format!("{path}/{name}"), found))
		},
		Value::Array(items) => items
			.iter()
			.enumerate()
			.for_each(|(index, value)| leaves(value, format!("{path}/{index}"), found)),
		_ => found.push(path),
	}
}

#[test]
fn each_changed_field_is_found_out() {
	let json = serde_json::to_value(receipt()).unwrap();
	let mut pointers = Vec::new();
	leaves(&json, String::new(), &mut pointers);
	pointers.retain(|pointer| pointer != "/proof");
	assert!(pointers.len() > 60, "{pointers:?}");
	for pointer in pointers {
		let mut changed = json.clone();
		let field = changed.pointer_mut(&pointer).unwrap();
		*field = match &*field {
			Value::String(text) => format!("{text}x").into(),
			Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
			Value::Bool(flag) => (!flag).into(),
			_ => "something".into(),
		};
		let read = read_strictly::<Receipt>("a receipt", changed.to_string().as_bytes());
		let result = read.and_then(|receipt| receipt.check());
		assert!(matches!(result, Err(Error::Verification(_))), "{pointer}: {result:?}");
	}
}

proptest! {
	#[test]
	fn any_changed_byte_of_the_file_is_found_out(place: prop::sample::Index, flip in 1..=255u8) {
		let mut json = serde_json::to_vec(&receipt()).unwrap();
		let at = place.index(json.len());
		json[at] ^= flip;
		let read = read_strictly::<Receipt>("a receipt", &json);
		let result = read.and_then(|receipt| receipt.check());
		prop_assert!(matches!(result, Err(Error::Verification(_))), "{}", String::from_utf8_lossy(&json));
	}

	#[test]
	fn canonical_json_is_read_back(text: String, number: u64, names: Vec<String>) {
		let mut value = json!({ "text": text, "number": number });
		for name in names {
			value[&name] = json!([name.clone()]);
		}
		let canonical = canonical(&value);
		prop_assert_eq!(serde_json::from_str::<Value>(&canonical).unwrap(), value);
	}
}
