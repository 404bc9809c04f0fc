//! Fills blocks with the heaviest calls up to the limit of their weight, executes them natively, and
//! tells how the time that this takes compares with their weight:
//!
//!     cargo run --release -p consentry-runtime --example full_block
//!
//! Weight is time on the machine that measured it, with the runtime as WebAssembly and a database
//! on disk. Native code over a state in memory has to be faster: a block that takes longer than its
//! weight means that a weight is wrong or this machine too slow for the chain. Then it fails.

use consentry_runtime as runtime;

#[allow(dead_code)]
#[path = "../src/tests/chain.rs"]
mod chain;

use chain::*;
use consentry_primitives::{
	access::{Hours, Policy, RateLimit, Scope},
	consent::{CaptureMethod, LawfulBasis, SignedStatement, Statement, StatementSignature},
	Categories, CustomerId, DataCategory, InteractionKind, PurposeId, DAY,
};
use frame_support::{assert_ok, storage::with_transaction_unchecked};
use pallet_consent::RecordedStatement;
use pallet_customers::{Interaction, NewCustomer};
use runtime::*;
use sp_core::{sr25519, Pair, H256};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::Bob;
use sp_runtime::{
	traits::ConstU32,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	TransactionOutcome,
};
use std::time::{Duration, Instant};

/// Customers in one batch, all of them claimed.
const BATCH: u64 = 256;
/// Blocks of each kind, of which the median counts.
const RUNS: usize = 7;
/// The purpose that all calls are about.
const PURPOSE: PurposeId = 0;

/// Makes the `n`th transaction of a block.
type Maker = fn(u64) -> UncheckedExtrinsic;

const HEAVIEST: &[(&str, Maker)] = &[
	("register", registration),
	("record_interactions", interactions),
	("record", consents),
	("give", consent),
	("submit", statement),
	("request_access", request),
];

fn agent() -> sr25519::Pair {
	key(10_000)
}

/// A chain with a batch of customers who consented, and a policy that counts.
fn scene() -> TestExternalities {
	let mut chain = chain_on(GENESIS);
	chain.execute_with(|| {
		for n in 0..BATCH {
			claimed(n);
			// Setting up is no block: whether it fits into one does not count.
			frame_system::BlockWeight::<Runtime>::kill();
			frame_system::BlockSize::<Runtime>::kill();
		}
		motion(pallet_consortium::Call::issue_credits {
			organisation: ORGANISATION,
			amount: 1_000_000 * CREDIT,
		});
		employ(&agent());
		create_purpose(PURPOSE, LawfulBasis::Consent);
		grant(0, Scope::Controller { organisation: ORGANISATION }, PURPOSE);
		let limit = Some(RateLimit { count: u32::MAX, window: DAY });
		let policy = Policy { rate: limit, hours: Hours::ALL, denials: limit, break_glass: true };
		assert_ok!(AccessGrants::set_policy(signed(Bob), policy));
		assert_eq!(apply(&consents(0)), Ok(Ok(())));
		frame_system::BlockWeight::<Runtime>::kill();
		frame_system::BlockSize::<Runtime>::kill();
		System::reset_events();
	});
	chain.commit_all().expect("no transaction is open");
	chain
}

fn registration(n: u64) -> UncheckedExtrinsic {
	let records = DataCategory::ALL.map(|category| (category, COMMITMENT)).to_vec();
	let new = |customer| NewCustomer::<ConstU32<10>> {
		nonce: H256::from_low_u64_be((n + 1) << 32 | customer),
		records: records.clone().try_into().expect("one for each category"),
	};
	let customers = (0..BATCH).map(new).collect::<Vec<_>>().try_into().expect("a batch");
	mortal(&Bob.pair(), pallet_customers::Call::register { customers })
}

fn interactions(_: u64) -> UncheckedExtrinsic {
	let interaction =
		|n| Interaction { customer: id(n), kind: InteractionKind::Call, commitment: COMMITMENT };
	let interactions = (0..BATCH).map(interaction).collect::<Vec<_>>();
	let interactions = interactions.try_into().expect("a batch");
	mortal(&Bob.pair(), pallet_customers::Call::record_interactions { interactions })
}

fn consents(_: u64) -> UncheckedExtrinsic {
	let change = |n| RecordedStatement {
		customer: id(n),
		purpose: PURPOSE,
		statement: Statement::Give { permission: permission() },
		method: CaptureMethod::Form,
		evidence: COMMITMENT,
	};
	let changes = (0..BATCH).map(change).collect::<Vec<_>>().try_into().expect("a batch");
	mortal(&Bob.pair(), pallet_consent::Call::record { changes })
}

fn consent(n: u64) -> UncheckedExtrinsic {
	let (customer, holder) = (id(n % BATCH), key(n % BATCH + 1_000));
	let permission = permission();
	mortal(&holder, pallet_consent::Call::give { customer, purpose: PURPOSE, permission })
}

