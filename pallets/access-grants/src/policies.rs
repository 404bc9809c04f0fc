//! Policies: what they count, and the accounts that they suspend.

use crate::{Config, Error, Event, Pallet, Policies, Suspended, SuspendedBy, Usages};
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{
	access::{Policy, RateLimit},
	organisation::Suspensions,
	Membership, Moment, OrganisationId, Role,
};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Time};
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

	/// Counts a denial by the fault of `account` where the policy of `controller` limits them, and
	/// suspends the account once they are too many.
	pub(crate) fn count_denial(controller: OrganisationId, account: &T::AccountId) {
		let Some(limit) = Policies::<T>::get(controller).denials else { return };
		let too_many = Usages::<T>::mutate(controller, account, |usage| {
			usage.denials = usage.denials.at(T::Time::now(), &limit).counted();
			usage.denials.is_full(&limit)
		});
		if too_many {
			Self::suspend(controller, account);
		}
	}

	pub(crate) fn suspend(controller: OrganisationId, account: &T::AccountId) {
		Suspended::<T>::insert(account, Suspension { controller, since: T::Time::now() });
		SuspendedBy::<T>::insert(controller, account, ());
		Self::deposit_event(Event::Suspended { account: account.clone(), controller });
	}

	pub(crate) fn do_reinstate(who: T::AccountId, account: T::AccountId) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&who, Role::Officer)?;
		let Suspension { controller, .. } =
			Suspended::<T>::get(&account).ok_or(Error::<T>::NotSuspended)?;
		ensure!(controller == organisation, Error::<T>::NotAuthorised);
		Suspended::<T>::remove(&account);
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
