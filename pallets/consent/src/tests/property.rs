//! Random sequences of all calls with time moving: the invariants hold after each step, a call
//! that was free does not fail, a call that fails changes nothing, and what is permitted now is
//! what the history tells of now.

use crate::{mock::*, Call, RecordedStatement};
use consentry_primitives::{
	consent::{
		CaptureMethod, Expression, LawfulBases, Permission, PurposeTerms, Statement,
		StatementSignature,
	},
	customer::Sweep,
	Categories, DataCategory, LawfulBasis, Moment, PurposeId, DAY,
};
use frame_support::{
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	traits::GetCallName,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use sp_runtime::{traits::Dispatchable, StateVersion};
use std::collections::BTreeMap;

const PURPOSES: PurposeId = 8;

#[derive(Clone, Debug)]
enum Step {
	Call(AccountId, Call<Test>),
	/// What customer `n` signs when the step is taken, so that its revisions fit, unless `late`.
	Submit {
		who: AccountId,
		n: u8,
		purpose: PurposeId,
		stated: Statement,
		late: bool,
	},
	Wait(Moment),
	Idle,
	Erase(u8),
	Sweep(u8, u32),
}

// Mostly those of the organisation whose purposes there are.
fn customer() -> impl Strategy<Value = u8> {
	prop_oneof![8 => 1u8..4, 1 => 4u8..6]
}

fn who() -> impl Strategy<Value = AccountId> {
	prop_oneof![
		4 => customer().prop_map(account),
		1 => customer().prop_map(guardian),
		3 => Just(OFFICER),
		2 => Just(STEWARD),
		1 => Just(STRANGER),
		1 => Just(ANYONE),
	]
}

fn purpose_id() -> impl Strategy<Value = PurposeId> {
	0..PURPOSES
}

fn categories() -> impl Strategy<Value = Categories> {
	prop_oneof![
		8 => Just(terms(1).categories),
		3 => Just(contact()),
		1 => prop::sample::select(&DataCategory::ALL[..]).prop_map(Categories::from),
		1 => (0u16..1 << 11).prop_map(Categories),
	]
}

fn basis() -> impl Strategy<Value = LawfulBasis> {
	prop_oneof![
		6 => Just(LawfulBasis::Consent),
		3 => Just(LawfulBasis::LegitimateInterests),
		1 => Just(LawfulBasis::PublicTask),
		1 => Just(LawfulBasis::Contract),
	]
}

prop_compose! {
	fn some_terms()(
		categories in categories(),
		retention_days: u32,
		notice in prop_oneof![6 => Just(1u8), 1 => 2u8..4],
	) -> PurposeTerms {
		PurposeTerms { categories, retention_days, notice: commitment(notice) }
	}
}

prop_compose! {
	fn some_permission()(
		notice_version in prop_oneof![8 => Just(1u32), 1 => 0u32..4],
		categories in categories(),
		until in prop::option::weighted(0.3, (999u64..1_040).prop_map(|day| day * DAY + 7)),
	) -> Permission {
		Permission { notice_version, categories, until, expression: Expression::Regular, receipt: None }
	}
}

fn stated() -> impl Strategy<Value = Statement> {
	prop_oneof![
		1 => some_permission().prop_map(|permission| Statement::Request { permission }),
		2 => some_permission().prop_map(|permission| Statement::Give { permission }),
		2 => Just(Statement::Withdraw),
		1 => Just(Statement::Object),
	]
}

fn some_record() -> impl Strategy<Value = RecordedStatement> {
	(customer(), purpose_id(), stated()).prop_map(|(n, purpose, statement)| RecordedStatement {
		method: CaptureMethod::Imported,
		..recorded(n, purpose, statement)
	})
}

fn call() -> impl Strategy<Value = Call<Test>> {
	prop_oneof![
		4 => (0u8..12, basis(), some_terms()).prop_map(|(n, basis, terms)| Call::create_purpose {
			name: vec![b'a' + n].try_into().expect("one letter fits"),
			dpv: b"dpv:Marketing".to_vec().try_into().expect("a term fits"),
			basis,
			terms,
		}),
		2 => (purpose_id(), some_terms(), any::<bool>())
			.prop_map(|(purpose, terms, renew)| Call::revise_purpose { purpose, terms, renew }),
		1 => (0u32..3 * PURPOSES).prop_map(|purpose| Call::retire_purpose { purpose }),
		8 => (customer(), purpose_id(), some_permission()).prop_map(|(n, purpose, permission)| {
			Call::give { customer: id(n), purpose, permission }
		}),
		4 => (customer(), purpose_id())
			.prop_map(|(n, purpose)| Call::withdraw { customer: id(n), purpose }),
		4 => (customer(), purpose_id())
			.prop_map(|(n, purpose)| Call::object { customer: id(n), purpose }),
		4 => prop::collection::vec(some_record(), 0..3).prop_map(|changes| Call::record {
			changes: changes.try_into().expect("fewer than a batch"),
		}),
	]
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		12 => (who(), call()).prop_map(|(who, call)| Step::Call(who, call)),
		// Customers act for themselves, and officers set purposes up, more often than chance would
		// have it.
		12 => (customer(), purpose_id(), some_permission()).prop_map(|(n, purpose, permission)| {
			Step::Call(account(n), Call::give { customer: id(n), purpose, permission })
		}),
		6 => (customer(), purpose_id()).prop_map(|(n, purpose)| {
			Step::Call(account(n), Call::withdraw { customer: id(n), purpose })
		}),
		6 => (customer(), purpose_id()).prop_map(|(n, purpose)| {
			Step::Call(account(n), Call::object { customer: id(n), purpose })
		}),
		6 => call().prop_map(|call| Step::Call(OFFICER, call)),
		6 => call().prop_map(|call| Step::Call(STEWARD, call)),
		6 => (who(), customer(), purpose_id(), stated(), prop::bool::weighted(0.2))
			.prop_map(|(who, n, purpose, stated, late)| Step::Submit { who, n, purpose, stated, late }),
		4 => (customer(), purpose_id(), stated())
			.prop_map(|(n, purpose, stated)| Step::Submit { who: STEWARD, n, purpose, stated, late: false }),
		4 => (0u64..2 * DAY).prop_map(Step::Wait),
		2 => Just(Step::Idle),
		1 => (customer(), prop::bool::weighted(0.2)).prop_map(|(n, erased)| match erased {
			true => Step::Erase(n),
			false => Step::Idle,
		}),
		1 => (customer(), 0u32..4).prop_map(|(n, limit)| Step::Sweep(n, limit)),
	]
}

