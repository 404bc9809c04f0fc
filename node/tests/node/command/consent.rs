//! Purposes, consents, receipts, proofs, and the answer to a customer.

use super::{scene, Home};
use consentry_client::moment::{now, shown};
use serde_json::{json, Value};

/// Creates a purpose of the organisation.
fn purpose(home: &Home, name: &str, basis: &str) -> u64 {
	let notice = home.file("notice", "what we do with your data");
	let line = format!(
		"--key bob purpose create {name} --dpv dpv:Marketing --basis {basis} --category contact \
		 --retention-days 30 --notice {notice}",
	);
	home.does(&line)["purpose"].as_u64().unwrap()
}

/// What the chain does not know of the controller, in a file.
fn details(home: &Home) -> String {
	let details = json!({
		"controller": {
			"name": "Acme", "contact": "Officer", "address": "Street 1", "email": "a@acme.example",
			"phone": "+1", "url": "https://acme.example"
		},
		"language": "en", "jurisdiction": "IE", "storageLocation": "IE",
		"collectionMethod": "web form", "processingMethod": "mailing",
		"withdrawalMethod": "consentry consent withdraw", "policyUrl": "https://acme.example/p",
		"recipients": [], "rights": ["access"]
	});
	home.file("details.json", &details.to_string())
}

/// Changes one value of a JSON file into another file.
fn changed(home: &Home, name: &str, pointer: &str, value: Value) -> String {
	let mut json: Value = serde_json::from_str(&home.read(name)).unwrap();
	*json.pointer_mut(pointer).expect(pointer) = value;
	home.file("changed.json", &json.to_string())
}

#[tokio::test]
async fn purposes_are_created_revised_and_retired() {
	let (_node, _organisation, home) = scene().await;
	let id = purpose(&home, "offers", "consent");
	let notice = home.path("notice");
	let create = "--key bob purpose create diabetes-care --dpv dpv:Marketing --basis consent";
	let terms = format!("--category contact --retention-days 30 --notice {notice}");
	let refused = home.fails(2, "usage", &format!("{create} {terms}"));
	assert!(refused.contains("diabet"), "{refused}");
	home.does("--key bob purpose revise offers --retention-days 60");
	home.fails(2, "usage", "--key bob purpose revise offers --renew");
	home.does(&format!("--key bob purpose revise offers --notice {notice} --renew"));
	let shown = home.does(&format!("purpose show {id} --history"));
	let revisions = shown["revisions"].as_array().unwrap();
	let of = |name: &str| revisions.iter().map(|one| one[name].clone()).collect::<Vec<_>>();
	assert_eq!(of("noticeVersion"), [1, 1, 2]);
	assert_eq!(of("consentsSince"), [1, 1, 2]);
	assert_eq!(revisions[1]["terms"]["retentionDays"], 60);
	assert!(home.says(&format!("purpose show {id}")).contains("in the local store as \"notice\""));
	home.does("--key bob purpose retire offers");
	assert!(home.says("purpose list --controller 0").contains("retired"));
	let refused = home.fails(4, "refused", "--key bob purpose revise offers --retention-days 9");
	assert!(refused.contains("Consent::"), "{refused}");
	home.fails(1, "general", "--key bob purpose retire nothing");
}

