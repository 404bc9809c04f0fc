//! The client gives, signs, records and proves consents, and requests access under them.

use crate::{
	harness::{new_base, Node},
	scenario::{
		chain_time, commitment, contact, customer, give, grant_terms, register, wall_clock,
		Organisation, CONTROLLER,
	},
};
use consentry_client::{
	access::Outcome,
	as_of::AsOf,
	calls::{access_grants, consent, customers, Call},
	chain::Chain,
	finality::Pin,
	keys::{account_of, Keypair},
	proof::{read_strictly, Backing},
	receipt::{Circumstances, Details, Party, Receipt, Record},
	statement::Signed,
	submit::{submit_and_wait, Included},
	verify::{Options, Verifier},
	Error,
};
use consentry_primitives::{
	access::{Policy, RateLimit, Refusal},
	api::ConsentInfo,
	consent::{
		Capture, CaptureMethod, ConsentState, Expression, Permission, SignedStatement, Statement,
	},
	customer::IdentificationMethod,
	CustomerId, Denial, GrantId, PurposeId, HOUR,
};
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use sp_keyring::Sr25519Keyring;

/// A node with a customer who claimed its account, and a purpose.
struct Scene {
	node: Node,
	organisation: Organisation,
	chain: Chain,
	customer: CustomerId,
	key: Keypair,
	purpose: PurposeId,
}

async fn scene(arguments: &[&str]) -> Scene {
	let node = Node::start(new_base(), arguments).await;
	let mut organisation = Organisation::create(&node).await;
	let chain = Chain::connect(&node.url).await.unwrap();
	let customer = organisation.register(&node, 1).await;
	let key = claim(&node, &mut organisation, &chain, customer, 1).await;
	let purpose = organisation.create_purpose(&node, "newsletter").await;
	Scene { node, organisation, chain, customer, key, purpose }
}

/// Has a customer claim an account, which holds no credits.
async fn claim(
	node: &Node,
	organisation: &mut Organisation,
	chain: &Chain,
	customer: CustomerId,
	seed: u8,
) -> Keypair {
	let one_time = Keypair::from_secret_key([100 + seed; 32]).unwrap();
	let key = Keypair::from_secret_key([seed; 32]).unwrap();
	let method = IdentificationMethod::InPerson;
	let (invited, expires) = (account_of(&one_time), wall_clock() + HOUR);
	let invite = customers::invite(&customer, &invited, method, &commitment(1), expires);
	organisation.bob.make(node, invite).await;
	submit_and_wait(chain, &one_time, &customers::claim(&account_of(&key))).await.unwrap();
	key
}

/// One of the development keys.
fn development_key(name: &str) -> Keypair {
	Keypair::from_uri(&format!("//{name}").parse().unwrap()).unwrap()
}

fn permission() -> Permission {
	let categories = contact();
	let (until, expression) = (Some(wall_clock() + HOUR), Expression::Explicit);
	Permission { notice_version: 1, categories, until, expression, receipt: None }
}

impl Scene {
	async fn make(&self, key: &Keypair, call: &Call) -> Result<Included, Error> {
		submit_and_wait(&self.chain, key, call).await
	}

	async fn history(&self) -> Vec<ConsentInfo<AccountId32>> {
		let at = self.chain.finalised().await.unwrap().hash;
		let history = self.chain.consent_history(at, &self.customer, self.purpose).await.unwrap();
		history.expect("the customer is known")
	}

