//! What the council can stop, and what goes on whatever it stops.

use super::*;
use crate::configs::{AlwaysOpen, StopOrdinaryCalls, ALWAYS_OPEN, NEVER_OPEN};
use frame_support::{
	assert_noop,
	migrations::{FailedMigrationHandler, FailedMigrationHandling},
	traits::{Contains, GetCallMetadata, Hooks},
};
use frame_system::Call as SystemCall;
use pallet_tx_pause::Call as TxPauseCall;
use sp_runtime::{traits::Dispatchable, DispatchError};

type Filter = <Runtime as frame_system::Config>::BaseCallFilter;

/// The customer of `claimed(1)` consents to the first purpose.
fn consenting() -> (CustomerId, sr25519::Pair) {
	let (customer, holder) = claimed(1);
	create_purpose(0, LawfulBasis::Consent);
	let give = pallet_consent::Call::give { customer, purpose: 0, permission: permission() };
	assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
	(customer, holder)
}

/// What is ordinary, and shall stop.
fn ordinary() -> RuntimeCall {
	SystemCall::remark { remark: vec![] }.into()
}

fn dispatch(call: RuntimeCall) -> Result<(), DispatchError> {
	call.dispatch(signed(Bob)).map(|_| ()).map_err(|failed| failed.error)
}

/// A call's name as `tx-pause` takes it.
fn name(pallet: &str, call: &str) -> pallet_tx_pause::RuntimeCallNameOf<Runtime> {
	let bounded = |text: &str| text.as_bytes().to_vec().try_into().expect("is short");
	(bounded(pallet), bounded(call))
}

/// Pallet and name of every call that can be free. Neither types nor metadata tell, the pallets'
/// sources do.
fn free_calls() -> Vec<(&'static str, String)> {
	let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../pallets");
	let mut free = Vec::new();
	for pallet in std::fs::read_dir(folder).expect("the pallets are there") {
		let pallet = pallet.expect("is readable");
		let source = std::fs::read_to_string(pallet.path().join("src/lib.rs")).expect("is text");
		let folder = pallet.file_name().to_string_lossy().replace('-', "");
		let names = RuntimeCall::get_module_names().iter();
		let name = names.copied().find(|name| name.to_lowercase() == folder);
		for call in source.split("#[pallet::feeless_if").skip(1) {
			let call = call.split("pub fn ").nth(1).and_then(|call| call.split('(').next());
			free.push((name.expect("has calls"), call.expect("a call follows").to_owned()));
		}
	}
	free
}

fn filtered() -> DispatchError {
	frame_system::Error::<Runtime>::CallFiltered.into()
}

fn enter_safe_mode() {
	motion(pallet_safe_mode::Call::<Runtime>::force_enter {});
	assert!(SafeMode::is_entered());
}

#[test]
fn the_lists_name_calls_that_exist() {
	for (pallet, calls) in ALWAYS_OPEN.into_iter().chain(NEVER_OPEN) {
		let names = RuntimeCall::get_module_names();
		assert!(names.contains(&pallet), "{pallet} is no pallet");
		for call in calls {
			assert!(RuntimeCall::get_call_names(pallet).contains(call), "{pallet}.{call}");
		}
	}
}

#[test]
fn in_safe_mode_a_customer_withdraws_and_ordinary_calls_stop() {
	run(|| {
		let (customer, holder) = consenting();
		enter_safe_mode();
		assert_eq!(dispatch(ordinary()), Err(filtered()));
		let withdraw = pallet_consent::Call::withdraw { customer, purpose: 0 };
		assert_eq!(apply(&mortal(&holder, withdraw)), Ok(Ok(())));
		let request = pallet_customers::Call::request_erasure { customer };
		assert_eq!(apply(&mortal(&holder, request)), Ok(Ok(())));
	});
}

#[test]
fn the_safe_mode_ends_by_itself_and_by_the_council() {
	run(|| {
		enter_safe_mode();
		motion(pallet_safe_mode::Call::<Runtime>::force_exit {});
		assert_ok!(dispatch(ordinary()));
		enter_safe_mode();
		let end = System::block_number() + DAYS;
		System::set_block_number(end + 1);
		SafeMode::on_initialize(end + 1);
		assert_ok!(dispatch(ordinary()));
	});
}

#[test]
fn single_calls_are_paused_and_others_go_on() {
	run(|| {
		let (customer, holder) = consenting();
		let remark = || name("System", "remark");
		motion(TxPauseCall::<Runtime>::pause { full_name: remark() });
		assert_eq!(dispatch(ordinary()), Err(filtered()));
		let withdraw: RuntimeCall = pallet_consent::Call::withdraw { customer, purpose: 0 }.into();
		assert_eq!(apply(&mortal(&holder, withdraw)), Ok(Ok(())));
		motion(TxPauseCall::<Runtime>::unpause { ident: remark() });
		assert_ok!(dispatch(ordinary()));
	});
}

