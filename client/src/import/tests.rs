use super::{submission::Work, *};
use crate::{
	content::Content,
	csv::Reader,
	store::{plan::InFlight, tests::store, Origin, Subject},
};
use consentry_primitives::{consent::Statement, DataCategory};

const CONTROLLER: OrganisationId = 3;

fn plan_file(store: &mut Store, mapping: &str, file: &[u8]) -> Summary {
	let mut summary = Summary::default();
	plan(store, CONTROLLER, &Mapping::load(mapping).unwrap(), file, &mut summary).unwrap();
	summary
}

/// Marks everything planned as done, as the chain would.
fn finalise(store: &mut Store) {
	let registrations = store.planned_registrations().unwrap();
	let work = Work::Register(registrations);
	let extrinsic = InFlight {
		key: 0,
		account: sp_core::crypto::AccountId32::new([1; 32]),
		nonce: 0,
		bytes: vec![],
		dies: 9,
	};
	let key = store.put_in_flight(&extrinsic, None, &work.customers(), &work.facts()).unwrap();
	store.settle(key, work.customers(), work.facts()).unwrap();
	let facts: Vec<_> = store.planned_facts().unwrap().iter().map(|fact| fact.key).collect();
	let key = store.put_in_flight(&extrinsic, None, &[], &facts).unwrap();
	store.settle(key, [], facts).unwrap();
}

#[test]
fn a_malformed_file_is_planned_in_part() {
	let (_folder, mut store) = store();
	let file = include_bytes!("../../tests/data/malformed-contacts.csv");
	let summary = plan_file(&mut store, "hubspot", file);
	assert_eq!((summary.rows, summary.rejects.len()), (8, 7));
	let lines: Vec<_> = summary.rejects.iter().filter_map(|reject| reject.line).collect();
	assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9]);
	assert!(summary.rejects[3].reason.contains("same id \"1\" as line 2"));
	let planned = store.planned_registrations().unwrap();
	assert_eq!(planned.len(), 1);
	assert_eq!(planned[0].0.origin.id, "1");

	let file = rejects_file(&summary.rejects);
	let (header, rows) = Reader::open(file.as_bytes(), b',').unwrap();
	assert_eq!(header, ["line", "reason"]);
	let reasons: Vec<_> = rows.map(|row| row.fields.unwrap().remove(1)).collect();
	assert_eq!(reasons, summary.rejects.iter().map(|r| r.reason.clone()).collect::<Vec<_>>());
}

#[test]
fn real_exports_are_planned_whole_and_once() {
	let (_folder, mut store) = store();
	let contacts = include_bytes!("../../tests/data/salesforce-contacts.csv");
	let orders = include_bytes!("../../tests/data/orders.csv");

	// Orders before their customers: every row is set aside.
	let summary = plan_file(&mut store, "orders", orders);
	assert_eq!(summary.rejects.len(), 5000);
	assert!(summary.rejects[0].reason.contains("was not imported"));

	let summary = plan_file(&mut store, "salesforce", contacts);
	assert_eq!((summary.rows, summary.unchanged, summary.rejects.len()), (1000, 0, 0));
	let summary = plan_file(&mut store, "orders", orders);
	assert_eq!((summary.rows, summary.unchanged, summary.rejects.len()), (5000, 0, 0));
	assert_eq!(store.planned_registrations().unwrap().len(), 1000);
	finalise(&mut store);

	for (mapping, file) in [("salesforce", &contacts[..]), ("orders", &orders[..])] {
		let summary = plan_file(&mut store, mapping, file);
		assert_eq!(summary.unchanged, summary.rows);
	}
	assert!(store.planned_registrations().unwrap().is_empty());
	assert!(store.planned_facts().unwrap().is_empty());
}

