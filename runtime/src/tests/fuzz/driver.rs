//! Feeds bytes to the runtime: to its decoding, to its dispatch, to the check of transactions, and
//! to its API. Whatever they decode to may fail but must not panic, must leave the storage of ours
//! in order, and must change nothing where it fails.
//!
//! The first byte of an input chooses what the others are, the second who acts: see [`feed`].

use super::{chain::*, runtime::*};
use codec::{Decode, DecodeLimit, Encode};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit, Scope},
	consent::{CaptureMethod, LawfulBasis, SignedStatement, Statement, StatementSignature},
	customer::IdentificationMethod,
	Categories, CustomerId, DataCategory, Day, GrantId, InteractionKind, Moment, OrganisationId,
	PeerId, PurposeId, Role, Roles, DAY,
};
use frame_support::{
	assert_ok, dispatch::CheckIfFeeless, storage::with_transaction_unchecked,
	traits::GetCallMetadata, MAX_EXTRINSIC_DEPTH,
};
use pallet_access_grants::Call as Access;
use pallet_consent::{Call as Consents, RecordedStatement};
use pallet_customers::{Call as Customer, Interaction, NewCustomer};
use pallet_organisations::Call as Organisation;
use sp_core::{sr25519, Pair, H256};
use sp_io::{hashing::twox_128, TestExternalities};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_runtime::{
	traits::{ConstU32, Dispatchable, ExtrinsicLike},
	StateVersion, TransactionOutcome,
};
use std::collections::BTreeMap;

/// What the first byte of an input says that the rest is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
	/// A call, dispatched as signed.
	Call = 0,
	/// An extrinsic as it comes from the network.
	Extrinsic = 1,
	/// A call, which is put into a signed transaction.
	Transaction = 2,
	/// A statement, which its account or another signs, and somebody submits.
	Statement = 3,
	/// Arguments of a method of the runtime API.
	Query = 4,
}

/// Index of an actor who has no signature.
const NOBODY: u8 = 8;

/// Who acts: [`scene`] knows all but the last of them.
fn actors() -> [sr25519::Pair; NOBODY as usize] {
	[
		Alice.pair(),
		Bob.pair(),
		// An agent, the holders of customers 1 and 2, the key invited to claim customer 3.
		key(10),
		key(1_001),
		key(1_002),
		key(3),
		// Another officer, and a stranger.
		key(11),
		key(99),
	]
}

const ALICE: u8 = 0;
const BOB: u8 = 1;
const AGENT: u8 = 2;
const HOLDER: u8 = 3;
const OTHER_HOLDER: u8 = 4;
const INVITED: u8 = 5;
const OFFICER: u8 = 6;

/// The purposes of [`scene`], and the one basis of each.
const CONSENTED: PurposeId = 0;
const LEGITIMATE: PurposeId = 1;

