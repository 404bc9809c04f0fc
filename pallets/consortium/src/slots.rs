//! Whether several blocks may share a slot.

use crate::{Config, SeveralBlocksPerSlot};
use core::marker::PhantomData;
use frame_support::traits::Get;

/// The genesis flag as `pallet_aura` asks for it, in its `AllowMultipleBlocksPerSlot`.
///
/// A development chain seals a block as soon as there is something to put into it, often several in
/// the two seconds of a slot. Aura ties a block's slot to its timestamp; were each block to take a
/// slot of its own, the chain's clock would gain on the wall clock with every block and soon be
/// hours ahead, and consents and invitations would expire early. So there blocks share a slot, and
/// the chain's clock stays the wall clock. Where validators take turns, a slot is one author's turn
/// at one block, and the flag is not set.
pub struct AllowSeveralBlocksPerSlot<T>(PhantomData<T>);

impl<T: Config> Get<bool> for AllowSeveralBlocksPerSlot<T> {
	fn get() -> bool {
		SeveralBlocksPerSlot::<T>::get()
	}
}
