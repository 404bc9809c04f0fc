//! What is tried: random calls, made up so that a good part of them succeeds, and time going by.

use super::{
	rules::{By, Model, Who},
	*,
};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit},
	consent::{
		CaptureMethod, ConsentState, Expression, Permission, PurposeTerms, SignedStatement,
		Statement, StatementSignature,
	},
	Categories, Commitment, DataCategory, GrantId, InteractionKind, OrganisationId, PeerId,
	PurposeId, Roles, HOUR,
};
use pallet_access_grants::Call as Access;
use pallet_consent::{Call as Consents, RecordedStatement};
use pallet_customers::{Call as Customer, Interaction};
use pallet_organisations::Call as Organisation;
use pallet_peers::Call as Peer;

const MINUTE: Moment = HOUR / 60;

/// What happens next.
#[derive(Clone, Debug)]
pub enum Step {
	/// Somebody calls.
	Call(By, Box<RuntimeCall>),
	/// Milliseconds go by.
	Wait(Moment),
	/// A block ends with time left.
	Idle,
}

/// Who appears. Few, so that they meet again in every part.
pub struct Cast {
	/// Accounts that organisations employ.
	staff: Vec<Who>,
	/// Accounts of customers and guardians, and one-time keys.
	people: Vec<(sr25519::Pair, Who)>,
}

impl Cast {
	pub fn new() -> Self {
		let named = [Alice.to_account_id(), Bob.to_account_id()];
		let people = (100..170).map(key).map(|pair| {
			let who = account(&pair);
			(pair, who)
		});
		Self {
			staff: named.into_iter().chain((0..10).map(|n| account(&key(n)))).collect(),
			people: people.collect(),
		}
	}
}

/// Makes up the next step from how things stand by the rules.
pub struct Scene {
	pub model: Model,
	pub cast: Cast,
	pub dice: Dice,
}

/// How often each kind of step is tried.
const KINDS: &[(u64, fn(&mut Scene) -> Step)] = &[
	(7, Scene::wait),
	(3, |_| Step::Idle),
	(1, Scene::register_organisation),
	(1, Scene::suspend_organisation),
	(4, Scene::reinstate_organisation),
	(1, Scene::appoint_admin),
	(3, Scene::add_member),
	(2, Scene::set_roles),
	(1, Scene::remove_member),
	(4, Scene::register),
	(1, Scene::seal),
	(1, Scene::record_interactions),
	(5, Scene::invite),
	(1, Scene::revoke_invitation),
	(6, Scene::claim),
	(2, Scene::veto_invitation),
	(3, Scene::appoint_guardian),
	(1, Scene::dismiss_guardian),
	(2, Scene::request_erasure),
	(2, Scene::place_hold),
	(1, Scene::lift_hold),
	(1, Scene::erase),
	(2, Scene::create_purpose),
	(5, Scene::revise_purpose),
	(1, Scene::retire_purpose),
	(7, Scene::give),
	(4, Scene::withdraw),
	(3, Scene::object),
	(8, Scene::submit),
	(6, Scene::record),
	(8, Scene::grant),
	(2, Scene::revoke),
	(3, Scene::revoke_own),
	(3, Scene::set_policy),
	(24, Scene::request_access),
	(5, Scene::break_glass),
	(3, Scene::review),
	(2, Scene::reinstate),
	(4, Scene::add_peer),
	(2, Scene::remove_peer),
	(1, Scene::enforce),
];

/// What every sequence begins with: two organisations with staff, customers and purposes, so that
/// rules can meet from the start.
pub const OPENING: &[fn(&mut Scene) -> Step] = &[
	Scene::register_organisation,
	Scene::add_member,
	Scene::add_member,
	Scene::add_member,
	Scene::add_member,
	Scene::add_member,
	Scene::add_member,
	Scene::register,
	Scene::register,
	Scene::invite,
	Scene::claim,
	Scene::invite,
	Scene::claim,
	Scene::create_purpose,
	Scene::create_purpose,
	Scene::create_purpose,
	Scene::grant,
	Scene::grant,
];

fn signed(who: Who, call: impl Into<RuntimeCall>) -> Step {
	Step::Call(By::Account(who), Box::new(call.into()))
}

fn council(call: impl Into<RuntimeCall>) -> Step {
	Step::Call(By::Council, Box::new(call.into()))
}

impl Scene {
	pub fn step(&mut self) -> Step {
		let mut choice = self.dice.below(KINDS.iter().map(|(weight, _)| weight).sum());
		for (weight, kind) in KINDS {
			match choice.checked_sub(*weight) {
				Some(rest) => choice = rest,
				None => return self.astray(kind),
			}
		}
		Step::Idle
	}

