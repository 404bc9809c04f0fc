//! Who validates: by the council's decision, session by session, until an offence.

// Reports go the same way as GRANDPA's, which the SDK has not yet changed.
#![allow(deprecated)]

use super::*;
use configs::KeyOwners;
use frame_support::{
	assert_noop,
	dispatch::CheckIfFeeless as _,
	traits::{KeyOwnerProofSystem, OnInitialize},
};
use pallet_consortium::{Error, ValidatorList};
use pallet_session::SessionManager;
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthoritySignature},
};
use sp_consensus_slots::EquivocationProof;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{
	traits::{Header as _, ValidateUnsigned},
	transaction_validity::{InvalidTransaction, TransactionSource},
	Digest, DigestItem, DispatchError, RuntimeAppPublic,
};
use sp_session::MembershipProof;

/// Validators in the order of their names.
const VALIDATORS: [(Sr25519Keyring, Ed25519Keyring); 4] = [
	(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
	(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
	(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
	(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
];

fn validator(n: usize) -> AccountId {
	VALIDATORS[n].0.to_account_id()
}

fn keys(n: usize) -> SessionKeys {
	let (aura, grandpa) = VALIDATORS[n];
	SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() }
}

/// The first three validate, and at least two must.
pub fn run(test: impl FnOnce()) {
	let genesis_keys = (0..3).map(|n| (validator(n), validator(n), keys(n))).collect();
	let members: Vec<_> = (0..3).map(validator).collect();
	let config = RuntimeGenesisConfig {
		session: SessionConfig { keys: genesis_keys, ..Default::default() },
		validators: ValidatorsConfig {
			members: members.try_into().expect("three fit"),
			..Default::default()
		},
		consortium: ConsortiumConfig {
			minimum_validators: 2,
			session_blocks: Some(5),
			..Default::default()
		},
		..Default::default()
	};
	chain_from(config, GENESIS).execute_with(|| {
		test();
		check_invariants();
	})
}

/// Goes to the first block of the next session.
fn next_session() {
	let session = Session::current_index();
	while Session::current_index() == session {
		let block = System::block_number() + 1;
		System::set_block_number(block);
		Session::on_initialize(block);
	}
}

fn session() -> Vec<AccountId> {
	let mut validators = Session::validators();
	validators.sort();
	validators
}

fn sorted(numbers: &[usize]) -> Vec<AccountId> {
	let mut validators: Vec<_> = numbers.iter().map(|n| validator(*n)).collect();
	validators.sort();
	validators
}

#[test]
fn a_change_takes_effect_at_the_second_session_boundary() {
	run(|| {
		pallet_session::NextKeys::<Runtime>::insert(validator(3), keys(3));
		motion(pallet_consortium::Call::add_validator { validator: validator(3) });
		motion(pallet_consortium::Call::remove_validator { validator: validator(0) });
		next_session();
		assert_eq!(session(), sorted(&[0, 1, 2]));
		next_session();
		assert_eq!(session(), sorted(&[1, 2, 3]));
	});
}

#[test]
fn the_authorities_are_kept_where_nothing_changed() {
	run(|| {
		next_session();
		next_session();
		next_session();
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 0);
		let planned = <configs::ValidatorSet as SessionManager<AccountId>>::new_session(
			Session::current_index() + 2,
		);
		assert_eq!(planned, None);
	});
}

#[test]
fn who_cannot_validate_or_be_spared_is_refused() {
	run(|| {
		let add = pallet_consortium::Call::add_validator { validator: validator(3) };
		assert_eq!(try_motion(add), Err(Error::<Runtime>::NoSessionKeys.into()));
		motion(pallet_consortium::Call::remove_validator { validator: validator(0) });
		let remove = pallet_consortium::Call::remove_validator { validator: validator(1) };
		assert_eq!(try_motion(remove), Err(Error::<Runtime>::TooFewValidators.into()));
	});
}

/// Were it otherwise, a member could hand its place on, or leave so few that finality ends.
#[test]
fn no_validator_leaves_or_hands_its_place_on_without_a_vote() {
	run(|| {
		let hand_on = pallet_membership::Call::<Runtime, configs::ValidatorsInstance>::change_key {
			new: validator(3).into(),
		};
		let purge = pallet_session::Call::<Runtime>::purge_keys {};
		for call in [RuntimeCall::from(hand_on), purge.into()] {
			let signed = signed(VALIDATORS[0].0);
			assert!(!call.is_feeless(&signed));
			let filtered = frame_system::Error::<Runtime>::CallFiltered.into();
			let outcome = sp_runtime::traits::Dispatchable::dispatch(call.clone(), signed);
			assert_eq!(outcome.map_err(|failed| failed.error), Err(filtered));
			assert_eq!(try_motion(call), Err(filtered));
		}
	});
}

/// A chain that was started without roots catches up.
#[test]
fn where_no_root_was_kept_one_is_with_the_next_session() {
	run(|| {
		pallet_session::historical::HistoricalSessions::<Runtime>::remove(0);
		pallet_session::historical::HistoricalSessions::<Runtime>::remove(1);
		next_session();
		next_session();
		assert!(Historical::historical_root(Session::current_index()).is_some());
		assert_eq!(session(), sorted(&[0, 1, 2]));
	});
}

#[test]
fn roots_of_sessions_are_kept_for_a_while() {
	run(|| {
		for _ in 0..configs::KEPT_SESSIONS + 3 {
			next_session();
		}
		let ended = Session::current_index() - 1;
		let oldest = ended - configs::KEPT_SESSIONS;
		assert!(Historical::historical_root(oldest).is_some());
		assert!(Historical::historical_root(oldest - 1).is_none());
	});
}

/// The `n`th header that a key seals in slot 7.
fn sealed(key: Sr25519Keyring, n: u32) -> Header {
	let pre_digest = CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(7.into());
	let digest = Digest { logs: vec![pre_digest] };
	let root = Default::default;
	let mut header = Header::new(n, root(), root(), root(), digest);
	let seal = key.sign(header.hash().as_bytes()).into();
	let seal = <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_seal(seal);
	header.digest_mut().push(seal);
	header
}

/// A report that validator 1 authored two blocks in slot 7.
fn report() -> pallet_equivocation::Call<Runtime> {
	report_of(VALIDATORS[1].0)
}

/// A report that a validator's key sealed two blocks in slot 7.
fn report_of(key: Sr25519Keyring) -> pallet_equivocation::Call<Runtime> {
	let offender = AuthorityId::from(key.public());
	let proof = EquivocationProof {
		offender: offender.clone(),
		slot: 7.into(),
		first_header: sealed(key, 1),
		second_header: sealed(key, 2),
	};
	pallet_equivocation::Call::report_equivocation_unsigned {
		equivocation_proof: Box::new(proof),
		key_owner_proof: KeyOwners::prove((AuthorityId::ID, offender)).expect("it validates"),
	}
}

fn put_into_block(report: impl Into<RuntimeCall>) -> ApplyExtrinsicResult {
	apply(&UncheckedExtrinsic::new_bare(report.into()))
}

#[test]
fn who_authors_two_blocks_in_one_slot_is_disabled_and_taken_off_the_list() {
	run(|| {
		assert_eq!(put_into_block(report()), Ok(Ok(())));
		let index = Session::validators().iter().position(|one| *one == validator(1));
		assert_eq!(Session::disabled_validators(), [index.expect("it validates") as u32]);
		assert_eq!(configs::ValidatorSet::validators().len(), 2);
		// A second report of the same is refused.
		assert!(put_into_block(report()).is_err());
		next_session();
		next_session();
		assert_eq!(session(), sorted(&[0, 2]));
		assert_eq!(Session::disabled_validators(), [0u32; 0]);
	});
}

#[test]
fn an_offence_of_an_ended_session_counts() {
	run(|| {
		let report = report();
		next_session();
		assert_eq!(put_into_block(report), Ok(Ok(())));
		assert_eq!(configs::ValidatorSet::validators().len(), 2);
	});
}

/// Keys that no validator has at first.
const NEW_KEYS: (Sr25519Keyring, Ed25519Keyring) = (Sr25519Keyring::Eve, Ed25519Keyring::Eve);

fn rotate_keys(n: usize, (aura, grandpa): (Sr25519Keyring, Ed25519Keyring)) {
	let keys = SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() };
	pallet_session::NextKeys::<Runtime>::insert(validator(n), keys);
}

#[test]
fn who_changes_keys_is_convicted_by_the_old_ones_while_they_are_used() {
	run(|| {
		rotate_keys(1, NEW_KEYS);
		rotate_keys(2, (Sr25519Keyring::Ferdie, Ed25519Keyring::Ferdie));
		assert_eq!(put_into_block(report()), Ok(Ok(())));
		assert_eq!(put_into_block(votes_report()), Ok(Ok(())));
		// Fewer than the least number do not remain: the second stays on the list.
		assert_eq!(configs::ValidatorSet::validators(), sorted(&[0, 2]));
	});
}

#[test]
fn who_changed_keys_is_convicted_by_the_old_ones_and_the_new() {
	for key in [VALIDATORS[1].0, NEW_KEYS.0] {
		run(|| {
			rotate_keys(1, NEW_KEYS);
			next_session();
			next_session();
			next_session();
			let aura = || pallet_aura::Authorities::<Runtime>::get().into_inner();
			assert!(aura().contains(&NEW_KEYS.0.public().into()));
			assert!(!aura().contains(&VALIDATORS[1].0.public().into()));
			assert_eq!(put_into_block(report_of(key)), Ok(Ok(())));
			assert_eq!(configs::ValidatorSet::validators(), sorted(&[0, 2]));
		});
	}
}

/// Nothing is known of who used a key before or after, and of whose it never was.
#[test]
fn a_key_convicts_only_for_sessions_in_which_it_was_used() {
	run(|| {
		rotate_keys(1, NEW_KEYS);
		let new: AuthorityId = NEW_KEYS.0.public().into();
		assert!(KeyOwners::prove((AuthorityId::ID, new.clone())).is_none());
		next_session();
		next_session();
		let proof = KeyOwners::prove((AuthorityId::ID, new.clone())).expect("it validates");
		let owner = |session| {
			let proof = MembershipProof { session, ..proof.clone() };
			KeyOwners::check_proof((AuthorityId::ID, new.clone()), proof)
		};
		assert_eq!([owner(0), owner(1), owner(2)], [None, None, Some((validator(1), ()))]);
	});
}

/// Else its author chose what it weighs and how long it is, both free of charge.
#[test]
fn a_report_counts_the_validators_of_its_session_and_carries_nothing_else() {
	run(|| {
		pallet_session::NextKeys::<Runtime>::insert(validator(3), keys(3));
		motion(pallet_consortium::Call::add_validator { validator: validator(3) });
		rotate_keys(1, NEW_KEYS);
		next_session();
		next_session();
		assert_eq!(session(), sorted(&[0, 1, 2, 3]));
		for (key, validators) in [(VALIDATORS[1].0, 3), (NEW_KEYS.0, 4)] {
			let pallet_equivocation::Call::report_equivocation_unsigned {
				equivocation_proof,
				key_owner_proof: proof,
			} = report_of(key);
			assert_eq!(proof.validator_count, validators);
			for forged in [
				MembershipProof { validator_count: 0, ..proof.clone() },
				MembershipProof { validator_count: validators + 1, ..proof.clone() },
				MembershipProof { trie_nodes: vec![vec![0; 1_000]], ..proof.clone() },
			] {
				let report = pallet_equivocation::Call::report_equivocation_unsigned {
					equivocation_proof: equivocation_proof.clone(),
					key_owner_proof: forged,
				};
				assert_eq!(put_into_block(report), Err(InvalidTransaction::BadProof.into()));
			}
		}
		assert_eq!(put_into_block(report_of(VALIDATORS[1].0)), Ok(Ok(())));
	});
}

/// As on a chain that began before it was noted whose the keys are.
#[test]
fn an_offence_of_a_session_that_was_not_noted_counts_by_the_history_of_sessions() {
	run(|| {
		Equivocation::forget_session(Session::current_index());
		let report = report();
		next_session();
		assert_eq!(put_into_block(report), Ok(Ok(())));
		assert_eq!(configs::ValidatorSet::validators(), sorted(&[0, 2]));
	});
}

#[test]
fn an_offence_of_a_forgotten_session_does_not() {
	run(|| {
		let report = report();
		for _ in 0..configs::KEPT_SESSIONS + 3 {
			next_session();
		}
		assert!(put_into_block(report).is_err());
		assert_eq!(configs::ValidatorSet::validators().len(), 3);
	});
}

#[test]
fn a_disabled_validator_authors_no_block() {
	run(|| {
		assert_eq!(put_into_block(report()), Ok(Ok(())));
		let disabled = Session::disabled_validators()[0];
		let slot = u64::from(disabled) + 3 * 1_000;
		let pre_digest = CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(slot.into());
		let block = System::block_number() + 1;
		System::initialize(&block, &GENESIS, &Digest { logs: vec![pre_digest] });
		let authored = std::panic::catch_unwind(|| Aura::on_initialize(block));
		assert!(authored.is_err());
	});
}

/// A report that validator 2 voted for two blocks in one of GRANDPA's rounds.
fn votes_report() -> pallet_grandpa::Call<Runtime> {
	use sp_consensus_grandpa as grandpa;
	const ROUND: u64 = 3;
	let (set, voter) = (pallet_grandpa::CurrentSetId::<Runtime>::get(), VALIDATORS[2].1);
	let vote = |target_hash| {
		let prevote = finality_grandpa::Prevote { target_hash, target_number: 1 };
		let message = finality_grandpa::Message::Prevote(prevote.clone());
		(prevote, voter.sign(&grandpa::localized_payload(ROUND, set, &message)).into())
	};
	let offender = grandpa::AuthorityId::from(voter.public());
	let votes = finality_grandpa::Equivocation {
		round_number: ROUND,
		identity: offender.clone(),
		first: vote(H256::repeat_byte(1)),
		second: vote(H256::repeat_byte(2)),
	};
	let proof = grandpa::EquivocationProof::new(set, grandpa::Equivocation::Prevote(votes));
	pallet_grandpa::Call::report_equivocation_unsigned {
		equivocation_proof: Box::new(proof),
		key_owner_proof: KeyOwners::prove((grandpa::KEY_TYPE, offender)).expect("it validates"),
	}
}

#[test]
fn who_votes_twice_is_disabled_and_taken_off_the_list() {
	run(|| {
		assert_eq!(put_into_block(votes_report()), Ok(Ok(())));
		let index = Session::validators().iter().position(|one| *one == validator(2));
		assert_eq!(Session::disabled_validators(), [index.expect("it validates") as u32]);
		let listed = configs::ValidatorSet::validators();
		assert_eq!(listed, sorted(&[0, 1]));
		// A second report of the same is refused.
		assert!(put_into_block(votes_report()).is_err());
	});
}

#[test]
fn reports_come_from_the_node_itself_alone() {
	run(|| {
		let validate = |source| Equivocation::validate_unsigned(source, &report());
		assert!(validate(TransactionSource::External).is_err());
		assert_ok!(validate(TransactionSource::Local));
		let pallet_equivocation::Call::report_equivocation_unsigned {
			equivocation_proof,
			key_owner_proof,
		} = report();
		let signed = signed(Alice);
		assert_noop!(
			Equivocation::report_equivocation_unsigned(signed, equivocation_proof, key_owner_proof),
			DispatchError::BadOrigin
		);
	});
}
