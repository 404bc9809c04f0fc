//! Random appends against a model that keeps every entry.

use crate::{mock::*, Trails};
use consentry_primitives::{trail, Action, Actor, Commitment, DataCategory, InteractionKind};
use proptest::prelude::*;
use sp_core::H256;
use std::collections::BTreeMap;

fn action() -> impl Strategy<Value = Action<u64>> {
	let commitment = any::<[u8; 32]>().prop_map(|bytes| Commitment::Blake2b256V1(H256(bytes)));
	prop_oneof![
		any::<u32>().prop_map(|controller| Action::Registered { controller }),
		Just(Action::Claimed),
		(any::<u32>(), commitment.clone()).prop_map(|(revision, commitment)| {
			Action::RecordSealed { category: DataCategory::Contact, revision, commitment }
		}),
		commitment.prop_map(|commitment| Action::InteractionRecorded {
			kind: InteractionKind::Purchase,
			commitment
		}),
		any::<u64>().prop_map(|due| Action::ErasureRequested { due }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn heads_are_the_fold_of_all_entries(
		appends in prop::collection::vec((0u8..4, any::<u64>(), action()), 1..200)
	) {
		let (heads, ext) = run(|| {
			let mut heads = BTreeMap::<u8, Vec<H256>>::new();
			for (n, account, action) in appends {
				let actor = Actor::Guardian { account };
				heads.entry(n).or_default().push(append(customer(n), actor, action));
				AuditTrail::do_try_state().expect("the invariants hold after each step");
			}
			for (n, heads) in &heads {
				let trail = Trails::<Test>::get(customer(*n)).expect("a trail was appended to");
				assert_eq!(trail.entries, heads.len() as u64);
				assert_eq!(Some(&trail.head), heads.last());
			}
			heads
		});
		for (n, heads) in heads {
			let mut previous = trail::origin(&GENESIS, &customer(n));
			for head in heads {
				let stored = stored(&ext, &head).expect("every entry is held");
				prop_assert_eq!(stored.previous, previous);
				prop_assert_eq!(trail::advance(&previous, &stored.entry), head);
				previous = head;
			}
		}
	}
}