	/// Now and then somebody else tries the same, the council included.
	fn astray(&mut self, kind: &fn(&mut Scene) -> Step) -> Step {
		match kind(self) {
			Step::Call(by, call) if self.dice.chance(6) => match by {
				By::Account(_) if self.dice.chance(30) => Step::Call(By::Council, call),
				_ => Step::Call(By::Account(self.anyone()), call),
			},
			step => step,
		}
	}

	// Who

	fn anyone(&mut self) -> Who {
		match self.dice.chance(50) {
			true => self.dice.any(&self.cast.staff),
			false => self.person(),
		}
	}

	fn person(&mut self) -> Who {
		let index = self.dice.below(self.cast.people.len() as u64) as usize;
		self.cast.people[index].1.clone()
	}

	/// Somebody who was not bound to a customer yet.
	fn fresh(&mut self) -> Who {
		let people = self.cast.people.iter().map(|(_, who)| who);
		let fresh = people.filter(|who| !self.model.bound.contains(*who)).cloned();
		match self.dice.pick(fresh.collect::<Vec<_>>()) {
			Some(who) if self.dice.chance(92) => who,
			_ => self.anyone(),
		}
	}

	/// Who may act as `role`, for `organisation` if it is named.
	fn member(&mut self, role: Role, organisation: Option<OrganisationId>) -> Who {
		let able = self.cast.staff.iter().filter(|who| match self.model.acting(who, role) {
			Ok(acting) => organisation.is_none_or(|organisation| organisation == acting),
			Err(_) => false,
		});
		let able = self.dice.pick(able.cloned().collect::<Vec<_>>());
		able.unwrap_or_else(|| self.employed())
	}

	/// A member, whatever it may do.
	fn employed(&mut self) -> Who {
		let members = self.model.members.keys().cloned().collect::<Vec<_>>();
		self.dice.any(&members)
	}

	/// The organisation of `who`.
	fn organisation_of(&mut self, who: &Who) -> OrganisationId {
		match self.model.members.get(who) {
			Some(member) => member.organisation,
			None => self.organisation(),
		}
	}

	fn organisation(&mut self) -> OrganisationId {
		let known = self.model.organisations.len() as u64;
		// One more than there are.
		let end = if self.dice.chance(3) { known + 1 } else { known };
		self.dice.below(end) as OrganisationId
	}

	/// A customer that is not erased, for the most part.
	fn customer(&mut self) -> CustomerId {
		self.customer_where(|_, _| true)
	}

	/// A customer of `controller`, for the most part.
	fn customer_of(&mut self, controller: OrganisationId) -> CustomerId {
		self.customer_where(|_, customer| customer.controller == controller)
	}

	fn customer_where(
		&mut self,
		wanted: impl Fn(&CustomerId, &rules::Customer) -> bool,
	) -> CustomerId {
		let all = self.model.customers.iter();
		let live = |(_, customer): &(_, &rules::Customer)| !customer.erased;
		let id = |(id, _): (&CustomerId, _)| *id;
		let wanted = all.clone().filter(live).filter(|(id, c)| wanted(id, c)).map(id);
		let chosen = match self.dice.below(100) {
			0..94 => self
				.dice
				.pick(wanted.collect::<Vec<_>>())
				.or_else(|| self.dice.pick(all.filter(live).map(id).collect::<Vec<_>>())),
			94..98 => self.dice.pick(all.map(id).collect::<Vec<_>>()),
			_ => None,
		};
		chosen.unwrap_or_else(|| H256::from_low_u64_be(self.dice.below(3)))
	}

	fn controller_of(&mut self, customer: &CustomerId) -> OrganisationId {
		match self.model.customers.get(customer) {
			Some(customer) => customer.controller,
			None => self.organisation(),
		}
	}

	/// A member who may act as `role` for the customer's controller.
	fn member_for(&mut self, role: Role, customer: &CustomerId) -> Who {
		let controller = self.controller_of(customer);
		self.member(role, Some(controller))
	}

	/// A customer somebody acts for, with whom.
	fn represented(&mut self) -> (CustomerId, Who) {
		let customer = self.customer_where(|_, c| c.account.is_some() || !c.guardians.is_empty());
		let who = self.representative(&customer);
		(customer, who)
	}

	fn representative(&mut self, customer: &CustomerId) -> Who {
		let known = self.model.customers.get(customer);
		let account = known.and_then(|customer| customer.account.clone());
		let guardians = known.into_iter().flat_map(|customer| customer.guardians.keys().cloned());
		let all: Vec<_> = account.into_iter().chain(guardians).collect();
		self.dice.pick(all).unwrap_or_else(|| self.anyone())
	}

	// What

	fn commitment(&mut self) -> Commitment {
		Commitment::Blake2b256V1(H256::from_low_u64_be(self.dice.below(4)))
	}

