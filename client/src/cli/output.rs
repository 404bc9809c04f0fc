//! What a command answers, and how far it is.

use super::Context;
use consentry_client::{calls::Call, import::Progress, submit::Included, Error, ExitCode};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{json, Value};
use std::io::{IsTerminal, Write};

/// The answer to a command.
pub struct Output {
	/// For programs.
	json: Value,
	/// For people.
	text: String,
	/// How it went.
	pub code: ExitCode,
}

impl Output {
	/// An answer to a command that did what it was asked.
	pub fn new(json: Value, text: impl Into<String>) -> Self {
		Self { json, text: text.into(), code: ExitCode::Done }
	}

	/// The answer to a call that is final, with what else it came to: `more` for programs and
	/// `headline`, where there is one, for people.
	pub fn of_call(call: &Call, included: &Included, more: Value, headline: &str) -> Self {
		let mut json = json!({
			"call": call.to_string(), "block": included.number, "blockHash": included.block,
		});
		if let (Some(fields), Value::Object(more)) = (json.as_object_mut(), more) {
			fields.extend(more);
		}
		let line = format!("{call} is final in block {} ({:?})", included.number, included.block);
		let text = if headline.is_empty() { line } else { format!("{headline}\n{line}") };
		Self::new(json, text)
	}

	/// The same with one more line for people.
	pub fn with_line(mut self, line: &str) -> Self {
		self.text += "\n";
		self.text += line;
		self
	}

	/// The same with another exit code.
	pub fn with_code(self, code: ExitCode) -> Self {
		Self { code, ..self }
	}

	/// Writes it to standard output; who closed that does not want it.
	pub fn print(&self, json: bool) {
		let mut stdout = std::io::stdout().lock();
		let _ = match json {
			true => writeln!(stdout, "{:#}", self.json),
			false => writeln!(stdout, "{}", self.text),
		};
	}
}

/// Writes a failure to standard error.
pub fn print_error(error: &Error, json: bool) {
	let mut stderr = std::io::stderr().lock();
	let _ = match json {
		true => {
			let code = error.exit_code();
			let kind = format!("{code:?}").to_lowercase();
			let error = json!({ "error": { "kind": kind, "code": code as u8, "message": error.to_string() } });
			writeln!(stderr, "{error}")
		},
		false => writeln!(stderr, "Error: {error}"),
	};
}

/// A progress bar on a terminal; elsewhere a line for every tenth; nothing with JSON.
pub struct Bar {
	shown: bool,
	bar: ProgressBar,
	what: &'static str,
	tenths: u64,
}

impl Bar {
	/// A bar that shows nothing yet.
	pub fn new(context: &Context) -> Self {
		Self { shown: !context.json(), bar: ProgressBar::hidden(), what: "", tenths: 0 }
	}
}

impl Progress for Bar {
	fn begin(&mut self, what: &'static str, total: usize) {
		(self.what, self.tenths) = (what, 0);
		let style =
			ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} ({per_sec}, {eta} left)");
		self.bar = match (self.shown && total > 0, std::io::stderr().is_terminal(), style) {
			(true, true, Ok(style)) => {
				ProgressBar::new(total as u64).with_style(style).with_message(what)
			},
			_ => {
				let bar = ProgressBar::hidden();
				bar.set_length(total as u64);
				bar
			},
		};
	}

	fn advance(&mut self, by: usize) {
		self.bar.inc(by as u64);
		let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
		let tenths = (done * 10).checked_div(total).unwrap_or(0);
		if self.shown && self.bar.is_hidden() && tenths > self.tenths {
			self.tenths = tenths;
			let _ = writeln!(std::io::stderr(), "{done}/{total} {}", self.what);
		}
	}

	fn end(&mut self) {
		self.bar.finish();
	}
}
