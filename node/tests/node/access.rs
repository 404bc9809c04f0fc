//! What the node tells of purposes, consents, grants and access.

use crate::{
	harness::{until, Node},
	scenario::{
		chain_time, commitment, contact, customer, give, grant_terms, hash, purchases,
		purpose_terms, register, wall_clock, Organisation, Signer, CONTROLLER,
	},
};
use consentry_client::calls::{access_grants, consent};
use consentry_primitives::{
	access::{Grantee, Policy, RateLimit, Scope},
	consent::Statement,
	CustomerId, GrantId, PurposeId, HOUR,
};
use serde_json::{json, Value};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Charlie, Dave, Eve};

/// An organisation with an agent, and a purpose to which its customer consented.
struct Scene {
	node: Node,
	organisation: Organisation,
	charlie: Signer,
	customer: CustomerId,
	purpose: PurposeId,
}

async fn scene() -> Scene {
	let node = Node::development().await;
	let mut organisation = Organisation::create(&node).await;
	let charlie = organisation.add_agent(&node, Charlie).await;
	let customer = organisation.register(&node, 1).await;
	let purpose = organisation.create_purpose(&node, "newsletter").await;
	organisation.record(&node, customer, purpose, give(1)).await;
	Scene { node, organisation, charlie, customer, purpose }
}

impl Scene {
	/// What a request of Charlie's would be answered.
	async fn check(&self, grant: GrantId, customers: &[CustomerId], at: Option<H256>) -> Value {
		let account = Charlie.to_account_id();
		let params = json!([account, grant, self.purpose, contact(), customers, at]);
		self.node.ask("crm_checkAccess", params).await
	}

	/// Why a question has no answer.
	async fn refusal(&self, method: &str, params: Value) -> i32 {
		self.node.call(method, params).await.expect_err("it has none").code()
	}

	/// All items of a list, read in pages of `limit`.
	async fn all(&self, method: &str, of: Value, name: &str, limit: u32) -> Vec<Value> {
		let mut items = Vec::new();
		let mut after = Value::Null;
		loop {
			let answer = self.node.ask(method, json!([of, after, limit])).await;
			let page = answer["value"][name].as_array().expect("a list").clone();
			assert!(page.len() <= limit as usize);
			let is_full = page.len() == limit as usize;
			items.extend(page);
			after = answer["value"]["next"].clone();
			assert_eq!(after.is_null(), !is_full);
			if after.is_null() {
				return items;
			}
		}
	}
}

/// A number of each item.
fn ids(items: &[Value], name: &str) -> Vec<u64> {
	items.iter().map(|item| item[name].as_u64().expect("a number")).collect()
}

/// Each page size gives the same items, which are those with these numbers, in growing order.
async fn pages_agree(scene: &Scene, method: &str, of: Value, name: &str, id: &str, all: &[u64]) {
	for limit in [1, 2, all.len() as u32, 256] {
		let mut found = ids(&scene.all(method, of.clone(), name, limit).await, id);
		found.sort_unstable();
		assert_eq!(found, all, "{method} in pages of {limit}");
	}
}

#[tokio::test]
async fn a_withdrawal_denies_access_from_its_block_on() {
	let mut scene = scene().await;
	let terms = grant_terms(scene.purpose, None, None);
	let grant = scene.organisation.grant(&scene.node, Charlie, &terms).await;
	let customer = scene.customer;
	let allowed = json!([{ "customer": customer, "basis": "consent", "denial": null }]);
	let before = scene.check(grant, &[customer], None).await;
	assert_eq!(before["value"]["verdicts"], allowed);

	let Scene { node, organisation, purpose, .. } = &mut scene;
	let block = organisation.record(node, customer, *purpose, Statement::Withdraw).await;
	let header = scene.node.ask("chain_getHeader", json!([block])).await;
	assert_eq!(header["parentHash"], before["block"]);
	for at in [Some(block), None] {
		let after = scene.check(grant, &[customer], at).await;
		let denied =
			json!([{ "customer": customer, "basis": null, "denial": "consent-withdrawn" }]);
		assert_eq!(after["value"]["verdicts"], denied);
	}
	let then = scene.check(grant, &[customer], Some(hash(&before["block"]))).await;
	assert_eq!(then, before);
}

