//! Organisations, customers and their trails.

use super::ConsortiumOrigin;
use crate::{AuditTrail, Customers, Organisations, Runtime, Timestamp};
use consentry_primitives::DAY;
use frame_support::{
	parameter_types,
	traits::{ConstU32, ConstU64},
	PalletId,
};

parameter_types! {
	/// From which the account of each organisation is derived.
	pub const OrganisationsPalletId: PalletId = PalletId(*b"cnstry/o");
}

impl pallet_organisations::Config for Runtime {
	type ConsortiumOrigin = ConsortiumOrigin;
	type Time = Timestamp;
	type PalletId = OrganisationsPalletId;
	type MaxMembers = ConstU32<10_000>;
	type MaxNameLength = ConstU32<32>;
	type WeightInfo = pallet_organisations::weights::SubstrateWeight<Runtime>;
}

impl pallet_audit_trail::Config for Runtime {
	type Time = Timestamp;
	type WeightInfo = ();
}

impl pallet_customers::Config for Runtime {
	type Time = Timestamp;
	type Membership = Organisations;
	type AuditTrail = AuditTrail;
	type Sweep = Customers;
	type MaxBatch = ConstU32<256>;
	type MaxRecords = ConstU32<10>;
	type MaxGuardians = ConstU32<8>;
	type MaxInvitationPeriod = ConstU64<{ 30 * DAY }>;
	type ReclaimDelay = ConstU64<{ 7 * DAY }>;
	type ErasurePeriod = ConstU64<{ 30 * DAY }>;
	type WeightInfo = ();
}
