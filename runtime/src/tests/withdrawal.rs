//! What a withdrawal costs: the same, whatever depends on the consent.

use super::*;
use std::collections::BTreeMap;

/// All values in storage.
fn storage() -> BTreeMap<Vec<u8>, Vec<u8>> {
	let mut values = BTreeMap::new();
	let mut key = Vec::new();
	while let Some(next) = sp_io::storage::next_key(&key) {
		let value = sp_io::storage::get(&next).expect("the key was found");
		values.insert(next.clone(), value.to_vec());
		key = next;
	}
	values
}

/// How many bytes of state a customer's withdrawal proves to have read, and which values it
/// changed, where `grants` depend on the consent.
fn cost_of_withdrawal(grants: u64) -> (usize, Vec<Vec<u8>>) {
	let mut chain = chain_on(GENESIS);
	let (customer, holder) = chain.execute_with(|| {
		let (customer, holder) = claimed(1);
		let purpose = create_purpose(0, LawfulBasis::Consent);
		let give = pallet_consent::Call::give { customer, purpose, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		for n in 0..grants {
			grant(n, Scope::Customer { customer }, purpose);
		}
		System::reset_events();
		(customer, holder)
	});
	chain.commit_all().expect("no transaction is open");

	let before = chain.execute_with(storage);
	let withdrawal = chain
		.execute_with(|| mortal(&holder, pallet_consent::Call::withdraw { customer, purpose: 0 }));
	let (outcome, proof) = chain.execute_and_prove(|| apply(&withdrawal));
	assert_eq!(outcome, Ok(Ok(())));
	let after = chain.execute_with(storage);
	let keys = before.keys().chain(after.keys());
	let mut changed: Vec<_> =
		keys.filter(|key| before.get(*key) != after.get(*key)).cloned().collect();
	changed.sort();
	changed.dedup();
	(proof.encoded_size(), changed)
}

#[test]
fn a_withdrawal_costs_the_same_whatever_depends_on_it() {
	let (read, changed) = cost_of_withdrawal(1);
	assert!(read > 0 && !changed.is_empty());
	assert_eq!(cost_of_withdrawal(10_000), (read, changed));
}
