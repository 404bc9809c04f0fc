//! What customers and guardians sign off the chain, for somebody else to submit.

use crate::{consents::Change, Config, Consents, Error, Pallet, Purposes};
use consentry_primitives::{
	consent::{Capture, ConsentState, SignedStatement, Statement, StatementSignature},
	customer::CustomerRegistry,
	Role,
};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Get},
	traits::Time,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Verify, Zero},
	DispatchError,
};

impl<T: Config> Pallet<T> {
	/// The change that the signed statement makes, where `who` may submit it. The signature, which
	/// costs most, is looked at last.
	pub(crate) fn check_submit(
		who: &T::AccountId,
		signed: &SignedStatement<T::AccountId>,
		signature: &StatementSignature<T::Signature>,
	) -> Result<Change<T>, DispatchError> {
		let now = T::Time::now();
		ensure!(now < signed.expires, Error::<T>::Expired);
		let latest = now.saturating_add(T::MaxStatementPeriod::get());
		ensure!(signed.expires <= latest, Error::<T>::InvalidPeriod);

		let controller = T::Customers::ensure_live(&signed.customer)?;
		ensure!(signed.controller == controller, Error::<T>::NotAuthorised);
		let purpose = Purposes::<T>::get(signed.purpose).ok_or(Error::<T>::NotFound)?;
		// A withdrawal or objection holds whatever notice was shown: a newer one must not void it.
		if let Statement::Request { .. } | Statement::Give { .. } = signed.statement {
			T::Customers::ensure_controller(who, Role::Steward, &signed.customer)?;
			ensure!(purpose.latest.terms.notice == signed.notice, Error::<T>::InvalidNotice);
		}
		let actor = T::Customers::ensure_customer(&signed.account, &signed.customer)?;

		let consent = Consents::<T>::get(signed.customer, signed.purpose);
		let revisions = consent.as_ref().map_or(0, |consent| consent.revision.saturating_add(1));
		// That an end was recorded is nobody's decision, and happens at any time after it.
		let ended = consent.is_some_and(|consent| consent.latest.state == ConsentState::Expired);
		let is_latest = signed.revisions == revisions
			|| ended && signed.revisions.checked_add(1) == Some(revisions);
		ensure!(is_latest, Error::<T>::OutdatedStatement);

		let change = Self::check_change(
			controller,
			signed.customer,
			signed.purpose,
			signed.statement.clone(),
			actor,
			Capture::Signature { relayer: who.clone() },
		)?;
		ensure!(Self::is_signed(signed, signature), Error::<T>::InvalidSignature);
		Ok(change)
	}

	/// The same for what anyone may submit free of charge.
	pub(crate) fn check_free_submit(
		who: &T::AccountId,
		signed: &SignedStatement<T::AccountId>,
		signature: &StatementSignature<T::Signature>,
	) -> Result<Change<T>, DispatchError> {
		match signed.statement {
			Statement::Withdraw | Statement::Object => Self::check_submit(who, signed, signature),
			Statement::Request { .. } | Statement::Give { .. } => Err(DispatchError::BadOrigin),
		}
	}

	/// Whether the statement's account signed it for this chain, as it is or as wallets wrap it.
	fn is_signed(
		signed: &SignedStatement<T::AccountId>,
		signature: &StatementSignature<T::Signature>,
	) -> bool {
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let StatementSignature::Account(signature) = signature;
		signature.verify(&signed.message(&genesis)[..], &signed.account)
			|| signature.verify(&signed.wrapped_message(&genesis)[..], &signed.account)
	}

	pub(crate) fn do_submit(
		who: T::AccountId,
		signed: SignedStatement<T::AccountId>,
		signature: StatementSignature<T::Signature>,
	) -> DispatchResult {
		Self::apply(Self::check_submit(&who, &signed, &signature)?);
		Ok(())
	}
}
