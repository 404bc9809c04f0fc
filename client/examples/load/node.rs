//! A node under load: signing, handing in, waiting, and checking what came of it.

use crate::Result;
use codec::Decode;
pub use consentry_client::keys::account_of;
use consentry_client::{
	chain::{storage_key, trail_key, Chain},
	finality::Header,
};
use consentry_primitives::CustomerId;
use futures::{stream, StreamExt, TryStreamExt};
use serde_json::Value;
use sp_crypto_hashing::blake2_128;
use std::time::Instant;
use subxt::{
	backend::BlockRef, config::DefaultExtrinsicParamsBuilder, rpcs::client::rpc_params,
	tx::Payload, SubstrateConfig,
};
use subxt_signer::sr25519::Keypair;

/// Values that are looked up in one request.
const LOOKUP: usize = 256;

pub struct Node {
	chain: Chain,
	in_flight: usize,
}

impl Node {
	pub async fn connect(url: &str, in_flight: usize) -> Result<Self> {
		Ok(Self { chain: Chain::connect(url).await?, in_flight })
	}

	pub fn chain(&self) -> &Chain {
		&self.chain
	}

	/// Has `key` sign these calls; seconds from the first extrinsic handed in to the last one
	/// final.
	pub async fn run(&self, key: &Keypair, calls: &[impl Payload]) -> Result<f64> {
		let account = account_of(key);
		let first = self.chain.next_nonce(&account).await?;
		let extrinsics = self.sign(key, calls, first).await?;
		let end = first + extrinsics.len() as u64;

		let started = Instant::now();
		stream::iter(&extrinsics)
			.map(|extrinsic| self.chain.submit(extrinsic))
			.buffered(self.in_flight)
			.try_for_each(|_| async { Ok(()) })
			.await?;
		let mut heads = self
			.chain
			.subscribe::<Header>("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
			.await?;
		// What became final while the subscription was set up may not be told by it.
		let mut newest = self.chain.finalised().await?.hash;
		while self.chain.nonce(newest, &account).await? < end {
			newest = heads.next().await.ok_or("the node closed the connection")??.hash();
		}
		Ok(started.elapsed().as_secs_f64())
	}

	/// What a call weighs, as the chain says.
	pub async fn weight(&self, key: &Keypair, call: &impl Payload) -> Result<String> {
		let nonce = self.chain.next_nonce(&account_of(key)).await?;
		let extrinsic = self.sign(key, std::slice::from_ref(call), nonce).await?.concat();
		let extrinsic = format!("0x{}", hex::encode(extrinsic));
		let info: Value = self.chain.request("payment_queryInfo", rpc_params![extrinsic]).await?;
		let weight = |part: &str| info["weight"][part].as_u64().ok_or("the weight is missing");
		let [time, proof] = [weight("ref_time")? / 1_000_000, weight("proof_size")?];
		Ok(format!("{time} µs and {proof} bytes of proof"))
	}

	async fn sign(
		&self,
		key: &Keypair,
		calls: &[impl Payload],
		first: u64,
	) -> Result<Vec<Vec<u8>>> {
		let head = self.chain.finalised().await?;
		let block = BlockRef::from_hash(head.hash);
		let client = self.chain.client().await?;
		let at = client.at_block_hash_and_number(block, head.number().into()).await?;
		let mut extrinsics = Vec::with_capacity(calls.len());
		for (call, nonce) in calls.iter().zip(first..) {
			// A mortal one might not outlive a round, in which every extrinsic can be a block.
			let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
				.nonce(nonce)
				.immortal()
				.build();
			let mut signable = at.tx().create_signable_offline(call, params)?;
			extrinsics.push(signable.sign(key)?.into_encoded());
		}
		Ok(extrinsics)
	}

	/// Fails unless there is a value under each of these keys.
	pub async fn check_stored(&self, keys: &[Vec<u8>]) -> Result<()> {
		match self.values(keys).await?.iter().any(Option::is_none) {
			true => Err("not every extrinsic had its effect".into()),
			false => Ok(()),
		}
	}

	/// How many entries the trails of these customers have altogether.
	pub async fn trail_entries(&self, customers: &[CustomerId]) -> Result<u64> {
		let keys: Vec<_> = customers.iter().map(trail_key).collect();
		let trails = self.values(&keys).await?;
		trails.into_iter().flatten().map(|trail| Ok(u64::decode(&mut &trail[..])?)).sum()
	}

	async fn values(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
		let head = self.chain.finalised().await?;
		let mut values = Vec::with_capacity(keys.len());
		for keys in keys.chunks(LOOKUP) {
			values.extend(self.chain.storage(head.hash, keys).await?);
		}
		Ok(values)
	}

	/// What an account holds, in the smallest unit.
	pub async fn free(&self, account: &[u8; 32]) -> Result<u128> {
		let key = [&storage_key("System", "Account")[..], &blake2_128(account), account].concat();
		let value = self.values(&[key]).await?.into_iter().flatten().next();
		let value = value.ok_or("the account holds nothing")?;
		// Nonce, consumers, providers, sufficients; then the balances, of which this is the first.
		let ([_, _, _, _], free) = <([u32; 4], u128)>::decode(&mut &value[..])?;
		Ok(free)
	}
}
