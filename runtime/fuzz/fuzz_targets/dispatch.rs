//! Feeds whatever libFuzzer finds to the driver that the runtime's tests share.

#![no_main]

use consentry_runtime as runtime;

#[allow(dead_code)]
#[path = "../../src/tests/chain.rs"]
mod chain;
#[allow(dead_code)]
#[path = "../../src/tests/fuzz/driver.rs"]
mod driver;

use frame_support::storage::with_transaction_unchecked;
use sp_io::TestExternalities;
use sp_runtime::TransactionOutcome;
use std::cell::RefCell;

thread_local! {
	static SCENE: RefCell<TestExternalities> = RefCell::new(driver::scene());
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
	SCENE.with_borrow_mut(|scene| {
		scene.execute_with(|| {
			with_transaction_unchecked(|| {
				driver::feed(input);
				chain::check_invariants();
				TransactionOutcome::Rollback(())
			})
		})
	});
});
