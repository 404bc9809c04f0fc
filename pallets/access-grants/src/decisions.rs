//! Requests for access, and what decides them.

use crate::{
	Config, Error, Event, Grant, Grants, Pallet, Policies, Suspended, Usage, Usages, WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use consentry_primitives::{
	access::{Policy, Refusal},
	api::{GrantState, MemberInfo},
	consent::LawfulBases,
	customer::{CustomerRegistry, CustomerStatus},
	trail, Action, Actor, AuditTrail, Categories, CustomerId, Denial, Entry, GrantId, LawfulBasis,
	Membership, Moment, OrganisationId, PurposeId, Role,
};
use frame_support::{ensure, pallet_prelude::DispatchResultWithPostInfo, traits::Time};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::traits::Zero;

/// A member's request, with all that is the same for every customer, read once. The dry run decides
/// by it as the request does; only the request stores what was counted.
pub(crate) struct Request<'a, T: Config> {
	account: &'a T::AccountId,
	member: MemberInfo,
	id: GrantId,
	usable: Option<Usable<T::AccountId>>,
	purpose: PurposeId,
	categories: Categories,
	now: Moment,
	authorised: bool,
}

/// A grant that the account is grantee of, and what of its grantor counts.
struct Usable<AccountId> {
	grant: Grant<AccountId>,
	grantor_is_active: bool,
	policy: Policy,
	usage: Usage,
}

/// What was decided about a customer, and whose it is.
pub(crate) struct Decision {
	pub(crate) controller: Option<OrganisationId>,
	pub(crate) verdict: Result<LawfulBasis, Denial>,
}

impl<'a, T: Config> Request<'a, T> {
	/// A request of a member who was admitted.
	pub(crate) fn new(
		account: &'a T::AccountId,
		member: MemberInfo,
		id: GrantId,
		purpose: PurposeId,
		categories: Categories,
	) -> Self {
		let now = T::Time::now();
		let usable = Grants::<T>::get(id)
			.filter(|grant| grant.is_to(account, member.organisation, member.roles))
			.map(|grant| {
				let policy = Policies::<T>::get(grant.grantor);
				let usage = match policy.rate {
					Some(limit) => {
						let usage = Usages::<T>::get(grant.grantor, account);
						Usage { accesses: usage.accesses.at(now, &limit), ..usage }
					},
					None => Usage::default(),
				};
				let grantor_is_active = T::Membership::is_active(grant.grantor);
				Usable { grant, grantor_is_active, policy, usage }
			});
		Self { account, member, id, usable, purpose, categories, now, authorised: false }
	}

	/// Decides about `customer`, and counts the access where it is authorised.
	pub(crate) fn decide(&mut self, customer: &CustomerId) -> Decision {
		let Some(status) = T::Customers::status(customer) else {
			return Decision { controller: None, verdict: Err(Denial::UnknownCustomer) };
		};
		let verdict = self.judge(customer, &status);
		if let (Ok(_), Some(usable)) = (&verdict, &mut self.usable) {
			self.authorised = true;
			if let Some(uses) = &mut usable.grant.terms.uses {
				*uses = uses.saturating_sub(1);
			}
			if usable.policy.rate.is_some() {
				usable.usage.accesses = usable.usage.accesses.counted();
			}
		}
		Decision { controller: Some(status.controller), verdict }
	}

	/// The first reason, in the order of [`Denial`], why access is denied; or what makes it lawful.
	fn judge(&self, customer: &CustomerId, status: &CustomerStatus) -> Result<LawfulBasis, Denial> {
		let controller_is_active = match &self.usable {
			Some(usable) if usable.grant.grantor == status.controller => usable.grantor_is_active,
			_ => T::Membership::is_active(status.controller),
		};
		ensure_admissible(status, controller_is_active, &self.member)?;

		let Usable { grant, policy, usage, .. } = self.usable.as_ref().ok_or(Denial::NoGrant)?;
		ensure!(grant.covers(customer, status.controller), Denial::NotInScope);
		match Pallet::<T>::state_for(customer, self.id, grant, self.now) {
			GrantState::Revoked => return Err(Denial::GrantRevoked),
			GrantState::NotYetValid => return Err(Denial::GrantNotYetValid),
			GrantState::Expired => return Err(Denial::GrantExpired),
			GrantState::UsedUp => return Err(Denial::GrantUsedUp),
			GrantState::Valid => (),
		}
		ensure!(grant.terms.purpose == self.purpose, Denial::WrongPurpose);
		let granted =
			self.categories.is_valid() && grant.terms.categories.contains(self.categories);
		ensure!(granted, Denial::CategoryNotGranted);

		let basis = T::LawfulBases::permits(customer, self.purpose, self.categories, self.now)?;

		ensure!(policy.hours.contain(self.now), Denial::OutsideHours);
		let exceeded = policy.rate.is_some_and(|limit| usage.accesses.is_full(&limit));
		ensure!(!exceeded, Denial::RateExceeded);
		Ok(basis)
	}

