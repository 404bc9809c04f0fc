//! Grants, policies and access decisions.

use crate::{Categories, CustomerId, Moment, OrganisationId, PurposeId, Role};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of a grant, given in the order of creation.
pub type GrantId = u64;

shared_type! {
	/// Whose data a grant opens.
	#[derive(Copy)]
	#[serde(tag = "type", rename_all = "kebab-case")]
	pub enum Scope {
		/// One customer of the grantor.
		#[codec(index = 0)]
		Customer {
			/// The customer.
			customer: CustomerId,
		},
		/// All customers of the grantor.
		#[codec(index = 1)]
		Controller {
			/// The grantor.
			organisation: OrganisationId,
		},
	}
}

shared_type! {
	/// Who may use a grant.
	#[serde(tag = "type", rename_all = "kebab-case")]
	pub enum Grantee<AccountId> {
		/// One member of any organisation.
		#[codec(index = 0)]
		Account {
			/// The member's account.
			account: AccountId,
		},
		/// All members of an organisation that have a role: of the grantor itself, or of a
		/// processor.
		#[codec(index = 1)]
		Role {
			/// The organisation.
			organisation: OrganisationId,
			/// The role.
			role: Role,
		},
	}
}

shared_type! {
	/// What a grant allows.
	#[serde(rename_all = "camelCase")]
	pub struct GrantTerms {
		/// For what.
		pub purpose: PurposeId,
		/// Which data.
		pub categories: Categories,
		/// From when.
		pub from: Moment,
		/// Until when, if not until it is revoked.
		pub until: Option<Moment>,
		/// How many accesses, one for each customer, if not any number.
		pub uses: Option<u32>,
	}
}

shared_type! {
	/// How many in which time. The window starts with the first and, once it is over, with the
	/// next.
	#[derive(Copy)]
	pub struct RateLimit {
		/// How many, at least 1.
		pub count: u32,
		/// In how many milliseconds, at least 1.
		pub window: Moment,
	}
}

/// Hours of the day (UTC) as flags, the hour from n:00 to n:59 being bit n.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Hours(pub u32);

impl Hours {
	/// The whole day.
	pub const ALL: Self = Self((1 << 24) - 1);

	/// Whether at least one hour is set, and none that does not exist.
	pub fn is_valid(self) -> bool {
		self.0 != 0 && self.0 & !Self::ALL.0 == 0
	}

	/// Whether `moment` lies in one of these hours.
	pub fn contain(self, moment: Moment) -> bool {
		let hour = (moment / crate::HOUR) % 24;
		self.0 & (1 << hour) != 0
	}

	/// The hours in the set.
	pub fn to_vec(self) -> Vec<u8> {
		(0..24).filter(|hour| self.0 & (1 << hour) != 0).collect()
	}
}

// As a list of hours, since a number of flags tells a reader nothing.
impl serde::Serialize for Hours {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_seq(self.to_vec())
	}
}

impl<'de> serde::Deserialize<'de> for Hours {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let hours = Vec::<u8>::deserialize(deserializer)?;
		match hours.iter().find(|hour| **hour >= 24) {
			Some(hour) => {
				Err(serde::de::Error::custom(alloc::format!("{hour} is no hour of the day")))
			},
			None => Ok(Self(hours.iter().fold(0, |flags, hour| flags | 1 << hour))),
		}
	}
}

shared_type! {
	/// A controller's rules for access to its customers' data.
	#[derive(Copy)]
	#[serde(rename_all = "camelCase")]
	pub struct Policy {
		/// Most authorised accesses of one account.
		pub rate: Option<RateLimit>,
		/// When access is allowed.
		pub hours: Hours,
		/// After how many denials, by its own fault, an account is suspended.
		pub denials: Option<RateLimit>,
		/// Whether access without a grant is allowed in an emergency.
		pub break_glass: bool,
	}
}

impl Default for Policy {
	/// No limits, and no break-glass.
	fn default() -> Self {
		Self { rate: None, hours: Hours::ALL, denials: None, break_glass: false }
	}
}

