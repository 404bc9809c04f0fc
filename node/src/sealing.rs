//! When blocks are made.
//!
//! A chain whose blocks were made in one way must not go on in another: what was sealed instantly
//! has no author's seal and no GRANDPA justification. A database therefore keeps to the way that it
//! was started with.

use crate::{
	chain_spec::DEVELOPMENT,
	inherents,
	service::{FullClient, Pool, SelectChain},
};
use futures::{
	channel::oneshot,
	future,
	stream::{self, BoxStream},
	FutureExt, Stream, StreamExt,
};
use sc_client_api::AuxStore;
use sc_consensus_manual_seal::{
	consensus::aura::AuraConsensusDataProvider, run_manual_seal, CreatedBlock, EngineCommand,
	Error, ManualSealParams,
};
use sc_service::TaskManager;
use sc_transaction_pool_api::TransactionPool;
use sp_core::H256;
use sp_runtime::Percent;
use std::{fmt, mem::discriminant, str::FromStr, sync::Arc, time::Duration};
use tokio::time::{interval, MissedTickBehavior};

/// How long the pool may take to take note of a block before the next one is tried regardless.
const MAINTENANCE: Duration = Duration::from_secs(5);

/// Where a database keeps its way of sealing.
const KEY: &[u8] = b"consentry/sealing";

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealing {
	/// As soon as there is an extrinsic; final at once.
	Instant,
	/// Every so often, empty or not; final at once.
	Interval(Duration),
	/// By Aura, finalised by GRANDPA.
	Consensus,
}

impl fmt::Display for Sealing {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Self::Instant => f.write_str("instant"),
			Self::Interval(period) => write!(f, "interval={}", period.as_millis()),
			Self::Consensus => f.write_str("consensus"),
		}
	}
}

impl FromStr for Sealing {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let period = |text: &str| text.parse().ok().filter(|ms| *ms > 0).map(Duration::from_millis);
		match (text, text.strip_prefix("interval=")) {
			("instant", _) => Ok(Self::Instant),
			("consensus", _) => Ok(Self::Consensus),
			(_, Some(milliseconds)) => period(milliseconds).map(Self::Interval).ok_or_else(|| {
				format!("`{milliseconds}` is no whole number of milliseconds above 0")
			}),
			_ => Err("expected `instant`, `interval=<ms>` or `consensus`".into()),
		}
	}
}

/// The way in which a database's blocks are made: the one that it was started with, and for a new
/// one `asked` or else `default`, which it then keeps.
///
/// Fails when `asked` is another than the database's, and when it is one that the chain's genesis
/// does not allow.
pub fn settle(
	store: &impl AuxStore,
	chain: &str,
	asked: Option<Sealing>,
	default: Sealing,
) -> Result<Sealing, sc_service::Error> {
	let kept = match store.get_aux(KEY)? {
		None => None,
		Some(bytes) => Some(String::from_utf8_lossy(&bytes).parse::<Sealing>().map_err(|_| {
			sc_service::Error::Other(
				"the database's way of sealing is unreadable: it is damaged, or of a newer node"
					.into(),
			)
		})?),
	};
	let sealing = asked.or(kept).unwrap_or(default);
	if sealing != Sealing::Consensus && chain != DEVELOPMENT {
		return Err(sc_service::Error::Other(format!(
			"--sealing {sealing} is for the chain `{DEVELOPMENT}` only, whose genesis allows \
			 several blocks a slot; `{chain}` needs --sealing consensus"
		)));
	}
	match kept {
		Some(kept) if discriminant(&kept) != discriminant(&sealing) => {
			Err(sc_service::Error::Other(format!(
				"this database was started with --sealing {kept} and cannot go on with --sealing \
				 {sealing}: give --sealing {kept}, or another --base-path, or delete the chain \
				 with the subcommand purge-chain"
			)))
		},
		Some(_) => Ok(sealing),
		None => {
			store.insert_aux(&[(KEY, sealing.to_string().as_bytes())], &[])?;
			Ok(sealing)
		},
	}
}

/// Makes blocks without consensus, each of them final at once, until the node stops.
pub fn start(
	sealing: Sealing,
	client: Arc<FullClient>,
	pool: Arc<Pool>,
	select_chain: SelectChain,
	mut proposer: sc_basic_authorship::ProposerFactory<Pool, FullClient>,
	task_manager: &TaskManager,
) -> Result<(), sc_service::Error> {
	// A full block is followed by the next at once: no use in searching the pool for what still
	// fits into it.
	proposer.set_soft_deadline(Percent::zero());
	let commands = match sealing {
		Sealing::Interval(period) => at_intervals(period),
		_ => at_once(pool.clone()),
	};
	let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
	let clock = client.clone();
	let seal = run_manual_seal(ManualSealParams {
		block_import: client.clone(),
		env: proposer,
		// The slot is that of the inherent time.
		consensus_data_provider: Some(Box::new(AuraConsensusDataProvider::new_with_slot_duration(
			slot_duration,
		))),
		create_inherent_data_providers: move |parent, ()| {
			future::ready(inherents::time_after(&clock, parent))
		},
		client,
		pool,
		commands_stream: commands,
		select_chain,
	});
	task_manager.spawn_essential_handle().spawn_blocking("sealing", Some("block-authoring"), seal);
	Ok(())
}

type Command = EngineCommand<H256>;
type Outcome = oneshot::Receiver<Result<CreatedBlock<H256>, Error>>;