#[test]
fn only_the_council_stops_anything() {
	run(|| {
		for who in [signed(Bob), RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(SafeMode::force_enter(who.clone()), DispatchError::BadOrigin);
			assert_noop!(SafeMode::force_exit(who.clone()), DispatchError::BadOrigin);
			let paused = TxPause::pause(who, name("System", "remark"));
			assert_noop!(paused, DispatchError::BadOrigin);
		}
		assert!(SafeMode::enter(signed(Bob)).is_err());
	});
}

/// What chains need to go on, and consortia to end an incident.
#[test]
fn blocks_go_on_and_the_council_acts_in_safe_mode() {
	run(|| {
		enter_safe_mode();
		let open: [RuntimeCall; 5] = [
			pallet_timestamp::Call::set { now: START }.into(),
			SystemCall::apply_authorized_upgrade { code: vec![] }.into(),
			pallet_session::Call::set_keys {
				keys: SessionKeys {
					aura: Alice.public().into(),
					grandpa: sp_keyring::Ed25519Keyring::Alice.public().into(),
				},
				proof: vec![],
			}
			.into(),
			pallet_consortium::Call::authorise_upgrade { code_hash: H256::zero() }.into(),
			pallet_safe_mode::Call::<Runtime>::force_exit {}.into(),
		];
		for call in open {
			assert!(Filter::contains(&call), "{call:?}");
		}
		motion(pallet_organisations::Call::suspend { organisation: ORGANISATION });
		motion(pallet_consortium::Call::authorise_upgrade { code_hash: H256::zero() });
	});
}

/// What the council and the operators need to make an incident smaller, before its end.
#[test]
fn the_council_pauses_suspends_and_mends_in_safe_mode() {
	run(|| {
		enter_safe_mode();
		motion(TxPauseCall::<Runtime>::pause { full_name: name("System", "remark") });
		motion(pallet_organisations::Call::suspend { organisation: ORGANISATION });
		motion(pallet_organisations::Call::reinstate { organisation: ORGANISATION });
		let account = account(&key(99));
		motion(pallet_organisations::Call::appoint_admin { organisation: ORGANISATION, account });
		motion(pallet_safe_mode::Call::<Runtime>::force_exit {});
		assert_eq!(dispatch(ordinary()), Err(filtered()));
	});
}

#[test]
fn what_stays_open_cannot_be_paused() {
	run(|| {
		let needed = [
			("Timestamp", "set"),
			("Council", "vote"),
			("Session", "set_keys"),
			("System", "apply_authorized_upgrade"),
			("Equivocation", "report_equivocation_unsigned"),
			("Grandpa", "report_equivocation_unsigned"),
		];
		let needed = needed.map(|(pallet, call)| (pallet, call.to_owned()));
		let unpausable: DispatchError = pallet_tx_pause::Error::<Runtime>::Unpausable.into();
		for (pallet, call) in needed.into_iter().chain(free_calls()) {
			let pause = TxPauseCall::<Runtime>::pause { full_name: name(pallet, &call) };
			assert_eq!(try_motion(pause), Err(unpausable), "{pallet}.{call}");
		}
	});
}

/// The chain goes on, for what stays open, until the council found out what is wrong.
#[test]
fn a_migration_that_failed_stops_what_is_ordinary() {
	run(|| {
		let failed = || StopOrdinaryCalls::failed(Some(0));
		assert_eq!(failed(), FailedMigrationHandling::ForceUnstuck);
		assert_eq!(dispatch(ordinary()), Err(filtered()));
		// Another one while it is on, and nobody's time ends it.
		assert_eq!(failed(), FailedMigrationHandling::ForceUnstuck);
		let later = System::block_number() + 1_000 * DAYS;
		System::set_block_number(later);
		SafeMode::on_initialize(later);
		assert_eq!(dispatch(ordinary()), Err(filtered()));
		motion(pallet_safe_mode::Call::<Runtime>::force_exit {});
		assert_ok!(dispatch(ordinary()));
	});
}

/// Else a call that was validated as free could fail, and pay nothing.
#[test]
fn every_free_call_stays_open() {
	let free = free_calls();
	for (pallet, call) in &free {
		assert!(AlwaysOpen::contains(&name(pallet, call)), "{pallet}.{call}");
	}
	assert!(free.contains(&("Consent", "withdraw".to_owned())), "{free:?}");
}
