//! `crm_subscribeTrail`: the entries of finalised blocks, in their order, none left out.

use super::{
	crm::{Answer, Crm},
	error::Error,
	params::{Arguments, Filter, Kind},
};
use consentry_primitives::api::Appended;
use consentry_runtime::{opaque::Block, AccountId};
use futures::StreamExt;
use jsonrpsee::{
	core::RegisterMethodError, types::ErrorObjectOwned, RpcModule, SubscriptionCloseResponse,
	SubscriptionMessage, SubscriptionSink,
};
use sc_client_api::{BlockchainEvents, FinalityNotifications};
use sp_blockchain::HeaderBackend;
use sp_core::H256;
use std::{sync::Arc, time::Duration};

/// How long a subscriber may take to accept a notification before it is let go.
const PATIENCE: Duration = Duration::from_secs(60);

/// Adds the subscription.
pub fn register(module: &mut RpcModule<Crm>) -> Result<(), RegisterMethodError> {
	module.register_subscription(
		"crm_subscribeTrail",
		"crm_trailEntry",
		"crm_unsubscribeTrail",
		|params, pending, crm, _| async move {
			let filter = Arguments::parse(&params, &["filter"])
				.and_then(|arguments| arguments.optional::<Filter>("filter"));
			let filter = match filter {
				Ok(filter) => filter.unwrap_or_default(),
				Err(error) => {
					pending.reject(error).await;
					return SubscriptionCloseResponse::None;
				},
			};
			// Before the subscriber is told: from then on it counts on every block.
			let finality = crm.client.finality_notification_stream();
			let last = crm.client.info().finalized_hash;
			match pending.accept().await {
				Ok(sink) => closing(follow(crm, filter, finality, last, sink).await),
				// The subscriber is gone.
				Err(_) => SubscriptionCloseResponse::None,
			}
		},
	)?;
	Ok(())
}

/// The last message of a subscription: an error, where one ended it.
fn closing(result: Result<(), Error>) -> SubscriptionCloseResponse {
	let message = result
		.err()
		.and_then(|error| SubscriptionMessage::from_json(&ErrorObjectOwned::from(error)).ok());
	message.map_or(SubscriptionCloseResponse::None, SubscriptionCloseResponse::NotifErr)
}

/// Sends what fits `filter` from each block that is finalised after `last`, until the subscriber
/// leaves.
async fn follow(
	crm: Arc<Crm>,
	filter: Filter,
	mut finality: FinalityNotifications<Block>,
	mut last: H256,
	sink: SubscriptionSink,
) -> Result<(), Error> {
	loop {
		let notification = tokio::select! {
			_ = sink.closed() => return Ok(()),
			notification = finality.next() => notification,
		};
		// Kept until its block is done: it keeps the block's state from being discarded.
		let Some(notification) = notification else { return Ok(()) };
		let next = notification.hash;
		let route = on_blocking_thread(&crm, move |crm| {
			sp_blockchain::tree_route(&*crm.client, last, next).map_err(Error::from)
		});
		for block in route.await?.enacted() {
			let block = block.hash;
			let appended = on_blocking_thread(&crm, move |crm| crm.appended(block)).await?;
			for entry in appended.into_iter().filter(|entry| filter.fits(entry)) {
				let message = SubscriptionMessage::from_json(&Answer { block, value: entry })
					.map_err(|error| Error::Database(error.to_string()))?;
				if sink.send_timeout(message, PATIENCE).await.is_err() {
					return Ok(());
				}
			}
		}
		last = next;
	}
}

/// Reads from the database where that may block.
async fn on_blocking_thread<T: Send + 'static>(
	crm: &Arc<Crm>,
	read: impl FnOnce(&Crm) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
	let crm = crm.clone();
	tokio::task::spawn_blocking(move || read(&crm))
		.await
		.map_err(|error| Error::Database(error.to_string()))?
}

impl Filter {
	fn fits(&self, appended: &Appended<AccountId>) -> bool {
		let Appended { customer, controller, entry, .. } = appended;
		self.customer.is_none_or(|wanted| wanted == *customer)
			&& self.organisation.is_none_or(|wanted| *controller == Some(wanted))
			&& self
				.action
				.as_ref()
				.is_none_or(|wanted| Kind::of(&entry.action).as_ref() == Some(wanted))
	}
}
