//! Upgrades whose migrations take more than a block.

use super::BlockWeights;
use crate::{BlockNumber, Runtime, RuntimeEvent, SafeMode};
use frame_support::{
	migrations::{FailedMigrationHandler, FailedMigrationHandling},
	parameter_types,
	traits::{ConstU32, SafeMode as Switch},
	weights::Weight,
};
use sp_runtime::Perbill;

parameter_types! {
	/// Half a block, so that one step of a migration leaves time to send the block on.
	pub MaxMigrationWeight: Weight = Perbill::from_percent(50) * BlockWeights::get().max_block;
}

impl pallet_migrations::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	/// The migrations of this release that take several blocks.
	#[cfg(not(any(test, feature = "runtime-benchmarks")))]
	type Migrations = ();
	#[cfg(all(test, not(feature = "runtime-benchmarks")))]
	type Migrations = crate::tests::migrations::Doubling;
	#[cfg(feature = "runtime-benchmarks")]
	type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
	type CursorMaxLen = ConstU32<65_536>;
	type IdentifierMaxLen = ConstU32<256>;
	type MigrationStatusHandler = ();
	type FailedMigrationHandler = StopOrdinaryCalls;
	type MaxServiceWeight = MaxMigrationWeight;
	type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}

/// After a migration that failed, nothing ordinary is called until the council ends the safe mode.
///
/// A chain that stayed stuck instead would take no transaction at all: neither the upgrade that
/// mends it, nor a customer's withdrawal.
pub struct StopOrdinaryCalls;

impl FailedMigrationHandler for StopOrdinaryCalls {
	fn failed(_: Option<u32>) -> FailedMigrationHandling {
		let entered = match <SafeMode as Switch>::is_entered() {
			true => <SafeMode as Switch>::extend(BlockNumber::MAX),
			false => <SafeMode as Switch>::enter(BlockNumber::MAX),
		};
		match entered {
			Ok(()) => FailedMigrationHandling::ForceUnstuck,
			Err(_) => FailedMigrationHandling::KeepStuck,
		}
	}
}