/// A chain with something of everything.
pub fn scene() -> TestExternalities {
	let mut ext = chain_on(GENESIS);
	ext.execute_with(|| {
		employ(&key(10));
		employ(&key(12));
		let officer: Roles = [Role::Officer, Role::Steward].into_iter().collect();
		assert_ok!(Organisations::add_member(signed(Alice), account(&key(11)), officer));
		motion(Organisation::register {
			name: b"suspended".to_vec().try_into().expect("is short"),
			admin: account(&key(20)),
		});
		motion(Organisation::suspend { organisation: 1 });

		let (customer, holder) = claimed(1);
		claimed(2);
		invite(id(2), &key(14));
		invite(register(3), &key(3));
		register(4);
		let until = now() + DAY;
		assert_ok!(Customers::appoint_guardian(
			signed(Bob),
			id(2),
			account(&key(13)),
			COMMITMENT,
			until
		));
		assert_ok!(Customers::place_hold(signed(Bob), id(4), until, COMMITMENT));

		create_purpose(CONSENTED, LawfulBasis::Consent);
		create_purpose(LEGITIMATE, LawfulBasis::LegitimateInterests);
		let give = Consents::give { customer, purpose: CONSENTED, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		grant(0, Scope::Customer { customer }, CONSENTED);
		grant(1, Scope::Controller { organisation: ORGANISATION }, LEGITIMATE);

		let limit = |count| Some(RateLimit { count, window: DAY });
		let policy = |denials| Policy {
			rate: limit(1_000),
			hours: Hours::ALL,
			denials: limit(denials),
			break_glass: true,
		};
		// One agent is suspended at its first fault; the others get a second chance.
		assert_ok!(AccessGrants::set_policy(signed(Bob), policy(1)));
		let one = || vec![id(1)].try_into().expect("one fits");
		let suspended = RuntimeOrigin::signed(account(&key(12)));
		let categories = Categories::all();
		assert_ok!(AccessGrants::request_access(suspended, 99, CONSENTED, categories, one(), None));
		assert_ok!(AccessGrants::set_policy(signed(Bob), policy(50)));
		let agent = RuntimeOrigin::signed(account(&key(10)));
		assert_ok!(AccessGrants::break_glass(
			agent,
			id(2),
			CONSENTED,
			categories,
			COMMITMENT,
			None
		));
		for n in 40..43 {
			let keys = SessionKeys {
				aura: key(n).public().into(),
				grandpa: sp_core::ed25519::Public::from_raw([n as u8; 32]).into(),
			};
			pallet_session::NextKeys::<Runtime>::insert(account(&key(n)), keys);
		}
		for n in 40..42 {
			motion(pallet_consortium::Call::add_validator { validator: account(&key(n)) });
		}
		for n in 1..3 {
			assert_ok!(Peers::add_peer(signed(Alice), peer(n)));
		}
		check_invariants();
	});
	ext
}

/// A well-formed id of a node.
fn peer(n: u8) -> PeerId {
	let ed25519 = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
	[&ed25519[..], &[n; 32]].concat().try_into().expect("is short")
}

/// A valid call of each kind, with who makes it.
pub fn calls() -> Vec<(u8, RuntimeCall)> {
	let (customer, claimed, invited, held) = (id(1), id(2), id(3), id(4));
	let (until, evidence) = (START + 2 * DAY, COMMITMENT);
	let account_of = |actor: u64| account(&key(actor));
	let name = |name: &str| name.as_bytes().to_vec().try_into().expect("is short");
	let council = |call: RuntimeCall| -> RuntimeCall {
		let call = Box::new(call);
		pallet_collective::Call::<Runtime, configs::CouncilInstance>::propose {
			threshold: 1,
			proposal: call,
			length_bound: 10_000,
		}
		.into()
	};
	let organisation = |call: pallet_organisations::Call<Runtime>| council(call.into());
	let new = NewCustomer::<ConstU32<10>> {
		nonce: H256::repeat_byte(9),
		records: vec![(DataCategory::Contact, COMMITMENT)].try_into().expect("one fits"),
	};
	let interaction = Interaction { customer, kind: InteractionKind::Call, commitment: evidence };
	let recorded = RecordedStatement {
		customer: claimed,
		purpose: CONSENTED,
		statement: Statement::Request { permission: permission() },
		method: CaptureMethod::Form,
		evidence,
	};
	let terms_of = |purpose| GrantTerms {
		purpose,
		categories: Categories::all(),
		from: START,
		until: Some(until),
		uses: Some(3),
	};
	let statement = withdrawal();
	let signature = sign(&key(1_001), &statement);
	let one = || vec![customer].try_into().expect("one fits");
	let new = vec![new].try_into().expect("one fits");
	let interactions = vec![interaction].try_into().expect("one fits");
	let changes = vec![recorded].try_into().expect("one fits");
	let remark = frame_system::Call::remark { remark: vec![0; 8] };
	// The last entry in the trail is the access in an emergency.
	let entries = AuditTrail::trail_head(&claimed).map_or(0, |trail| trail.entries);
	let entry = entries.saturating_sub(1);
	let review = Access::review { customer: claimed, entry, justified: true, review: evidence };
	let batch = pallet_utility::Call::batch {
		calls: vec![Customer::seal {
			customer,
			category: DataCategory::Contact,
			commitment: evidence,
		}
		.into()],
	};
	let mut calls: Vec<(u8, RuntimeCall)> = vec![
		(ALICE, organisation(Organisation::register { name: name("new"), admin: account_of(30) })),
		(ALICE, organisation(Organisation::suspend { organisation: ORGANISATION })),
		(ALICE, organisation(Organisation::reinstate { organisation: 1 })),
		(
			ALICE,
			organisation(Organisation::appoint_admin { organisation: 1, account: account_of(31) }),
		),
		(
			ALICE,
			council(
				pallet_consortium::Call::issue_credits {
					organisation: ORGANISATION,
					amount: CREDIT,
				}
				.into(),
			),
		),
		(
			ALICE,
			council(
				pallet_consortium::Call::authorise_upgrade { code_hash: H256::repeat_byte(3) }
					.into(),
			),
		),
	];
	let (validator, candidate) = (account_of(40), account_of(42));
	for call in [
		pallet_consortium::Call::add_validator { validator: candidate.clone() },
		pallet_consortium::Call::remove_validator { validator: validator.clone() },
		pallet_consortium::Call::replace_validator { old: validator, new: candidate },
	] {
		calls.push((ALICE, council(call.into())));
	}
	calls.push((ALICE, council(pallet_peers::Call::enforce {}.into())));
	calls.push((ALICE, pallet_peers::Call::add_peer { peer: peer(3) }.into()));
	calls.push((ALICE, pallet_peers::Call::remove_peer { peer: peer(1) }.into()));
	let mut add = |actor: u8, call: RuntimeCall| calls.push((actor, call));
	let roles = Role::Agent.into();
	add(ALICE, Organisation::add_member { account: account_of(32), roles }.into());
	add(ALICE, Organisation::set_roles { account: account_of(10), roles }.into());
	add(AGENT, Organisation::remove_member { account: account_of(10) }.into());
	add(BOB, Customer::register { customers: new }.into());
	add(BOB, Customer::record_interactions { interactions }.into());
	let category = DataCategory::Address;
	add(BOB, Customer::seal { customer, category, commitment: evidence }.into());
	let method = IdentificationMethod::InPerson;
	let (key_of, expires) = (account_of(33), until);
	let to_held = Customer::invite { customer: held, key: key_of, method, evidence, expires };
	add(BOB, to_held.into());
	add(BOB, Customer::revoke_invitation { customer: invited }.into());
	add(INVITED, Customer::claim { account: account_of(34) }.into());
	add(OTHER_HOLDER, Customer::veto_invitation { customer: claimed }.into());
	let guardian = account_of(35);
	add(BOB, Customer::appoint_guardian { customer, guardian, evidence, until }.into());
	let guardian = account_of(13);
	add(BOB, Customer::dismiss_guardian { customer: claimed, guardian }.into());
	add(OTHER_HOLDER, Customer::request_erasure { customer: claimed }.into());
	add(BOB, Customer::place_hold { customer, until, reason: evidence }.into());
	add(BOB, Customer::lift_hold { customer: held }.into());
	add(BOB, Customer::erase { customer }.into());
	let dpv = name("dpv:Marketing").to_vec().try_into().expect("is short");
	let (basis, new_terms) = (LawfulBasis::Consent, terms());
	let create = Consents::create_purpose { name: name("new"), dpv, basis, terms: new_terms };
	add(BOB, create.into());
	let revised = consentry_primitives::consent::PurposeTerms {
		notice: consentry_primitives::Commitment::Blake2b256V1(H256::repeat_byte(2)),
		..terms()
	};
	let revise = Consents::revise_purpose { purpose: LEGITIMATE, terms: revised, renew: true };
	add(BOB, revise.into());
	add(BOB, Consents::retire_purpose { purpose: LEGITIMATE }.into());
	let permission = permission();
	add(HOLDER, Consents::give { customer, purpose: CONSENTED, permission }.into());
	add(HOLDER, Consents::withdraw { customer, purpose: CONSENTED }.into());
	add(HOLDER, Consents::object { customer, purpose: LEGITIMATE }.into());
	add(AGENT, Consents::submit { statement, signature }.into());
	add(BOB, Consents::record { changes }.into());
	let grantee = Grantee::Account { account: account_of(10) };
	let scope = Scope::Customer { customer };
	add(BOB, Access::grant { scope, grantee, terms: terms_of(CONSENTED) }.into());
	let grantee = Grantee::Role { organisation: ORGANISATION, role: Role::Agent };
	let scope = Scope::Controller { organisation: ORGANISATION };
	add(BOB, Access::grant { scope, grantee, terms: terms_of(LEGITIMATE) }.into());
	add(BOB, Access::revoke { grant: 0 }.into());
	add(HOLDER, Access::revoke_own { customer, grant: 1 }.into());
	add(BOB, Access::set_policy { policy: Policy::default() }.into());
	let (categories, reader) = (Categories::all(), Some([7; 32]));
	let purpose = CONSENTED;
	let request =
		Access::request_access { grant: 0, purpose, categories, customers: one(), reader };
	add(AGENT, request.into());
	let (emergency, customer) = (COMMITMENT, claimed);
	let emergency = Access::break_glass { customer, purpose, categories, emergency, reader };
	add(AGENT, emergency.into());
	add(OFFICER, review.into());
	add(BOB, Access::reinstate { account: account_of(12) }.into());
	add(BOB, batch.into());
	add(BOB, remark.into());
	calls
}

/// What the holder of customer 1 can sign.
fn withdrawal() -> SignedStatement<AccountId> {
	SignedStatement {
		customer: id(1),
		controller: ORGANISATION,
		account: account(&key(1_001)),
		purpose: CONSENTED,
		notice: COMMITMENT,
		revisions: 1,
		expires: START + DAY,
		statement: Statement::Withdraw,
	}
}

fn sign(
	key: &sr25519::Pair,
	statement: &SignedStatement<AccountId>,
) -> StatementSignature<Signature> {
	StatementSignature::Account(key.sign(&statement.message(&GENESIS)).into())
}

/// The name of the call, or of what it proposes to the council.
fn name_of(call: &RuntimeCall) -> String {
	let named = match call {
		RuntimeCall::Council(pallet_collective::Call::propose { proposal, .. }) => proposal,
		call => call,
	};
	let name = named.get_call_metadata();
	format!("{}-{}", name.pallet_name, name.function_name)
}

/// A valid input of each kind, with a name. To be called within [`scene`].
pub fn samples() -> Vec<(String, Vec<u8>)> {
	let input = |kind: Kind, actor: u8, rest: &[u8]| [&[kind as u8, actor], rest].concat();
	let mut samples = Vec::new();
	let mut seen = BTreeMap::new();
	for (number, (actor, call)) in calls().into_iter().enumerate() {
		let name = name_of(&call);
		// Where a call has several samples, they are counted.
		let count = seen.entry(name.clone()).or_insert(0);
		*count += 1;
		let name = if *count == 1 { name } else { format!("{name}-{count}") };
		samples.push((format!("call-{name}"), input(Kind::Call, actor, &call.encode())));
		if number % 4 == 0 {
			let rest = call.encode();
			samples.push((format!("transaction-{name}"), input(Kind::Transaction, actor, &rest)));
		}
		if number % 8 == 0 {
			let extrinsic = mortal(&actors()[actor as usize], call).encode();
			samples.push((format!("extrinsic-{name}"), input(Kind::Extrinsic, actor, &extrinsic)));
		}
	}
	let statement = withdrawal().encode();
	samples.push(("statement".into(), input(Kind::Statement, HOLDER, &statement)));
	let arguments = (account(&key(10)), 0u64, CONSENTED, Categories::all(), vec![id(1), id(4)]);
	let known: &[(&str, Vec<u8>)] = &[
		("CrmApi_customer", id(1).encode()),
		("CrmApi_consents", (id(1), None::<PurposeId>, 10u32).encode()),
		("CrmApi_consent_history", (id(1), CONSENTED, 0u32, 10u32).encode()),
		("CrmApi_consent_as_of", (id(1), CONSENTED, START).encode()),
		("CrmApi_check_access", arguments.encode()),
		("CrmApi_grants_on", (id(1), Some(0u64), 10u32).encode()),
		("CrmApi_break_glass_reviews", (0u32, Some((1_003u32, id(2), 5u64)), 10u32).encode()),
	];
	for (method, arguments) in known {
		let index = METHODS.iter().position(|(name, _)| name == method);
		let index = index.expect("the method is listed") as u8;
		samples.push((format!("query-{method}"), input(Kind::Query, index, arguments)));
	}
	samples
}

macro_rules! methods {
	($($name:literal: $arguments:ty,)*) => {
		&[$(($name, |bytes| <$arguments>::decode(&mut &bytes[..]).ok().map(|a| a.encode())),)*]
	};
}

/// The methods of the runtime API, each with what makes valid arguments of bytes. The node decodes
/// them before it calls: a method may rely on it.
const METHODS: &[(&str, fn(&[u8]) -> Option<Vec<u8>>)] = methods! {
	"CrmApi_customer": CustomerId,
	"CrmApi_organisation": OrganisationId,
	"CrmApi_member": AccountId,
	"CrmApi_records": CustomerId,
	"CrmApi_trail_head": CustomerId,
	"CrmApi_erasures": (OrganisationId, Option<(Day, CustomerId)>, u32),
	"CrmApi_purposes": (OrganisationId, Option<PurposeId>, u32),
	"CrmApi_purpose_history": (PurposeId, u32, u32),
	"CrmApi_consents": (CustomerId, Option<PurposeId>, u32),
	"CrmApi_consent_history": (CustomerId, PurposeId, u32, u32),
	"CrmApi_consent_as_of": (CustomerId, PurposeId, Moment),
	"CrmApi_check_access": (AccountId, GrantId, PurposeId, Categories, Vec<CustomerId>),
	"CrmApi_grants_on": (CustomerId, Option<GrantId>, u32),
	"CrmApi_grants_of": (AccountId, Option<GrantId>, u32),
	"CrmApi_policy": OrganisationId,
	"CrmApi_suspensions": (OrganisationId, Option<AccountId>, u32),
	"CrmApi_break_glass_reviews": (OrganisationId, Option<(Day, CustomerId, u64)>, u32),
};

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fed {
	/// It was no encoding of anything.
	Undecodable,
	/// It was refused, or failed.
	Failed,
	/// It did something, or was answered.
	Succeeded,
}

/// Feeds an input to the chain. To be called within [`scene`].
pub fn feed(input: &[u8]) -> Fed {
	let [kind, actor, rest @ ..] = input else { return Fed::Undecodable };
	match kind % 5 {
		0 => feed_call(*actor, rest),
		1 => feed_extrinsic(rest),
		2 => feed_transaction(*actor, rest),
		3 => feed_statement(*actor, rest),
		_ => feed_query(*actor, rest),
	}
}

fn decode<T: Decode>(mut bytes: &[u8]) -> Option<T> {
	T::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut bytes).ok()
}

