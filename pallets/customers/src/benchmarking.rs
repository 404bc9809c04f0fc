//! Benchmarks of the calls and of the idle work, each in its worst case.

use crate::{
	Bindings, Call, Config, Customers, Erasures, Guardians, Interaction, Invitations, NewCustomer,
	OverdueChecked, Pallet, Records, Sweeping,
};
use alloc::vec::Vec;
use consentry_primitives::{
	customer::{customer_id, IdentificationMethod, Sweep},
	Commitment, CustomerId, DataCategory, InteractionKind, Membership, Moment, DAY,
};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::Get,
	traits::{OnIdle, Time},
	weights::Weight,
};
use frame_system::RawOrigin;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

const COMMITMENT: Commitment = Commitment::Blake2b256V1(H256::repeat_byte(1));

/// A member of a new organisation, with all roles.
fn member<T: Config>() -> T::AccountId {
	let member = whitelisted_caller();
	T::Membership::create_member(&member);
	member
}

/// The nonce of the `n`th customer.
fn nonce(n: u32) -> H256 {
	BlakeTwo256::hash_of(&n)
}

/// `c` customers with `r` records in all, spread over them.
fn new_customers<T: Config>(c: u32, r: u32) -> Vec<NewCustomer<T::MaxRecords>> {
	(0..c)
		.map(|n| {
			let records = r / c + u32::from(n < r % c);
			let categories = DataCategory::ALL.iter().take(records as usize);
			let records: Vec<_> = categories.map(|category| (*category, COMMITMENT)).collect();
			NewCustomer {
				nonce: nonce(n),
				records: records.try_into().expect("there are as many records as categories; qed"),
			}
		})
		.collect()
}

/// A customer registered by `member`, with a record of each category.
fn customer<T: Config>(member: &T::AccountId) -> CustomerId {
	let controller = T::Membership::organisation_of(member).expect("it was made a member; qed");
	let batch = new_customers::<T>(1, T::MaxRecords::get());
	let batch = batch.try_into().expect("a batch holds one; qed");
	Pallet::<T>::register(RawOrigin::Signed(member.clone()).into(), batch)
		.expect("a steward registers; qed");
	customer_id(controller, &nonce(0))
}

fn invite<T: Config>(member: &T::AccountId, id: CustomerId, key: T::AccountId) {
	let opens = match Customers::<T>::get(id).and_then(|customer| customer.account) {
		Some(_) => T::Time::now() + T::ReclaimDelay::get(),
		None => T::Time::now(),
	};
	Pallet::<T>::invite(
		RawOrigin::Signed(member.clone()).into(),
		id,
		key,
		IdentificationMethod::InPerson,
		COMMITMENT,
		opens + 1,
	)
	.expect("a steward invites; qed");
}

/// The customer claimed by an account, which is returned.
fn claim<T: Config>(member: &T::AccountId, id: CustomerId) -> T::AccountId {
	let (key, holder) = (account::<T::AccountId>("key", 0, 0), account("holder", 0, 0));
	invite::<T>(member, id, key.clone());
	Pallet::<T>::claim(RawOrigin::Signed(key).into(), T::AccountId::clone(&holder))
		.expect("the key was invited; qed");
	holder
}

