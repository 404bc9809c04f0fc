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
use std::time::{Duration, Instant};

#[derive(Parser)]
pub struct Arguments {
	/// Customers in state, each with a consent, at which it is measured, in rising order.
	#[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000")]
	customers: Vec<usize>,
	/// Connections at the same time.
	#[arg(long, value_delimiter = ',', default_value = "1,8,64")]
	connections: Vec<usize>,
	/// Requests of each measurement, after a tenth as many that are not counted.
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
	let mut first = None;
	println!("| Customers in state | Over | Connections | Answers per second | p95 | Rate to the smallest state's |");
	println!("| ---: | --- | ---: | ---: | ---: | ---: |");
	for size in sizes {
		grow(bench, &mut customers, size).await?;
		let mut rates = Vec::new();
		for (over, url) in [("WebSocket", url.to_string()), ("HTTP", url.replacen("ws", "http", 1))]
		{
			for &connections in &connections {
				measure(bench, &url, connections, requests / 10, &customers).await?;
				let measured = measure(bench, &url, connections, requests, &customers).await?;
				rates.push(measured.rate);
				let base =
					first.as_ref().map_or(measured.rate, |first: &Vec<f64>| first[rates.len() - 1]);
				let (rate, ms, ratio) =
					(measured.rate, measured.p95.as_secs_f64() * 1e3, measured.rate / base);
				println!(
					"| {size} | {over} | {connections} | {rate:.0} | {ms:.2} ms | {ratio:.2} |"
				);
			}
		}
		first.get_or_insert(rates);
	}
	Ok(())
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

/// Asks about random customers, so many times in all, over so many connections at once.
async fn measure(
	bench: &Bench,
	url: &str,
	connections: usize,
	requests: usize,
	customers: &[CustomerId],
) -> Result<Measured> {
	let each = requests.div_ceil(connections);
	let mut clients = Vec::with_capacity(connections);
	for _ in 0..connections {
		let mut random = rand::thread_rng();
		let asked: Vec<_> =
			(0..each).filter_map(|_| customers.choose(&mut random).copied()).collect();
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
