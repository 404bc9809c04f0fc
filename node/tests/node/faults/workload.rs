//! A stream of client work on a network: registrations, consents and requests for access, each
//! followed through the client's library until its sender knows what became of it.

use super::{
	ledger::{Ledger, Submitted, Told},
	setup::{GRANT, PURPOSE},
};
use crate::{
	harness,
	scenario::{commitment, contact, give, CONTROLLER},
};
use consentry_client::{
	access::Outcome,
	calls::{access_grants, consent, customers, Call},
	chain::Chain,
	keys::{account_of, Keypair},
	submit::{Fate, Flight, Included, Pipeline, Signed},
	Error, Result,
};
use consentry_primitives::{
	consent::{CaptureMethod, Statement},
	customer::customer_id,
	CustomerId, DataCategory,
};
use rand::{rngs::StdRng, seq::IteratorRandom, Rng, SeedableRng};
use sp_core::H256;
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinHandle};

/// How soon a client tries again that reaches no node, or has nothing to do yet.
const PAUSE: Duration = Duration::from_millis(200);

/// What one client does.
#[derive(Clone, Copy, Debug)]
pub enum Work {
	/// Registers customers, each with one record, so many in an extrinsic.
	Register(usize),
	/// Records that a customer consents or, having consented, withdraws.
	Consent,
	/// Requests access to data of so many customers in an extrinsic.
	Access(usize),
}

impl Work {
	/// One of each, in small portions.
	pub const MIXED: [(&'static str, Work); 3] =
		[("Bob", Work::Register(2)), ("Charlie", Work::Consent), ("Eve", Work::Access(4))];
}

/// How much a client does.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
	/// How many of its extrinsics are in flight at most.
	pub in_flight: usize,
	/// How much time is between two of them at least.
	pub interval: Duration,
}

/// Clients at work.
pub struct Workload {
	clients: Vec<JoinHandle<Ledger>>,
	finish: watch::Sender<bool>,
}

/// Customers whose registration is final.
type Customers = Arc<Mutex<BTreeSet<CustomerId>>>;

impl Workload {
	/// Starts clients, each with the key of that name, over the nodes at `urls`: each at another
	/// one, and at the next when it loses its own. The work is about these customers, and those that
	/// it registers.
	pub fn start(
		urls: &[String],
		work: &[(&str, Work)],
		pace: Pace,
		customers: impl IntoIterator<Item = CustomerId>,
	) -> Self {
		let (finish, finished) = watch::channel(false);
		let customers: Customers = Arc::new(Mutex::new(customers.into_iter().collect()));
		let mut random = harness::random();
		let clients = work.iter().enumerate().map(|(index, (name, work))| {
			let (before, from) = urls.split_at(index % urls.len());
			let urls = [from, before].concat();
			let client = Client {
				key: development_key(name),
				work: *work,
				pace,
				customers: customers.clone(),
				consented: BTreeSet::new(),
				random: StdRng::seed_from_u64(random.gen()),
				sent: BTreeMap::new(),
				ledger: Ledger::default(),
				finished: finished.clone(),
			};
			tokio::spawn(client.run(urls))
		});
		Self { clients: clients.collect(), finish }
	}

	/// Has nothing more submitted, and waits until the fate of all that was is known.
	pub async fn finish(self) -> Ledger {
		let _ = self.finish.send(true);
		let mut ledger = Ledger::default();
		for client in self.clients {
			ledger.merge(client.await.expect("a client does not panic"));
		}
		ledger
	}
}

/// One of the development keys.
pub fn development_key(name: &str) -> Keypair {
	Keypair::from_uri(&format!("//{name}").parse().unwrap()).unwrap()
}

struct Client {
	key: Keypair,
	work: Work,
	pace: Pace,
	customers: Customers,
	/// Who consented, in the state that results from all that was sent.
	consented: BTreeSet<CustomerId>,
	random: StdRng,
	/// What is in flight: when it was sent, and to which customers' trails it adds how much.
	sent: BTreeMap<H256, (Instant, BTreeMap<CustomerId, u64>)>,
	ledger: Ledger,
	finished: watch::Receiver<bool>,
}

impl Client {
	/// Works until it is told to finish, at the first of these nodes that answers.
	async fn run(mut self, urls: Vec<String>) -> Ledger {
		let mut flight = None;
		let mut nodes = urls.iter().cycle();
		while !(*self.finished.borrow() && self.sent.is_empty()) {
			let url = nodes.next().expect("a cycle has no end");
			let _ = self.work_at(url, &mut flight).await;
			tokio::time::sleep(PAUSE).await;
		}
		self.ledger
	}

