//! Purposes of controllers, and their revisions.

use crate::{
	Config, DpvOf, Error, Event, NameOf, NextPurposeId, Pallet, PastPurposes, PurposeNames,
	Purposes, PurposesOf,
};
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{
	consent::PurposeTerms, LawfulBasis, Membership, Moment, OrganisationId, PurposeId, Role,
};
use frame_support::{ensure, traits::Time};
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, DispatchResult};

/// Why a controller processes its customers' data.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Purpose<Name, Dpv> {
	/// Whose purpose it is.
	pub controller: OrganisationId,
	/// Short machine name.
	pub name: Name,
	/// Its term in the Data Privacy Vocabulary.
	pub dpv: Dpv,
	/// What makes it lawful.
	pub basis: LawfulBasis,
	/// The latest revision.
	pub latest: PurposeRevision,
	/// Number of the latest revision, from 0.
	pub revision: u32,
}

/// A purpose at one time.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PurposeRevision {
	/// From when this revision counts.
	pub since: Moment,
	/// What the controller tells of the purpose.
	pub terms: PurposeTerms,
	/// Version of the notice, from 1.
	pub notice_version: u32,
	/// The oldest version of the notice under which a consent still counts.
	pub consents_since: u32,
	/// Whether the purpose is retired.
	pub retired: bool,
}

/// A purpose as a storage key that sorts by number: big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PurposeKey([u8; 4]);

impl From<PurposeId> for PurposeKey {
	fn from(purpose: PurposeId) -> Self {
		Self(purpose.to_be_bytes())
	}
}

impl From<PurposeKey> for PurposeId {
	fn from(key: PurposeKey) -> Self {
		Self::from_be_bytes(key.0)
	}
}

/// Whether `name` is a letter `a`-`z`, then letters `a`-`z`, digits and hyphens.
pub(crate) fn is_name(name: &[u8]) -> bool {
	name.first().is_some_and(u8::is_ascii_lowercase)
		&& name.iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == b'-')
}

/// Whether `term` is `dpv:` and then letters, as `dpv:DirectMarketing`.
pub(crate) fn is_dpv_term(term: &[u8]) -> bool {
	term.strip_prefix(b"dpv:")
		.is_some_and(|word| !word.is_empty() && word.iter().all(u8::is_ascii_alphabetic))
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_create_purpose(
		who: T::AccountId,
		name: NameOf<T>,
		dpv: DpvOf<T>,
		basis: LawfulBasis,
		terms: PurposeTerms,
	) -> Result<PurposeId, DispatchError> {
		let controller = T::Membership::ensure_role(&who, Role::Officer)?;
		ensure!(is_name(&name), Error::<T>::InvalidName);
		ensure!(is_dpv_term(&dpv), Error::<T>::InvalidTerm);
		ensure!(terms.categories.is_valid(), Error::<T>::InvalidCategories);
		ensure!(!PurposeNames::<T>::contains_key(controller, &name), Error::<T>::AlreadyExists);
		let id = NextPurposeId::<T>::get();
		let next = id.checked_add(1).ok_or(Error::<T>::TooManyPurposes)?;

		NextPurposeId::<T>::put(next);
		PurposeNames::<T>::insert(controller, &name, id);
		PurposesOf::<T>::insert(controller, PurposeKey::from(id), ());
		let latest = PurposeRevision {
			since: T::Time::now(),
			terms,
			notice_version: 1,
			consents_since: 1,
			retired: false,
		};
		let purpose = Purpose { controller, name: name.clone(), dpv, basis, latest, revision: 0 };
		Purposes::<T>::insert(id, purpose);
		Self::deposit_event(Event::PurposeCreated { purpose: id, controller, name });
		Ok(id)
	}

	pub(crate) fn do_revise_purpose(
		who: T::AccountId,
		id: PurposeId,
		terms: PurposeTerms,
		renew: bool,
	) -> DispatchResult {
		ensure!(terms.categories.is_valid(), Error::<T>::InvalidCategories);
		let Purpose { latest, revision, .. } = Self::supersede(&who, id, |latest| {
			if latest.terms.notice != terms.notice {
				latest.notice_version =
					latest.notice_version.checked_add(1).ok_or(Error::<T>::TooManyRevisions)?;
				if renew {
					latest.consents_since = latest.notice_version;
				}
			} else {
				ensure!(!renew, Error::<T>::InvalidNotice);
			}
			latest.terms = terms;
			Ok(())
		})?;
		Self::deposit_event(Event::PurposeRevised {
			purpose: id,
			revision,
			notice_version: latest.notice_version,
			consents_since: latest.consents_since,
		});
		Ok(())
	}

	pub(crate) fn do_retire_purpose(who: T::AccountId, id: PurposeId) -> DispatchResult {
		let Purpose { revision, .. } = Self::supersede(&who, id, |latest| {
			latest.retired = true;
			Ok(())
		})?;
		Self::deposit_event(Event::PurposeRetired { purpose: id, revision });
		Ok(())
	}

	/// Writes what `revise` makes of the latest revision as the next one, for an Officer of the
	/// controller, and keeps the one that it supersedes.
	fn supersede(
		who: &T::AccountId,
		id: PurposeId,
		revise: impl FnOnce(&mut PurposeRevision) -> DispatchResult,
	) -> Result<Purpose<NameOf<T>, DpvOf<T>>, DispatchError> {
		let organisation = T::Membership::ensure_role(who, Role::Officer)?;
		let mut purpose = Purposes::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(purpose.controller == organisation, Error::<T>::NotAuthorised);
		ensure!(!purpose.latest.retired, Error::<T>::Retired);
		let superseded = (purpose.revision, purpose.latest.clone());
		purpose.revision = purpose.revision.checked_add(1).ok_or(Error::<T>::TooManyRevisions)?;
		purpose.latest.since = T::Time::now();
		revise(&mut purpose.latest)?;
		PastPurposes::<T>::insert(id, superseded.0, superseded.1);
		Purposes::<T>::insert(id, &purpose);
		Ok(purpose)
	}
}
