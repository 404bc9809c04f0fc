//! Whether processing is lawful: decided in one place, for now and for any moment before.

use crate::{Config, ConsentRevision, Consents, Pallet, PurposeRevision, Purposes};
use consentry_primitives::{
	consent::{ConsentState, LawfulBases, PurposeStatus},
	Categories, CustomerId, Denial, LawfulBasis, Moment, PurposeId,
};

impl<T: Config> Pallet<T> {
	/// The categories that may be processed at `moment`, at least one, under a purpose and a
	/// consent as they were then; or the first reason why none may.
	pub(crate) fn decide(
		purpose: &PurposeRevision,
		basis: LawfulBasis,
		consent: Option<&ConsentRevision<T::AccountId>>,
		moment: Moment,
	) -> Result<Categories, Denial> {
		let needed = purpose.terms.categories;
		if purpose.retired {
			return Err(Denial::PurposeRetired);
		}
		if basis != LawfulBasis::Consent {
			return match consent.map(|consent| consent.state) {
				Some(ConsentState::Objected) if basis.can_be_objected_to() => {
					Err(Denial::CustomerObjected)
				},
				_ => Ok(needed),
			};
		}
		let consent = consent.ok_or(Denial::NoConsent)?;
		let permission = match consent.state_at(moment) {
			ConsentState::Given => consent.permission.as_ref().ok_or(Denial::NoConsent)?,
			ConsentState::Requested => return Err(Denial::ConsentNotConfirmed),
			ConsentState::Withdrawn => return Err(Denial::ConsentWithdrawn),
			ConsentState::Objected => return Err(Denial::CustomerObjected),
			ConsentState::Expired => return Err(Denial::ConsentExpired),
		};
		if permission.notice_version < purpose.consents_since {
			return Err(Denial::NoticeOutdated);
		}
		match needed.intersection(permission.categories) {
			// The purpose may have come to need others since.
			Categories(0) => Err(Denial::CategoryNotConsented),
			permitted => Ok(permitted),
		}
	}
}

impl<T: Config> LawfulBases<T::AccountId> for Pallet<T> {
	fn purpose(purpose: PurposeId) -> Option<PurposeStatus> {
		Purposes::<T>::get(purpose).map(|purpose| PurposeStatus {
			controller: purpose.controller,
			basis: purpose.basis,
			categories: purpose.latest.terms.categories,
			retired: purpose.latest.retired,
		})
	}

	fn permits(
		customer: &CustomerId,
		purpose: PurposeId,
		categories: Categories,
		moment: Moment,
	) -> Result<LawfulBasis, Denial> {
		let stored = Purposes::<T>::get(purpose).ok_or(Denial::WrongPurpose)?;
		let consent = if stored.basis.is_the_customers_to_end() {
			Consents::<T>::get(customer, purpose).map(|consent| consent.latest)
		} else {
			None
		};
		match Self::decide(&stored.latest, stored.basis, consent.as_ref(), moment) {
			Err(Denial::PurposeRetired) => Err(Denial::PurposeRetired),
			_ if !stored.latest.terms.categories.contains(categories) => {
				Err(Denial::CategoryNotInPurpose)
			},
			Err(reason) => Err(reason),
			Ok(permitted) if !permitted.contains(categories) => Err(Denial::CategoryNotConsented),
			Ok(_) => Ok(stored.basis),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_purpose(officer: &T::AccountId) -> PurposeId {
		let terms = consentry_primitives::consent::PurposeTerms {
			categories: Categories::all(),
			retention_days: 365,
			notice: consentry_primitives::Commitment::Blake2b256V1(sp_core::H256::repeat_byte(1)),
		};
		let name = alloc::format!("purpose-{}", crate::NextPurposeId::<T>::get()).into_bytes();
		Self::do_create_purpose(
			officer.clone(),
			name.try_into().expect("a name of 18 bytes at most fits; qed"),
			b"dpv:DirectMarketing".to_vec().try_into().expect("a term of 19 bytes fits; qed"),
			LawfulBasis::Consent,
			terms,
		)
		.expect("an officer creates a purpose of a new name; qed")
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn give_consent(customer: &CustomerId, purpose: PurposeId) {
		use consentry_primitives::{
			consent::{Capture, Expression, Permission, Statement},
			Actor,
		};

		let stored = Purposes::<T>::get(purpose).expect("the purpose exists; qed");
		let permission = Permission {
			notice_version: stored.latest.notice_version,
			categories: stored.latest.terms.categories,
			until: None,
			expression: Expression::Explicit,
			receipt: None,
		};
		let change = Self::check_change(
			stored.controller,
			*customer,
			purpose,
			Statement::Give { permission },
			Actor::Customer,
			Capture::Transaction,
		);
		Self::apply(change.expect("the permission is all that the purpose needs; qed"));
	}
}
