//! What an interrupted import left in flight.

use crate::{
	chain::{customer_key, Chain},
	finality::Header,
	store::{Fact, Store},
	trail::committed,
	Error, Result,
};
use consentry_primitives::{api::PAGE, CustomerId};
use sp_core::H256;
use std::{
	collections::{BTreeMap, HashMap, HashSet},
	time::Duration,
};

/// Customers that are looked up in one request.
const LOOKUP: usize = 256;
/// How long to wait for a block before saying that none comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Finds out what became of the extrinsics that an interrupted import left in flight, and tells
/// how many customers, records, interactions and statements the chain had taken.
pub async fn settle(chain: &Chain, store: &mut Store) -> Result<usize> {
	let mut open = store.in_flight()?;
	if open.is_empty() {
		return Ok(0);
	}
	let mut heads = chain
		.subscribe::<Header>("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
		.await?;
	let mut refusal = None;
	for extrinsic in &open {
		// The node may have lost it; the very same one can enter the chain only once.
		match chain.submit(&extrinsic.bytes).await {
			Ok(_) => {},
			Err(Error::Rpc { reason, .. }) => refusal = Some(reason),
			Err(error) => return Err(error),
		}
	}
	let mut taken = 0;
	loop {
		let head = chain.finalised().await?;
		let mut nonces = HashMap::new();
		for extrinsic in std::mem::take(&mut open) {
			let used = match nonces.get(&extrinsic.account) {
				Some(used) => *used,
				None => {
					let used = chain.nonce(head.hash, &extrinsic.account).await?;
					nonces.insert(extrinsic.account.clone(), used);
					used
				},
			};
			if extrinsic.nonce < used || extrinsic.dies <= head.number() {
				taken += resolve(chain, store, head.hash, extrinsic.key).await?;
			} else {
				open.push(extrinsic);
			}
		}
		if open.is_empty() {
			return Ok(taken);
		}
		match tokio::time::timeout(PATIENCE, heads.next()).await {
			Ok(Some(Ok(_))) => {},
			Ok(_) => {
				return Err(Error::Unreachable {
					url: chain.url().into(),
					reason: "the connection was closed".into(),
				})
			},
			Err(_) => {
				return Err(Error::Refused {
					what: format!("{} extrinsics of an earlier import", open.len()),
					reason: refusal.unwrap_or_else(|| "the chain makes no blocks".into()),
				})
			},
		}
	}
}

/// Asks the chain what of an extrinsic, whose fate is final, it took.
async fn resolve(chain: &Chain, store: &mut Store, at: H256, extrinsic: i64) -> Result<usize> {
	let (customers, facts) = store.carried(extrinsic)?;
	let mut registered = HashSet::new();
	for ids in customers.chunks(LOOKUP) {
		let keys: Vec<_> = ids.iter().map(customer_key).collect();
		let found = chain.storage(at, &keys).await?;
		registered
			.extend(ids.iter().zip(found).filter(|(_, found)| found.is_some()).map(|(id, _)| *id));
	}
	let mut done = Vec::new();
	let mut others: BTreeMap<CustomerId, Vec<Fact>> = BTreeMap::new();
	for fact in facts {
		// Records come with their customer's registration, or after it.
		if customers.contains(&fact.customer) {
			done.extend(registered.contains(&fact.customer).then_some(fact.key));
		} else {
			others.entry(fact.customer).or_default().push(fact);
		}
	}
	for (customer, facts) in others {
		done.extend(in_trail(chain, at, &customer, facts).await?);
	}
	let taken = registered.len() + done.len();
	store.settle(extrinsic, registered, done)?;
	Ok(taken)
}

/// Keys of those facts whose commitments are in a customer's trail: each has a salt of its own, so
/// that its commitment is in the trail if and only if the chain took it.
pub(super) async fn in_trail(
	chain: &Chain,
	at: H256,
	customer: &CustomerId,
	mut facts: Vec<Fact>,
) -> Result<Vec<i64>> {
	let (mut done, mut cursor) = (Vec::new(), None);
	loop {
		let page = chain.trail_page(at, customer, cursor, PAGE).await?;
		for link in page.entries {
			let Some((_, commitment)) = committed(&link.entry) else { continue };
			done.extend(facts.extract_if(.., |f| f.commitment == commitment).map(|f| f.key));
		}
		cursor = page.next;
		if facts.is_empty() || cursor.is_none() {
			return Ok(done);
		}
	}
}