/// Dispatches `call`; returns its name and whether it succeeded.
fn dispatch(who: AccountId, call: Call<Test>) -> Option<(&'static str, bool)> {
	let name = call.get_call_name();
	let call = RuntimeCall::from(call);
	let free = call.is_feeless(&signed(who.clone()));
	let entries = Trail::get().len();
	let before = sp_io::storage::root(StateVersion::V1);
	let outcome = frame_support::storage::with_storage_layer(|| {
		call.clone().dispatch(signed(who.clone())).map_err(|failed| failed.error)
	});
	assert!(!free || outcome.is_ok(), "free, but failed: {call:?} {outcome:?}");
	match &outcome {
		Ok(_) => {
			assert!(call.get_dispatch_info().call_weight.ref_time() > 0);
			let again = call.is_feeless(&signed(who));
			let gives = matches!(call, RuntimeCall::Consent(Call::give { .. }));
			assert!(!again || gives, "free twice: {call:?}");
		},
		Err(_) => {
			assert_eq!(sp_io::storage::root(StateVersion::V1), before);
			// The mock's trails lie outside of storage.
			Trail::mutate(|trail| trail.truncate(entries));
		},
	}
	Some((name, outcome.is_ok()))
}

/// Takes `step`; where it is a call, returns its name and whether it succeeded.
fn take(step: Step) -> Option<(&'static str, bool)> {
	match step {
		Step::Wait(duration) => wait(duration),
		Step::Idle => idle(),
		Step::Erase(n) => People::mutate(|people| {
			if let Some(person) = people.get_mut(&id(n)) {
				person.erased = true;
			}
		}),
		Step::Sweep(n, limit) => {
			if People::get().get(&id(n)).is_some_and(|person| person.erased) {
				assert!(Consent::sweep(&id(n), limit).deleted <= limit);
			}
		},
		Step::Call(who, call) => return dispatch(who, call),
		Step::Submit { who, n, purpose, stated, late } => {
			let mut statement = statement(n, purpose, stated);
			if late {
				statement.revisions = statement.revisions.saturating_sub(1);
			}
			let message = statement.wrapped_message(&System::block_hash(0));
			let signature = StatementSignature::Account(sign(n, &message));
			return dispatch(who, Call::submit { statement, signature });
		},
	}
	None
}

/// What is permitted now is what the history tells of now.
fn check_now(n: u8, purpose: PurposeId) {
	let Some(told) = Consent::consent_as_of(&id(n), purpose, now()) else { return };
	for category in DataCategory::ALL {
		let permitted = Consent::permits(&id(n), purpose, category.into(), now()).is_ok();
		assert_eq!(permitted, told.categories.contains(category.into()));
	}
	assert_eq!(told.denial.is_some(), told.categories == Categories(0));
}

/// Creates the first purposes; others come with the steps.
fn set_up() {
	use LawfulBasis::{Consent as OnConsent, LegitimateInterests, PublicTask};

	for basis in [OnConsent, OnConsent, OnConsent, LegitimateInterests, PublicTask] {
		purpose(basis);
	}
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	prop::collection::vec(step(), 200)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn invariants_hold_whatever_is_called(steps in steps()) {
		run(|| {
			set_up();
			for step in steps {
				take(step);
				Consent::do_try_state().expect("the invariants hold after each step");
			}
			for n in 1..5 {
				(0..PURPOSES).for_each(|purpose| check_now(n, purpose));
			}
		});
	}
}

/// Sequences in which hardly anything succeeds would show little.
#[test]
fn each_call_succeeds_often_enough() {
	let mut runner = TestRunner::deterministic();
	let mut taken = BTreeMap::<_, (u32, u32)>::new();
	for _ in 0..20 {
		let steps = steps().new_tree(&mut runner).expect("a strategy gives steps").current();
		run(|| {
			set_up();
			for (name, succeeded) in steps.into_iter().filter_map(take) {
				let (all, good) = taken.entry(name).or_default();
				*all += 1;
				*good += u32::from(succeeded);
			}
		});
	}
	assert_eq!(taken.len(), 8, "{taken:?}");
	assert!(taken.values().all(|(all, good)| good * 20 >= *all), "{taken:?}");
}
