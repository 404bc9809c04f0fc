//! Adding, removing and enforcing.

use crate::{peer_id::is_peer_id, Config, Enforced, Error, Event, Owners, Pallet, Peers};
use alloc::vec::Vec;
use consentry_primitives::{Membership, OrganisationId, PeerId, Role};
use frame_support::ensure;
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// The peers that may connect: those of organisations that are not suspended. `None` where the
	/// list is not enforced.
	pub fn allowed_peers() -> Option<Vec<PeerId>> {
		let active = |organisation: &OrganisationId| T::Membership::is_active(*organisation);
		Enforced::<T>::get().then(|| {
			let lists = Peers::<T>::iter().filter(|(organisation, _)| active(organisation));
			lists.flat_map(|(_, peers)| peers).collect()
		})
	}

	pub(crate) fn do_add_peer(signer: T::AccountId, peer: PeerId) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&signer, Role::Admin)?;
		Self::list(organisation, peer.clone())?;
		Self::deposit_event(Event::PeerAdded { organisation, peer });
		Ok(())
	}

	pub(crate) fn do_remove_peer(signer: T::AccountId, peer: PeerId) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&signer, Role::Admin)?;
		let owner = Owners::<T>::get(&peer).ok_or(Error::<T>::NotFound)?;
		ensure!(owner == organisation, Error::<T>::NotAuthorised);
		let last = |allowed: Vec<PeerId>| allowed == [peer.clone()];
		ensure!(!Self::allowed_peers().is_some_and(last), Error::<T>::LastPeer);

		Owners::<T>::remove(&peer);
		Peers::<T>::mutate_exists(organisation, |peers| {
			if let Some(listed) = peers {
				listed.retain(|other| *other != peer);
			}
			*peers = peers.take().filter(|listed| !listed.is_empty());
		});
		Self::deposit_event(Event::PeerRemoved { organisation, peer });
		Ok(())
	}

	pub(crate) fn do_enforce() -> DispatchResult {
		ensure!(!Enforced::<T>::get(), Error::<T>::AlreadyEnforced);
		ensure!(Owners::<T>::count() > 0, Error::<T>::NoPeers);
		Enforced::<T>::put(true);
		Self::deposit_event(Event::ListEnforced);
		Ok(())
	}

	/// Lists `peer` for `organisation`.
	pub(crate) fn list(organisation: OrganisationId, peer: PeerId) -> Result<(), Error<T>> {
		ensure!(is_peer_id(&peer), Error::<T>::InvalidPeerId);
		ensure!(!Owners::<T>::contains_key(&peer), Error::<T>::AlreadyExists);
		let mut peers = Peers::<T>::get(organisation).unwrap_or_default();
		peers.try_push(peer.clone()).map_err(|_| Error::<T>::TooManyPeers)?;
		Peers::<T>::insert(organisation, peers);
		Owners::<T>::insert(peer, organisation);
		Ok(())
	}
}
