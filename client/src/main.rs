//! The command `consentry`: see `docs/client.md`.

mod cli;

use clap::Parser;
use consentry_client::Error;
use std::process;

fn main() -> process::ExitCode {
	let arguments = match cli::Arguments::try_parse() {
		Ok(arguments) => arguments,
		Err(error) if error.use_stderr() && std::env::args().any(|arg| arg == "--json") => {
			let error = Error::Usage(error.to_string());
			cli::output::print_error(&error, true);
			return process::ExitCode::from(error.exit_code() as u8);
		},
		Err(error) => error.exit(),
	};
	let json = arguments.global.json;
	let result = tokio::runtime::Builder::new_multi_thread()
		.enable_all()
		.build()
		.map_err(Error::io("the asynchronous runtime"))
		.and_then(|runtime| runtime.block_on(cli::run(arguments)));
	let code = match result {
		Ok(output) => {
			output.print(json);
			output.code
		},
		Err(error) => {
			cli::output::print_error(&error, json);
			error.exit_code()
		},
	};
	process::ExitCode::from(code as u8)
}