	async fn verifier(&self) -> Verifier<'_> {
		Verifier::new(&self.chain, None, &Options::default()).await.unwrap()
	}

	/// A receipt of a consent, and the consent that commits to it.
	async fn receipt(
		&self,
		account: Option<AccountId32>,
		method: Option<CaptureMethod>,
	) -> (Receipt, Permission) {
		let at = self.chain.finalised().await.unwrap().hash;
		let purposes = self.chain.purposes(at, CONTROLLER).await.unwrap();
		let organisation = self.chain.organisation(at, CONTROLLER).await.unwrap().unwrap();
		let text = |text: &str| text.to_string();
		let details = Details {
			controller: Party {
				name: text("Acme"),
				contact: text("Data protection officer"),
				address: text("1 Main Street"),
				email: text("privacy@acme.example"),
				phone: text("+1"),
				url: text("https://acme.example"),
			},
			language: text("en"),
			jurisdiction: text("IE"),
			storage_location: text("IE"),
			collection_method: text("web form"),
			processing_method: text("mailing"),
			withdrawal_method: text("consentry consent withdraw"),
			policy_url: text("https://acme.example/privacy"),
			recipients: Vec::new(),
			rights: vec![text("access")],
		};
		let circumstances = Circumstances {
			genesis: self.chain.genesis(),
			customer: self.customer,
			controller_account: organisation.account,
			account,
			method,
			time: wall_clock(),
			purpose: purposes[0].clone(),
		};
		let mut permission = permission();
		let receipt = Receipt::new(Record::new(circumstances, &permission, details)).unwrap();
		permission.receipt = Some(receipt.commitment());
		(receipt, permission)
	}

	/// Completes a receipt with the block that took its consent.
	async fn complete(&self, receipt: &mut Receipt, included: &Included) {
		let block = self.chain.header(included.block).await.unwrap();
		let options = Options::default();
		let verifier = Verifier::at(&self.chain, None, &options, block).await.unwrap();
		receipt.attach(&verifier).await.unwrap();
	}

	async fn sign(&self, statement: Statement) -> Signed {
		let at = self.chain.finalised().await.unwrap().hash;
		let purposes = self.chain.purposes(at, CONTROLLER).await.unwrap();
		let statement = SignedStatement {
			customer: self.customer,
			controller: CONTROLLER,
			account: account_of(&self.key),
			purpose: self.purpose,
			notice: purposes[0].terms.notice,
			revisions: self.history().await.len() as u32,
			expires: chain_time(&self.node).await + HOUR,
			statement,
		};
		Signed::new(&self.key, self.chain.genesis(), statement).unwrap()
	}

	fn submission(&self, signed: &Signed) -> Call {
		let signature = signed.check(&self.chain.genesis()).unwrap();
		consent::submit(&signed.statement, &signature)
	}
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
	match result {
		Err(Error::Refused { reason, .. }) => assert!(reason.contains(expected), "{reason}"),
		other => panic!("it was not refused: {other:?}"),
	}
}

fn found_out<T: std::fmt::Debug>(result: Result<T, Error>) {
	assert!(matches!(result, Err(Error::Verification(_))), "{result:?}");
}

/// The file of something, with the value at `pointer` changed.
fn changed(file: &impl serde::Serialize, pointer: &str) -> Vec<u8> {
	let mut json = serde_json::to_value(file).unwrap();
	let value = json.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
	*value = match &*value {
		Value::String(text) => {
			let end = if text.ends_with('1') { "2" } else { "1" };
			format!("{}{end}", &text[..text.len() - 1]).into()
		},
		Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
		other => panic!("{pointer} holds {other}"),
	};
	serde_json::to_vec(&json).unwrap()
}

