//! The rules: who may do what when, and what is permitted.
//!
//! Whatever happens is a call of somebody, or time going by. A rule that does not allow a call
//! answers `Err` with what is asked for in vain, and then the call changes nothing.

mod access;
mod consents;
mod customers;
mod organisations;
mod peers;

pub use access::{Decision, Grant, Review};
pub use consents::{AsOf, Purpose};
pub use customers::Customer;
pub use organisations::{Member, Organisation};

use super::*;
use access::Window;
use consentry_primitives::{
	access::Policy, CustomerId, Day, GrantId, Moment, OrganisationId, PeerId, PurposeId,
};
use consents::ConsentRevision;
use std::collections::{BTreeMap, BTreeSet};

/// An account.
pub type Who = AccountId;

/// Who calls.
#[derive(Clone, Debug)]
pub enum By {
	/// Three quarters of the council.
	Council,
	/// Whoever signed.
	Account(Who),
}

/// What follows from a call: the decisions that it made, which only requests for access do; or what
/// it lacks.
pub type Ruling = Result<Vec<Decision>, &'static str>;

/// Fails for the lack of `what` unless it is there.
fn must(be_there: bool, what: &'static str) -> Result<(), &'static str> {
	match be_there {
		true => Ok(()),
		false => Err(what),
	}
}

/// All that the rules depend on.
#[derive(Clone, Default)]
pub struct Model {
	/// The time.
	pub now: Moment,
	/// The organisations, by their id.
	pub organisations: Vec<Organisation>,
	/// The members of all organisations: nobody belongs to two.
	pub members: BTreeMap<Who, Member>,
	/// Accounts that controllers' policies stopped from everything, with those controllers.
	pub suspended: BTreeMap<Who, BTreeSet<OrganisationId>>,
	/// The customers, erased ones too.
	pub customers: BTreeMap<CustomerId, Customer>,
	/// Accounts that are or were bound to a customer.
	pub bound: BTreeSet<Who>,
	/// Length of each customer's trail.
	pub trails: BTreeMap<CustomerId, u64>,
	/// The purposes, by their id.
	pub purposes: Vec<Purpose>,
	/// All revisions of each consent.
	pub consents: BTreeMap<(CustomerId, PurposeId), Vec<ConsentRevision>>,
	/// How often each customer used free of charge, on its last such day, its right to give.
	pub gives: BTreeMap<CustomerId, (Day, u32)>,
	/// The grants, by their id; `None` once they went with an erased customer.
	pub grants: Vec<Option<Grant>>,
	/// Controller-wide grants that a customer revoked for its own data.
	pub excluded: BTreeSet<(CustomerId, GrantId)>,
	/// Policies that were set.
	pub policies: BTreeMap<OrganisationId, Policy>,
	/// Authorised accesses of an account to a controller's customers.
	pub accesses: BTreeMap<(OrganisationId, Who), Window>,
	/// Denials of an account, by its own fault, that a controller counted.
	pub denials: BTreeMap<(OrganisationId, Who), Window>,
	/// Accesses in an emergency that are still to be reviewed, by their entry in the trail.
	pub reviews: BTreeMap<(CustomerId, u64), Review>,
	/// The nodes that are listed, with their organisation.
	pub peers: BTreeMap<PeerId, OrganisationId>,
	/// Whether only listed nodes may connect.
	pub closed: bool,
}

impl Model {
	/// What follows from `call`, which is all or nothing.
	pub fn rule(&mut self, by: &By, call: &RuntimeCall) -> Ruling {
		let mut after = self.clone();
		let decisions = match call {
			RuntimeCall::Organisations(call) => after.organisations_rule(by, call),
			RuntimeCall::Customers(call) => after.customers_rule(by, call),
			RuntimeCall::Consent(call) => after.consents_rule(by, call),
			RuntimeCall::AccessGrants(call) => after.access_rule(by, call),
			RuntimeCall::Peers(call) => after.peers_rule(by, call),
			_ => Err("a call with rules"),
		}?;
		*self = after;
		Ok(decisions)
	}

	/// Whether `call` costs its signer nothing: what customers do for themselves, where it succeeds.
	pub fn is_free(&self, who: &Who, call: &RuntimeCall) -> bool {
		let free = match call {
			RuntimeCall::Customers(call) => self.is_customers_own(who, call),
			RuntimeCall::Consent(call) => self.is_free_consent(call),
			RuntimeCall::AccessGrants(call) => {
				matches!(call, pallet_access_grants::Call::revoke_own { .. })
			},
			_ => false,
		};
		free && self.clone().rule(&By::Account(who.clone()), call).is_ok()
	}

	/// What the chain does by itself when it has time: it deletes what is kept of erased customers
	/// and ends consents on the day after their last.
	pub fn idle(&mut self) {
		self.forget_erased();
		self.expire();
	}

	/// Enters something in the customer's trail, and returns at which place.
	fn enter(&mut self, customer: &CustomerId) -> u64 {
		let length = self.trails.entry(*customer).or_default();
		*length += 1;
		*length - 1
	}
}
