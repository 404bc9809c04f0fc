//! The client takes consents over from an export, reports on customers, and finds rows without a
//! valid basis.

use crate::{
	harness::{new_base, repository_file, Node},
	import::{export, imported, interrupted, killed, store, verify_all},
	scenario::{contact, grant_terms, purpose_terms, wall_clock, Organisation, Signer, CONTROLLER},
};
use consentry_client::{
	calls::{access_grants, consent, customers},
	chain::Chain,
	mapping::Mapping,
	moment,
	reconcile::{reconcile, Problem, Reconciled},
	report::{html, report, Outcome},
	store::{Origin, Store},
	verify,
};
use consentry_primitives::{
	api::{ConsentInfo, GrantState},
	consent::{ConsentState, Statement},
	CustomerId, DataCategory, Denial, LawfulBasis,
};
use sp_core::crypto::AccountId32;
use sp_keyring::Sr25519Keyring;
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

/// What names a purpose in the export, and its name on the chain.
const PURPOSES: [(&str, &str); 5] = [
	("Order fulfilment", "fulfilment"),
	("Marketing email", "marketing-email"),
	("Credit check", "credit-check"),
	("Customer support", "support"),
	("Product analytics", "analytics"),
];

/// The organisation with its purposes.
async fn organisation(node: &Node) -> Organisation {
	let mut organisation = Organisation::create(node).await;
	for (_, name) in PURPOSES {
		organisation.create_purpose(node, name).await;
	}
	organisation
}

/// A file with the mapping of Salesforce's consents and what it maps purposes to.
fn mapping(home: &TempDir) -> String {
	mapping_to(home, "salesforce-consents", &PURPOSES)
}

/// The notice that customers saw, whose consents are older than the purposes or have no date.
const FIRST_NOTICE: &str = "notice-version = 1\n";

/// A file with a ready-made mapping and what it maps purposes to.
fn mapping_to(home: &TempDir, name: &str, purposes: &[(&str, &str)]) -> String {
	let ready_made = repository_file(&format!("client/mappings/{name}.toml"));
	let mut text = std::fs::read_to_string(ready_made).unwrap() + "\n[purposes]\n";
	text = text.replace("[[consents]]\n", &format!("[[consents]]\n{FIRST_NOTICE}"));
	for (label, name) in purposes {
		text += &format!("{label:?} = {name:?}\n");
	}
	let path = home.path().join(format!("{name}-to-purposes.toml"));
	std::fs::write(&path, text).unwrap();
	path.to_str().unwrap().to_string()
}

/// The whole export of consents.
fn consents() -> Vec<u8> {
	export("salesforce-contact-point-type-consents.csv", usize::MAX - 1)
}

/// What has to come of the export, counted without the client.
#[derive(Default, Debug)]
struct Expected {
	rows: usize,
	/// Lines that no consent can be made of.
	rejected: BTreeSet<usize>,
	/// Consents that are given.
	given: usize,
	/// Statements that make them: two where there was a double opt-in.
	statements: usize,
	/// Opt-outs.
	not_given: usize,
	/// Purposes of customers about which the channels disagree.
	disagreeing: usize,
}

