//! The end of a consent by time: in effect at its moment, recorded later.

use crate::{mock::*, Error, Event, Expiries, WeightInfo};
use consentry_primitives::{
	consent::{Capture, ConsentState, LawfulBases, SignedStatement, Statement},
	Action, Actor, Denial, LawfulBasis, DAY,
};
use frame_support::{assert_noop, assert_ok, traits::OnIdle, weights::Weight};
use LawfulBasis::Consent as OnConsent;

fn expired() -> Vec<(u8, u32)> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Consent(Event::Expired { customer, purpose, .. }) => {
				Some((customer[0], purpose))
			},
			_ => None,
		})
		.collect()
}

#[test]
fn an_end_is_in_effect_without_a_blocks_work() {
	run(|| {
		let purpose = purpose(OnConsent);
		let end = now() + 12;
		give(1, purpose, until(end));
		let permits = || Consent::permits(&id(1), purpose, contact(), now());
		set_time(end - 1);
		assert_eq!(permits(), Ok(OnConsent));
		set_time(end);
		assert_eq!(permits(), Err(Denial::ConsentExpired));
		assert_eq!(revisions(1, purpose), 1);
		assert_eq!(Consent::consents_of(&id(1), None, 1).unwrap()[0].state, ConsentState::Expired);
	});
}

#[test]
fn an_end_is_recorded_when_its_day_is_over() {
	run(|| {
		let purpose = purpose(OnConsent);
		let end = now() + 12;
		give(1, purpose, until(end));
		set_time(1_001 * DAY - 1);
		idle();
		assert_eq!(revisions(1, purpose), 1);
		wait(1);
		idle();
		let recorded = latest(1, purpose);
		assert_eq!((recorded.state, recorded.since), (ConsentState::Expired, now()));
		assert_eq!((recorded.actor, recorded.capture), (Actor::Chain, Capture::Expiry));
		assert_eq!(recorded.permission, Some(until(end)));
		System::assert_last_event(
			Event::Expired { customer: id(1), purpose, revision: 1, until: end }.into(),
		);
		assert_eq!(
			actions(1).last(),
			Some(&Action::ConsentExpired { purpose, revision: 1, until: end })
		);
		assert_eq!(last_actor(1), Actor::Chain);
		assert_eq!(Expiries::<Test>::iter().count(), 0);
		idle();
		assert_eq!(revisions(1, purpose), 2);
		give(1, purpose, permission());
	});
}

#[test]
fn a_consent_that_was_changed_does_not_expire() {
	run(|| {
		let (first, second) = (purpose(OnConsent), purpose(OnConsent));
		give(1, first, until(now() + 1));
		give(1, second, until(now() + 1));
		give(1, first, until(now() + 5 * DAY));
		Consent::withdraw(signed(account(1)), id(1), second).expect("was given");
		wait(2 * DAY);
		idle();
		assert_eq!(expired(), []);
		wait(4 * DAY);
		idle();
		assert_eq!(expired(), [(1, first)]);
	});
}

/// Whether the end of a consent is recorded yet makes no difference to what may follow.
#[test]
fn what_follows_an_end_does_not_hang_on_idle_time() {
	for recorded in [false, true] {
		run(|| {
			let purpose = purpose(OnConsent);
			let end = now() + 1;
			for n in [1, 2] {
				give(n, purpose, until(end));
			}
			let given = statement(1, purpose, Statement::Give { permission: permission() });
			let given = SignedStatement { expires: end + 3 * DAY, ..given };
			let signature = signature(1, &given);
			wait(2 * DAY);
			if recorded {
				idle();
			}
			let withdraw = || Consent::withdraw(signed(account(1)), id(1), purpose);
			assert_noop!(withdraw(), Error::<Test>::NotGiven);
			assert_noop!(record(1, purpose, Statement::Withdraw), Error::<Test>::NotGiven);

			// Given anew, by a statement that was signed before the end or by the customer itself.
			let submit = || Consent::submit(signed(STEWARD), given.clone(), signature.clone());
			assert_ok!(submit());
			assert_noop!(submit(), Error::<Test>::OutdatedStatement);
			give(2, purpose, permission());
			for n in [1, 2] {
				let past = crate::PastConsents::<Test>::get((id(n), purpose, 1));
				let past = past.expect("the end is recorded");
				assert_eq!((past.state, past.since), (ConsentState::Expired, now()));
				assert_eq!(
					(revisions(n, purpose), state(n, purpose)),
					(3, Some(ConsentState::Given))
				);
				let entries = actions(n);
				let [.., ended, _] = &entries[..] else { panic!("{entries:?}") };
				assert_eq!(*ended, Action::ConsentExpired { purpose, revision: 1, until: end });
			}
			assert_eq!(expired(), [(1, purpose), (2, purpose)]);
			assert_eq!(Expiries::<Test>::iter().count(), 0);
		});
	}
}

#[test]
fn those_that_ended_first_are_recorded_first_within_the_limit() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(3, purpose, until(now() + DAY));
		give(1, purpose, until(now() + 300 * DAY));
		give(2, purpose, until(now() + 2 * DAY));
		wait(400 * DAY);
		assert_eq!(Consent::on_idle(1, Weight::zero()), Weight::zero());
		let one = <() as WeightInfo>::expire_queue() + <() as WeightInfo>::expire_one();
		for recorded in [&[(3, purpose)][..], &[(3, purpose), (2, purpose)]] {
			assert!(Consent::on_idle(1, one).all_lte(one));
			assert_eq!(expired(), recorded);
		}
		let almost = one - Weight::from_parts(1, 0);
		assert!(Consent::on_idle(1, almost).all_lte(almost));
		assert_eq!(Expiries::<Test>::iter().count(), 1);
		assert!(Consent::on_idle(1, Weight::MAX).all_lt(Weight::MAX));
		assert_eq!(expired(), [(3, purpose), (2, purpose), (1, purpose)]);
	});
}

#[test]
fn nothing_is_recorded_of_erased_customers() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, until(now() + DAY));
		give(2, purpose, until(now() + DAY));
		erase(1);
		wait(3 * DAY);
		idle();
		assert_eq!(expired(), [(2, purpose)]);
		assert_eq!((revisions(1, purpose), Expiries::<Test>::iter().count()), (1, 0));
	});
}
