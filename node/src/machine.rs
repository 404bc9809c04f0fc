//! Whether a machine is fit for a validator.
//!
//! Half of the speed is required that the SDK asks of its reference hardware for validators.

use sc_sysinfo::{
	benchmark_cpu, benchmark_cpu_parallelism, benchmark_disk_random_writes,
	benchmark_disk_sequential_writes, benchmark_memory, benchmark_sr25519_verify, ExecutionLimit,
	Throughput,
};
use std::{
	fmt::Display,
	io,
	path::{Path, PathBuf},
	thread::available_parallelism,
	time::Duration,
};

/// How long each speed is measured.
const DURATION: Duration = Duration::from_secs(1);

/// What a validator needs; speeds in MiB/s.
const BLAKE2: f64 = 500.0;
const SR25519: f64 = 0.31;
const MEMORY_COPY: f64 = 5_900.0;
const SEQUENTIAL_WRITES: f64 = 475.0;
const RANDOM_WRITES: f64 = 210.0;
const CORES: u64 = 2;
const MEMORY_GIB: u64 = 4;
const FREE_DISK_GIB: u64 = 50;
/// The SDK warns below it.
const OPEN_FILES: u64 = 10_000;

const GIB: u64 = 1 << 30;

/// Measures a machine and tells whether it is fit for a validator.
#[derive(Debug, clap::Args)]
pub struct CheckMachineCmd {
	/// Where the node's data will lie; made where it is missing. Files of 64 MiB are written there
	/// to measure the disk, and deleted.
	#[arg(long, short = 'd', value_name = "PATH")]
	base_path: Option<PathBuf>,

	/// By how many per cent a speed may fall short, since measurements vary.
	#[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(..=100))]
	tolerance: u8,
}

impl CheckMachineCmd {
	/// Runs the command.
	pub fn run(&self) -> sc_cli::Result<()> {
		let folder = match &self.base_path {
			Some(path) => path.clone(),
			None => {
				sc_service::BasePath::from_project("", "", env!("CARGO_PKG_NAME")).path().into()
			},
		};
		std::fs::create_dir_all(&folder)
			.map_err(|error| format!("{}: {error}", folder.display()))?;
		let findings = self.measure(&folder)?;
		println!("{}", table(&findings));
		let unfit: Vec<_> = findings
			.iter()
			.filter(|finding| finding.verdict == Verdict::Unfit)
			.map(|finding| finding.what)
			.collect();
		if !unfit.is_empty() {
			return Err(
				format!("this machine is not fit for a validator: {}", unfit.join(", ")).into()
			);
		}
		println!("This machine is fit for a validator.");
		Ok(())
	}

	fn measure(&self, folder: &Path) -> Result<Vec<Finding>, String> {
		let limit = ExecutionLimit::MaxDuration(DURATION);
		let speed = |what, required: f64, measured: Throughput| {
			let least = required * f64::from(100 - self.tolerance) / 100.0;
			let is_fit = measured.as_mibs() >= least;
			Finding::new(what, Throughput::from_mibs(required), measured, is_fit)
		};
		let cores = available_parallelism().map_err(|error| format!("number of cores: {error}"))?;
		let free = fs4::available_space(folder)
			.map_err(|error| format!("{}: {error}", folder.display()))?;
		Ok(vec![
			speed("BLAKE2-256 on one core", BLAKE2, benchmark_cpu(limit)),
			speed(
				"BLAKE2-256 on each of two cores",
				BLAKE2,
				benchmark_cpu_parallelism(limit, CORES as usize),
			),
			speed("sr25519 verification", SR25519, benchmark_sr25519_verify(limit)),
			speed("copying memory", MEMORY_COPY, benchmark_memory(limit)),
			speed(
				"writing to disk in sequence",
				SEQUENTIAL_WRITES,
				benchmark_disk_sequential_writes(limit, folder)?,
			),
			speed(
				"writing to disk at random",
				RANDOM_WRITES,
				benchmark_disk_random_writes(limit, folder)?,
			),
			at_least("cores", CORES, Some(cores.get() as u64), ""),
			at_least("memory", MEMORY_GIB, memory_gib(), " GiB"),
			at_least("free disk", FREE_DISK_GIB, Some(free / GIB), " GiB"),
			at_least("open files", OPEN_FILES, open_files(), ""),
			clock(),
		])
	}
}

/// What one measurement says.
struct Finding {
	what: &'static str,
	required: String,
	measured: String,
	verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
	Fit,
	Unfit,
	/// For the operator to judge.
	Look,
}

