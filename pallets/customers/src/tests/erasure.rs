//! Requests, holds, erasure, sweeping, reports of what is overdue.

use crate::{mock::*, Customers as Stored, Erasures, Error, Event, Records, Sweeping, WeightInfo};
use consentry_primitives::{day_of, Action, Actor, CustomerId, DataCategory, DAY};
use frame_support::{assert_noop, assert_ok, traits::OnIdle, weights::Weight};
use sp_runtime::DispatchError;

fn overdue_events() -> Vec<CustomerId> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Customers(Event::ErasureOverdue { customer, .. }) => Some(customer),
			_ => None,
		})
		.collect()
}

#[test]
fn customer_guardian_and_officer_can_ask_for_erasure_once() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		assert_ok!(Customers::request_erasure(signed(ACCOUNT), customer));
		assert_eq!(last_actor(customer), Actor::Customer);
		let due = now() + 30 * DAY;
		assert_eq!(actions(customer).last(), Some(&Action::ErasureRequested { due }));
		for who in [ACCOUNT, OFFICER] {
			assert_noop!(
				Customers::request_erasure(signed(who), customer),
				Error::<Test>::AlreadyRequested
			);
		}

		let other = register(2);
		assert_noop!(
			Customers::request_erasure(signed(ACCOUNT), other),
			Error::<Test>::NotAuthorised
		);
		assert_noop!(
			Customers::request_erasure(signed(STRANGER), other),
			Error::<Test>::NotAuthorised
		);
		assert_ok!(Customers::request_erasure(signed(OFFICER), other));
		assert_eq!(last_actor(other), Actor::Member { organisation: 0, account: OFFICER });
	});
}

#[test]
fn a_hold_forbids_erasure_until_it_ends() {
	run(|| {
		let customer = register(1);
		let until = now() + 60 * DAY;
		assert_noop!(
			Customers::place_hold(signed(OFFICER), customer, now(), commitment(1)),
			Error::<Test>::InvalidPeriod
		);
		assert_ok!(Customers::request_erasure(signed(OFFICER), customer));
		assert_ok!(Customers::place_hold(signed(OFFICER), customer, until, commitment(1)));
		assert_noop!(Customers::erase(signed(OFFICER), customer), Error::<Test>::OnHold);
		// Not overdue while it is held.
		set_time(until - 1);
		idle();
		assert_eq!(overdue_events(), []);
		set_time(until);
		assert_ok!(Customers::erase(signed(OFFICER), customer));
	});
}

#[test]
fn a_lifted_hold_gives_the_first_deadline_back() {
	run(|| {
		let customer = register(1);
		let due = now() + 30 * DAY;
		assert_noop!(Customers::lift_hold(signed(OFFICER), customer), Error::<Test>::NotHeld);
		assert_ok!(Customers::request_erasure(signed(OFFICER), customer));
		assert_ok!(Customers::place_hold(
			signed(OFFICER),
			customer,
			now() + 90 * DAY,
			commitment(1)
		));
		let pending = || Customers::erasures_of(0, None, 10)[0].due;
		assert_eq!(pending(), day_of(now() + 90 * DAY));
		assert_ok!(Customers::lift_hold(signed(OFFICER), customer));
		assert_eq!(pending(), day_of(due));
		assert_ok!(Customers::erase(signed(OFFICER), customer));
	});
}

#[test]
fn only_officers_of_the_controller_hold_and_erase() {
	run(|| {
		let customer = register(1);
		for (who, error) in
			[(STEWARD, DispatchError::BadOrigin), (STRANGER, Error::<Test>::NotAuthorised.into())]
		{
			let hold = Customers::place_hold(signed(who), customer, now() + DAY, commitment(1));
			assert_eq!(hold, Err(error));
			assert_eq!(Customers::lift_hold(signed(who), customer), Err(error));
			assert_eq!(Customers::erase(signed(who), customer), Err(error));
		}
	});
}