	/// Stores what was counted.
	fn settle(self) {
		let Some(Usable { grant, policy, usage, .. }) = self.usable.filter(|_| self.authorised)
		else {
			return;
		};
		if policy.rate.is_some() {
			Usages::<T>::insert(grant.grantor, self.account, usage);
		}
		if grant.terms.uses.is_some() {
			Grants::<T>::insert(self.id, grant);
		}
	}
}

/// What is asked of every access, with a grant or without.
pub(crate) fn ensure_admissible(
	customer: &CustomerStatus,
	controller_is_active: bool,
	member: &MemberInfo,
) -> Result<(), Denial> {
	ensure!(!customer.erased, Denial::CustomerErased);
	ensure!(controller_is_active, Denial::ControllerSuspended);
	ensure!(member.roles.contains(Role::Agent), Denial::NotAgent);
	Ok(())
}

/// What of a reader's one-time public key stands in a trail.
pub(crate) fn reader_hash(key: [u8; 32]) -> H256 {
	H256(blake2_256(&key))
}

impl<T: Config> Pallet<T> {
	/// The member that `account` is, where its requests are decided at all.
	pub(crate) fn admit(account: &T::AccountId) -> Result<MemberInfo, Refusal> {
		let member = T::Membership::member(account).ok_or(Refusal::NotMember)?;
		ensure!(member.active, Refusal::OrganisationSuspended);
		ensure!(!Suspended::<T>::contains_key(account), Refusal::AccountSuspended);
		Ok(member)
	}

	pub(crate) fn do_request_access(
		who: T::AccountId,
		grant: GrantId,
		purpose: PurposeId,
		categories: Categories,
		customers: Vec<CustomerId>,
		reader: Option<[u8; 32]>,
	) -> DispatchResultWithPostInfo {
		ensure!(!customers.is_empty(), Error::<T>::NoCustomers);
		let member = match Self::admit(&who) {
			Ok(member) => member,
			Err(reason) => {
				Self::deposit_event(Event::Refused { account: who, reason });
				return Ok(Some(T::WeightInfo::request_access(1)).into());
			},
		};
		let actor = Actor::Member { organisation: member.organisation, account: who.clone() };
		let reader = reader.map(reader_hash);
		let mut request = Request::<T>::new(&who, member, grant, purpose, categories);
		let authorising = T::WeightInfo::request_access(customers.len() as u32);
		let mut wronged = BTreeSet::new();
		for customer in customers {
			let Decision { controller, verdict } = request.decide(&customer);
			match verdict {
				Ok(basis) => {
					let action =
						Action::AccessAuthorised { grant, purpose, categories, basis, reader };
					let (decision, _) = Self::record(&customer, actor.clone(), action);
					let account = who.clone();
					Self::deposit_event(Event::Authorised { account, customer, purpose, decision });
				},
				Err(reason) => {
					let action =
						Action::AccessDenied { grant: Some(grant), purpose, categories, reason };
					Self::deny(&who, &actor, customer, purpose, reason, action);
					wronged.extend(controller.filter(|_| reason.is_the_callers_fault()));
				},
			}
		}
		request.settle();
		let weight = (wronged.len() <= 1).then_some(authorising);
		// Once for each controller: a batch that is wrong in one way is one mistake, but no
		// controller's customer covers for another's.
		Self::count_denials(wronged, &who);
		Ok(weight.into())
	}

	/// Records a denial, in the trail where there is one.
	pub(crate) fn deny(
		who: &T::AccountId,
		actor: &Actor<T::AccountId>,
		customer: CustomerId,
		purpose: PurposeId,
		reason: Denial,
		action: Action<T::AccountId>,
	) {
		let decision = (reason != Denial::UnknownCustomer)
			.then(|| Self::record(&customer, actor.clone(), action).0);
		let account = who.clone();
		Self::deposit_event(Event::Denied { account, customer, purpose, reason, decision });
	}

	/// Appends a decision to the trail of `customer`; its id, and the entry.
	pub(crate) fn record(
		customer: &CustomerId,
		actor: Actor<T::AccountId>,
		action: Action<T::AccountId>,
	) -> (H256, Entry<T::AccountId>) {
		let entry = T::AuditTrail::append(customer, actor, action);
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		(trail::decision_id(&genesis, customer, &entry), entry)
	}
}
