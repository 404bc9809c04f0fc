use super::*;
use crate::{
	csv::Reader,
	import::{plan, Summary},
	mapping::consents::Meaning,
	store::{plan::InFlight, tests::store},
};
use consentry_primitives::{consent::PurposeTerms, Categories, Commitment, LawfulBasis};

const CONTROLLER: OrganisationId = 3;

fn mapping(name: &str, purposes: &[(&str, &str)]) -> Mapping {
	let mut mapping = Mapping::load(name).unwrap();
	mapping
		.purposes
		.extend(purposes.iter().map(|(label, name)| (label.to_string(), name.to_string())));
	mapping
}

fn imported(store: &mut Store, mapping: &Mapping, file: &[u8]) {
	plan(store, CONTROLLER, mapping, file, &mut Summary::default()).unwrap();
}

/// Marks every planned registration as done, as the chain would.
fn registered(store: &mut Store) {
	let planned = store.planned_registrations().unwrap();
	let customers: Vec<_> = planned.iter().map(|(customer, _)| customer.id).collect();
	let facts: Vec<_> = planned.iter().flat_map(|(_, facts)| facts).map(|fact| fact.key).collect();
	let account = sp_core::crypto::AccountId32::new([1; 32]);
	let extrinsic = InFlight { key: 0, account, nonce: 0, bytes: vec![], dies: 9 };
	let key = store.put_in_flight(&extrinsic, None, &customers, &facts).unwrap();
	store.settle(key, customers, facts).unwrap();
}

fn known() -> BTreeMap<OrganisationId, Known> {
	let purpose = |id, name: &str, basis| {
		let terms = PurposeTerms {
			categories: Categories::all(),
			retention_days: 1,
			notice: Commitment::Blake2b256V1(H256::zero()),
		};
		let info = PurposeInfo {
			purpose: id,
			controller: CONTROLLER,
			name: name.into(),
			dpv: "dpv:Marketing".into(),
			basis,
			revision: 0,
			since: 0,
			terms,
			notice_version: 1,
			consents_since: 1,
			retired: false,
		};
		(name.to_string(), vec![info])
	};
	let purposes =
		[purpose(0, "offers", LawfulBasis::Consent), purpose(1, "orders", LawfulBasis::Contract)];
	let known = Known { purposes: purposes.into(), consents: BTreeMap::new(), now: 1_000 };
	[(CONTROLLER, known)].into()
}

fn problems(read: &Read) -> Vec<(usize, Problem)> {
	let line = |finding: &Finding| finding.line.expect("it is about a row");
	read.findings.iter().map(|finding| (line(finding), finding.problem)).collect()
}

const SUITECRM: [(&str, &str); 4] = [
	("consent", "offers"),
	("contract", "orders"),
	("withdrawn", "offers"),
	("legitimate_interest", "orders"),
];

#[test]
fn rows_are_looked_up_and_their_claims_checked() {
	let (_folder, mut store) = store();
	let mapping = mapping("suitecrm", &SUITECRM);
	imported(&mut store, &mapping, b"id,lawful_basis\n1,\n2,\n3,\n4,\n5,\n7,\n");
	let file = b"id,lawful_basis\n1,^consent^\n2,^contract^\n3,\n4,^legitimate_interest^\n\
		5,^public_interest^\n6,^consent^\n7,whim\n";
	let mut read = read(&store, &mapping, file).unwrap();
	assert_eq!(read.rows, 7);
	let questions = read.questions(&known());
	let asked: Vec<_> =
		questions.iter().map(|(one, purpose, _)| (one.line, purpose.purpose)).collect();
	assert_eq!(asked, [(2, 0), (3, 1)]);
	let mut found = problems(&read);
	found.sort_by_key(|(line, _)| *line);
	assert_eq!(
		found,
		[
			(4, Problem::NoBasis),
			(5, Problem::WrongBasis),
			(6, Problem::UnusableRow),
			(7, Problem::UnknownCustomer),
			(8, Problem::UnusableRow),
		]
	);
	let named: Vec<_> = read.findings.iter().map(|finding| &finding.customer[..]).collect();
	assert!(named.contains(&"suitecrm:6") && named.contains(&"suitecrm:3"), "{named:?}");
}

