//! Deleting what is kept of an erased customer.

use crate::{mock::*, Allowances, Consents, Expiries, PastConsents};
use consentry_primitives::{
	customer::{Sweep, Swept},
	LawfulBasis, DAY,
};

/// Number of values kept of customer `n`.
fn kept(n: u8) -> usize {
	Consents::<Test>::iter_key_prefix(id(n)).count()
		+ PastConsents::<Test>::iter_key_prefix((id(n),)).count()
		+ usize::from(Allowances::<Test>::contains_key(id(n)))
}

/// Gives customer `n` two consents with five revisions in all.
fn fill(n: u8, purposes: [u32; 2]) {
	for permission in [until(now() + DAY), permission(), until(now() + 2 * DAY)] {
		give(n, purposes[0], permission);
	}
	give(n, purposes[1], until(now() + DAY));
	Consent::withdraw(signed(account(n)), id(n), purposes[1]).expect("was given");
}

#[test]
fn a_sweep_deletes_all_of_one_customer_bit_by_bit() {
	run(|| {
		let purposes = [purpose(LawfulBasis::Consent), purpose(LawfulBasis::Consent)];
		fill(1, purposes);
		fill(2, purposes);
		assert_eq!((kept(1), Expiries::<Test>::iter().count()), (6, 2));
		erase(1);
		assert_eq!(Consent::sweep(&id(1), 0), Swept { deleted: 0, done: false });
		for left in (0..6).rev() {
			let done = left == 0;
			assert_eq!(Consent::sweep(&id(1), 1), Swept { deleted: 1, done });
			assert_eq!(kept(1), left);
			Consent::do_try_state().expect("the invariants hold within a sweep");
		}
		assert_eq!(Consent::sweep(&id(1), 9), Swept { deleted: 0, done: true });
		assert_eq!((kept(2), Expiries::<Test>::iter().count()), (6, 1));
	});
}

#[test]
fn a_sweep_can_do_all_at_once() {
	run(|| {
		fill(1, [purpose(LawfulBasis::Consent), purpose(LawfulBasis::Consent)]);
		erase(1);
		assert_eq!(Consent::sweep(&id(1), 4), Swept { deleted: 4, done: false });
		assert_eq!(Consent::sweep(&id(1), u32::MAX), Swept { deleted: 2, done: true });
		assert_eq!(Expiries::<Test>::iter().count(), 0);
		assert_eq!(Consent::sweep(&id(9), 0), Swept { deleted: 0, done: true });
	});
}

#[test]
fn an_erased_customers_consents_are_not_told_even_before_the_sweep() {
	run(|| {
		let purpose = purpose(LawfulBasis::Consent);
		give(1, purpose, permission());
		erase(1);
		assert_eq!(Consent::consents_of(&id(1), None, 9), Some(vec![]));
		assert_eq!(Consent::consent_history(&id(1), purpose, 0, 9), Some(vec![]));
		assert_eq!(Consent::consent_as_of(&id(1), purpose, now()), None);
	});
}