#[test]
fn the_tombstone_is_written_at_once_and_the_rest_is_swept() {
	run(|| {
		let batch = vec![new_customer(1, &DataCategory::ALL)];
		assert_ok!(Customers::register(signed(STEWARD), batch.try_into().unwrap()));
		assert_ok!(Customers::request_erasure(signed(OFFICER), id(1)));
		assert_ok!(Customers::erase(signed(OFFICER), id(1)));
		assert_eq!(Stored::<Test>::get(id(1)).unwrap().erased, Some(now()));
		assert_eq!(Customers::records_of(&id(1)), Some(vec![]));
		assert_eq!(Erasures::<Test>::iter_keys().count(), 0);
		assert_noop!(Customers::erase(signed(OFFICER), id(1)), Error::<Test>::Erased);

		// Half of the records in one block, the rest in the next.
		let half = <() as WeightInfo>::sweep_queue() + <() as WeightInfo>::sweep_value() * 5;
		Customers::on_idle(2, half);
		assert_eq!(Records::<Test>::iter().count(), 5);
		assert!(Sweeping::<Test>::contains_key(id(1)));
		idle();
		assert_eq!(Records::<Test>::iter().count(), 0);
		assert!(!Sweeping::<Test>::contains_key(id(1)));
		System::assert_has_event(Event::Swept { customer: id(1) }.into());
		// The anonymous trail stays.
		assert_eq!(actions(id(1)).last(), Some(&Action::Erased));
	});
}

#[test]
fn idle_work_stays_within_its_limit() {
	run(|| {
		for n in 1..10 {
			let customer = register(n);
			assert_ok!(Customers::request_erasure(signed(OFFICER), customer));
			assert_ok!(Customers::erase(signed(OFFICER), customer));
		}
		assert_eq!(Customers::on_idle(2, Weight::zero()), Weight::zero());
		assert_eq!(Sweeping::<Test>::iter().count(), 9);
		let limit = Weight::from_parts(500_000_000, 100_000);
		assert!(Customers::on_idle(2, limit).all_lte(limit));
		assert!(Customers::on_idle(2, Weight::MAX).all_lt(Weight::MAX));
		assert_eq!(Sweeping::<Test>::iter().count(), 0);
	});
}

#[test]
fn overdue_erasures_are_reported_once_a_day() {
	run(|| {
		let (late, early) = (register(1), register(2));
		assert_ok!(Customers::request_erasure(signed(OFFICER), early));
		set_time(now() + 10 * DAY);
		assert_ok!(Customers::request_erasure(signed(OFFICER), late));
		idle();
		assert_eq!(overdue_events(), []);

		// Still its last day, and then the day after.
		set_time(now() + 20 * DAY);
		idle();
		assert_eq!(overdue_events(), []);
		set_time(now() + DAY);
		for _ in 0..3 {
			idle();
		}
		assert_eq!(overdue_events(), [early]);

		set_time(now() + DAY);
		idle();
		assert_eq!(overdue_events(), [early, early]);
		assert_ok!(Customers::erase(signed(OFFICER), early));
		set_time(now() + DAY);
		idle();
		assert_eq!(overdue_events(), [early, early]);
	});
}

#[test]
fn a_check_that_ran_out_of_weight_goes_on_where_it_stopped() {
	run(|| {
		for n in 1..=5 {
			let customer = register(n);
			assert_ok!(Customers::request_erasure(signed(OFFICER), customer));
		}
		set_time(now() + 31 * DAY);
		let step = <() as WeightInfo>::sweep_queue() + <() as WeightInfo>::report_overdue() * 2;
		let mut reported = Vec::new();
		for _ in 0..10 {
			Customers::on_idle(2, step);
		}
		reported.extend(overdue_events());
		reported.sort();
		reported.dedup();
		assert_eq!((reported.len(), overdue_events().len()), (5, 5));
	});
}
