//! `consentry organisation`.

use super::{
	motion::{close, done, propose},
	named,
	output::Output,
	Context,
};
use clap::Subcommand;
use consentry_client::{
	calls::{council, organisations},
	chain::Chain,
	submit::submit_and_wait,
	Error, Result,
};
use consentry_primitives::{OrganisationId, Role, Roles};
use serde_json::json;
use sp_core::H256;

/// Units of one credit.
const CREDIT: u128 = 1_000_000_000_000;

/// Those marked as motions are decided by three quarters of the council: a council of one does so
/// at once, else the answer says how to vote.
#[derive(Subcommand)]
pub enum Command {
	/// Register an organisation (motion).
	Register {
		/// Its name: a letter a-z, then letters, digits and hyphens.
		#[arg(long)]
		name: String,
		/// Its first admin: an address, or the name of a key.
		#[arg(long)]
		admin: String,
	},
	/// Appoint an admin (motion).
	AppointAdmin {
		/// Number of the organisation.
		#[arg(long)]
		organisation: OrganisationId,
		/// The admin: an address, or the name of a key.
		#[arg(long)]
		account: String,
	},
	/// Suspend an organisation: its members may no longer act (motion).
	Suspend {
		/// Number of the organisation.
		organisation: OrganisationId,
	},
	/// Reinstate an organisation (motion).
	Reinstate {
		/// Number of the organisation.
		organisation: OrganisationId,
	},
	/// Issue credits to an organisation, from which its members' fees are paid (motion).
	IssueCredits {
		/// Number of the organisation.
		#[arg(long)]
		organisation: OrganisationId,
		/// Whole credits.
		#[arg(long)]
		amount: u64,
	},
	/// Vote on a motion, as a member of the council.
	Vote {
		/// Hash of the motion.
		#[arg(long)]
		motion: H256,
		/// Number of the motion.
		#[arg(long)]
		index: u32,
		/// Vote against it.
		#[arg(long)]
		nay: bool,
	},
	/// End the vote on a motion and make its call, if it was approved.
	Close {
		/// Hash of the motion.
		#[arg(long)]
		motion: H256,
		/// Number of the motion.
		#[arg(long)]
		index: u32,
	},
	/// Add a member to the key's organisation.
	AddMember {
		/// The member: an address, or the name of a key.
		#[arg(long)]
		account: String,
		/// Roles: admin, steward, officer, agent, auditor.
		#[arg(long, value_delimiter = ',', required = true, value_parser = named::<Role>)]
		roles: Vec<Role>,
	},
	/// Replace a member's roles.
	SetRoles {
		/// The member: an address, or the name of a key.
		#[arg(long)]
		account: String,
		/// Roles: admin, steward, officer, agent, auditor.
		#[arg(long, value_delimiter = ',', required = true, value_parser = named::<Role>)]
		roles: Vec<Role>,
	},
	/// End a membership.
	RemoveMember {
		/// The member: an address, or the name of a key.
		#[arg(long)]
		account: String,
	},
	/// Show an organisation.
	Show {
		/// Number of the organisation.
		organisation: OrganisationId,
	},
	/// Show an account's organisation and roles.
	Member {
		/// The account: an address, or the name of a key.
		account: String,
	},
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	use Command::*;
	let keys = context.keys()?;
	let call = match command {
		Show { organisation } => return show(context, organisation).await,
		Member { account } => return member(context, &account).await,
		Register { name, admin } => {
			return propose(context, organisations::register(&name, &keys.account(&admin)?)).await
		},
		AppointAdmin { organisation, account } => {
			let account = keys.account(&account)?;
			return propose(context, organisations::appoint_admin(organisation, &account)).await;
		},
		Suspend { organisation } => {
			return propose(context, organisations::suspend(organisation)).await
		},
		Reinstate { organisation } => {
			return propose(context, organisations::reinstate(organisation)).await
		},
		IssueCredits { organisation, amount } => {
			let amount = u128::from(amount) * CREDIT;
			return propose(context, council::issue_credits(organisation, amount)).await;
		},
		Close { motion, index } => return close(context, motion, index).await,
		Vote { motion, index, nay } => council::vote(&motion, index, !nay),
		AddMember { account, roles } => {
			let roles = roles.into_iter().collect::<Roles>();
			organisations::add_member(&keys.account(&account)?, roles)
		},
		SetRoles { account, roles } => {
			let roles = roles.into_iter().collect::<Roles>();
			organisations::set_roles(&keys.account(&account)?, roles)
		},
		RemoveMember { account } => organisations::remove_member(&keys.account(&account)?),
	};
	let key = context.keypair()?;
	let included = submit_and_wait(&context.chain().await?, &key, &call).await?;
	Ok(done(&call, &included, None))
}

async fn show(context: &mut Context, id: OrganisationId) -> Result<Output> {
	let chain = context.chain().await?;
	let head = chain.finalised().await?;
	let found = chain.organisation(head.hash, id).await?;
	let found = found.ok_or_else(|| Error::NotFound(format!("there is no organisation {id}")))?;
	let state = if found.active { "active" } else { "suspended" };
	let text = format!(
		"Organisation {id}: {} ({state})\n  members: {}, admins: {}\n  account: {}",
		found.name, found.members, found.admins, found.account,
	);
	Ok(Output::new(json!({ "organisation": id, "state": found, "block": head.hash }), text))
}

async fn member(context: &mut Context, account: &str) -> Result<Output> {
	let account = context.keys()?.account(account)?;
	let chain: Chain = context.chain().await?;
	let head = chain.finalised().await?;
	let found = chain.member(head.hash, &account).await?.ok_or_else(|| {
		Error::NotFound(format!("the account {account} is no member of an organisation"))
	})?;
	let roles: Vec<_> = found.roles.to_vec().iter().map(|role| format!("{role:?}")).collect();
	let text = format!("{account}: {} of organisation {}", roles.join(", "), found.organisation);
	Ok(Output::new(json!({ "account": account.to_string(), "member": found }), text))
}
