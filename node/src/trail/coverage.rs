//! How far this node holds the entries of all trails: kept in the database, told to whoever asks,
//! and shown as metrics.

use sc_client_api::AuxStore;
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};
use tokio::sync::watch;

/// Where a database says that all entries are held: of the trails of some finalised block, and of
/// later blocks because the node executed them.
const KEY: &[u8] = b"consentry/trails-complete";

/// How far this node holds the entries of all trails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
	/// This was not found out yet: the node has no state, or has not come past all trails once.
	Unknown,
	/// So many entries cannot be reached from their trails' heads: of each trail, the newest one
	/// that is lacking and those before it.
	Missing(u64),
	/// All are held.
	Complete,
}

impl Coverage {
	/// What `store` says about it.
	pub fn load(store: &impl AuxStore) -> sp_blockchain::Result<Self> {
		Ok(store.get_aux(KEY)?.map_or(Self::Unknown, |_| Self::Complete))
	}

	/// Has `store` say so, when the node starts again.
	pub fn save(self, store: &impl AuxStore) -> sp_blockchain::Result<()> {
		match self {
			Self::Complete => store.insert_aux(&[(KEY, &b"complete"[..])], &[]),
			Self::Unknown | Self::Missing(_) => store.insert_aux(&[], &[KEY]),
		}
	}
}

/// Tells others how far the entries are held.
pub struct Reporter {
	coverage: watch::Sender<Coverage>,
	metrics: Option<Metrics>,
}

struct Metrics {
	missing: Gauge<U64>,
	complete: Gauge<U64>,
}

impl Reporter {
	/// Tells `first`, until there is something else to tell; as metrics too where there is a
	/// `registry`.
	pub fn new(first: Coverage, registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let metrics = registry.map(Metrics::register).transpose()?;
		let reporter = Self { coverage: watch::Sender::new(first), metrics };
		reporter.report(first);
		Ok(reporter)
	}

	/// What is told, for others to look at.
	pub fn subscribe(&self) -> watch::Receiver<Coverage> {
		self.coverage.subscribe()
	}

	/// What is told.
	pub fn coverage(&self) -> Coverage {
		*self.coverage.borrow()
	}

	/// Tells something else.
	pub fn report(&self, coverage: Coverage) {
		if let Some(Metrics { missing, complete }) = &self.metrics {
			if let Coverage::Missing(number) = coverage {
				missing.set(number);
			}
			if coverage == Coverage::Complete {
				missing.set(0);
			}
			complete.set((coverage == Coverage::Complete).into());
		}
		self.coverage.send_replace(coverage);
	}

	/// Tells that so many of the missing entries were found.
	pub fn found(&self, number: u64) {
		if let Coverage::Missing(missing) = self.coverage() {
			self.report(Coverage::Missing(missing.saturating_sub(number)));
		}
	}
}

impl Metrics {
	fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		Ok(Self {
			missing: register(
				Gauge::new("consentry_trail_entries_missing", "Trail entries this node lacks")?,
				registry,
			)?,
			complete: register(
				Gauge::new(
					"consentry_trails_complete",
					"1 where this node holds all trail entries, else 0",
				)?,
				registry,
			)?,
		})
	}
}
