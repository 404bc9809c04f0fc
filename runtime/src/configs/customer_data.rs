//! Organisations, customers and their trails, consents, and access to customers' data.

use super::ConsortiumOrigin;
use crate::{
	weights, AccessGrants, AuditTrail, Consent, Customers, Organisations, Runtime, Signature,
	Timestamp,
};
use consentry_primitives::{DAY, HOUR};
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
	type Suspensions = AccessGrants;
	type Bindings = Customers;
	type PalletId = OrganisationsPalletId;
	type MaxMembers = ConstU32<10_000>;
	type MaxNameLength = ConstU32<32>;
	type WeightInfo = weights::pallet_organisations::WeightInfo<Runtime>;
}

impl pallet_audit_trail::Config for Runtime {
	type Time = Timestamp;
	type WeightInfo = weights::pallet_audit_trail::WeightInfo<Runtime>;
}

impl pallet_customers::Config for Runtime {
	type Time = Timestamp;
	type Membership = Organisations;
	type AuditTrail = AuditTrail;
	type Sweep = (Customers, Consent, AccessGrants);
	type MaxBatch = ConstU32<256>;
	type MaxRecords = ConstU32<10>;
	type MaxGuardians = ConstU32<8>;
	type MaxInvitationPeriod = ConstU64<{ 30 * DAY }>;
	type ReclaimDelay = ConstU64<{ 7 * DAY }>;
	type ErasurePeriod = ConstU64<{ 30 * DAY }>;
	type WeightInfo = weights::pallet_customers::WeightInfo<Runtime>;
}

impl pallet_consent::Config for Runtime {
	type Time = Timestamp;
	type Membership = Organisations;
	type Customers = Customers;
	type AuditTrail = AuditTrail;
	type Signature = Signature;
	type MaxBatch = ConstU32<256>;
	type MaxNameLength = ConstU32<32>;
	type MaxDpvLength = ConstU32<64>;
	type GivesPerDay = ConstU32<20>;
	type MaxStatementPeriod = ConstU64<{ 30 * DAY }>;
	type WeightInfo = weights::pallet_consent::WeightInfo<Runtime>;
}

impl pallet_access_grants::Config for Runtime {
	type Time = Timestamp;
	type Membership = Organisations;
	type Customers = Customers;
	type LawfulBases = Consent;
	type AuditTrail = AuditTrail;
	type MaxBatch = ConstU32<256>;
	type ReviewPeriod = ConstU64<{ 72 * HOUR }>;
	type WeightInfo = weights::pallet_access_grants::WeightInfo<Runtime>;
}
