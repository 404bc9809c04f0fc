//! Grants, policies, and what is decided when access is requested.

use super::*;
use consentry_primitives::{
	access::{GrantTerms, Grantee, RateLimit, Refusal},
	api::GrantState,
	Categories, Denial,
};
use pallet_access_grants::Call;

/// Within which time an access in an emergency has to be reviewed.
pub const REVIEW: Moment = 72 * consentry_primitives::HOUR;

/// The denials that whoever asks is to blame for.
const FAULTS: [Denial; 8] = [
	Denial::NotAgent,
	Denial::BreakGlassNotAllowed,
	Denial::NoGrant,
	Denial::NotInScope,
	Denial::WrongPurpose,
	Denial::CategoryNotGranted,
	Denial::OutsideHours,
	Denial::RateExceeded,
];

/// What may be done with a customer's data, by whom.
#[derive(Clone)]
pub struct Grant {
	pub grantor: OrganisationId,
	pub scope: Scope,
	pub grantee: Grantee<Who>,
	/// The grantee's organisation when the grant was given: whoever changes to another does not
	/// take the grant along.
	pub recipient: OrganisationId,
	/// `uses` are those that are left.
	pub terms: GrantTerms,
	pub revoked: bool,
}

impl Grant {
	/// Where a grant stands that was not revoked.
	pub fn state(&self, now: Moment) -> GrantState {
		match &self.terms {
			terms if now < terms.from => GrantState::NotYetValid,
			terms if terms.until.is_some_and(|until| until <= now) => GrantState::Expired,
			terms if terms.uses == Some(0) => GrantState::UsedUp,
			_ => GrantState::Valid,
		}
	}

	/// The customer, where the grant is to one only.
	pub fn customer(&self) -> Option<CustomerId> {
		match self.scope {
			Scope::Customer { customer } => Some(customer),
			Scope::Controller { .. } => None,
		}
	}

	/// Whether `who`, which is `member`, is the grantee or one of them.
	pub fn is_to(&self, who: &Who, member: &Member) -> bool {
		member.organisation == self.recipient
			&& match &self.grantee {
				Grantee::Account { account } => account == who,
				Grantee::Role { role, .. } => member.roles.contains(*role),
			}
	}
}

/// An access in an emergency that is still to be reviewed.
#[derive(Clone)]
pub struct Review {
	pub controller: OrganisationId,
	pub account: Who,
	pub due: Moment,
}

/// How many since when.
#[derive(Clone, Copy, Default)]
pub struct Window {
	since: Moment,
	count: u32,
}

impl Window {
	/// How many count at `now`: none once the window is over.
	fn count_at(&self, now: Moment, limit: RateLimit) -> u32 {
		match now < self.since.saturating_add(limit.window) {
			true => self.count,
			false => 0,
		}
	}

	/// With one more, which begins a new window where none is open.
	fn add(&mut self, now: Moment, limit: RateLimit) {
		*self = match self.count_at(now, limit) {
			0 => Self { since: now, count: 1 },
			count => Self { since: self.since, count: count + 1 },
		};
	}
}

/// What was decided about a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
	/// The member may read.
	Authorised(CustomerId, LawfulBasis),
	/// The member may read, in an emergency.
	GlassBroken(CustomerId),
	/// The member may not read.
	Denied(CustomerId, Denial),
	/// Nothing was decided.
	Refused(Refusal),
	/// After all that, the policy of a controller suspended the account.
	Suspended(OrganisationId),
}

/// A request for access to one customer after the other.
struct Request<'a> {
	who: &'a Who,
	member: Member,
	grant: GrantId,
	purpose: PurposeId,
	categories: Categories,
}

fn deny(be_it: bool, reason: Denial) -> Result<(), Denial> {
	match be_it {
		true => Err(reason),
		false => Ok(()),
	}
}

impl Model {
	pub fn policy(&self, controller: OrganisationId) -> Policy {
		self.policies.get(&controller).copied().unwrap_or_default()
	}

