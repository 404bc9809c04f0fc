//! Aura makes blocks, GRANDPA finalises them.

use super::{FullClient, GrandpaImport, GrandpaLink, Pool, SelectChain, JUSTIFICATION_PERIOD};
use crate::inherents;
use consentry_runtime::{opaque::Block, BlockNumber};
use sc_basic_authorship::ProposerFactory;
use sc_consensus_aura::{SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{
	SharedVoterState, ThreeQuartersOfTheUnfinalizedChain, VotingRulesBuilder,
};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_network::{
	service::traits::{NetworkService, NotificationService},
	types::ProtocolName,
};
use sc_network_sync::SyncingService;
use sc_service::{Configuration, Error, Role, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_keystore::KeystorePtr;
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// How long GRANDPA's voters wait to gather votes before they pass them on.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);

/// While too few validators vote, blocks come ever more slowly, so that the unfinalised part of
/// the chain, which may yet change, stays short.
///
/// In health what is final is one or two blocks behind the best; at ten, votes are missing. The
/// longest interval, of a hundred slots, bounds how soon an end of the fault is noticed by a new
/// block, and with it for how long parts of the network may be without each other: see the test
/// below.
const BACK_OFF: BackoffAuthoringOnFinalizedHeadLagging<BlockNumber> =
	BackoffAuthoringOnFinalizedHeadLagging {
		unfinalized_slack: 10,
		authoring_bias: 2,
		max_interval: 100,
	};

/// What the configuration says about consensus.
pub struct Settings {
	/// Whether the node is a validator.
	pub role: Role,
	name: String,
	force_authoring: bool,
	grandpa_protocol: ProtocolName,
}

impl Settings {
	/// Takes them from `config`.
	pub fn new(config: &Configuration, grandpa_protocol: ProtocolName) -> Self {
		Self {
			role: config.role,
			name: config.network.node_name.clone(),
			force_authoring: config.force_authoring,
			grandpa_protocol,
		}
	}
}

/// The parts of the node that consensus runs on.
pub struct Parts {
	pub client: Arc<FullClient>,
	pub pool: Arc<Pool>,
	pub select_chain: SelectChain,
	pub keystore: KeystorePtr,
	pub network: Arc<dyn NetworkService>,
	pub sync_service: Arc<SyncingService<Block>>,
	pub grandpa_import: GrandpaImport,
	pub grandpa_link: GrandpaLink,
	/// None where the node is not to follow GRANDPA's votes.
	pub grandpa_notifications: Option<Box<dyn NotificationService>>,
	pub voter_state: SharedVoterState,
	pub proposer: ProposerFactory<Pool, FullClient>,
	pub prometheus_registry: Option<Registry>,
	pub telemetry: Option<TelemetryHandle>,
}

/// Starts authoring, where the node is a validator, and finalising.
pub fn start(settings: Settings, parts: Parts, task_manager: &TaskManager) -> Result<(), Error> {
	let is_validator = settings.role.is_authority();
	if is_validator {
		let slot_duration = sc_consensus_aura::slot_duration(&*parts.client)?;
		let clock = parts.client.clone();
		let aura = sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(
			StartAuraParams {
				slot_duration,
				client: parts.client.clone(),
				select_chain: parts.select_chain,
				block_import: parts.grandpa_import,
				proposer_factory: parts.proposer,
				create_inherent_data_providers: move |parent, ()| {
					let time = inherents::time_after(&clock, parent);
					std::future::ready(time.map(|time| inherents::in_slot(time, slot_duration)))
				},
				force_authoring: settings.force_authoring,
				backoff_authoring_blocks: Some(BACK_OFF),
				keystore: parts.keystore.clone(),
				sync_oracle: parts.sync_service.clone(),
				justification_sync_link: parts.sync_service.clone(),
				block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
				max_block_proposal_slot_portion: None,
				telemetry: parts.telemetry.clone(),
				compatibility_mode: Default::default(),
			},
		)?;
		task_manager.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), aura);
	}

	if let Some(notification_service) = parts.grandpa_notifications {
		let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config: sc_consensus_grandpa::Config {
				gossip_duration: GOSSIP_DURATION,
				justification_generation_period: JUSTIFICATION_PERIOD,
				name: Some(settings.name),
				observer_enabled: false,
				keystore: is_validator.then_some(parts.keystore),
				local_role: settings.role,
				telemetry: parts.telemetry.clone(),
				protocol_name: settings.grandpa_protocol,
			},
			link: parts.grandpa_link,
			network: parts.network,
			sync: parts.sync_service,
			notification_service,
			// The SDK's default also stays two blocks behind the best, which are seconds; a chain
			// on which one validator has each slot hardly ever forks.
			voting_rule: VotingRulesBuilder::new().add(ThreeQuartersOfTheUnfinalizedChain).build(),
			prometheus_registry: parts.prometheus_registry,
			shared_voter_state: parts.voter_state,
			telemetry: parts.telemetry,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(parts.pool),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use consentry_runtime::SLOT_DURATION;
	use sc_consensus_slots::BackoffAuthoringBlocksStrategy;
	use sp_consensus_aura::Slot;

	/// Blocks after which the database fixes the state of a chain, final or not, so that it cannot
	/// be left for another one: `sc-service` opens it with this bound.
	const CANONICALISED: BlockNumber = 4096;

	/// How long two of four validators, taking turns with the absent ones, make blocks until they are
	/// so many ahead of finality.
	fn partition_until(unfinalised: BlockNumber) -> Duration {
		let (mut head, mut slot) = (0, Slot::from(0));
		let mut last = slot;
		while head < unfinalised {
			slot = slot + 1;
			let is_ours = *slot % 4 < 2;
			if is_ours && !BACK_OFF.should_backoff(head, last, 0, slot, "test") {
				(head, last) = (head + 1, slot);
			}
		}
		Duration::from_millis(*slot * SLOT_DURATION)
	}

	#[test]
	fn halves_of_a_network_can_do_without_each_other_for_nine_days() {
		const DAY: Duration = Duration::from_secs(24 * 3_600);
		let longest = partition_until(CANONICALISED);
		assert!(longest > 9 * DAY && longest < 10 * DAY, "{longest:?}");
	}

	#[test]
	fn a_half_backs_off_within_a_minute() {
		let begins = BACK_OFF.unfinalized_slack + BACK_OFF.authoring_bias;
		assert!(partition_until(begins) < Duration::from_secs(60));
	}
}
