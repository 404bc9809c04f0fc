//! Tells an operator whose machine's clock is ahead of the other validators'.
//!
//! Such a validator follows the chain, and none of its blocks counts: the others refuse what comes
//! from the future, and say so in their logs. In its own there would be nothing but reorganisations.
//! A clock that is behind needs no telling: the node itself refuses the others' blocks, and says so.

use crate::service::FullClient;
use consentry_primitives::api::CrmApi;
use futures::StreamExt;
use sc_client_api::BlockchainEvents;
use sp_api::ProvideRuntimeApi;
use sp_consensus::BlockOrigin;
use sp_timestamp::Timestamp;
use std::{sync::Arc, time::Duration};

/// A block is with the others well within a slot; two tell that something is wrong.
const TOLERATED: Duration = Duration::from_secs(4);

/// So many blocks in a row have to be too old: one can be held up on its way.
const IN_A_ROW: usize = 5;

/// Compares the time that blocks carry with the time at which they come.
pub async fn watch(client: Arc<FullClient>) {
	let mut blocks = client.import_notification_stream();
	let mut ages = Vec::with_capacity(IN_A_ROW);
	while let Some(block) = blocks.next().await {
		// Its own are as old as its clock says, and those that it missed are old with reason.
		if block.origin != BlockOrigin::NetworkBroadcast {
			continue;
		}
		let Ok(made) = client.runtime_api().moment(block.hash) else { continue };
		let age = Duration::from_millis(Timestamp::current().as_millis().saturating_sub(made));
		if age <= TOLERATED {
			ages.clear();
			continue;
		}
		ages.push(age);
		if ages.len() == IN_A_ROW {
			log::warn!(
				"⏰ This machine's clock is ahead, or its network slow: the last {IN_A_ROW} blocks of \
				 others came {} s or more after the time they carry. Is its time synchronised?",
				ages.iter().min().map_or(0, Duration::as_secs),
			);
			ages.clear();
		}
	}
}
