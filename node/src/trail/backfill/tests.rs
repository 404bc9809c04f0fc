use super::*;
use crate::trail::{
	protocol::MAX_HEADS,
	state::TrailEnds,
	testing::{head_of, nothing, Held, Trails},
};
use consentry_primitives::trail::StoredEntry;
use consentry_runtime::AccountId;
use sp_core::offchain::storage::InMemOffchainStorage;
use sp_crypto_hashing::blake2_256;
use std::sync::{Arc, Mutex};

type Change = fn(&mut Vec<StoredEntry<AccountId>>);

/// What a peer does when it is asked.
enum Peer {
	/// Gives what it holds.
	Gives(Held),
	/// Changes what it gives.
	Lies(Held, Change),
	/// Gives what it holds to so many requests, and fails then.
	Dies(Held, Mutex<usize>),
}

/// Peers, which are asked by their number.
struct Network {
	peers: Vec<Peer>,
	asked: Mutex<Vec<usize>>,
	blamed: Mutex<Vec<usize>>,
}

impl Network {
	fn new(peers: impl IntoIterator<Item = Peer>) -> Arc<Self> {
		Arc::new(Self {
			peers: peers.into_iter().collect(),
			asked: Mutex::default(),
			blamed: Mutex::default(),
		})
	}

	fn times_asked(&self, peer: usize) -> usize {
		self.asked.lock().unwrap().iter().filter(|asked| **asked == peer).count()
	}

	fn is_blamed(&self, peer: usize) -> bool {
		self.blamed.lock().unwrap().contains(&peer)
	}
}

impl Source for Arc<Network> {
	type Peer = usize;

	async fn peers(&self) -> Vec<usize> {
		(0..self.peers.len()).collect()
	}

	async fn ask(&self, peer: usize, request: &Request) -> Option<Response> {
		self.asked.lock().unwrap().push(peer);
		match &self.peers[peer] {
			Peer::Gives(held) => Some(request.answer(held)),
			Peer::Lies(held, change) => {
				let mut response = request.answer(held);
				response.chains.iter_mut().for_each(change);
				Some(response)
			},
			Peer::Dies(held, left) => {
				let mut left = left.lock().unwrap();
				*left = left.checked_sub(1)?;
				Some(request.answer(held))
			},
		}
	}

	fn blame(&self, peer: usize) {
		self.blamed.lock().unwrap().push(peer);
	}
}

type Page = Box<dyn Fn(Option<CustomerId>) -> Result<Option<super::Page>, Error> + Send>;

fn backfill(
	trails: &Trails,
	held: Held,
	network: &Arc<Network>,
) -> Backfill<Page, InMemOffchainStorage, Arc<Network>> {
	let trails = trails.clone();
	let page: Page = Box::new(move |after| trails.page(after).map(Some));
	let reporter = Reporter::new(Coverage::Unknown, None).unwrap();
	Backfill::new(page, held, network.clone(), reporter)
}

/// Trails of which some need several pages, and one several responses.
fn trails() -> Trails {
	Trails::new([1, 2, 1, 7, 3, 2_500, 1, 1, 4, 40, 1, 2])
}

fn all(trails: &Trails) -> Held {
	trails.held(|_| true)
}

fn missing(trails: &Trails) -> Coverage {
	Coverage::Missing(trails.entries.len() as u64)
}

#[tokio::test]
async fn who_holds_everything_completes_all_trails() {
	let trails = trails();
	let network = Network::new([Peer::Gives(all(&trails))]);
	let mut backfill = backfill(&trails, nothing(), &network);
	assert_eq!(backfill.pass(true).await.unwrap(), Coverage::Complete);
	assert!(trails.are_in(&backfill.entries));
	assert!(!network.is_blamed(0));
}

#[tokio::test]
async fn the_end_is_told() {
	let trails = trails();
	let network = Network::new([Peer::Gives(all(&trails))]);
	let backfill = backfill(&trails, nothing(), &network);
	let told = backfill.reporter.subscribe();
	backfill.run().await;
	assert_eq!(*told.borrow(), Coverage::Complete);
}

#[tokio::test]
async fn who_lacks_nothing_asks_nobody() {
	let trails = trails();
	let network = Network::new([Peer::Gives(nothing())]);
	let backfill = backfill(&trails, all(&trails), &network);
	let told = backfill.reporter.subscribe();
	backfill.run().await;
	assert_eq!(*told.borrow(), Coverage::Complete);
	assert_eq!(network.times_asked(0), 0);
}

