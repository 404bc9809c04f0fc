//! What Consentry's pallets, node and client share: ids, enums, commitments, the trail's hash
//! chain, the traits through which pallets ask each other, and the runtime API. No storage.

#![cfg_attr(not(feature = "std"), no_std)]
// What goes into the runtime can neither overflow nor panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::arithmetic_side_effects))]

extern crate alloc;

/// A type that stands in calls, in storage and, as JSON, in answers.
macro_rules! shared_type {
	($($item:tt)*) => {
		#[derive(
			Clone,
			PartialEq,
			Eq,
			Debug,
			codec::Encode,
			codec::Decode,
			codec::DecodeWithMemTracking,
			codec::MaxEncodedLen,
			scale_info::TypeInfo,
			serde::Serialize,
			serde::Deserialize,
		)]
		$($item)*
	};
}

pub mod access;
pub mod api;
pub mod commitment;
pub mod consent;
pub mod customer;
pub mod organisation;
pub mod peer;
pub mod trail;

pub use access::{Denial, GrantId};
pub use commitment::Commitment;
pub use consent::{LawfulBasis, PurposeId};
pub use customer::{Categories, CustomerId, DataCategory, InteractionKind};
pub use organisation::{Membership, OrganisationId, Role, Roles};
pub use peer::PeerId;
pub use trail::{Action, Actor, AuditTrail, Entry};

/// A point in time: milliseconds since the Unix epoch, as `pallet-timestamp` keeps it.
pub type Moment = u64;

/// A whole day since the Unix epoch (UTC), by which deadlines are indexed.
pub type Day = u32;

/// Milliseconds of one hour.
pub const HOUR: Moment = 60 * 60 * 1000;

/// Milliseconds of one day.
pub const DAY: Moment = 24 * HOUR;

/// The day on which `moment` lies.
pub fn day_of(moment: Moment) -> Day {
	// A `u64` of milliseconds holds more days than a `u32`: the last day stands for all beyond.
	Day::try_from(moment / DAY).unwrap_or(Day::MAX)
}

/// A day as a storage key that sorts by time: big-endian.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	codec::Encode,
	codec::Decode,
	codec::MaxEncodedLen,
	scale_info::TypeInfo,
)]
pub struct DueDay([u8; 4]);

impl From<Day> for DueDay {
	fn from(day: Day) -> Self {
		Self(day.to_be_bytes())
	}
}

impl From<DueDay> for Day {
	fn from(day: DueDay) -> Self {
		Self::from_be_bytes(day.0)
	}
}
