//! Consents, and what can change them: each change is checked and written in one way, however it
//! reached the chain.

use crate::{
	Allowances, Call, Config, Consents, DpvOf, Error, Event, Expiries, NameOf, Pallet,
	PastConsents, Purpose, Purposes,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use consentry_primitives::{
	consent::{Capture, CaptureMethod, ConsentState, Permission, Statement},
	customer::CustomerRegistry,
	day_of, Action, Actor, AuditTrail, Commitment, CustomerId, DueDay, LawfulBasis, Membership,
	Moment, OrganisationId, PurposeId, Role,
};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Get},
	traits::{OriginTrait, Time},
};
use frame_system::pallet_prelude::OriginFor;
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// A customer's consent or objection to a purpose.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Consent<AccountId> {
	/// Number of the latest revision, from 0.
	pub revision: u32,
	/// The latest revision.
	pub latest: ConsentRevision<AccountId>,
}

/// A consent at one time.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ConsentRevision<AccountId> {
	/// From when this revision counts.
	pub since: Moment,
	/// Where the consent stands; one that is given can have ended by time.
	pub state: ConsentState,
	/// Who made this revision.
	pub actor: Actor<AccountId>,
	/// How it reached the chain.
	pub capture: Capture<AccountId>,
	/// What is or was consented to; `None` where nothing ever was.
	pub permission: Option<Permission>,
}

impl<AccountId> ConsentRevision<AccountId> {
	/// When the consent ends by itself, where it is given until a moment.
	pub fn ends(&self) -> Option<Moment> {
		match self.state {
			ConsentState::Given => self.permission.as_ref()?.until,
			_ => None,
		}
	}

	/// Where the consent stands at `moment`, its end by time included.
	pub fn state_at(&self, moment: Moment) -> ConsentState {
		match self.ends() {
			Some(until) if until <= moment => ConsentState::Expired,
			_ => self.state,
		}
	}

	/// Under which day the consent stands among those that end.
	pub(crate) fn due_day(&self) -> Option<DueDay> {
		self.ends().map(day_of).map(DueDay::from)
	}
}

/// What a customer stated to its controller, to be recorded.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RecordedStatement {
	/// The customer.
	pub customer: CustomerId,
	/// The purpose.
	pub purpose: PurposeId,
	/// What was stated.
	pub statement: Statement,
	/// How the controller got to know.
	pub method: CaptureMethod,
	/// Commitment to the evidence.
	pub evidence: Commitment,
}

/// Whether what is `given` is no wider than what was `requested`, under the same notice.
fn is_within(given: &Permission, requested: &Permission) -> bool {
	let ends_in_time =
		requested.until.is_none_or(|latest| given.until.is_some_and(|until| until <= latest));
	given.notice_version == requested.notice_version
		&& requested.categories.contains(given.categories)
		&& ends_in_time
}

/// A change that passed all checks: nothing is left that could fail.
pub(crate) struct Change<T: Config> {
	customer: CustomerId,
	purpose: PurposeId,
	statement: Statement,
	consent: Consent<T::AccountId>,
}

