//! Starts nodes on free ports, waits until they answer, and stops them.

use jsonrpsee::{
	core::{
		client::{ClientT, Error, Subscription, SubscriptionClientT},
		traits::ToRpcParams,
	},
	types::ErrorObjectOwned,
	ws_client::{WsClient, WsClientBuilder},
};
use rand::{rngs::StdRng, Rng, SeedableRng};
use serde_json::{json, value::RawValue, Value};
use std::{
	future::Future,
	io::{BufRead, BufReader, Write},
	path::{Path, PathBuf},
	process::{Child, Command, ExitStatus, Output, Stdio},
	sync::{mpsc, Arc, Mutex, OnceLock},
	time::{Duration, Instant},
};
use tempfile::{NamedTempFile, TempDir};

/// Longest wait for anything, on a machine that is busy compiling.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// What a node says once it answers.
const READY: &str = "Running JSON-RPC server: addr=";

/// A directory that a node keeps its data in; deleted with the last node that uses it.
pub type Base = Arc<TempDir>;

/// A directory for a node.
pub fn new_base() -> Base {
	Arc::new(TempDir::new().expect("a temporary directory can be made"))
}

/// A running node.
pub struct Node {
	process: Child,
	log: Arc<Mutex<Vec<String>>>,
	/// Where its data lies.
	pub base: Base,
	/// Where it answers.
	pub url: String,
	/// The connection to it.
	pub client: WsClient,
}

impl Node {
	/// A node alone on the chain `development`, that seals instantly.
	pub async fn development() -> Self {
		Self::start(new_base(), &["--dev"]).await
	}

	/// A node with `arguments` on the data in `base`.
	pub async fn start(base: Base, arguments: &[&str]) -> Self {
		let command = command(base.path(), arguments);
		Self::run(command, base).await
	}

	/// A node with `arguments` on the data in `base`, whose clock is off by `offset`: see [`clock`].
	pub async fn start_at(base: Base, arguments: &[&str], offset: &str) -> Self {
		let mut command = command(base.path(), arguments);
		command.envs(clock(offset));
		Self::run(command, base).await
	}

	/// The node that `command` starts on the data in `base`.
	pub async fn run(mut command: Command, base: Base) -> Self {
		let mut process = command
			.stderr(Stdio::piped())
			.stdout(Stdio::null())
			.spawn()
			.expect("the node's binary can be run");
		let stderr = process.stderr.take().expect("it is piped");
		let log = Arc::new(Mutex::new(Vec::new()));
		let (sender, address) = mpsc::channel();
		let lines = log.clone();
		std::thread::spawn(move || {
			for line in BufReader::new(stderr).lines().map_while(Result::ok) {
				if let Some((_, addresses)) = line.split_once(READY) {
					let first = addresses.split(',').next().unwrap_or_default().trim().to_owned();
					let _ = sender.send(first);
				}
				lines.lock().unwrap().push(line);
			}
		});
		let waiting = tokio::task::spawn_blocking(move || address.recv_timeout(PATIENCE));
		let url = match waiting.await.expect("waiting does not panic") {
			Ok(address) => format!("ws://{address}"),
			Err(_) => {
				let _ = process.kill();
				panic!("the node did not start:\n{}", log.lock().unwrap().join("\n"));
			},
		};
		let client = WsClientBuilder::default()
			.request_timeout(PATIENCE)
			.build(&url)
			.await
			.expect("the node accepts connections");
		Self { process, log, base, url, client }
	}

	/// Calls a method; the error is the node's answer.
	pub async fn call(&self, method: &str, params: Value) -> Result<Value, ErrorObjectOwned> {
		match self.client.request(method, Json(params)).await {
			Ok(value) => Ok(value),
			Err(Error::Call(error)) => Err(error),
			Err(error) => panic!("{method}: {error}"),
		}
	}

	/// Calls a method that has to succeed.
	pub async fn ask(&self, method: &str, params: Value) -> Value {
		let answer = self.call(method, params.clone()).await;
		answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"))
	}

