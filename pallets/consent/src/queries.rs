//! Answers for the runtime API.

use crate::{
	Config, Consent, ConsentRevision, Consents, DpvOf, NameOf, Pallet, PastConsents, PastPurposes,
	Purpose, PurposeKey, PurposeRevision, Purposes, PurposesOf,
};
use alloc::{string::String, vec::Vec};
use consentry_primitives::{
	api::{ConsentAsOf, ConsentInfo, PurposeInfo, PAGE},
	customer::CustomerRegistry,
	Categories, CustomerId, Moment, OrganisationId, PurposeId,
};
use frame_support::traits::Time;

/// The last of the revisions up to `latest` that began at `moment` or before, with its number.
/// `load` gives a revision, `since` when it began; none begins before the one before it.
fn revision_at<R>(
	latest: u32,
	moment: Moment,
	load: impl Fn(u32) -> Option<R>,
	since: impl Fn(&R) -> Moment,
) -> Option<(u32, R)> {
	let newest = load(latest)?;
	if since(&newest) <= moment {
		return Some((latest, newest));
	}
	let (mut low, mut high) = (0, latest);
	let mut found = None;
	while low < high {
		let middle = low.midpoint(high);
		let revision = load(middle)?;
		if since(&revision) <= moment {
			found = Some((middle, revision));
			low = middle.saturating_add(1);
		} else {
			high = middle;
		}
	}
	found
}

fn purpose_info<T: Config>(
	id: PurposeId,
	purpose: &Purpose<NameOf<T>, DpvOf<T>>,
	number: u32,
	revision: PurposeRevision,
) -> PurposeInfo {
	PurposeInfo {
		purpose: id,
		controller: purpose.controller,
		name: String::from_utf8_lossy(&purpose.name).into_owned(),
		dpv: String::from_utf8_lossy(&purpose.dpv).into_owned(),
		basis: purpose.basis,
		revision: number,
		since: revision.since,
		terms: revision.terms,
		notice_version: revision.notice_version,
		consents_since: revision.consents_since,
		retired: revision.retired,
	}
}