#[test]
fn an_export_of_espocrm_is_planned() {
	let (_folder, mut store) = store();
	let file = include_bytes!("../../tests/data/espocrm-contacts.csv");
	let summary = plan_file(&mut store, "espocrm", file);
	assert_eq!((summary.rows, summary.rejects), (5, vec![]));
	assert_eq!(store.planned_registrations().unwrap().len(), 5);
	let of = |id: &str| {
		let origin = Origin { source: "espocrm".into(), id: id.into() };
		let customer = store.customer_from(&origin).unwrap().unwrap().id;
		let facts = store.facts(&customer).unwrap().into_iter();
		facts.map(|fact| (fact.subject, fact.sealed.content().unwrap())).collect::<Vec<_>>()
	};
	let records = of("5f1c2b7e9d3a4c685");
	let address = Subject::Record(DataCategory::Address);
	let (_, address) = records.iter().find(|(subject, _)| *subject == address).unwrap();
	assert_eq!(address.0["addressStreet"], "Slovenska cesta 9\n2. nadstropje");
	assert_eq!(records.len(), 5);
	// A contact without address has no record of one.
	assert_eq!(of("5f1c2b7e9d3a4c684").len(), 4);

	finalise(&mut store);
	assert_eq!(plan_file(&mut store, "espocrm", file).unchanged, 5);
	let odd = b"id,doNotCall\n1,maybe\n";
	assert!(plan_file(&mut store, "espocrm", odd).rejects[0].reason.contains("maybe"));
}

#[test]
fn a_changed_row_is_sealed_anew() {
	let (_folder, mut store) = store();
	plan_file(&mut store, "hubspot", b"Record ID,First Name,Email\n1,Ann,a@b\n2,Bob,b@b\n");
	finalise(&mut store);
	let changed = b"Email,Record ID,First Name\na@c,1,Ann\nb@b,2,Bob\n";
	let summary = plan_file(&mut store, "hubspot", changed);
	assert_eq!((summary.rows, summary.unchanged), (2, 1));
	let facts = store.planned_facts().unwrap();
	assert_eq!(facts.len(), 1);
	assert_eq!(facts[0].subject, Subject::Record(DataCategory::Contact));
	assert!(facts[0].sealed.holds(&Content::from_iter([("Email", "a@c")])));
}

#[test]
fn customers_of_another_organisation_are_not_touched() {
	let (_folder, mut store) = store();
	plan_file(&mut store, "hubspot", b"Record ID\n1\n");
	finalise(&mut store);
	let mut summary = Summary::default();
	let mapping = Mapping::load("hubspot").unwrap();
	plan(&mut store, CONTROLLER + 1, &mapping, b"Record ID\n1\n", &mut summary).unwrap();
	assert!(summary.rejects[0].reason.contains("organisation 3"), "{:?}", summary.rejects);
}

#[test]
fn a_file_that_does_not_fit_plans_nothing() {
	let (_folder, mut store) = store();
	let mapping = Mapping::load("hubspot").unwrap();
	for file in [&b""[..], b"Id,Name\n1,x\n", b"\xFF\xFE\n"] {
		let mut summary = Summary::default();
		let result = plan(&mut store, CONTROLLER, &mapping, file, &mut summary);
		assert!(matches!(result, Err(Error::Usage(_))), "{result:?}");
	}
	assert!(store.planned_registrations().unwrap().is_empty());
}

#[test]
fn work_is_halved_until_it_stands_alone() {
	let (_folder, mut store) = store();
	plan_file(&mut store, "hubspot", b"Record ID\n1\n2\n3\n4\n5\n");
	let mut queue = vec![Work::Register(store.planned_registrations().unwrap())];
	let mut alone = 0;
	while let Some(work) = queue.pop() {
		match work.split() {
			Ok(halves) => queue.extend(halves),
			Err(one) => alone += one.len(),
		}
	}
	assert_eq!(alone, 5);
}

/// The mapping of Salesforce's consents, with each of its purposes under the same name.
fn consents_mapping() -> Mapping {
	let mut mapping = Mapping::load("salesforce-consents").unwrap();
	mapping.purposes.insert("*".into(), "everything".into());
	mapping
}

