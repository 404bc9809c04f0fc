//! Benchmarks of the calls and of the idle work, each in its worst case.

use crate::{
	Allowances, Call, Config, Consent, Consents, DpvOf, Expiries, NameOf, Pallet, PurposeNames,
	Purposes, RecordedStatement,
};
use alloc::{vec, vec::Vec};
use consentry_primitives::{
	consent::{
		CaptureMethod, ConsentState, Expression, LawfulBases, Permission, PurposeTerms,
		SignedStatement, Statement, StatementSignature,
	},
	customer::{CustomerRegistry, Sweep},
	Categories, Commitment, CustomerId, LawfulBasis, Membership, Moment, OrganisationId, PurposeId,
	DAY,
};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::Get,
	traits::{OnIdle, Time},
	weights::Weight,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, sr25519, H256};
use sp_runtime::{traits::Zero, AccountId32};

/// The customer's key, in the benchmark's keystore.
const KEY_TYPE: KeyTypeId = KeyTypeId(*b"cnst");

fn commitment(n: u8) -> Commitment {
	Commitment::Blake2b256V1(H256::repeat_byte(n))
}

/// A member of a new organisation, with all roles.
fn member<T: Config>() -> (T::AccountId, OrganisationId) {
	let member = whitelisted_caller();
	let organisation = T::Membership::create_member(&member);
	(member, organisation)
}

/// A customer, its account, and a purpose of its controller.
fn customer<T: Config>(member: &T::AccountId) -> (CustomerId, T::AccountId, PurposeId) {
	let holder: T::AccountId = account("holder", 0, 0);
	let id = T::Customers::create_customer(member, 0, Some(&holder));
	(id, holder, purpose::<T>(member))
}

/// A purpose that rests on consent. The call of this name takes an origin.
fn purpose<T: Config>(officer: &T::AccountId) -> PurposeId {
	<Pallet<T> as LawfulBases<T::AccountId>>::create_purpose(officer)
}

/// The longest name and term that fit.
fn name_and_term<T: Config>() -> (NameOf<T>, DpvOf<T>) {
	let mut term = b"dpv:".to_vec();
	term.resize(T::MaxDpvLength::get() as usize, b'A');
	(
		vec![b'a'; T::MaxNameLength::get() as usize].try_into().expect("is of the length; qed"),
		term.try_into().expect("is of the length; qed"),
	)
}

fn terms(notice: u8) -> PurposeTerms {
	PurposeTerms { categories: Categories::all(), retention_days: 365, notice: commitment(notice) }
}

fn permission<T: Config>(until: Option<Moment>) -> Permission {
	Permission {
		notice_version: 1,
		categories: Categories::all(),
		until: until.map(|lasts| T::Time::now() + lasts),
		expression: Expression::Explicit,
		receipt: Some(commitment(2)),
	}
}

/// Records that customers gave consent to purposes, until a moment.
fn record_consents<T: Config>(
	member: &T::AccountId,
	consents: &[(CustomerId, PurposeId)],
	lasts: Moment,
) -> Vec<RecordedStatement> {
	let changes: Vec<_> = consents
		.iter()
		.map(|(customer, purpose)| RecordedStatement {
			customer: *customer,
			purpose: *purpose,
			statement: Statement::Give { permission: permission::<T>(Some(lasts)) },
			method: CaptureMethod::Form,
			evidence: commitment(3),
		})
		.collect();
	Pallet::<T>::do_record(member.clone(), changes.clone()).expect("a steward records; qed");
	changes
}

/// Moves the end of consents that were given until a moment to now.
fn end<T: Config>(consents: &[(CustomerId, PurposeId)]) {
	let due = |consent: &Consent<T::AccountId>| consent.latest.due_day().expect("has an end; qed");
	for (customer, purpose) in consents {
		let mut consent = Consents::<T>::get(customer, purpose).expect("was given; qed");
		Expiries::<T>::remove((due(&consent), customer, purpose));
		let permission = consent.latest.permission.as_mut().expect("was given; qed");
		permission.until = Some(T::Time::now());
		Expiries::<T>::insert((due(&consent), customer, purpose), ());
		Consents::<T>::insert(customer, purpose, consent);
	}
}