#[tokio::test]
async fn without_a_state_nothing_is_known() {
	let network = Network::new([]);
	let mut backfill = backfill(&trails(), nothing(), &network);
	backfill.page = Box::new(|_| Ok(None));
	assert_eq!(backfill.pass(true).await.unwrap(), Coverage::Unknown);
}

#[tokio::test]
async fn what_is_missing_is_counted_without_asking() {
	let trails = trails();
	let network = Network::new([Peer::Gives(all(&trails))]);
	let mut backfill = backfill(&trails, nothing(), &network);
	assert_eq!(backfill.pass(false).await.unwrap(), missing(&trails));
	assert_eq!(network.times_asked(0), 0);
	assert_eq!(trails.number_in(&backfill.entries), 0);
}

#[tokio::test]
async fn a_gap_is_filled_and_what_lies_before_it_is_used() {
	let trails = Trails::new([10]);
	let held = trails.held(|stored| ![4, 5].contains(&stored.entry.index));
	let network = Network::new([Peer::Gives(trails.held(|stored| stored.entry.index >= 4))]);
	let mut backfill = backfill(&trails, held, &network);
	// The newest that is lacking, and those before it.
	assert_eq!(backfill.pass(false).await.unwrap(), Coverage::Missing(6));
	assert_eq!(backfill.pass(true).await.unwrap(), Coverage::Complete);
}

#[tokio::test]
async fn peers_that_hold_parts_complete_the_trails_together() {
	let trails = trails();
	let part = |rest| Peer::Gives(trails.held(|stored| head_of(stored).0[0] % 3 == rest));
	let network = Network::new([part(0), part(1), part(2)]);
	let mut backfill = backfill(&trails, nothing(), &network);
	let mut before = u64::MAX;
	// A pass goes from peer to peer but once: what one holds may lie behind what another holds.
	loop {
		match backfill.pass(true).await.unwrap() {
			Coverage::Complete => break,
			Coverage::Missing(left) if left < before => before = left,
			other => panic!("no progress: {other:?} after {before}"),
		}
	}
	assert!(trails.are_in(&backfill.entries));
}

const LIES: [Change; 6] = [
	// Another entry.
	|chain| chain.iter_mut().for_each(|stored| stored.entry.moment += 1),
	// Another head before it.
	|chain| chain.iter_mut().for_each(|stored| stored.previous.0[0] ^= 1),
	// Only the last of them is changed.
	|chain| chain.iter_mut().rev().take(1).for_each(|stored| stored.entry.block += 1),
	// The oldest first.
	|chain| {
		chain.reverse();
		chain.extend(chain.first().cloned());
	},
	// One is left out.
	|chain| {
		chain.extend(chain.last().cloned());
		chain.drain(..chain.len().min(1));
	},
	// One too many.
	|chain| chain.extend(chain.first().cloned()),
];

#[tokio::test]
async fn a_lie_is_not_kept_and_its_teller_blamed() {
	let trails = trails();
	for (number, lie) in LIES.into_iter().enumerate() {
		let network = Network::new([Peer::Lies(all(&trails), lie)]);
		let mut backfill = backfill(&trails, nothing(), &network);
		let told = backfill.pass(true).await.unwrap();
		assert_eq!(network.blamed.lock().unwrap().len(), 1, "lie {number}: once in a pass");
		// What is said to be held is, and what is held is no lie.
		let expected = match trails.entries.len() - trails.number_in(&backfill.entries) {
			0 => Coverage::Complete,
			left => Coverage::Missing(left as u64),
		};
		assert_eq!(told, expected, "lie {number}");
	}
}

/// Damage on a peer's disk costs what was damaged, and no other trail.
#[tokio::test]
async fn who_is_wrong_about_one_entry_is_asked_for_the_others() {
	let trails = trails();
	let lie: Change = |chain| {
		let damaged = |stored: &&mut StoredEntry<_>| stored.entry.index == 6;
		chain.iter_mut().filter(damaged).take(1).for_each(|stored| stored.entry.moment += 1);
	};
	let network = Network::new([Peer::Lies(all(&trails), lie)]);
	let mut backfill = backfill(&trails, nothing(), &network);
	// The seventh entry of each of the three trails that are so long, and those before it.
	assert_eq!(backfill.pass(true).await.unwrap(), Coverage::Missing(21));
	assert!(network.is_blamed(0));
}