	/// A time to come, for the most part.
	fn moment(&mut self) -> Moment {
		let unit = self.dice.any(&[1, MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY]);
		let distance = unit * self.dice.below(6);
		match self.dice.chance(92) {
			true => self.model.now + distance + 1,
			false => self.model.now.saturating_sub(distance),
		}
	}

	fn moment_or_none(&mut self) -> Option<Moment> {
		self.dice.chance(50).then(|| self.moment())
	}

	/// Some of the categories `within`, for the most part.
	fn categories(&mut self, within: Categories) -> Categories {
		let whole = self.dice.chance(50);
		match self.dice.below(100) {
			0..94 => {
				let one = self.dice.pick(within.to_vec());
				let all = within.to_vec().into_iter();
				all.filter(|_| whole || self.dice.chance(60)).chain(one).collect()
			},
			94..98 => Categories(self.dice.number() as u16 & Categories::all().0),
			// Those that do not exist too, and none.
			_ => self.dice.any(&[Categories(0), Categories(1 << 10), Categories(u16::MAX)]),
		}
	}

	fn roles(&mut self) -> Roles {
		match self.dice.below(100) {
			0..15 => Role::Agent.into(),
			15..50 => Roles(self.dice.below(32) as u8),
			50..97 => Role::ALL.into_iter().collect(),
			_ => Roles(1 << 5),
		}
	}

	/// A purpose of `controller` that is not retired, for the most part.
	fn purpose(
		&mut self,
		controller: OrganisationId,
		wanted: impl Fn(LawfulBasis) -> bool,
	) -> PurposeId {
		let used = self.model.purposes.iter().enumerate().filter(|(_, purpose)| {
			purpose.controller == controller && !purpose.latest().retired && wanted(purpose.basis)
		});
		let used: Vec<_> = used.map(|(id, _)| id as PurposeId).collect();
		match self.dice.pick(used) {
			Some(purpose) if self.dice.chance(92) => purpose,
			_ => self.dice.below(self.model.purposes.len() as u64 + 1) as PurposeId,
		}
	}

	fn categories_of(&self, purpose: PurposeId) -> Categories {
		let purpose = self.model.purposes.get(purpose as usize);
		purpose.map_or(Categories::all(), |purpose| purpose.latest().categories)
	}

	fn permission(&mut self, purpose: PurposeId) -> Permission {
		let known = self.model.purposes.get(purpose as usize);
		let version = known.map_or(1, |purpose| purpose.latest().notice_version);
		let needed = self.categories_of(purpose);
		// Only the whole can be taken back to after an objection.
		let consented = known.is_none_or(|purpose| purpose.basis == LawfulBasis::Consent);
		Permission {
			notice_version: match self.dice.chance(90) {
				true => version,
				false => self.dice.below(u64::from(version) + 2) as u32,
			},
			categories: if consented { self.categories(needed) } else { needed },
			until: if consented { self.moment_or_none() } else { None },
			expression: Expression::Expressed,
			receipt: self.dice.chance(50).then_some(COMMITMENT),
		}
	}

	/// A purpose, and what may be stated about it next.
	fn statement(&mut self, customer: &CustomerId) -> (PurposeId, Statement) {
		let controller = self.controller_of(customer);
		let purpose = self.purpose(controller, LawfulBasis::is_the_customers_to_end);
		let basis = self.model.purposes.get(purpose as usize).map(|purpose| purpose.basis);
		let consented = basis == Some(LawfulBasis::Consent);
		let revisions = self.model.consents.get(&(*customer, purpose));
		let latest = revisions.and_then(|revisions| revisions.last()).cloned();
		let state = latest.as_ref().map(|latest| latest.state);
		let asked = latest.and_then(|latest| latest.permission);
		let statement = match (state, self.dice.below(100)) {
			// Confirms, for the most part.
			(Some(ConsentState::Requested), 40..90) if asked.is_some() => {
				let permission = asked.unwrap_or_else(|| self.permission(purpose));
				Statement::Give { permission }
			},
			(Some(ConsentState::Given | ConsentState::Requested), 0..40) if consented => {
				Statement::Withdraw
			},
			(Some(ConsentState::Objected), 0..70) | (_, 20..60) if !consented => {
				Statement::Give { permission: self.permission(purpose) }
			},
			(_, 60..80) if consented => Statement::Request { permission: self.permission(purpose) },
			_ if consented => Statement::Give { permission: self.permission(purpose) },
			_ => Statement::Object,
		};
		(purpose, statement)
	}

	// Time

	fn wait(&mut self) -> Step {
		let unit = self.dice.any(&[1, 1_000, MINUTE, HOUR, HOUR, HOUR, DAY, DAY, 7 * DAY]);
		Step::Wait(unit * (1 + self.dice.below(4)))
	}

