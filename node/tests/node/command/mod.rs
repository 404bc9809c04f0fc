//! Runs the command `consentry` as its users do: its answers, its exit codes, its failures.

mod access;
mod consent;
mod customer;
mod import;
mod keys;
mod organisation;
mod trail;
mod validator;

use crate::{
	harness::finish,
	import::{passphrase, store},
	scenario::Organisation,
};
use consentry_client::keys::{from_suri, KeyFile, Keys};
use consentry_primitives::CustomerId;
use serde_json::Value;
use std::{
	path::{Path, PathBuf},
	process::{Command, Output, Stdio},
	sync::OnceLock,
};
use tempfile::TempDir;

/// Development keys that every home has, under their names.
const KEYS: [&str; 6] = ["alice", "bob", "charlie", "dave", "eve", "ferdie"];

/// The client's binary, which lies beside the node's.
fn binary() -> PathBuf {
	let node = Path::new(env!("CARGO_BIN_EXE_consentry-node"));
	let binary = node.with_file_name("consentry");
	assert!(
		binary.exists(),
		"{} is missing: build the whole workspace, with --workspace --all-targets",
		binary.display(),
	);
	binary
}

/// The key files, which take their time to be encrypted: made once for all homes.
fn key_files() -> &'static [(String, KeyFile)] {
	static FILES: OnceLock<Vec<(String, KeyFile)>> = OnceLock::new();
	FILES.get_or_init(|| {
		let file = |name: &str| {
			let suri = format!("//{}{}", name[..1].to_uppercase(), &name[1..]);
			let pair = from_suri(&suri).expect("a development key");
			(name.to_string(), KeyFile::encrypt(name, &pair, &passphrase()))
		};
		KEYS.into_iter().map(file).collect()
	})
}

/// Somebody's folder of keys and store, and the node that they use.
pub struct Home {
	/// The folder; files of a test lie in it too.
	pub folder: TempDir,
	url: String,
}

impl Home {
	/// A home without anything.
	pub fn bare(url: &str) -> Self {
		let home = Self { folder: TempDir::new().unwrap(), url: url.into() };
		home.file("passphrase", "passphrase\n");
		home
	}

	/// A home with the development keys and a store.
	pub fn new(url: &str) -> Self {
		let home = Self::bare(url);
		let keys = home.folder.path().join("keys");
		std::fs::create_dir(&keys).unwrap();
		for (name, file) in key_files() {
			let json = serde_json::to_string(file).unwrap();
			std::fs::write(keys.join(format!("{name}.json")), json).unwrap();
		}
		assert_eq!(Keys::at(home.folder.path()).list().unwrap().len(), KEYS.len());
		drop(store(&home.folder));
		home
	}

	/// Where a file of that name lies.
	pub fn path(&self, name: &str) -> String {
		self.folder.path().join(name).to_str().unwrap().to_string()
	}

	/// Writes a file, and tells where it lies.
	pub fn file(&self, name: &str, content: &str) -> String {
		let path = self.path(name);
		std::fs::write(&path, content).unwrap();
		path
	}

	/// Reads a file.
	pub fn read(&self, name: &str) -> String {
		std::fs::read_to_string(self.path(name)).unwrap()
	}

	fn command(&self, line: &str) -> Command {
		let mut command = Command::new(binary());
		// By the environment, so that a line can name another node.
		command
			.env_remove("CONSENTRY_KEY")
			.env("CONSENTRY_URL", &self.url)
			.env("CONSENTRY_HOME", self.folder.path())
			.env("CONSENTRY_PASSPHRASE_FILE", self.path("passphrase"))
			.args(line.split_whitespace())
			.stdin(Stdio::null());
		command
	}

	/// Runs a line of arguments, none of which holds a space.
	pub fn run(&self, line: &str) -> Output {
		finish(self.command(line))
	}

	/// Runs one with a line on standard input.
	pub fn run_with_input(&self, line: &str, input: &str) -> Output {
		let file = std::fs::File::open(self.file("input", input)).unwrap();
		let mut command = self.command(line);
		command.stdin(file);
		finish(command)
	}

	/// The JSON that a command answers, which has to end with this code.
	pub fn ends(&self, code: i32, line: &str) -> Value {
		let Output { status, stdout, stderr } = self.run(&format!("--json {line}"));
		let stderr = String::from_utf8_lossy(&stderr);
		assert_eq!(status.code(), Some(code), "{line}: {stderr}");
		serde_json::from_slice(&stdout).unwrap_or_else(|error| panic!("{line}: {error}, {stderr}"))
	}

	/// The JSON that a command answers, which has to do what it was asked.
	pub fn does(&self, line: &str) -> Value {
		self.ends(0, line)
	}

	/// The words of a command for people, which has to do what it was asked.
	pub fn says(&self, line: &str) -> String {
		let Output { status, stdout, stderr } = self.run(line);
		assert!(status.success(), "{line}: {}", String::from_utf8_lossy(&stderr));
		String::from_utf8(stdout).unwrap()
	}

	/// The message of a command that has to fail with this code and kind, and to answer nothing.
	pub fn fails(&self, code: i32, kind: &str, line: &str) -> String {
		let Output { status, stdout, stderr } = self.run(&format!("--json {line}"));
		let stderr = String::from_utf8_lossy(&stderr);
		assert_eq!(status.code(), Some(code), "{line}: {stderr}");
		assert!(stdout.is_empty(), "{line}: {}", String::from_utf8_lossy(&stdout));
		let failure: Value = serde_json::from_str(&stderr).unwrap_or_else(|_| panic!("{stderr}"));
		assert_eq!(
			(&failure["error"]["code"], &failure["error"]["kind"]),
			(&code.into(), &kind.into())
		);
		failure["error"]["message"].as_str().expect("a message").to_string()
	}

	/// Registers a customer of Bob's organisation as `crm:ID`.
	pub fn register(&self, id: &str) -> CustomerId {
		let records = self.file("records.json", r#"{"contact": {"Email": "a@example.org"}}"#);
		let line = format!("--key bob customer register --id crm:{id} --records {records}");
		crate::scenario::hash(&self.does(&line)["customer"])
	}

	/// Has a customer claimed with the key of that name.
	pub fn claim(&self, id: &str, key: &str) {
		let evidence = self.file("evidence", "a code sent to the address on file");
		let invitation = self.path(&format!("invitation-{id}"));
		self.does(&format!(
			"--key bob customer invite crm:{id} --method address-on-file --evidence {evidence} \
			 --output {invitation}",
		));
		self.does(&format!("--key {key} customer claim --invitation {invitation}"));
	}
}

/// A development node with an organisation of which Bob is administrator, steward and officer, and
/// a home that works with it.
async fn scene() -> (crate::harness::Node, Organisation, Home) {
	let node = crate::harness::Node::development().await;
	let organisation = Organisation::create(&node).await;
	let home = Home::new(&node.url);
	(node, organisation, home)
}
