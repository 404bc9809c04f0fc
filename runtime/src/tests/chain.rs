//! A chain in memory: its genesis, keys, transactions, the council's motions, and a scene to act
//! in. The fuzzer and the examples include this file too.

use super::runtime::*;
use codec::Encode;
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	consent::{Expression, LawfulBasis, Permission, PurposeTerms},
	customer::{customer_id, IdentificationMethod},
	Categories, Commitment, CustomerId, GrantId, Moment, OrganisationId, PurposeId, Role, Roles,
	DAY,
};
use frame_support::{assert_ok, storage::with_transaction_unchecked};
use pallet_customers::NewCustomer;
use sp_core::{sr25519, Pair, H256};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob};
use sp_runtime::{
	generic::Era,
	traits::ConstU32,
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, BuildStorage, DispatchResult, TransactionOutcome,
};

/// Hash of the chain's first block.
pub const GENESIS: H256 = H256::repeat_byte(0xfe);
/// What the commitments commit to does not matter here.
pub const COMMITMENT: Commitment = Commitment::Blake2b256V1(H256::repeat_byte(1));
/// The organisation that is always there: Alice is its Admin, Bob has the other roles that write.
pub const ORGANISATION: OrganisationId = 0;
/// Its name.
pub const NAME: &[u8] = b"acme";
/// When the chain starts.
pub const START: Moment = 1_000 * DAY;

/// The chain whose first block has the hash `genesis`, with Alice as its council.
pub fn chain_on(genesis: H256) -> TestExternalities {
	chain_from(RuntimeGenesisConfig::default(), genesis)
}

/// The same with the rest of its genesis as in `config`.
pub fn chain_from(mut config: RuntimeGenesisConfig, genesis: H256) -> TestExternalities {
	config.council.members = vec![Alice.to_account_id()];
	let mut ext: TestExternalities = config.build_storage().expect("the genesis builds").into();
	ext.execute_with(|| {
		frame_system::BlockHash::<Runtime>::insert(0, genesis);
		System::set_block_number(1);
		set_time(START);
		motion(pallet_organisations::Call::register {
			name: NAME.to_vec().try_into().expect("is short"),
			admin: Alice.to_account_id(),
		});
		motion(pallet_consortium::Call::issue_credits {
			organisation: ORGANISATION,
			amount: 1_000 * CREDIT,
		});
		let roles: Roles = [Role::Steward, Role::Officer].into_iter().collect();
		assert_ok!(Organisations::add_member(signed(Alice), Bob.to_account_id(), roles));
	});
	ext
}

/// Runs `test` on the chain whose first block has the hash `genesis`.
pub fn run_on(genesis: H256, test: impl FnOnce()) {
	chain_on(genesis).execute_with(test)
}

pub fn run(test: impl FnOnce()) {
	run_on(GENESIS, test)
}

pub fn set_time(moment: Moment) {
	pallet_timestamp::Now::<Runtime>::put(moment);
}

pub fn now() -> Moment {
	Timestamp::get()
}

pub fn signed(who: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.to_account_id())
}

/// Lets the council, which has one seat, carry out `call`.
pub fn motion(call: impl Into<RuntimeCall>) {
	assert_ok!(try_motion(call));
}

pub fn try_motion(call: impl Into<RuntimeCall>) -> DispatchResult {
	System::reset_events();
	Council::propose(signed(Alice), 1, Box::new(call.into()), 10_000)
		.map_err(|failed| failed.error)?;
	let outcome = System::events().into_iter().find_map(|record| match record.event {
		RuntimeEvent::Council(pallet_collective::Event::Executed { result, .. }) => Some(result),
		_ => None,
	});
	outcome.expect("a single seat's motion is carried out at once")
}

/// What must hold of the storage of every pallet of ours.
pub fn check_invariants() {
	let checks = [
		Consortium::do_try_state(),
		Organisations::do_try_state(),
		AuditTrail::do_try_state(),
		Customers::do_try_state(),
		Consent::do_try_state(),
		AccessGrants::do_try_state(),
		Peers::do_try_state(),
		Equivocation::do_try_state(),
	];
	for check in checks {
		check.expect("the invariants hold");
	}
}

/// A key that nobody else has.
pub fn key(n: u64) -> sr25519::Pair {
	sr25519::Pair::from_seed(&H256::from_low_u64_be(n + 1).0)
}

pub fn account(pair: &sr25519::Pair) -> AccountId {
	pair.public().into()
}

pub fn transaction(pair: &sr25519::Pair, call: RuntimeCall, era: Era) -> UncheckedExtrinsic {
	signed_transaction(pair, call, era, 0)
}