	// Organisations

	fn register_organisation(&mut self) -> Step {
		let known = self.model.organisations.len() as u64;
		let name = match self.dice.chance(90) {
			true => format!("organisation-{}", self.dice.below(known + 3)),
			false => self.dice.any(&["Acme", "9lives", ""]).into(),
		};
		let people = self.cast.staff.iter().filter(|who| !self.model.members.contains_key(*who));
		let admin = self.dice.pick(people.cloned().collect::<Vec<_>>());
		council(Organisation::register {
			name: name.into_bytes().try_into().expect("is short"),
			admin: admin.unwrap_or_else(|| self.anyone()),
		})
	}

	fn suspend_organisation(&mut self) -> Step {
		council(Organisation::suspend { organisation: self.organisation() })
	}

	fn reinstate_organisation(&mut self) -> Step {
		let all = self.model.organisations.iter().enumerate();
		let suspended = all.filter(|(_, o)| !o.active).map(|(id, _)| id as OrganisationId);
		let organisation = self.dice.pick(suspended.collect::<Vec<_>>());
		let organisation = organisation.unwrap_or_else(|| self.organisation());
		council(Organisation::reinstate { organisation })
	}

	fn appoint_admin(&mut self) -> Step {
		let account = self.dice.any(&self.cast.staff);
		let organisation = self.organisation_of(&account);
		council(Organisation::appoint_admin { organisation, account })
	}

	fn add_member(&mut self) -> Step {
		let admin = self.member(Role::Admin, None);
		let people = self.cast.staff.iter().filter(|who| !self.model.members.contains_key(*who));
		let account = self.dice.pick(people.cloned().collect::<Vec<_>>());
		let account = account.unwrap_or_else(|| self.anyone());
		signed(admin, Organisation::add_member { account, roles: self.roles() })
	}

	/// An admin, and a member that it manages.
	fn managed(&mut self) -> (Who, Who) {
		let admin = self.member(Role::Admin, None);
		let organisation = self.organisation_of(&admin);
		let own = self.model.members.iter().filter(|(_, m)| m.organisation == organisation);
		let account = self.dice.pick(own.map(|(who, _)| who.clone()).collect::<Vec<_>>());
		(admin, account.unwrap_or_else(|| self.anyone()))
	}

	fn set_roles(&mut self) -> Step {
		let (admin, account) = self.managed();
		signed(admin, Organisation::set_roles { account, roles: self.roles() })
	}

	fn remove_member(&mut self) -> Step {
		let (admin, account) = self.managed();
		let who = if self.dice.chance(30) { account.clone() } else { admin };
		signed(who, Organisation::remove_member { account })
	}

	// Customers

	fn register(&mut self) -> Step {
		let steward = self.member(Role::Steward, None);
		let new = (0..1 + self.dice.below(3)).map(|_| {
			let records = (0..self.dice.below(3))
				.map(|_| (self.dice.any(&DataCategory::ALL), COMMITMENT))
				.collect::<Vec<_>>();
			let nonce = H256::from_low_u64_be(self.dice.below(60));
			let records = records.try_into().expect("are few");
			NewCustomer::<ConstU32<10>> { nonce, records }
		});
		let customers = new.collect::<Vec<_>>().try_into().expect("are few");
		signed(steward, Customer::register { customers })
	}

	fn seal(&mut self) -> Step {
		let customer = self.customer();
		let steward = self.member_for(Role::Steward, &customer);
		let category = self.dice.any(&DataCategory::ALL);
		signed(steward, Customer::seal { customer, category, commitment: COMMITMENT })
	}

	fn record_interactions(&mut self) -> Step {
		let steward = self.member(Role::Steward, None);
		let controller = self.organisation_of(&steward);
		let interactions = (0..self.dice.below(3))
			.map(|_| Interaction {
				customer: self.customer_of(controller),
				kind: InteractionKind::Visit,
				commitment: COMMITMENT,
			})
			.collect::<Vec<_>>();
		let interactions = interactions.try_into().expect("are few");
		signed(steward, Customer::record_interactions { interactions })
	}

	fn invite(&mut self) -> Step {
		let customer = match self.dice.chance(60) {
			true => self.customer_where(|_, c| c.account.is_none()),
			false => self.customer_where(|_, c| c.account.is_some() && c.invitation.is_none()),
		};
		let steward = self.member_for(Role::Steward, &customer);
		let claimed = self.model.customers.get(&customer).is_some_and(|c| c.account.is_some());
		let opens = self.model.now + if claimed { 7 * DAY } else { 0 };
		let expires = match self.dice.chance(90) {
			true => opens + self.dice.any(&[HOUR, DAY, 7 * DAY, 30 * DAY]),
			false => self.moment(),
		};
		let method = IdentificationMethod::InPerson;
		let key = self.fresh();
		signed(steward, Customer::invite { customer, key, method, evidence: COMMITMENT, expires })
	}

