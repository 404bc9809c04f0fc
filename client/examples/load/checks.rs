//! How many dry runs of an access request a second, and how long each takes.

use crate::{
	node::account_of,
	setup::{consents, registrations, Bench},
	Result,
};
use clap::Parser;
use consentry_client::calls::MAX_BATCH;
use consentry_primitives::CustomerId;
use futures::future::try_join_all;
use jsonrpsee::{
	core::client::ClientT,
	http_client::{HttpClient, HttpClientBuilder},
	rpc_params,
	ws_client::{WsClient, WsClientBuilder},
};
use rand::seq::SliceRandom;
use serde_json::Value;
use std::{
	iter,
	time::{Duration, Instant},
};

/// Connections over which customers are asked about for the first time.
const FIRST: usize = 8;

#[derive(Parser)]
pub struct Arguments {
	/// Customers in state, each with a consent, at which it is measured, in rising order.
	#[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000")]
	customers: Vec<usize>,
	/// Connections at the same time.
	#[arg(long, value_delimiter = ',', default_value = "1,8,64")]
	connections: Vec<usize>,
	/// Requests of each measurement, about as many customers where there are so many.
	#[arg(long, default_value_t = 20_000)]
	requests: usize,
}

/// What came of one measurement.
struct Measured {
	/// Answers in a second.
	rate: f64,
	/// 95 of 100 answers took no longer.
	p95: Duration,
}

/// Brings the state to each size, measures, and prints the table.
pub async fn run(bench: &Bench, url: &str, arguments: Arguments) -> Result<()> {
	let Arguments { customers: sizes, connections, requests } = arguments;
	if !sizes.is_sorted() || sizes.contains(&0) || connections.contains(&0) || requests < 100 {
		return Err(
			"sizes must rise from above 0, with connections and 100 requests or more".into()
		);
	}
	let mut customers = Vec::new();
	let mut smallest: Vec<f64> = Vec::new();
	println!("| Customers in state | Over | Connections | Answers per second | p95 | Rate to the smallest state's |");
	println!("| ---: | --- | ---: | ---: | ---: | ---: |");
	for size in sizes {
		grow(bench, &mut customers, size).await?;
		let asked = some_of(&customers, requests);
		let first = ("WebSocket, for the first time", url.to_string(), FIRST);
		let over = [("WebSocket", url.to_string()), ("HTTP", url.replacen("ws", "http", 1))];
		let warm = over.iter().flat_map(|(over, url)| {
			connections.iter().map(|connections| (*over, url.clone(), *connections))
		});
		for (place, (over, url, connections)) in iter::once(first).chain(warm).enumerate() {
			let requests = if place == 0 { asked.len() } else { requests };
			let measured = measure(bench, &url, connections, requests, &asked).await?;
			let Measured { rate, p95 } = measured;
			let ms = p95.as_secs_f64() * 1e3;
			let ratio = rate / smallest.get(place).unwrap_or(&rate);
			if smallest.len() == place {
				smallest.push(rate);
			}
			println!("| {size} | {over} | {connections} | {rate:.0} | {ms:.2} ms | {ratio:.2} |");
		}
	}
	Ok(())
}

/// At most so many customers, drawn at random: those of a day's work.
fn some_of(customers: &[CustomerId], count: usize) -> Vec<CustomerId> {
	customers.choose_multiple(&mut rand::thread_rng(), count).copied().collect()
}

/// Registers customers and records their consents until there are so many.
async fn grow(bench: &Bench, customers: &mut Vec<CustomerId>, size: usize) -> Result<()> {
	while customers.len() < size {
		// So few at once that the signed extrinsics do not fill the transaction pool.
		let missing = (size - customers.len()).min(100 * MAX_BATCH);
		let (calls, new) = registrations(missing.div_ceil(MAX_BATCH), missing.min(MAX_BATCH));
		bench.node.run(&bench.steward, &calls).await?;
		let calls: Vec<_> = new
			.chunks(MAX_BATCH)
			.map(|batch| consents(batch, bench.purpose, bench.categories))
			.collect();
		bench.node.run(&bench.steward, &calls).await?;
		customers.extend(new);
	}
	Ok(())
}

/// Asks so many times in all, over so many connections at once, about each customer as often as
/// about any other.
async fn measure(
	bench: &Bench,
	url: &str,
	connections: usize,
	requests: usize,
	customers: &[CustomerId],
) -> Result<Measured> {
	let asked: Vec<_> = customers.iter().copied().cycle().take(requests).collect();
	let mut clients = Vec::with_capacity(connections);
	for asked in asked.chunks(requests.div_ceil(connections)) {
		clients.push((Client::connect(url).await?, asked));
	}
	let started = Instant::now();
	let times =
		try_join_all(clients.iter().map(|(client, asked)| ask(bench, client, asked))).await?;
	let elapsed = started.elapsed().as_secs_f64();
	let mut times = times.concat();
	times.sort_unstable();
	Ok(Measured { rate: times.len() as f64 / elapsed, p95: times[times.len() * 95 / 100] })
}

/// Asks about one customer after the other; how long each answer took.
async fn ask(bench: &Bench, client: &Client, customers: &[CustomerId]) -> Result<Vec<Duration>> {
	let agent = account_of(&bench.agent).to_string();
	let mut times = Vec::with_capacity(customers.len());
	for customer in customers {
		let params = rpc_params![&agent, bench.grant, bench.purpose, bench.categories, [customer]];
		let started = Instant::now();
		let answer: Value = match client {
			Client::Http(client) => client.request("crm_checkAccess", params).await?,
			Client::WebSocket(client) => client.request("crm_checkAccess", params).await?,
		};
		times.push(started.elapsed());
		if answer["value"]["verdicts"][0]["basis"] != "consent" {
			return Err(format!("access is denied: {answer}").into());
		}
	}
	Ok(times)
}

enum Client {
	Http(Box<HttpClient>),
	WebSocket(WsClient),
}

impl Client {
	async fn connect(url: &str) -> Result<Self> {
		Ok(match url.starts_with("http") {
			true => Self::Http(Box::new(HttpClientBuilder::default().build(url)?)),
			false => Self::WebSocket(WsClientBuilder::default().build(url).await?),
		})
	}
}
