//! Who may connect to the network.

use super::ConsortiumOrigin;
use crate::{weights, Organisations, Runtime};
use frame_support::traits::ConstU32;

impl pallet_peers::Config for Runtime {
	type ConsortiumOrigin = ConsortiumOrigin;
	type Membership = Organisations;
	type MaxPeers = ConstU32<16>;
	type WeightInfo = weights::pallet_peers::WeightInfo<Runtime>;
}
