//! Random sequences of all calls with time moving: the invariants hold after each step, the dry run
//! agrees with the request, a call that was free does not fail, and one that fails changes nothing.

use crate::{mock::*, Call, Event};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit, Scope},
	customer::{CustomerRegistry, Sweep},
	Categories, CustomerId, Denial, GrantId, Moment, PurposeId, Role, Roles, DAY, HOUR,
};
use frame_support::{
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	storage::with_storage_layer,
};
use proptest::prelude::*;
use sp_runtime::traits::Dispatchable;

#[derive(Clone, Debug)]
enum Step {
	Call(AccountId, Call<Test>),
	Wait(Moment),
	Idle,
	/// What other pallets do meanwhile.
	Switch(u32),
	Forbid(CustomerId, PurposeId, Denial),
	/// All members and organisations as at the start, and all lawful.
	Restore,
	Join(AccountId, u32, Roles),
	Erase(CustomerId),
	Sweep(CustomerId, u32),
}

fn customer() -> impl Strategy<Value = CustomerId> {
	prop_oneof![3 => 1u8..4, 2 => 1u8..11].prop_map(id)
}

fn account() -> impl Strategy<Value = AccountId> {
	prop_oneof![8 => 1u64..7, 1 => Just(OUTSIDER), 2 => 101u64..103]
}

fn grant() -> impl Strategy<Value = GrantId> {
	prop_oneof![8 => 0u64..3, 4 => 3u64..9, 1 => 0u64..60]
}

fn purpose() -> impl Strategy<Value = PurposeId> {
	prop_oneof![6 => Just(MARKETING), 3 => 0u32..5]
}

fn categories() -> impl Strategy<Value = Categories> {
	prop_oneof![
		6 => Just(contact()),
		2 => Just(needed()),
		1 => any::<u16>().prop_map(Categories),
	]
}

fn role() -> impl Strategy<Value = Role> {
	prop_oneof![3 => Just(Role::Agent), 1 => prop::sample::select(&Role::ALL[..])]
}

fn scope() -> impl Strategy<Value = Scope> {
	prop_oneof![
		3 => customer().prop_map(|customer| Scope::Customer { customer }),
		3 => Just(everyone()),
		1 => (0u32..4).prop_map(|organisation| Scope::Controller { organisation }),
	]
}

fn grantee() -> impl Strategy<Value = Grantee<AccountId>> {
	prop_oneof![
		prop::sample::select(vec![AGENT, ALLROUNDER, PROCESSOR]).prop_map(to),
		account().prop_map(to),
		(0u32..4, role()).prop_map(|(organisation, role)| Grantee::Role { organisation, role }),
	]
}

fn moment() -> impl Strategy<Value = Moment> {
	(999 * 24u64..1_020 * 24).prop_map(|hour| hour * HOUR)
}

fn grant_terms() -> impl Strategy<Value = GrantTerms> {
	let until = prop::option::of(moment());
	let uses = prop::option::of(0u32..5);
	(purpose(), categories(), moment(), until, uses).prop_map(
		|(purpose, categories, from, until, uses)| {
			// Mostly in effect at once.
			let from = if from % (5 * HOUR) == 0 { from } else { 0 };
			GrantTerms { purpose, categories, from, until, uses }
		},
	)
}

fn rate(most: u32) -> impl Strategy<Value = Option<RateLimit>> {
	let limit = (0..most, 0..2 * DAY).prop_map(|(count, window)| RateLimit { count, window });
	prop::option::of(limit)
}

fn new_policy() -> impl Strategy<Value = Policy> {
	let hours = prop_oneof![3 => Just(Hours::ALL), 2 => (0u32..1 << 25).prop_map(Hours)];
	(rate(10), hours, rate(6), any::<bool>()).prop_map(|(rate, hours, denials, break_glass)| {
		Policy { rate, hours, denials, break_glass }
	})
}

fn request_call() -> impl Strategy<Value = Call<Test>> {
	prop_oneof![
		8 => (grant(), purpose(), categories(), prop::collection::vec(customer(), 0..6)).prop_map(
			|(grant, purpose, categories, customers)| Call::request_access {
				grant,
				purpose,
				categories,
				customers: customers.try_into().expect("fewer than a batch"),
				reader: None,
			}
		),
		2 => (customer(), purpose(), categories()).prop_map(|(customer, purpose, categories)| {
			let emergency = commitment(1);
			Call::break_glass { customer, purpose, categories, emergency, reader: None }
		}),
	]
}

fn officers_call() -> impl Strategy<Value = Call<Test>> {
	prop_oneof![
		6 => (scope(), grantee(), grant_terms())
			.prop_map(|(scope, grantee, terms)| Call::grant { scope, grantee, terms }),
		2 => (2u64..40).prop_map(|grant| Call::revoke { grant }),
		1 => new_policy().prop_map(|policy| Call::set_policy { policy }),
		6 => (customer(), 0u64..9, any::<bool>()).prop_map(|(customer, entry, justified)| {
			Call::review { customer, entry, justified, review: commitment(2) }
		}),
		4 => account().prop_map(|account| Call::reinstate { account }),
	]
}

fn own_call() -> impl Strategy<Value = Call<Test>> {
	(prop_oneof![3 => Just(id(1)), 1 => customer()], grant())
		.prop_map(|(customer, grant)| Call::revoke_own { customer, grant })
}