	/// The grant, which has not gone with its customer.
	pub fn grant(&self, grant: GrantId) -> Option<&Grant> {
		self.grants.get(grant as usize)?.as_ref()
	}

	/// The member that `who` is, unless it may not even ask.
	fn asking(&self, who: &Who) -> Result<Member, Refusal> {
		let member = *self.members.get(who).ok_or(Refusal::NotMember)?;
		match self.is_active(member.organisation) {
			false => Err(Refusal::OrganisationSuspended),
			true if self.suspended.contains_key(who) => Err(Refusal::AccountSuspended),
			true => Ok(member),
		}
	}

	/// The customer and its controller, where `member` may ask for access to it at all.
	fn askable(&self, member: Member, customer: &CustomerId) -> Result<OrganisationId, Denial> {
		let status = self.customers.get(customer).ok_or(Denial::UnknownCustomer)?;
		deny(status.erased, Denial::CustomerErased)?;
		deny(!self.is_active(status.controller), Denial::ControllerSuspended)?;
		deny(!member.roles.contains(Role::Agent), Denial::NotAgent)?;
		Ok(status.controller)
	}

	/// The basis on which the customer may be accessed, or the first reason why not.
	fn decide(&self, request: &Request, customer: &CustomerId) -> Result<LawfulBasis, Denial> {
		let Request { who, member, grant: id, purpose, categories } = request;
		let controller = self.askable(*member, customer)?;

		// The grant has to be the member's, and to be good for this.
		let grant = self.grant(*id).ok_or(Denial::NoGrant)?;
		deny(!grant.is_to(who, member), Denial::NoGrant)?;
		let covers = match grant.scope {
			Scope::Customer { customer: only } => only == *customer,
			Scope::Controller { organisation } => organisation == controller,
		};
		deny(!covers, Denial::NotInScope)?;
		let excluded = self.excluded.contains(&(*customer, *id));
		deny(grant.revoked || excluded, Denial::GrantRevoked)?;
		deny(self.now < grant.terms.from, Denial::GrantNotYetValid)?;
		deny(grant.terms.until.is_some_and(|until| until <= self.now), Denial::GrantExpired)?;
		deny(grant.terms.uses == Some(0), Denial::GrantUsedUp)?;
		deny(grant.terms.purpose != *purpose, Denial::WrongPurpose)?;
		deny(
			!categories.is_valid() || !grant.terms.categories.contains(*categories),
			Denial::CategoryNotGranted,
		)?;

		// Processing has to be lawful,
		let basis = self.permits(customer, *purpose, *categories)?;

		// and the controller's policy has to allow it now.
		let policy = self.policy(controller);
		deny(!policy.hours.contain(self.now), Denial::OutsideHours)?;
		if let Some(limit) = policy.rate {
			let so_far = self.accesses.get(&(controller, (*who).clone()));
			let count = so_far.map_or(0, |window| window.count_at(self.now, limit));
			deny(count >= limit.count, Denial::RateExceeded)?;
		}
		Ok(basis)
	}

	/// Whether the customer may be accessed in an emergency: neither grant nor consent are asked
	/// for, and neither hours nor rate count.
	fn decide_emergency(
		&self,
		member: Member,
		customer: &CustomerId,
		purpose: PurposeId,
		categories: Categories,
	) -> Result<OrganisationId, Denial> {
		let controller = self.askable(member, customer)?;
		let allowed = self.policy(controller).break_glass && member.organisation == controller;
		deny(!allowed, Denial::BreakGlassNotAllowed)?;
		let purpose = self.purpose_of(controller, purpose).map_err(|_| Denial::WrongPurpose)?;
		let needed = purpose.latest().categories.contains(categories);
		deny(!categories.is_valid() || !needed, Denial::CategoryNotGranted)?;
		deny(purpose.latest().retired, Denial::PurposeRetired)?;
		Ok(controller)
	}

