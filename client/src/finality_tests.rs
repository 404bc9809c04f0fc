use super::*;
use proptest::prelude::*;
use sp_consensus_grandpa::{localized_payload, ScheduledChange};
use sp_core::{ed25519, Pair};
use sp_runtime::{Digest, DigestItem};

fn validators(count: u8) -> Vec<ed25519::Pair> {
	(1..=count).map(|n| ed25519::Pair::from_seed(&[n; 32])).collect()
}

fn set_of(id: u64, validators: &[ed25519::Pair]) -> AuthoritySet {
	let authorities = validators.iter().map(|pair| (pair.public().into(), 1)).collect();
	AuthoritySet { id, authorities, after: 0 }
}

fn header(number: u32, parent: H256, logs: Vec<DigestItem>) -> Header {
	Header {
		parent_hash: parent,
		number,
		state_root: H256::repeat_byte(number as u8),
		extrinsics_root: H256::zero(),
		digest: Digest { logs },
	}
}

/// Blocks `1..=count` above a parent of zeroes.
fn chain(count: u32) -> Vec<Header> {
	let mut headers: Vec<Header> = Vec::new();
	for number in 1..=count {
		let parent = headers.last().map_or(H256::zero(), Header::hash);
		headers.push(header(number, parent, Vec::new()));
	}
	headers
}

/// A justification by which `signers` of set `set` finalise `target`.
fn justify(set: u64, signers: &[ed25519::Pair], target: &Header) -> Vec<u8> {
	let (round, hash, number) = (1, target.hash(), *target.number());
	let precommit = finality_grandpa::Precommit { target_hash: hash, target_number: number };
	let message = finality_grandpa::Message::Precommit(precommit.clone());
	let payload = localized_payload(round, set, &message);
	let precommits = signers
		.iter()
		.map(|pair| finality_grandpa::SignedPrecommit {
			precommit: precommit.clone(),
			signature: pair.sign(&payload).into(),
			id: pair.public().into(),
		})
		.collect();
	let commit = finality_grandpa::Commit { target_hash: hash, target_number: number, precommits };
	GrandpaJustification::<Header> { round, commit, votes_ancestries: Vec::new() }.encode()
}

fn proof(set: u64, signers: &[ed25519::Pair], headers: &[Header], from: usize) -> FinalityProof {
	let target = headers.last().unwrap();
	FinalityProof {
		block: target.hash(),
		justification: justify(set, signers, target),
		unknown_headers: headers[from + 1..].to_vec(),
	}
}

#[test]
fn more_than_two_thirds_finalise_the_block_and_its_ancestors() {
	let (validators, headers) = (validators(4), chain(5));
	let set = set_of(0, &validators);
	for from in 0..5 {
		let proof = proof(0, &validators[1..], &headers, from);
		let expected = Finalised { signed: 3, validators: 4, set: 0 };
		assert_eq!(set.check(&proof, headers[from].hash()), Ok(expected));
	}
}

#[test]
fn two_of_four_are_not_enough() {
	let (validators, headers) = (validators(4), chain(1));
	let proof = proof(0, &validators[..2], &headers, 0);
	let result = set_of(0, &validators).check(&proof, headers[0].hash());
	assert!(matches!(result, Err(Invalid::NotSigned { .. })), "{result:?}");
}

#[test]
fn one_validator_signing_thrice_is_not_enough() {
	let (validators, headers) = (validators(4), chain(1));
	let one = vec![validators[0]; 3];
	let result = set_of(0, &validators).check(&proof(0, &one, &headers, 0), headers[0].hash());
	assert!(matches!(result, Err(Invalid::NotSigned { .. })), "{result:?}");
}

#[test]
fn strangers_do_not_count() {
	let headers = chain(1);
	let strangers: Vec<_> = (9..13).map(|n| ed25519::Pair::from_seed(&[n; 32])).collect();
	let result =
		set_of(0, &validators(4)).check(&proof(0, &strangers, &headers, 0), headers[0].hash());
	assert!(matches!(result, Err(Invalid::NotSigned { .. })), "{result:?}");
}