	/// A customer with a pending invitation.
	fn invited(&mut self) -> CustomerId {
		self.customer_where(|_, customer| customer.invitation.is_some())
	}

	fn revoke_invitation(&mut self) -> Step {
		let customer = self.invited();
		let steward = self.member_for(Role::Steward, &customer);
		signed(steward, Customer::revoke_invitation { customer })
	}

	fn claim(&mut self) -> Step {
		let invited = self.invited();
		let invitation = self.model.customers.get(&invited).and_then(|c| c.invitation.as_ref());
		let key = invitation.map(|invitation| invitation.key.clone());
		let key = key.unwrap_or_else(|| self.anyone());
		signed(key, Customer::claim { account: self.fresh() })
	}

	fn veto_invitation(&mut self) -> Step {
		let customer = self.customer_where(|_, c| c.invitation.is_some() && c.account.is_some());
		let who = self.representative(&customer);
		signed(who, Customer::veto_invitation { customer })
	}

	fn appoint_guardian(&mut self) -> Step {
		let customer = self.customer();
		let officer = self.member_for(Role::Officer, &customer);
		let guardian = match self.dice.chance(20) {
			true => self.representative(&customer),
			false => self.fresh(),
		};
		let (evidence, until) = (COMMITMENT, self.moment());
		signed(officer, Customer::appoint_guardian { customer, guardian, evidence, until })
	}

	fn dismiss_guardian(&mut self) -> Step {
		let customer = self.customer_where(|_, customer| !customer.guardians.is_empty());
		let officer = self.member_for(Role::Officer, &customer);
		let guardians = self.model.customers.get(&customer).map(|c| c.guardians.keys().cloned());
		let guardian = self.dice.pick(guardians.into_iter().flatten().collect::<Vec<_>>());
		let guardian = guardian.unwrap_or_else(|| self.anyone());
		signed(officer, Customer::dismiss_guardian { customer, guardian })
	}

	fn request_erasure(&mut self) -> Step {
		let (customer, who) = self.represented();
		let who = match self.dice.chance(50) {
			true => who,
			false => self.member_for(Role::Officer, &customer),
		};
		signed(who, Customer::request_erasure { customer })
	}

	fn place_hold(&mut self) -> Step {
		let customer = self.customer();
		let officer = self.member_for(Role::Officer, &customer);
		let until = self.moment();
		signed(officer, Customer::place_hold { customer, until, reason: COMMITMENT })
	}

	fn lift_hold(&mut self) -> Step {
		let customer = self.customer_where(|_, customer| customer.held_until.is_some());
		let officer = self.member_for(Role::Officer, &customer);
		signed(officer, Customer::lift_hold { customer })
	}

	fn erase(&mut self) -> Step {
		let customer = self.customer();
		let officer = self.member_for(Role::Officer, &customer);
		signed(officer, Customer::erase { customer })
	}

	// Purposes and consents

	fn terms(&mut self) -> PurposeTerms {
		PurposeTerms {
			categories: self.categories(Categories::all()),
			retention_days: 365,
			notice: self.commitment(),
		}
	}

	fn create_purpose(&mut self) -> Step {
		let officer = self.member(Role::Officer, None);
		let known = self.model.purposes.len() as u64;
		let name = match self.dice.chance(92) {
			true => format!("purpose-{}", self.dice.below(known + 5)),
			false => self.dice.any(&["Care", "", "1st"]).into(),
		};
		let dpv = match self.dice.chance(92) {
			true => "dpv:DirectMarketing",
			false => self.dice.any(&["DirectMarketing", "dpv:", "dpv:direct-marketing"]),
		};
		let basis = match self.dice.chance(50) {
			true => LawfulBasis::Consent,
			false => self.dice.any(&[
				LawfulBasis::Contract,
				LawfulBasis::LegalObligation,
				LawfulBasis::VitalInterests,
				LawfulBasis::PublicTask,
				LawfulBasis::LegitimateInterests,
				LawfulBasis::LegitimateInterests,
			]),
		};
		signed(
			officer,
			Consents::create_purpose {
				name: name.into_bytes().try_into().expect("is short"),
				dpv: dpv.as_bytes().to_vec().try_into().expect("is short"),
				basis,
				terms: self.terms(),
			},
		)
	}

	/// An Officer and a purpose of its organisation.
	fn own_purpose(&mut self) -> (Who, PurposeId) {
		let officer = self.member(Role::Officer, None);
		let organisation = self.organisation_of(&officer);
		(officer, self.purpose(organisation, |_| true))
	}