#[tokio::test]
async fn what_is_checked_is_what_a_request_gets() {
	let mut scene = scene().await;
	let purpose = scene.purpose;
	scene.organisation.bob.submit(&scene.node, register([2, 3])).await;
	scene.organisation.record(&scene.node, customer(3), purpose, give(1)).await;
	let terms = grant_terms(purpose, None, Some(1));
	let grant = scene.organisation.grant(&scene.node, Charlie, &terms).await;
	let customers = [customer(2), customer(1), customer(3)];

	let checked = scene.check(grant, &customers, None).await;
	let expected = json!([
		{ "customer": customer(2), "basis": null, "denial": "no-consent" },
		{ "customer": customer(1), "basis": "consent", "denial": null },
		{ "customer": customer(3), "basis": null, "denial": "grant-used-up" },
	]);
	assert_eq!(checked["value"]["verdicts"], expected);
	let request = access_grants::request_access(grant, purpose, contact(), &customers, None);
	scene.charlie.make(&scene.node, request).await;
	for (customer, verdict) in customers.iter().zip(expected.as_array().unwrap()) {
		let trail = scene.node.ask("crm_trail", json!([customer, null, 1])).await;
		let action = &trail["entries"][0]["entry"]["action"];
		match verdict["denial"].is_null() {
			true => assert_eq!(action["type"], "access-authorised"),
			false => assert_eq!(action["type"], "access-denied"),
		}
		assert_eq!(action["reason"], verdict["denial"]);
		assert_eq!(action["basis"], verdict["basis"]);
	}
	// Once the grant is used up, that is what is told first.
	let checked = scene.check(grant, &customers[..1], None).await;
	assert_eq!(checked["value"]["verdicts"][0]["denial"], "grant-used-up");
}

#[tokio::test]
async fn a_past_moment_is_answered_as_it_was() {
	let mut scene = scene().await;
	let (customer, purpose) = (scene.customer, scene.purpose);
	scene.organisation.record(&scene.node, customer, purpose, Statement::Withdraw).await;
	let node = &scene.node;
	let history = scene.all("crm_purposeHistory", json!(purpose), "revisions", 1).await;
	let created = history[0]["since"].as_u64().unwrap();
	let answer = node.ask("crm_consentHistory", json!([customer, purpose])).await;
	let revisions = answer["value"]["revisions"].as_array().unwrap();
	assert_eq!(ids(revisions, "revision"), [0, 1]);
	let [given, withdrawn] = [0, 1].map(|index| revisions[index]["since"].as_u64().unwrap());
	assert!(created < given && given < withdrawn);

	let as_of = |moment: u64| {
		let answer = node.ask("crm_consentAsOf", json!([customer, purpose, moment]));
		async move { answer.await["value"].clone() }
	};
	for moment in [given, withdrawn - 1] {
		let then = as_of(moment).await;
		assert_eq!(then["consent"], revisions[0]);
		assert_eq!(then["purpose"], history[0]);
		assert_eq!((&then["categories"], &then["denial"]), (&json!(["contact"]), &Value::Null));
	}
	for moment in [withdrawn, chain_time(node).await] {
		let then = as_of(moment).await;
		assert_eq!(then["consent"], revisions[1]);
		assert_eq!(then["categories"], json!([]));
		assert_eq!(then["denial"], "consent-withdrawn");
	}
	let before = as_of(created).await;
	assert_eq!((&before["consent"], &before["denial"]), (&Value::Null, &json!("no-consent")));

	let refusal = |params| scene.refusal("crm_consentAsOf", params);
	assert_eq!(refusal(json!([customer, purpose, created - 1])).await, 20_012);
	assert_eq!(refusal(json!([customer, purpose, wall_clock() + HOUR])).await, 20_012);
	assert_eq!(refusal(json!([customer, purpose + 1, given])).await, 20_011);
	assert_eq!(refusal(json!([H256::zero(), purpose, given])).await, 20_001);
	let unknown = json!([customer, purpose + 1]);
	assert_eq!(scene.refusal("crm_consentHistory", unknown).await, 20_011);
}

