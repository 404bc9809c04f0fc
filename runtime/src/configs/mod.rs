//! Each pallet's configuration, by topic.

mod consensus;
mod consortium;
mod customer_data;
mod fees;
mod incidents;
mod migrations;
mod network;
mod system;

pub use consensus::{ExcludeOffenders, KeyOwners, ValidatorSet, KEPT_SESSIONS};
pub use consortium::{ConsortiumOrigin, CouncilInstance, ValidatorsInstance};
pub use fees::OrganisationPays;
pub use incidents::{AlwaysOpen, CallFilter, ALWAYS_OPEN, NEVER_OPEN};
pub use migrations::{MaxMigrationWeight, StopOrdinaryCalls};
pub use system::BlockWeights;
