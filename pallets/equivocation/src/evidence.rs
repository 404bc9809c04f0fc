//! What proves that a key sealed two blocks of one slot.

use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthoritySignature},
};
use sp_consensus_slots::{EquivocationProof, Slot};
use sp_runtime::{traits::Header, DigestItem, RuntimeAppPublic};

/// Whether `proof` holds two different headers of its slot, both sealed by its offender.
///
/// A header is told from another without its seal: sealing one header twice gives two seals, and is
/// no offence.
pub fn is_equivocation<H: Header>(proof: &EquivocationProof<H, AuthorityId>) -> bool {
	let sealed = |header: &H| sealed_by(header.clone(), &proof.offender);
	match (sealed(&proof.first_header), sealed(&proof.second_header)) {
		(Some((first, first_slot)), Some((second, second_slot))) => {
			first != second && first_slot == proof.slot && second_slot == proof.slot
		},
		_ => false,
	}
}

/// The hash that `key` sealed in this header and the header's slot, where it did.
fn sealed_by<H: Header>(mut header: H, key: &AuthorityId) -> Option<(H::Hash, Slot)> {
	let seal: AuthoritySignature = header.digest_mut().pop()?.as_aura_seal()?;
	let hash = header.hash();
	let slot = header.digest().logs().iter().find_map(|item| {
		<DigestItem as CompatibleDigestItem<AuthoritySignature>>::as_aura_pre_digest(item)
	})?;
	key.verify(&hash, &seal).then_some((hash, slot))
}
