//! What can go wrong, and the exit code that says so to scripts.

use std::path::PathBuf;

/// A failure, in words that name what was wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The caller asked for something that cannot be done as asked.
	#[error("{0}")]
	Usage(String),
	/// The node did not answer.
	#[error("the node at {url} cannot be reached: {reason}")]
	Unreachable {
		/// The node's address.
		url: String,
		/// What the connection said.
		reason: String,
	},
	/// The node answered a request with an error.
	#[error("the node answered {method} with an error: {reason}")]
	Rpc {
		/// The method called.
		method: String,
		/// JSON-RPC code, if the node itself answered.
		code: Option<i32>,
		/// The node's message.
		reason: String,
	},
	/// The chain refused an extrinsic, before or after it entered a block.
	#[error("the chain refused {what}: {reason}")]
	Refused {
		/// The call.
		what: String,
		/// The chain's error, `Pallet::Error` where it came from a dispatch.
		reason: String,
	},
	/// Something asked for does not exist.
	#[error("{0}")]
	NotFound(String),
	/// What the node served does not prove what it claims.
	#[error("verification failed: {0}")]
	Verification(String),
	/// A file could not be read or written.
	#[error("{path}: {source}", path = path.display())]
	Io {
		/// The file.
		path: PathBuf,
		/// The system's error.
		source: std::io::Error,
	},
	/// The passphrase does not open what it should.
	#[error("the passphrase does not open {0}")]
	Passphrase(String),
	/// The local store's database failed.
	#[error("the local store failed: {0}")]
	Store(#[from] rusqlite::Error),
	/// Data that this program wrote, or that a node sent, is not in the expected form.
	#[error("{what} cannot be decoded: {reason}")]
	Malformed {
		/// What was decoded.
		what: String,
		/// Why it failed.
		reason: String,
	},
}

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Exit codes of `consentry`, for scripts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExitCode {
	/// All done.
	Done = 0,
	/// A failure that no other code names.
	General = 1,
	/// The command or its input was wrong; also what clap answers.
	Usage = 2,
	/// The node cannot be reached.
	Unreachable = 3,
	/// The chain refused the call.
	Refused = 4,
	/// Verification failed.
	Verification = 5,
	/// Done in part: some rows were rejected, or do not agree with the chain; or what was looked at
	/// is not well.
	Partly = 6,
}

impl Error {
	/// The exit code that stands for this failure.
	pub fn exit_code(&self) -> ExitCode {
		match self {
			Self::Usage(_) | Self::Passphrase(_) => ExitCode::Usage,
			Self::Unreachable { .. } => ExitCode::Unreachable,
			Self::Refused { .. } => ExitCode::Refused,
			Self::Verification(_) => ExitCode::Verification,
			Self::Rpc { .. }
			| Self::NotFound(_)
			| Self::Io { .. }
			| Self::Store(_)
			| Self::Malformed { .. } => ExitCode::General,
		}
	}

	/// For `map_err` on file operations.
	pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
		let path = path.into();
		move |source| Self::Io { path, source }
	}

	/// For `map_err` on decoding.
	pub fn malformed<E: std::fmt::Display>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
		let what = what.into();
		move |reason| Self::Malformed { what, reason: reason.to_string() }
	}
}