#[tokio::test]
async fn a_customers_consent_has_a_receipt_that_cannot_be_changed() {
	let scene = scene(&["--dev"]).await;
	let (mut receipt, permission) = scene.receipt(Some(account_of(&scene.key)), None).await;
	// Before the chain holds it, it proves nothing.
	found_out(receipt.verify(&scene.verifier().await).await);

	let give = consent::give(&scene.customer, scene.purpose, &permission);
	let included = scene.make(&scene.key, &give).await.unwrap();
	scene.complete(&mut receipt, &included).await;
	let file = serde_json::to_vec_pretty(&receipt).unwrap();
	let read: Receipt = read_strictly("a receipt", &file).unwrap();
	let report = read.verify(&scene.verifier().await).await.unwrap();
	assert_eq!((report.revision, report.standing), (0, ConsentState::Given));
	assert_eq!(report.given.0, scene.history().await[0].since);
	let (offline, backing) = read.verify_offline(None).unwrap();
	assert_eq!((offline.given, backing), (report.given, Backing::Nothing));

	for pointer in [
		"/salt",
		"/record/details/controller/name",
		"/record/purpose/terms/retentionDays",
		"/record/permission/until",
		"/iso27560/pii_processing/0/retention_period",
		"/kantara/services/0/purposes/0/piiCategory/0",
		"/proof/block",
		"/proof/time",
		"/proof/revision",
	] {
		let read = read_strictly::<Receipt>("a receipt", &changed(&receipt, pointer));
		let online = match &read {
			Ok(read) => read.verify(&scene.verifier().await).await.map(|_| ()),
			Err(_) => Err(Error::Verification(pointer.into())),
		};
		found_out(online);
		found_out(read.and_then(|read| read.verify_offline(None)));
	}

	scene.make(&scene.key, &consent::withdraw(&scene.customer, scene.purpose)).await.unwrap();
	let report = receipt.verify(&scene.verifier().await).await.unwrap();
	assert_eq!((report.revision, report.standing), (0, ConsentState::Withdrawn));
}

#[tokio::test]
async fn a_recorded_consent_has_a_receipt_too() {
	let mut scene = scene(&["--dev"]).await;
	let (receipt, permission) = scene.receipt(None, Some(CaptureMethod::Phone)).await;
	let given = Statement::Give { permission };
	let statement = (scene.customer, scene.purpose, given, CaptureMethod::Phone, commitment(3));
	let call = consent::record(&[statement]);
	scene.organisation.bob.make(&scene.node, call).await;
	let report = receipt.verify(&scene.verifier().await).await.unwrap();
	assert_eq!(report.standing, ConsentState::Given);
	// A receipt that tells another way of capture is none of this consent.
	let (other, _) = scene.receipt(None, Some(CaptureMethod::Form)).await;
	found_out(other.verify(&scene.verifier().await).await);
}

#[tokio::test]
async fn a_signed_statement_is_brought_by_others_and_cannot_be_replayed() {
	let mut scene = scene(&["--dev"]).await;
	scene.organisation.bob.submit(&scene.node, register([2])).await;
	// Holds no credits: whatever it does is free of charge, or does not happen.
	let Scene { node, organisation, chain, .. } = &mut scene;
	let relayer = claim(node, organisation, chain, customer(2), 2).await;
	let bob = development_key("Bob");

	let given = scene.sign(Statement::Give { permission: permission() }).await;
	refused(scene.make(&relayer, &scene.submission(&given)).await, "");
	scene.make(&bob, &scene.submission(&given)).await.unwrap();
	let withdrawn = scene.sign(Statement::Withdraw).await;
	scene.make(&relayer, &scene.submission(&withdrawn)).await.unwrap();

	let history = scene.history().await;
	let states: Vec<_> = history.iter().map(|revision| revision.state).collect();
	assert_eq!(states, [ConsentState::Given, ConsentState::Withdrawn]);
	let by = |key: &Keypair| Capture::Signature { relayer: account_of(key) };
	assert_eq!(history[0].capture, by(&bob));
	assert_eq!(history[1].capture, by(&relayer));

	refused(scene.make(&bob, &scene.submission(&given)).await, "Consent::OutdatedStatement");
	refused(scene.make(&relayer, &scene.submission(&withdrawn)).await, "");
	assert_eq!(scene.history().await, history);
}