#[tokio::test]
async fn a_consent_has_its_receipt_and_proof() {
	let (_node, _organisation, home) = scene().await;
	purpose(&home, "offers", "consent");
	home.register("1");
	home.claim("1", "ferdie");
	let (details, receipt) = (details(&home), home.path("receipt.json"));
	let give =
		format!("--key ferdie consent give crm:1 offers --receipt {receipt} --details {details}");
	home.does(&give);
	let refused = home.fails(2, "usage", &give);
	assert!(refused.contains("exists already"), "{refused}");
	let given = shown(now());

	let verify = format!("consent verify-receipt {receipt}");
	let verified = home.does(&verify);
	assert_eq!(
		(&verified["standing"], &verified["event"]["event_state"]),
		(&json!("given"), &json!("given"))
	);
	assert!(home.says(&format!("{verify} --offline")).contains("Verified"));
	for (pointer, value) in [
		("/record/time", json!("2020-01-01T00:00:00Z")),
		("/record/details/recipients", json!(["Spam Inc."])),
		("/iso27560/consent_event/event_state", json!("withdrawn")),
		("/proof/block", json!(1)),
	] {
		let changed = changed(&home, "receipt.json", pointer, value);
		let line = format!("consent verify-receipt {changed} --offline");
		home.fails(5, "verification", &line);
	}
	home.fails(5, "verification", &format!("{verify} --offline --require-finality"));

	// What was permitted stays proven after the customer withdrew.
	home.does("--key ferdie consent withdraw crm:1 offers");
	let proof = home.path("proof.json");
	let as_of = format!("consent as-of crm:1 offers {given} --proof {proof}");
	assert_eq!(home.does(&as_of)["answer"]["denial"], Value::Null);
	let nowhere = "--url ws://127.0.0.1:1";
	let offline = home.says(&format!("{nowhere} consent verify-proof {proof}"));
	assert!(offline.contains("could be processed for \"offers\" (contact)"), "{offline}");
	let changed = changed(&home, "proof.json", "/answer/denial", json!("no-consent"));
	home.fails(5, "verification", &format!("{nowhere} consent verify-proof {changed}"));
	home.fails(1, "general", "consent as-of crm:1 offers 2020-01-01");
	let verified = home.does(&verify);
	assert_eq!(
		(&verified["standing"], &verified["event"]["event_state"]),
		(&json!("withdrawn"), &json!("withdrawn"))
	);
	assert!(home.says("consent show crm:1 offers --history").contains("withdrawn since"));

	let html = home.path("report.html");
	let report = home.does(&format!("report crm:1 --html {html}"));
	assert_eq!(report["consents"][0]["history"].as_array().unwrap().len(), 2);
	assert!(home.read("report.html").contains("offers"));
}

#[tokio::test]
async fn consents_are_recorded_signed_and_objected() {
	let (_node, _organisation, home) = scene().await;
	purpose(&home, "offers", "consent");
	purpose(&home, "sales", "legitimate-interests");
	home.register("1");
	let (details, form) = (details(&home), home.file("form", "a signed form"));
	let record = format!("--key bob consent record crm:1 offers --method form --evidence {form}");
	home.does(&format!("{record} --state requested"));
	let paper = home.path("paper.json");
	let with_receipt = format!("--receipt {paper} --details {details}");
	home.fails(2, "usage", &format!("{record} --state withdrawn {with_receipt}"));
	home.does(&format!("{record} --state given --until 2099-01-01 {with_receipt}"));
	let verified = home.does(&format!("consent verify-receipt {paper}"));
	assert_eq!((&verified["standing"], &verified["revision"]), (&json!("given"), &1.into()));
	assert_eq!(verified["event"]["validity"], "2099-01-01T00:00:00Z");
	home.does(&format!("{record} --state withdrawn"));

	// Nobody but the customer can act as it.
	home.fails(2, "usage", "--key eve consent object crm:1 sales");
	home.claim("1", "ferdie");
	home.does("--key ferdie consent object crm:1 sales");
	let shown = home.says("consent show crm:1");
	assert!(shown.contains("sales") && shown.contains("objected"), "{shown}");
	home.fails(4, "refused", "--key ferdie consent object crm:1 offers");

	// Signed by the customer, brought by a steward; the receipt is completed by whoever has it.
	let (signed, receipt) = (home.path("signed.json"), home.path("receipt.json"));
	let sign = format!("--key ferdie consent sign crm:1 offers --output {signed}");
	home.fails(
		2,
		"usage",
		&format!("{sign} --state withdrawn --receipt {receipt} --details {details}"),
	);
	home.does(&format!("{sign} --state given --receipt {receipt} --details {details}"));
	let verify = format!("consent verify-receipt {receipt}");
	let early = home.fails(5, "verification", &verify);
	assert!(early.contains("holds no consent"), "{early}");
	home.does(&format!("--key bob consent submit {signed}"));
	let refused = home.fails(4, "refused", &format!("--key bob consent submit {signed}"));
	assert!(refused.contains("Consent::"), "{refused}");
	let unproven = home.fails(5, "verification", &format!("{verify} --offline"));
	assert!(unproven.contains("carries no proof"), "{unproven}");
	assert_eq!(home.does(&format!("{verify} --add-proof"))["standing"], "given");
	home.does(&format!("{verify} --offline"));
	home.does(&verify);
	// A withdrawal anyone may bring.
	home.does(&format!(
		"--key ferdie consent sign crm:1 offers --output {signed} --state withdrawn"
	));
	home.does(&format!("--key eve consent submit {signed}"));
	assert_eq!(home.does(&verify)["event"]["event_state"], "withdrawn");
	let forged = changed(&home, "signed.json", "/statement/purpose", json!(1));
	home.fails(5, "verification", &format!("--key eve consent submit {forged}"));
}
