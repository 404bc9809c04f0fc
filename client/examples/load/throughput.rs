//! How many extrinsics a second, and what they carry.

use crate::{
	node::account_of,
	setup::{consents, registrations, withdrawal, Bench},
	Result,
};
use clap::Parser;
use consentry_client::{
	calls::{access_grants, MAX_BATCH},
	chain::customer_key,
};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	CustomerId,
};
use subxt::dynamic::{tx, Value};
use subxt_signer::sr25519::dev;

#[derive(Parser)]
pub struct Arguments {
	/// Extrinsics of each kind in a round; batches hold ten times as many items altogether.
	#[arg(long, default_value_t = 1_000)]
	count: usize,
	/// Items in a batch.
	#[arg(long, default_value_t = MAX_BATCH as u16, value_parser = clap::value_parser!(u16).range(1..=MAX_BATCH as i64))]
	batch: u16,
	/// Rounds.
	#[arg(long, default_value_t = 3)]
	rounds: usize,
	/// Grants to one customer's data, whose consent then is withdrawn.
	#[arg(long, default_value_t = 10_000)]
	grants: usize,
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

/// Measures, and prints the table.
pub async fn run(bench: &Bench, arguments: Arguments) -> Result<()> {
	let Arguments { count, batch, rounds, grants } = arguments;
	if count == 0 || rounds == 0 {
		return Err("--count and --rounds have to be above 0".into());
	}
	let batch = usize::from(batch);
	// So many that a round takes seconds here too.
	let batches = (10 * count).div_ceil(batch);
	let batched = batches * batch;
	let mut loads = [
		Load::new("`system.remark`, 32 bytes", count),
		Load::new("`balances.transfer_keep_alive`", count),
		Load::new("`customers.register`, one customer each", count),
		Load::new(format!("`customers.register`, {batch} customers each"), batched),
		Load::new("`consent.record`, one consent each", count),
		Load::new(format!("`consent.record`, {batch} consents each"), batched),
		Load::new("`access_grants.request_access`, one decision each", count),
		Load::new(format!("`access_grants.request_access`, {batch} decisions each"), batched),
		Load::new("`consent.record`, withdrawn and given by turns, 1 grant depending on it", count),
		Load::new(
			format!(
				"`consent.record`, withdrawn and given by turns, {grants} grants depending on it"
			),
			count,
		),
	];
	let (_, subjects) = bench.registrations(2, 1).await?;
	let [few_grants, many_grants] = subjects[..] else { return Err("two were registered".into()) };
	bench.grant(&few_grants, 1).await?;
	bench.grant(&many_grants, grants).await?;
	for _ in 0..rounds {
		loads[0].seconds.push(bench.remarks(count).await?);
		loads[1].seconds.push(bench.transfers(count).await?);
		let (seconds, few) = bench.registrations(count, 1).await?;
		loads[2].seconds.push(seconds);
		let (seconds, many) = bench.registrations(batches, batch).await?;
		loads[3].seconds.push(seconds);
		loads[4].seconds.push(bench.consents(&few, 1).await?);
		loads[5].seconds.push(bench.consents(&many, batch).await?);
		loads[6].seconds.push(bench.decisions(&few, 1).await?);
		loads[7].seconds.push(bench.decisions(&many, batch).await?);
		loads[8].seconds.push(bench.changes(&few_grants, count).await?);
		loads[9].seconds.push(bench.changes(&many_grants, count).await?);
	}
	let [remarks, transfers] = [loads[0].rate(), loads[1].rate()];
	println!("| Load | Items in a round | Items per second | To remarks | To transfers |");
	println!("| --- | ---: | ---: | ---: | ---: |");
	for load in &loads {
		let (name, items, rate) = (&load.name, load.items, load.rate());
		let (to_remarks, to_transfers) = (rate / remarks, rate / transfers);
		println!("| {name} | {items} | {rate:.0} | {to_remarks:.2} | {to_transfers:.2} |");
	}
	println!();
	for (customer, grants) in [(few_grants, 1), (many_grants, grants)] {
		let weight =
			bench.node.weight(&bench.steward, &withdrawal(&customer, bench.purpose)).await?;
		println!("Weight of a withdrawal, grants that depend on it being {grants}: {weight}.\n");
	}
	Ok(())
}

impl Bench {
	async fn remarks(&self, count: usize) -> Result<f64> {
		let remark = tx("System", "remark", vec![Value::from_bytes([7; 32])]);
		self.node.run(&self.steward, &vec![remark; count]).await
	}