#[tokio::test]
async fn what_was_permitted_at_a_moment_is_proven_offline() {
	let mut scene = scene(&["--dev", "--sealing", "consensus"]).await;
	let Scene { node, organisation, customer, purpose, .. } = &mut scene;
	organisation.record(node, *customer, *purpose, give(1)).await;
	organisation.record(node, *customer, *purpose, Statement::Withdraw).await;
	let history = scene.history().await;
	let verifier = scene.verifier().await;
	let evidence = verifier.evidence().expect("validators vote on this chain");
	let pin = Pin::new(scene.chain.genesis(), &evidence.set);

	let moments = [
		(history[0].since - 1, Some(Denial::NoConsent), None),
		(history[0].since, None, Some(0)),
		(history[1].since - 1, None, Some(0)),
		(history[1].since, Some(Denial::ConsentWithdrawn), Some(1)),
	];
	for (moment, denial, revision) in moments {
		let taken = AsOf::take(&verifier, scene.customer, scene.purpose, moment).await.unwrap();
		let file = serde_json::to_vec(&taken).unwrap();
		let read: AsOf = read_strictly("a proof", &file).unwrap();
		let found = read.answer.consent.as_ref().map(|consent| consent.revision);
		assert_eq!((read.answer.denial, found), (denial, revision));
		let state = read.check(Some(&pin)).unwrap();
		assert!(matches!(state.backing, Backing::Trusted(_)), "{:?}", state.backing);
		assert!(matches!(read.check(None).unwrap().backing, Backing::Named(_)));
	}

	let taken =
		AsOf::take(&verifier, scene.customer, scene.purpose, history[0].since).await.unwrap();
	for pointer in [
		"/customer",
		"/purpose",
		"/answer/purpose/revision",
		"/answer/consent/revision",
		"/answer/consent/since",
		"/answer/consent/state",
		"/state/header",
		"/state/nodes/0",
		"/state/finality/proof",
	] {
		let read = read_strictly::<AsOf>("a proof", &changed(&taken, pointer));
		found_out(read.and_then(|read| read.check(Some(&pin))));
	}
	let mut other = pin.clone();
	other.authorities[0].0 .0[0] ^= 1;
	found_out(taken.check(Some(&other)));
	let mut unbacked = taken;
	unbacked.state.finality = None;
	found_out(unbacked.check(Some(&pin)));
}

/// An agent, and what becomes of its requests.
struct Agent {
	key: Keypair,
	grant: GrantId,
}

impl Agent {
	async fn request(&self, scene: &Scene, grant: GrantId) -> Outcome {
		let call = access_grants::request_access(
			grant,
			scene.purpose,
			contact(),
			&[scene.customer],
			Some([9; 32]),
		);
		Outcome::read(&scene.make(&self.key, &call).await.unwrap().events).unwrap()
	}

	async fn denial(&self, scene: &Scene) -> Option<Denial> {
		let outcome = self.request(scene, self.grant).await;
		assert_eq!(outcome.decisions.len(), 1);
		assert_eq!(outcome.is_authorised(), outcome.decisions[0].denial.is_none());
		outcome.decisions[0].denial
	}
}

/// Charlie with a grant to all customers, and the customer's consent.
async fn with_agent() -> (Scene, Agent) {
	let mut scene = scene(&["--dev"]).await;
	let Scene { node, organisation, purpose, .. } = &mut scene;
	organisation.add_agent(node, Sr25519Keyring::Charlie).await;
	let terms = grant_terms(*purpose, None, None);
	let grant = organisation.grant(node, Sr25519Keyring::Charlie, &terms).await;
	let give = consent::give(&scene.customer, scene.purpose, &permission());
	scene.make(&scene.key, &give).await.unwrap();
	(scene, Agent { key: development_key("Charlie"), grant })
}

