//! Arguments, and what the commands share.

mod access;
mod consent;
mod customer;
mod evidence;
mod grant;
mod import;
mod invitation;
mod keys;
mod motion;
mod node;
mod organisation;
pub mod output;
mod policy;
mod purpose;
mod receipt;
mod reconcile;
mod report;
mod signing;
mod trail;
mod validator;

use clap::{CommandFactory, Parser, Subcommand};
use consentry_client::{
	chain::Chain,
	keys::{create_private_folder, Keys},
	passphrase::Passphrase,
	store::{Origin, Store},
	Error, Result,
};
use consentry_primitives::{CustomerId, OrganisationId};
use output::Output;
use serde::de::DeserializeOwned;
use serde_json::json;
use sp_core::{crypto::AccountId32, H256};
use std::{
	fs::{File, TryLockError},
	io::IsTerminal,
	path::PathBuf,
};
use subxt_signer::sr25519::Keypair;

/// Client of the Consentry chain: keys, organisations, customers, imports and verification.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or passphrase, 3 node not reachable, 4 refused by
/// the chain, or access denied, 5 verification failed, 6 done in part or with findings.
#[derive(Parser)]
#[command(name = "consentry", version)]
pub struct Arguments {
	#[command(flatten)]
	pub global: Global,
	#[command(subcommand)]
	command: Command,
}

/// What every command takes.
#[derive(clap::Args, Clone)]
pub struct Global {
	/// Address of the node.
	#[arg(long, global = true, env = "CONSENTRY_URL", default_value = "ws://127.0.0.1:9944")]
	pub url: String,
	/// Folder of keys and local store; ~/.consentry unless given.
	#[arg(long, global = true, env = "CONSENTRY_HOME")]
	pub home: Option<PathBuf>,
	/// Answer as one JSON document.
	#[arg(long, global = true)]
	pub json: bool,
	/// File whose first line is the passphrase of keys and store; asked for unless given.
	#[arg(long, global = true, env = "CONSENTRY_PASSPHRASE_FILE")]
	pub passphrase_file: Option<PathBuf>,
	/// Name of the key to sign with; the only one unless given.
	#[arg(long, global = true, env = "CONSENTRY_KEY")]
	pub key: Option<String>,
}