	/// Subscribes to something.
	pub async fn subscribe(
		&self,
		subscribe: &str,
		params: Value,
		unsubscribe: &str,
	) -> Result<Subscription<Value>, Error> {
		self.client.subscribe(subscribe, Json(params), unsubscribe).await
	}

	/// Number of the newest finalised block.
	pub async fn finalised(&self) -> u64 {
		let hash = self.ask("chain_getFinalizedHead", json!([])).await;
		number(&self.ask("chain_getHeader", json!([hash])).await["number"])
	}

	/// Number of the newest block.
	pub async fn best(&self) -> u64 {
		number(&self.ask("chain_getHeader", json!([])).await["number"])
	}

	/// What follows `text` in the first line of the log that has it, once there is one.
	pub async fn logged(&self, text: &str) -> String {
		until(&format!("the log says {text:?}"), || async {
			let log = self.log.lock().unwrap();
			log.iter().find_map(|line| line.split_once(text).map(|(_, rest)| rest.to_owned()))
		})
		.await
	}

	/// An address at which other nodes of this machine reach it.
	pub async fn address(&self) -> String {
		let addresses = self.ask("system_localListenAddresses", json!([])).await;
		let listed = addresses.as_array().expect("a list").iter().filter_map(Value::as_str);
		let local = listed.filter(|address| address.starts_with("/ip4/127.0.0.1/tcp/"));
		// A validator also has one without WebSocket.
		local
			.min_by_key(|address| address.contains("/ws"))
			.unwrap_or_else(|| panic!("no address of this machine: {addresses}"))
			.to_owned()
	}

	/// How many lines of the log have `text`.
	pub fn says(&self, text: &str) -> usize {
		self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
	}

	/// Waits until the node has ended by itself.
	pub async fn ended(&mut self) -> ExitStatus {
		until("the node ends", || {
			let ended = self.process.try_wait().expect("it is a child of this process");
			async move { ended }
		})
		.await
	}

	/// Asks the node to stop, as a service manager does, and gives its data back.
	pub async fn stop(mut self) -> Base {
		signal("TERM", self.process.id());
		let status = self.ended().await;
		assert!(status.success(), "told to stop, the node ended with {status}");
		self.base.clone()
	}

	/// Holds its process up, which keeps its connections.
	pub fn pause(&self) {
		signal("STOP", self.process.id());
	}

	/// Lets it go on after [`Self::pause`].
	pub fn resume(&self) {
		signal("CONT", self.process.id());
	}

	/// Kills the node as a power cut would, and gives its data back.
	pub fn kill(mut self) -> Base {
		self.process.kill().expect("the process can be killed");
		self.process.wait().expect("it ends");
		self.base.clone()
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		let _ = self.process.kill();
		let _ = self.process.wait();
		if std::thread::panicking() {
			let log = self.log.lock().unwrap();
			let last = &log[log.len().saturating_sub(60)..];
			eprintln!("--- the node's log ends with\n{}\n---", last.join("\n"));
		}
	}
}

/// Where nodes keep the runtimes that they compiled, so that each is compiled once.
pub const COMPILED: [&str; 2] =
	["--compiled-runtimes", concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled-runtimes")];

/// A run of the node's binary, which is spared to make a genesis and to compile a runtime anew.
fn binary(arguments: &[&str]) -> Command {
	let mut command = Command::new(env!("CARGO_BIN_EXE_consentry-node"));
	command.stdin(Stdio::null());
	match arguments {
		["export-chain-spec", ..] => command.args(arguments),
		_ => command.args(arguments.iter().map(|argument| match *argument {
			chain @ ("development" | "local") => specification(chain),
			other => Path::new(other),
		})),
	};
	if arguments.contains(&"--dev") && !arguments.contains(&"--chain") {
		command.arg("--chain").arg(specification("development"));
	}
	command.args(COMPILED);
	command
}

/// A run of a node.
fn command(base: &Path, arguments: &[&str]) -> Command {
	let mut command = binary(arguments);
	if !arguments.contains(&"--prometheus-port") {
		command.arg("--no-prometheus");
	}
	command.args(["--port", "0", "--rpc-port", "0", "--no-mdns", "--base-path"]).arg(base);
	command
}

/// The file with the specification of a chain that the node knows by name. It has the genesis in
/// it, which each node would otherwise make, with a runtime compiled for that alone.
fn specification(chain: &str) -> &'static Path {
	static FILES: [OnceLock<PathBuf>; 2] = [OnceLock::new(), OnceLock::new()];
	FILES[usize::from(chain == "local")].get_or_init(|| {
		let exported = subcommand(&["export-chain-spec", "--raw", "--chain", chain]);
		assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
		let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
		let mut file = NamedTempFile::new_in(folder).expect("a file can be made");
		file.write_all(&exported.stdout).expect("it can be written");
		let path = folder.join(chain).with_extension("json");
		file.persist(&path).expect("it can be renamed");
		path
	})
}

