//! `consentry keys`.

use super::{output::Output, read_input, read_secret, Context};
use clap::Subcommand;
use consentry_client::{
	keys::{from_suri, generate, KeyFile},
	Result,
};
use serde_json::{json, Value};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Command {
	/// Make a key, and show its mnemonic this once.
	Generate {
		/// Name of the key.
		#[arg(long)]
		name: String,
	},
	/// Take over a key: its mnemonic or secret URI is read from standard input or asked for.
	Import {
		/// Name of the key.
		#[arg(long)]
		name: String,
		/// A key file that polkadot.js wrote, instead; it has to have this home's passphrase.
		#[arg(long)]
		file: Option<PathBuf>,
	},
	/// List all keys.
	List,
	/// Show a key's name and account.
	Show {
		/// Name of the key.
		#[arg(long)]
		name: String,
	},
	/// Remove a key. Without its mnemonic it is lost.
	Remove {
		/// Name of the key.
		#[arg(long)]
		name: String,
	},
}

pub fn run(context: &mut Context, command: Command) -> Result<Output> {
	let keys = context.keys()?;
	match command {
		Command::Generate { name } => {
			let passphrase = checked_passphrase(context)?;
			let (pair, mnemonic) = generate();
			let file = keys.add(&name, &pair, &passphrase)?;
			let mut json = describe(&file)?;
			json["mnemonic"] = json!(*mnemonic);
			let text = format!(
				"Key {name:?} has the account {}\n\nIts mnemonic, shown only now; who has it has the \
				 key:\n\n    {}\n",
				file.account()?,
				*mnemonic,
			);
			Ok(Output::new(json, text))
		},
		Command::Import { name, file } => {
			let passphrase = checked_passphrase(context)?;
			let file = match file {
				Some(path) => {
					let json = String::from_utf8_lossy(&read_input(&path)?).into_owned();
					keys.add_file(&name, &json, &passphrase)?
				},
				None => {
					let secret = read_secret("Mnemonic or secret URI: ")?;
					keys.add(&name, &from_suri(&secret)?, &passphrase)?
				},
			};
			Ok(Output::new(describe(&file)?, format!("{} {}", file.name(), file.account()?)))
		},
		Command::List => {
			let all = keys.list()?;
			let json = all.iter().map(describe).collect::<Result<Vec<_>>>()?;
			let lines = all
				.iter()
				.map(|file| Ok(format!("{} {}", file.name(), file.account()?)))
				.collect::<Result<Vec<_>>>()?;
			Ok(Output::new(json!(json), lines.join("\n")))
		},
		Command::Show { name } => {
			let file = keys.get(&name)?;
			Ok(Output::new(describe(&file)?, format!("{} {}", file.name(), file.account()?)))
		},
		Command::Remove { name } => {
			keys.remove(&name)?;
			Ok(Output::new(json!({ "removed": name }), format!("Removed the key {name:?}")))
		},
	}
}

/// The passphrase, once it opens what there is: keys and store of one home share one.
fn checked_passphrase(context: &mut Context) -> Result<consentry_client::passphrase::Passphrase> {
	let passphrase = context.passphrase()?;
	match context.keys()?.list()?.first() {
		Some(file) => drop(file.decrypt(&passphrase)?),
		None => drop(context.store_if_any()?),
	}
	Ok(passphrase)
}

fn describe(file: &KeyFile) -> Result<Value> {
	Ok(json!({ "name": file.name(), "account": file.account()?.to_string() }))
}
