//! What is left after a customer was erased.

use crate::{mock::*, Error, Grants, GrantsIn, GrantsTo, Reviews, Revocations};
use consentry_primitives::{
	access::Policy,
	customer::{Sweep, Swept},
};
use frame_support::{assert_noop, assert_ok};

#[test]
fn the_sweep_deletes_all_grants_to_the_customer_and_nothing_else() {
	run(|| {
		let kept = [granted(everyone(), to(AGENT), terms()), granted(one(2), to(AGENT), terms())];
		let own: Vec<_> = (0..6).map(|_| granted(one(1), to(AGENT), terms())).collect();
		assert_ok!(AccessGrants::revoke(signed(OFFICER), own[0]));
		assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), own[3]));
		assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), kept[0]));
		erase(id(1));

		// Six grants and one exclusion.
		assert_eq!(AccessGrants::sweep(&id(1), 0), Swept { deleted: 0, done: false });
		assert_eq!(AccessGrants::sweep(&id(1), 3), Swept { deleted: 3, done: false });
		AccessGrants::do_try_state().expect("the invariants hold between the steps");
		assert_eq!(AccessGrants::sweep(&id(1), 3), Swept { deleted: 3, done: false });
		assert_eq!(AccessGrants::sweep(&id(1), 3), Swept { deleted: 1, done: true });
		assert_eq!(AccessGrants::sweep(&id(1), 3), Swept { deleted: 0, done: true });
		let mut left: Vec<_> = Grants::<Test>::iter_keys().collect();
		left.sort();
		assert_eq!(left, kept);
		assert_eq!(Revocations::<Test>::iter().count(), 0);
		assert_eq!(GrantsIn::<Test>::iter().count(), 2);
		assert_eq!(GrantsTo::<Test>::iter().count(), 2);
	});
}

#[test]
fn a_sweep_that_is_just_enough_is_done() {
	run(|| {
		granted(one(1), to(AGENT), terms());
		granted(one(1), to(AGENT), terms());
		assert_eq!(AccessGrants::sweep(&id(1), 2), Swept { deleted: 2, done: true });
		assert_eq!(AccessGrants::sweep(&id(3), 2), Swept { deleted: 0, done: true });
	});
}

#[test]
fn a_grant_can_be_revoked_between_erasure_and_sweep() {
	run(|| {
		let grant = granted(one(1), to(AGENT), terms());
		erase(id(1));
		let entries = actions(id(1)).len();
		assert_ok!(AccessGrants::revoke(signed(OFFICER), grant));
		assert_eq!(actions(id(1)).len(), entries);
		assert!(AccessGrants::sweep(&id(1), 1).done);
		assert_noop!(AccessGrants::revoke(signed(OFFICER), grant), Error::<Test>::NotFound);
	});
}

#[test]
fn no_officer_escapes_a_review_by_erasing() {
	run(|| {
		policy(Policy { break_glass: true, ..Policy::default() });
		break_glass(AGENT, id(1));
		erase(id(1));
		assert!(AccessGrants::sweep(&id(1), 10).done);
		assert_eq!(Reviews::<Test>::iter().count(), 1);
		assert_eq!(AccessGrants::break_glass_reviews(CONTROLLER, None, 10).len(), 1);
		assert_ok!(AccessGrants::review(signed(OFFICER), id(1), 0, true, commitment(2)));
	});
}
