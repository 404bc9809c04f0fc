//! What holds of the list after every call.

use crate::{peer_id::is_peer_id, Config, Enforced, Owners, Pallet, Peers};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Every peer is a peer id and belongs to the organisation that lists it, to no other, and
	/// once; a list that is enforced is not empty.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut listed: u32 = 0;
		for (organisation, peers) in Peers::<T>::iter() {
			ensure!(!peers.is_empty(), "an organisation without peers is kept");
			for peer in peers {
				listed = listed.saturating_add(1);
				ensure!(is_peer_id(&peer), "a peer's id is none");
				ensure!(
					Owners::<T>::get(&peer) == Some(organisation),
					"a peer is not known to belong to the organisation that lists it"
				);
			}
		}
		let owners = Owners::<T>::iter_keys().count();
		ensure!(
			owners == listed as usize,
			"a peer is listed twice, or belongs to who does not list it"
		);
		ensure!(Owners::<T>::count() == listed, "the peers are counted wrong");
		ensure!(listed > 0 || !Enforced::<T>::get(), "an empty list is enforced");
		Ok(())
	}
}
