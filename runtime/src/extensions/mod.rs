//! What a customer's transaction gets beside the SDK's extensions. Neither adds a byte to a
//! transaction, since most clients cannot build extensions of a chain's own.

mod mortality;
mod priority;

pub use mortality::CustomerMortality;
pub use priority::CustomerPriority;