#[tokio::test]
async fn purposes_and_consents_are_paged() {
	let mut scene = scene().await;
	let customer = scene.customer;
	let mut purposes = vec![scene.purpose as u64];
	for name in ["profiling", "support", "surveys"] {
		let purpose = scene.organisation.create_purpose(&scene.node, name).await;
		scene.organisation.record(&scene.node, customer, purpose, give(1)).await;
		purposes.push(purpose as u64);
	}
	let list = "purposes";
	pages_agree(&scene, "crm_purposes", json!(CONTROLLER), list, "purpose", &purposes).await;
	pages_agree(&scene, "crm_consents", json!(customer), "consents", "purpose", &purposes).await;

	// Each notice is a new revision.
	for notice in [2, 3] {
		let revise = consent::revise_purpose(scene.purpose, &purpose_terms(notice), notice == 3);
		scene.organisation.bob.make(&scene.node, revise).await;
	}
	let (purpose, method) = (json!(scene.purpose), "crm_purposeHistory");
	pages_agree(&scene, method, purpose.clone(), "revisions", "revision", &[0, 1, 2]).await;
	let revisions = scene.all(method, purpose, "revisions", 256).await;
	assert_eq!(ids(&revisions, "noticeVersion"), [1, 2, 3]);
	assert_eq!(ids(&revisions, "consentsSince"), [1, 1, 3]);
}

#[tokio::test]
async fn grants_are_listed_with_where_they_stand() {
	let mut scene = scene().await;
	let (customer, purpose) = (scene.customer, scene.purpose);
	let Scene { node, organisation, charlie, .. } = &mut scene;
	let ends = wall_clock() + 5_000;
	let short = organisation.grant(node, Charlie, &grant_terms(purpose, Some(ends), None)).await;
	let mut later = grant_terms(purpose, None, None);
	later.from += 24 * HOUR;
	let later = organisation.grant(node, Charlie, &later).await;
	let revoked = organisation.grant(node, Charlie, &grant_terms(purpose, None, None)).await;
	organisation.bob.make(node, access_grants::revoke(revoked)).await;
	let once = organisation.grant(node, Charlie, &grant_terms(purpose, None, Some(1))).await;
	let use_up = access_grants::request_access(once, purpose, contact(), &[customer], None);
	charlie.make(node, use_up).await;
	// Of just this customer, for another one: on the customer's list and not on Charlie's.
	organisation.add_agent(node, Dave).await;
	let scope = Scope::Customer { customer };
	let grantee = Grantee::Account { account: Dave.to_account_id() };
	let call = access_grants::grant(scope, &grantee, &grant_terms(purpose, None, None));
	organisation.bob.make(node, call).await;
	let others = once + 1;

	until("the first grant has ended", || async { (wall_clock() > ends).then_some(()) }).await;
	// The chain's time is that of its last block.
	organisation.bob.submit(node, purchases(customer, 1)).await;
	let charlies = json!(Charlie.to_account_id());
	let all = [short, later, once];
	pages_agree(&scene, "crm_grantsOf", charlies.clone(), "grants", "grant", &all).await;
	for grant in scene.all("crm_grantsOf", charlies, "grants", 256).await {
		let expected = match grant["grant"].as_u64() {
			id if id == Some(short) => "expired",
			id if id == Some(later) => "not-yet-valid",
			_ => "used-up",
		};
		assert_eq!(grant["state"], expected);
	}
	let check = scene.check(short, &[customer], None).await;
	assert_eq!(check["value"]["verdicts"][0]["denial"], "grant-expired");
	let check = scene.check(revoked, &[customer], None).await;
	assert_eq!(check["value"]["verdicts"][0]["denial"], "grant-revoked");

	let all = [short, later, once, others];
	pages_agree(&scene, "crm_grantsOn", json!(customer), "grants", "grant", &all).await;
	assert_eq!(scene.refusal("crm_grantsOn", json!([H256::zero()])).await, 20_001);
}

