//! Which nodes may connect.

use super::*;
use pallet_peers::Call;

/// Most peers of one organisation.
const MOST: usize = 16;

/// A peer id is an ed25519 key or a SHA-256 hash, 32 bytes after the mark of its kind.
fn is_peer_id(bytes: &[u8]) -> bool {
	let kind = bytes.len().checked_sub(32).map(|length| &bytes[..length]);
	[&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20][..], &[0x12, 0x20]].map(Some).contains(&kind)
}

impl Model {
	pub(super) fn peers_rule(&mut self, by: &By, call: &Call<Runtime>) -> Ruling {
		match (by, call) {
			// Admins list the nodes of their own organisation.
			(_, Call::add_peer { peer }) => {
				let (_, organisation) = self.signer(by, Role::Admin)?;
				must(is_peer_id(peer), "a peer id")?;
				must(!self.peers.contains_key(peer), "a new peer")?;
				let own = self.peers.values().filter(|owner| **owner == organisation);
				must(own.count() < MOST, "room for one more")?;
				self.peers.insert(peer.clone(), organisation);
			},
			(_, Call::remove_peer { peer }) => {
				let (_, organisation) = self.signer(by, Role::Admin)?;
				must(self.peers.get(peer) == Some(&organisation), "an own peer")?;
				let only = BTreeSet::from([peer.clone()]);
				must(self.allowed_peers() != Some(only), "another that may connect")?;
				self.peers.remove(peer);
			},
			// The council closes the network to all others, for good.
			(By::Council, Call::enforce {}) => {
				must(!self.closed, "an open network")?;
				must(!self.peers.is_empty(), "a peer")?;
				self.closed = true;
			},
			_ => return Err("the right origin"),
		}
		Ok(vec![])
	}

	/// The peers that may connect, `None` where any may.
	pub fn allowed_peers(&self) -> Option<BTreeSet<PeerId>> {
		let active = |(peer, owner): (&PeerId, &_)| self.is_active(*owner).then(|| peer.clone());
		self.closed.then(|| self.peers.iter().filter_map(active).collect())
	}
}