#[test]
fn consents_find_their_customers_by_another_id() {
	let (_folder, mut store) = store();
	let file = include_bytes!("../../tests/data/salesforce-contact-point-type-consents.csv");
	let mapping = consents_mapping();
	let plan_consents = |store: &mut Store| {
		let mut summary = Summary::default();
		let draft = plan(store, CONTROLLER, &mapping, file, &mut summary).unwrap();
		(draft.wanted.len(), summary)
	};

	let (wanted, summary) = plan_consents(&mut store);
	assert_eq!((wanted, summary.rejects.len()), (0, summary.rows));
	assert!(summary.rejects[0].reason.contains("was not imported"), "{:?}", summary.rejects[0]);

	plan_file(&mut store, "salesforce", include_bytes!("../../tests/data/salesforce-contacts.csv"));
	let (wanted, summary) = plan_consents(&mut store);
	let text = std::str::from_utf8(file).unwrap();
	let rows = |states: [&str; 2]| {
		text.lines().filter(|line| states.iter().any(|state| line.contains(state))).count()
	};
	assert_eq!(wanted, rows([",OptIn,", ",OptOut,"]));
	assert_eq!(summary.rejects.len(), rows([",Seen,", ",NotSeen,"]));
	assert_eq!(wanted + summary.rejects.len(), summary.rows);
	assert!(wanted > 1000, "{wanted}");
}

#[test]
fn an_id_that_two_customers_share_is_not_guessed() {
	let (_folder, mut store) = store();
	plan_file(&mut store, "salesforce", b"Id,IndividualId\n1,I-1\n2,I-1\n3,I-3\n");
	let file = b"Id,PartyId,DataUsePurposeId,PrivacyConsentStatus\nA,I-1,x,OptIn\nB,I-3,x,OptIn\n";
	let mut summary = Summary::default();
	let draft = plan(&mut store, CONTROLLER, &consents_mapping(), file, &mut summary).unwrap();
	assert_eq!(draft.wanted.len(), 1);
	assert_eq!((draft.wanted[0].line, summary.rejects[0].line), (3, Some(2)));
	assert!(summary.rejects[0].reason.contains("2 customers"), "{:?}", summary.rejects);
}

#[test]
fn a_consent_that_cannot_be_used_costs_no_customer() {
	let (_folder, mut store) = store();
	let mut mapping = Mapping::load("suitecrm").unwrap();
	mapping.purposes.insert("consent".into(), "offers".into());
	let file = b"id,lawful_basis,email_opt_out\n1,^consent^,1\n2,^consent^,0\n3,,0\n";
	let mut summary = Summary::default();
	let draft = plan(&mut store, CONTROLLER, &mapping, file, &mut summary).unwrap();
	assert_eq!(store.planned_registrations().unwrap().len(), 3);
	assert_eq!(summary.rejects.iter().map(|one| one.line).collect::<Vec<_>>(), [Some(2)]);
	// What the opt-out of the second line ends is not known.
	let (chosen, refused) = consents::latest(draft.wanted, &draft.unclear);
	assert_eq!(chosen.iter().map(|one| one.line).collect::<Vec<_>>(), [3]);
	assert_eq!(refused.iter().map(|(one, _)| one.line).collect::<Vec<_>>(), [2]);

	// The rows that say nothing new are told apart from those whose consents are still open.
	let mut summary = Summary::default();
	let draft = plan(&mut store, CONTROLLER, &mapping, file, &mut summary).unwrap();
	assert_eq!(summary.unchanged, 1);
	assert_eq!(draft.quiet.into_iter().collect::<Vec<_>>(), [3]);
}

#[test]
fn the_steps_of_a_consent_stay_together() {
	let (_folder, mut store) = store();
	plan_file(&mut store, "hubspot", b"Record ID\n1\n2\n3\n");
	finalise(&mut store);
	for customer in store.customers().unwrap() {
		let steps = [Statement::Object, Statement::Withdraw];
		store.plan_statements(&customer, 4, &steps, None, &Content::default()).unwrap();
	}
	let consents = store.planned_statements().unwrap();
	let consents: Vec<Vec<_>> = consents.chunks(2).map(<[_]>::to_vec).collect();
	let mut queue = vec![Work::State(consents)];
	let mut alone = 0;
	while let Some(work) = queue.pop() {
		match work.split() {
			Ok(halves) => queue.extend(halves),
			Err(Work::State(one)) => {
				let steps: Vec<_> = one[0].iter().map(|step| step.statement.clone()).collect();
				assert_eq!((one.len(), steps), (1, vec![Statement::Object, Statement::Withdraw]));
				alone += 1;
			},
			Err(_) => panic!("it became something else"),
		}
	}
	assert_eq!(alone, 3);
}
