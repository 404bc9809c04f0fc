//! Random appends against a model that keeps every entry.

use crate::{mock::*, Trails};
use consentry_primitives::{
	consent::{Capture, CaptureMethod, Expression, Permission},
	trail, Action, Actor, Categories, Commitment, DataCategory, Denial, InteractionKind,
	LawfulBasis,
};
use proptest::prelude::*;
use sp_core::H256;
use std::collections::BTreeMap;

fn commitment() -> impl Strategy<Value = Commitment> {
	any::<[u8; 32]>().prop_map(|bytes| Commitment::Blake2b256V1(H256(bytes)))
}

/// What happens to a customer and its records.
fn customers_action() -> impl Strategy<Value = Action<u64>> {
	prop_oneof![
		any::<u32>().prop_map(|controller| Action::Registered { controller }),
		Just(Action::Claimed),
		(any::<u32>(), commitment()).prop_map(|(revision, commitment)| {
			Action::RecordSealed { category: DataCategory::Contact, revision, commitment }
		}),
		commitment().prop_map(|commitment| Action::InteractionRecorded {
			kind: InteractionKind::Purchase,
			commitment
		}),
		any::<u64>().prop_map(|due| Action::ErasureRequested { due }),
	]
}

fn capture() -> impl Strategy<Value = Capture<u64>> {
	prop_oneof![
		Just(Capture::Transaction),
		any::<u64>().prop_map(|relayer| Capture::Signature { relayer }),
		commitment()
			.prop_map(|evidence| { Capture::Recorded { method: CaptureMethod::Phone, evidence } }),
	]
}

fn permission() -> impl Strategy<Value = Permission> {
	let (until, receipt) = (prop::option::of(any::<u64>()), prop::option::of(commitment()));
	(any::<u32>(), any::<u16>(), until, receipt).prop_map(
		|(notice_version, categories, until, receipt)| Permission {
			notice_version,
			categories: Categories(categories),
			until,
			expression: Expression::Expressed,
			receipt,
		},
	)
}

/// What becomes of a customer's consents.
fn consents_action() -> impl Strategy<Value = Action<u64>> {
	let change = || (any::<u32>(), any::<u32>(), capture());
	prop_oneof![
		(change(), permission()).prop_map(|((purpose, revision, capture), permission)| {
			Action::ConsentRequested { purpose, revision, permission, capture }
		}),
		(change(), permission()).prop_map(|((purpose, revision, capture), permission)| {
			Action::ConsentGiven { purpose, revision, permission, capture }
		}),
		change().prop_map(|(purpose, revision, capture)| {
			Action::ConsentWithdrawn { purpose, revision, capture }
		}),
		change().prop_map(|(purpose, revision, capture)| {
			Action::Objected { purpose, revision, capture }
		}),
		(any::<u32>(), any::<u32>(), any::<u64>()).prop_map(|(purpose, revision, until)| {
			Action::ConsentExpired { purpose, revision, until }
		}),
	]
}

/// What is decided about access to a customer's data.
fn access_action() -> impl Strategy<Value = Action<u64>> {
	let asked = || (any::<u64>(), any::<u32>(), any::<u16>().prop_map(Categories));
	let reader = prop::option::of(any::<[u8; 32]>().prop_map(H256));
	prop_oneof![
		any::<u64>().prop_map(|grant| Action::GrantRevoked { grant }),
		(asked(), reader.clone()).prop_map(|((grant, purpose, categories), reader)| {
			let basis = LawfulBasis::Contract;
			Action::AccessAuthorised { grant, purpose, categories, basis, reader }
		}),
		asked().prop_map(|(grant, purpose, categories)| {
			let (grant, reason) = (Some(grant), Denial::NotInScope);
			Action::AccessDenied { grant, purpose, categories, reason }
		}),
		(asked(), commitment(), reader).prop_map(
			|((review_due, purpose, categories), emergency, reader)| Action::GlassBroken {
				purpose,
				categories,
				emergency,
				review_due,
				reader,
			}
		),
		(any::<u64>(), any::<bool>(), commitment()).prop_map(|(entry, justified, review)| {
			Action::GlassReviewed { entry, justified, review }
		}),
	]
}

fn action() -> impl Strategy<Value = Action<u64>> {
	prop_oneof![customers_action(), consents_action(), access_action()]
}

fn actor() -> impl Strategy<Value = Actor<u64>> {
	prop_oneof![
		Just(Actor::Customer),
		any::<u64>().prop_map(|account| Actor::Guardian { account }),
		(any::<u32>(), any::<u64>())
			.prop_map(|(organisation, account)| Actor::Member { organisation, account }),
		Just(Actor::Chain),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn heads_are_the_fold_of_all_entries(
		appends in prop::collection::vec((0u8..4, actor(), action()), 200)
	) {
		let (heads, ext) = run(|| {
			let mut heads = BTreeMap::<u8, Vec<H256>>::new();
			for (n, actor, action) in appends {
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