#[test]
fn who_was_erased_is_found_on_each_line_and_on_nothing_else() {
	let (_folder, mut store) = store();
	let contacts = mapping("salesforce", &[]);
	imported(&mut store, &contacts, b"Id,IndividualId\n1,I-1\n2,I-2\n");
	let mapping = mapping("salesforce-consents", &[("x", "offers")]);
	let file = b"Id,PartyId,DataUsePurposeId,PrivacyConsentStatus\nA,I-1,x,OptIn\n\
		B,I-1,x,Seen\nC,I-2,x,OptIn\nD,I-3,x,OptIn\n";
	let mut read = read(&store, &mapping, file).unwrap();
	let origin = crate::store::Origin { source: "salesforce".into(), id: "1".into() };
	let erased = store.customer_from(&origin).unwrap().unwrap().id;
	read.dismiss(&erased, Problem::CustomerErased, "it was erased on the chain");
	let questions = read.questions(&known());
	assert_eq!(questions.iter().map(|(one, ..)| one.line).collect::<Vec<_>>(), [4]);
	let mut found = problems(&read);
	found.sort_by_key(|(line, _)| *line);
	use Problem::*;
	assert_eq!(found, [(2, CustomerErased), (3, CustomerErased), (5, UnknownCustomer)]);
	assert!(read.findings.iter().any(|finding| finding.customer == "salesforce:1"));
	assert!(read.findings.iter().any(|finding| finding.customer == "salesforce:I-3"));
}

#[test]
fn rows_that_contradict_each_other_are_found() {
	let (_folder, mut store) = store();
	imported(&mut store, &mapping("salesforce", &[]), b"Id,IndividualId\n1,I-1\n");
	let mapping = mapping("salesforce-consents", &[("x", "offers")]);
	let file = b"Id,PartyId,DataUsePurposeId,PrivacyConsentStatus,CaptureDate\n\
		A,I-1,x,OptIn,1970-01-01\nB,I-1,x,OptOut,1970-01-01\n";
	let mut read = read(&store, &mapping, file).unwrap();
	assert!(read.questions(&known()).is_empty());
	assert_eq!(problems(&read), [(2, Problem::UnusableRow), (3, Problem::UnusableRow)]);
}

#[test]
fn claims_and_answers_agree_or_are_problems() {
	let given = Claim::Given(false);
	for denial in [
		Denial::NoConsent,
		Denial::ConsentWithdrawn,
		Denial::ConsentExpired,
		Denial::NoticeOutdated,
		Denial::CategoryNotConsented,
		Denial::ConsentNotConfirmed,
		Denial::CustomerObjected,
	] {
		for claim in [&given, &Claim::OtherBasis] {
			assert_eq!(compare(claim, Some(denial)), Some(Problem::Denied(denial)));
		}
		for claim in [&Claim::Withdrawn, &Claim::Objected, &Claim::Requested] {
			assert_eq!(compare(claim, Some(denial)), None);
		}
	}
	for claim in [&given, &Claim::OtherBasis, &Claim::Requested] {
		assert_eq!(compare(claim, None), None);
	}
	for claim in [Claim::Withdrawn, Claim::Objected] {
		assert_eq!(compare(&claim, None), Some(Problem::OptOutNotOnChain));
	}
}

#[test]
fn findings_are_a_table() {
	let detail = "says \"x\", and\nmore".to_string();
	let findings = [
		finding(
			Some(7),
			"crm:1".into(),
			None,
			Problem::Denied(Denial::ConsentWithdrawn),
			detail.clone(),
		),
		finding(None, "crm:2".into(), None, Problem::NoBasis, String::new()),
	];
	let file = findings_file(&findings);
	let (header, rows) = Reader::open(file.as_bytes(), b',').unwrap();
	assert_eq!(header, ["line", "customer", "problem", "detail", "what to do"]);
	let rows: Vec<_> = rows.map(|row| row.fields.unwrap()).collect();
	let remedy = "stop processing for this purpose, and take the opt-out over into the CRM";
	assert_eq!(rows[0], ["7", "crm:1", "consent-withdrawn", &detail, remedy]);
	assert_eq!(rows[1][..3], ["", "crm:2", "no-basis"]);
	let json = serde_json::to_value(&findings[0]).unwrap();
	assert_eq!(json["problem"], "consent-withdrawn");
}

#[test]
fn an_opt_out_that_prevailed_is_a_claim_too() {
	let (_folder, mut store) = store();
	let mapping = mapping("suitecrm", &[&SUITECRM[..], &[("email_opt_out", "offers")]].concat());
	let file = b"id,lawful_basis,email_opt_out\n1,^consent^,1\n";
	imported(&mut store, &mapping, file);
	let mut read = read(&store, &mapping, file).unwrap();
	assert_eq!(read.wanted[0].stated.meaning, Meaning::OptedOut);
	let questions = read.questions(&known());
	assert_eq!(questions[0].2, Claim::Withdrawn);
}