fn expected(file: &[u8]) -> Expected {
	let text = std::str::from_utf8(file).unwrap();
	let mut lines = text.lines().enumerate();
	let header: Vec<_> = lines.next().unwrap().1.split(',').collect();
	let today = moment::shown(wall_clock());
	let mut expected = Expected::default();
	let mut latest: BTreeMap<_, BTreeMap<_, (usize, Vec<&str>)>> = BTreeMap::new();
	let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
	let [captured, status, until, confirmed] =
		["CaptureDate", "PrivacyConsentStatus", "EffectiveTo", "DoubleConsentCaptureDate"].map(at);
	for (index, line) in lines {
		expected.rows += 1;
		let row: Vec<_> = line.split(',').collect();
		if !["OptIn", "OptOut"].contains(&row[status]) {
			expected.rejected.insert(index + 1);
			continue;
		}
		let consent = (row[at("PartyId")], row[at("DataUsePurposeId")]);
		let channels = latest.entry(consent).or_default();
		let known = channels.entry(row[at("ContactPointType")]).or_insert((index + 1, row.clone()));
		if known.1[captured] < row[captured] {
			*known = (index + 1, row);
		}
	}
	for channels in latest.into_values() {
		let says = |row: &[&str]| match row[status] {
			"OptIn" => Some((row[until].to_string(), row[confirmed].is_empty())),
			_ => None,
		};
		let first = channels.values().min_by_key(|(_, row)| row[captured]).unwrap().clone();
		let said = says(&first.1);
		if channels.values().any(|(_, row)| says(row) != said) {
			expected.disagreeing += 1;
			expected.rejected.extend(channels.values().map(|(line, _)| line));
			continue;
		}
		match said {
			None => expected.not_given += 1,
			Some((until, _)) if !until.is_empty() && until[..10] <= today[..10] => {
				expected.rejected.insert(first.0);
			},
			Some((_, unconfirmed)) => {
				expected.given += 1;
				expected.statements += if unconfirmed { 1 } else { 2 };
			},
		}
	}
	expected
}

/// Every consent that the chain has of the store's customers.
async fn on_chain(node: &Node, store: &Store) -> Vec<(CustomerId, ConsentInfo<AccountId32>)> {
	let chain = Chain::connect(&node.url).await.unwrap();
	let head = chain.finalised().await.unwrap();
	let mut all = Vec::new();
	for customer in store.customers().unwrap() {
		let consents = chain.consents(head.hash, &customer).await.unwrap().unwrap();
		all.extend(consents.into_iter().map(|consent| (customer, consent)));
	}
	all
}

/// Checks that the chain has each consent of the export, and each once.
async fn check(node: &Node, store: &mut Store, expected: &Expected) {
	let consents = on_chain(node, store).await;
	assert!(consents.iter().all(|(_, consent)| consent.state == ConsentState::Given));
	assert_eq!(consents.len(), expected.given);
	let statements: u32 = consents.iter().map(|(_, consent)| consent.revision + 1).sum();
	assert_eq!(statements as usize, expected.statements);
	// Each customer has an entry for itself, and one for whatever the store knows of it.
	let customers = store.customers().unwrap();
	let facts: usize = customers.iter().map(|id| store.facts(id).unwrap().len()).sum();
	let count = customers.len();
	assert_eq!(verify_all(node, store).await, (count, (count + facts) as u64));
}

#[tokio::test]
async fn consents_of_salesforce_are_taken_over_once() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	organisation(&node).await;
	let (mut store, mapping, file) = (store(&home), mapping(&home), consents());
	imported(&node, &mut store, "salesforce", &export("salesforce-contacts.csv", 1000)).await;

	let expected = expected(&file);
	assert!(expected.given > 100 && expected.not_given > 100 && expected.rejected.len() > 100);
	assert!(expected.disagreeing > 50);
	let summary = imported(&node, &mut store, &mapping, &file).await;
	assert_eq!((summary.rows, summary.consents), (expected.rows, expected.statements));
	assert_eq!(summary.not_given, expected.not_given);
	let rejected: BTreeSet<_> = summary.rejects.iter().map(|one| one.line.unwrap()).collect();
	assert_eq!(rejected, expected.rejected);
	check(&node, &mut store, &expected).await;

	// Again, nothing happens; with a change, only the change.
	let again = imported(&node, &mut store, &mapping, &file).await;
	assert_eq!((again.consents, again.rejects), (0, summary.rejects));
	assert_eq!(again.unchanged, expected.rows - expected.rejected.len());
	let text = std::str::from_utf8(&file).unwrap();
	let given = on_chain(&node, &store).await.into_iter();
	let mut rows = given.map(|consent| (winner(&file, &store, &consent), consent));
	let same = |row: &str| {
		let about =
			|row: &str| row.split(',').skip(2).step_by(2).take(2).collect::<Vec<_>>().concat();
		text.lines().filter(|other| about(other) == about(row)).count()
	};
	let (row, given) = rows.find(|(row, _)| same(row) == 1).unwrap();
	let out =
		row.replace(",OptIn,", ",OptOut,").replace(row_date(&row), "2026-01-05T00:00:00.000Z");
	let changed = text.replace(&row, &out);
	let summary = imported(&node, &mut store, &mapping, changed.as_bytes()).await;
	assert_eq!(summary.consents, 1, "{:?}", summary.rejects);
	let withdrawn: Vec<_> = on_chain(&node, &store).await;
	let withdrawn = withdrawn.iter().filter(|(_, one)| one.state == ConsentState::Withdrawn);
	let withdrawn: Vec<_> = withdrawn.map(|(id, one)| (*id, one.purpose)).collect();
	assert_eq!(withdrawn, [(given.0, given.1.purpose)]);

	// An older file gives nothing anew: neither what was withdrawn, nor what was opted out of and
	// never given.
	let ended = text.lines().filter(|row| row.contains(",OptOut,") && same(row) == 1);
	let mut older: Vec<_> = ended.map(|row| row.replace(",OptOut,", ",OptIn,")).collect();
	older.push(row.clone());
	let file = format!("{}\n{}\n", text.lines().next().unwrap(), older.join("\n"));
	let summary = imported(&node, &mut store, &mapping, file.as_bytes()).await;
	assert_eq!((summary.consents, summary.rejects.len()), (0, older.len()));
	let told = summary.rejects.iter().filter(|one| one.reason.contains("opted out of"));
	assert!(told.count() > 50);
}

