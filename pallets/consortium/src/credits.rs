//! Issuing credits.

use crate::{BalanceOf, Config, Error, Event, Pallet};
use consentry_primitives::OrganisationId;
use frame_support::{ensure, traits::fungible::Mutate};
use sp_runtime::{
	traits::{TryConvert, Zero},
	DispatchResult,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_issue_credits(
		organisation: OrganisationId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		let account =
			T::OrganisationAccount::try_convert(organisation).map_err(|_| Error::<T>::NotFound)?;
		T::Currency::mint_into(&account, amount)?;
		Self::deposit_event(Event::CreditsIssued { organisation, amount });
		Ok(())
	}
}
