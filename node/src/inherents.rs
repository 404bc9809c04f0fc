//! The time that a new block carries.
//!
//! However fast blocks are made, the chain's clock is the wall clock: a block's time is the wall
//! clock's, or its parent's where the wall clock was set back behind it. The slot follows from that
//! same time, so that the two never disagree.

use crate::service::FullClient;
use consentry_primitives::api::CrmApi;
use sp_api::ProvideRuntimeApi;
use sp_consensus_aura::SlotDuration;
use sp_core::H256;
use sp_timestamp::Timestamp;

type Slot = sp_consensus_aura::inherents::InherentDataProvider;
type Time = sp_timestamp::InherentDataProvider;
type Error = Box<dyn std::error::Error + Send + Sync>;

/// The time of a block on `parent`.
pub fn time_after(client: &FullClient, parent: H256) -> Result<Time, Error> {
	let of_parent = client.runtime_api().moment(parent)?;
	Ok(Time::new(Timestamp::current().max(of_parent.into())))
}

/// The slot in which `time` lies, together with it.
pub fn in_slot(time: Time, slot: SlotDuration) -> (Slot, Time) {
	(Slot::from_timestamp_and_slot_duration(*time, slot), time)
}