shared_type! {
	/// Why a member's access was denied: the first of these, in this order, that applies.
	#[derive(Copy, PartialOrd, Ord)]
	#[serde(rename_all = "kebab-case")]
	pub enum Denial {
		/// There is no such customer; no trail to enter it in either.
		#[codec(index = 0)]
		UnknownCustomer,
		/// The customer was erased.
		#[codec(index = 1)]
		CustomerErased,
		/// The customer's controller is suspended.
		#[codec(index = 2)]
		ControllerSuspended,
		/// The member's roles do not include `Agent`.
		#[codec(index = 3)]
		NotAgent,
		/// The policy does not allow break-glass, or the member is not the controller's own.
		#[codec(index = 4)]
		BreakGlassNotAllowed,
		/// There is no such grant, or it is another's.
		#[codec(index = 5)]
		NoGrant,
		/// The grant does not cover this customer.
		#[codec(index = 6)]
		NotInScope,
		/// The grant was revoked, by the controller or, for its own data, by the customer.
		#[codec(index = 7)]
		GrantRevoked,
		/// The grant begins later.
		#[codec(index = 8)]
		GrantNotYetValid,
		/// The grant has ended.
		#[codec(index = 9)]
		GrantExpired,
		/// The grant has no uses left.
		#[codec(index = 10)]
		GrantUsedUp,
		/// The grant is for another purpose, or the purpose is another controller's.
		#[codec(index = 11)]
		WrongPurpose,
		/// The grant does not include all of the categories, or none is named; in an emergency, the
		/// purpose does not need all of them.
		#[codec(index = 12)]
		CategoryNotGranted,
		/// The purpose was retired.
		#[codec(index = 13)]
		PurposeRetired,
		/// The purpose does not need all of the categories.
		#[codec(index = 14)]
		CategoryNotInPurpose,
		/// No consent was ever given.
		#[codec(index = 15)]
		NoConsent,
		/// Consent was asked for and not confirmed.
		#[codec(index = 16)]
		ConsentNotConfirmed,
		/// Consent was withdrawn.
		#[codec(index = 17)]
		ConsentWithdrawn,
		/// The customer objected.
		#[codec(index = 18)]
		CustomerObjected,
		/// The consent has ended.
		#[codec(index = 19)]
		ConsentExpired,
		/// The consent was given under a notice that a newer one replaced for new consent.
		#[codec(index = 20)]
		NoticeOutdated,
		/// The consent does not include all of the categories.
		#[codec(index = 21)]
		CategoryNotConsented,
		/// The policy does not allow access at this hour.
		#[codec(index = 22)]
		OutsideHours,
		/// The policy does not allow more accesses in this time.
		#[codec(index = 23)]
		RateExceeded,
	}
}

impl Denial {
	/// Whether the caller could have known: such denials count towards suspension.
	pub fn is_the_callers_fault(self) -> bool {
		matches!(
			self,
			Self::NotAgent
				| Self::NoGrant
				| Self::NotInScope
				| Self::WrongPurpose
				| Self::CategoryNotGranted
				| Self::BreakGlassNotAllowed
				| Self::OutsideHours
				| Self::RateExceeded
		)
	}
}

shared_type! {
	/// Why an account's request was not decided at all.
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum Refusal {
		/// The account is no member of an organisation.
		#[codec(index = 0)]
		NotMember,
		/// Its organisation is suspended.
		#[codec(index = 1)]
		OrganisationSuspended,
		/// The account is suspended.
		#[codec(index = 2)]
		AccountSuspended,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::HOUR;

	#[test]
	fn hours_are_utc_and_start_at_midnight() {
		let office = Hours(1 << 9 | 1 << 10);
		assert!(!office.contain(9 * HOUR - 1));
		assert!(office.contain(9 * HOUR) && office.contain(11 * HOUR - 1));
		assert!(!office.contain(11 * HOUR));
		assert!(office.contain(crate::DAY + 9 * HOUR));
		assert_eq!(office.to_vec(), [9, 10]);
	}

	#[test]
	fn empty_and_unknown_hours_are_invalid() {
		assert!(Hours::ALL.is_valid());
		assert!(!Hours(0).is_valid() && !Hours(1 << 24).is_valid());
	}
}
