//! Benchmarks of the calls, each on its longest way.

use crate::{Call, Config, Member, Members, NameOf, Names, Organisations, Pallet, Status};
use alloc::vec;
use consentry_primitives::{Membership, OrganisationId, Role, Roles};
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get};
use frame_system::RawOrigin;

fn consortium<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::ConsortiumOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

/// An admin that signs, and its organisation.
fn admin<T: Config>() -> (T::AccountId, OrganisationId) {
	let admin = whitelisted_caller();
	let organisation = Pallet::<T>::create_member(&admin);
	(admin, organisation)
}

/// An account that is admin of `organisation` beside the one that signs.
fn other_admin<T: Config>(organisation: OrganisationId) -> T::AccountId {
	let other: T::AccountId = account("member", 0, 0);
	Pallet::<T>::do_appoint_admin(organisation, other.clone()).expect("there is room for it; qed");
	other
}

fn all_roles() -> Roles {
	Role::ALL.into_iter().collect()
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn register() -> Result<(), BenchmarkError> {
		let origin = consortium::<T>()?;
		let name = NameOf::<T>::truncate_from(vec![b'a'; T::MaxNameLength::get() as usize]);
		let admin: T::AccountId = account("admin", 0, 0);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, name.clone(), admin);

		assert!(Names::<T>::contains_key(name));
		Ok(())
	}

	#[benchmark]
	fn suspend() -> Result<(), BenchmarkError> {
		let origin = consortium::<T>()?;
		let (_, organisation) = admin::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, organisation);

		let status = Organisations::<T>::get(organisation).map(|stored| stored.status);
		assert_eq!(status, Some(Status::Suspended));
		Ok(())
	}

	#[benchmark]
	fn reinstate() -> Result<(), BenchmarkError> {
		let origin = consortium::<T>()?;
		let (_, organisation) = admin::<T>();
		Pallet::<T>::do_suspend(organisation)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, organisation);

		let status = Organisations::<T>::get(organisation).map(|stored| stored.status);
		assert_eq!(status, Some(Status::Active));
		Ok(())
	}

	#[benchmark]
	fn appoint_admin() -> Result<(), BenchmarkError> {
		let origin = consortium::<T>()?;
		let (_, organisation) = admin::<T>();
		let account: T::AccountId = account("member", 0, 0);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, organisation, account.clone());

		let member = Member { organisation, roles: Role::Admin.into() };
		assert_eq!(Members::<T>::get(account), Some(member));
		Ok(())
	}

	#[benchmark]
	fn add_member() {
		let (admin, organisation) = admin::<T>();
		let account: T::AccountId = account("member", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(admin), account.clone(), all_roles());

		let member = Member { organisation, roles: all_roles() };
		assert_eq!(Members::<T>::get(account), Some(member));
	}

	#[benchmark]
	fn set_roles() {
		let (admin, organisation) = admin::<T>();
		let account = other_admin::<T>(organisation);

		#[extrinsic_call]
		_(RawOrigin::Signed(admin), account.clone(), Role::Agent.into());

		let member = Member { organisation, roles: Role::Agent.into() };
		assert_eq!(Members::<T>::get(account), Some(member));
	}

	#[benchmark]
	fn remove_member() {
		let (admin, organisation) = admin::<T>();
		let account = other_admin::<T>(organisation);

		#[extrinsic_call]
		_(RawOrigin::Signed(admin), account.clone());

		assert!(!Members::<T>::contains_key(account));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