#[tokio::test]
async fn a_withdrawal_stops_access_in_the_next_block() {
	let (scene, agent) = with_agent().await;
	assert_eq!(agent.denial(&scene).await, None);
	let withdraw = consent::withdraw(&scene.customer, scene.purpose);
	let withdrawn = scene.make(&scene.key, &withdraw).await.unwrap();
	let request = access_grants::request_access(
		agent.grant,
		scene.purpose,
		contact(),
		&[scene.customer],
		None,
	);
	let requested = scene.make(&agent.key, &request).await.unwrap();
	assert_eq!(requested.number, withdrawn.number + 1);
	let outcome = Outcome::read(&requested.events).unwrap();
	assert_eq!(outcome.decisions[0].denial, Some(Denial::ConsentWithdrawn));
	// The decision is in the trail, under its id.
	let trail = scene.node.ask("crm_trail", json!([scene.customer, null, 1])).await;
	let entry = &trail["entries"][0]["entry"];
	assert_eq!(entry["action"]["reason"], "consent-withdrawn");
	let entry = serde_json::from_value::<consentry_primitives::Entry<AccountId32>>(entry.clone());
	let genesis = scene.chain.genesis();
	let id = consentry_primitives::trail::decision_id(&genesis, &scene.customer, &entry.unwrap());
	assert_eq!(outcome.decisions[0].decision, Some(id));
}

#[tokio::test]
async fn repeated_denials_suspend_until_an_officer_reinstates() {
	let (mut scene, agent) = with_agent().await;
	let limit = RateLimit { count: 2, window: HOUR };
	let policy = Policy { denials: Some(limit), ..Policy::default() };
	scene.organisation.bob.make(&scene.node, access_grants::set_policy(&policy)).await;

	let no_grant = agent.grant + 1;
	let first = agent.request(&scene, no_grant).await;
	assert_eq!(first.decisions[0].denial, Some(Denial::NoGrant));
	assert!(first.suspended_by.is_empty());
	assert_eq!(agent.request(&scene, no_grant).await.suspended_by, [CONTROLLER]);
	let stopped = agent.request(&scene, agent.grant).await;
	assert_eq!(stopped.refusal, Some(Refusal::AccountSuspended));
	assert!(stopped.decisions.is_empty() && !stopped.is_authorised());

	let at = scene.chain.finalised().await.unwrap().hash;
	let suspended = scene.chain.suspensions(at, CONTROLLER).await.unwrap();
	let charlie = account_of(&agent.key);
	assert_eq!(suspended.len(), 1);
	assert_eq!(suspended[0].account, charlie);
	scene.organisation.bob.make(&scene.node, access_grants::reinstate(&charlie)).await;
	assert_eq!(agent.denial(&scene).await, None);
}

#[tokio::test]
async fn broken_glass_is_reviewed() {
	let (mut scene, agent) = with_agent().await;
	scene.make(&scene.key, &consent::withdraw(&scene.customer, scene.purpose)).await.unwrap();
	let emergency = commitment(5);
	let break_glass =
		access_grants::break_glass(&scene.customer, scene.purpose, contact(), &emergency, None);
	let outcome = async |scene: &Scene| {
		let included = scene.make(&agent.key, &break_glass).await.unwrap();
		Outcome::read(&included.events).unwrap()
	};
	let denied = outcome(&scene).await;
	assert_eq!(denied.decisions[0].denial, Some(Denial::BreakGlassNotAllowed));
	let policy = Policy { break_glass: true, ..Policy::default() };
	scene.organisation.bob.make(&scene.node, access_grants::set_policy(&policy)).await;
	let broken = outcome(&scene).await;
	assert!(broken.is_authorised());

	let reviews = async |scene: &Scene| {
		let at = scene.chain.finalised().await.unwrap().hash;
		scene.chain.break_glass_reviews(at, CONTROLLER).await.unwrap()
	};
	let open = reviews(&scene).await;
	assert_eq!(open.len(), 1);
	assert_eq!((open[0].account.clone(), open[0].emergency), (account_of(&agent.key), emergency));
	assert_eq!(Some(open[0].due), broken.review_due);
	let review = access_grants::review(&open[0].customer, open[0].entry, true, &commitment(6));
	scene.organisation.bob.make(&scene.node, review).await;
	assert!(reviews(&scene).await.is_empty());
}
