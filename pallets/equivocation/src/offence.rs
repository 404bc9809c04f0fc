//! The offence as `pallet-offences` knows it.

use alloc::{vec, vec::Vec};
use sp_consensus_slots::Slot;
use sp_runtime::Perbill;
use sp_staking::{
	offence::{Kind, Offence},
	SessionIndex,
};

/// One validator authored two blocks in one slot.
pub struct AuraEquivocation<Offender> {
	/// The slot.
	pub slot: Slot,
	/// The session in which the key was the offender's.
	pub session_index: SessionIndex,
	/// Validators of that session.
	pub validator_set_count: u32,
	/// Who did it.
	pub offender: Offender,
}

impl<Offender: Clone> Offence<Offender> for AuraEquivocation<Offender> {
	const ID: Kind = *b"aura:equivocatio";
	type Slot = Slot;

	fn offenders(&self) -> Vec<Offender> {
		vec![self.offender.clone()]
	}

	fn session_index(&self) -> SessionIndex {
		self.session_index
	}

	fn validator_set_count(&self) -> u32 {
		self.validator_set_count
	}

	fn slot(&self) -> Self::Slot {
		self.slot
	}

	// There is no stake to slash: one proven equivocation is as grave as it gets.
	fn slash_fraction(&self, _: u32) -> Perbill {
		Perbill::one()
	}
}
