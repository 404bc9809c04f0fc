//! The JSON-RPC port of a validator is flooded.

use super::{network::ALL, report::seconds, Extent, Scene};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	io::{BufRead, BufReader, ErrorKind, Read, Result, Write},
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

/// How long a client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How long a client waits between two requests.
const INTERVAL: Duration = Duration::from_millis(100);

/// The HTTP status and the JSON-RPC error of an answer; how often each was given. Over a WebSocket
/// the status is that of its beginning.
type Answers = BTreeMap<(u16, Option<i64>), usize>;

/// What begins a WebSocket.
const UPGRADE: &str =
	"GET / HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
	Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The HTTP status that a WebSocket begins with.
const SWITCHED: u16 = 101;

/// Blocks are made and finalised still; what is asked rightly is answered, what is not gets an
/// error that says so, and who is too much is turned away.
pub async fn play(scene: &mut Scene) {
	let Scene { network, report, extent: Extent { meanwhile, .. }, .. } = scene;
	let fault = format!("JSON-RPC flooded over {CONNECTIONS} connections");
	let url = network.node(TARGET).url.clone();
	let flood = Flood::start(url.trim_start_matches("ws://"));
	let (started, before) = (Instant::now(), network.newest_finalised().await);
	network.finalise(ALL, before + *meanwhile).await;
	let pace = started.elapsed().as_secs_f64() / *meanwhile as f64;
	network.author(TARGET, before).await;
	let answers = flood.stop();

	report.add(&fault, "all validators finalise a block each", format!("{pace:.1} s"));
	report.add(&fault, "answers, by HTTP status and JSON-RPC error", format!("{answers:?}"));
	let given = |code| answers.keys().any(|(status, error)| *status < 400 && *error == code);
	let turned_away = answers.keys().any(|(status, _)| *status == 429);
	assert!(
		turned_away && [None, Some(-32_700), Some(-32_601), Some(-32_602)].into_iter().all(given),
		"{answers:?}"
	);
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
				let converse = if index % 2 == 0 { by_http } else { by_websocket };
				while !shared.stop.load(Relaxed) {
					// A connection that was closed is made anew.
					let _ = converse(&address, &mut requests, &shared);
					std::thread::sleep(INTERVAL);
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

impl Shared {
	/// Counts an answer; whether another request is to follow, after a while.
	fn goes_on(&self, status: u16, body: &Value) -> bool {
		let answer = (status, body["error"]["code"].as_i64());
		*self.answers.lock().unwrap().entry(answer).or_default() += 1;
		std::thread::sleep(INTERVAL);
		!self.stop.load(Relaxed)
	}
}

/// Requests with sense and without.
fn requests() -> [String; 5] {
	let call = |method: &str, params: Value| {
		json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
	};
	let customer = format!("0x{}", "aa".repeat(32));
	[
		call("chain_getHeader", json!([])),
		"{ no JSON".into(),
		call("crm_trail", json!([customer])),
		call("crm_nothing", json!([])),
		call("crm_trail", json!({ "customer": 1 })),
	]
}

/// Sends requests over one HTTP connection, one after the other.
fn by_http(
	address: &str,
	requests: &mut dyn Iterator<Item = String>,
	shared: &Shared,
) -> Result<()> {
	let (mut stream, mut reader) = connect(address)?;
	for body in requests {
		let length = body.len();
		let header = "POST / HTTP/1.1\r\nHost: node\r\nContent-Type: application/json";
		write!(stream, "{header}\r\nContent-Length: {length}\r\n\r\n{body}")?;
		let (status, body) = read_http(&mut reader)?;
		if !shared.goes_on(status, &body) {
			break;
		}
	}
	Ok(())
}

/// The same over one WebSocket.
fn by_websocket(
	address: &str,
	requests: &mut dyn Iterator<Item = String>,
	shared: &Shared,
) -> Result<()> {
	let (mut stream, mut reader) = connect(address)?;
	stream.write_all(UPGRADE.as_bytes())?;
	let (status, body) = read_http(&mut reader)?;
	if status != SWITCHED {
		shared.goes_on(status, &body);
		return Ok(());
	}
	for body in requests {
		// A whole text, masked, as a client's must be, with zeros; of at most 65,535 bytes.
		let length = (body.len() as u16).to_be_bytes();
		stream.write_all(&[&[0x81, 0x80 | 126][..], &length, &[0; 4], body.as_bytes()].concat())?;
		if !shared.goes_on(status, &read_frame(&mut reader)?) {
			break;
		}
	}
	Ok(())
}

fn connect(address: &str) -> Result<(TcpStream, BufReader<TcpStream>)> {
	let stream = TcpStream::connect(address)?;
	stream.set_read_timeout(Some(TIMEOUT))?;
	let reader = BufReader::new(stream.try_clone()?);
	Ok((stream, reader))
}

/// The text that the next text frame holds.
fn read_frame(reader: &mut impl Read) -> Result<Value> {
	loop {
		let mut header = [0; 2];
		reader.read_exact(&mut header)?;
		let mut length = usize::from(header[1]);
		if length == 126 {
			let mut longer = [0; 2];
			reader.read_exact(&mut longer)?;
			length = u16::from_be_bytes(longer).into();
		}
		let mut body = vec![0; length];
		reader.read_exact(&mut body)?;
		// What else there can be is a ping, or the end.
		if header[0] == 0x81 {
			return Ok(serde_json::from_slice(&body).unwrap_or_default());
		}
	}
}

/// The status of an HTTP answer, and the JSON that it holds.
fn read_http(reader: &mut impl BufRead) -> Result<(u16, Value)> {
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
	Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}
