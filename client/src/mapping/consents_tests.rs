use super::*;
use crate::csv::Reader;

/// What the only row of a file says, and why something of it cannot be used.
fn said(mapping: &str, purposes: &[(&str, &str)], file: &str) -> (Vec<Stated>, Vec<String>) {
	let (stated, unusable) = read(mapping, purposes, file);
	(stated, unusable.into_iter().map(|one| one.reason).collect())
}

fn read(mapping: &str, purposes: &[(&str, &str)], file: &str) -> (Vec<Stated>, Vec<Unusable>) {
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

/// What unusable statements of a row of HubSpot may have ended.
fn ends(purposes: &[(&str, &str)], row: &str) -> Vec<Ends> {
	let file = format!("Record ID,{BASIS},{ALL},{NEWSLETTER}\n1,{row}\n");
	read("hubspot", purposes, &file).1.into_iter().map(|one| one.ends).collect()
}

#[test]
fn a_value_that_nobody_knows_may_be_an_opt_out() {
	for row in [
		"Freely given consent from contact;Whim,,",
		"Freely given consent from contact,Whim,",
		"Freely given consent from contact,,Whim",
	] {
		let (stated, unusable) = hubspot(&HUBSPOT, row);
		assert_eq!(meanings(&stated), [("offers", Meaning::Given)]);
		assert!(unusable[0].contains("\"Whim\"") && unusable[0].contains("does not tell"));
		assert_eq!(ends(&HUBSPOT, row), [Ends::Any]);
	}
	// Of a column that stands for one purpose it is about that one.
	let news = [&HUBSPOT[..], &[(NEWSLETTER, "news")]].concat();
	assert_eq!(ends(&news, ",,Whim"), [Ends::These(vec!["news".into()])]);
	// Without purposes for consents, such a row as a whole says what it must not.
	let mapping = Mapping::load("hubspot").unwrap();
	let header = ["Record ID", BASIS].map(String::from);
	let refused = mapping.fit(&header).unwrap().facts(&["1".into(), "Whim".into()]);
	assert!(refused.unwrap_err().contains("Whim"));
}

#[test]
fn one_opt_out_can_end_several_purposes() {
	let purposes =
		[&HUBSPOT[..], &[(ALL, "offers, news"), ("Performance of a contract", "a,b")]].concat();
	let (stated, unusable) = hubspot(&purposes, "Freely given consent from contact,TRUE,");
	let expected = [("news", Meaning::OptedOut), ("offers", Meaning::OptedOut)];
	assert_eq!((meanings(&stated), unusable.len()), (expected.to_vec(), 0));
	// Nothing else stands for several.
	let (stated, unusable) = hubspot(&purposes, "Performance of a contract,,");
	assert!(stated.is_empty());
	assert!(unusable[0].contains("only an opt-out can be of several purposes: a, b"));
	let given = [("Freely given consent from contact", "offers,news")];
	let (stated, unusable) = hubspot(&given, "Freely given consent from contact,,");
	assert_eq!((stated.len(), unusable.len()), (0, 1));
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
fn an_opt_out_of_something_unknown_may_end_any_consent() {
	for row in
		["Freely given consent from contact,TRUE,", "Freely given consent from contact,,TRUE"]
	{
		let (stated, unusable) = hubspot(&HUBSPOT, row);
		assert_eq!(meanings(&stated), [("offers", Meaning::Given)]);
		let [reason] = &unusable[..] else { panic!("{unusable:?}") };
		assert!(reason.contains("no purpose is named"), "{reason}");
		assert_eq!(ends(&HUBSPOT, row), [Ends::Any]);
	}
	// What is no end ends nothing.
	assert_eq!(ends(&HUBSPOT[..1], "Performance of a contract,,"), [Ends::NOTHING]);
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
		// When staff reviewed the row is evidence, and not when it was captured.
		assert_eq!(stated[0].captured, None);
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
	let file = "id,lawful_basis\n1,\"^consent^,^withdrawn^\"\n";
	let (_, unusable) = read("suitecrm", &SUITECRM, file);
	assert_eq!(unusable[0].ends, Ends::These(vec!["offers".into()]));
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

/// What a row of Salesforce says of a purpose and a channel, by these labels.
fn channel(labels: &[(&str, &str)], row: &str) -> (Vec<Stated>, Vec<Unusable>) {
	let header = "Id,PartyId,DataUsePurposeId,ContactPointType,PrivacyConsentStatus,CaptureDate";
	read("salesforce-consents", labels, &format!("{header}\nC-1,I-1,{row}\n"))
}

#[test]
fn a_channel_refines_what_names_the_purpose() {
	let refined = [("Marketing/Email", "letters"), ("Marketing", "marketing")];
	for (label, part, purpose) in [
		("Marketing,Email", Some("Email"), "letters"),
		("Marketing,Phone", Some("Phone"), "marketing"),
		("Marketing,", None, "marketing"),
	] {
		let (stated, unusable) = channel(&refined, &format!("{label},OptIn,2024-01-01"));
		assert_eq!((meanings(&stated), unusable.len()), (vec![(purpose, Meaning::Given)], 0));
		assert_eq!(stated[0].part.as_deref(), part);
		let evidence = stated[0].evidence.0.get("ContactPointType").map(|value| &value[..]);
		assert_eq!(evidence, Some(part.unwrap_or_default()));
	}
	let family = [("Marketing*", "marketing")];
	let (stated, _) = channel(&family, "Marketing email,Phone,OptIn,");
	assert_eq!(meanings(&stated), [("marketing", Meaning::Given)]);
}

#[test]
fn what_cannot_be_read_may_have_ended_what_it_names() {
	let labels =
		[("Marketing/Email", "letters"), ("Marketing/Phone", "calls"), ("Offers", "offers")];
	let these = |purposes: &[&str]| Ends::These(purposes.iter().map(ToString::to_string).collect());
	for (row, expected) in [
		("Offers,Email,OptOut,10/10/2023", these(&["offers"])),
		("Offers,Email,Maybe,2023-10-10", these(&["offers"])),
		("Marketing,Phone,Maybe,2023-10-10", these(&["calls"])),
		// Which purpose or which channel it names cannot be told.
		(",Email,OptOut,2023-10-10", Ends::Any),
		("Marketing,,OptOut,2023-10-10", these(&["letters", "calls"])),
		// It names another purpose, or another channel.
		("Support,Email,OptOut,2023-10-10", Ends::NOTHING),
		("Support,,OptOut,2023-10-10", Ends::NOTHING),
		("Marketing,Web,OptOut,2023-10-10", Ends::NOTHING),
		// It ends nothing.
		("Offers,Email,OptIn,10/10/2023", Ends::NOTHING),
		("Offers,Email,Seen,2023-10-10", Ends::NOTHING),
	] {
		let (stated, unusable) = channel(&labels, row);
		assert!(stated.is_empty(), "{row}: {stated:?}");
		let [one] = &unusable[..] else { panic!("{row}: {unusable:?}") };
		assert_eq!(one.ends, expected, "{row}");
	}
}

#[test]
fn when_it_counts_is_told_only_where_that_is_later() {
	let header = "Id,PartyId,DataUsePurposeId,PrivacyConsentStatus,CaptureDate,EffectiveFrom";
	for (dates, from) in [
		("2024-01-02,2024-01-02", None),
		("2024-01-02,2024-01-01", None),
		("2024-01-02,2024-01-03", Some(1_704_240_000_000)),
		(",2024-01-03", Some(1_704_240_000_000)),
	] {
		let file = format!("{header}\nC-1,I-1,Offers,OptIn,{dates}\n");
		let (stated, _) = said("salesforce-consents", &[("Offers", "offers")], &file);
		assert_eq!(stated[0].from, from, "{dates}");
	}
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
fn the_notice_is_named_by_the_mapping_or_else_for_the_purpose() {
	let mapping = |version: &str| {
		let mut mapping = Mapping::parse(&format!(
			"source = 'a'\nid = 'x'\n[categories]\nidentity = ['n']\n[purposes]\nc = 'offers'\n\
			 [[consents]]\ncolumn = 'c'\nvalues = {{ yes = 'given' }}\n{version}",
		))
		.unwrap();
		mapping.notice_versions = [("offers".to_string(), 2), ("news".to_string(), 4)].into();
		mapping
	};
	for (mapping, named) in [(mapping(""), 2), (mapping("notice-version = 3"), 3)] {
		let fitted = mapping.fit(&["x".into(), "n".into(), "c".into()]).unwrap();
		let facts = fitted.facts(&["1".into(), "Ann".into(), "yes".into()]).unwrap();
		assert_eq!(facts.consents[0].notice_version, Some(named));
	}
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
