//! Customers, who acts for them, and their erasure.

use super::*;
use consentry_primitives::{customer::categories_are_unique, customer::customer_id};
use pallet_customers::Call;

/// For how long an invitation can be used at most.
const INVITATION: Moment = 30 * DAY;
/// For how long the holder of a customer can veto another's invitation.
const RECLAIM_DELAY: Moment = 7 * DAY;
/// How many guardians a customer can have.
const GUARDIANS: usize = 8;

/// A customer.
#[derive(Clone)]
pub struct Customer {
	pub controller: OrganisationId,
	pub registered: Moment,
	/// The account that claimed the customer.
	pub account: Option<Who>,
	/// Who may act for the customer, and until when.
	pub guardians: BTreeMap<Who, Moment>,
	pub invitation: Option<Invitation>,
	pub erasure_requested: bool,
	pub held_until: Option<Moment>,
	pub erased: bool,
}

/// A one-time key's right to claim a customer.
#[derive(Clone)]
pub struct Invitation {
	pub key: Who,
	pub opens: Moment,
	pub expires: Moment,
}

impl Model {
	/// The customer, who is registered and not erased.
	pub fn live(&self, customer: &CustomerId) -> Result<&Customer, &'static str> {
		let customer = self.customers.get(customer).ok_or("a customer")?;
		must(!customer.erased, "a customer who was not erased")?;
		Ok(customer)
	}

	fn live_mut(&mut self, customer: &CustomerId) -> Result<&mut Customer, &'static str> {
		self.live(customer)?;
		self.customers.get_mut(customer).ok_or("a customer")
	}

	/// `who` acts for the customer: by its account, or as a guardian whose time is not over.
	pub fn acts_for(&self, who: &Who, customer: &CustomerId) -> Result<(), &'static str> {
		let customer = self.live(customer)?;
		let guards = customer.guardians.get(who).is_some_and(|until| self.now < *until);
		must(customer.account.as_ref() == Some(who) || guards, "the customer or a guardian")
	}

	/// `by` acts as `role` for the customer's controller.
	pub(super) fn controls(
		&self,
		by: &By,
		role: Role,
		customer: &CustomerId,
	) -> Result<(Who, OrganisationId), &'static str> {
		let (who, organisation) = self.signer(by, role)?;
		must(self.live(customer)?.controller == organisation, "the controller")?;
		Ok((who, organisation))
	}

	/// An account that is neither bound to a customer nor ever was, nor belongs to the staff.
	fn unbound(&self, account: &Who) -> Result<(), &'static str> {
		let known = self.bound.contains(account) || self.members.contains_key(account);
		must(!known, "an account that was never bound")
	}

	/// Whether the call is one that customers make for themselves, rather than their controller.
	pub(super) fn is_customers_own(&self, who: &Who, call: &Call<Runtime>) -> bool {
		match call {
			Call::claim { .. } | Call::veto_invitation { .. } => true,
			Call::request_erasure { .. } => self.acts_for_any(who),
			_ => false,
		}
	}

	fn acts_for_any(&self, who: &Who) -> bool {
		let known = |c: &Customer| c.account.as_ref() == Some(who) || c.guardians.contains_key(who);
		self.customers.values().any(known)
	}

	pub(super) fn customers_rule(&mut self, by: &By, call: &Call<Runtime>) -> Ruling {
		match call {
			// Stewards register customers, and write what is kept of them.
			Call::register { customers } => {
				let (_, controller) = self.signer(by, Role::Steward)?;
				for new in customers {
					let id = customer_id(controller, &new.nonce);
					must(!self.customers.contains_key(&id), "a new customer")?;
					must(categories_are_unique(&new.records), "one record for each category")?;
					let customer = Customer {
						controller,
						registered: self.now,
						account: None,
						guardians: BTreeMap::new(),
						invitation: None,
						erasure_requested: false,
						held_until: None,
						erased: false,
					};
					self.customers.insert(id, customer);
					self.enter(&id);
					new.records.iter().for_each(|_| {
						self.enter(&id);
					});
				}
			},
			Call::seal { customer, .. } => {
				self.controls(by, Role::Steward, customer)?;
				self.enter(customer);
			},
			Call::record_interactions { interactions } => {
				self.signer(by, Role::Steward)?;
				for interaction in interactions {
					self.controls(by, Role::Steward, &interaction.customer)?;
					self.enter(&interaction.customer);
				}
			},

			// Customers are invited to claim themselves. Who holds the customer already has a week
			// in which to veto.
			Call::invite { customer: id, key, expires, .. } => {
				self.controls(by, Role::Steward, id)?;
				let now = self.now;
				let opens = match self.live(id)?.account {
					Some(_) => now + RECLAIM_DELAY,
					None => now,
				};
				let period = opens + 1..=opens + INVITATION;
				must(period.contains(expires), "a period that is allowed")?;
				self.unbound(key)?;
				let pending = self.live(id)?.invitation.as_ref();
				must(pending.is_none_or(|p| p.expires <= now), "no pending invitation")?;
				let invitation = Invitation { key: key.clone(), opens, expires: *expires };
				self.live_mut(id)?.invitation = Some(invitation);
				self.bound.insert(key.clone());
				self.enter(id);
			},
			Call::revoke_invitation { customer } => {
				self.controls(by, Role::Steward, customer)?;
				self.live_mut(customer)?.invitation.take().ok_or("an invitation")?;
				self.enter(customer);
			},
			Call::claim { account } => {
				let By::Account(key) = by else { return Err("a signer") };
				let now = self.now;
				let is_invited = |i: &Invitation| i.key == *key;
				let mut customers = self.customers.iter();
				let (id, customer) = customers
					.find(|(_, customer)| customer.invitation.as_ref().is_some_and(is_invited))
					.ok_or("an invitation")?;
				let usable = |i: &Invitation| i.opens <= now && now < i.expires;
				must(customer.invitation.as_ref().is_some_and(usable), "the invitation's time")?;
				self.unbound(account)?;
				let id = *id;
				let customer = self.live_mut(&id)?;
				customer.invitation = None;
				customer.account = Some(account.clone());
				self.bound.insert(account.clone());
				self.enter(&id);
			},
			Call::veto_invitation { customer } => {
				let By::Account(who) = by else { return Err("a signer") };
				self.acts_for(who, customer)?;
				self.live_mut(customer)?.invitation.take().ok_or("an invitation")?;
				self.enter(customer);
			},

			// Officers appoint guardians.
			Call::appoint_guardian { customer: id, guardian, until, .. } => {
				self.controls(by, Role::Officer, id)?;
				must(self.now < *until, "an end to come")?;
				if !self.live(id)?.guardians.contains_key(guardian) {
					self.unbound(guardian)?;
					must(self.live(id)?.guardians.len() < GUARDIANS, "room for a guardian")?;
				}
				self.live_mut(id)?.guardians.insert(guardian.clone(), *until);
				self.bound.insert(guardian.clone());
				self.enter(id);
			},
			Call::dismiss_guardian { customer, guardian } => {
				self.controls(by, Role::Officer, customer)?;
				self.live_mut(customer)?.guardians.remove(guardian).ok_or("a guardian")?;
				self.enter(customer);
			},

			// Erasure is asked for by the customer or by an Officer; who is bound to a customer
			// asks as such only.
			Call::request_erasure { customer } => {
				let By::Account(who) = by else { return Err("a signer") };
				match self.acts_for_any(who) {
					true => self.acts_for(who, customer)?,
					false => self.controls(by, Role::Officer, customer).map(drop)?,
				}
				let requested = &mut self.live_mut(customer)?.erasure_requested;
				must(!*requested, "no request before")?;
				*requested = true;
				self.enter(customer);
			},
			Call::place_hold { customer, until, .. } => {
				self.controls(by, Role::Officer, customer)?;
				must(self.now < *until, "an end to come")?;
				self.live_mut(customer)?.held_until = Some(*until);
				self.enter(customer);
			},
			Call::lift_hold { customer } => {
				self.controls(by, Role::Officer, customer)?;
				self.live_mut(customer)?.held_until.take().ok_or("a hold")?;
				self.enter(customer);
			},
			// Nothing of an erased customer is left but its controller.
			Call::erase { customer: id } => {
				self.controls(by, Role::Officer, id)?;
				let now = self.now;
				let customer = self.live_mut(id)?;
				must(customer.held_until.is_none_or(|until| until <= now), "no hold")?;
				customer.account = None;
				customer.guardians.clear();
				customer.invitation = None;
				customer.erasure_requested = false;
				customer.held_until = None;
				customer.erased = true;
				self.enter(id);
			},
			_ => return Err("a call with rules"),
		}
		Ok(vec![])
	}

	pub(super) fn forget_erased(&mut self) {
		let erased = |id: &CustomerId| self.customers.get(id).is_some_and(|c| c.erased);
		self.consents.retain(|(customer, _), _| !erased(customer));
		self.gives.retain(|customer, _| !erased(customer));
		self.excluded.retain(|(customer, _)| !erased(customer));
		for grant in &mut self.grants {
			grant.take_if(|grant| grant.customer().is_some_and(|customer| erased(&customer)));
		}
	}
}
