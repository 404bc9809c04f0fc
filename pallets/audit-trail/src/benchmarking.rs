//! Benchmarks of the audit trail.

use crate::{Config, Pallet, Trails};
use consentry_primitives::{
	customer::IdentificationMethod, Action, Actor, AuditTrail, Commitment, CustomerId,
};
use frame_benchmarking::v2::*;
use sp_core::H256;

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn append() {
		let customer = CustomerId::repeat_byte(1);
		let actor = Actor::Member { organisation: 0, account: whitelisted_caller() };
		let action = Action::Invited {
			method: IdentificationMethod::InPerson,
			evidence: Commitment::Blake2b256V1(H256::repeat_byte(2)),
			opens: 1,
			expires: 2,
		};
		Pallet::<T>::append(&customer, actor.clone(), action.clone());

		#[block]
		{
			Pallet::<T>::append(&customer, actor, action);
		}

		assert_eq!(Trails::<T>::get(customer).map(|trail| trail.entries), Some(2));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
