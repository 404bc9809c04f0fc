//! Weights of this chain's own pallets, measured by `scripts/benchmark.sh`.

pub mod pallet_access_grants;
pub mod pallet_audit_trail;
pub mod pallet_consent;
pub mod pallet_consortium;
pub mod pallet_customers;
pub mod pallet_equivocation;
pub mod pallet_organisations;
pub mod pallet_peers;