fn step() -> impl Strategy<Value = Step> {
	let agent = prop::sample::select(vec![AGENT, ALLROUNDER, PROCESSOR]);
	let officer = prop::sample::select(vec![OFFICER, ALLROUNDER]);
	let any_call = prop_oneof![2 => request_call(), 1 => officers_call(), 1 => own_call()];
	prop_oneof![
		12 => (agent, request_call()).prop_map(|(who, call)| Step::Call(who, call)),
		12 => (officer, officers_call()).prop_map(|(who, call)| Step::Call(who, call)),
		3 => (101u64..103, own_call()).prop_map(|(who, call)| Step::Call(who, call)),
		6 => (account(), any_call).prop_map(|(who, call)| Step::Call(who, call)),
		2 => (0u64..DAY).prop_map(Step::Wait),
		1 => Just(Step::Idle),
		1 => (0u32..3).prop_map(Step::Switch),
		1 => (customer(), purpose(), prop::sample::select(vec![
			Denial::NoConsent,
			Denial::ConsentWithdrawn,
			Denial::CustomerObjected,
		])).prop_map(|(customer, purpose, reason)| Step::Forbid(customer, purpose, reason)),
		2 => Just(Step::Restore),
		1 => (1u64..7, 0u32..3, 1u8..32)
			.prop_map(|(who, organisation, roles)| Step::Join(who, organisation, Roles(roles))),
		1 => (5u8..7).prop_map(|n| Step::Erase(id(n))),
		1 => (5u8..7, 0u32..4).prop_map(|(n, limit)| Step::Sweep(id(n), limit)),
	]
}

/// What the dry run says of `call`, if it is a request.
fn dry_run(who: AccountId, call: &Call<Test>) -> Option<Vec<Result<(), Denial>>> {
	let Call::request_access { grant, purpose, categories, customers, .. } = call else {
		return None;
	};
	let customers = customers.to_vec();
	let verdicts = AccessGrants::check_access(who, *grant, *purpose, *categories, customers);
	let verdicts = verdicts.unwrap_or_default().into_iter();
	Some(verdicts.map(|verdict| verdict.denial.map_or(Ok(()), Err)).collect())
}

fn take(who: AccountId, own: Call<Test>) {
	let dry = dry_run(who, &own);
	let call = RuntimeCall::from(own);
	let free = call.is_feeless(&signed(who));
	let entries = Trail::get().len();
	let before = state();
	let outcome =
		with_storage_layer(|| call.clone().dispatch(signed(who)).map_err(|failed| failed.error));
	assert!(!free || outcome.is_ok(), "free, but failed: {call:?} {outcome:?}");
	assert!(!free || !call.is_feeless(&signed(who)), "free twice: {call:?}");
	if outcome.is_err() {
		assert_eq!(state(), before);
		// The mock's trails lie outside of storage.
		Trail::mutate(|trail| trail.truncate(entries));
		return;
	}
	assert!(call.get_dispatch_info().call_weight.ref_time() > 0);
	let happened = events();
	let decided = happened.iter().filter(|event| {
		let unknown = matches!(event, Event::Denied { decision: None, .. });
		let decision = matches!(
			event,
			Event::Authorised { .. } | Event::Denied { .. } | Event::GlassBroken { .. }
		);
		decision && !unknown
	});
	let trail = Trail::get();
	let recorded = trail[entries..].iter().filter(|(_, entry)| {
		use consentry_primitives::Action::*;
		matches!(entry.action, AccessAuthorised { .. } | AccessDenied { .. } | GlassBroken { .. })
	});
	assert_eq!(decided.count(), recorded.count(), "a decision without an entry: {call:?}");
	if let Some(expected) = dry {
		let verdicts: Vec<_> = happened
			.iter()
			.filter_map(|event| match event {
				Event::Authorised { .. } => Some(Ok(())),
				Event::Denied { reason, .. } => Some(Err(*reason)),
				_ => None,
			})
			.collect();
		assert_eq!(verdicts, expected, "{call:?}");
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn invariants_hold_whatever_is_called(steps in prop::collection::vec(step(), 200)) {
		run(|| {
			let roster = Roster::get();
			for organisation in [CONTROLLER, PROCESSING] {
				let agents = Grantee::Role { organisation, role: Role::Agent };
				granted(everyone(), agents, GrantTerms { until: None, ..terms() });
			}
			granted(one(1), to(AGENT), GrantTerms { until: None, ..terms() });
			policy(Policy { break_glass: true, ..Policy::default() });
			for step in steps {
				match step {
					Step::Wait(duration) => set_time(now() + duration),
					Step::Idle => idle(),
					Step::Switch(organisation) => Inactive::mutate(|inactive| {
						if !inactive.remove(&organisation) {
							inactive.insert(organisation);
						}
					}),
					Step::Forbid(customer, purpose, reason) => forbid(customer, purpose, reason),
					Step::Restore => {
						Roster::set(roster.clone());
						Unlawful::set(Default::default());
						Inactive::set(Default::default());
					},
					Step::Join(who, organisation, roles) => {
						Roster::mutate(|roster| roster.insert(who, (organisation, roles)));
					},
					Step::Erase(customer) => erase(customer),
					Step::Sweep(customer, limit) => {
						if Customers::status(&customer).is_some_and(|status| status.erased) {
							let swept = AccessGrants::sweep(&customer, limit);
							assert!(swept.deleted <= limit);
						}
					},
					Step::Call(who, call) => take(who, call),
				}
				AccessGrants::do_try_state().expect("the invariants hold after each step");
			}
		});
	}
}
