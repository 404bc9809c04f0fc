//! Benchmarks of the calls.

use crate::{BalanceOf, Call, Config, Pallet};
use consentry_primitives::Membership;
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Inspect, EnsureOrigin};
use sp_runtime::traits::{Bounded, Hash, TryConvert};

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

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