	fn revise_purpose(&mut self) -> Step {
		// Rather one that somebody consented to.
		let (officer, purpose) = match self.dice.pick(self.model.consents.keys().copied()) {
			Some((customer, purpose)) if self.dice.chance(60) => {
				(self.member_for(Role::Officer, &customer), purpose)
			},
			_ => self.own_purpose(),
		};
		let mut terms = self.terms();
		// More data than before, now and then, so that consents do not cover it.
		if self.dice.chance(40) {
			terms.categories = Categories(terms.categories.0 | self.categories_of(purpose).0);
		}
		let renew = self.dice.chance(40);
		signed(officer, Consents::revise_purpose { purpose, terms, renew })
	}

	fn retire_purpose(&mut self) -> Step {
		let (officer, purpose) = self.own_purpose();
		signed(officer, Consents::retire_purpose { purpose })
	}

	fn give(&mut self) -> Step {
		let (customer, who) = self.represented();
		let controller = self.controller_of(&customer);
		let purpose = match self.dice.chance(80) {
			true => self.purpose(controller, |basis| basis == LawfulBasis::Consent),
			false => self.purpose(controller, LawfulBasis::is_the_customers_to_end),
		};
		let permission = self.permission(purpose);
		signed(who, Consents::give { customer, purpose, permission })
	}

	/// A customer, who acts for it, and a consent that stands in one of `states`.
	fn standing(&mut self, states: &[ConsentState]) -> (CustomerId, Who, PurposeId) {
		let all = self.model.consents.iter().filter(|(_, revisions)| {
			revisions.last().is_some_and(|latest| states.contains(&latest.state))
		});
		match self.dice.pick(all.map(|(key, _)| *key).collect::<Vec<_>>()) {
			Some((customer, purpose)) if self.dice.chance(85) => {
				(customer, self.representative(&customer), purpose)
			},
			_ => {
				let (customer, who) = self.represented();
				let controller = self.controller_of(&customer);
				(customer, who, self.purpose(controller, |_| true))
			},
		}
	}

	fn withdraw(&mut self) -> Step {
		let (customer, who, purpose) =
			self.standing(&[ConsentState::Given, ConsentState::Requested]);
		signed(who, Consents::withdraw { customer, purpose })
	}

	fn object(&mut self) -> Step {
		let (customer, who) = self.represented();
		let controller = self.controller_of(&customer);
		let purpose = self.purpose(controller, LawfulBasis::can_be_objected_to);
		signed(who, Consents::object { customer, purpose })
	}

	fn submit(&mut self) -> Step {
		let (customer, signer) = self.represented();
		let (purpose, statement) = self.statement(&customer);
		let revisions = self.model.consents.get(&(customer, purpose)).map_or(0, Vec::len) as u32;
		let known = self.model.purposes.get(purpose as usize);
		let notice = known.map_or(COMMITMENT, |purpose| purpose.latest().notice);
		let relayer = match statement {
			Statement::Withdraw | Statement::Object => self.anyone(),
			_ => self.member_for(Role::Steward, &customer),
		};
		let mut statement = SignedStatement {
			customer,
			controller: self.controller_of(&customer),
			account: signer.clone(),
			purpose,
			notice,
			revisions,
			expires: self.model.now + self.dice.any(&[1, HOUR, DAY, 30 * DAY]),
			statement,
		};
		// What makes a signature void.
		match self.dice.below(100) {
			0..3 => statement.revisions = self.dice.below(u64::from(revisions) + 2) as u32,
			3..6 => statement.expires = self.moment(),
			6..8 => statement.notice = self.commitment(),
			8..10 => statement.controller = self.organisation(),
			_ => {},
		}
		let message = match self.dice.below(100) {
			0..60 => statement.message(&GENESIS),
			60..95 => statement.wrapped_message(&GENESIS),
			_ => statement.message(&H256::zero()),
		};
		let key = self.cast.people.iter().find(|(_, who)| *who == signer).map(|(pair, _)| pair);
		let key = match self.dice.chance(95) {
			true => key.unwrap_or(&self.cast.people[0].0),
			false => &self.cast.people[1].0,
		};
		let signature = StatementSignature::Account(key.sign(&message).into());
		signed(relayer, Consents::submit { statement, signature })
	}

	fn record(&mut self) -> Step {
		let steward = self.member(Role::Steward, None);
		let controller = self.organisation_of(&steward);
		let changes = (0..1 + self.dice.below(2))
			.map(|_| {
				let customer = self.customer_of(controller);
				let (purpose, statement) = self.statement(&customer);
				let method = CaptureMethod::Form;
				RecordedStatement { customer, purpose, statement, method, evidence: COMMITMENT }
			})
			.collect::<Vec<_>>();
		signed(steward, Consents::record { changes: changes.try_into().expect("are few") })
	}

	// Access

