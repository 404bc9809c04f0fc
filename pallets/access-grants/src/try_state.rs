//! What holds of the stored grants, suspensions and reviews after every call. Each map is gone
//! through once.

use crate::{
	Config, FurtherSuspensions, GrantKey, Grants, GrantsIn, GrantsTo, NextGrantId, Pallet,
	Policies, Reviews, ReviewsDue, Revocations, Suspended, SuspendedBy, Usage, Usages,
};
use consentry_primitives::{access::Scope, GrantId, Moment};
use frame_support::{ensure, traits::Time};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Grants, suspensions and reviews agree with the maps beside them.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_grants()?;
		Self::check_revocations()?;
		Self::check_policies()?;
		Self::check_reviews()
	}

	fn check_grants() -> Result<(), TryRuntimeError> {
		let next = NextGrantId::<T>::get();
		let mut valid = 0usize;
		for (id, grant) in Grants::<T>::iter() {
			let key = GrantKey::from(id);
			ensure!(id < next, "a grant has an id that is not given out");
			ensure!(grant.terms.categories.is_valid(), "a grant opens no category");
			ensure!(
				grant.terms.until.is_none_or(|until| grant.created.max(grant.terms.from) < until),
				"a grant was never to be valid"
			);
			match grant.scope {
				Scope::Controller { organisation } => {
					ensure!(organisation == grant.grantor, "a grant opens another's customers");
				},
				Scope::Customer { customer } => ensure!(
					Revocations::<T>::contains_key(customer, key) == grant.revoked.is_some(),
					"a customer's grant is not listed as it stands"
				),
			}
			if grant.revoked.is_none() {
				ensure!(GrantsIn::<T>::contains_key(grant.scope, key), "a scope misses a grant");
				ensure!(
					GrantsTo::<T>::contains_key(&grant.grantee, key),
					"a grantee misses a grant"
				);
				valid = valid.saturating_add(1);
			}
		}
		// Each valid grant is in both: as many entries are those and no others.
		ensure!(GrantsIn::<T>::iter_keys().count() == valid, "a scope lists a grant too many");
		ensure!(GrantsTo::<T>::iter_keys().count() == valid, "a grantee lists a grant too many");
		Ok(())
	}

	fn check_revocations() -> Result<(), TryRuntimeError> {
		for (customer, key) in Revocations::<T>::iter_keys() {
			let grant = Grants::<T>::get(GrantId::from(key));
			let grant = grant.ok_or("a grant that does not exist is revoked")?;
			match grant.scope {
				Scope::Customer { customer: only } => {
					ensure!(only == customer, "a customer revoked a grant on another");
				},
				Scope::Controller { .. } => (),
			}
		}
		Ok(())
	}

	fn check_policies() -> Result<(), TryRuntimeError> {
		let now = T::Time::now();
		for policy in Policies::<T>::iter_values() {
			ensure!(policy.hours.is_valid(), "a policy allows no hour, or one that does not exist");
			let mut limits = policy.rate.iter().chain(&policy.denials);
			ensure!(limits.all(|l| l.count > 0 && l.window > 0), "a limit allows nothing");
		}
		for usage in Usages::<T>::iter_values() {
			ensure!(usage != Usage::default(), "nothing was counted");
			for window in [usage.accesses, usage.denials] {
				ensure!(window.since <= now, "something was counted before its time");
			}
		}
		Self::check_suspensions(now)
	}

	fn check_suspensions(now: Moment) -> Result<(), TryRuntimeError> {
		for (account, further) in FurtherSuspensions::<T>::iter() {
			ensure!(Suspended::<T>::contains_key(account), "a suspension stands behind none");
			ensure!(!further.is_empty(), "no further suspension is one");
		}
		let mut standing = 0usize;
		for account in Suspended::<T>::iter_keys() {
			for suspension in Self::suspensions_of(&account) {
				ensure!(
					SuspendedBy::<T>::contains_key(suspension.controller, &account),
					"a controller misses an account that it suspended"
				);
				ensure!(suspension.since <= now, "an account was suspended before its time");
				standing = standing.saturating_add(1);
			}
		}
		ensure!(
			SuspendedBy::<T>::iter_keys().count() == standing,
			"a controller lists an account that it did not suspend"
		);
		Ok(())
	}

	fn check_reviews() -> Result<(), TryRuntimeError> {
		let mut pending = 0usize;
		for (customer, entry, review) in Reviews::<T>::iter() {
			let key = (review.controller, review.due_day(), customer, entry);
			ensure!(ReviewsDue::<T>::contains_key(key), "a pending review is not listed");
			pending = pending.saturating_add(1);
		}
		ensure!(ReviewsDue::<T>::iter_keys().count() == pending, "a listed review is not pending");
		Ok(())
	}
}
