//! The organisations that found the chain.

use crate::{Config, Error, Pallet};
use alloc::string::String;
use serde::{Deserialize, Serialize};
use sp_runtime::DispatchResult;

/// An organisation that is there from the first block on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Founder<AccountId> {
	/// Its name, as `register` takes it.
	pub name: String,
	/// Its first admin.
	pub admin: AccountId,
}

impl<T: Config> Pallet<T> {
	/// Registers an organisation at genesis, as the call does. There is no block yet, and so no
	/// event; the moment of registration is the clock's first, 0.
	///
	/// Panics where the call would fail: no chain can start from such a genesis.
	pub(crate) fn found(founder: &Founder<T::AccountId>) {
		let register = || -> DispatchResult {
			let name = Self::parse_name(&founder.name).ok_or(Error::<T>::InvalidName)?;
			Self::do_register(name, founder.admin.clone())?;
			Ok(())
		};
		if let Err(error) = register() {
			panic!("the organisation {:?} cannot found the chain: {error:?}", founder.name);
		}
	}
}