	fn grant(&mut self) -> Step {
		let officer = self.member(Role::Officer, None);
		let grantor = self.organisation_of(&officer);
		let scope = match self.dice.chance(40) {
			true => Scope::Customer { customer: self.customer_of(grantor) },
			false if self.dice.chance(95) => Scope::Controller { organisation: grantor },
			false => Scope::Controller { organisation: self.organisation() },
		};
		let organisation = match self.dice.chance(70) {
			true => grantor,
			false => self.organisation(),
		};
		let grantee = match self.dice.chance(40) {
			true => Grantee::Account { account: self.member(Role::Agent, Some(organisation)) },
			false if self.dice.chance(85) => Grantee::Role { organisation, role: Role::Agent },
			false => Grantee::Role { organisation, role: self.dice.any(&Role::ALL) },
		};
		let purpose = self.purpose(grantor, |_| true);
		let needed = self.categories_of(purpose);
		let terms = GrantTerms {
			purpose,
			categories: self.categories(needed),
			from: if self.dice.chance(80) { self.model.now } else { self.moment() },
			until: if self.dice.chance(40) { Some(self.moment() + DAY) } else { None },
			uses: self.dice.chance(30).then(|| self.dice.below(5) as u32),
		};
		signed(officer, Access::grant { scope, grantee, terms })
	}

	/// One of the grants that were ever given, or the next.
	fn any_grant(&mut self) -> GrantId {
		self.dice.below(self.model.grants.len() as u64 + 1)
	}

	fn grant_where(&mut self, wanted: impl Fn(&rules::Grant) -> bool) -> GrantId {
		let all = self.model.grants.iter().enumerate();
		let fitting = all.filter(|(_, grant)| grant.as_ref().is_some_and(&wanted));
		let fitting: Vec<_> = fitting.map(|(id, _)| id as GrantId).collect();
		match self.dice.pick(fitting) {
			Some(grant) if self.dice.chance(90) => grant,
			_ => self.any_grant(),
		}
	}

	fn revoke(&mut self) -> Step {
		let grant = self.grant_where(|grant| !grant.revoked);
		let grantor = self.model.grant(grant).map(|grant| grant.grantor);
		signed(self.member(Role::Officer, grantor), Access::revoke { grant })
	}

	fn revoke_own(&mut self) -> Step {
		let (customer, who) = self.represented();
		let controller = self.controller_of(&customer);
		let (purposes, revoked) = (&self.model.purposes, &self.model.excluded);
		let own = |id: GrantId, grant: &rules::Grant| {
			!grant.revoked
				&& grant.grantor == controller
				&& grant.customer().is_none_or(|only| only == customer)
				&& !revoked.contains(&(customer, id))
				&& purposes[grant.terms.purpose as usize].basis.is_the_customers_to_end()
		};
		let all = self.model.grants.iter().enumerate();
		let own: Vec<_> = all
			.filter_map(|(id, grant)| {
				let id = id as GrantId;
				grant.as_ref().is_some_and(|grant| own(id, grant)).then_some(id)
			})
			.collect();
		let grant = match self.dice.pick(own) {
			Some(grant) if self.dice.chance(85) => grant,
			_ => self.any_grant(),
		};
		signed(who, Access::revoke_own { customer, grant })
	}

	fn set_policy(&mut self) -> Step {
		let officer = self.member(Role::Officer, None);
		let mut limit = |most: u64| {
			let window = self.dice.any(&[MINUTE, HOUR, DAY, DAY, 7 * DAY]);
			let count = 1 + self.dice.below(most) as u32;
			let limit = match self.dice.chance(95) {
				true => RateLimit { count, window },
				false => {
					self.dice.any(&[RateLimit { count: 0, window }, RateLimit { count, window: 0 }])
				},
			};
			self.dice.chance(70).then_some(limit)
		};
		let (rate, denials) = (limit(6), limit(3));
		let office = Hours((8..18).map(|hour| 1 << hour).sum());
		let hours = match self.dice.below(100) {
			0..65 => Hours::ALL,
			65..85 => office,
			85..95 => Hours(1 << 3),
			_ => self.dice.any(&[Hours(0), Hours(1 << 24)]),
		};
		let break_glass = self.dice.chance(70);
		signed(officer, Access::set_policy { policy: Policy { rate, hours, denials, break_glass } })
	}

	/// Who could use `grant`.
	fn grantee(&mut self, grant: GrantId) -> Who {
		match self.model.grant(grant).map(|grant| grant.grantee.clone()) {
			Some(Grantee::Account { account }) => account,
			Some(Grantee::Role { organisation, role }) => {
				let able = |who: &&Who| {
					let acts = |role| self.model.acting(who, role) == Ok(organisation);
					acts(role) && acts(Role::Agent)
				};
				let able: Vec<_> = self.cast.staff.iter().filter(able).cloned().collect();
				self.dice.pick(able).unwrap_or_else(|| self.employed())
			},
			None => self.employed(),
		}
	}