/// A revision as it stands at `moment`.
fn consent_info<AccountId>(
	purpose: PurposeId,
	number: u32,
	revision: ConsentRevision<AccountId>,
	moment: Moment,
) -> ConsentInfo<AccountId> {
	ConsentInfo {
		purpose,
		revision: number,
		since: revision.since,
		state: revision.state_at(moment),
		actor: revision.actor,
		capture: revision.capture,
		permission: revision.permission,
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn purpose_revision(
		id: PurposeId,
		purpose: &Purpose<NameOf<T>, DpvOf<T>>,
		number: u32,
	) -> Option<PurposeRevision> {
		if number == purpose.revision {
			return Some(purpose.latest.clone());
		}
		PastPurposes::<T>::get(id, number)
	}

	pub(crate) fn consent_revision(
		customer: &CustomerId,
		purpose: PurposeId,
		consent: &Consent<T::AccountId>,
		number: u32,
	) -> Option<ConsentRevision<T::AccountId>> {
		if number == consent.revision {
			return Some(consent.latest.clone());
		}
		PastConsents::<T>::get((customer, purpose, number))
	}

	/// The purposes of a controller in the order of their creation: at most `limit` and never more
	/// than [`PAGE`] of them, after `after`.
	pub fn purposes_of(
		controller: OrganisationId,
		after: Option<PurposeId>,
		limit: u32,
	) -> Vec<PurposeInfo> {
		let keys = match after {
			Some(last) => PurposesOf::<T>::iter_key_prefix_from(
				controller,
				PurposesOf::<T>::hashed_key_for(controller, PurposeKey::from(last)),
			),
			None => PurposesOf::<T>::iter_key_prefix(controller),
		};
		keys.take(limit.min(PAGE) as usize)
			.filter_map(|key| {
				let id = PurposeId::from(key);
				let purpose = Purposes::<T>::get(id)?;
				let latest = purpose.latest.clone();
				Some(purpose_info::<T>(id, &purpose, purpose.revision, latest))
			})
			.collect()
	}

	/// The revisions of a purpose, oldest first: at most `limit` and never more than [`PAGE`] of
	/// them, from `from`; `None` where there is no such purpose.
	pub fn purpose_history(purpose: PurposeId, from: u32, limit: u32) -> Option<Vec<PurposeInfo>> {
		let stored = Purposes::<T>::get(purpose)?;
		let history = (from..=stored.revision)
			.take(limit.min(PAGE) as usize)
			.filter_map(|number| {
				let revision = Self::purpose_revision(purpose, &stored, number)?;
				Some(purpose_info::<T>(purpose, &stored, number, revision))
			})
			.collect();
		Some(history)
	}

	/// The consents of a customer that is not erased, as they stand now, in the order of their
	/// storage keys: at most `limit` and never more than [`PAGE`] of them, after the one for
	/// `after`; `None` where there is no such customer.
	pub fn consents_of(
		customer: &CustomerId,
		after: Option<PurposeId>,
		limit: u32,
	) -> Option<Vec<ConsentInfo<T::AccountId>>> {
		if T::Customers::status(customer)?.erased {
			return Some(Vec::new());
		}
		let now = T::Time::now();
		let consents = match after {
			Some(last) => Consents::<T>::iter_prefix_from(
				customer,
				Consents::<T>::hashed_key_for(customer, last),
			),
			None => Consents::<T>::iter_prefix(customer),
		};
		let consents = consents
			.take(limit.min(PAGE) as usize)
			.map(|(purpose, consent)| consent_info(purpose, consent.revision, consent.latest, now))
			.collect();
		Some(consents)
	}

	/// The revisions of a consent of a customer that is not erased, oldest first: at most `limit`
	/// and never more than [`PAGE`] of them, from `from`; `None` where there is no such customer.
	/// The latest is as it stands now, those before it as they were made.
	pub fn consent_history(
		customer: &CustomerId,
		purpose: PurposeId,
		from: u32,
		limit: u32,
	) -> Option<Vec<ConsentInfo<T::AccountId>>> {
		let erased = T::Customers::status(customer)?.erased;
		let Some(consent) = Consents::<T>::get(customer, purpose).filter(|_| !erased) else {
			return Some(Vec::new());
		};
		let now = T::Time::now();
		let history = (from..=consent.revision)
			.take(limit.min(PAGE) as usize)
			.filter_map(|number| {
				let revision = Self::consent_revision(customer, purpose, &consent, number)?;
				let moment = if number == consent.revision { now } else { revision.since };
				Some(consent_info(purpose, number, revision, moment))
			})
			.collect();
		Some(history)
	}

	/// What consent and purpose permitted at a moment that is not in the future; `None` where the
	/// purpose did not exist yet or is another controller's, and where there is no such customer
	/// or it was erased. Of several changes in one block the last counts.
	///
	/// The answer for a moment never changes: later revisions, and the record of an end by time,
	/// begin later.
	pub fn consent_as_of(
		customer: &CustomerId,
		purpose: PurposeId,
		moment: Moment,
	) -> Option<ConsentAsOf<T::AccountId>> {
		let status = T::Customers::status(customer).filter(|status| !status.erased)?;
		let stored = Purposes::<T>::get(purpose)?;
		let is_known = (status.registered..=T::Time::now()).contains(&moment);
		if stored.controller != status.controller || !is_known {
			return None;
		}
		let (purpose_number, purpose_then) = revision_at(
			stored.revision,
			moment,
			|number| Self::purpose_revision(purpose, &stored, number),
			|revision| revision.since,
		)?;
		let consent_then = Consents::<T>::get(customer, purpose).and_then(|consent| {
			revision_at(
				consent.revision,
				moment,
				|number| Self::consent_revision(customer, purpose, &consent, number),
				|revision| revision.since,
			)
		});
		let revision = consent_then.as_ref().map(|(_, revision)| revision);
		let permitted = Self::decide(&purpose_then, stored.basis, revision, moment);
		Some(ConsentAsOf {
			purpose: purpose_info::<T>(purpose, &stored, purpose_number, purpose_then),
			consent: consent_then
				.map(|(number, revision)| consent_info(purpose, number, revision, moment)),
			categories: permitted.unwrap_or(Categories(0)),
			denial: permitted.err(),
		})
	}
}
