use super::*;
use crate::csv::Reader;

/// What the only row of a file says.
fn said(mapping: &str, purposes: &[(&str, &str)], file: &str) -> (Vec<Stated>, Vec<String>) {
	let mut mapping = Mapping::load(mapping).unwrap();
	mapping
		.purposes
		.extend(purposes.iter().map(|(label, name)| (label.to_string(), name.to_string())));
	let (header, mut rows) = Reader::open(file.as_bytes(), b',').unwrap();
	let fields = rows.next().unwrap().fields.unwrap();
	let facts = mapping.fit(&header).unwrap().facts(&fields).unwrap();
	(facts.consents, facts.unusable)
}

fn meanings(stated: &[Stated]) -> Vec<(&str, Meaning)> {
	stated.iter().map(|one| (&one.purpose[..], one.meaning)).collect()
}

const BASIS: &str = "Legal basis for processing contact's data";
const NEWSLETTER: &str = "Opted out of email: Newsletter";
const ALL: &str = "Unsubscribed from all email";

fn hubspot(purposes: &[(&str, &str)], row: &str) -> (Vec<Stated>, Vec<String>) {
	said("hubspot", purposes, &format!("Record ID,{BASIS},{ALL},{NEWSLETTER}\n1,{row}\n"))
}

const HUBSPOT: [(&str, &str); 4] = [
	("Freely given consent from contact", "offers"),
	("Performance of a contract", "orders"),
	("Legitimate interest – prospect/lead", "sales"),
	("Legitimate interest – existing customer", "sales"),
];

#[test]
fn without_purposes_no_consents_are_read() {
	assert_eq!(hubspot(&[], "Freely given consent from contact,TRUE,TRUE"), (vec![], vec![]));
}

#[test]
fn every_legal_basis_of_hubspot_is_one() {
	for (value, expected) in [
		("Freely given consent from contact", vec![("offers", Meaning::Given)]),
		("Performance of a contract", vec![("orders", Meaning::Contract)]),
		("Legitimate interest – prospect/lead", vec![("sales", Meaning::LegitimateInterests)]),
		("Legitimate interest – existing customer", vec![("sales", Meaning::LegitimateInterests)]),
		("Not applicable", vec![]),
		("", vec![]),
	] {
		let (stated, unusable) = hubspot(&HUBSPOT, &format!("{value},FALSE,"));
		assert_eq!((meanings(&stated), unusable.len()), (expected, 0), "{value}");
	}
}

#[test]
fn several_bases_of_hubspot_stand_each_for_its_purpose() {
	const GIVEN: &str = "Freely given consent from contact";
	for (value, expected) in [
		(
			format!("{GIVEN};Performance of a contract"),
			vec![("offers", Meaning::Given), ("orders", Meaning::Contract)],
		),
		(
			"Legitimate interest – prospect/lead;Legitimate interest – existing customer".into(),
			vec![("sales", Meaning::LegitimateInterests)],
		),
		(format!("Not applicable; {GIVEN}"), vec![("offers", Meaning::Given)]),
	] {
		let (stated, unusable) = hubspot(&HUBSPOT, &format!("{value},FALSE,"));
		assert_eq!((meanings(&stated), unusable.len()), (expected, 0), "{value}");
	}
	// Two bases for one purpose cannot both be right.
	let same = [(GIVEN, "offers"), ("Performance of a contract", "offers")];
	let (stated, unusable) = hubspot(&same, &format!("{GIVEN};Performance of a contract,,"));
	assert!(stated.is_empty());
	assert_eq!(unusable, ["contradicts itself about \"offers\""]);
}

#[test]
fn a_value_that_nobody_knows_may_be_an_opt_out() {
	for row in [
		"Freely given consent from contact;Whim,,",
		"Freely given consent from contact,Whim,",
		"Freely given consent from contact,,Whim",
	] {
		let (stated, unusable) = hubspot(&HUBSPOT, row);
		assert!(stated.is_empty(), "{stated:?}");
		assert!(unusable[0].contains("\"Whim\"") && unusable[0].contains("does not tell"));
		assert!(unusable[1].contains("\"offers\", which the opt-out may concern"), "{unusable:?}");
	}
	// Without purposes for consents, such a row as a whole says what it must not.
	let mapping = Mapping::load("hubspot").unwrap();
	let header = ["Record ID", BASIS].map(String::from);
	let refused = mapping.fit(&header).unwrap().facts(&["1".into(), "Whim".into()]);
	assert!(refused.unwrap_err().contains("Whim"));
}

