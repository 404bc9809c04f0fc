//! Whose the session keys are, session by session.
//!
//! The roots that the SDK's history of sessions keeps do not tell where keys change: a root is
//! handed on from the session before, and a proof is made of the keys set last, which come into use
//! only sessions later. Who changed keys in time could not be convicted.

use crate::{Config, Pallet, SessionKeyOwners};
use sp_runtime::{traits::OpaqueKeys, KeyTypeId};
use sp_staking::SessionIndex;

impl<T: Config> Pallet<T> {
	/// Notes whose the keys are that are used in a session, at its beginning. Keys that are not of 32
	/// bytes are left out.
	pub fn note_session<Keys: OpaqueKeys>(
		session: SessionIndex,
		owners: impl IntoIterator<Item = (T::AccountId, Keys)>,
	) {
		for (owner, keys) in owners {
			for id in Keys::key_ids() {
				if let Ok(key) = <[u8; 32]>::try_from(keys.get_raw(*id)) {
					SessionKeyOwners::<T>::insert(session, (id.0, key), &owner);
				}
			}
		}
	}

	/// Forgets a session.
	pub fn forget_session(session: SessionIndex) {
		// Of a session as many are there as it had validators, each with its few keys.
		let _ = SessionKeyOwners::<T>::clear_prefix(session, u32::MAX, None);
	}

	/// Whether it is known whose the keys of a session were.
	pub fn knows_session(session: SessionIndex) -> bool {
		SessionKeyOwners::<T>::iter_key_prefix(session).next().is_some()
	}

	/// How many validators had a key of this kind in a session; 0 where it is not known.
	pub fn count_owners(session: SessionIndex, id: KeyTypeId) -> u32 {
		SessionKeyOwners::<T>::iter_key_prefix(session).filter(|(kind, _)| *kind == id.0).count()
			as u32
	}

	/// Whose a key was in a session.
	pub fn key_owner(session: SessionIndex, id: KeyTypeId, key: &[u8]) -> Option<T::AccountId> {
		let key = <[u8; 32]>::try_from(key).ok()?;
		SessionKeyOwners::<T>::get(session, (id.0, key))
	}
}
