//! An upgrade whose migration takes several blocks.

use super::*;
use crate::configs::MaxMigrationWeight;
use frame_support::{
	migrations::{SteppedMigration, SteppedMigrationError},
	storage_alias,
	weights::WeightMeter,
	Twox64Concat,
};
use frame_system::{Call as SystemCall, LastRuntimeUpgrade};
use sp_consensus_aura::{digests::CompatibleDigestItem, sr25519::AuthoritySignature};
use sp_runtime::{traits::Header as _, Digest, DigestItem, ExtrinsicInclusionMode};

/// How many items fit into a block, at most.
const PER_BLOCK: u64 = 100;

/// What is migrated.
#[storage_alias]
type Items = StorageMap<Doubling, Twox64Concat, u64, u64>;

/// Doubles every item, in their order; fails at one that is too large.
pub struct Doubling;

impl SteppedMigration for Doubling {
	type Cursor = u64;
	type Identifier = [u8; 8];

	fn id() -> [u8; 8] {
		*b"doubling"
	}

	fn step(
		next: Option<u64>,
		meter: &mut WeightMeter,
	) -> Result<Option<u64>, SteppedMigrationError> {
		let mut next = next.unwrap_or(0);
		while let Some(item) = Items::get(next) {
			if meter.try_consume(MaxMigrationWeight::get() / PER_BLOCK).is_err() {
				return Ok(Some(next));
			}
			Items::insert(next, item.checked_mul(2).ok_or(SteppedMigrationError::Failed)?);
			next += 1;
		}
		Ok(None)
	}
}

/// Lets the next block upgrade the chain.
fn upgrade(items: impl IntoIterator<Item = u64>) {
	(0..).zip(items).for_each(|(n, item)| Items::insert(n, item));
	LastRuntimeUpgrade::<Runtime>::kill();
}

/// Makes the next block, with `transactions` if it takes any. What came of them; `None` where the
/// block takes inherents alone.
fn next_block(transactions: &[UncheckedExtrinsic]) -> Option<Vec<ApplyExtrinsicResult>> {
	let moment = now() + SLOT_DURATION;
	let slot = (moment / SLOT_DURATION).into();
	let slot = <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_pre_digest(slot);
	let (number, root) = (System::block_number() + 1, Default::default);
	let digest = Digest { logs: vec![slot] };
	let header = Header::new(number, root(), root(), H256::repeat_byte(2), digest);
	let set = pallet_timestamp::Call::<Runtime>::set { now: moment };
	let mode = Executive::initialize_block(&header);
	assert_eq!(apply(&UncheckedExtrinsic::new_bare(set.into())), Ok(Ok(())));
	let takes_any = mode == ExtrinsicInclusionMode::AllExtrinsics;
	let outcomes = takes_any.then(|| transactions.iter().map(apply).collect());
	Executive::finalize_block();
	outcomes
}

/// Makes blocks until one takes `transactions`: how many did not, and what came of them.
fn wait_for(transactions: &[UncheckedExtrinsic]) -> (u64, Vec<ApplyExtrinsicResult>) {
	let mut waited = (0..60).map(|n| (n, next_block(transactions)));
	waited.find_map(|(n, outcomes)| Some((n, outcomes?))).expect("the migration ends")
}

fn remark() -> UncheckedExtrinsic {
	mortal(&Bob.pair(), SystemCall::remark { remark: vec![] })
}

#[test]
fn transactions_wait_while_a_migration_takes_several_blocks() {
	const ITEMS: u64 = 5 * PER_BLOCK;
	validators::run(|| {
		upgrade(0..ITEMS);
		assert_eq!(next_block(&[remark()]), None);
		// Part of it is done, and the pool keeps what waits.
		assert_eq!(Items::get(1), Some(2));
		assert_eq!(Items::get(ITEMS - 1), Some(ITEMS - 1));
		assert!(validate(&remark()).is_ok());
		let (waited, outcomes) = wait_for(&[remark()]);
		assert!((4..10).contains(&waited), "{waited} blocks");
		assert_eq!(outcomes, [Ok(Ok(()))]);
		assert!((0..ITEMS).all(|n| Items::get(n) == Some(2 * n)));
		// What is done is not done again.
		upgrade([]);
		wait_for(&[remark()]);
		assert_eq!(Items::get(1), Some(2));
	});
}

/// With `try-runtime` the SDK panics instead.
#[cfg(not(feature = "try-runtime"))]
#[test]
fn a_migration_that_fails_on_its_way_leaves_the_safe_mode() {
	const FAULTY: u64 = 2 * PER_BLOCK;
	validators::run(|| {
		let (customer, holder) = claimed(1);
		create_purpose(0, LawfulBasis::Consent);
		let give = pallet_consent::Call::give { customer, purpose: 0, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		upgrade((0..FAULTY).chain([u64::MAX]));
		let withdraw = pallet_consent::Call::withdraw { customer, purpose: 0 };
		let (waited, outcomes) = wait_for(&[remark(), mortal(&holder, withdraw)]);
		assert!(waited > 1, "{waited} blocks");
		assert!(SafeMode::is_entered());
		let filtered = frame_system::Error::<Runtime>::CallFiltered.into();
		assert_eq!(outcomes, [Ok(Err(filtered)), Ok(Ok(()))]);
		// Of the step that failed nothing is left.
		assert_eq!(Items::get(1), Some(2));
		assert_eq!(Items::get(FAULTY - 1), Some(FAULTY - 1));
	});
}
