//! Answers for the runtime API.

use crate::mock::*;
use consentry_primitives::{api::PAGE, DataCategory, DAY};
use frame_support::assert_ok;

#[test]
fn what_has_ended_is_left_out() {
	run(|| {
		let customer = register(1);
		appoint(customer, GUARDIAN, now() + DAY);
		invite(customer, KEY);
		assert_ok!(Customers::place_hold(signed(OFFICER), customer, now() + DAY, commitment(1)));
		let info = Customers::customer_info(&customer).unwrap();
		assert_eq!(info.guardians, [(GUARDIAN, now() + DAY)]);
		assert_eq!(info.invitation.unwrap().key, KEY);
		assert_eq!(info.held_until, Some(now() + DAY));

		set_time(now() + DAY);
		let info = Customers::customer_info(&customer).unwrap();
		assert_eq!((info.guardians, info.invitation, info.held_until), (vec![], None, None));
		assert_eq!(Customers::customer_info(&id(2)), None);
	});
}

#[test]
fn records_come_in_the_order_of_categories() {
	run(|| {
		let mut categories = DataCategory::ALL;
		categories.reverse();
		let batch = vec![new_customer(1, &categories)];
		assert_ok!(Customers::register(signed(STEWARD), batch.try_into().unwrap()));
		let records = Customers::records_of(&id(1)).unwrap();
		let listed: Vec<_> = records.into_iter().map(|record| record.category).collect();
		assert_eq!(listed, DataCategory::ALL);
		assert_eq!(Customers::records_of(&id(2)), None);
	});
}

#[test]
fn erasures_are_paged_by_day() {
	run(|| {
		let mut expected = Vec::new();
		for n in 1..=20 {
			let customer = register(n);
			assert_ok!(Customers::request_erasure(signed(OFFICER), customer));
			expected.push(customer);
			set_time(now() + DAY);
		}
		let mut listed = Vec::new();
		let mut after = None;
		loop {
			let page = Customers::erasures_of(0, after, 3);
			let Some(last) = page.last() else { break };
			after = Some((last.due, last.customer));
			listed.extend(page);
		}
		assert_eq!(listed.iter().map(|e| e.customer).collect::<Vec<_>>(), expected);
		assert_eq!(Customers::erasures_of(1, None, 3), []);
		assert_eq!(Customers::erasures_of(0, None, u32::MAX).len(), 20.min(PAGE as usize));

		assert!(listed.iter().all(|erasure| !erasure.overdue));
		set_time(now() + 12 * DAY);
		let overdue = Customers::erasures_of(0, None, 20).iter().filter(|e| e.overdue).count();
		assert_eq!(overdue, 2);
	});
}
