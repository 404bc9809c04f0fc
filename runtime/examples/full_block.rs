//! Fills blocks with the heaviest calls up to the limit of their weight, as their author does, and
//! tells how the time that the runtime takes compares with their weight:
//!
//!     cargo build --release --workspace --all-targets
//!     target/release/examples/full_block
//!
//! Weight is time on the machine that measured it, with the runtime as WebAssembly, and for each
//! access to the state what it takes with a database on disk. Here the runtime is WebAssembly too,
//! but the state in memory, which has to be faster: a block that takes longer than its weight means
//! that a weight is wrong or this machine too slow for the chain. Then it fails.
//!
//! Left out are calls that write less than these do: of organisations, purposes, invitations,
//! guardians, policies and reviews; those that an account can make but once, such as claiming; and
//! what is done in idle time.

use consentry_runtime as runtime;

#[allow(dead_code)]
#[path = "../src/tests/chain.rs"]
mod chain;

use chain::*;
use codec::{Decode, Encode};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit, Scope},
	consent::{CaptureMethod, LawfulBasis, SignedStatement, Statement, StatementSignature},
	customer::customer_id,
	Categories, CustomerId, DataCategory, GrantId, InteractionKind, OrganisationId, PurposeId,
	Role, DAY,
};
use frame_support::assert_ok;
use pallet_consent::RecordedStatement;
use pallet_customers::{Interaction, NewCustomer};
use runtime::*;
use sc_executor::WasmExecutor;
use sp_core::{
	sr25519,
	traits::{CallContext, CodeExecutor, Externalities, RuntimeCode, WrappedRuntimeCode},
	Pair, H256,
};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::Bob;
use sp_runtime::{
	traits::ConstU32,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ApplyExtrinsicResult, ExtrinsicInclusionMode,
};
use std::time::{Duration, Instant};

/// Customers in one batch, all of them claimed.
const BATCH: u64 = 256;
/// Blocks of each kind, of which the median counts.
const RUNS: usize = 7;
/// The purpose that all calls are about, but for withdrawals.
const PURPOSE: PurposeId = 0;
/// Purposes that each customer can withdraw its consent to, and grants that it can revoke for its
/// own data: more than a block holds of either for the batch.
const ENDINGS: u64 = 8;

/// Makes the `n`th transaction of a block.
type Maker = fn(u64) -> UncheckedExtrinsic;

const HEAVIEST: &[(&str, Maker)] = &[
	("register", registration),
	("record_interactions", interactions),
	("record", consents),
	("give", consent),
	("submit", statement),
	("withdraw", withdrawal),
	("grant", granting),
	("revoke_own", revocation),
	("request_access", request),
	("request_access at fault", request_at_fault),
	("break_glass", emergency),
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
		for n in 0..=ENDINGS {
			grant(n, Scope::Controller { organisation: ORGANISATION }, PURPOSE);
		}
		(0..BATCH).for_each(found_another);
		assert_ok!(AccessGrants::set_policy(signed(Bob), policy()));
		for n in 0..=ENDINGS as PurposeId {
			if n > PURPOSE {
				create_purpose(n, LawfulBasis::Consent);
			}
			assert_eq!(apply(&consents_to(n)), Ok(Ok(())));
			frame_system::BlockWeight::<Runtime>::kill();
		}
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
	consents_to(PURPOSE)
}

