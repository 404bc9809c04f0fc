//! The disk of a node fills up.

use super::{namespace::done, report::seconds, Scene};
use crate::harness::Base;
use std::{io::Write, path::PathBuf, process::Command, sync::Arc, time::Instant};
use tempfile::TempDir;

/// A node stops that finds less than this left, in MiB: an eighth of the default, on a disk that is
/// as much smaller than any that a node should have.
const THRESHOLD: &str = "128";

/// What a node says then.
const LOW: &str = "dropped below threshold";

/// Some room, too little for a node but enough to close its database, in MiB.
const TOO_LITTLE: u64 = 112;

/// The node stops in time and says why. One that was let go on until nothing was left ends too; and
/// either goes on with all of its data once there is room.
pub async fn play(scene: &mut Scene) {
	let disk = Disk::new();
	let host = scene.network.add(disk.base(), &["--sync", "full"]);
	for (fault, threshold, left, said) in [
		("a disk nearly full", THRESHOLD, TOO_LITTLE, Some(LOW)),
		// The database's files are mapped into memory: the system can end the node before it says
		// anything.
		("a disk quite full", "0", 0, None),
	] {
		let Scene { network, report, .. } = scene;
		let arguments = ["--db-storage-threshold", threshold, "--db-storage-polling-period", "1"];
		network.run_with(host, &arguments, &[]).await;
		let target = network.newest_finalised().await;
		network.finalise([host], target).await;

		let filled = Instant::now();
		let file = disk.fill(left);
		let mut node = network.take(host);
		let status = node.ended().await;
		report.add(fault, "until the node stops", seconds(filled.elapsed()));
		report.add(fault, "how it ends", status);
		assert!(!status.success(), "a service manager must not take this for a clean stop");
		if let Some(said) = said {
			assert_eq!(status.code(), Some(1), "it did not end by itself");
			node.logged(said).await;
		}
		drop(node);

		std::fs::remove_file(file).expect("it can be removed");
		let (started, target) = (Instant::now(), network.newest_finalised().await);
		network.run_with(host, &arguments, &[]).await;
		network.finalise([host], target).await;
		report.add(
			fault,
			"with room again, until it has finalised all",
			seconds(started.elapsed()),
		);
		network.stop(host).await;
	}
}

/// A small disk.
struct Disk(TempDir);

impl Disk {
	fn new() -> Self {
		let folder = TempDir::new().expect("a temporary directory can be made");
		// It ends with the mount namespace.
		let mut mount = Command::new("mount");
		done(mount.args(["-t", "tmpfs", "-o", "size=512m", "small"]).arg(folder.path()));
		Self(folder)
	}

	/// A directory on it.
	fn base(&self) -> Base {
		Arc::new(TempDir::new_in(self.0.path()).expect("it has room"))
	}

	/// Fills it with a file until so many MiB are left.
	fn fill(&self, left: u64) -> PathBuf {
		let path = self.0.path().join("file");
		let mut file = std::fs::File::create(&path).expect("it has room");
		let chunk = [7; 1024 * 1024];
		while (left == 0 || self.left() > left) && file.write_all(&chunk).is_ok() {}
		path
	}

	/// What is left of it, in MiB.
	fn left(&self) -> u64 {
		let mut df = Command::new("df");
		let output = df.args(["--output=avail", "--block-size=1M"]).arg(self.0.path()).output();
		let text = String::from_utf8(output.expect("`df` can be run").stdout).expect("text");
		text.lines().last().and_then(|line| line.trim().parse().ok()).expect("a number")
	}
}
