//! Benchmarks of the calls.

use crate::{BalanceOf, Call, Config, Pallet, ValidatorList};
use alloc::vec::Vec;
use consentry_primitives::Membership;
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Inspect, EnsureOrigin};
use sp_runtime::{
	traits::{Bounded, Hash, TryConvert},
	Saturating,
};

/// More than any chain's list has room for.
const MAX_VALIDATORS: u32 = 1_000;

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn authorise_upgrade() -> Result<(), BenchmarkError> {
		let origin =
			T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let code_hash = T::Hashing::hash(b"code");

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, code_hash);

		let authorised = frame_system::Pallet::<T>::authorized_upgrade();
		assert_eq!(authorised.map(|upgrade| *upgrade.code_hash()), Some(code_hash));
		Ok(())
	}

	#[benchmark]
	fn issue_credits() -> Result<(), BenchmarkError> {
		let origin =
			T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let organisation = T::BenchmarkHelper::create_member(&whitelisted_caller());
		let account = T::OrganisationAccount::try_convert(organisation)
			.map_err(|_| BenchmarkError::Stop("the organisation was created; qed"))?;
		let amount = BalanceOf::<T>::max_value() / 4u32.into();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, organisation, amount);

		assert_eq!(T::Currency::balance(&account), amount);
		Ok(())
	}

	/// As many validators with keys as there is room for beside `spare` more.
	fn fill<T: Config>(spare: u32) -> Vec<T::AccountId> {
		let listed = T::Validators::validators();
		for who in &listed {
			T::Validators::set_keys(who);
		}
		let mut added = 0;
		while added < MAX_VALIDATORS {
			let who = account("validator", added, 0);
			T::Validators::set_keys(&who);
			if T::Validators::add(who).is_err() {
				break;
			}
			added.saturating_inc();
		}
		for who in T::Validators::validators().into_iter().take(spare as usize) {
			let _ = T::Validators::remove(who);
		}
		T::Validators::validators()
	}

	fn candidate<T: Config>() -> T::AccountId {
		let who = account("candidate", 0, 0);
		T::Validators::set_keys(&who);
		who
	}

	#[benchmark]
	fn add_validator() -> Result<(), BenchmarkError> {
		let origin =
			T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		fill::<T>(1);
		let who = candidate::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, who.clone());

		assert!(T::Validators::validators().contains(&who));
		Ok(())
	}

	#[benchmark]
	fn remove_validator() -> Result<(), BenchmarkError> {
		let origin =
			T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let who = fill::<T>(0).remove(0);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, who.clone());

		assert!(!T::Validators::validators().contains(&who));
		Ok(())
	}

	#[benchmark]
	fn replace_validator() -> Result<(), BenchmarkError> {
		let origin =
			T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let old = fill::<T>(1).remove(0);
		let new = candidate::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, old.clone(), new.clone());

		let validators = T::Validators::validators();
		assert!(validators.contains(&new) && !validators.contains(&old));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
