//! What holds of the stored purposes and consents after every call. Each map is gone through once.

use crate::{
	purposes::{is_dpv_term, is_name},
	Allowances, Config, Consents, Expiries, NextPurposeId, Pallet, PastConsents, PastPurposes,
	PurposeKey, PurposeNames, Purposes, PurposesOf,
};
use consentry_primitives::{consent::ConsentState, customer::CustomerRegistry, LawfulBasis};
use frame_support::{ensure, traits::Time};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Purposes, consents and the maps beside them agree with each other.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_purposes()?;
		Self::check_consents()?;
		for (day, customer, purpose) in Expiries::<T>::iter_keys() {
			let consent = Consents::<T>::get(customer, purpose);
			ensure!(
				consent.is_some_and(|consent| consent.latest.due_day() == Some(day)),
				"an indexed consent does not end on its day"
			);
		}
		for (customer, (_, used)) in Allowances::<T>::iter() {
			ensure!(T::Customers::status(&customer).is_some(), "a stranger gave consent");
			ensure!(used > 0, "an allowance is kept that was not used");
		}
		Ok(())
	}

	fn check_purposes() -> Result<(), TryRuntimeError> {
		let (mut purposes, mut superseded) = (0usize, 0usize);
		for (id, purpose) in Purposes::<T>::iter() {
			ensure!(id < NextPurposeId::<T>::get(), "a purpose's id was not given out");
			ensure!(is_name(&purpose.name), "a purpose's name is none");
			ensure!(is_dpv_term(&purpose.dpv), "a purpose's term is none");
			ensure!(
				PurposesOf::<T>::contains_key(purpose.controller, PurposeKey::from(id)),
				"a purpose is not listed under its controller"
			);
			ensure!(
				PurposeNames::<T>::get(purpose.controller, &purpose.name) == Some(id),
				"a purpose's name is another's"
			);
			let (mut since, mut version, mut consents) = (0, 1, 1);
			for number in 0..=purpose.revision {
				let revision = Self::purpose_revision(id, &purpose, number)
					.ok_or("a purpose's revision is missing")?;
				ensure!(since <= revision.since, "a purpose's revision began before its time");
				ensure!(revision.terms.categories.is_valid(), "a purpose needs no known category");
				ensure!(
					version <= revision.notice_version
						&& consents <= revision.consents_since
						&& revision.consents_since <= revision.notice_version,
					"the versions of a notice go backwards"
				);
				ensure!(
					!revision.retired || number == purpose.revision,
					"a purpose was revised after it was retired"
				);
				since = revision.since;
				(version, consents) = (revision.notice_version, revision.consents_since);
			}
			ensure!(since <= T::Time::now(), "a purpose's revision is still to begin");
			purposes = purposes.saturating_add(1);
			superseded = superseded.saturating_add(purpose.revision as usize);
		}
		ensure!(NextPurposeId::<T>::get() as usize == purposes, "a purpose is lost");
		ensure!(PurposesOf::<T>::iter_keys().count() == purposes, "a listed purpose is lost");
		ensure!(PurposeNames::<T>::iter_keys().count() == purposes, "a named purpose is lost");
		ensure!(
			PastPurposes::<T>::iter_keys().count() == superseded,
			"a superseded revision belongs to no purpose"
		);
		Ok(())
	}

	/// The consents of erased customers are on their way out, and may lack revisions.
	fn check_consents() -> Result<(), TryRuntimeError> {
		let mut superseded = 0usize;
		for (customer, id, consent) in Consents::<T>::iter() {
			let status = T::Customers::status(&customer).ok_or("a stranger has a consent")?;
			let purpose = Purposes::<T>::get(id).ok_or("a consent is to no purpose")?;
			ensure!(
				purpose.controller == status.controller,
				"a consent is to another controller's purpose"
			);
			if status.erased {
				continue;
			}
			if let Some(day) = consent.latest.due_day() {
				ensure!(
					Expiries::<T>::contains_key((day, customer, id)),
					"a consent that ends is not indexed"
				);
			}
			let mut since = 0;
			for number in 0..=consent.revision {
				let revision = Self::consent_revision(&customer, id, &consent, number)
					.ok_or("a consent's revision is missing")?;
				ensure!(since <= revision.since, "a consent's revision began before its time");
				since = revision.since;
				let fits = match revision.state {
					ConsentState::Given => {
						purpose.basis == LawfulBasis::Consent || purpose.basis.can_be_objected_to()
					},
					ConsentState::Objected => purpose.basis.can_be_objected_to(),
					_ => purpose.basis == LawfulBasis::Consent,
				};
				ensure!(fits, "a consent's state does not fit its purpose's basis");
				match revision.permission {
					Some(permission) => ensure!(
						permission.categories.is_valid()
							&& (1..=purpose.latest.notice_version)
								.contains(&permission.notice_version),
						"a permission names what there is not"
					),
					None => ensure!(
						revision.state == ConsentState::Objected,
						"a consent tells not to what"
					),
				}
			}
			ensure!(since <= T::Time::now(), "a consent's revision is still to begin");
			superseded = superseded.saturating_add(consent.revision as usize);
		}
		let kept = PastConsents::<T>::iter_keys()
			.filter(|(customer, ..)| T::Customers::ensure_live(customer).is_ok())
			.count();
		ensure!(kept == superseded, "a superseded revision belongs to no consent");
		Ok(())
	}
}