#[test]
fn an_opt_out_prevails_where_it_is_known_what_it_ends() {
	let with = |label| [&HUBSPOT[..], &[(label, "offers")]].concat();
	let (stated, unusable) = hubspot(&with(ALL), "Freely given consent from contact,TRUE,");
	assert_eq!(meanings(&stated), [("offers", Meaning::OptedOut)]);
	assert!(unusable.is_empty());
	// What it prevailed over is evidence too.
	assert_eq!(stated[0].evidence.0[BASIS], "Freely given consent from contact");
	assert_eq!(stated[0].evidence.0[ALL], "TRUE");

	// Another purpose's opt-out leaves this one.
	let other = [&HUBSPOT[..], &[("Opted out of email: *", "newsletter")]].concat();
	let (stated, unusable) = hubspot(&other, "Freely given consent from contact,,TRUE");
	let expected = [("newsletter", Meaning::OptedOut), ("offers", Meaning::Given)];
	assert_eq!((meanings(&stated), unusable.len()), (expected.to_vec(), 0));
}

#[test]
fn an_opt_out_of_something_unknown_rejects_the_consent() {
	for row in
		["Freely given consent from contact,TRUE,", "Freely given consent from contact,,TRUE"]
	{
		let (stated, unusable) = hubspot(&HUBSPOT, row);
		assert!(stated.is_empty(), "{stated:?}");
		assert_eq!(unusable.len(), 2);
		assert!(unusable[0].contains("no purpose is named"), "{unusable:?}");
		assert!(unusable[1].contains("\"offers\", which the opt-out may concern"), "{unusable:?}");
	}
	// It ends no contract, and is told all the same.
	let (stated, unusable) = hubspot(&HUBSPOT, "Performance of a contract,TRUE,");
	assert_eq!((meanings(&stated), unusable.len()), (vec![("orders", Meaning::Contract)], 1));
}

#[test]
fn a_basis_without_a_purpose_is_rejected() {
	let (stated, unusable) = hubspot(&HUBSPOT[..1], "Performance of a contract,,");
	assert!(stated.is_empty());
	assert!(unusable[0].contains("\"Performance of a contract\""), "{unusable:?}");
}

const SUITECRM: [(&str, &str); 8] = [
	("consent", "offers"),
	("contract", "orders"),
	("legal_obligation", "tax"),
	("protection_of_interest", "recall"),
	("public_interest", "statistics"),
	("legitimate_interest", "sales"),
	("withdrawn", "offers"),
	("email_opt_out", "offers"),
];

fn suitecrm(basis: &str, opt_out: &str) -> (Vec<Stated>, Vec<String>) {
	let header = "id,lawful_basis,lawful_basis_source,date_reviewed,email_opt_out";
	let file = format!("{header}\n1,\"{basis}\",website,2025-08-24,{opt_out}\n");
	said("suitecrm", &SUITECRM, &file)
}

#[test]
fn every_lawful_basis_of_suitecrm_is_one() {
	for (value, purpose, meaning) in [
		("^consent^", "offers", Meaning::Given),
		("^contract^", "orders", Meaning::Contract),
		("^legal_obligation^", "tax", Meaning::LegalObligation),
		("^protection_of_interest^", "recall", Meaning::VitalInterests),
		("^public_interest^", "statistics", Meaning::PublicTask),
		("^legitimate_interest^", "sales", Meaning::LegitimateInterests),
		("^withdrawn^", "offers", Meaning::Withdrawn),
	] {
		let (stated, unusable) = suitecrm(value, "0");
		assert_eq!((meanings(&stated), unusable.len()), (vec![(purpose, meaning)], 0));
		assert_eq!(stated[0].evidence.0["lawful_basis_source"], "website");
		assert_eq!(stated[0].captured, Some(1_755_993_600_000));
		assert_eq!(stated[0].evidence.0["date_reviewed"], "2025-08-24");
	}
	assert_eq!(suitecrm("", "0"), (vec![], vec![]));
}