#[test]
fn signatures_of_another_set_do_not_count() {
	let (validators, headers) = (validators(4), chain(1));
	for (signed_in, checked_in) in [(0, 1), (1, 0), (3, 7)] {
		let proof = proof(signed_in, &validators, &headers, 0);
		let result = set_of(checked_in, &validators).check(&proof, headers[0].hash());
		assert!(matches!(result, Err(Invalid::NotSigned { .. })), "{result:?}");
	}
}

#[test]
fn headers_must_lead_to_the_finalised_block() {
	let (validators, headers) = (validators(4), chain(5));
	let set = set_of(0, &validators);
	let good = proof(0, &validators, &headers, 1);
	// Another block is claimed to be its ancestor.
	assert_eq!(set.check(&good, H256::repeat_byte(7)), Err(Invalid::NotAncestor));
	// A forged header stands between.
	let mut forged = good.clone();
	forged.unknown_headers[1].state_root = H256::repeat_byte(66);
	assert_eq!(set.check(&forged, headers[1].hash()), Err(Invalid::NotAncestor));
	// A header is left out.
	let mut short = good.clone();
	short.unknown_headers.remove(1);
	assert_eq!(set.check(&short, headers[1].hash()), Err(Invalid::NotAncestor));
	// The justification is for another block than the one it comes with.
	let other = FinalityProof { justification: justify(0, &validators, &headers[2]), ..good };
	assert_eq!(set.check(&other, headers[1].hash()), Err(Invalid::NotAncestor));
}

#[test]
fn the_next_set_comes_from_the_header_that_announces_it() {
	let (old, new) = (validators(3), validators(5));
	let change = ScheduledChange { next_authorities: set_of(0, &new).authorities, delay: 0u32 };
	let log = ConsensusLog::ScheduledChange(change);
	let digest = vec![DigestItem::Consensus(GRANDPA_ENGINE_ID, log.encode())];
	let announcing = header(40, H256::zero(), digest);
	assert!(announces_change(&announcing));
	let next = set_of(6, &old).next(&announcing).unwrap().unwrap();
	assert_eq!(next, AuthoritySet { after: 40, ..set_of(7, &new) });

	let silent = header(41, announcing.hash(), Vec::new());
	assert!(!announces_change(&silent));
	assert_eq!(next.next(&silent), Ok(None));
}

#[test]
fn changes_by_force_or_with_delay_are_refused() {
	let change = |delay| ScheduledChange { next_authorities: Vec::new(), delay };
	for log in [ConsensusLog::ScheduledChange(change(3)), ConsensusLog::ForcedChange(1, change(0))]
	{
		let digest = vec![DigestItem::Consensus(GRANDPA_ENGINE_ID, log.encode())];
		let header = header(4, H256::zero(), digest);
		assert_eq!(set_of(0, &validators(1)).next(&header), Err(Invalid::UnsupportedChange(4)));
	}
}

#[test]
fn an_empty_set_proves_nothing() {
	let (validators, headers) = (validators(1), chain(1));
	let result = set_of(0, &[]).check(&proof(0, &validators, &headers, 0), headers[0].hash());
	assert_eq!(result, Err(Invalid::EmptySet));
}

#[test]
fn a_pin_survives_as_a_file() {
	let set = AuthoritySet { after: 9, ..set_of(3, &validators(4)) };
	let json = serde_json::to_string(&Pin::new(H256::repeat_byte(5), &set)).unwrap();
	let pin: Pin = serde_json::from_str(&json).unwrap();
	assert_eq!(pin.genesis, H256::repeat_byte(5));
	assert_eq!(pin.into_set(), set);
}

proptest! {
	/// Whatever bit of a justification changes, it no longer proves anything.
	#[test]
	fn any_change_is_detected(place: prop::sample::Index, bit in 0u8..8) {
		let (validators, headers) = (validators(4), chain(1));
		let mut proof = proof(0, &validators[..3], &headers, 0);
		let place = place.index(proof.justification.len());
		proof.justification[place] ^= 1 << bit;
		prop_assert!(set_of(0, &validators).check(&proof, headers[0].hash()).is_err());
	}

	#[test]
	fn any_bytes_are_refused(justification: Vec<u8>) {
		let headers = chain(1);
		let proof =
			FinalityProof { block: headers[0].hash(), justification, unknown_headers: vec![] };
		prop_assert!(set_of(0, &validators(1)).check(&proof, headers[0].hash()).is_err());
	}
}
