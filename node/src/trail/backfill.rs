//! Fetches the entries that this node lacks from its peers.
//!
//! Trails only grow, and each block that the node executes brings its entries along. So each trail
//! of some finalised state has to be completed once, and then all of them stay complete; a node that
//! stops before that begins anew, and finds what it kept.

use super::{
	coverage::{Coverage, Reporter},
	protocol::{Request, Response},
	state::Page,
	walk::Walk,
	Entries,
};
use consentry_primitives::CustomerId;
use sp_blockchain::Error;
use sp_core::offchain::OffchainStorage;
use std::{collections::HashSet, future::Future, hash::Hash, time::Duration};
use tokio::time::Instant;

/// What this task's messages are logged under.
const LOG_TARGET: &str = "trails";

/// How often the node looks whether there is something to begin with: a state, or other peers.
const LOOK: Duration = Duration::from_secs(2);

/// The longest time until peers are asked again that had nothing to give.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// Other nodes, which may hold entries that this one lacks.
pub trait Source {
	/// One of them.
	type Peer: Copy + Eq + Hash + Send + Sync;

	/// Those that can be asked.
	fn peers(&self) -> impl Future<Output = Vec<Self::Peer>> + Send;

	/// What a peer answers. `None` where it does not answer properly.
	fn ask(
		&self,
		peer: Self::Peer,
		request: &Request,
	) -> impl Future<Output = Option<Response>> + Send;

	/// Takes note that a peer gave an entry that does not lead to the head asked for.
	fn blame(&self, peer: Self::Peer);
}

/// Completes trails.
pub struct Backfill<P, O, S: Source> {
	/// Gives the trails of the last finalised state after a customer, in pages; `None` while there is
	/// no state. Each page may be of a later state than the one before: trails only grow.
	page: P,
	entries: Entries<O>,
	source: S,
	reporter: Reporter,
	/// Who can be asked, as far as the node last looked.
	known: HashSet<S::Peer>,
	/// Who failed to answer in this pass.
	failed: HashSet<S::Peer>,
	/// Who gave an entry in this pass that does not lead to the head asked for.
	wrong: HashSet<S::Peer>,
}

impl<P, O, S> Backfill<P, O, S>
where
	P: Fn(Option<CustomerId>) -> Result<Option<Page>, Error>,
	O: OffchainStorage,
	S: Source,
{
	/// Completes the trails that `page` gives with what `source` has, and keeps it in `entries`.
	pub fn new(page: P, entries: Entries<O>, source: S, reporter: Reporter) -> Self {
		Self {
			page,
			entries,
			source,
			reporter,
			known: HashSet::new(),
			failed: HashSet::new(),
			wrong: HashSet::new(),
		}
	}

	/// Works until all trails are complete.
	pub async fn run(mut self) {
		let mut pause = LOOK;
		loop {
			let before = self.reporter.coverage();
			// At first only to learn how much there is to do.
			let after = self.pass(before != Coverage::Unknown).await.unwrap_or_else(|error| {
				log::warn!(target: LOG_TARGET, "The trails cannot be read: {error}");
				self.reporter.coverage()
			});
			self.reporter.report(after);
			match (before, after) {
				(Coverage::Unknown, Coverage::Complete) => return,
				(_, Coverage::Complete) => {
					log::info!(target: LOG_TARGET, "All trail entries are there");
					return;
				},
				(Coverage::Unknown, Coverage::Missing(number)) => {
					log::info!(
						target: LOG_TARGET,
						"Asking peers for {number} trail entries that this node lacks"
					);
					continue;
				},
				(Coverage::Missing(before), Coverage::Missing(after)) if after >= before => {
					pause = MAX_PAUSE.min(2 * pause);
				},
				_ => pause = LOOK,
			}
			self.wait(pause).await;
		}
	}

	/// Goes along all trails; where entries are missing, asks for them if told to `fetch`. Returns
	/// what there is in the end.
	async fn pass(&mut self, fetch: bool) -> Result<Coverage, Error> {
		self.known = self.source.peers().await.into_iter().collect();
		self.failed.clear();
		self.wrong.clear();
		let mut missing = 0;
		let mut after = None;
		loop {
			let Some(page) = (self.page)(after)? else { return Ok(Coverage::Unknown) };
			let Some((last, _)) = page.last() else { break };
			after = Some(*last);
			let walks = Walk::unfinished(&page, &self.entries);
			let mut walks = walks.into_iter().map(|(_, walk)| walk).collect();
			if fetch {
				self.fetch(&mut walks).await;
			}
			missing += left(&walks);
		}
		Ok(if missing == 0 { Coverage::Complete } else { Coverage::Missing(missing) })
	}

	/// Asks for what the walks wait for: one peer after the other, each for as long as it has
	/// something to give. Who fails is asked no more in this pass; who is wrong may be right about
	/// other entries.
	async fn fetch(&mut self, walks: &mut Vec<Walk>) {
		let mut peers: Vec<_> = self.known.difference(&self.failed).copied().collect();
		while let Some(peer) = peers.last().copied().filter(|_| !walks.is_empty()) {
			let request = Request::new(walks.iter().map(Walk::next));
			let before = left(walks);
			match self.source.ask(peer, &request).await {
				Some(response) => {
					if !self.take(walks, response) && self.wrong.insert(peer) {
						self.source.blame(peer);
					}
				},
				None => {
					self.failed.insert(peer);
				},
			}
			walks.retain(|walk| !walk.is_done());
			let found = before - left(walks);
			self.reporter.found(found);
			if found == 0 {
				peers.pop();
			}
		}
	}

	/// Keeps what the walks wait for. Returns whether that is all that was given.
	fn take(&mut self, walks: &mut [Walk], response: Response) -> bool {
		let mut is_right = true;
		for (walk, chain) in walks.iter_mut().zip(response.chains) {
			is_right &= chain.iter().all(|stored| walk.take(stored, &mut self.entries));
			walk.proceed(&self.entries);
		}
		is_right
	}

	/// Waits for a time, or until a peer comes, one that was away included.
	async fn wait(&mut self, pause: Duration) {
		let end = Instant::now() + pause;
		while Instant::now() < end {
			tokio::time::sleep(LOOK).await;
			let peers: HashSet<_> = self.source.peers().await.into_iter().collect();
			let has_come = !peers.is_subset(&self.known);
			self.known = peers;
			if has_come {
				return;
			}
		}
	}
}

/// How many entries the walks have yet to come past.
fn left(walks: &[Walk]) -> u64 {
	walks.iter().map(Walk::left).sum()
}

#[cfg(test)]
mod tests;
