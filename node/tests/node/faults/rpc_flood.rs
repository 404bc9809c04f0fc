//! The JSON-RPC port of a validator is flooded.

use super::{network::ALL, report::seconds, Scene};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	io::{BufRead, BufReader, ErrorKind, Result, Write},
	net::TcpStream,
	sync::{
		atomic::{AtomicBool, Ordering::Relaxed},
		Arc, Mutex,
	},
	thread::JoinHandle,
	time::{Duration, Instant},
};

/// The flooded validator.
const TARGET: usize = 2;

/// Connections at the same time: more than a node takes.
const CONNECTIONS: usize = 200;

/// Blocks that are to become final meanwhile.
const MEANWHILE: u64 = 6;

/// How long a client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The HTTP status and the JSON-RPC error of an answer; how often each was given.
type Answers = BTreeMap<(u16, Option<i64>), usize>;

/// Blocks are made and finalised still; what is asked rightly is answered, what is not gets an
/// error that says so, and who is too much is turned away.
pub async fn play(scene: &mut Scene) {
	let Scene { network, report, extent, .. } = scene;
	let fault = format!("JSON-RPC flooded over {CONNECTIONS} connections");
	let url = network.node(TARGET).url.clone();
	let flood = Flood::start(url.trim_start_matches("ws://"));
	let (started, before) = (Instant::now(), network.newest_finalised().await);
	let blocks = MEANWHILE * extent.kills as u64;
	network.finalise(ALL, before + blocks).await;
	let pace = started.elapsed().as_secs_f64() / blocks as f64;
	network.author(TARGET, before).await;
	let answers = flood.stop();

	report.add(&fault, "all validators finalise a block each", format!("{pace:.1} s"));
	report.add(&fault, "answers, by HTTP status and JSON-RPC error", format!("{answers:?}"));
	let [answered, unparsable, unknown, turned_away] =
		[(200, None), (200, Some(-32_700)), (200, Some(-32_601)), (429, None)]
			.map(|kind| answers.get(&kind).copied().unwrap_or_default());
	assert!(answered > 0 && unparsable > 0 && unknown > 0 && turned_away > 0, "{answers:?}");
	// Afterwards it answers as if nothing had been.
	let asked = Instant::now();
	network.node(TARGET).ask("system_health", json!([])).await;
	report.add(&fault, "an answer afterwards", seconds(asked.elapsed()));
}

/// Threads that send requests until they are told to stop.
struct Flood {
	threads: Vec<JoinHandle<()>>,
	shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
	stop: AtomicBool,
	answers: Mutex<Answers>,
}

impl Flood {
	fn start(address: &str) -> Self {
		let shared = Arc::new(Shared::default());
		let threads = (0..CONNECTIONS).map(|index| {
			let (address, shared) = (address.to_owned(), shared.clone());
			std::thread::spawn(move || {
				let mut requests = requests().into_iter().cycle().skip(index);
				while !shared.stop.load(Relaxed) {
					// A connection that was closed is made anew.
					let _ = converse(&address, &mut requests, &shared);
				}
			})
		});
		Self { threads: threads.collect(), shared }
	}

	fn stop(self) -> Answers {
		self.shared.stop.store(true, Relaxed);
		for thread in self.threads {
			thread.join().expect("a client does not panic");
		}
		let answers = self.shared.answers.lock().unwrap().clone();
		answers
	}
}

/// Requests of every kind.
fn requests() -> Vec<String> {
	let call = |method: &str, params: Value| {
		json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
	};
	let customer = format!("0x{}", "aa".repeat(32));
	let bodies = [
		call("chain_getHeader", json!([])),
		"{ no JSON".into(),
		call("crm_trail", json!([customer])),
		call("crm_nothing", json!([])),
		call("state_getMetadata", json!([])),
		call("crm_trail", json!({ "customer": 1 })),
	];
	let with_header = |body: String| {
		let length = body.len();
		let header = "POST / HTTP/1.1\r\nHost: node\r\nContent-Type: application/json";
		format!("{header}\r\nContent-Length: {length}\r\n\r\n{body}")
	};
	let mut requests: Vec<_> = bodies.into_iter().map(with_header).collect();
	requests.push("no HTTP at all\r\n\r\n".into());
	requests
}

/// Sends requests over one connection, one after the other, until it is closed.
fn converse(
	address: &str,
	requests: &mut impl Iterator<Item = String>,
	shared: &Shared,
) -> Result<()> {
	let mut stream = TcpStream::connect(address)?;
	stream.set_read_timeout(Some(TIMEOUT))?;
	let mut reader = BufReader::new(stream.try_clone()?);
	while !shared.stop.load(Relaxed) {
		stream.write_all(requests.next().unwrap_or_default().as_bytes())?;
		let answer = read_answer(&mut reader)?;
		*shared.answers.lock().unwrap().entry(answer).or_default() += 1;
	}
	Ok(())
}

/// The status of an HTTP answer, and the error's code where it holds one.
fn read_answer(reader: &mut impl BufRead) -> Result<(u16, Option<i64>)> {
	let (mut status, mut length) = (0, 0);
	loop {
		let mut line = String::new();
		if reader.read_line(&mut line)? == 0 {
			return Err(ErrorKind::UnexpectedEof.into());
		}
		let line = line.trim().to_ascii_lowercase();
		if let Some(rest) = line.strip_prefix("http/1.1 ") {
			status = rest.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or_default();
		} else if let Some(rest) = line.strip_prefix("content-length:") {
			length = rest.trim().parse().unwrap_or_default();
		} else if line.is_empty() {
			break;
		}
	}
	let mut body = vec![0; length];
	reader.read_exact(&mut body)?;
	let body: Value = serde_json::from_slice(&body).unwrap_or_default();
	Ok((status, body["error"]["code"].as_i64()))
}
