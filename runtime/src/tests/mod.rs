//! Tests of the pallets put together: real signatures, through the executive.

mod chain;
mod consortium;
mod dice;
mod fees;
mod free;
mod fuzz;
mod incidents;
#[cfg(not(feature = "runtime-benchmarks"))]
pub mod migrations;
mod model;
mod pins;
mod property;
mod sizes;
#[cfg(feature = "try-runtime")]
mod try_runtime;
mod validators;
mod withdrawal;

use crate as runtime;
use crate::*;
use chain::*;
use codec::{Decode, Encode};
use consentry_primitives::{
	access::Scope, consent::LawfulBasis, customer::IdentificationMethod, CustomerId, Moment, Role,
	DAY,
};
use frame_support::{assert_ok, storage::with_transaction_unchecked};
use pallet_customers::NewCustomer;
use sp_core::{sr25519, Pair, H256};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_runtime::{generic::Era, traits::ConstU32, ApplyExtrinsicResult, TransactionOutcome};
