//! What was measured, as a table.

use super::ledger::Ledger;
use std::{fmt::Display, time::Duration};

/// Rows of the table: the fault, what was measured, and the result.
#[derive(Default)]
pub struct Report(Vec<[String; 3]>);

impl Report {
	/// Adds a row, and says it.
	pub fn add(&mut self, fault: &str, measure: &str, result: impl Display) {
		println!("{fault}: {measure}: {result}");
		self.0.push([fault.into(), measure.into(), result.to_string()]);
	}

	/// Adds a row with the median and the longest of some durations.
	pub fn add_durations(&mut self, fault: &str, measure: &str, mut durations: Vec<Duration>) {
		durations.sort_unstable();
		let [median, longest] =
			[durations.len() / 2, durations.len() - 1].map(|index| seconds(durations[index]));
		let count = durations.len();
		self.add(fault, measure, format!("median {median}, longest {longest}, of {count}"));
	}

	/// Adds what became of the work that went on all the time.
	pub fn add_outcome(&mut self, ledger: &Ledger) {
		let (all, submitted) = ("all of it", ledger.submitted.len());
		let (succeeded, failed) = ledger.outcome();
		self.add(all, "extrinsics submitted", submitted);
		self.add(all, "of them final and successful", succeeded);
		self.add(all, "of them reported as failed to their sender", format!("{failed:?}"));
		let [half, most, longest] = [50, 95, 100].map(|n| seconds(ledger.percentile(n)));
		let times = format!("p50 {half}, p95 {most}, longest {longest}");
		self.add(all, "from submission to finality, faults included", times);
		self.add(all, "finalised extrinsics that a node lacks, and nodes that disagree", "none");
	}

	/// Writes the table to the file that the environment names, if any.
	pub fn write(&self) {
		let Ok(path) = std::env::var("CONSENTRY_FAULTS_REPORT") else { return };
		let rows = self
			.0
			.iter()
			.map(|[fault, measure, result]| format!("| {fault} | {measure} | {result} |\n"));
		let table = format!(
			"| Fault | Measured | Result |\n| --- | --- | --- |\n{}",
			rows.collect::<String>()
		);
		std::fs::write(&path, table).unwrap_or_else(|error| panic!("{path}: {error}"));
	}
}

/// A duration as people read it.
pub fn seconds(duration: Duration) -> String {
	format!("{:.1} s", duration.as_secs_f64())
}