fn consents_to(purpose: PurposeId) -> UncheckedExtrinsic {
	let change = |n| RecordedStatement {
		customer: id(n),
		purpose,
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
	let consents = Consent::consents_of(&customer, None, u32::MAX).into_iter().flatten();
	let latest = consents.into_iter().find(|consent| consent.purpose == PURPOSE);
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

/// Which of its endings the `n`th transaction of a block is for its customer, from 1.
fn ending(n: u64) -> u64 {
	1 + n / BATCH % ENDINGS
}

fn withdrawal(n: u64) -> UncheckedExtrinsic {
	let (customer, holder) = (id(n % BATCH), key(n % BATCH + 1_000));
	let purpose = ending(n) as PurposeId;
	mortal(&holder, pallet_consent::Call::withdraw { customer, purpose })
}

fn granting(n: u64) -> UncheckedExtrinsic {
	let scope = Scope::Customer { customer: id(n % BATCH) };
	let grantee = Grantee::Account { account: account(&agent()) };
	let categories = Categories::all();
	let terms = GrantTerms { purpose: PURPOSE, categories, from: 0, until: None, uses: Some(1) };
	mortal(&Bob.pair(), pallet_access_grants::Call::grant { scope, grantee, terms })
}

fn revocation(n: u64) -> UncheckedExtrinsic {
	let (customer, holder) = (id(n % BATCH), key(n % BATCH + 1_000));
	let grant = ending(n);
	mortal(&holder, pallet_access_grants::Call::revoke_own { customer, grant })
}

fn emergency(n: u64) -> UncheckedExtrinsic {
	let call = pallet_access_grants::Call::break_glass {
		customer: id(n % BATCH),
		purpose: PURPOSE,
		categories: Categories::all(),
		emergency: COMMITMENT,
		reader: Some([7; 32]),
	};
	mortal(&agent(), call)
}

fn request(_: u64) -> UncheckedExtrinsic {
	request_for(0, (0..BATCH).map(id).collect())
}

/// Counts a denial with each of as many controllers as there are customers.
fn request_at_fault(_: u64) -> UncheckedExtrinsic {
	request_for(GrantId::MAX, (0..BATCH).map(anothers).collect())
}

fn request_for(grant: GrantId, customers: Vec<CustomerId>) -> UncheckedExtrinsic {
	let call = pallet_access_grants::Call::request_access {
		grant,
		purpose: PURPOSE,
		categories: Categories::all(),
		customers: customers.try_into().expect("a batch"),
		reader: Some([7; 32]),
	};
	mortal(&agent(), call)
}

/// The customer of the `n`th other controller.
fn anothers(n: u64) -> CustomerId {
	customer_id(n as OrganisationId + 1, &H256::zero())
}

/// Registers the `n`th other controller, with one customer and a policy that counts.
fn found_another(n: u64) {
	let admin = account(&key(20_000 + n));
	let name = format!("another-{n}").into_bytes().try_into().expect("is short");
	motion(pallet_organisations::Call::register { name, admin: admin.clone() });
	let origin = || RuntimeOrigin::signed(admin.clone());
	let roles = [Role::Admin, Role::Steward, Role::Officer].into_iter().collect();
	assert_ok!(Organisations::set_roles(origin(), admin.clone(), roles));
	assert_ok!(AccessGrants::set_policy(origin(), policy()));
	let new: NewCustomer<ConstU32<10>> =
		NewCustomer { nonce: H256::zero(), records: Default::default() };
	assert_ok!(Customers::register(origin(), vec![new].try_into().expect("one fits")));
}

/// Counts everything, and limits nothing that a block could reach.
fn policy() -> Policy {
	let limit = Some(RateLimit { count: u32::MAX, window: DAY });
	Policy { rate: limit, hours: Hours::ALL, denials: limit, break_glass: true }
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

/// Runs the runtime on a chain as nodes do.
struct Author {
	executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
	chain: TestExternalities,
	/// What its calls took.
	time: Duration,
}

impl Author {
	fn call<Answer: Decode>(&mut self, method: &str, arguments: Vec<u8>) -> Answer {
		let wasm = WrappedRuntimeCode(WASM_BINARY.expect("the runtime was built").into());
		let code = RuntimeCode { code_fetcher: &wasm, heap_pages: None, hash: vec![] };
		let context = CallContext::Onchain { import: false };
		let start = Instant::now();
		let (answer, _) =
			self.executor.call(&mut self.chain.ext(), &code, method, &arguments, context);
		self.time += start.elapsed();
		Decode::decode(&mut &answer.expect("does not panic")[..]).expect("is the answer")
	}

	/// Puts the transaction into the block, where it fits.
	fn apply(&mut self, transaction: &UncheckedExtrinsic) -> ApplyExtrinsicResult {
		self.chain.ext().storage_start_transaction();
		let outcome = self.call("BlockBuilder_apply_extrinsic", transaction.encode());
		let mut ext = self.chain.ext();
		match outcome {
			Ok(_) => ext.storage_commit_transaction(),
			Err(_) => ext.storage_rollback_transaction(),
		}
		.expect("it was started");
		outcome
	}
}

/// Fills a block with what `makers` make in turn, until nothing fits any more, and drops it. Only
/// execution is timed, not what the signers do.
fn fill(author: &mut Author, makers: &[Maker]) -> Block {
	author.chain.ext().storage_start_transaction();
	author.time = Duration::ZERO;
	let header = <Header as sp_runtime::traits::Header>::new(
		author.chain.execute_with(System::block_number) + 1,
		Default::default(),
		Default::default(),
		H256::repeat_byte(2),
		Default::default(),
	);
	let _: ExtrinsicInclusionMode = author.call("Core_initialize_block", header.encode());
	let moment = author.chain.execute_with(now) + SLOT_DURATION;
	// Aura checks the time against the slot of a seal that these blocks do not have.
	let slot = sp_consensus_aura::Slot::from(moment / SLOT_DURATION);
	author.chain.execute_with(|| pallet_aura::CurrentSlot::<Runtime>::put(slot));
	let set = pallet_timestamp::Call::<Runtime>::set { now: moment };
	assert_eq!(author.apply(&UncheckedExtrinsic::new_bare(set.into())), Ok(Ok(())));

	let mut transactions = 0;
	let mut open = makers.to_vec();
	for n in 0.. {
		let Some(turn) = (n as usize).checked_rem(open.len()) else { break };
		let transaction = author.chain.execute_with(|| open[turn](n));
		match author.apply(&transaction) {
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
	let _: Header = author.call("BlockBuilder_finalize_block", vec![]);
	let weight = author.chain.execute_with(System::block_weight).total();
	author.chain.ext().storage_rollback_transaction().expect("it was started");
	// A weight's unit is a picosecond.
	let weight = Duration::from_nanos(weight.ref_time() / 1_000);
	Block { transactions, time: author.time, weight }
}

fn main() {
	let executor = WasmExecutor::builder().build();
	let mut author = Author { executor, chain: scene(), time: Duration::ZERO };
	let makers: Vec<Maker> = HEAVIEST.iter().map(|(_, maker)| *maker).collect();
	let kinds = HEAVIEST.iter().map(|(name, maker)| (*name, vec![*maker]));
	println!("| block of | transactions | weight ms | time ms | time / weight |");
	println!("| --- | --- | --- | --- | --- |");
	let mut slow = Vec::new();
	for (name, makers) in kinds.chain([("all of them", makers)]) {
		// The very first compiles the runtime as well.
		let mut blocks: Vec<_> = (0..RUNS).map(|_| fill(&mut author, &makers)).collect();
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
