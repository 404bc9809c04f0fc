//! Access in an emergency, and its review.

use crate::{mock::*, Error, Event, Reviews, ReviewsDue, Usages};
use consentry_primitives::{
	access::{Hours, Policy},
	day_of, trail, Action, Actor, Categories, DataCategory, Denial, PurposeId, DAY, HOUR,
};
use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::DispatchError::BadOrigin;

fn allowed() {
	policy(Policy { break_glass: true, ..Policy::default() });
	events();
}

fn denied(who: AccountId, customer: u8, purpose: PurposeId, categories: Categories) -> Denial {
	assert_ok!(AccessGrants::break_glass(
		signed(who),
		id(customer),
		purpose,
		categories,
		commitment(1),
		None
	));
	match decisions()[..] {
		[Err(reason)] => reason,
		ref other => panic!("not denied once: {other:?}"),
	}
}

#[test]
fn it_needs_neither_grant_nor_consent_and_is_recorded() {
	run(|| {
		allowed();
		forbid(id(1), MARKETING, Denial::ConsentWithdrawn);
		let emergency = commitment(1);
		assert_ok!(AccessGrants::break_glass(
			signed(AGENT),
			id(1),
			MARKETING,
			contact(),
			emergency,
			Some([7; 32])
		));
		let entry = last_entry(id(1));
		let review_due = now() + 72 * HOUR;
		assert_eq!(entry.actor, Actor::Member { organisation: CONTROLLER, account: AGENT });
		assert_eq!(
			entry.action,
			Action::GlassBroken {
				purpose: MARKETING,
				categories: contact(),
				emergency,
				review_due,
				reader: Some(H256(blake2_256(&[7; 32]))),
			}
		);
		let decision = trail::decision_id(&GENESIS, &id(1), &entry);
		let broken = Event::GlassBroken {
			controller: CONTROLLER,
			customer: id(1),
			account: AGENT,
			decision,
			review_due,
		};
		assert_eq!(events(), [broken]);
		let review = Reviews::<Test>::get(id(1), entry.index).unwrap();
		assert_eq!((review.account, review.due), (AGENT, review_due));
	});
}

#[test]
fn neither_hours_nor_rate_stop_it() {
	run(|| {
		let policy_of_night =
			Policy { rate: limit(1, DAY), hours: Hours(1), denials: None, break_glass: true };
		policy(policy_of_night);
		events();
		break_glass(AGENT, id(1));
		break_glass(AGENT, id(1));
		assert_eq!(decisions(), [Ok(()), Ok(())]);
		assert_eq!(Usages::<Test>::iter().count(), 0);
	});
}

#[test]
fn break_glass_not_allowed() {
	run(|| {
		let not_allowed = Denial::BreakGlassNotAllowed;
		assert_eq!(denied(AGENT, 1, MARKETING, contact()), not_allowed);
		allowed();
		// Not to who is no member of the controller.
		assert_eq!(denied(STRANGER, 1, MARKETING, contact()), not_allowed);
		assert_eq!(denied(AGENT, 9, MARKETING, contact()), not_allowed);
		assert!(Reviews::<Test>::iter().next().is_none());
	});
}

#[test]
fn it_is_denied_for_the_first_reason_in_order() {
	run(|| {
		allowed();
		let behaviour: Categories = DataCategory::Behaviour.into();
		assert_eq!(denied(AGENT, 50, MARKETING, contact()), Denial::UnknownCustomer);
		assert_eq!(denied(STEWARD, 1, STRANGE_PURPOSE, Categories(0)), Denial::NotAgent);
		assert_eq!(denied(AGENT, 1, STRANGE_PURPOSE, Categories(0)), Denial::WrongPurpose);
		assert_eq!(denied(AGENT, 1, 50, contact()), Denial::WrongPurpose);
		retire(ANALYSIS);
		for categories in [Categories(0), Categories(1 << 12), behaviour] {
			assert_eq!(denied(AGENT, 1, ANALYSIS, categories), Denial::CategoryNotGranted);
		}
		assert_eq!(denied(AGENT, 1, ANALYSIS, contact()), Denial::PurposeRetired);
		policy(Policy::default());
		events();
		assert_eq!(denied(AGENT, 1, STRANGE_PURPOSE, contact()), Denial::BreakGlassNotAllowed);
		Inactive::mutate(|inactive| inactive.insert(STRANGE));
		assert_eq!(denied(STEWARD, 9, MARKETING, contact()), Denial::ControllerSuspended);
		erase(id(9));
		assert_eq!(denied(STEWARD, 9, MARKETING, contact()), Denial::CustomerErased);
	});
}

