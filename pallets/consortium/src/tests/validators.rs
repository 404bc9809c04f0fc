//! Changing the list of validators.

use crate::{mock::*, Error, Event, GenesisConfig};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

fn root() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

#[test]
fn who_has_keys_can_be_added() {
	run(|| {
		assert_ok!(Consortium::add_validator(root(), 4));
		assert_eq!(Listed::get(), [0, 1, 2, 3, 4]);
		System::assert_last_event(Event::ValidatorAdded { validator: 4 }.into());
	});
}

#[test]
fn who_has_no_keys_is_refused() {
	run(|| {
		assert_noop!(Consortium::add_validator(root(), 9), Error::<Test>::NoSessionKeys);
		assert_noop!(Consortium::replace_validator(root(), 0, 9), Error::<Test>::NoSessionKeys);
	});
}

#[test]
fn nobody_is_listed_twice() {
	run(|| {
		assert_noop!(Consortium::add_validator(root(), 3), Error::<Test>::AlreadyExists);
		assert_noop!(Consortium::replace_validator(root(), 0, 3), Error::<Test>::AlreadyExists);
		assert_noop!(Consortium::replace_validator(root(), 3, 3), Error::<Test>::AlreadyExists);
	});
}

#[test]
fn the_list_is_bounded() {
	run(|| {
		assert_ok!(Consortium::add_validator(root(), 4));
		assert_ok!(Consortium::add_validator(root(), 5));
		assert!(Consortium::add_validator(root(), 6).is_err());
	});
}

#[test]
fn no_fewer_than_the_least_number_are_left() {
	run(|| {
		assert_ok!(Consortium::remove_validator(root(), 1));
		System::assert_last_event(Event::ValidatorRemoved { validator: 1 }.into());
		assert_eq!(Listed::get(), [0, 2, 3]);
		assert_noop!(Consortium::remove_validator(root(), 0), Error::<Test>::TooFewValidators);
		assert_noop!(Consortium::remove_validator(root(), 1), Error::<Test>::NotFound);
		// Nobody can be spared, and yet be replaced.
		assert_ok!(Consortium::replace_validator(root(), 0, 7));
		assert_eq!(Listed::get(), [2, 3, 7]);
	});
}

#[test]
fn only_who_has_keys_counts_among_those_left() {
	run(|| {
		WithKeys::set(vec![0, 1, 2]);
		assert_noop!(Consortium::remove_validator(root(), 0), Error::<Test>::TooFewValidators);
		assert_ok!(Consortium::remove_validator(root(), 3));
	});
}

#[test]
fn the_last_one_stays_whatever_the_genesis_says() {
	genesis(GenesisConfig::default()).execute_with(|| {
		for validator in 0..3 {
			assert_ok!(Consortium::remove_validator(root(), validator));
		}
		assert_noop!(Consortium::remove_validator(root(), 3), Error::<Test>::TooFewValidators);
	});
}

#[test]
fn an_offender_is_excluded_unless_it_cannot_be_spared() {
	run(|| {
		Consortium::exclude_validator(2);
		assert_eq!(Listed::get(), [0, 1, 3]);
		Consortium::exclude_validator(0);
		assert_eq!(Listed::get(), [0, 1, 3]);
		System::assert_last_event(Event::OffenderRemains { validator: 0 }.into());
		let events = System::event_count();
		Consortium::exclude_validator(2);
		assert_eq!(System::event_count(), events);
	});
}

#[test]
fn only_the_consortium_changes_the_list() {
	run(|| {
		for origin in [RuntimeOrigin::signed(0), RuntimeOrigin::none()] {
			assert_noop!(Consortium::add_validator(origin.clone(), 4), BadOrigin);
			assert_noop!(Consortium::remove_validator(origin.clone(), 1), BadOrigin);
			assert_noop!(Consortium::replace_validator(origin, 1, 4), BadOrigin);
		}
	});
}
