//! What Consentry's pallets, node and client share: ids, enums, commitments, the trail's hash
//! chain, the traits through which pallets ask each other, and the runtime API. No storage.

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

pub mod api;
pub mod commitment;
pub mod customer;
pub mod organisation;
pub mod trail;

pub use commitment::Commitment;
pub use customer::{CustomerId, DataCategory, InteractionKind};
pub use organisation::{Membership, OrganisationId, Role, Roles};
pub use trail::{Action, Actor, AuditTrail, Entry};

/// A point in time: milliseconds since the Unix epoch, as `pallet-timestamp` keeps it.
pub type Moment = u64;

/// A whole day since the Unix epoch (UTC), by which deadlines are indexed.
pub type Day = u32;

/// Milliseconds of one day.
pub const DAY: Moment = 24 * 60 * 60 * 1000;

/// The day on which `moment` lies.
pub fn day_of(moment: Moment) -> Day {
	// A `u64` of milliseconds holds more days than a `u32`: the last day stands for all beyond.
	Day::try_from(moment / DAY).unwrap_or(Day::MAX)
}