impl Finding {
	fn new(what: &'static str, required: impl Display, measured: impl Display, fit: bool) -> Self {
		let verdict = if fit { Verdict::Fit } else { Verdict::Unfit };
		Self { what, required: required.to_string(), measured: measured.to_string(), verdict }
	}

	/// What this system does not tell, or only hints at.
	fn look(what: &'static str, required: impl Display, measured: impl Display) -> Self {
		let (required, measured) = (required.to_string(), measured.to_string());
		Self { what, required, measured, verdict: Verdict::Look }
	}
}

/// Whether there is as much as required of what is counted, `None` where the system does not tell.
fn at_least(what: &'static str, required: u64, measured: Option<u64>, unit: &str) -> Finding {
	let shown = format!("{required}{unit}");
	match measured {
		Some(measured) => {
			Finding::new(what, shown, format!("{measured}{unit}"), measured >= required)
		},
		None => Finding::look(what, shown, "unknown"),
	}
}

/// The machine's memory, rounded up since the kernel keeps some for itself.
fn memory_gib() -> Option<u64> {
	sc_sysinfo::gather_sysinfo().memory.map(|bytes| bytes.div_ceil(GIB))
}

/// How many files the node can have open, which raises its own limit when it starts.
fn open_files() -> Option<u64> {
	match fdlimit::raise_fd_limit() {
		Ok(fdlimit::Outcome::LimitRaised { to, .. }) => Some(to),
		Ok(fdlimit::Outcome::Unsupported) | Err(_) => None,
	}
}

/// Whether something keeps the machine's clock: blocks that are more than a slot ahead are refused.
fn clock() -> Finding {
	const WHAT: &str = "clock";
	const REQUIRED: &str = "synchronised";
	match clock_is_synchronised() {
		Ok(true) => Finding::new(WHAT, REQUIRED, REQUIRED, true),
		// A host can keep the clock of a virtual machine without telling its kernel.
		Ok(false) => Finding::look(WHAT, REQUIRED, "not by the kernel's word: run NTP"),
		Err(error) => Finding::look(WHAT, REQUIRED, format!("unknown: {error}")),
	}
}

/// What the kernel was told last by chrony, systemd-timesyncd or whichever program keeps its clock.
#[cfg(target_os = "linux")]
fn clock_is_synchronised() -> io::Result<bool> {
	// SAFETY: a `timex` is integers only, for which zeros are valid; with `modes` 0 the kernel only
	// fills it in.
	let state = unsafe { libc::adjtimex(&mut std::mem::zeroed()) };
	match state {
		-1 => Err(io::Error::last_os_error()),
		state => Ok(state != libc::TIME_ERROR),
	}
}

#[cfg(not(target_os = "linux"))]
fn clock_is_synchronised() -> io::Result<bool> {
	Err(io::ErrorKind::Unsupported.into())
}

fn table(findings: &[Finding]) -> String {
	let row = |what: &str, required: &str, measured: &str, verdict: &str| {
		format!("{what:<32} {required:<14} {measured:<36} {verdict}").trim_end().to_owned()
	};
	let rows = findings.iter().map(|finding| {
		let verdict = match finding.verdict {
			Verdict::Fit => "ok",
			Verdict::Unfit => "UNFIT",
			Verdict::Look => "look",
		};
		row(finding.what, &finding.required, &finding.measured, verdict)
	});
	let head = row("", "required", "measured", "");
	std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_counted_must_reach_what_is_required() {
		let verdict = |measured| at_least("cores", 2, measured, "").verdict;
		assert_eq!(verdict(Some(1)), Verdict::Unfit);
		assert_eq!(verdict(Some(2)), Verdict::Fit);
		assert_eq!(verdict(None), Verdict::Look);
	}

	#[test]
	fn the_table_tells_required_and_measured() {
		let findings = [at_least("memory", 4, Some(2), " GiB"), at_least("cores", 2, Some(8), "")];
		let table = table(&findings);
		let words = |line: &str| line.split_whitespace().map(String::from).collect::<Vec<_>>();
		let lines: Vec<_> = table.lines().map(words).collect();
		assert_eq!(lines[0], ["required", "measured"]);
		assert_eq!(lines[1], ["memory", "4", "GiB", "2", "GiB", "UNFIT"]);
		assert_eq!(lines[2], ["cores", "2", "8", "ok"]);
	}
}