#[derive(Subcommand)]
enum Command {
	/// Signing keys, encrypted at rest.
	#[command(subcommand)]
	Keys(keys::Command),
	/// Organisations, their members, and the council's motions about them.
	#[command(subcommand)]
	Organisation(organisation::Command),
	/// Customers.
	#[command(subcommand)]
	Customer(customer::Command),
	/// Purposes, for which customers' data may be processed.
	#[command(subcommand)]
	Purpose(purpose::Command),
	/// Consents and objections of customers, their receipts and proofs.
	#[command(subcommand)]
	Consent(consent::Command),
	/// Grants of access to customers' data.
	#[command(subcommand)]
	Grant(grant::Command),
	/// An organisation's policy for access, and what follows from it.
	#[command(subcommand)]
	Policy(policy::Command),
	/// Access to customers' data.
	#[command(subcommand)]
	Access(access::Command),
	/// Import a CSV export: customers, their records, interactions and consents.
	Import(import::Arguments),
	/// Compare a CSV export with the chain, and list rows without a valid basis.
	Reconcile(reconcile::Arguments),
	/// Answer a customer's request for access (GDPR Art. 15).
	Report(report::Arguments),
	/// Trails of customers.
	#[command(subcommand)]
	Trail(trail::Command),
	/// Validators and their session keys, for those who run one.
	#[command(subcommand)]
	Validator(validator::Command),
	/// The node itself, for those who run it.
	#[command(subcommand)]
	Node(node::Command),
	/// Write the completions of a shell to standard output.
	Completions {
		/// The shell.
		shell: clap_complete::Shell,
	},
	/// Write the chain's metadata, which programs are made from.
	#[command(hide = true)]
	Metadata {
		/// The file to write.
		#[arg(long)]
		output: PathBuf,
	},
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<Output> {
	let mut context = Context { global: arguments.global, passphrase: None, keypair: None };
	match arguments.command {
		Command::Keys(command) => keys::run(&mut context, command),
		Command::Organisation(command) => organisation::run(&mut context, command).await,
		Command::Customer(command) => customer::run(&mut context, command).await,
		Command::Purpose(command) => purpose::run(&mut context, command).await,
		Command::Consent(command) => consent::run(&mut context, command).await,
		Command::Grant(command) => grant::run(&mut context, command).await,
		Command::Policy(command) => policy::run(&mut context, command).await,
		Command::Access(command) => access::run(&mut context, command).await,
		Command::Import(arguments) => import::run(&mut context, arguments).await,
		Command::Reconcile(arguments) => reconcile::run(&mut context, arguments).await,
		Command::Report(arguments) => report::run(&mut context, arguments).await,
		Command::Trail(command) => trail::run(&mut context, command).await,
		Command::Validator(command) => validator::run(&mut context, command).await,
		Command::Node(command) => node::run(&mut context, command).await,
		Command::Completions { shell } => {
			let mut script = Vec::new();
			clap_complete::generate(shell, &mut Arguments::command(), "consentry", &mut script);
			let script = String::from_utf8_lossy(&script).into_owned();
			Ok(Output::new(json!({ "script": script }), script.trim_end()))
		},
		Command::Metadata { output } => {
			let chain = context.chain().await?;
			let metadata = chain.metadata(chain.finalised().await?.hash).await?;
			std::fs::write(&output, &metadata).map_err(Error::io(&output))?;
			let text = format!("Wrote {} bytes to {}", metadata.len(), output.display());
			Ok(Output::new(json!({ "bytes": metadata.len(), "file": output }), text))
		},
	}
}

/// What the commands share.
pub struct Context {
	global: Global,
	passphrase: Option<Passphrase>,
	/// The key to sign with, once it was decrypted.
	keypair: Option<Keypair>,
}

impl Context {
	/// Whether to answer in JSON.
	pub fn json(&self) -> bool {
		self.global.json
	}

	/// The node's address.
	pub fn url(&self) -> &str {
		&self.global.url
	}

	/// The folder of keys and store.
	pub fn home(&self) -> Result<PathBuf> {
		match (&self.global.home, std::env::home_dir()) {
			(Some(home), _) => Ok(home.clone()),
			(None, Some(home)) => Ok(home.join(".consentry")),
			(None, None) => Err(Error::Usage("there is no home directory: give --home".into())),
		}
	}

	/// The keys.
	pub fn keys(&self) -> Result<Keys> {
		Ok(Keys::at(&self.home()?))
	}

	/// The passphrase of keys and store; asked for once, and twice where it is chosen now.
	pub fn passphrase(&mut self) -> Result<Passphrase> {
		if let Some(passphrase) = &self.passphrase {
			return Ok(passphrase.clone());
		}
		let first = !Store::exists(&self.home()?) && self.keys()?.list()?.is_empty();
		let passphrase = match &self.global.passphrase_file {
			Some(path) => Passphrase::from_file(path)?,
			None => Passphrase::prompt(first)?,
		};
		self.passphrase = Some(passphrase.clone());
		Ok(passphrase)
	}

	/// The name of the key to sign with.
	fn key_name(&self) -> Result<String> {
		if let Some(name) = &self.global.key {
			return Ok(name.clone());
		}
		let keys = self.keys()?.list()?;
		match &keys[..] {
			[only] => Ok(only.name().into()),
			[] => Err(Error::Usage("there is no key: `consentry keys generate` makes one".into())),
			_ => Err(Error::Usage("there are several keys: say which with --key".into())),
		}
	}

	/// The account of the key to sign with; needs no passphrase.
	pub fn account(&self) -> Result<AccountId32> {
		self.keys()?.get(&self.key_name()?)?.account()
	}

	/// The organisation named, or that of the key's account.
	pub async fn organisation(
		&self,
		chain: &Chain,
		at: H256,
		named: Option<OrganisationId>,
	) -> Result<OrganisationId> {
		if let Some(organisation) = named {
			return Ok(organisation);
		}
		let account = self.account()?;
		let member = chain.member(at, &account).await?.ok_or_else(|| {
			Error::Usage(format!("{account} is no member of an organisation: name one"))
		})?;
		Ok(member.organisation)
	}