/// The variables of its environment that have a node's clock be off by `offset`, such as `+10s`.
pub fn clock(offset: &str) -> [(&str, &str); 3] {
	[
		// Of Debian's package `faketime`; the dynamic linker puts the machine's folder in.
		("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1"),
		("FAKETIME", offset),
		// Waiting has to take as long as it takes.
		("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
	]
}

/// Sends a signal to a process.
fn signal(signal: &str, process: u32) {
	let _ = Command::new("kill").args(["-s", signal, &process.to_string()]).status();
}

/// Runs a node that is expected to stop by itself.
pub fn run_to_end(base: &Base, arguments: &[&str]) -> Output {
	finish(command(base.path(), arguments))
}

/// Runs one of the node's subcommands.
pub fn subcommand(arguments: &[&str]) -> Output {
	finish(binary(arguments))
}

/// Runs something that is expected to stop by itself.
pub fn finish(mut command: Command) -> Output {
	let mut process = command
		.stdout(Stdio::piped())
		.stderr(Stdio::piped())
		.spawn()
		.expect("the binary can be run");
	let id = process.id();
	let (done, ended) = mpsc::channel::<()>();
	// A node that runs on instead of stopping shall fail the test and not hang it.
	let watchdog = std::thread::spawn(move || {
		if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
			signal("KILL", id);
		}
	});
	let stdout = process.stdout.take().expect("it is piped");
	let reader = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap_or_default());
	let stderr = std::io::read_to_string(process.stderr.take().expect("it is piped"));
	let status = process.wait().expect("it ends");
	drop(done);
	watchdog.join().expect("the watchdog does not panic");
	Output {
		status,
		stdout: reader.join().expect("reading does not panic").into_bytes(),
		stderr: stderr.unwrap_or_default().into_bytes(),
	}
}

/// Waits until `condition` gives something.
pub async fn until<T, F: Future<Output = Option<T>>>(
	what: &str,
	mut condition: impl FnMut() -> F,
) -> T {
	let deadline = Instant::now() + PATIENCE;
	loop {
		if let Some(value) = condition().await {
			return value;
		}
		assert!(Instant::now() < deadline, "waited in vain until {what}");
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
}

/// Random choices that follow from `CONSENTRY_SEED`, or from another seed each time, which is told.
pub fn random() -> StdRng {
	let seed = std::env::var("CONSENTRY_SEED").ok().map(|seed| seed.parse().expect("a number"));
	let seed = seed.unwrap_or_else(|| rand::thread_rng().gen());
	println!("CONSENTRY_SEED={seed}");
	StdRng::seed_from_u64(seed)
}

/// A number as the SDK's methods write it: hexadecimal.
pub fn number(value: &Value) -> u64 {
	let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).expect("a number");
	u64::from_str_radix(digits, 16).expect("a number")
}

/// A file of this repository.
pub fn repository_file(path: &str) -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Parameters as they are.
struct Json(Value);

impl ToRpcParams for Json {
	fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
		serde_json::value::to_raw_value(&self.0).map(Some)
	}
}
