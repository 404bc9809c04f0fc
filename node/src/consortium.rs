//! The chain of a new consortium.
//!
//! `file` is the form of the file that describes it; here it becomes a chain specification. The same
//! file and the same node give the same specification, so that each organisation can make it anew
//! and compare.

mod file;
#[cfg(test)]
mod tests;

use crate::chain_spec::{self, ChainSpec};
use consentry_primitives::OrganisationId;
use consentry_runtime::{
	AccountId, Balance, BalancesConfig, CouncilConfig, Organisations, OrganisationsConfig,
	PeersConfig, SessionConfig, SessionKeys, ValidatorsConfig, CREDIT,
};
use file::{Consortium, Organisation, Validator};
use sc_service::ChainType;
use serde_json::{json, Value};
use sp_core::{ed25519, sr25519};
use std::{collections::BTreeMap, num::NonZeroU64, path::PathBuf};

/// Writes the chain specification of a new consortium, from a file that describes it.
#[derive(Debug, clap::Args)]
pub struct BuildConsortiumSpecCmd {
	/// The file: scripts/consortium.example.toml shows and explains one.
	file: PathBuf,

	/// The chain specification to be written, in raw form.
	#[arg(long)]
	output: PathBuf,
}

impl BuildConsortiumSpecCmd {
	/// Runs the command.
	pub fn run(&self) -> sc_cli::Result<()> {
		let shown = self.file.display();
		let text =
			std::fs::read_to_string(&self.file).map_err(|error| format!("{shown}: {error}"))?;
		let consortium = Consortium::read(&text).map_err(|error| format!("{shown}: {error}"))?;
		let spec = spec(&consortium)?.as_json(true)?;
		let output = self.output.display();
		std::fs::write(&self.output, spec).map_err(|error| format!("{output}: {error}"))?;
		println!(
			"Wrote the specification of the chain `{}` to {output}: {} organisations, {} seats in \
			 the council, {} validators.",
			consortium.id.0,
			consortium.organisations.len(),
			consortium.seats().count(),
			consortium.validators.len(),
		);
		Ok(())
	}
}

/// The specification of a consortium's chain.
fn spec(consortium: &Consortium) -> Result<ChainSpec, String> {
	Ok(ChainSpec::builder(chain_spec::code()?, None)
		.with_name(&consortium.name.0)
		.with_id(&consortium.id.0)
		.with_chain_type(ChainType::Live)
		.with_protocol_id(&consortium.id.0)
		.with_boot_nodes(consortium.bootnodes.clone())
		.with_genesis_config_patch(genesis(consortium)?)
		.with_properties(chain_spec::properties())
		.build())
}

/// The state from which a consortium's chain starts, as a patch of the default one.
fn genesis(consortium: &Consortium) -> Result<Value, String> {
	let validators: Vec<_> = consortium.validators.iter().map(Validator::account).collect();
	let session_keys = |validator: &Validator| {
		let keys = SessionKeys {
			aura: sr25519::Public::from_raw(validator.aura.get_ref().0).into(),
			grandpa: ed25519::Public::from_raw(validator.grandpa.get_ref().0).into(),
		};
		(validator.account(), validator.account(), keys)
	};
	Ok(json!({
		"balances": BalancesConfig { balances: balances(consortium), ..Default::default() },
		"session": SessionConfig {
			keys: consortium.validators.iter().map(session_keys).collect(),
			..Default::default()
		},
		"council": CouncilConfig { members: consortium.seats().collect(), ..Default::default() },
		"validators": ValidatorsConfig {
			members: validators.try_into().map_err(|_| "there are more validators than a chain can have")?,
			..Default::default()
		},
		"organisations": OrganisationsConfig {
			organisations: consortium.organisations.iter().map(Organisation::founder).collect(),
		},
		"consortium": {
			"minimumValidators": consortium.parameters.minimum_validators,
			"sessionBlocks": consortium.parameters.session_blocks,
		},
		"peers": PeersConfig { peers: peers(consortium), ..Default::default() },
	}))
}

/// The nodes of each organisation.
fn peers(consortium: &Consortium) -> Vec<(OrganisationId, String)> {
	let numbered = (0..).zip(&consortium.organisations);
	numbered.flat_map(|(id, founder)| founder.peers().map(move |peer| (id, peer))).collect()
}

/// What each account starts with.
fn balances(consortium: &Consortium) -> Vec<(AccountId, Balance)> {
	let in_units = |credits: NonZeroU64| Balance::from(credits.get()) * CREDIT;
	let own = in_units(consortium.parameters.account_credits);
	let validators = consortium.validators.iter().map(Validator::account);
	let accounts = consortium.seats().chain(validators).map(|account| (account, own));
	let organisations = (0..)
		.zip(&consortium.organisations)
		.map(|(id, founder)| (Organisations::account_of(id), in_units(founder.credits)));
	accounts.chain(organisations).collect::<BTreeMap<_, _>>().into_iter().collect()
}
