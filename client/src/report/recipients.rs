//! To whom access to the customer's data was granted.
//!
//! Grants in force the runtime lists. What ended is found through the trail: a grant to just this
//! customer by its own entry there; one to all customers, which has none, by those who asked for
//! access under it, and by the customer's own revocation.

use crate::{
	chain::{storage_key, Block, Chain},
	proof::twox_64_concat,
	Error, Result,
};
use codec::{Decode, DecodeAll};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	api::{GrantInfo, GrantState},
	Action, CustomerId, Entry, GrantId, Moment, OrganisationId,
};
use serde::Serialize;
use sp_core::crypto::AccountId32;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody to whom access was granted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
	/// The grant.
	#[serde(flatten)]
	pub grant: GrantInfo<AccountId32>,
	/// The grantee's organisation: the one that it belonged to when access was granted or, where the
	/// chain does not hold the grant any more, belongs to now.
	pub organisation: Option<OrganisationId>,
	/// Who that is.
	pub name: String,
	/// The purpose's name.
	pub purpose_name: String,
}

/// A grant as the chain's state holds it: the form is that of the pallet `access-grants`.
#[derive(Clone, PartialEq, Eq, Debug, Decode)]
pub(super) struct Stored {
	pub grantor: OrganisationId,
	pub scope: Scope,
	pub grantee: Grantee<AccountId32>,
	/// The grantee's organisation when the grant was given.
	pub recipient: OrganisationId,
	pub terms: GrantTerms,
	pub created: Moment,
	pub revoked: Option<Moment>,
}

/// A grant, and the organisation of its grantee as far as it is known.
pub(super) type Granted = (GrantInfo<AccountId32>, Option<OrganisationId>);

/// The grants on the customer's data, those that ended included.
pub(super) async fn granted(
	chain: &Chain,
	block: &Block,
	customer: &CustomerId,
	controller: OrganisationId,
	entries: &[Entry<AccountId32>],
) -> Result<Vec<Granted>> {
	let listed = chain.grants_on(block.hash, customer).await?.unwrap_or_default();
	let ids: BTreeSet<_> =
		listed.iter().map(|grant| grant.grant).chain(entries.iter().filter_map(named)).collect();
	if ids.is_empty() {
		return Ok(Vec::new());
	}
	let map = storage_key("AccessGrants", "Grants");
	let keys: Vec<_> = ids.iter().map(|id| [map.clone(), twox_64_concat(id)].concat()).collect();
	let values = chain.proven_storage(block, &keys).await?;
	let mut stored = BTreeMap::new();
	for (id, value) in ids.into_iter().zip(values) {
		if let Some(value) = value {
			let grant = Stored::decode_all(&mut &value[..])
				.map_err(Error::malformed(format!("the grant {id}")))?;
			stored.insert(id, grant);
		}
	}
	let mut granted = all(listed, &stored, entries, customer, controller);
	for (grant, organisation) in &mut granted {
		if let (Grantee::Account { account }, None) = (&grant.grantee, &organisation) {
			*organisation =
				chain.member(block.hash, account).await?.map(|member| member.organisation);
		}
	}
	Ok(granted)
}

/// The grant that an entry names.
fn named(entry: &Entry<AccountId32>) -> Option<GrantId> {
	match &entry.action {
		Action::Granted { grant, .. }
		| Action::GrantRevoked { grant }
		| Action::AccessAuthorised { grant, .. } => Some(*grant),
		Action::AccessDenied { grant, .. } => *grant,
		_ => None,
	}
}

/// All grants on the customer's data that list, state and trail know of.
pub(super) fn all(
	listed: Vec<GrantInfo<AccountId32>>,
	stored: &BTreeMap<GrantId, Stored>,
	entries: &[Entry<AccountId32>],
	customer: &CustomerId,
	controller: OrganisationId,
) -> Vec<Granted> {
	let mine = Scope::Customer { customer: *customer };
	let scopes = [mine, Scope::Controller { organisation: controller }];
	// What is not listed any more was revoked, or went with the customer's erasure.
	let ended = |id, grantor, scope, grantee: &Grantee<_>, terms: &GrantTerms| GrantInfo {
		grant: id,
		grantor,
		scope,
		grantee: grantee.clone(),
		terms: terms.clone(),
		state: GrantState::Revoked,
	};
	let mut grants: BTreeMap<_, _> =
		listed.into_iter().map(|listed| (listed.grant, listed)).collect();
	// Somebody may have asked under a grant on another customer's data.
	for (id, grant) in stored.iter().filter(|(_, grant)| scopes.contains(&grant.scope)) {
		let Stored { grantor, scope, grantee, terms, .. } = grant;
		grants.entry(*id).or_insert_with(|| ended(*id, *grantor, *scope, grantee, terms));
	}
	for entry in entries {
		if let Action::Granted { grant: id, grantee, terms } = &entry.action {
			grants.entry(*id).or_insert_with(|| ended(*id, controller, mine, grantee, terms));
		}
	}
	grants
		.into_iter()
		.map(|(id, grant)| {
			let organisation = match grant.grantee {
				Grantee::Role { organisation, .. } => Some(organisation),
				Grantee::Account { .. } => stored.get(&id).map(|grant| grant.recipient),
			};
			(grant, organisation)
		})
		.collect()
}