/// The row of the export that a consent came from: the one that its evidence names.
fn winner(
	file: &[u8],
	store: &Store,
	(customer, consent): &(CustomerId, ConsentInfo<AccountId32>),
) -> String {
	let recorded = store.last_statement(customer, consent.purpose).unwrap().unwrap();
	let evidence = recorded.fact.sealed.content().unwrap();
	let id = &evidence.0["Id"];
	let text = std::str::from_utf8(file).unwrap();
	text.lines().find(|line| line.starts_with(&format!("{id},"))).unwrap().to_string()
}

/// When a row was captured.
fn row_date(row: &str) -> &str {
	row.split(',').nth(6).unwrap()
}

/// The purposes of an organisation whose CRM names lawful bases and no purposes.
async fn purposes_by_basis(node: &Node, organisation: &mut Organisation) {
	use LawfulBasis::*;
	for (name, basis) in [
		("offers", Consent),
		("orders", Contract),
		("bookkeeping", LegalObligation),
		("sales", LegitimateInterests),
	] {
		let create = consent::create_purpose(name, "dpv:Purpose", basis, &purpose_terms(1));
		organisation.bob.make(node, create).await;
	}
}

/// How many consents of the store's customers the chain has in each state.
async fn states(node: &Node, store: &Store) -> BTreeMap<String, usize> {
	let mut states = BTreeMap::new();
	for (_, consent) in on_chain(node, store).await {
		*states.entry(format!("{:?}", consent.state)).or_default() += 1;
	}
	states
}