#[test]
fn a_denial_names_no_grant_and_counts() {
	run(|| {
		policy(Policy { denials: limit(2, HOUR), ..Policy::default() });
		break_glass(AGENT, id(1));
		let action = Action::AccessDenied {
			grant: None,
			purpose: MARKETING,
			categories: contact(),
			reason: Denial::BreakGlassNotAllowed,
		};
		assert_eq!(actions(id(1)), [action]);
		// Beside those of ordinary requests.
		request(AGENT, 50, &[id(2)]);
		assert!(is_suspended(AGENT));
	});
}

#[test]
fn to_ask_for_what_the_purpose_does_not_need_counts() {
	run(|| {
		policy(Policy { denials: limit(1, HOUR), break_glass: true, ..Policy::default() });
		events();
		let more = Categories(contact().0 | Categories::from(DataCategory::Behaviour).0);
		assert_eq!(denied(AGENT, 1, MARKETING, more), Denial::CategoryNotGranted);
		assert!(is_suspended(AGENT));
	});
}

#[test]
fn another_officer_reviews_it_once() {
	run(|| {
		allowed();
		break_glass(ALLROUNDER, id(1));
		let entry = last_entry(id(1)).index;
		let review =
			|who, entry| AccessGrants::review(signed(who), id(1), entry, false, commitment(2));
		for who in [AGENT, STEWARD, OUTSIDER] {
			assert_noop!(review(who, entry), BadOrigin);
		}
		assert_noop!(review(ALLROUNDER, entry), Error::<Test>::NotAuthorised);
		assert_noop!(review(STRANGER, entry), Error::<Test>::NotAuthorised);
		assert_noop!(review(OFFICER, entry + 1), Error::<Test>::NotFound);
		events();
		assert_ok!(review(OFFICER, entry));
		let reviewed = Event::GlassReviewed { customer: id(1), entry, justified: false };
		assert_eq!(events(), [reviewed]);
		let action = Action::GlassReviewed { entry, justified: false, review: commitment(2) };
		assert_eq!(last_entry(id(1)).action, action);
		assert_noop!(review(OFFICER, entry), Error::<Test>::NotFound);
		assert_eq!(ReviewsDue::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_late_review_is_still_a_review() {
	run(|| {
		allowed();
		break_glass(AGENT, id(1));
		set_time(now() + 30 * DAY);
		assert_ok!(AccessGrants::review(signed(OFFICER), id(1), 0, true, commitment(2)));
	});
}

#[test]
fn an_overdue_review_is_reported_once_a_day() {
	run(|| {
		allowed();
		for n in 1..4 {
			break_glass(AGENT, id(n));
		}
		let due = day_of(now() + 72 * HOUR);
		let overdue = || {
			let mut customers = Vec::new();
			for event in events() {
				let Event::ReviewOverdue { controller, customer, entry: 0, due: day } = event
				else {
					panic!("{event:?}");
				};
				assert_eq!((controller, day), (CONTROLLER, due));
				customers.push(customer);
			}
			customers
		};
		events();
		set_time(u64::from(due + 1) * DAY - 1);
		idle();
		assert!(overdue().is_empty());
		for _ in 0..2 {
			set_time(now() + DAY);
			idle();
			idle();
			assert_eq!(overdue(), [id(1), id(2), id(3)]);
		}
		assert_ok!(AccessGrants::review(signed(OFFICER), id(2), 0, true, commitment(2)));
		events();
		set_time(now() + DAY);
		idle();
		assert_eq!(overdue(), [id(1), id(3)]);
	});
}

#[test]
fn reporting_goes_on_where_the_last_block_had_no_weight_left() {
	use crate::WeightInfo;
	use frame_support::traits::OnIdle;
	run(|| {
		allowed();
		for n in 1..4 {
			break_glass(AGENT, id(n));
		}
		set_time(now() + 10 * DAY);
		events();
		let weight = <() as WeightInfo>::report_overdue();
		let mut reported = Vec::new();
		for _ in 0..6 {
			AccessGrants::on_idle(1, weight);
			let step = events();
			assert!(step.len() <= 1);
			reported.extend(step);
		}
		assert_eq!(reported.len(), 3);
	});
}