#[test]
fn several_bases_are_several_purposes() {
	let (stated, _) = suitecrm("^consent^,^contract^", "0");
	assert_eq!(meanings(&stated), [("offers", Meaning::Given), ("orders", Meaning::Contract)]);
	let (stated, _) = suitecrm("^consent^,^contract^", "1");
	assert_eq!(meanings(&stated), [("offers", Meaning::OptedOut), ("orders", Meaning::Contract)]);
}

#[test]
fn who_consented_and_withdrew_contradicts_itself() {
	let (stated, unusable) = suitecrm("^consent^,^withdrawn^", "0");
	assert!(stated.is_empty());
	assert_eq!(unusable, ["contradicts itself about \"offers\""]);
}

fn salesforce(status: &str, dates: &str) -> (Vec<Stated>, Vec<String>) {
	let header = "Id,PartyId,DataUsePurposeId,PrivacyConsentStatus,CaptureDate,EffectiveTo,\
		DoubleConsentCaptureDate";
	let file = format!("{header}\nC-1,I-1,Marketing email,{status},{dates}\n");
	said("salesforce-consents", &[("Marketing email", "offers")], &file)
}

#[test]
fn every_status_of_salesforce_has_its_meaning() {
	let (stated, unusable) = salesforce("OptIn", "2023-10-10T02:26:00.000Z,2027-01-01,2023-10-11");
	assert!(unusable.is_empty(), "{unusable:?}");
	let [one] = &stated[..] else { panic!("{stated:?}") };
	assert_eq!((one.meaning, one.captured), (Meaning::Given, Some(1_696_904_760_000)));
	assert_eq!((one.until, one.confirmed), (Some(1_798_761_600_000), true));
	assert_eq!(one.evidence.0["Id"], "C-1");

	let (stated, _) = salesforce("OptOut", ",,");
	assert_eq!(meanings(&stated), [("offers", Meaning::OptedOut)]);
	assert_eq!((stated[0].captured, stated[0].confirmed), (None, false));
	for status in ["Seen", "NotSeen"] {
		let (stated, unusable) = salesforce(status, ",,");
		assert!(stated.is_empty());
		assert!(unusable[0].contains("neither consent nor its end"), "{unusable:?}");
	}
	let (_, unusable) = salesforce("Maybe", ",,");
	assert!(unusable[0].contains("\"Maybe\"") && unusable[0].contains("does not tell"));
	let (_, unusable) = salesforce("OptIn", "10/10/2023,,");
	assert!(unusable[0].contains("CaptureDate"), "{unusable:?}");
}

#[test]
fn consents_without_purposes_are_wrong_usage() {
	let mapping = Mapping::load("salesforce-consents").unwrap();
	let header = "Id,PartyId,DataUsePurposeId,PrivacyConsentStatus";
	let header: Vec<_> = header.split(',').map(String::from).collect();
	let error = mapping.fit(&header).err().unwrap().to_string();
	assert!(error.contains("--purpose-map"), "{error}");
}

#[test]
fn mappings_of_consents_are_checked() {
	let text = |consent: &str| {
		format!("source = 'a'\nid = 'x'\n[categories]\nidentity = ['n']\n[[consents]]\n{consent}")
	};
	Mapping::parse(&text("column = 'c'\nvalues = { yes = 'given' }\nexpression = 'explicit'"))
		.unwrap();
	for (consent, reason) in [
		("column = 'c'", "values"),
		("column = 'c'\nvalues = { yes = 'sure' }", "sure"),
		("column = 'c'\nvalues = {}\ncolour = 'red'", "colour"),
	] {
		let error = Mapping::parse(&text(consent)).unwrap_err().to_string();
		assert!(error.contains(reason), "{error}");
	}
}
