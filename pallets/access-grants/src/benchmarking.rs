//! Benchmarks of the calls and of the idle work, each in its worst case.

use crate::{
	Call, Config, Grants, NextGrantId, OverdueChecked, Pallet, Policies, Review, Reviews,
	ReviewsDue, Suspended, Usage, Usages, Window,
};
use alloc::vec::Vec;
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit, Scope},
	consent::LawfulBases,
	customer::{CustomerRegistry, Sweep},
	Categories, Commitment, CustomerId, GrantId, Membership, Moment, OrganisationId, PurposeId,
};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::Get,
	traits::{OnIdle, Time},
	weights::Weight,
};
use frame_system::RawOrigin;
use sp_core::H256;

const COMMITMENT: Commitment = Commitment::Blake2b256V1(H256::repeat_byte(1));

/// A member of a new organisation, with all roles; its organisation; a purpose of that.
fn member<T: Config>() -> (T::AccountId, OrganisationId, PurposeId) {
	let member = whitelisted_caller();
	let organisation = T::Membership::create_member(&member);
	let purpose = T::LawfulBases::create_purpose(&member);
	(member, organisation, purpose)
}

fn terms(purpose: PurposeId) -> GrantTerms {
	GrantTerms {
		purpose,
		categories: Categories::all(),
		from: 0,
		until: Some(Moment::MAX),
		uses: Some(u32::MAX),
	}
}

/// A grant of `member` to itself.
fn grant<T: Config>(member: &T::AccountId, scope: Scope, purpose: PurposeId) -> GrantId {
	let id = NextGrantId::<T>::get();
	let origin = RawOrigin::Signed(member.clone()).into();
	let grantee = Grantee::Account { account: member.clone() };
	Pallet::<T>::grant(origin, scope, grantee, terms(purpose)).expect("an officer grants; qed");
	id
}

/// A policy that suspends at the first denial.
fn strict(accesses: u32) -> Policy {
	Policy {
		rate: Some(RateLimit { count: accesses, window: Moment::MAX }),
		hours: Hours::ALL,
		denials: Some(RateLimit { count: 1, window: Moment::MAX }),
		break_glass: true,
	}
}

