//! Answers for the runtime API.

use crate::{Config, Customers, Erasures, Guardians, Invitations, Pallet, Records};
use alloc::vec::Vec;
use consentry_primitives::{
	api::{CustomerInfo, ErasureInfo, InvitationInfo, RecordInfo, PAGE},
	day_of, CustomerId, Day, DueDay, OrganisationId,
};
use frame_support::{pallet_prelude::Get, traits::Time};

impl<T: Config> Pallet<T> {
	/// A customer, `None` where there is none; what has ended is left out.
	pub fn customer_info(id: &CustomerId) -> Option<CustomerInfo<T::AccountId>> {
		let customer = Customers::<T>::get(id)?;
		let now = T::Time::now();
		let invitation = Invitations::<T>::get(id)
			.filter(|invitation| now < invitation.expires)
			.map(|invitation| InvitationInfo {
				key: invitation.key,
				opens: invitation.opens,
				expires: invitation.expires,
			});
		let guardians = Guardians::<T>::get(id)
			.into_iter()
			.filter(|guardian| now < guardian.until)
			.map(|guardian| (guardian.account, guardian.until))
			.collect();
		Some(CustomerInfo {
			erasure_due: customer.erasure_due(T::ErasurePeriod::get()),
			controller: customer.controller,
			registered: customer.registered,
			account: customer.account,
			invitation,
			guardians,
			held_until: customer.held_until.filter(|until| now < *until),
			erased: customer.erased,
		})
	}

	/// The controller of a customer, `None` where there is no such customer.
	pub fn controller_of(id: &CustomerId) -> Option<OrganisationId> {
		Customers::<T>::get(id).map(|customer| customer.controller)
	}

	/// The records of a customer that is not erased, in the order of their categories; `None`
	/// where there is no such customer.
	pub fn records_of(id: &CustomerId) -> Option<Vec<RecordInfo>> {
		let customer = Customers::<T>::get(id)?;
		if customer.erased.is_some() {
			return Some(Vec::new());
		}
		let mut records: Vec<_> = Records::<T>::iter_prefix(id)
			.map(|(category, record)| RecordInfo {
				category,
				revision: record.revision,
				commitment: record.commitment,
				sealed: record.sealed,
			})
			.collect();
		records.sort_by_key(|record| record.category);
		Some(records)
	}

	/// Pending erasures of a controller, those due first coming first: at most `limit` and never
	/// more than [`PAGE`] of them, after `after`.
	pub fn erasures_of(
		controller: OrganisationId,
		after: Option<(Day, CustomerId)>,
		limit: u32,
	) -> Vec<ErasureInfo> {
		let today = day_of(T::Time::now());
		let pending = match after {
			Some((day, customer)) => Erasures::<T>::iter_key_prefix_from(
				(controller,),
				Erasures::<T>::hashed_key_for((controller, DueDay::from(day), customer)),
			),
			None => Erasures::<T>::iter_key_prefix((controller,)),
		};
		pending
			.take(limit.min(PAGE) as usize)
			.map(|(day, customer)| {
				let due = Day::from(day);
				ErasureInfo { customer, due, overdue: due < today }
			})
			.collect()
	}
}
