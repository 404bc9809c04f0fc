//! What proves an equivocation, and what does not.

use super::*;
use crate::is_equivocation;
use sp_runtime::traits::Header as _;

#[test]
fn two_headers_of_one_slot_by_one_key_are_one() {
	assert!(is_equivocation(&proof(0)));
}

#[test]
fn one_header_twice_is_none() {
	let mut proof = proof(0);
	proof.second_header = proof.first_header.clone();
	assert!(!is_equivocation(&proof));
}

#[test]
fn one_header_sealed_twice_is_none() {
	let mut proof = proof(0);
	// Signing is randomised: the seals and so the hashes of the sealed headers differ.
	proof.second_header = sealed(&key(0), 7, 1);
	assert_ne!(proof.second_header.hash(), proof.first_header.hash());
	assert!(!is_equivocation(&proof));
}

#[test]
fn headers_of_two_slots_are_none() {
	let mut proof = proof(0);
	proof.second_header = sealed(&key(0), 8, 2);
	assert!(!is_equivocation(&proof));
}

#[test]
fn headers_of_another_slot_than_the_stated_are_none() {
	let mut proof = proof(0);
	proof.slot = 8.into();
	assert!(!is_equivocation(&proof));
}

#[test]
fn a_header_that_another_sealed_is_none() {
	let mut proof = proof(0);
	proof.second_header = sealed(&key(1), 7, 2);
	assert!(!is_equivocation(&proof));
}

#[test]
fn a_header_that_was_changed_after_sealing_is_none() {
	let mut proof = proof(0);
	proof.second_header.number = 3;
	assert!(!is_equivocation(&proof));
}

#[test]
fn a_header_without_seal_or_without_slot_is_none() {
	let mut unsealed = proof(0);
	unsealed.second_header.digest_mut().pop();
	assert!(!is_equivocation(&unsealed));
	let mut without_slot = proof(0);
	without_slot.second_header.digest_mut().logs.remove(0);
	assert!(!is_equivocation(&without_slot));
}