impl<T: Config> Pallet<T> {
	/// The change that `statement` of a live customer of `controller` makes.
	pub(crate) fn check_change(
		controller: OrganisationId,
		customer: CustomerId,
		purpose: PurposeId,
		statement: Statement,
		actor: Actor<T::AccountId>,
		capture: Capture<T::AccountId>,
	) -> Result<Change<T>, DispatchError> {
		let stored = Purposes::<T>::get(purpose).ok_or(Error::<T>::NotFound)?;
		ensure!(stored.controller == controller, Error::<T>::NotAuthorised);
		// What follows a consent that has ended does not hang on whether that is recorded yet.
		let before = Consents::<T>::get(customer, purpose)
			.map(|consent| Self::end_of(&consent).unwrap_or(consent));
		let revision = match &before {
			Some(consent) => consent.revision.checked_add(1).ok_or(Error::<T>::TooManyRevisions)?,
			None => 0,
		};
		let since = T::Time::now();
		let latest = before.map(|consent| consent.latest);
		let stood = latest.as_ref().map(|latest| latest.state);

		let (state, permission) = match &statement {
			Statement::Request { permission } => {
				Self::ensure_permission(&stored, permission, &capture)?;
				ensure!(stored.basis == LawfulBasis::Consent, Error::<T>::NotConsentBased);
				let effective =
					Self::decide(&stored.latest, stored.basis, latest.as_ref(), since).is_ok();
				ensure!(!effective, Error::<T>::AlreadyGiven);
				(ConsentState::Requested, Some(permission.clone()))
			},
			Statement::Give { permission } => {
				Self::ensure_permission(&stored, permission, &capture)?;
				if let (Some(ConsentState::Requested), Capture::Recorded { .. }) = (stood, &capture)
				{
					let requested = latest.and_then(|latest| latest.permission);
					let confirms = requested.is_some_and(|it| is_within(permission, &it));
					ensure!(confirms, Error::<T>::NotRequested);
				}
				if stored.basis != LawfulBasis::Consent {
					ensure!(stood == Some(ConsentState::Objected), Error::<T>::NotConsentBased);
					let whole = permission.categories == stored.latest.terms.categories;
					ensure!(whole, Error::<T>::InvalidCategories);
					ensure!(permission.until.is_none(), Error::<T>::InvalidPeriod);
				}
				(ConsentState::Given, Some(permission.clone()))
			},
			Statement::Withdraw => {
				ensure!(stored.basis == LawfulBasis::Consent, Error::<T>::NotConsentBased);
				let standing = matches!(stood, Some(ConsentState::Requested | ConsentState::Given));
				ensure!(standing, Error::<T>::NotGiven);
				(ConsentState::Withdrawn, latest.and_then(|latest| latest.permission))
			},
			Statement::Object => {
				ensure!(stored.basis.can_be_objected_to(), Error::<T>::NotObjectable);
				ensure!(stood != Some(ConsentState::Objected), Error::<T>::AlreadyObjected);
				(ConsentState::Objected, latest.and_then(|latest| latest.permission))
			},
		};
		let latest = ConsentRevision { since, state, actor, capture, permission };
		Ok(Change { customer, purpose, statement, consent: Consent { revision, latest } })
	}

	/// Whether `permission` can be given for the purpose now.
	fn ensure_permission(
		purpose: &Purpose<NameOf<T>, DpvOf<T>>,
		permission: &Permission,
		capture: &Capture<T::AccountId>,
	) -> DispatchResult {
		let latest = &purpose.latest;
		ensure!(!latest.retired, Error::<T>::Retired);
		// What a controller records was often given before: under a notice that has been replaced.
		let oldest = match capture {
			Capture::Recorded { .. } => 1,
			_ => latest.notice_version,
		};
		ensure!(
			(oldest..=latest.notice_version).contains(&permission.notice_version),
			Error::<T>::InvalidNotice
		);
		let categories = permission.categories;
		ensure!(
			categories.is_valid() && latest.terms.categories.contains(categories),
			Error::<T>::InvalidCategories
		);
		let now = T::Time::now();
		ensure!(permission.until.is_none_or(|until| now < until), Error::<T>::InvalidPeriod);
		Ok(())
	}

	/// Writes the change, and the entry in the customer's trail; before it that the consent ended.
	pub(crate) fn apply(change: Change<T>) {
		let Change { customer, purpose, statement, consent } = change;
		Self::record_end(&customer, purpose);
		let revision = consent.revision;
		let (actor, capture) = (consent.latest.actor.clone(), consent.latest.capture.clone());
		Self::store(&customer, purpose, consent);
		let (event, action) = match statement {
			Statement::Request { permission } => (
				Event::Requested { customer, purpose, revision },
				Action::ConsentRequested { purpose, revision, permission, capture },
			),
			Statement::Give { permission } => (
				Event::Given { customer, purpose, revision, until: permission.until },
				Action::ConsentGiven { purpose, revision, permission, capture },
			),
			Statement::Withdraw => (
				Event::Withdrawn { customer, purpose, revision },
				Action::ConsentWithdrawn { purpose, revision, capture },
			),
			Statement::Object => (
				Event::Objected { customer, purpose, revision },
				Action::Objected { purpose, revision, capture },
			),
		};
		Self::deposit_event(event);
		T::AuditTrail::append(&customer, actor, action);
	}

