//! How many customers a node registers in a second, beside what any chain of this SDK does: remarks
//! and transfers, on the same node in the same run. `scripts/bench.sh` calls it and says what it
//! needs: a development node on which Charlie is a steward of organisation 0.
//!
//! All extrinsics are signed before the clock starts. It stops when the last one is final. Of each
//! kind the median of all rounds is printed, a row of a Markdown table.

use clap::Parser;
use codec::Decode;
use consentry_client::{
	calls::{customers, NewCustomer, MAX_BATCH},
	chain::{customer_key, storage_key, Chain},
	finality::Header,
	keys::account_of,
};
use consentry_primitives::{customer::customer_id, Commitment, CustomerId, DataCategory};
use futures::{stream, StreamExt, TryStreamExt};
use sp_core::H256;
use sp_crypto_hashing::blake2_128;
use std::time::Instant;
use subxt::{
	backend::BlockRef,
	config::DefaultExtrinsicParamsBuilder,
	dynamic::{tx, Value},
	tx::Payload,
	SubstrateConfig,
};
use subxt_signer::sr25519::{dev, Keypair};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const ORGANISATION: u32 = 0;
/// Customers that are looked up in one request.
const LOOKUP: usize = 256;

/// Measures how many customers a development node registers in a second.
#[derive(Parser)]
struct Arguments {
	/// Address of the node.
	#[arg(long, env = "CONSENTRY_URL", default_value = "ws://127.0.0.1:9944")]
	url: String,
	/// Extrinsics of each kind in a round; batches hold ten times as many customers altogether.
	#[arg(long, default_value_t = 1_000)]
	count: usize,
	/// Customers in a batch.
	#[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=MAX_BATCH as i64))]
	batch: u16,
	/// Extrinsics that are handed in at the same time.
	#[arg(long, default_value_t = 64)]
	in_flight: usize,
	/// Rounds.
	#[arg(long, default_value_t = 3)]
	rounds: usize,
}

/// One kind of load, with what each round took.
struct Load {
	name: String,
	items: usize,
	seconds: Vec<f64>,
}

impl Load {
	fn new(name: impl Into<String>, items: usize) -> Self {
		Self { name: name.into(), items, seconds: Vec::new() }
	}

	/// Items in a second, in the median round.
	fn rate(&self) -> f64 {
		let mut seconds = self.seconds.clone();
		seconds.sort_unstable_by(f64::total_cmp);
		self.items as f64 / seconds[seconds.len() / 2]
	}
}

#[tokio::main]
async fn main() -> Result<()> {
	let Arguments { url, count, batch, in_flight, rounds } = Arguments::parse();
	if count == 0 || in_flight == 0 || rounds == 0 {
		return Err("--count, --in-flight and --rounds have to be above 0".into());
	}
	let batch = usize::from(batch);
	let bench = Bench { chain: Chain::connect(&url).await?, key: dev::charlie(), in_flight };
	// So many that a round takes seconds here too.
	let batched = (10 * count).div_ceil(batch) * batch;
	let mut loads = [
		Load::new("`system.remark`, 32 bytes", count),
		Load::new("`balances.transfer_keep_alive`", count),
		Load::new("`customers.register`, one customer each", count),
		Load::new(format!("`customers.register`, {batch} customers each"), batched),
	];
	for _ in 0..rounds {
		loads[0].seconds.push(bench.remarks(count).await?);
		loads[1].seconds.push(bench.transfers(count).await?);
		loads[2].seconds.push(bench.registrations(count, 1).await?);
		loads[3].seconds.push(bench.registrations(batched / batch, batch).await?);
	}
	let [remarks, transfers] = [loads[0].rate(), loads[1].rate()];
	println!("| Load | Items in a round | Items per second | To remarks | To transfers |");
	println!("| --- | ---: | ---: | ---: | ---: |");
	for load in &loads {
		let (name, items, rate) = (&load.name, load.items, load.rate());
		let (to_remarks, to_transfers) = (rate / remarks, rate / transfers);
		println!("| {name} | {items} | {rate:.0} | {to_remarks:.2} | {to_transfers:.2} |");
	}
	Ok(())
}

struct Bench {
	chain: Chain,
	key: Keypair,
	in_flight: usize,
}

impl Bench {
	async fn remarks(&self, count: usize) -> Result<f64> {
		let remark = tx("System", "remark", vec![Value::from_bytes([7; 32])]);
		self.run(&vec![remark; count]).await
	}

	async fn transfers(&self, count: usize) -> Result<f64> {
		let to = dev::dave().public_key().0;
		let recipient = Value::unnamed_variant("Id", [Value::from_bytes(to)]);
		let transfer = tx("Balances", "transfer_keep_alive", vec![recipient, Value::u128(1)]);
		let before = self.free(&to).await?;
		let seconds = self.run(&vec![transfer; count]).await?;
		if self.free(&to).await? != before + count as u128 {
			return Err("not every transfer succeeded".into());
		}
		Ok(seconds)
	}

	/// So many extrinsics, each with so many customers of one record.
	async fn registrations(&self, count: usize, batch: usize) -> Result<f64> {
		let commitment = Commitment::Blake2b256V1(H256::repeat_byte(7));
		let new = || (H256(rand::random()), vec![(DataCategory::Contact, commitment)]);
		let batches: Vec<Vec<NewCustomer>> =
			(0..count).map(|_| (0..batch).map(|_| new()).collect()).collect();
		let calls: Vec<_> = batches.iter().map(|batch| customers::register(batch)).collect();
		let seconds = self.run(&calls).await?;
		let ids = batches.iter().flatten().map(|(nonce, _)| customer_id(ORGANISATION, nonce));
		self.check_registered(&ids.collect::<Vec<_>>()).await?;
		Ok(seconds)
	}

	/// Seconds from the first extrinsic handed in to the last one final.
	async fn run(&self, calls: &[impl Payload]) -> Result<f64> {
		let account = account_of(&self.key);
		let first = self.chain.next_nonce(&account).await?;
		let extrinsics = self.sign(calls, first).await?;
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
		while let Some(head) = heads.next().await {
			if self.chain.nonce(head?.hash(), &account).await? >= end {
				return Ok(started.elapsed().as_secs_f64());
			}
		}
		Err("the node closed the connection".into())
	}

	async fn sign(&self, calls: &[impl Payload], first: u64) -> Result<Vec<Vec<u8>>> {
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
			extrinsics.push(signable.sign(&self.key)?.into_encoded());
		}
		Ok(extrinsics)
	}

	async fn check_registered(&self, ids: &[CustomerId]) -> Result<()> {
		let head = self.chain.finalised().await?;
		for ids in ids.chunks(LOOKUP) {
			let keys: Vec<_> = ids.iter().map(customer_key).collect();
			let found = self.chain.storage(head.hash, &keys).await?;
			if found.iter().any(Option::is_none) {
				return Err("not every customer was registered".into());
			}
		}
		Ok(())
	}

	/// What an account holds, in the smallest unit.
	async fn free(&self, account: &[u8; 32]) -> Result<u128> {
		let key = [&storage_key("System", "Account")[..], &blake2_128(account), account].concat();
		let head = self.chain.finalised().await?;
		let value = self.chain.storage(head.hash, &[key]).await?.into_iter().flatten().next();
		let value = value.ok_or("the account holds nothing")?;
		// Nonce, consumers, providers, sufficients; then the balances, of which this is the first.
		let ([_, _, _, _], free) = <([u32; 4], u128)>::decode(&mut &value[..])?;
		Ok(free)
	}
}