	async fn transfers(&self, count: usize) -> Result<f64> {
		let to = dev::ferdie().public_key().0;
		let recipient = Value::unnamed_variant("Id", [Value::from_bytes(to)]);
		let transfer = tx("Balances", "transfer_keep_alive", vec![recipient, Value::u128(1)]);
		let before = self.node.free(&to).await?;
		let seconds = self.node.run(&self.steward, &vec![transfer; count]).await?;
		if self.node.free(&to).await? != before + count as u128 {
			return Err("not every transfer succeeded".into());
		}
		Ok(seconds)
	}

	/// So many extrinsics, each with so many customers of one record.
	async fn registrations(&self, count: usize, batch: usize) -> Result<(f64, Vec<CustomerId>)> {
		let (calls, ids) = registrations(count, batch);
		let seconds = self.node.run(&self.steward, &calls).await?;
		let keys: Vec<_> = ids.iter().map(customer_key).collect();
		self.node.check_stored(&keys).await?;
		Ok((seconds, ids))
	}

	/// Consents of these customers, so many in an extrinsic.
	async fn consents(&self, customers: &[CustomerId], batch: usize) -> Result<f64> {
		let calls: Vec<_> = customers
			.chunks(batch)
			.map(|batch| consents(batch, self.purpose, self.categories))
			.collect();
		self.node.run(&self.steward, &calls).await
	}

	/// Decisions about these customers, so many in an extrinsic; each of them has to be
	/// "authorised".
	async fn decisions(&self, customers: &[CustomerId], batch: usize) -> Result<f64> {
		let before = self.node.trail_entries(customers).await?;
		let calls: Vec<_> = customers
			.chunks(batch)
			.map(|batch| {
				let (grant, purpose, categories) = (self.grant, self.purpose, self.categories);
				access_grants::request_access(grant, purpose, categories, batch, None)
			})
			.collect();
		let seconds = self.node.run(&self.agent, &calls).await?;
		if self.node.trail_entries(customers).await? != before + customers.len() as u64 {
			return Err("not every decision was entered in a trail".into());
		}
		// One denial by the agent's fault would have suspended it.
		let chain = self.node.chain();
		let head = chain.finalised().await?.hash;
		let (agent, sample) = (account_of(&self.agent), &customers[..1]);
		let verdicts = chain
			.check_access(head, &agent, self.grant, self.purpose, self.categories, sample)
			.await?
			.map_err(|refusal| format!("the agent is refused: {refusal:?}"))?;
		match verdicts.iter().all(|verdict| verdict.denial.is_none()) {
			true => Ok(seconds),
			false => Err(format!("access is denied: {verdicts:?}").into()),
		}
	}

	/// Grants access to just this customer, so many times.
	async fn grant(&self, customer: &CustomerId, count: usize) -> Result<()> {
		let scope = Scope::Customer { customer: *customer };
		let grantee = Grantee::Account { account: account_of(&self.agent) };
		let (purpose, categories) = (self.purpose, self.categories);
		let terms = GrantTerms { purpose, categories, from: 0, until: None, uses: None };
		let call = access_grants::grant(scope, &grantee, &terms);
		self.node.run(&self.officer, &vec![call; count]).await?;
		Ok(())
	}

	/// Changes a customer's consent so many times, giving and withdrawing by turns.
	async fn changes(&self, customer: &CustomerId, count: usize) -> Result<f64> {
		let by_turns = [
			consents(&[*customer], self.purpose, self.categories),
			withdrawal(customer, self.purpose),
		];
		let calls: Vec<_> = by_turns.into_iter().cycle().take(count).collect();
		let before = self.node.trail_entries(&[*customer]).await?;
		let seconds = self.node.run(&self.steward, &calls).await?;
		match self.node.trail_entries(&[*customer]).await? == before + count as u64 {
			true => Ok(seconds),
			false => Err("not every change was entered in the trail".into()),
		}
	}
}
