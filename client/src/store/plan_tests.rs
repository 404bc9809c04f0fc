use super::*;
use crate::store::tests::store;
use consentry_primitives::InteractionKind;

fn origin(id: &str) -> Origin {
	Origin { source: "crm".into(), id: id.into() }
}

fn records(name: &str, mail: &str) -> BTreeMap<DataCategory, Content> {
	[
		(DataCategory::Identity, Content::from_iter([("Name", name)])),
		(DataCategory::Contact, Content::from_iter([("Email", mail)])),
	]
	.into_iter()
	.filter(|(_, content)| !content.is_blank())
	.collect()
}

fn extrinsic(nonce: u64) -> InFlight {
	InFlight { key: 0, account: AccountId32::new([1; 32]), nonce, bytes: vec![1], dies: 9 }
}

/// Registers everything planned, as the chain would.
fn register_all(store: &mut Store) {
	let planned = store.planned_registrations().unwrap();
	let ids: Vec<_> = planned.iter().map(|(customer, _)| customer.id).collect();
	let facts: Vec<_> =
		planned.iter().flat_map(|(_, facts)| facts.iter().map(|fact| fact.key)).collect();
	let key = store.put_in_flight(&extrinsic(0), None, &ids, &facts).unwrap();
	store.settle(key, ids, facts).unwrap();
}

#[test]
fn a_row_is_planned_once() {
	let (_folder, mut store) = store();
	let (id, planned) = store.plan_customer(3, &origin("1"), &records("Ann", "a@b")).unwrap();
	assert_eq!(planned, Planned::New);
	let again = store.plan_customer(3, &origin("1"), &records("Ann", "a@b")).unwrap();
	assert_eq!(again, (id, Planned::Unchanged));

	let planned = store.planned_registrations().unwrap();
	let [(customer, facts)] = &planned[..] else { panic!("one customer is planned") };
	assert_eq!((customer.id, facts.len(), customer.controller), (id, 2, 3));
	assert_eq!(customer_id(3, &customer.nonce), id);
	assert!(facts.iter().all(|fact| fact.commitment == fact.sealed.commitment()));
}

#[test]
fn a_change_before_registration_replaces_the_plan() {
	let (_folder, mut store) = store();
	store.plan_customer(3, &origin("1"), &records("Ann", "a@b")).unwrap();
	let (_, planned) = store.plan_customer(3, &origin("1"), &records("Anna", "")).unwrap();
	assert_eq!(planned, Planned::Changed(2));
	let facts = store.planned_registrations().unwrap().remove(0).1;
	assert_eq!(facts.len(), 1);
	assert!(facts[0].sealed.holds(&Content::from_iter([("Name", "Anna")])));
}

#[test]
fn a_change_after_registration_is_sealed_anew() {
	let (_folder, mut store) = store();
	let (id, _) = store.plan_customer(3, &origin("1"), &records("Ann", "a@b")).unwrap();
	register_all(&mut store);
	let (_, planned) = store.plan_customer(3, &origin("1"), &records("Anna", "")).unwrap();
	assert_eq!(planned, Planned::Changed(2));
	let planned = store.planned_facts().unwrap();
	assert_eq!(planned.len(), 2);
	assert!(planned.iter().any(|fact| fact.sealed.holds(&Content::default())));
	assert_eq!(store.facts(&id).unwrap().len(), 4);
	let again = store.plan_customer(3, &origin("1"), &records("Anna", "")).unwrap();
	assert_eq!(again.1, Planned::Unchanged);
}

