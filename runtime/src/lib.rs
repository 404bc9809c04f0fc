//! # The Consentry chain's runtime
//!
//! Puts the pallets together; holds no logic of its own but the adapters between them.
//!
//! - [`configs`]: each pallet's configuration, by topic
//! - [`extensions`]: what a transaction of a customer gets beside the SDK's extensions
//! - [`apis`]: what the node calls
//! - `weights`: what calls cost, as measured
//! - [`genesis_presets`]: the chains that can be started from the runtime alone

#![cfg_attr(not(feature = "std"), no_std)]
// The items that the SDK's macros make have no docs.
#![allow(missing_docs)]
// `construct_runtime` and `impl_runtime_apis` recurse deeply.
#![recursion_limit = "512"]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod extensions;
pub mod genesis_presets;
#[cfg(test)]
mod tests;
mod weights;

pub use apis::RuntimeApi;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// Any of the chain's signature schemes: sr25519, ed25519, and ECDSA as Polkadot or Ethereum use it.
pub type Signature = MultiSignature;
/// Identifies an account.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An account as named in a transaction.
pub type Address = MultiAddress<AccountId, ()>;
/// Credits, in units of 10⁻¹² CREDIT.
pub type Balance = u128;
/// Number of a block.
pub type BlockNumber = u32;
/// Number of an account's transactions.
pub type Nonce = u32;
/// Hash of blocks, state and everything else.
pub type Hash = sp_core::H256;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What every signed transaction goes through, in this order.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	extensions::CustomerMortality,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_skip_feeless_payment::SkipCheckIfFeeless<
		Runtime,
		pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	>,
	extensions::CustomerPriority,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);
/// A transaction as it comes from outside.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Migrations of storage from the last release to this one.
pub type Migrations = ();
/// Dispatches transactions.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Milliseconds of one slot.
pub const SLOT_DURATION: u64 = 2_000;
/// Blocks of one hour.
pub const HOURS: BlockNumber = 3_600_000 / (SLOT_DURATION as BlockNumber);
/// Blocks of one day.
pub const DAYS: BlockNumber = 24 * HOURS;
/// One credit.
pub const CREDIT: Balance = 1_000_000_000_000;

/// Types for those who need not decode transactions.
pub mod opaque {
	use super::*;
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// A block with its transactions encoded.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
	/// The keys that a validator takes part in consensus with.
	pub struct SessionKeys {
		/// Authors blocks.
		pub aura: Aura,
		/// Finalises blocks.
		pub grandpa: Grandpa,
	}
}

/// The runtime's version.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("consentry"),
	impl_name: Cow::Borrowed("consentry"),
	authoring_version: 1,
	spec_version: 2,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;

	// Consensus
	#[runtime::pallet_index(2)]
	pub type Aura = pallet_aura;
	#[runtime::pallet_index(3)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(4)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(5)]
	pub type Historical = pallet_session::historical;
	#[runtime::pallet_index(6)]
	pub type Authorship = pallet_authorship;

	// Fees
	#[runtime::pallet_index(7)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(8)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(9)]
	pub type SkipFeelessPayment = pallet_skip_feeless_payment;
	#[runtime::pallet_index(10)]
	pub type Utility = pallet_utility;

	// The consortium
	#[runtime::pallet_index(11)]
	pub type Council = pallet_collective<Instance1>;
	#[runtime::pallet_index(12)]
	pub type Validators = pallet_membership<Instance1>;
	#[runtime::pallet_index(13)]
	pub type Consortium = pallet_consortium;

	// Offences and incidents
	#[runtime::pallet_index(14)]
	pub type Offences = pallet_offences;
	#[runtime::pallet_index(15)]
	pub type Equivocation = pallet_equivocation;
	#[runtime::pallet_index(16)]
	pub type SafeMode = pallet_safe_mode;
	#[runtime::pallet_index(17)]
	pub type TxPause = pallet_tx_pause;
	#[runtime::pallet_index(18)]
	pub type MultiBlockMigrations = pallet_migrations;

	// Customer data
	#[runtime::pallet_index(20)]
	pub type Organisations = pallet_organisations;
	#[runtime::pallet_index(21)]
	pub type AuditTrail = pallet_audit_trail;
	#[runtime::pallet_index(22)]
	pub type Customers = pallet_customers;
	#[runtime::pallet_index(23)]
	pub type Consent = pallet_consent;
	#[runtime::pallet_index(24)]
	pub type AccessGrants = pallet_access_grants;

	// The network
	#[runtime::pallet_index(25)]
	pub type Peers = pallet_peers;
}