fn state<T: Config>(customer: CustomerId, purpose: PurposeId) -> Option<ConsentState> {
	Consents::<T>::get(customer, purpose).map(|consent| consent.latest.state)
}

#[benchmarks(where
	T::AccountId: From<AccountId32>,
	T::Signature: From<sr25519::Signature>,
)]
mod benches {
	use super::*;

	#[benchmark]
	fn create_purpose() {
		let (member, organisation) = member::<T>();
		let (name, term) = name_and_term::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(member), name.clone(), term, LawfulBasis::Consent, terms(1));

		assert!(PurposeNames::<T>::contains_key(organisation, name));
	}

	#[benchmark]
	fn revise_purpose() -> Result<(), BenchmarkError> {
		let (member, _) = member::<T>();
		let (name, term) = name_and_term::<T>();
		let basis = LawfulBasis::Consent;
		let id = Pallet::<T>::do_create_purpose(member.clone(), name, term, basis, terms(1))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id, terms(2), true);

		assert_eq!(Purposes::<T>::get(id).map(|purpose| purpose.latest.consents_since), Some(2));
		Ok(())
	}

	#[benchmark]
	fn retire_purpose() -> Result<(), BenchmarkError> {
		let (member, _) = member::<T>();
		let (name, term) = name_and_term::<T>();
		let basis = LawfulBasis::Consent;
		let id = Pallet::<T>::do_create_purpose(member.clone(), name, term, basis, terms(1))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(member), id);

		assert_eq!(Purposes::<T>::get(id).map(|purpose| purpose.latest.retired), Some(true));
		Ok(())
	}

	#[benchmark]
	fn give() {
		let (member, _) = member::<T>();
		let (id, holder, purpose) = customer::<T>(&member);
		record_consents::<T>(&member, &[(id, purpose)], DAY);
		end::<T>(&[(id, purpose)]);

		#[extrinsic_call]
		_(RawOrigin::Signed(holder), id, purpose, permission::<T>(Some(2 * DAY)));

		assert!(Allowances::<T>::contains_key(id));
		assert_eq!(Consents::<T>::get(id, purpose).map(|consent| consent.revision), Some(2));
	}

	#[benchmark]
	fn withdraw() {
		let (member, _) = member::<T>();
		let (id, holder, purpose) = customer::<T>(&member);
		record_consents::<T>(&member, &[(id, purpose)], DAY);

		#[extrinsic_call]
		_(RawOrigin::Signed(holder), id, purpose);

		assert_eq!(state::<T>(id, purpose), Some(ConsentState::Withdrawn));
	}

	#[benchmark]
	fn object() -> Result<(), BenchmarkError> {
		let (member, _) = member::<T>();
		let (id, holder, _) = customer::<T>(&member);
		let (name, term) = name_and_term::<T>();
		let basis = LawfulBasis::LegitimateInterests;
		let purpose = Pallet::<T>::do_create_purpose(member, name, term, basis, terms(1))?;
		let origin = || RawOrigin::Signed(holder.clone());
		Pallet::<T>::object(origin().into(), id, purpose)?;
		Pallet::<T>::give(origin().into(), id, purpose, permission::<T>(None))?;

		#[extrinsic_call]
		_(origin(), id, purpose);

		assert_eq!(state::<T>(id, purpose), Some(ConsentState::Objected));
		Ok(())
	}

	// The signature is tried as it is, and then as it was wrapped.
	#[benchmark]
	fn submit() {
		let (member, controller) = member::<T>();
		let key = sp_io::crypto::sr25519_generate(KEY_TYPE, None);
		let holder = T::AccountId::from(AccountId32::from(key));
		let id = T::Customers::create_customer(&member, 0, Some(&holder));
		let purpose = purpose::<T>(&member);
		record_consents::<T>(&member, &[(id, purpose)], DAY);
		end::<T>(&[(id, purpose)]);
		let statement = SignedStatement {
			customer: id,
			controller,
			account: holder,
			purpose,
			notice: Purposes::<T>::get(purpose)
				.map(|purpose| purpose.latest.terms.notice)
				.expect("was created; qed"),
			revisions: 1,
			expires: T::Time::now() + T::MaxStatementPeriod::get(),
			statement: Statement::Give { permission: permission::<T>(Some(2 * DAY)) },
		};
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let message = statement.wrapped_message(&genesis);
		let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, &key, &message)
			.expect("the key was generated; qed");
		let signature = StatementSignature::Account(T::Signature::from(signature));

		#[extrinsic_call]
		_(RawOrigin::Signed(member), statement, signature);

		assert_eq!(Consents::<T>::get(id, purpose).map(|consent| consent.revision), Some(2));
	}

	#[benchmark]
	fn record(n: Linear<1, { T::MaxBatch::get() }>) {
		let (member, _) = member::<T>();
		// Each for another purpose, so that none is found where another was.
		let consents: Vec<_> = (0..n)
			.map(|seed| (T::Customers::create_customer(&member, seed, None), purpose::<T>(&member)))
			.collect();
		let mut changes = record_consents::<T>(&member, &consents, DAY);
		end::<T>(&consents);
		for change in &mut changes {
			change.statement = Statement::Give { permission: permission::<T>(Some(2 * DAY)) };
		}
		let changes = changes.try_into().expect("n is a batch at most; qed");

		#[extrinsic_call]
		_(RawOrigin::Signed(member), changes);

		let given_anew = Consents::<T>::iter_values().filter(|consent| consent.revision == 2);
		assert_eq!(given_anew.count(), n as usize);
	}

	// Nothing has ended yet: what follows a find is `expire_one`.
	#[benchmark]
	fn expire_queue() {
		let (member, _) = member::<T>();
		let (id, _, purpose) = customer::<T>(&member);
		record_consents::<T>(&member, &[(id, purpose)], DAY);

		#[block]
		{
			Pallet::<T>::on_idle(1u32.into(), Weight::MAX);
		}

		assert_eq!(Expiries::<T>::iter_keys().count(), 1);
	}

	#[benchmark]
	fn expire_one() {
		let (member, _) = member::<T>();
		let (id, _, purpose) = customer::<T>(&member);
		record_consents::<T>(&member, &[(id, purpose)], DAY);
		end::<T>(&[(id, purpose)]);
		let due = Expiries::<T>::iter_keys().next().expect("was given until a moment; qed");

		#[block]
		{
			Pallet::<T>::expire(due);
		}

		assert_eq!(state::<T>(id, purpose), Some(ConsentState::Expired));
	}

	// One of two consents, which stand in the index of ends too.
	#[benchmark]
	fn sweep_value() {
		let (member, _) = member::<T>();
		let (id, _, first) = customer::<T>(&member);
		let second = purpose::<T>(&member);
		record_consents::<T>(&member, &[(id, first)], DAY);
		record_consents::<T>(&member, &[(id, second)], DAY);

		#[block]
		{
			Pallet::<T>::sweep(&id, 1);
		}

		assert_eq!(Consents::<T>::iter_key_prefix(id).count(), 1);
		assert_eq!(Expiries::<T>::iter_keys().count(), 1);
	}

	impl_benchmark_test_suite!(Pallet, with_keystore(), crate::mock::Test);
}

/// The benchmark of signed statements signs.
#[cfg(test)]
fn with_keystore() -> sp_io::TestExternalities {
	let mut ext = crate::mock::new_test_ext();
	let keystore = sp_keystore::testing::MemoryKeystore::new();
	ext.register_extension(sp_keystore::KeystoreExt::new(keystore));
	ext
}