#[tokio::test]
async fn lawful_bases_of_hubspot_and_suitecrm_are_taken_over() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	let mut organisation = Organisation::create(&node).await;
	purposes_by_basis(&node, &mut organisation).await;
	let bases = [
		("Freely given consent from contact", "offers"),
		("Performance of a contract", "orders"),
		("Legitimate interest *", "sales"),
		("Unsubscribed from all email", "offers"),
		("Opted out of email: *", "offers"),
	];
	let hubspot = mapping_to(&home, "hubspot", &bases);
	let given = |row: &&str| row.contains("Freely given consent");
	let out = |row: &&str| row.contains(",TRUE");
	let text = String::from_utf8(export("hubspot-contacts.csv", 300)).unwrap();
	// Two rows more: one on two bases, and one on a basis that nobody knows.
	let last = text.lines().last().unwrap().to_string();
	let basis = last.split(',').nth(9).unwrap().to_string();
	let another = |id: &str, bases: &str| {
		let row = last.replacen(last.split(',').next().unwrap(), id, 1).replace(&basis, bases);
		row.replace(",TRUE", ",")
	};
	let both = another("77", "Freely given consent from contact;Performance of a contract");
	let odd = another("78", "Freely given consent from contact;Whim");
	let rows: Vec<_> = text.lines().skip(1).chain([&both[..]]).collect();
	let outs = rows.iter().copied().filter(out).count();
	let gives = rows.iter().copied().filter(|row| given(row) && !out(row)).count();
	assert!(outs > 50 && gives > 50);
	let file = format!("{text}{both}\n{odd}\n");
	let mut store = store(&home);
	let summary = imported(&node, &mut store, &hubspot, file.as_bytes()).await;
	assert_eq!((summary.registered, summary.consents, summary.not_given), (302, gives, outs));
	// The odd one goes in, without its consent.
	let lines: BTreeSet<_> = summary.rejects.iter().map(|one| one.line.unwrap()).collect();
	assert_eq!(lines, BTreeSet::from([file.lines().count()]), "{:?}", summary.rejects);
	assert_eq!(states(&node, &store).await, BTreeMap::from([("Given".into(), gives)]));

	let bases = [
		("consent", "offers"),
		("withdrawn", "offers"),
		("email_opt_out", "offers"),
		("contract", "orders"),
		("legal_obligation", "bookkeeping"),
		("legitimate_interest", "sales"),
	];
	let suitecrm = mapping_to(&home, "suitecrm", &bases);
	let text = String::from_utf8(export("suitecrm-contacts.csv", 300)).unwrap();
	let out =
		|row: &&str| row.contains("^withdrawn^") || row.ends_with(",1,0") || row.ends_with(",1,1");
	let given = |row: &&str| row.contains("^consent^");
	let rows: Vec<_> = text.lines().skip(1).collect();
	let outs = rows.iter().copied().filter(out).count();
	let consenting: Vec<_> = rows.iter().copied().filter(|row| given(row) && !out(row)).collect();
	assert!(outs > 50 && consenting.len() > 20);
	let summary = imported(&node, &mut store, &suitecrm, text.as_bytes()).await;
	assert_eq!((summary.registered, summary.rejects), (300, vec![]));
	assert_eq!((summary.consents, summary.not_given), (consenting.len(), outs));

	// Staff review rows: of one who withdrew since, of one who withdrew on the chain, of one who
	// had opted out before there was anything to withdraw, and of one who saw nobody knows which
	// notice.
	let of = |row: &str| {
		let id = row.split(',').next().unwrap().to_string();
		let origin = Origin { source: "suitecrm".into(), id };
		store.customer_from(&origin).unwrap().unwrap().id
	};
	let chain = Chain::connect(&node.url).await.unwrap();
	let head = chain.finalised().await.unwrap();
	let purposes = chain.purposes(head.hash, CONTROLLER).await.unwrap();
	let offers = purposes.iter().find(|purpose| purpose.name == "offers").unwrap().purpose;
	// The imports took Bob's next nonces.
	organisation.bob = Signer::new(&node, Sr25519Keyring::Bob).await;
	organisation.record(&node, of(consenting[1]), offers, Statement::Withdraw).await;
	let renewed = consent::revise_purpose(offers, &purpose_terms(2), true);
	organisation.bob.make(&node, renewed).await;
	let reviewed = |row: &str| {
		let mut fields: Vec<_> = row.rsplitn(4, ',').collect();
		fields[2] = "2026-01-05";
		fields.reverse();
		fields.join(",")
	};
	let opted_out = rows.iter().find(|row| row.contains("^withdrawn^") && row.ends_with(",0,0"));
	let opted_out = *opted_out.unwrap();
	let later = text
		.replace(consenting[0], &reviewed(consenting[0]).replace("^consent^", "^withdrawn^"))
		.replace(consenting[1], &reviewed(consenting[1]))
		.replace(opted_out, &reviewed(opted_out).replace("^withdrawn^", "^consent^"))
		.replace(consenting[2], &reviewed(consenting[2]));
	let unnamed = std::fs::read_to_string(&suitecrm).unwrap().replace(FIRST_NOTICE, "");
	std::fs::write(&suitecrm, unnamed).unwrap();
	let summary = imported(&node, &mut store, &suitecrm, later.as_bytes()).await;
	assert_eq!(summary.consents, 1, "{:?}", summary.rejects);
	let line_of = |row: &str| text.lines().position(|line| line == row).map(|index| index + 1);
	let mut expected = [
		(line_of(consenting[1]), "the chain has it withdrawn"),
		(line_of(opted_out), "an import told that it was opted out of"),
		(line_of(consenting[2]), "asks for new consent since"),
	];
	expected.sort();
	assert_eq!(summary.rejects.len(), expected.len(), "{:?}", summary.rejects);
	for (reject, (line, reason)) in summary.rejects.iter().zip(expected) {
		assert_eq!(reject.line, line);
		assert!(reject.reason.contains(reason), "{}", reject.reason);
	}
	let expected = [("Given", gives + consenting.len() - 2), ("Withdrawn", 2)];
	let expected = expected.map(|(state, count)| (state.to_string(), count));
	assert_eq!(states(&node, &store).await, BTreeMap::from(expected));
}