fn statement(n: u64) -> UncheckedExtrinsic {
	let (customer, holder) = (id(n % BATCH), key(n % BATCH + 1_000));
	let latest = Consent::consents_of(&customer, None, 1).and_then(|mut all| all.pop());
	let statement = SignedStatement {
		customer,
		controller: ORGANISATION,
		account: account(&holder),
		purpose: PURPOSE,
		notice: COMMITMENT,
		revisions: latest.map_or(0, |latest| latest.revision + 1),
		expires: now() + DAY,
		statement: Statement::Give { permission: permission() },
	};
	let signature = holder.sign(&statement.wrapped_message(&GENESIS));
	let signature = StatementSignature::Account(signature.into());
	mortal(&Bob.pair(), pallet_consent::Call::submit { statement, signature })
}

fn request(_: u64) -> UncheckedExtrinsic {
	let customers: Vec<CustomerId> = (0..BATCH).map(id).collect();
	let call = pallet_access_grants::Call::request_access {
		grant: 0,
		purpose: PURPOSE,
		categories: Categories::all(),
		customers: customers.try_into().expect("a batch"),
		reader: Some([7; 32]),
	};
	mortal(&agent(), call)
}

/// What a block took.
struct Block {
	transactions: u64,
	time: Duration,
	weight: Duration,
}

impl Block {
	fn ratio(&self) -> f64 {
		self.time.as_secs_f64() / self.weight.as_secs_f64()
	}
}

/// Fills a block with what `makers` make in turn, until nothing fits any more. Only execution is
/// timed, not what the signers do.
fn fill(makers: &[Maker]) -> Block {
	let moment = now() + SLOT_DURATION;
	let number = System::block_number() + 1;
	let header = <Header as sp_runtime::traits::Header>::new(
		number,
		Default::default(),
		Default::default(),
		H256::repeat_byte(2),
		Default::default(),
	);
	let mut time = Duration::ZERO;
	let mut timed = |work: &mut dyn FnMut()| {
		let start = Instant::now();
		work();
		time += start.elapsed();
	};
	timed(&mut || {
		Executive::initialize_block(&header);
	});
	// Aura checks the time against the slot of a seal that these blocks do not have.
	pallet_aura::CurrentSlot::<Runtime>::put(sp_consensus_aura::Slot::from(moment / SLOT_DURATION));
	let set = pallet_timestamp::Call::<Runtime>::set { now: moment };
	let inherent = UncheckedExtrinsic::new_bare(set.into());
	timed(&mut || assert_eq!(apply(&inherent), Ok(Ok(()))));

	let mut transactions = 0;
	let mut open = makers.to_vec();
	for n in 0.. {
		let Some(turn) = (n as usize).checked_rem(open.len()) else { break };
		let transaction = open[turn](n);
		let mut applied = None;
		timed(&mut || {
			applied = Some(with_transaction_unchecked(|| match apply(&transaction) {
				Err(invalid) => TransactionOutcome::Rollback(Err(invalid)),
				outcome => TransactionOutcome::Commit(outcome),
			}))
		});
		match applied.expect("was applied") {
			Ok(outcome) => {
				assert_ok!(outcome);
				transactions += 1;
			},
			// Another kind may still fit.
			Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => {
				open.remove(turn);
			},
			Err(invalid) => panic!("transaction {n} is not valid: {invalid:?}"),
		}
	}
	timed(&mut || {
		Executive::finalize_block();
	});
	// A weight's unit is a picosecond.
	let weight = Duration::from_nanos(System::block_weight().total().ref_time() / 1_000);
	Block { transactions, time, weight }
}

fn main() {
	let mut scene = scene();
	let makers: Vec<Maker> = HEAVIEST.iter().map(|(_, maker)| *maker).collect();
	let kinds = HEAVIEST.iter().map(|(name, maker)| (*name, vec![*maker]));
	println!("| block of | transactions | weight ms | time ms | time / weight |");
	println!("| --- | --- | --- | --- | --- |");
	let mut slow = Vec::new();
	for (name, makers) in kinds.chain([("all of them", makers)]) {
		let mut blocks: Vec<_> = (0..RUNS)
			.map(|_| {
				scene.execute_with(|| {
					with_transaction_unchecked(|| TransactionOutcome::Rollback(fill(&makers)))
				})
			})
			.collect();
		blocks.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
		let median = &blocks[RUNS / 2];
		let (weight, time) = (median.weight.as_millis(), median.time.as_millis());
		let (transactions, ratio) = (median.transactions, median.ratio());
		println!("| {name} | {transactions} | {weight} | {time} | {ratio:.2} |");
		if ratio > 1.0 {
			slow.push(name);
		}
	}
	assert!(slow.is_empty(), "takes longer than its weight: {slow:?}");
}
