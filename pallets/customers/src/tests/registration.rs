//! Registering, sealing, recording.

use crate::{mock::*, Customers as Stored, Error, Event, Records};
use consentry_primitives::{Action, Actor, DataCategory, InteractionKind};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use DataCategory::{Contact, Identity};

#[test]
fn a_steward_registers_customers_with_records() {
	run(|| {
		let batch = vec![new_customer(1, &[Identity, Contact]), new_customer(2, &[])];
		assert_ok!(Customers::register(signed(STEWARD), batch.try_into().unwrap()));

		let customer = Stored::<Test>::get(id(1)).unwrap();
		assert_eq!((customer.controller, customer.registered), (0, now()));
		assert_eq!(Records::<Test>::get(id(1), Contact).unwrap().revision, 0);
		let sealed =
			|category| Action::RecordSealed { category, revision: 0, commitment: commitment(1) };
		let expected = [Action::Registered { controller: 0 }, sealed(Identity), sealed(Contact)];
		assert_eq!(actions(id(1)), expected);
		assert_eq!(actions(id(2)), [Action::Registered { controller: 0 }]);
		assert_eq!(last_actor(id(2)), Actor::Member { organisation: 0, account: STEWARD });
		System::assert_last_event(Event::Registered { customer: id(2), controller: 0 }.into());
	});
}

#[test]
fn a_nonce_can_be_used_once() {
	run(|| {
		register(1);
		let batch: Vec<_> = vec![new_customer(2, &[]), new_customer(1, &[])];
		assert_noop!(
			Customers::register(signed(STEWARD), batch.try_into().unwrap()),
			Error::<Test>::AlreadyExists
		);
		assert_eq!(Stored::<Test>::get(id(2)), None);
	});
}

#[test]
fn another_organisation_cannot_squat_on_an_id() {
	run(|| {
		let batch = vec![new_customer(1, &[])];
		assert_ok!(Customers::register(signed(STRANGER), batch.try_into().unwrap()));
		register(1);
	});
}

#[test]
fn a_category_can_be_named_once() {
	run(|| {
		let batch = vec![new_customer(1, &[Contact, Identity, Contact])];
		assert_noop!(
			Customers::register(signed(STEWARD), batch.try_into().unwrap()),
			Error::<Test>::DuplicateCategory
		);
	});
}

#[test]
fn only_stewards_of_the_controller_write() {
	run(|| {
		let customer = register(1);
		let batch = || vec![new_customer(2, &[])].try_into().unwrap();
		for who in [OFFICER, ACCOUNT] {
			assert_noop!(Customers::register(signed(who), batch()), DispatchError::BadOrigin);
			assert_noop!(
				Customers::seal(signed(who), customer, Contact, commitment(1)),
				DispatchError::BadOrigin
			);
		}
		assert_noop!(
			Customers::seal(signed(STRANGER), customer, Contact, commitment(1)),
			Error::<Test>::NotAuthorised
		);
		assert_noop!(
			Customers::record_interactions(
				signed(STRANGER),
				vec![purchase(customer)].try_into().unwrap()
			),
			Error::<Test>::NotAuthorised
		);
	});
}

#[test]
fn a_rectification_is_a_new_revision() {
	run(|| {
		let customer = register(1);
		assert_ok!(Customers::seal(signed(STEWARD), customer, Contact, commitment(1)));
		assert_ok!(Customers::seal(signed(STEWARD), customer, Contact, commitment(2)));
		let record = Records::<Test>::get(customer, Contact).unwrap();
		assert_eq!((record.revision, record.commitment), (1, commitment(2)));
		assert_eq!(actions(customer).len(), 3);
	});
}

#[test]
fn revisions_end_before_they_overflow() {
	run(|| {
		let customer = register(1);
		assert_ok!(Customers::seal(signed(STEWARD), customer, Contact, commitment(1)));
		Records::<Test>::mutate(customer, Contact, |record| {
			record.as_mut().unwrap().revision = u32::MAX
		});
		assert_noop!(
			Customers::seal(signed(STEWARD), customer, Contact, commitment(2)),
			Error::<Test>::TooManyRevisions
		);
	});
}

#[test]
fn interactions_are_recorded_together_or_not_at_all() {
	run(|| {
		let customer = register(1);
		let batch = vec![purchase(customer), purchase(customer)];
		assert_ok!(Customers::record_interactions(signed(STEWARD), batch.try_into().unwrap()));
		let recorded = Action::InteractionRecorded {
			kind: InteractionKind::Purchase,
			commitment: commitment(9),
		};
		assert_eq!(actions(customer)[1..], [recorded.clone(), recorded]);

		let batch = vec![purchase(customer), purchase(id(2))];
		assert_noop!(
			Customers::record_interactions(signed(STEWARD), batch.try_into().unwrap()),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn nothing_is_written_for_an_erased_customer() {
	run(|| {
		let customer = register(1);
		assert_ok!(Customers::erase(signed(OFFICER), customer));
		assert_noop!(
			Customers::seal(signed(STEWARD), customer, Contact, commitment(1)),
			Error::<Test>::Erased
		);
		assert_noop!(
			Customers::record_interactions(
				signed(STEWARD),
				vec![purchase(customer)].try_into().unwrap()
			),
			Error::<Test>::Erased
		);
		let batch = vec![new_customer(1, &[])];
		assert_noop!(
			Customers::register(signed(STEWARD), batch.try_into().unwrap()),
			Error::<Test>::AlreadyExists
		);
	});
}