#[test]
fn what_an_interrupted_import_left_is_known() {
	let (folder, mut store) = store();
	let ids: Vec<_> = ["1", "2", "3"]
		.iter()
		.map(|id| store.plan_customer(3, &origin(id), &records("Ann", "a@b")).unwrap().0)
		.collect();
	let facts: Vec<_> = store.facts(&ids[0]).unwrap().iter().map(|fact| fact.key).collect();
	let key = store.put_in_flight(&extrinsic(7), None, &ids[..2], &facts).unwrap();
	drop(store);

	let passphrase = crate::passphrase::Passphrase::new("passphrase");
	let mut store = Store::open(folder.path(), &passphrase).unwrap();
	assert_eq!(store.planned_registrations().unwrap().len(), 1);
	let in_flight = store.in_flight().unwrap();
	assert_eq!(in_flight, [InFlight { key, ..extrinsic(7) }]);
	let (carried, carried_facts) = store.carried(key).unwrap();
	assert_eq!((carried.len(), carried_facts.len()), (2, 2));

	// Signed anew, it takes the same place.
	let renewed = InFlight { dies: 99, ..extrinsic(7) };
	assert_eq!(store.put_in_flight(&renewed, Some(key), &[], &[]).unwrap(), key);
	assert_eq!(store.carried(key).unwrap().0.len(), 2);

	store.settle(key, [ids[0]], facts).unwrap();
	assert!(store.in_flight().unwrap().is_empty());
	assert!(store.customer(&ids[0]).unwrap().unwrap().done);
	assert_eq!(store.planned_registrations().unwrap().len(), 2);
	assert_eq!(store.count().unwrap(), 1);
}

#[test]
fn interactions_are_planned_once_per_content() {
	let (_folder, mut store) = store();
	let (id, _) = store.plan_customer(3, &origin("1"), &records("Ann", "")).unwrap();
	let subject = Subject::Interaction(InteractionKind::Purchase);
	let row = Origin { source: "orders".into(), id: "SO-1".into() };
	let amount = |amount: &str| Content::from_iter([("Amount", amount)]);
	let mut plan = |place, content: &Content| {
		store.plan_interaction(&id, &row, place, subject, content).unwrap().1
	};
	assert_eq!(plan(0, &amount("5")), Planned::New);
	assert_eq!(plan(0, &amount("5")), Planned::Unchanged);
	assert_eq!(plan(1, &amount("5")), Planned::New);
	assert_eq!(plan(0, &amount("6")), Planned::New);
	assert_eq!(plan(0, &amount("6")), Planned::Unchanged);
	// Nothing is recorded of a customer that is not registered.
	assert!(store.planned_facts().unwrap().is_empty());
	register_all(&mut store);
	assert_eq!(store.planned_facts().unwrap().len(), 3);
}

#[test]
fn erasure_leaves_no_trace_in_the_files() {
	let (folder, mut store) = store();
	let (id, _) = store.plan_customer(3, &origin("1"), &records("Ann", "a@b")).unwrap();
	register_all(&mut store);
	let sealed: Vec<u8> =
		store.database.query_row("SELECT sealed FROM facts LIMIT 1", [], |row| row.get(0)).unwrap();
	let nonce = store.customer(&id).unwrap().unwrap().nonce;
	store.erase(&id).unwrap();
	assert_eq!(store.customer(&id).unwrap(), None);
	assert!(store.facts(&id).unwrap().is_empty());
	for entry in std::fs::read_dir(folder.path()).unwrap() {
		let path = entry.unwrap().path();
		let file = std::fs::read(&path).unwrap();
		for trace in [&sealed[..], id.as_bytes(), nonce.as_bytes()] {
			let found = file.windows(trace.len()).any(|window| window == trace);
			assert!(!found, "{}", path.display());
		}
	}
}

#[test]
fn nothing_personal_is_stored_in_clear() {
	let (folder, mut store) = store();
	let origin = Origin { source: "a-crm-with-a-name".into(), id: "contact-number-1".into() };
	let name = "Ann-Sophie Unmistakable";
	store.plan_customer(3, &origin, &records(name, "unmistakable@example.com")).unwrap();
	for entry in std::fs::read_dir(folder.path()).unwrap() {
		let file = std::fs::read(entry.unwrap().path()).unwrap();
		for trace in ["a-crm-with-a-name", "contact-number-1", name, "unmistakable@", "Email"] {
			assert!(!file.windows(trace.len()).any(|window| window == trace.as_bytes()));
		}
	}
}

#[test]
fn a_bulk_that_fails_leaves_nothing() {
	let (_folder, mut store) = store();
	let result: Result<()> = store.in_bulk(|store| {
		store.plan_customer(3, &origin("1"), &records("Ann", ""))?;
		Err(crate::Error::Usage("stop".into()))
	});
	assert!(result.is_err());
	assert_eq!(store.customer_from(&origin("1")).unwrap(), None);
}