	/// Counts, with each controller, one denial that the account itself is to blame for, however
	/// many there are, and suspends the account once they are too many.
	fn blame(&mut self, who: &Who, decisions: &mut Vec<Decision>) {
		let controllers = decisions.iter().filter_map(|decision| match decision {
			Decision::Denied(customer, reason) if FAULTS.contains(reason) => {
				self.customers.get(customer).map(|customer| customer.controller)
			},
			_ => None,
		});
		for controller in controllers.collect::<BTreeSet<_>>() {
			let Some(limit) = self.policy(controller).denials else { continue };
			let window = self.denials.entry((controller, who.clone())).or_default();
			window.add(self.now, limit);
			if window.count >= limit.count {
				self.suspended.entry(who.clone()).or_default().insert(controller);
				decisions.push(Decision::Suspended(controller));
			}
		}
	}

	pub(super) fn access_rule(&mut self, by: &By, call: &Call<Runtime>) -> Ruling {
		match call {
			// Officers grant access to their organisation's customers, to one or to all.
			Call::grant { scope, grantee, terms } => {
				let (_, grantor) = self.signer(by, Role::Officer)?;
				match scope {
					Scope::Customer { customer } => {
						must(self.live(customer)?.controller == grantor, "an own customer")?
					},
					Scope::Controller { organisation } => {
						must(*organisation == grantor, "the own organisation")?
					},
				}
				let purpose = self.purpose_of(grantor, terms.purpose)?.latest();
				must(!purpose.retired, "a purpose in use")?;
				must(terms.categories.is_valid(), "valid categories")?;
				must(purpose.categories.contains(terms.categories), "the purpose's categories")?;
				let ends = |until: Moment| terms.from < until && self.now < until;
				must(terms.until.is_none_or(ends), "an end to come")?;
				must(terms.uses != Some(0), "a use")?;
				let recipient = match grantee {
					Grantee::Account { account } => {
						self.members.get(account).ok_or("a member")?.organisation
					},
					Grantee::Role { organisation, .. } => *organisation,
				};
				must(self.is_active(recipient), "an active organisation")?;
				self.grants.push(Some(Grant {
					grantor,
					scope: *scope,
					grantee: grantee.clone(),
					recipient,
					terms: terms.clone(),
					revoked: false,
				}));
				if let Scope::Customer { customer } = scope {
					self.enter(customer);
				}
			},
			Call::revoke { grant } => {
				let (_, organisation) = self.signer(by, Role::Officer)?;
				self.revoke(*grant, |stored| stored.grantor == organisation)?;
			},
			// Customers take access to their own data back, where it is theirs to end.
			Call::revoke_own { customer, grant: id } => {
				let By::Account(who) = by else { return Err("a signer") };
				self.acts_for(who, customer)?;
				let controller = self.live(customer)?.controller;
				let grant = self.grant(*id).ok_or("a grant")?;
				let basis = self.purpose_of(controller, grant.terms.purpose)?.basis;
				must(basis.is_the_customers_to_end(), "a purpose that is the customer's to end")?;
				match grant.scope {
					Scope::Customer { customer: only } => {
						self.revoke(*id, |_| only == *customer)?;
					},
					Scope::Controller { organisation } => {
						must(organisation == controller && !grant.revoked, "a grant of theirs")?;
						must(self.excluded.insert((*customer, *id)), "no exclusion before")?;
						self.enter(customer);
					},
				}
			},
			Call::set_policy { policy } => {
				let (_, organisation) = self.signer(by, Role::Officer)?;
				must(policy.hours.is_valid(), "valid hours")?;
				let limits = [policy.rate, policy.denials];
				let sound = |limit: &RateLimit| limit.count > 0 && limit.window > 0;
				must(limits.iter().flatten().all(sound), "limits")?;
				self.policies.insert(organisation, *policy);
			},

			// Who is no active member is refused; each customer is decided on its own.
			Call::request_access { grant, purpose, categories, customers, .. } => {
				let By::Account(who) = by else { return Err("a signer") };
				must(!customers.is_empty(), "customers")?;
				return self.request(who, *grant, *purpose, *categories, customers);
			},
			Call::break_glass { customer, purpose, categories, .. } => {
				let By::Account(who) = by else { return Err("a signer") };
				let member = match self.asking(who) {
					Ok(member) => member,
					Err(reason) => return Ok(vec![Decision::Refused(reason)]),
				};
				let decision = self.decide_emergency(member, customer, *purpose, *categories);
				let mut decisions = Vec::new();
				match decision {
					Ok(controller) => {
						let entry = self.enter(customer);
						let due = self.now + REVIEW;
						let review = Review { controller, account: who.clone(), due };
						self.reviews.insert((*customer, entry), review);
						decisions.push(Decision::GlassBroken(*customer));
					},
					Err(reason) => self.denied(customer, reason, &mut decisions),
				}
				self.blame(who, &mut decisions);
				return Ok(decisions);
			},
			// Another Officer has to look at it, even after the customer's erasure.
			Call::review { customer, entry, .. } => {
				let (who, organisation) = self.signer(by, Role::Officer)?;
				let review = self.reviews.remove(&(*customer, *entry)).ok_or("a review due")?;
				must(review.controller == organisation, "an own review")?;
				must(review.account != who, "another Officer")?;
				self.enter(customer);
			},
			Call::reinstate { account } => {
				let (_, organisation) = self.signer(by, Role::Officer)?;
				let by = self.suspended.get_mut(account).ok_or("a suspended account")?;
				must(by.remove(&organisation), "an own suspension")?;
				if by.is_empty() {
					self.suspended.remove(account);
				}
				self.denials.remove(&(organisation, account.clone()));
			},
			_ => return Err("a call with rules"),
		}
		Ok(vec![])
	}

