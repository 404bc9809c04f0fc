//! Policies: what they count, and the accounts that they suspend.

use crate::{
	Config, Error, Event, FurtherSuspensions, Pallet, Policies, Suspended, SuspendedBy, Usages,
};
use alloc::vec::Vec;
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{
	access::{Policy, RateLimit},
	organisation::Suspensions,
	Membership, Moment, OrganisationId, Role,
};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Time, BoundedVec};
use scale_info::TypeInfo;

/// What was counted in a limit's window.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Window {
	/// When the first was counted.
	pub since: Moment,
	/// How many were.
	pub count: u32,
}

impl Window {
	/// The window at `moment`: a new one, where this is empty or over.
	pub fn at(self, moment: Moment, limit: &RateLimit) -> Self {
		if self.count > 0 && moment < self.since.saturating_add(limit.window) {
			self
		} else {
			Self { since: moment, count: 0 }
		}
	}

	/// The window with one more.
	pub fn counted(self) -> Self {
		Self { count: self.count.saturating_add(1), ..self }
	}

	/// Whether it holds no more.
	pub fn is_full(&self, limit: &RateLimit) -> bool {
		self.count >= limit.count
	}
}

/// What a controller's policy counted of an account.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Usage {
	/// Authorised accesses.
	pub accesses: Window,
	/// Requests denied by the account's own fault.
	pub denials: Window,
}

/// By whom an account is suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Suspension {
	/// The controller whose policy it was, and whose Officer can reinstate the account.
	pub controller: OrganisationId,
	/// Since when.
	pub since: Moment,
}

/// Whether a policy allows some hour, and its limits something in some time.
fn is_valid(policy: &Policy) -> bool {
	let mut limits = policy.rate.iter().chain(&policy.denials);
	policy.hours.is_valid() && limits.all(|limit| limit.count > 0 && limit.window > 0)
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_policy(who: T::AccountId, policy: Policy) -> DispatchResult {
		let controller = T::Membership::ensure_role(&who, Role::Officer)?;
		ensure!(is_valid(&policy), Error::<T>::InvalidPolicy);
		Policies::<T>::insert(controller, policy);
		Self::deposit_event(Event::PolicySet { controller, policy });
		Ok(())
	}

	/// Counts, with each of `controllers` whose policy limits them, a denial by the fault of
	/// `account`, and suspends the account where they are too many.
	pub(crate) fn count_denials(
		controllers: impl IntoIterator<Item = OrganisationId>,
		account: &T::AccountId,
	) {
		let now = T::Time::now();
		let exhausted = controllers.into_iter().filter(|controller| {
			Policies::<T>::get(controller).denials.is_some_and(|limit| {
				Usages::<T>::mutate(controller, account, |usage| {
					usage.denials = usage.denials.at(now, &limit).counted();
					usage.denials.is_full(&limit)
				})
			})
		});
		let exhausted: Vec<_> = exhausted.collect();
		if !exhausted.is_empty() {
			Self::suspend(exhausted, account);
		}
	}

	/// Suspends `account`, which is not suspended, by the policies of `controllers`.
	pub(crate) fn suspend(controllers: Vec<OrganisationId>, account: &T::AccountId) {
		let since = T::Time::now();
		for controller in &controllers {
			let (controller, account) = (*controller, account.clone());
			SuspendedBy::<T>::insert(controller, &account, ());
			Self::deposit_event(Event::Suspended { account, controller });
		}
		let new = controllers.into_iter().map(|controller| Suspension { controller, since });
		Self::set_suspensions(account, new);
	}

	/// The suspensions of `account` that stand.
	pub(crate) fn suspensions_of(
		account: &T::AccountId,
	) -> impl Iterator<Item = Suspension> + use<T> {
		let further = FurtherSuspensions::<T>::get(account);
		Suspended::<T>::get(account).into_iter().chain(further.into_iter().flatten())
	}

	/// Sets which suspensions of `account` stand: not more than one request names customers.
	fn set_suspensions(account: &T::AccountId, standing: impl IntoIterator<Item = Suspension>) {
		let mut standing = standing.into_iter();
		Suspended::<T>::set(account, standing.next());
		let further = BoundedVec::truncate_from(standing.collect());
		FurtherSuspensions::<T>::set(account, (!further.is_empty()).then_some(further));
	}

	pub(crate) fn do_reinstate(who: T::AccountId, account: T::AccountId) -> DispatchResult {
		let controller = T::Membership::ensure_role(&who, Role::Officer)?;
		ensure!(Suspended::<T>::contains_key(&account), Error::<T>::NotSuspended);
		let (own, others): (Vec<_>, Vec<_>) = Self::suspensions_of(&account)
			.partition(|suspension| suspension.controller == controller);
		ensure!(!own.is_empty(), Error::<T>::NotAuthorised);
		Self::set_suspensions(&account, others);
		SuspendedBy::<T>::remove(controller, &account);
		Usages::<T>::mutate_exists(controller, &account, |usage| {
			*usage = usage
				.map(|usage| Usage { denials: Window::default(), ..usage })
				.filter(|usage| *usage != Usage::default());
		});
		Self::deposit_event(Event::Reinstated { account, controller });
		Ok(())
	}
}

impl<T: Config> Suspensions<T::AccountId> for Pallet<T> {
	fn is_suspended(account: &T::AccountId) -> bool {
		Suspended::<T>::contains_key(account)
	}
}
