//! What holds of the history after every call.

use crate::{Config, Pallet, SessionKeyOwners};
use alloc::collections::BTreeSet;
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// The sessions that are known follow each other without a gap.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let sessions: BTreeSet<_> =
			SessionKeyOwners::<T>::iter_keys().map(|(session, _)| session).collect();
		let mut following = sessions.iter().zip(sessions.iter().skip(1));
		ensure!(
			following.all(|(one, next)| one.checked_add(1) == Some(*next)),
			"a session is forgotten before an older one"
		);
		Ok(())
	}
}