#[tokio::test]
async fn an_interrupted_import_loses_and_doubles_no_consent() {
	let home = TempDir::new().unwrap();
	let mut node = Node::start(new_base(), &["--dev"]).await;
	organisation(&node).await;
	let (mut store, mapping, file) = (store(&home), mapping(&home), consents());
	imported(&node, &mut store, "salesforce", &export("salesforce-contacts.csv", 1000)).await;

	let expected = expected(&file);
	interrupted(&node, &mut store, &mapping, &file, 60).await;
	interrupted(&node, &mut store, &mapping, &file, 60).await;
	// The node that comes back knows nothing of what was in flight.
	node = killed(node, &mut store, &mapping, &file, 60).await;
	let summary = imported(&node, &mut store, &mapping, &file).await;
	assert!(summary.consents < expected.statements - 100, "{summary:?}");
	check(&node, &mut store, &expected).await;
}

#[tokio::test]
async fn rows_without_a_valid_basis_are_found_and_the_report_tells_why() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	let mut organisation = organisation(&node).await;
	let (mut store, path, file) = (store(&home), mapping(&home), consents());
	imported(&node, &mut store, "salesforce", &export("salesforce-contacts.csv", 1000)).await;
	let summary = imported(&node, &mut store, &path, &file).await;
	// The imports took Bob's next nonces.
	organisation.bob = Signer::new(&node, Sr25519Keyring::Bob).await;

	// What was taken over has a valid basis, what was rejected has none.
	let mapping = Mapping::load(&path).unwrap();
	let chain = Chain::connect(&node.url).await.unwrap();
	let found = reconcile(&chain, &mut store, &mapping, &file).await.unwrap();
	let rejected: Vec<_> = summary.rejects.iter().map(|one| one.line.unwrap()).collect();
	assert_eq!(lines(&found), rejected);
	// Nor has a contact of whom the file says nothing.
	let text = String::from_utf8(file.clone()).unwrap();
	let told: BTreeSet<_> = text.lines().skip(1).filter_map(|row| row.split(',').nth(2)).collect();
	let without: Vec<_> = found.findings.iter().filter(|finding| finding.line.is_none()).collect();
	assert_eq!(without.len(), 1000 - told.len());
	assert!(without.iter().all(|finding| finding.problem == Problem::NoBasis));

	// A customer withdraws after an access; the CRM does not hear of it. Another is erased, and a
	// third was never imported.
	let given = on_chain(&node, &store).await;
	let (customer, consent) = &given[0];
	let (erased, _) = given.iter().find(|(other, _)| other != customer).unwrap();
	let mut dave = organisation.add_agent(&node, Sr25519Keyring::Dave).await;
	let terms = grant_terms(consent.purpose, None, None);
	let grant = organisation.grant(&node, Sr25519Keyring::Dave, &terms).await;
	let request =
		access_grants::request_access(grant, consent.purpose, contact(), &[*customer], None);
	dave.make(&node, request.clone()).await;
	organisation.record(&node, *customer, consent.purpose, Statement::Withdraw).await;
	dave.make(&node, request).await;
	organisation.bob.make(&node, access_grants::revoke(grant)).await;
	organisation.bob.make(&node, customers::erase(erased)).await;
	let stale = winner(&file, &store, &given[0]);
	let mut text = String::from_utf8(file).unwrap();
	text += &stale
		.replacen(stale.split(',').next().unwrap(), "0ZBSTRANGER", 1)
		.replace(stale.split(',').nth(2).unwrap(), "0PKSTRANGER");
	text += "\n";

	let found = reconcile(&chain, &mut store, &mapping, text.as_bytes()).await.unwrap();
	let line_of = |row: &str| text.lines().position(|line| line == row).unwrap() + 1;
	let of_line = |line| found.findings.iter().find(|finding| finding.line == Some(line)).unwrap();
	let finding = of_line(line_of(&stale));
	assert_eq!(finding.problem, Problem::Denied(Denial::ConsentWithdrawn));
	assert_eq!(finding.id, Some(*customer));
	assert_eq!(of_line(text.lines().count()).problem, Problem::UnknownCustomer);
	let gone = found.findings.iter().filter(|one| one.problem == Problem::CustomerErased);
	let gone: BTreeSet<_> = gone.filter_map(|one| one.line).collect();
	let individual = individual_of(&store, erased);
	let rows = text.lines().enumerate().filter(|(_, line)| line.contains(&individual));
	let rows: BTreeSet<_> = rows.map(|(index, _)| index + 1).collect();
	assert_eq!(gone, rows);
	assert!(!gone.is_empty());

	// An import of the same rows does not undo the withdrawal.
	let again = imported(&node, &mut store, &path, text.as_bytes()).await;
	assert_eq!(again.consents, 0, "{again:?}");

	let options = verify::Options::default();
	let told = report(&chain, Some(&mut store), customer, &options).await.unwrap();
	let mine = told.consents.iter().find(|one| one.purpose == consent.purpose).unwrap();
	let states: Vec<_> = mine.history.iter().map(|revision| revision.info.state).collect();
	assert_eq!(states.last(), Some(&ConsentState::Withdrawn));
	assert!(states.contains(&ConsentState::Given));
	assert_eq!(states.len() as u32, consent.revision + 2);
	assert_eq!(mine.history[0].evidence.as_ref().unwrap().0["PrivacyConsentStatus"], "OptIn");
	let outcomes: Vec<_> = told.accesses.iter().map(|access| access.outcome).collect();
	let authorised = Outcome::Authorised { basis: LawfulBasis::Consent };
	assert_eq!(outcomes, [authorised, Outcome::Denied { reason: Denial::ConsentWithdrawn }]);
	// To whom data were disclosed is told after the grant was revoked, too.
	let recipient = told.recipients.iter().find(|recipient| recipient.grant.grant == grant);
	let recipient = recipient.unwrap();
	assert_eq!(recipient.grant.state, GrantState::Revoked);
	assert_eq!(recipient.name, format!("{} of acme (0)", Sr25519Keyring::Dave.to_account_id()));
	let identity = told.records.iter().find(|one| one.category == DataCategory::Identity);
	let id = &identity.unwrap().content.as_ref().unwrap().0["Id"];
	let page = html(&told);
	assert!(page.contains(id) && page.contains("denied: consent-withdrawn"));
	assert!(page.contains("no proof of finality exists"));

	// Of who was erased there is what was done, and nothing else.
	let told = report(&chain, Some(&mut store), erased, &options).await.unwrap();
	assert!(told.state.erased.is_some() && told.consents.is_empty());
	assert!(html(&told).contains("the customer was erased"));
}

fn lines(found: &Reconciled) -> Vec<usize> {
	found.findings.iter().filter_map(|finding| finding.line).collect()
}

/// The id under which Salesforce's consents name a customer.
fn individual_of(store: &Store, customer: &CustomerId) -> String {
	let Origin { id, .. } = store.customer(customer).unwrap().unwrap().origin;
	let contacts = String::from_utf8(export("salesforce-contacts.csv", 1000)).unwrap();
	let row = contacts.lines().find(|line| line.starts_with(&id)).unwrap().to_string();
	row.split(',').find(|field| field.starts_with("0PK")).unwrap().to_string()
}
