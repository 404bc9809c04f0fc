//! Benchmarks of the calls, each on its longest way.

use crate::{peer_id::ED25519, Call, Config, Enforced, Owners, Pallet};
use alloc::vec::Vec;
use consentry_primitives::{Membership, OrganisationId, PeerId};
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get};
use frame_system::RawOrigin;

/// The peer of the `n`th key.
fn peer(n: u32) -> PeerId {
	let key = [0; 28].into_iter().chain(n.to_be_bytes());
	let bytes: Vec<u8> = ED25519.into_iter().chain(key).collect();
	PeerId::truncate_from(bytes)
}

/// An Admin that signs, and its organisation, which lists the peers below `peers`.
fn admin<T: Config>(peers: u32) -> (T::AccountId, OrganisationId) {
	let admin = whitelisted_caller();
	let organisation = T::Membership::create_member(&admin);
	for n in 0..peers {
		Pallet::<T>::do_add_peer(admin.clone(), peer(n)).expect("there is room for it; qed");
	}
	(admin, organisation)
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn add_peer() {
		let last = T::MaxPeers::get().saturating_sub(1);
		let (admin, organisation) = admin::<T>(last);

		#[extrinsic_call]
		_(RawOrigin::Signed(admin), peer(last));

		assert_eq!(Owners::<T>::get(peer(last)), Some(organisation));
	}

	#[benchmark]
	fn remove_peer() {
		let (admin, _) = admin::<T>(T::MaxPeers::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(admin), peer(0));

		assert_eq!(Owners::<T>::get(peer(0)), None);
	}

	#[benchmark]
	fn enforce() -> Result<(), BenchmarkError> {
		let origin =
			T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		admin::<T>(1);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert!(Enforced::<T>::get());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