#[test]
fn who_only_opted_out_is_processed_on_no_basis() {
	let (_folder, mut store) = store();
	let mapping = mapping("suitecrm", &[&SUITECRM[..], &[("email_opt_out", "offers")]].concat());
	imported(&mut store, &mapping, b"id,lawful_basis\n1,\n2,\n3,\n4,\n");
	let file = b"id,lawful_basis,email_opt_out\n1,,1\n2,^withdrawn^,0\n3,^contract^,1\n4,,Whim\n";
	let read = read(&store, &mapping, file).unwrap();
	use Problem::*;
	assert_eq!(problems(&read), [(2, NoBasis), (3, NoBasis), (5, UnusableRow)]);
}

#[test]
fn what_something_unclear_may_have_ended_is_not_taken_for_given() {
	let (_folder, mut store) = store();
	imported(&mut store, &mapping("salesforce", &[]), b"Id,IndividualId\n1,I-1\n2,I-2\n");
	let mapping = mapping("salesforce-consents", &[("x", "offers")]);
	let file = b"Id,PartyId,DataUsePurposeId,PrivacyConsentStatus,CaptureDate\n\
		A,I-1,x,OptIn,1970-01-01\nB,I-1,x,OptOut,yesterday\nC,I-2,x,OptIn,1970-01-01\n";
	let mut read = read(&store, &mapping, file).unwrap();
	let questions = read.questions(&known());
	assert_eq!(questions.iter().map(|(one, ..)| one.line).collect::<Vec<_>>(), [4]);
	let mut found = problems(&read);
	found.sort_by_key(|(line, _)| *line);
	assert_eq!(found, [(2, Problem::UnusableRow), (3, Problem::UnusableRow)]);
}

#[test]
fn nothing_compared_is_no_all_clear() {
	let (_folder, store) = store();
	let reason = |mapping: &Mapping, file: &[u8]| match read(&store, mapping, file) {
		Err(Error::Usage(reason)) => reason,
		_ => panic!("it was read"),
	};
	let without_purposes = reason(&mapping("suitecrm", &[]), b"id,lawful_basis\n1,^consent^\n");
	assert!(without_purposes.contains("--purpose-map"), "{without_purposes}");
	let without_consents = reason(&mapping("salesforce", &[("x", "offers")]), b"Id\n1\n");
	assert!(without_consents.contains("[[consents]]"), "{without_consents}");
	let empty = reason(&mapping("suitecrm", &SUITECRM), b"id,lawful_basis\n");
	assert!(empty.contains("no rows"), "{empty}");
}

#[test]
fn customers_whom_no_row_is_about_are_found() {
	let (_folder, mut store) = store();
	imported(&mut store, &mapping("salesforce", &[]), b"Id,IndividualId\n1,I-1\n2,I-2\n3,I-3\n");
	imported(&mut store, &mapping("hubspot", &[]), b"Record ID\n1\n");
	registered(&mut store);
	// Only planned, and not yet on the chain.
	imported(&mut store, &mapping("salesforce", &[]), b"Id\n4\n");
	let mapping = mapping("salesforce-consents", &[("x", "offers")]);
	let file = b"Id,PartyId,DataUsePurposeId,PrivacyConsentStatus\nA,I-2,x,OptIn\n";
	let mut read = read(&store, &mapping, file).unwrap();
	read.silent(&store, &mapping).unwrap();
	let found = |read: &Read| -> Vec<_> {
		let mut found: Vec<_> = read.findings.iter().map(|one| one.customer.clone()).collect();
		assert!(read.findings.iter().all(|one| one.line.is_none()));
		assert!(read.findings.iter().all(|one| one.problem == Problem::NoBasis));
		found.sort();
		found
	};
	assert_eq!(found(&read), ["salesforce:1", "salesforce:3"]);
	// Whom the chain does not know, or erased, is not processed by this controller any more.
	let origin = crate::store::Origin { source: "salesforce".into(), id: "3".into() };
	let erased = store.customer_from(&origin).unwrap().unwrap().id;
	read.dismiss(&erased, Problem::CustomerErased, "it was erased on the chain");
	assert_eq!(found(&read), ["salesforce:1"]);
}
