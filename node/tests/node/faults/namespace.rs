//! Machines that are network namespaces: each node has its own, and the links between them can be
//! cut.
//!
//! All of it lives in namespaces that end with the test: nothing of the system's own network or
//! mounts is touched, and no rights of an administrator are needed where users may make namespaces.

use std::{
	io::{BufRead, BufReader, Read, Write},
	process::{Child, Command, Stdio},
};

/// Set for the run of a test that is inside.
const INSIDE: &str = "CONSENTRY_INSIDE_NAMESPACE";

/// Whether this is the run of a test inside of namespaces. If not, runs the test called `test`
/// there, and panics where it fails.
pub fn inside(test: &str) -> bool {
	if std::env::var_os(INSIDE).is_some() {
		return true;
	}
	let itself = std::env::current_exe().expect("a running program has a path");
	let (output, writer) = std::io::pipe().expect("a pipe can be made");
	let mut unshare = Command::new("unshare");
	unshare.args(["--map-root-user", "--net", "--mount"]).arg(itself);
	unshare.args([test, "--exact", "--nocapture"]).env(INSIDE, "1");
	unshare.stdout(writer.try_clone().expect("a pipe can be shared")).stderr(writer);
	let mut running = unshare.spawn().expect("`unshare`, of the package util-linux, can be run");
	// It holds the pipe's other end, which has to close for the output to end.
	drop(unshare);
	let mut passed = false;
	for line in BufReader::new(output).lines().map_while(Result::ok) {
		println!("{line}");
		assert!(
			!line.starts_with("unshare: "),
			"this system does not let its user make network namespaces, without which partitions \
			 cannot be tested: run the tests as root, or allow unprivileged user namespaces"
		);
		passed |= line.starts_with("test result: ok. 1 passed");
	}
	let status = running.wait().expect("it ends");
	assert!(status.success() && passed, "{test} failed inside of its namespaces");
	false
}

/// One of the two networks that machines can be connected to. They do not reach each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
	/// Where all are unless they are cut off.
	Main,
	/// Where those are that were cut off.
	Other,
}

impl Side {
	fn bridge(self) -> &'static str {
		match self {
			Self::Main => "main",
			Self::Other => "other",
		}
	}
}

/// Sets the two networks up, in the namespace of this test.
pub fn build_networks() {
	ip(&["link", "set", "lo", "up"]);
	for side in [Side::Main, Side::Other] {
		ip(&["link", "add", side.bridge(), "type", "bridge"]);
		ip(&["link", "set", side.bridge(), "up"]);
	}
}

/// A machine with two links: one to the other machines, and one to the test, which is never cut.
pub struct Machine {
	number: usize,
	/// Runs for as long as the machine is to be there.
	holder: Child,
}

impl Machine {
	/// The machine with this number, at most 250, on the main side.
	pub fn new(number: usize) -> Self {
		// What `cat` is sent comes back once it runs, and it ends with this process.
		let mut holder = Command::new("unshare")
			.args(["--net", "cat"])
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.spawn()
			.expect("`unshare` can be run");
		let (stdin, stdout) = (holder.stdin.as_mut(), holder.stdout.as_mut());
		stdin.expect("it is piped").write_all(b"?").expect("`cat` reads");
		stdout.expect("it is piped").read_exact(&mut [0]).expect("`cat` writes");

		let machine = Self { number, holder };
		let (peers, test) = (machine.peers_link(), format!("test{number}"));
		let process = machine.holder.id().to_string();
		for (here, there) in [(&peers, "peers"), (&test, "test")] {
			let name = ["link", "add", here.as_str(), "type", "veth", "peer", "name", there];
			ip(&[&name[..], &["netns", &process]].concat());
			ip(&["link", "set", here, "up"]);
		}
		machine.connect(Side::Main);
		ip(&["address", "add", &format!("10.1.{number}.0/31"), "dev", &test]);
		let (peers, test) = (format!("{}/24", machine.address()), format!("10.1.{number}.1/31"));
		machine.ip(&["link", "set", "lo", "up"]);
		for (link, address) in [("peers", peers), ("test", test)] {
			machine.ip(&["address", "add", &address, "dev", link]);
			machine.ip(&["link", "set", link, "up"]);
		}
		machine
	}

	/// Connects the machine to one of the networks, and to no other.
	pub fn connect(&self, side: Side) {
		ip(&["link", "set", &self.peers_link(), "master", side.bridge()]);
	}

	/// Where other machines reach it.
	pub fn address(&self) -> String {
		format!("10.0.0.{}", self.number + 1)
	}

	/// Where the test reaches it, always.
	pub fn address_for_test(&self) -> String {
		format!("10.1.{}.1", self.number)
	}

	/// A program that runs on this machine.
	pub fn command(&self, program: &str) -> Command {
		let mut command = Command::new("nsenter");
		command.args(["--net", "--target", &self.holder.id().to_string(), program]);
		command
	}

	fn peers_link(&self) -> String {
		format!("peers{}", self.number)
	}

	fn ip(&self, arguments: &[&str]) {
		done(self.command("ip").args(arguments));
	}
}

impl Drop for Machine {
	fn drop(&mut self) {
		let _ = self.holder.kill();
		let _ = self.holder.wait();
	}
}

fn ip(arguments: &[&str]) {
	done(Command::new("ip").args(arguments));
}

/// Runs a command that has to succeed.
pub fn done(command: &mut Command) {
	let output = command.output().unwrap_or_else(|error| {
		panic!("{command:?}: {error}; `scripts/setup.sh` installs what is missing")
	});
	let said = String::from_utf8_lossy(&output.stderr);
	assert!(output.status.success(), "{command:?}: {said}");
}