	/// Writes a consent's next revision, and keeps the one that it supersedes and the index of
	/// those that end in step with it.
	pub(crate) fn store(customer: &CustomerId, purpose: PurposeId, consent: Consent<T::AccountId>) {
		let before = Consents::<T>::get(customer, purpose);
		let was_due = before.as_ref().and_then(|consent| consent.latest.due_day());
		let due = consent.latest.due_day();
		if was_due != due {
			if let Some(day) = was_due {
				Expiries::<T>::remove((day, customer, purpose));
			}
			if let Some(day) = due {
				Expiries::<T>::insert((day, customer, purpose), ());
			}
		}
		if let Some(Consent { revision, latest }) = before {
			PastConsents::<T>::insert((customer, purpose, revision), latest);
		}
		Consents::<T>::insert(customer, purpose, consent);
	}

	/// The change that `statement` makes, where `who` is the customer or a guardian.
	pub(crate) fn check_own(
		who: &T::AccountId,
		customer: CustomerId,
		purpose: PurposeId,
		statement: Statement,
	) -> Result<Change<T>, DispatchError> {
		let controller = T::Customers::ensure_live(&customer)?;
		let actor = T::Customers::ensure_customer(who, &customer)?;
		Self::check_change(controller, customer, purpose, statement, actor, Capture::Transaction)
	}

	pub(crate) fn do_own(
		who: T::AccountId,
		customer: CustomerId,
		purpose: PurposeId,
		statement: Statement,
	) -> DispatchResult {
		Self::apply(Self::check_own(&who, customer, purpose, statement)?);
		Ok(())
	}

	/// The same for giving consent, where the customer can still do so free of charge today.
	pub(crate) fn check_free_give(
		who: &T::AccountId,
		customer: CustomerId,
		purpose: PurposeId,
		permission: Permission,
	) -> Result<Change<T>, DispatchError> {
		ensure!(Self::free_gives_left(&customer) > 0, DispatchError::Exhausted);
		Self::check_own(who, customer, purpose, Statement::Give { permission })
	}

	pub(crate) fn do_give(
		who: T::AccountId,
		customer: CustomerId,
		purpose: PurposeId,
		permission: Permission,
	) -> DispatchResult {
		Self::do_own(who, customer, purpose, Statement::Give { permission })?;
		let left = Self::free_gives_left(&customer);
		// With none left the call was paid for.
		if left > 0 {
			let used = T::GivesPerDay::get().saturating_sub(left).saturating_add(1);
			Allowances::<T>::insert(customer, (day_of(T::Time::now()), used));
		}
		Ok(())
	}

	/// Whether `call` would be dispatched for its signer and pass `check`, so that a call that was
	/// validated as free cannot fail.
	pub(crate) fn is_free(
		origin: &OriginFor<T>,
		call: Call<T>,
		check: impl FnOnce(&T::AccountId) -> bool,
	) -> bool {
		origin.filter_call(&call.into()) && origin.as_signer().is_some_and(check)
	}

	/// How often `customer` can still give consent free of charge today.
	pub(crate) fn free_gives_left(customer: &CustomerId) -> u32 {
		let used = match Allowances::<T>::get(customer) {
			Some((day, used)) if day == day_of(T::Time::now()) => used,
			_ => 0,
		};
		T::GivesPerDay::get().saturating_sub(used)
	}

	pub(crate) fn do_record(
		who: T::AccountId,
		changes: impl IntoIterator<Item = RecordedStatement>,
	) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&who, Role::Steward)?;
		let actor = Actor::Member { organisation, account: who };
		for RecordedStatement { customer, purpose, statement, method, evidence } in changes {
			let controller = T::Customers::ensure_live(&customer)?;
			ensure!(controller == organisation, Error::<T>::NotAuthorised);
			let capture = Capture::Recorded { method, evidence };
			let change = Self::check_change(
				controller,
				customer,
				purpose,
				statement,
				actor.clone(),
				capture,
			)?;
			Self::apply(change);
		}
		Ok(())
	}
}