/// As many guardians as there can be but `less`; the last is returned.
fn appoint<T: Config>(member: &T::AccountId, id: CustomerId, less: u32) -> T::AccountId {
	let mut last = member.clone();
	for n in less..T::MaxGuardians::get() {
		last = account("guardian", n, 0);
		let origin = RawOrigin::Signed(member.clone()).into();
		Pallet::<T>::appoint_guardian(origin, id, last.clone(), COMMITMENT, Moment::MAX)
			.expect("an officer appoints; qed");
	}
	last
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn register_customers(c: Linear<1, { T::MaxBatch::get() }>) {
		let member = member::<T>();
		let customers = new_customers::<T>(c, 0);
		let customers = customers.try_into().expect("c is a batch at most; qed");

		#[extrinsic_call]
		register(RawOrigin::Signed(member), customers);

		assert_eq!(Customers::<T>::iter_keys().count(), c as usize);
	}

	#[benchmark]
	fn register_records(r: Linear<0, { T::MaxBatch::get() * T::MaxRecords::get() }>) {
		let member = member::<T>();
		let customers = new_customers::<T>(T::MaxBatch::get(), r);
		let customers = customers.try_into().expect("it is a batch; qed");

		#[extrinsic_call]
		register(RawOrigin::Signed(member), customers);

		assert_eq!(Records::<T>::iter_keys().count(), r as usize);
	}

	#[benchmark]
	fn seal() {
		let member = member::<T>();
		let id = customer::<T>(&member);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id, DataCategory::Contact, COMMITMENT);

		assert_eq!(Records::<T>::get(id, DataCategory::Contact).map(|r| r.revision), Some(1));
	}

	#[benchmark]
	fn record_interactions(i: Linear<1, { T::MaxBatch::get() }>) -> Result<(), BenchmarkError> {
		let member = member::<T>();
		let controller = T::Membership::organisation_of(&member).expect("is a member; qed");
		let customers = new_customers::<T>(i, 0);
		let interactions: Vec<_> = customers
			.iter()
			.map(|new| Interaction {
				customer: customer_id(controller, &new.nonce),
				kind: InteractionKind::Purchase,
				commitment: COMMITMENT,
			})
			.collect();
		let customers = customers.try_into().expect("i is a batch at most; qed");
		Pallet::<T>::register(RawOrigin::Signed(member.clone()).into(), customers)?;
		let interactions = interactions.try_into().expect("i is a batch at most; qed");

		#[extrinsic_call]
		_(RawOrigin::Signed(member), interactions);
		Ok(())
	}

	#[benchmark]
	fn invite() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		super::claim::<T>(&member, id);
		super::invite::<T>(&member, id, account("expired", 0, 0));
		Invitations::<T>::mutate(id, |pending| {
			pending.as_mut().expect("is pending; qed").expires = 0;
		});
		let key: T::AccountId = account("another", 0, 0);
		let expires = T::Time::now() + T::ReclaimDelay::get() + DAY;

		#[extrinsic_call]
		_(
			RawOrigin::Signed(member),
			id,
			key.clone(),
			IdentificationMethod::InPerson,
			COMMITMENT,
			expires,
		);

		assert_eq!(Invitations::<T>::get(id).map(|invitation| invitation.key), Some(key));
	}

	#[benchmark]
	fn revoke_invitation() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		super::invite::<T>(&member, id, account("key", 0, 0));

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id);

		assert!(!Invitations::<T>::contains_key(id));
	}

	#[benchmark]
	fn claim() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		super::claim::<T>(&member, id);
		let key: T::AccountId = account("second", 0, 0);
		super::invite::<T>(&member, id, key.clone());
		Invitations::<T>::mutate(id, |pending| {
			pending.as_mut().expect("is pending; qed").opens = 0;
		});
		let holder: T::AccountId = account("another", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(key), holder.clone());

		assert_eq!(Customers::<T>::get(id).and_then(|customer| customer.account), Some(holder));
	}

	#[benchmark]
	fn veto_invitation() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		let guardian = appoint::<T>(&member, id, 0);
		super::invite::<T>(&member, id, account("key", 0, 0));

		#[extrinsic_call]
		_(RawOrigin::Signed(guardian), id);

		assert!(!Invitations::<T>::contains_key(id));
	}

	#[benchmark]
	fn appoint_guardian() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		appoint::<T>(&member, id, 1);
		let guardian: T::AccountId = account("another", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id, guardian, COMMITMENT, Moment::MAX);

		assert_eq!(Guardians::<T>::get(id).len() as u32, T::MaxGuardians::get());
	}

	#[benchmark]
	fn dismiss_guardian() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		let guardian = appoint::<T>(&member, id, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id, guardian);

		assert_eq!(Guardians::<T>::get(id).len() as u32, T::MaxGuardians::get() - 1);
	}

	#[benchmark]
	fn request_erasure() {
		let member = member::<T>();
		let id = customer::<T>(&member);
		let guardian = appoint::<T>(&member, id, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(guardian), id);

		assert_eq!(Erasures::<T>::iter_keys().count(), 1);
	}

	#[benchmark]
	fn place_hold() -> Result<(), BenchmarkError> {
		let member = member::<T>();
		let id = customer::<T>(&member);
		Pallet::<T>::request_erasure(RawOrigin::Signed(member.clone()).into(), id)?;
		let until = T::Time::now() + 10 * T::ErasurePeriod::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id, until, COMMITMENT);

		assert_eq!(Customers::<T>::get(id).and_then(|customer| customer.held_until), Some(until));
		Ok(())
	}

	#[benchmark]
	fn lift_hold() -> Result<(), BenchmarkError> {
		let member = member::<T>();
		let id = customer::<T>(&member);
		let origin = || RawOrigin::Signed(member.clone()).into();
		Pallet::<T>::request_erasure(origin(), id)?;
		let until = T::Time::now() + 10 * T::ErasurePeriod::get();
		Pallet::<T>::place_hold(origin(), id, until, COMMITMENT)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(member.clone()), id);

		assert_eq!(Customers::<T>::get(id).and_then(|customer| customer.held_until), None);
		Ok(())
	}

	#[benchmark]
	fn erase() -> Result<(), BenchmarkError> {
		let member = member::<T>();
		let id = customer::<T>(&member);
		super::claim::<T>(&member, id);
		appoint::<T>(&member, id, 0);
		super::invite::<T>(&member, id, account("second", 0, 0));
		Pallet::<T>::request_erasure(RawOrigin::Signed(member.clone()).into(), id)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id);

		assert!(Customers::<T>::get(id).is_some_and(|customer| customer.erased.is_some()));
		assert!(Bindings::<T>::iter_values().all(|binding| binding == crate::Binding::Spent));
		Ok(())
	}

	#[benchmark]
	fn sweep_queue() -> Result<(), BenchmarkError> {
		let member = member::<T>();
		let id = customer::<T>(&member);
		let _ = Records::<T>::clear_prefix(id, u32::MAX, None);
		Pallet::<T>::erase(RawOrigin::Signed(member).into(), id)?;
		OverdueChecked::<T>::put(consentry_primitives::day_of(T::Time::now()));

		#[block]
		{
			Pallet::<T>::on_idle(1u32.into(), Weight::MAX);
		}

		assert!(!Sweeping::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn sweep_value() {
		let member = member::<T>();
		let id = customer::<T>(&member);

		#[block]
		{
			Pallet::<T>::sweep(&id, 1);
		}

		assert_eq!(Records::<T>::iter_key_prefix(id).count() as u32, T::MaxRecords::get() - 1);
	}

	// The check of a day and one erasure on it: all pending ones are looked at in the same way,
	// so one that is overdue, whose event is deposited beside, costs most.
	#[benchmark]
	fn report_overdue() -> Result<(), BenchmarkError> {
		let member = member::<T>();
		let id = customer::<T>(&member);
		Pallet::<T>::request_erasure(RawOrigin::Signed(member).into(), id)?;

		#[block]
		{
			Pallet::<T>::on_idle(1u32.into(), Weight::MAX);
		}

		assert!(OverdueChecked::<T>::exists());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