/// The command to seal a block, and its outcome.
fn seal(create_empty: bool) -> (Command, Outcome) {
	let (sender, outcome) = oneshot::channel();
	let sender = Some(sender);
	(
		EngineCommand::SealNewBlock { create_empty, finalize: true, parent_hash: None, sender },
		outcome,
	)
}

/// A block every `period`.
fn at_intervals(period: Duration) -> BoxStream<'static, Command> {
	let mut ticks = interval(period);
	// A block that takes longer than the period shall not be followed by a burst.
	ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
	stream::unfold((ticks, None::<Outcome>), |(mut ticks, last)| async move {
		if let Some(outcome) = last {
			// The next tick is another try.
			let _ = report(outcome.await);
		}
		ticks.tick().await;
		let (command, outcome) = seal(true);
		Some((command, (ticks, Some(outcome))))
	})
	.boxed()
}

/// A block as soon as there is an extrinsic, and further ones until the pool is drained.
///
/// Many notifications that arrived during one block ask for one block, not for one each.
fn at_once(pool: Arc<Pool>) -> BoxStream<'static, Command> {
	let arrivals = pool.import_notification_stream();
	stream::unfold((pool, arrivals, None::<Outcome>), |(pool, mut arrivals, last)| async move {
		let mut create_empty = false;
		let left = match last {
			// What came before this stream was there.
			None => pool.status().ready > 0,
			Some(outcome) => match report(outcome.await) {
				// Resolves when the pool took note of the block.
				Ok(block) => pool.ready_at_with_timeout(block, MAINTENANCE).await.next().is_some(),
				// The block that ends a session has no room for extrinsics, and has to be made.
				Err(Error::EmptyTransactionPool) => {
					create_empty = pool.status().ready > 0;
					create_empty
				},
				// The next arrival is another try.
				Err(_) => false,
			},
		};
		if !left {
			arrivals.next().await?;
		}
		drain(&mut arrivals);
		let (command, outcome) = seal(create_empty);
		Some((command, (pool, arrivals, Some(outcome))))
	})
	.boxed()
}

/// Takes what is there without waiting for more.
fn drain(stream: &mut (impl Stream + Unpin)) {
	while let Some(Some(_)) = stream.next().now_or_never() {}
}

/// The block that was made; why none was goes to the log, if anything is wrong.
fn report(
	outcome: Result<Result<CreatedBlock<H256>, Error>, oneshot::Canceled>,
) -> Result<H256, Error> {
	let made = outcome?.map(|block| block.hash);
	match &made {
		// The extrinsics were in the block before, or the block has no room for any.
		Ok(_) | Err(Error::EmptyTransactionPool) => {},
		Err(error) => log::error!("No block could be sealed: {error}"),
	}
	made
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{cell::RefCell, collections::HashMap};

	#[derive(Default)]
	struct Store(RefCell<HashMap<Vec<u8>, Vec<u8>>>);

	impl AuxStore for Store {
		fn insert_aux<'a, 'b: 'a, 'c: 'a, I, D>(&self, insert: I, _: D) -> sp_blockchain::Result<()>
		where
			I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
			D: IntoIterator<Item = &'a &'b [u8]>,
		{
			self.0.borrow_mut().extend(insert.into_iter().map(|(k, v)| (k.to_vec(), v.to_vec())));
			Ok(())
		}

		fn get_aux(&self, key: &[u8]) -> sp_blockchain::Result<Option<Vec<u8>>> {
			Ok(self.0.borrow().get(key).cloned())
		}
	}

	const EACH: [Sealing; 3] =
		[Sealing::Instant, Sealing::Interval(Duration::from_millis(500)), Sealing::Consensus];

	#[test]
	fn each_way_is_read_as_it_is_written() {
		for sealing in EACH {
			assert_eq!(sealing.to_string().parse(), Ok(sealing));
		}
	}

	#[test]
	fn what_is_no_way_of_sealing_is_refused() {
		for text in ["", "Instant", "interval", "interval=", "interval=0", "interval=1s", "manual"]
		{
			assert!(text.parse::<Sealing>().is_err(), "{text}");
		}
	}

	#[test]
	fn a_database_keeps_its_way() {
		for first in EACH {
			let store = Store::default();
			let settle = |asked| settle(&store, DEVELOPMENT, asked, Sealing::Consensus);
			assert_eq!(settle(Some(first)).unwrap(), first);
			assert_eq!(settle(None).unwrap(), first);
			for other in EACH {
				let settled = settle(Some(other));
				if first == other {
					assert_eq!(settled.unwrap(), first);
				} else {
					let message = settled.unwrap_err().to_string();
					assert!(message.contains(&first.to_string()), "{message}");
					assert!(message.contains(&other.to_string()), "{message}");
				}
			}
		}
	}

	#[test]
	fn the_period_may_change() {
		let store = Store::default();
		for milliseconds in [100, 200] {
			let asked = Sealing::Interval(Duration::from_millis(milliseconds));
			let settled = settle(&store, DEVELOPMENT, Some(asked), Sealing::Consensus);
			assert_eq!(settled.unwrap(), asked);
		}
	}

	#[test]
	fn other_chains_need_consensus() {
		for sealing in EACH {
			let settled = settle(&Store::default(), "other", Some(sealing), Sealing::Consensus);
			assert_eq!(settled.is_ok(), sealing == Sealing::Consensus);
		}
	}
}
