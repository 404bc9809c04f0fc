//! Answers for the runtime API. No page holds more than [`PAGE`] items.

use crate::{
	decisions::Request, Config, Grant, GrantKey, Grants, GrantsIn, GrantsTo, Pallet, Policies,
	Reviews, ReviewsDue, SuspendedBy,
};
use alloc::{vec, vec::Vec};
use consentry_primitives::{
	access::{Grantee, Policy, Refusal, Scope},
	api::{GrantInfo, GrantState, ReviewInfo, SuspensionInfo, Verdict, PAGE},
	customer::CustomerRegistry,
	Categories, CustomerId, Day, DueDay, GrantId, Moment, OrganisationId, PurposeId, Role,
};
use frame_support::traits::Time;

impl<T: Config> Pallet<T> {
	/// What `account` would be answered about each of the first [`PAGE`] customers if it requested
	/// access now, uses and rate running out along the way as they would.
	pub fn check_access(
		account: T::AccountId,
		grant: GrantId,
		purpose: PurposeId,
		categories: Categories,
		customers: Vec<CustomerId>,
	) -> Result<Vec<Verdict>, Refusal> {
		let member = Self::admit(&account)?;
		let mut request = Request::<T>::new(&account, member, grant, purpose, categories);
		let verdicts = customers.into_iter().take(PAGE as usize).map(|customer| {
			let verdict = request.decide(&customer).verdict;
			Verdict { customer, basis: verdict.ok(), denial: verdict.err() }
		});
		Ok(verdicts.collect())
	}

	/// The grants on data of `customer` that are not revoked, in the order of their ids, after
	/// `after` and at most `limit` of them; `None` where there is no such customer.
	pub fn grants_on(
		customer: &CustomerId,
		after: Option<GrantId>,
		limit: u32,
	) -> Option<Vec<GrantInfo<T::AccountId>>> {
		let status = T::Customers::status(customer)?;
		if status.erased {
			return Some(Vec::new());
		}
		let now = T::Time::now();
		let controller = Scope::Controller { organisation: status.controller };
		let scopes = [Scope::Customer { customer: *customer }, controller];
		let pages = scopes.into_iter().flat_map(|scope| {
			let keys = match after {
				Some(after) => GrantsIn::<T>::iter_key_prefix_from(
					scope,
					GrantsIn::<T>::hashed_key_for(scope, GrantKey::from(after)),
				),
				None => GrantsIn::<T>::iter_key_prefix(scope),
			};
			// What the customer took its data from is left out before the page is cut.
			keys.filter_map(|key| {
				let id = GrantId::from(key);
				let grant = Grants::<T>::get(id)?;
				let state = Self::state_for(customer, id, &grant, now);
				(state != GrantState::Revoked).then(|| info(id, grant, state))
			})
			.take(page(limit))
		});
		Some(in_order(pages.collect(), limit))
	}

	/// The grants that are not revoked and that `account` can use: by itself or by its roles, as an
	/// Agent of an active organisation who is not suspended. In the order of their ids, after
	/// `after` and at most `limit` of them.
	pub fn grants_of(
		account: &T::AccountId,
		after: Option<GrantId>,
		limit: u32,
	) -> Vec<GrantInfo<T::AccountId>> {
		let Ok(member) = Self::admit(account) else { return Vec::new() };
		if !member.roles.contains(Role::Agent) {
			return Vec::new();
		}
		let now = T::Time::now();
		let organisation = member.organisation;
		let mut grantees = vec![Grantee::Account { account: account.clone() }];
		let roles = member.roles.to_vec().into_iter();
		grantees.extend(roles.map(|role| Grantee::Role { organisation, role }));
		let pages = grantees.into_iter().flat_map(|grantee| {
			let keys = match after {
				Some(after) => GrantsTo::<T>::iter_key_prefix_from(
					&grantee,
					GrantsTo::<T>::hashed_key_for(&grantee, GrantKey::from(after)),
				),
				None => GrantsTo::<T>::iter_key_prefix(&grantee),
			};
			keys.filter_map(|key| {
				let id = GrantId::from(key);
				let grant = Grants::<T>::get(id)?;
				let state = grant.state(now);
				let usable = grant.recipient == organisation && !Self::went_with_customer(&grant);
				usable.then(|| info(id, grant, state))
			})
			.take(page(limit))
		});
		in_order(pages.collect(), limit)
	}

	/// The policy of `controller`.
	pub fn policy(controller: OrganisationId) -> Policy {
		Policies::<T>::get(controller)
	}

	/// The accounts that the policy of `controller` suspended, after `after` and at most `limit` of
	/// them.
	pub fn suspensions(
		controller: OrganisationId,
		after: Option<T::AccountId>,
		limit: u32,
	) -> Vec<SuspensionInfo<T::AccountId>> {
		let accounts = match after {
			Some(after) => SuspendedBy::<T>::iter_key_prefix_from(
				controller,
				SuspendedBy::<T>::hashed_key_for(controller, after),
			),
			None => SuspendedBy::<T>::iter_key_prefix(controller),
		};
		accounts
			.filter_map(|account| {
				let mut standing = Self::suspensions_of(&account);
				let since = standing.find(|its| its.controller == controller)?.since;
				Some(SuspensionInfo { account, controller, since })
			})
			.take(page(limit))
			.collect()
	}

	/// The accesses in an emergency that `controller` has to review, those due first coming first,
	/// after `after` (day, customer and entry) and at most `limit` of them.
	pub fn break_glass_reviews(
		controller: OrganisationId,
		after: Option<(Day, CustomerId, u64)>,
		limit: u32,
	) -> Vec<ReviewInfo<T::AccountId>> {
		let now: Moment = T::Time::now();
		let pending = match after {
			Some((day, customer, entry)) => ReviewsDue::<T>::iter_key_prefix_from(
				(controller,),
				ReviewsDue::<T>::hashed_key_for((controller, DueDay::from(day), customer, entry)),
			),
			None => ReviewsDue::<T>::iter_key_prefix((controller,)),
		};
		pending
			.filter_map(|(_, customer, entry)| {
				let review = Reviews::<T>::get(customer, entry)?;
				Some(ReviewInfo {
					customer,
					entry,
					account: review.account,
					emergency: review.emergency,
					due: review.due,
					overdue: review.due < now,
				})
			})
			.take(page(limit))
			.collect()
	}
}

fn page(limit: u32) -> usize {
	limit.min(PAGE) as usize
}

/// The first of several pages, by id.
fn in_order<AccountId>(
	mut grants: Vec<GrantInfo<AccountId>>,
	limit: u32,
) -> Vec<GrantInfo<AccountId>> {
	grants.sort_by_key(|grant| grant.grant);
	grants.truncate(page(limit));
	grants
}

fn info<AccountId>(
	id: GrantId,
	grant: Grant<AccountId>,
	state: GrantState,
) -> GrantInfo<AccountId> {
	GrantInfo {
		grant: id,
		grantor: grant.grantor,
		scope: grant.scope,
		grantee: grant.grantee,
		terms: grant.terms,
		state,
	}
}