	/// The key to sign with.
	pub fn keypair(&mut self) -> Result<Keypair> {
		if let Some(keypair) = &self.keypair {
			return Ok(keypair.clone());
		}
		let name = self.key_name()?;
		let file = self.keys()?.get(&name)?;
		let keypair = file.decrypt(&self.passphrase()?)?;
		self.keypair = Some(keypair.clone());
		Ok(keypair)
	}

	/// Keeps other commands of the home from submitting what is planned in its store, until it is
	/// dropped.
	pub fn lock(&self) -> Result<File> {
		let home = self.home()?;
		create_private_folder(&home)?;
		let path = home.join("import.lock");
		let file = File::create(&path).map_err(Error::io(&path))?;
		match file.try_lock() {
			Ok(()) => Ok(file),
			Err(TryLockError::WouldBlock) => Err(Error::Usage(
				"an import, or another command that registers customers or seals records, is running \
				 in this home: wait until it has ended"
					.into(),
			)),
			Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
		}
	}

	/// The local store; made where there is none.
	pub fn store(&mut self) -> Result<Store> {
		let (home, passphrase) = (self.home()?, self.passphrase()?);
		Store::open(&home, &passphrase)
	}

	/// The local store, where there is one.
	pub fn store_if_any(&mut self) -> Result<Option<Store>> {
		match Store::exists(&self.home()?) {
			true => self.store().map(Some),
			false => Ok(None),
		}
	}

	/// The node.
	pub async fn chain(&self) -> Result<Chain> {
		Chain::connect(&self.global.url).await
	}
}

/// A customer: the chain's id, or `SOURCE:ID` as it was imported.
#[derive(Clone, Debug)]
pub enum CustomerName {
	/// The chain's id.
	Id(CustomerId),
	/// The id in the CRM.
	Origin(Origin),
}

impl std::str::FromStr for CustomerName {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		if let Some(digits) = text.strip_prefix("0x") {
			let mut id = H256::zero();
			hex::decode_to_slice(digits, id.as_bytes_mut())
				.map_err(|error| format!("a customer's id is 0x and 64 digits: {error}"))?;
			return Ok(Self::Id(id));
		}
		match text.split_once(':') {
			Some((source, id)) if !source.is_empty() && !id.is_empty() => {
				Ok(Self::Origin(Origin { source: source.into(), id: id.into() }))
			},
			_ => Err("a customer is named by 0x and 64 digits, or SOURCE:ID as imported".into()),
		}
	}
}

impl CustomerName {
	/// The chain's id, looked up in the store where that is needed.
	pub fn resolve(&self, context: &mut Context) -> Result<CustomerId> {
		let origin = match self {
			Self::Id(id) => return Ok(*id),
			Self::Origin(origin) => origin,
		};
		let found = context.store()?.customer_from(origin)?;
		found.map(|customer| customer.id).ok_or_else(|| {
			let Origin { source, id } = origin;
			Error::NotFound(format!("the local store knows no customer {id:?} of {source:?}"))
		})
	}
}

/// Reads a value by the name that it has in JSON.
pub fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
	serde_json::from_value(json!(text)).map_err(|error| error.to_string())
}

/// Reads a file, or standard input where it is `-`.
pub fn read_input(path: &std::path::Path) -> Result<Vec<u8>> {
	if path.as_os_str() == "-" {
		let mut content = Vec::new();
		std::io::Read::read_to_end(&mut std::io::stdin(), &mut content)
			.map_err(Error::io("standard input"))?;
		return Ok(content);
	}
	std::fs::read(path).map_err(Error::io(path))
}

/// Reads a secret: a line of standard input, or asked for at the terminal.
pub fn read_secret(prompt: &str) -> Result<zeroize::Zeroizing<String>> {
	let stdin = std::io::stdin();
	let secret = if stdin.is_terminal() {
		rpassword::prompt_password(prompt).map_err(Error::io("the terminal"))?
	} else {
		let mut line = String::new();
		stdin.read_line(&mut line).map_err(Error::io("standard input"))?;
		line
	};
	Ok(zeroize::Zeroizing::new(secret))
}
