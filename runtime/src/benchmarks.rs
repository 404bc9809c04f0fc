//! Benchmarks of this chain's own pallets, run by `scripts/benchmark.sh`.

use crate::{
	AccessGrants, AuditTrail, Consent, Consortium, Customers, Equivocation, Organisations, Peers,
};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{define_benchmarks, BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};

define_benchmarks!(
	[pallet_access_grants, AccessGrants]
	[pallet_audit_trail, AuditTrail]
	[pallet_consent, Consent]
	[pallet_consortium, Consortium]
	[pallet_customers, Customers]
	[pallet_equivocation, Equivocation]
	[pallet_organisations, Organisations]
	[pallet_peers, Peers]
);

/// The benchmarks there are.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::new();
	list_benchmarks!(list, extra);
	(list, crate::AllPalletsWithSystem::storage_info())
}

/// Runs one of them.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = crate::AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