/// A review of what another account read.
fn pending<T: Config>(controller: OrganisationId, customer: CustomerId) {
	let due = T::Time::now();
	let review = Review {
		controller,
		account: account::<T::AccountId>("reader", 0, 0),
		emergency: COMMITMENT,
		due,
	};
	ReviewsDue::<T>::insert((controller, review.due_day(), customer, 0), ());
	Reviews::<T>::insert(customer, 0, review);
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn grant() {
		let (member, organisation, purpose) = member::<T>();
		let customer = T::Customers::create_customer(&member, 0, None);
		// Of another organisation than the signer, so that both memberships are read.
		let account: T::AccountId = account("grantee", 0, 0);
		let recipient = T::Membership::create_member(&account);
		assert_ne!(recipient, organisation);
		let grantee = Grantee::Account { account };

		#[extrinsic_call]
		_(RawOrigin::Signed(member), Scope::Customer { customer }, grantee, terms(purpose));

		assert_eq!(Grants::<T>::iter_keys().count(), 1);
	}

	#[benchmark]
	fn revoke() {
		let (member, _, purpose) = member::<T>();
		let customer = T::Customers::create_customer(&member, 0, None);
		let id = super::grant::<T>(&member, Scope::Customer { customer }, purpose);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id);

		assert!(Grants::<T>::get(id).is_some_and(|stored| stored.revoked.is_some()));
	}

	#[benchmark]
	fn revoke_own() {
		let (member, _, purpose) = member::<T>();
		let holder: T::AccountId = account("holder", 0, 0);
		let customer = T::Customers::create_customer(&member, 0, Some(&holder));
		let id = super::grant::<T>(&member, Scope::Customer { customer }, purpose);

		#[extrinsic_call]
		_(RawOrigin::Signed(holder), customer, id);

		assert!(Grants::<T>::get(id).is_some_and(|stored| stored.revoked.is_some()));
	}

	#[benchmark]
	fn set_policy() {
		let (member, organisation, _) = member::<T>();
		Policies::<T>::insert(organisation, Policy::default());

		#[extrinsic_call]
		_(RawOrigin::Signed(member), strict(1));

		assert_eq!(Policies::<T>::get(organisation), strict(1));
	}

	#[benchmark]
	fn request_access(n: Linear<1, { T::MaxBatch::get() }>) {
		let (member, organisation, purpose) = member::<T>();
		let id = super::grant::<T>(&member, Scope::Controller { organisation }, purpose);
		let customers: Vec<_> = (0..n)
			.map(|seed| {
				let customer = T::Customers::create_customer(&member, seed, None);
				T::LawfulBases::give_consent(&customer, purpose);
				customer
			})
			.collect();
		// Stored as it is: for one customer the limit is none, which no policy can be set to.
		Policies::<T>::insert(organisation, strict(n - 1));
		let customers = customers.try_into().expect("n is a batch at most; qed");

		#[extrinsic_call]
		_(
			RawOrigin::Signed(member.clone()),
			id,
			purpose,
			Categories::all(),
			customers,
			Some([1; 32]),
		);

		let uses = Grants::<T>::get(id).and_then(|stored| stored.terms.uses);
		assert_eq!(uses, Some(u32::MAX - (n - 1)));
		assert!(Suspended::<T>::contains_key(member));
	}

	#[benchmark]
	fn request_access_at_fault(n: Linear<1, { T::MaxBatch::get() }>) {
		let (member, _, purpose) = member::<T>();
		let customers: Vec<_> = (0..n)
			.map(|seed| {
				let steward: T::AccountId = account("steward", seed, 0);
				let controller = T::Membership::create_member(&steward);
				Policies::<T>::insert(controller, strict(1));
				T::Customers::create_customer(&steward, seed, None)
			})
			.collect();
		let customers = customers.try_into().expect("n is a batch at most; qed");

		#[extrinsic_call]
		request_access(
			RawOrigin::Signed(member.clone()),
			GrantId::MAX,
			purpose,
			Categories::all(),
			customers,
			Some([1; 32]),
		);

		assert_eq!(Pallet::<T>::suspensions_of(&member).count(), n as usize);
	}

	#[benchmark]
	fn break_glass() {
		let (member, organisation, purpose) = member::<T>();
		let customer = T::Customers::create_customer(&member, 0, None);
		Policies::<T>::insert(organisation, strict(1));

		#[extrinsic_call]
		_(
			RawOrigin::Signed(member.clone()),
			customer,
			purpose,
			Categories(0),
			COMMITMENT,
			Some([1; 32]),
		);

		assert!(Suspended::<T>::contains_key(member));
	}

	#[benchmark]
	fn review() {
		let (member, organisation, _) = member::<T>();
		let customer = T::Customers::create_customer(&member, 0, None);
		pending::<T>(organisation, customer);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), customer, 0, true, COMMITMENT);

		assert!(!Reviews::<T>::contains_key(customer, 0));
	}

	#[benchmark]
	fn reinstate() {
		let (member, organisation, _) = member::<T>();
		let suspended: T::AccountId = account("suspended", 0, 0);
		let denials = Window { since: T::Time::now(), count: 1 };
		Usages::<T>::insert(organisation, &suspended, Usage { denials, ..Usage::default() });
		// Whether the others exist is not asked.
		let others = (1..T::MaxBatch::get()).map(|n| organisation.saturating_add(n));
		Pallet::<T>::suspend(others.chain([organisation]).collect(), &suspended);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), suspended.clone());

		let left = T::MaxBatch::get() as usize - 1;
		assert_eq!(Pallet::<T>::suspensions_of(&suspended).count(), left);
	}

	#[benchmark]
	fn sweep_value() {
		let (member, _, purpose) = member::<T>();
		let customer = T::Customers::create_customer(&member, 0, None);
		let id = super::grant::<T>(&member, Scope::Customer { customer }, purpose);

		#[block]
		{
			Pallet::<T>::sweep(&customer, 1);
		}

		assert!(!Grants::<T>::contains_key(id));
	}

	// The check of a day and one review on it: all pending ones are looked at in the same way, so
	// one that is overdue, whose event is deposited beside, costs most.
	#[benchmark]
	fn report_overdue() {
		let (member, organisation, _) = member::<T>();
		let customer = T::Customers::create_customer(&member, 0, None);
		pending::<T>(organisation, customer);

		#[block]
		{
			Pallet::<T>::on_idle(1u32.into(), Weight::MAX);
		}

		assert!(OverdueChecked::<T>::exists());
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