	/// Works at one node, with what is in flight from another, until the work or the node ends, or
	/// the nonces have to begin anew.
	async fn work_at(&mut self, url: &str, flight: &mut Option<Flight>) -> Result<()> {
		let chain = Chain::connect(url).await?;
		let key = self.key.clone();
		let mut pipeline = match flight.as_ref() {
			Some(flight) => Pipeline::resume(&chain, &key, flight).await?,
			None => {
				// The node's pool may still hold what was given up, or what others sign by this key.
				let (head, account) = (chain.finalised().await?.hash, account_of(&key));
				if chain.next_nonce(&account).await? != chain.nonce(head, &account).await? {
					return Ok(());
				}
				Pipeline::open(&chain, &key).await?
			},
		};
		let worked = self.work_with(&mut pipeline).await;
		// What is no longer in flight need not be resumed: nonces are then those of the chain.
		*flight = (pipeline.in_flight() > 0).then(|| pipeline.into_flight());
		worked
	}

	async fn work_with(&mut self, pipeline: &mut Pipeline<'_>) -> Result<()> {
		// Where one is in no block, those after it have no nonce to follow on.
		let mut is_broken = false;
		let mut due = tokio::time::Instant::now();
		loop {
			let is_ending = is_broken || *self.finished.borrow();
			if is_ending && pipeline.in_flight() == 0 {
				return Ok(());
			}
			let has_room = !is_ending && pipeline.in_flight() < self.pace.in_flight;
			tokio::select! {
				// What became of others is known before the next is signed.
				biased;
				fate = pipeline.next_fate(), if pipeline.in_flight() > 0 => {
					let (signed, fate) = fate?;
					is_broken |= !matches!(fate, Fate::Included(_));
					self.conclude(signed, fate);
				},
				() = tokio::time::sleep_until(due), if has_room => match self.next_call() {
					Some((call, entries)) => {
						due += self.pace.interval;
						is_broken |= !self.send(pipeline, &call, entries).await?;
					},
					None => due += PAUSE,
				},
			}
		}
	}

	/// Tells whether the node took it.
	async fn send(
		&mut self,
		pipeline: &mut Pipeline<'_>,
		call: &Call,
		entries: BTreeMap<CustomerId, u64>,
	) -> Result<bool> {
		let signed = pipeline.sign(call)?;
		let (hash, what) = (signed.hash, signed.what.clone());
		self.sent.insert(hash, (Instant::now(), entries));
		match pipeline.send(signed).await {
			Err(Error::Refused { reason, .. } | Error::Rpc { reason, .. }) => {
				self.note(hash, what, Told::Lost(reason), 0);
				Ok(false)
			},
			sent => sent.map(|()| true),
		}
	}

	/// The next call, and what it is to add to which trails.
	fn next_call(&mut self) -> Option<(Call, BTreeMap<CustomerId, u64>)> {
		let known = self.customers.lock().unwrap();
		match self.work {
			Work::Register(count) => {
				drop(known);
				let nonces: Vec<_> = (0..count).map(|_| H256(self.random.gen())).collect();
				let record = (DataCategory::Contact, commitment(1));
				let new: Vec<_> = nonces.iter().map(|nonce| (*nonce, vec![record])).collect();
				// That it was registered, and that its record was sealed.
				let entries = nonces.iter().map(|nonce| (customer_id(CONTROLLER, nonce), 2));
				Some((customers::register(&new), entries.collect()))
			},
			Work::Consent => {
				let customer = *known.iter().choose(&mut self.random)?;
				let statement = match self.consented.insert(customer) {
					true => give(1),
					false => {
						self.consented.remove(&customer);
						Statement::Withdraw
					},
				};
				let recorded = (customer, PURPOSE, statement, CaptureMethod::Form, commitment(2));
				Some((consent::record(&[recorded]), [(customer, 1)].into()))
			},
			Work::Access(count) => {
				let about = known.iter().copied().choose_multiple(&mut self.random, count);
				if about.is_empty() {
					return None;
				}
				let call = access_grants::request_access(GRANT, PURPOSE, contact(), &about, None);
				Some((call, about.into_iter().map(|customer| (customer, 1)).collect()))
			},
		}
	}

	fn conclude(&mut self, signed: Signed, fate: Fate) {
		let (told, decisions) = match fate {
			Fate::Included(Included { block, number, events, error }) => {
				let outcome = Outcome::read(&events).expect("the events are known");
				assert_eq!(outcome.refusal, None);
				let block = (u64::from(number), block);
				(Told::Final { block, error }, outcome.decisions.len())
			},
			Fate::Expired => (Told::Lost("expired".into()), 0),
			Fate::Displaced => (Told::Lost("displaced".into()), 0),
		};
		self.note(signed.hash, signed.what, told, decisions);
	}

	/// Enters into the ledger what the sender of an extrinsic was told.
	fn note(&mut self, hash: H256, what: String, fate: Told, decisions: usize) {
		let (sent, entries) = self.sent.remove(&hash).expect("it was sent");
		if let Told::Final { error: None, .. } = fate {
			match self.work {
				Work::Register(_) => self.customers.lock().unwrap().extend(entries.keys()),
				Work::Consent => {},
				Work::Access(_) => assert_eq!(decisions, entries.len(), "one for each customer"),
			}
			self.ledger.add_entries(entries);
		}
		let took = sent.elapsed();
		self.ledger.submitted.push(Submitted { hash, what, fate, took, decisions });
	}
}