fn feed_call(actor: u8, bytes: &[u8]) -> Fed {
	let Some(call) = decode::<RuntimeCall>(bytes) else { return Fed::Undecodable };
	let signer = actors().get(usize::from(actor % (NOBODY + 1))).map(account);
	let origin = match signer {
		Some(signer) => RuntimeOrigin::signed(signer),
		// Only a block's author can set the time, and a wrong time voids the block.
		None if matches!(call, RuntimeCall::Timestamp(_)) => return Fed::Failed,
		None => RuntimeOrigin::none(),
	};
	dispatch(call, origin)
}

/// Dispatches the call, which succeeds where it is free and changes nothing where it fails.
fn dispatch(call: RuntimeCall, origin: RuntimeOrigin) -> Fed {
	let before = sp_io::storage::root(StateVersion::V1);
	let free = call.is_feeless(&origin);
	match call.dispatch(origin) {
		Ok(_) => Fed::Succeeded,
		Err(failed) => {
			assert!(!free, "a free call failed: {failed:?}");
			assert_eq!(sp_io::storage::root(StateVersion::V1), before, "a failure left something");
			Fed::Failed
		},
	}
}

fn feed_extrinsic(bytes: &[u8]) -> Fed {
	let Some(extrinsic) = decode::<UncheckedExtrinsic>(bytes) else { return Fed::Undecodable };
	match is_inherent(&extrinsic) {
		// Not for the pool, and only for a block's author to add.
		true => {
			assert!(validate(&extrinsic).is_err(), "an inherent would enter the pool");
			Fed::Failed
		},
		false => include(&extrinsic, false),
	}
}