/// A transaction that offers more than the fee.
pub fn tipping(pair: &sr25519::Pair, call: RuntimeCall, tip: Balance) -> UncheckedExtrinsic {
	signed_transaction(pair, call, Era::mortal(64, 0), tip)
}

fn signed_transaction(
	pair: &sr25519::Pair,
	call: RuntimeCall,
	era: Era,
	tip: Balance,
) -> UncheckedExtrinsic {
	let nonce = System::account_nonce(account(pair));
	let extension: TxExtension = (
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		era.into(),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(tip).into(),
		extensions::CustomerPriority,
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	);
	let payload = SignedPayload::new(call, extension).expect("the extensions' data are in state");
	let signature = payload.using_encoded(|bytes| pair.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(call, account(pair).into(), signature.into(), extension)
}

/// A transaction that is valid for 64 blocks.
pub fn mortal(pair: &sr25519::Pair, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
	transaction(pair, call.into(), Era::mortal(64, 0))
}

/// What the pool is told of the transaction. Its check starts a block of its own, which must leave
/// no trace.
pub fn validate(transaction: &UncheckedExtrinsic) -> TransactionValidity {
	with_transaction_unchecked(|| {
		let source = TransactionSource::External;
		let validity = Executive::validate_transaction(source, transaction.clone(), GENESIS);
		TransactionOutcome::Rollback(validity)
	})
}

/// Puts the transaction into the block.
pub fn apply(transaction: &UncheckedExtrinsic) -> ApplyExtrinsicResult {
	Executive::apply_extrinsic(transaction.clone())
}

/// The id of customer `n`.
pub fn id(n: u64) -> CustomerId {
	customer_id(ORGANISATION, &H256::from_low_u64_be(n))
}

/// Registers customer `n`.
pub fn register(n: u64) -> CustomerId {
	let nonce = H256::from_low_u64_be(n);
	let new: NewCustomer<ConstU32<10>> = NewCustomer { nonce, records: Default::default() };
	assert_ok!(Customers::register(signed(Bob), vec![new].try_into().expect("one fits")));
	id(n)
}

pub fn invite(customer: CustomerId, key: &sr25519::Pair) {
	let opens = match Customers::customer_info(&customer).and_then(|info| info.account) {
		Some(_) => now() + 7 * DAY,
		None => now(),
	};
	assert_ok!(Customers::invite(
		signed(Bob),
		customer,
		account(key),
		IdentificationMethod::CustomerAccount,
		COMMITMENT,
		opens + DAY,
	));
}

/// Registers customer `n` and claims it for `key(n + 1_000)` through `key(n)`.
pub fn claimed(n: u64) -> (CustomerId, sr25519::Pair) {
	let customer = register(n);
	invite(customer, &key(n));
	let holder = key(n + 1_000);
	let claim = pallet_customers::Call::claim { account: account(&holder) };
	assert_eq!(apply(&mortal(&key(n), claim)), Ok(Ok(())));
	(customer, holder)
}

/// What a purpose tells that needs all categories.
pub fn terms() -> PurposeTerms {
	PurposeTerms { categories: Categories::all(), retention_days: 365, notice: COMMITMENT }
}

/// Creates the `n`th purpose, counted from 0.
pub fn create_purpose(n: PurposeId, basis: LawfulBasis) -> PurposeId {
	let name = format!("purpose-{n}").into_bytes().try_into().expect("is short");
	let dpv = b"dpv:CustomerManagement".to_vec().try_into().expect("is short");
	assert_ok!(Consent::create_purpose(signed(Bob), name, dpv, basis, terms()));
	n
}

/// Consent to all categories under the first notice.
pub fn permission() -> Permission {
	Permission {
		notice_version: 1,
		categories: Categories::all(),
		until: None,
		expression: Expression::Expressed,
		receipt: Some(COMMITMENT),
	}
}

/// Gives the `n`th grant, counted from 0: to all agents of the organisation.
pub fn grant(n: GrantId, scope: Scope, purpose: PurposeId) -> GrantId {
	let grantee = Grantee::Role { organisation: ORGANISATION, role: Role::Agent };
	let terms =
		GrantTerms { purpose, categories: Categories::all(), from: 0, until: None, uses: None };
	assert_ok!(AccessGrants::grant(signed(Bob), scope, grantee, terms));
	n
}

/// Makes `agent` a member that may request access, and nothing else.
pub fn employ(agent: &sr25519::Pair) {
	assert_ok!(Organisations::add_member(signed(Alice), account(agent), Role::Agent.into()));
}
