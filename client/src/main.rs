//! The command `consentry`: see `docs/client.md`.

mod cli;

use clap::Parser;
use consentry_client::Error;
use std::process;

fn main() -> process::ExitCode {
	let arguments = cli::Arguments::parse();
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