fn is_inherent(extrinsic: &UncheckedExtrinsic) -> bool {
	extrinsic.is_bare() && matches!(extrinsic.function, RuntimeCall::Timestamp(_))
}

fn feed_transaction(actor: u8, bytes: &[u8]) -> Fed {
	let Some(call) = decode::<RuntimeCall>(bytes) else { return Fed::Undecodable };
	let signer = &actors()[usize::from(actor % NOBODY)];
	let free = call.is_feeless(&RuntimeOrigin::signed(account(signer)));
	include(&mortal(signer, call), free)
}

/// Checks the extrinsic as the pool does, and puts it into the block.
fn include(extrinsic: &UncheckedExtrinsic, free: bool) -> Fed {
	// Each has a block to itself: whether it fits beside the others is not the question.
	frame_system::BlockWeight::<Runtime>::kill();
	frame_system::BlockSize::<Runtime>::kill();
	let valid = validate(extrinsic).is_ok();
	let before = our_storage();
	let applied = with_transaction_unchecked(|| match apply(extrinsic) {
		// The author of a block leaves out what is not valid.
		Err(invalid) => TransactionOutcome::Rollback(Err(invalid)),
		outcome => TransactionOutcome::Commit(outcome),
	});
	assert!(!(valid && free) || applied == Ok(Ok(())), "validated as free, but: {applied:?}");
	assert!(valid || applied.is_err(), "the pool refuses it, the block does not");
	match applied {
		Ok(Ok(())) => Fed::Succeeded,
		_ => {
			assert!(our_storage() == before, "a failure left something: {applied:?}");
			Fed::Failed
		},
	}
}