	fn request_access(&mut self) -> Step {
		// Mostly grants that could be of use, but revoked, future and used-up ones too.
		let now = self.model.now;
		let grant = match self.dice.chance(75) {
			true => self.grant_where(|grant| {
				let terms = &grant.terms;
				let open = terms.from <= now && terms.until.is_none_or(|until| now < until);
				open && !grant.revoked && terms.uses != Some(0)
			}),
			false => self.any_grant(),
		};
		let known = self.model.grant(grant).cloned();
		let who = match self.dice.chance(88) {
			true => self.grantee(grant),
			false => self.anyone(),
		};
		let (purpose, granted, controller, only) = match known {
			Some(known) => {
				(known.terms.purpose, known.terms.categories, known.grantor, known.customer())
			},
			None => (0, Categories::all(), self.organisation(), None),
		};
		let purpose = match self.dice.chance(95) {
			true => purpose,
			false => self.purpose(controller, |_| true),
		};
		// Consents stand for the most part, so that most of those are asked for who gave one.
		let consented: Vec<_> = self
			.model
			.consents
			.keys()
			.filter(|(_, for_purpose)| *for_purpose == purpose)
			.map(|(customer, _)| *customer)
			.collect();
		let none = self.dice.chance(4);
		let customers = (0..if none { 0 } else { 1 + self.dice.below(4) })
			.map(|_| match (only, self.dice.below(100)) {
				(Some(only), 0..85) => only,
				(None, 0..60) => match self.dice.pick(consented.clone()) {
					Some(customer) => customer,
					None => self.customer_of(controller),
				},
				// Now and then another controller's.
				(_, 97..) => self.customer(),
				_ => self.customer_of(controller),
			})
			.collect::<Vec<_>>();
		signed(
			who,
			Access::request_access {
				grant,
				purpose,
				categories: self.categories(granted),
				customers: customers.try_into().expect("are few"),
				reader: self.dice.chance(50).then_some([7; 32]),
			},
		)
	}

	fn break_glass(&mut self) -> Step {
		let customer = self.customer();
		let controller = self.controller_of(&customer);
		let agent = self.member(Role::Agent, Some(controller));
		let purpose = self.purpose(controller, |_| true);
		let needed = self.categories_of(purpose);
		let categories = self.categories(needed);
		let (emergency, reader) = (COMMITMENT, None);
		signed(agent, Access::break_glass { customer, purpose, categories, emergency, reader })
	}

	fn review(&mut self) -> Step {
		let due = self.model.reviews.iter().map(|(key, review)| (*key, review.controller));
		let due: Vec<_> = due.collect();
		let (officer, customer, entry) = match self.dice.pick(due) {
			Some(((customer, entry), controller)) => {
				(self.member(Role::Officer, Some(controller)), customer, entry)
			},
			None if self.dice.chance(70) => return self.break_glass(),
			None => (self.member(Role::Officer, None), self.customer(), self.dice.below(9)),
		};
		let (justified, review) = (self.dice.chance(50), COMMITMENT);
		signed(officer, Access::review { customer, entry, justified, review })
	}

	fn reinstate(&mut self) -> Step {
		let suspended: Vec<_> = self.model.suspended.clone().into_iter().collect();
		let (account, controller) = match self.dice.pick(suspended) {
			Some((account, by)) => (account, self.dice.pick(by)),
			None if self.dice.chance(80) => return self.request_access(),
			None => (self.anyone(), None),
		};
		signed(self.member(Role::Officer, controller), Access::reinstate { account })
	}

	// Peers

	/// A node's id, for the most part.
	fn peer(&mut self) -> PeerId {
		let key = [self.dice.below(40) as u8; 32];
		let kind: &[u8] = match self.dice.chance(95) {
			true => &[0x00, 0x24, 0x08, 0x01, 0x12, 0x20],
			false => &[0x00, 0x24],
		};
		[kind, &key[..]].concat().try_into().expect("is short")
	}

	fn add_peer(&mut self) -> Step {
		let admin = self.member(Role::Admin, None);
		signed(admin, Peer::add_peer { peer: self.peer() })
	}

	fn remove_peer(&mut self) -> Step {
		let listed = self.dice.pick(&self.model.peers);
		let listed = listed.map(|(peer, owner)| (peer.clone(), *owner));
		let (peer, owner) = listed.unwrap_or_else(|| (self.peer(), self.organisation()));
		signed(self.member(Role::Admin, Some(owner)), Peer::remove_peer { peer })
	}

	fn enforce(&mut self) -> Step {
		council(Peer::enforce {})
	}
}
