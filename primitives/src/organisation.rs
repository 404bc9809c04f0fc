//! Organisations, their members and what each member may do.

use crate::api::MemberInfo;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// Number of an organisation, given in the order of registration.
pub type OrganisationId = u32;

shared_type! {
	/// What a member may do for its organisation.
	#[derive(Copy, PartialOrd, Ord)]
	#[serde(rename_all = "lowercase")]
	pub enum Role {
		/// Manages members and their roles.
		#[codec(index = 0)]
		Admin,
		/// Writes customers, records and consents.
		#[codec(index = 1)]
		Steward,
		/// The data-protection officer (GDPR Art. 37): purposes, policies, erasure, holds.
		#[codec(index = 2)]
		Officer,
		/// Requests access.
		#[codec(index = 3)]
		Agent,
		/// Reads what only auditors may; used by services off the chain.
		#[codec(index = 4)]
		Auditor,
	}
}

impl Role {
	/// All roles, in the order of their flags.
	pub const ALL: [Role; 5] =
		[Role::Admin, Role::Steward, Role::Officer, Role::Agent, Role::Auditor];

	/// The role's bit in [`Roles`].
	pub const fn flag(self) -> u8 {
		1 << self as u8
	}
}

/// A set of [`Role`]s as flags: Admin 1, Steward 2, Officer 4, Agent 8, Auditor 16.
///
/// Any byte decodes; [`Roles::is_valid`] tells whether it is a non-empty set of known roles.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Default,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Roles(pub u8);

impl Roles {
	/// Whether at least one role is set, and none that does not exist.
	pub fn is_valid(self) -> bool {
		let known = Role::ALL.iter().fold(0, |flags, role| flags | role.flag());
		self.0 != 0 && self.0 & !known == 0
	}

	/// Whether `role` is in the set.
	pub fn contains(self, role: Role) -> bool {
		self.0 & role.flag() != 0
	}

	/// The roles in the set.
	pub fn to_vec(self) -> Vec<Role> {
		Role::ALL.into_iter().filter(|role| self.contains(*role)).collect()
	}
}

impl FromIterator<Role> for Roles {
	fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
		Roles(roles.into_iter().fold(0, |flags, role| flags | role.flag()))
	}
}

impl From<Role> for Roles {
	fn from(role: Role) -> Self {
		Roles(role.flag())
	}
}

// As a list of names, since a number of flags tells a reader nothing.
impl serde::Serialize for Roles {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_seq(self.to_vec())
	}
}

impl<'de> serde::Deserialize<'de> for Roles {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		Vec::<Role>::deserialize(deserializer).map(|roles| roles.into_iter().collect())
	}
}

/// Who belongs to which organisation: what other pallets ask `organisations`.
pub trait Membership<AccountId> {
	/// The organisation of `account`, if it is a member of one, whatever the roles and the
	/// organisation's status.
	fn organisation_of(account: &AccountId) -> Option<OrganisationId>;

	/// Organisation and roles of `account`, if it is a member of one.
	fn member(account: &AccountId) -> Option<MemberInfo>;

	/// Whether there is such an organisation, and it is not suspended.
	fn is_active(organisation: OrganisationId) -> bool;

	/// The organisation for which `account` may act as `role`.
	///
	/// Fails when the account is no member, it or its organisation is suspended, or it lacks the
	/// role.
	fn ensure_role(account: &AccountId, role: Role) -> Result<OrganisationId, DispatchError>;

	/// Makes `account` a member with all roles of a new active organisation, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn create_member(account: &AccountId) -> OrganisationId;
}

/// Which accounts are stopped from everything: what `organisations` asks `access-grants`.
pub trait Suspensions<AccountId> {
	/// Whether `account` is suspended.
	fn is_suspended(account: &AccountId) -> bool;
}

/// No account is ever suspended.
impl<AccountId> Suspensions<AccountId> for () {
	fn is_suspended(_: &AccountId) -> bool {
		false
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn flags_and_sets_agree() {
		for role in Role::ALL {
			let roles = Roles::from(role);
			assert!(roles.contains(role) && roles.is_valid());
			assert_eq!(roles.to_vec(), [role]);
		}
		let all: Roles = Role::ALL.into_iter().collect();
		assert_eq!(all, Roles(0b11111));
	}

	#[test]
	fn empty_and_unknown_sets_are_invalid() {
		assert!(!Roles(0).is_valid());
		assert!(!Roles(0b10_0000).is_valid());
		assert!(!Roles(0b10_0001).is_valid());
	}
}