#[tokio::test]
async fn one_honest_peer_among_others_is_enough() {
	let trails = trails();
	for lie in LIES {
		for honest in 0..4 {
			let mut peers = vec![
				Peer::Lies(all(&trails), lie),
				Peer::Gives(nothing()),
				Peer::Dies(nothing(), Mutex::new(0)),
			];
			peers.insert(honest, Peer::Gives(all(&trails)));
			let network = Network::new(peers);
			let mut backfill = backfill(&trails, nothing(), &network);
			assert_eq!(backfill.pass(true).await.unwrap(), Coverage::Complete);
			assert!(trails.are_in(&backfill.entries));
		}
	}
}

#[tokio::test]
async fn who_fails_is_asked_once_in_a_pass() {
	let trails = trails();
	let network = Network::new([Peer::Dies(all(&trails), Mutex::new(0))]);
	let mut backfill = backfill(&trails, nothing(), &network);
	for passes in 1..=3 {
		assert_eq!(backfill.pass(true).await.unwrap(), missing(&trails));
		assert_eq!(network.times_asked(0), passes);
	}
	assert!(!network.is_blamed(0));
}

#[tokio::test]
async fn what_was_kept_before_a_stop_is_not_asked_again() {
	let trails = trails();
	let mut held = nothing();
	let mut stops = 0;
	loop {
		let before = trails.number_in(&held);
		let network = Network::new([Peer::Dies(all(&trails), Mutex::new(1))]);
		let mut backfill = backfill(&trails, held, &network);
		let told = backfill.pass(true).await.unwrap();
		held = backfill.entries;
		if told == Coverage::Complete {
			break;
		}
		stops += 1;
		assert!(trails.number_in(&held) > before, "stop {stops}");
	}
	assert!(stops > 1);
	assert!(trails.are_in(&held));
}

#[tokio::test]
async fn the_count_follows_what_is_found() {
	let trails = trails();
	let network = Network::new([Peer::Dies(all(&trails), Mutex::new(2))]);
	let mut backfill = backfill(&trails, nothing(), &network);
	let counted = backfill.pass(false).await.unwrap();
	backfill.reporter.report(counted);
	let told = backfill.pass(true).await.unwrap();
	assert_eq!(backfill.reporter.coverage(), told);
	assert_ne!(told, counted);
}

/// Peers that do anything at random can slow a node down, but neither poison it nor keep it from
/// what an honest one has.
#[tokio::test]
async fn random_changes_do_no_harm() {
	for seed in 0u32..200 {
		let random = |salt: u32| blake2_256(&[seed.to_le_bytes(), salt.to_le_bytes()].concat());
		let trails = Trails::new((0..9).map(|salt| 1 + u64::from(random(salt)[0]) % 9));
		let part = |salt: u32, divisor: u8| {
			let choice = random(100 + salt)[0] % divisor;
			trails.held(|stored| head_of(stored).0[1] % divisor == choice)
		};
		let lie = LIES[seed as usize % LIES.len()];
		let network = Network::new([
			Peer::Lies(part(0, 2), lie),
			Peer::Gives(part(1, 2)),
			Peer::Dies(part(2, 2), Mutex::new(seed as usize % 3)),
		]);
		let mut first = backfill(&trails, part(3, 4), &network);
		let told = first.pass(true).await.unwrap();
		if told == Coverage::Complete {
			assert!(trails.are_in(&first.entries), "seed {seed}");
		}
		let network = Network::new([Peer::Lies(all(&trails), lie), Peer::Gives(all(&trails))]);
		let mut second = backfill(&trails, first.entries, &network);
		assert_eq!(second.pass(true).await.unwrap(), Coverage::Complete, "seed {seed}");
		assert!(trails.are_in(&second.entries), "seed {seed}");
	}
}

#[tokio::test]
async fn no_more_is_asked_than_a_request_holds() {
	let trails = Trails::new(vec![1; 2 * MAX_HEADS as usize]);
	let network = Network::new([Peer::Gives(all(&trails))]);
	let mut backfill = backfill(&trails, nothing(), &network);
	// All trails in one page.
	let ends = trails.ends.clone();
	backfill.page = Box::new(move |after| {
		let page = ends.iter().map(|(customer, end)| (*customer, end.clone()));
		Ok(Some(page.filter(|_| after.is_none()).collect()))
	});
	assert_eq!(backfill.pass(true).await.unwrap(), Coverage::Complete);
	assert_eq!(network.times_asked(0), 2);
}