/// The storage that a failed transaction must not touch: all but fees, nonces and the block's own.
fn our_storage() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
	let mut stored = Vec::new();
	for pallet in [
		"Consortium",
		"Organisations",
		"AuditTrail",
		"Customers",
		"Consent",
		"AccessGrants",
		"Peers",
	] {
		let prefix = twox_128(pallet.as_bytes());
		let mut key = prefix.to_vec();
		while let Some(next) = sp_io::storage::next_key(&key).filter(|k| k.starts_with(&prefix)) {
			let value = sp_io::storage::get(&next).map(|value| value.to_vec());
			stored.push((next.clone(), value));
			key = next;
		}
	}
	stored
}

fn feed_statement(actor: u8, bytes: &[u8]) -> Fed {
	let Some(statement) = decode::<SignedStatement<AccountId>>(bytes) else {
		return Fed::Undecodable;
	};
	let actors = actors();
	let own = actors.iter().find(|actor| account(actor) == statement.account);
	let submitter = &actors[usize::from(actor % NOBODY)];
	let signature = sign(own.unwrap_or(submitter), &statement);
	let call = Consents::submit { statement, signature };
	dispatch(call.into(), RuntimeOrigin::signed(account(submitter)))
}

fn feed_query(method: u8, bytes: &[u8]) -> Fed {
	let (name, arguments) = METHODS[usize::from(method) % METHODS.len()];
	let Some(arguments) = arguments(bytes) else { return Fed::Undecodable };
	let before = sp_io::storage::root(StateVersion::V1);
	let answer = apis::api::dispatch(name, &arguments);
	assert!(answer.is_some(), "there is no method {name}");
	assert_eq!(sp_io::storage::root(StateVersion::V1), before, "a question changed something");
	Fed::Succeeded
}
