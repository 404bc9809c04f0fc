//! Each pallet's configuration, by topic.

mod consensus;
mod consortium;
mod customer_data;
mod fees;
mod system;

pub use consensus::ValidatorSet;
pub use consortium::{ConsortiumOrigin, CouncilInstance, ValidatorsInstance};
pub use fees::OrganisationPays;
pub use system::BlockWeights;