#[tokio::test]
async fn suspensions_show_until_an_officer_lifts_them() {
	let mut scene = scene().await;
	let (customer, purpose) = (scene.customer, scene.purpose);
	let Scene { node, organisation, charlie, .. } = &mut scene;
	let denials = Some(RateLimit { count: 1, window: HOUR });
	let policy = Policy { denials, ..Policy::default() };
	organisation.bob.make(node, access_grants::set_policy(&policy)).await;
	let told = node.ask("crm_policy", json!([CONTROLLER])).await;
	assert_eq!(told["value"], serde_json::to_value(policy).unwrap());

	let terms = grant_terms(purpose, None, None);
	organisation.add_agent(node, Eve).await;
	let grant = organisation.grant(node, Eve, &terms).await;
	let request = || access_grants::request_access(grant, purpose, contact(), &[customer], None);
	let mut dave = organisation.add_agent(node, Dave).await;
	for agent in [&mut *charlie, &mut dave] {
		agent.make(node, request()).await;
	}
	let listed = scene.all("crm_suspensions", json!(CONTROLLER), "suspensions", 1).await;
	let mut accounts: Vec<_> = listed.iter().map(|item| item["account"].clone()).collect();
	accounts.sort_by_key(Value::to_string);
	let mut expected = [Charlie, Dave].map(|key| json!(key.to_account_id()));
	expected.sort_by_key(Value::to_string);
	assert_eq!(accounts, expected);
	let refused = scene.check(grant, &[customer], None).await;
	assert_eq!(refused["value"], json!({ "refused": "account-suspended" }));

	for key in [Charlie, Dave] {
		let reinstate = access_grants::reinstate(&key.to_account_id());
		scene.organisation.bob.make(&scene.node, reinstate).await;
	}
	assert!(scene.all("crm_suspensions", json!(CONTROLLER), "suspensions", 1).await.is_empty());
	let denied = scene.check(grant, &[customer], None).await;
	assert_eq!(denied["value"]["verdicts"][0]["denial"], "no-grant");
}

#[tokio::test]
async fn accounts_without_an_organisation_are_refused_and_nothing_fails() {
	let scene = scene().await;
	let eve = json!(Eve.to_account_id());
	let params = json!([eve, 0, scene.purpose, ["contact"], [scene.customer]]);
	let answer = scene.node.ask("crm_checkAccess", params).await;
	assert_eq!(answer["value"], json!({ "refused": "not-member" }));
	assert!(scene.all("crm_grantsOf", eve, "grants", 256).await.is_empty());
}

#[tokio::test]
async fn broken_glass_is_listed_until_it_is_reviewed() {
	let mut scene = scene().await;
	let (customer, purpose) = (scene.customer, scene.purpose);
	let Scene { node, organisation, charlie, .. } = &mut scene;
	let policy = Policy { break_glass: true, ..Policy::default() };
	organisation.bob.make(node, access_grants::set_policy(&policy)).await;
	for emergency in 0..3 {
		let emergency = commitment(emergency);
		let call = access_grants::break_glass(&customer, purpose, contact(), &emergency, None);
		charlie.make(node, call).await;
	}
	let trail = node.ask("crm_trailHead", json!([customer])).await;
	let entries = trail["value"]["entries"].as_u64().unwrap();
	let broken = [entries - 3, entries - 2, entries - 1];
	let method = "crm_breakGlassReviews";
	pages_agree(&scene, method, json!(CONTROLLER), "reviews", "entry", &broken).await;

	let review = access_grants::review(&customer, broken[0], true, &commitment(9));
	scene.organisation.bob.make(&scene.node, review).await;
	pages_agree(&scene, method, json!(CONTROLLER), "reviews", "entry", &broken[1..]).await;
	let open = scene.all(method, json!(CONTROLLER), "reviews", 1).await;
	assert_eq!(open[0]["account"], json!(Charlie.to_account_id()));
	assert_eq!(open[0]["overdue"], false);
}
