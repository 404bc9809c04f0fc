//! `consentry validator`.

use super::{motion, output::Output, Context};
use clap::Subcommand;
use consentry_client::{
	calls::council,
	keys::account_of,
	validators::{rotate_keys, SessionKeys},
	Result,
};
use serde_json::json;

/// How many sessions pass before new session keys are used: the set of the next one is made already.
const DELAY: u32 = 2;

/// What the council decides of validators, and when it counts.
const EFFECT: &str = "What the council decides of validators takes effect at the second session \
                      boundary after.";

/// Those marked as motions are decided by three quarters of the council.
#[derive(Subcommand)]
pub enum Command {
	/// Have your own node make new session keys, and set them on the chain for the key's account.
	RotateKeys,
	/// Have the council put an account with session keys on the list of validators (motion). It takes
	/// effect at the second session boundary after the council's decision.
	Add {
		/// The account: an address, or the name of a key.
		account: String,
	},
	/// Have the council take a validator off the list (motion). It takes effect at the second session
	/// boundary after the council's decision.
	Remove {
		/// The validator: an address, or the name of a key.
		account: String,
	},
	/// Have the council put one account in the place of another (motion). It takes effect at the
	/// second session boundary after the council's decision.
	Replace {
		/// The validator that goes: an address, or the name of a key.
		old: String,
		/// The account that comes: an address, or the name of a key.
		new: String,
	},
	/// Show whether an account is a validator, and its session keys.
	Status {
		/// The account: an address, or the name of a key; the key's unless given.
		account: Option<String>,
	},
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::RotateKeys => rotate(context).await,
		Command::Add { account } => {
			let call = council::add_validator(&context.keys()?.account(&account)?);
			Ok(motion::propose(context, call).await?.with_line(EFFECT))
		},
		Command::Remove { account } => {
			let call = council::remove_validator(&context.keys()?.account(&account)?);
			Ok(motion::propose(context, call).await?.with_line(EFFECT))
		},
		Command::Replace { old, new } => {
			let keys = context.keys()?;
			let call = council::replace_validator(&keys.account(&old)?, &keys.account(&new)?);
			Ok(motion::propose(context, call).await?.with_line(EFFECT))
		},
		Command::Status { account } => status(context, account).await,
	}
}

async fn rotate(context: &mut Context) -> Result<Output> {
	let key = context.keypair()?;
	let chain = context.chain().await?;
	let (keys, included) = rotate_keys(&chain, &key).await?;
	let account = account_of(&key);
	let validator = chain.validator(included.block, &account).await?;
	let from = validator.session.saturating_add(DELAY);
	let when = match validator.is_member {
		true => format!("used from session {from} on; this is session {}", validator.session),
		false => "used once the council made the account a validator".into(),
	};
	let text = format!(
		"{}\nSet in block {} ({:?}); {when}. Leave the old ones with the node until then.",
		shown(&keys),
		included.number,
		included.block,
	);
	let json = json!({
		"account": account.to_string(), "keys": keys, "block": included.number,
		"blockHash": included.block, "session": validator.session,
		"usedFrom": validator.is_member.then_some(from),
	});
	Ok(Output::new(json, text))
}

async fn status(context: &mut Context, account: Option<String>) -> Result<Output> {
	let account = match account {
		Some(account) => context.keys()?.account(&account)?,
		None => context.account()?,
	};
	let chain = context.chain().await?;
	let head = chain.finalised().await?;
	let validator = chain.validator(head.hash, &account).await?;
	let held = match &validator.keys {
		Some(keys) => chain.holds_keys(keys).await?,
		None => None,
	};
	let yes = |is: bool| if is { "yes" } else { "no" };
	let keys = |keys: &Option<SessionKeys>| keys.as_ref().map_or("none".into(), shown);
	let current = match (validator.is_current, validator.is_disabled) {
		(true, true) => "yes, disabled for an offence",
		(is_current, _) => yes(is_current),
	};
	let text = [
		format!("{account}, session {}", validator.session),
		format!("  validator by the council: {}", yes(validator.is_member)),
		format!("  takes part now:           {current}"),
		format!("  in the next session:      {}", keys(&validator.queued)),
		format!("  session keys set:         {}", keys(&validator.keys)),
		format!("  held by this node:        {}", held.map_or("not told", yes)),
	];
	let json = json!({
		"account": account.to_string(), "validator": validator, "heldByNode": held,
		"block": head.hash,
	});
	Ok(Output::new(json, text.join("\n")))
}

fn shown(keys: &SessionKeys) -> String {
	format!("aura {:?}, grandpa {:?}", keys.aura, keys.grandpa)
}