	fn revoke(
		&mut self,
		id: GrantId,
		may: impl FnOnce(&Grant) -> bool,
	) -> Result<(), &'static str> {
		let grant = self.grants.get_mut(id as usize).and_then(Option::as_mut).ok_or("a grant")?;
		must(may(grant), "an own grant")?;
		must(!grant.revoked, "a grant that was not revoked")?;
		grant.revoked = true;
		if let Some(customer) = grant.customer().filter(|customer| self.live(customer).is_ok()) {
			self.enter(&customer);
		}
		Ok(())
	}

	fn denied(&mut self, customer: &CustomerId, reason: Denial, to: &mut Vec<Decision>) {
		// There is no trail of customers that do not exist.
		if reason != Denial::UnknownCustomer {
			self.enter(customer);
		}
		to.push(Decision::Denied(*customer, reason));
	}

	/// What is decided about a request for access to `customers`, and what follows from it.
	fn request(
		&mut self,
		who: &Who,
		grant: GrantId,
		purpose: PurposeId,
		categories: Categories,
		customers: &[CustomerId],
	) -> Ruling {
		let member = match self.asking(who) {
			Ok(member) => member,
			Err(reason) => return Ok(vec![Decision::Refused(reason)]),
		};
		let request = Request { who, member, grant, purpose, categories };
		let mut decisions = Vec::new();
		for customer in customers {
			match self.decide(&request, customer) {
				Ok(basis) => {
					self.use_up(grant, who);
					self.enter(customer);
					decisions.push(Decision::Authorised(*customer, basis));
				},
				Err(reason) => self.denied(customer, reason, &mut decisions),
			}
		}
		self.blame(who, &mut decisions);
		Ok(decisions)
	}

	/// Counts an access, for the grant and for the policy.
	fn use_up(&mut self, id: GrantId, who: &Who) {
		let now = self.now;
		let Some(grant) = self.grants.get_mut(id as usize).and_then(Option::as_mut) else { return };
		let controller = grant.grantor;
		if let Some(uses) = &mut grant.terms.uses {
			*uses -= 1;
		}
		if let Some(limit) = self.policy(controller).rate {
			self.accesses.entry((controller, who.clone())).or_default().add(now, limit);
		}
	}
}
