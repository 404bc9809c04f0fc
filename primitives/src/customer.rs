//! Customers and what is kept of them.

use crate::{Actor, Moment, OrganisationId, Role};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	DispatchError, Weight,
};

/// Pseudonym of a customer, known to one controller only: see [`customer_id`].
pub type CustomerId = H256;

/// The id of the customer whom `controller` registers under `nonce`, 256 random bits.
///
/// Since the controller is part of the preimage, nobody else can squat on an id seen in flight;
/// since the nonce is random, one person known to two controllers is two unlinkable ids.
pub fn customer_id(controller: OrganisationId, nonce: &H256) -> CustomerId {
	BlakeTwo256::hash_of(&(controller, nonce))
}

shared_type! {
	/// What a record is about; deliberately coarse, so that it identifies no one.
	///
	/// There is none for the special categories of GDPR Art. 9.
	#[derive(Copy, PartialOrd, Ord, Hash)]
	#[serde(rename_all = "lowercase")]
	pub enum DataCategory {
		/// Names, titles, identifiers of the CRM.
		#[codec(index = 0)]
		Identity,
		/// Mail addresses, phone numbers, handles.
		#[codec(index = 1)]
		Contact,
		/// Postal addresses and countries.
		#[codec(index = 2)]
		Address,
		/// Birth date, language, household.
		#[codec(index = 3)]
		Demographic,
		/// Employer, position, account in the CRM.
		#[codec(index = 4)]
		Employment,
		/// Orders, invoices, payments.
		#[codec(index = 5)]
		Transaction,
		/// Correspondence, calls, tickets.
		#[codec(index = 6)]
		Communication,
		/// Opt-ins, opt-outs, legal basis as the CRM knows them.
		#[codec(index = 7)]
		Preference,
		/// Visits, clicks, lifecycle stage, lead scores.
		#[codec(index = 8)]
		Behaviour,
		/// Owner, dates and other administration of the record in the CRM.
		#[codec(index = 9)]
		Administration,
	}
}

impl DataCategory {
	/// All categories, in the order of their codec indices.
	pub const ALL: [DataCategory; 10] = [
		Self::Identity,
		Self::Contact,
		Self::Address,
		Self::Demographic,
		Self::Employment,
		Self::Transaction,
		Self::Communication,
		Self::Preference,
		Self::Behaviour,
		Self::Administration,
	];

	/// The category's bit in [`Categories`].
	pub const fn flag(self) -> u16 {
		1 << self as u16
	}
}

/// A set of [`DataCategory`]s as flags, the category of index n being bit n.
///
/// Any number decodes; [`Categories::is_valid`] tells whether it is a non-empty set of known ones.
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
pub struct Categories(pub u16);

impl Categories {
	/// Every category.
	pub fn all() -> Self {
		DataCategory::ALL.into_iter().collect()
	}

	/// Whether at least one category is set, and none that does not exist.
	pub fn is_valid(self) -> bool {
		self.0 != 0 && Self::all().contains(self)
	}

	/// Whether every category of `others` is in this set.
	pub fn contains(self, others: Self) -> bool {
		others.0 & !self.0 == 0
	}

	/// The categories that are in both sets.
	pub fn intersection(self, others: Self) -> Self {
		Self(self.0 & others.0)
	}

	/// The categories in the set.
	pub fn to_vec(self) -> Vec<DataCategory> {
		DataCategory::ALL.into_iter().filter(|category| self.0 & category.flag() != 0).collect()
	}
}

impl FromIterator<DataCategory> for Categories {
	fn from_iter<I: IntoIterator<Item = DataCategory>>(categories: I) -> Self {
		Self(categories.into_iter().fold(0, |flags, category| flags | category.flag()))
	}
}

impl From<DataCategory> for Categories {
	fn from(category: DataCategory) -> Self {
		Self(category.flag())
	}
}

// As a list of names, since a number of flags tells a reader nothing.
impl serde::Serialize for Categories {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_seq(self.to_vec())
	}
}

impl<'de> serde::Deserialize<'de> for Categories {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		Vec::<DataCategory>::deserialize(deserializer)
			.map(|categories| categories.into_iter().collect())
	}
}

shared_type! {
	/// What happened between controller and customer.
	#[derive(Copy, Hash)]
	#[serde(rename_all = "lowercase")]
	pub enum InteractionKind {
		/// An order, a payment, a return.
		#[codec(index = 0)]
		Purchase,
		/// A call, made or taken.
		#[codec(index = 1)]
		Call,
		/// A visit, in person or online.
		#[codec(index = 2)]
		Visit,
		/// A letter, mail or chat.
		#[codec(index = 3)]
		Message,
		/// A request for support.
		#[codec(index = 4)]
		Support,
	}
}

shared_type! {
	/// How a controller made sure whom it invites.
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum IdentificationMethod {
		/// A link or code sent to the address on file.
		#[codec(index = 0)]
		AddressOnFile,
		/// Logged in to the controller's customer account.
		#[codec(index = 1)]
		CustomerAccount,
		/// A document checked in person.
		#[codec(index = 2)]
		InPerson,
		/// An electronic identity (eIDAS).
		#[codec(index = 3)]
		ElectronicIdentity,
	}
}

/// What others need to know of a customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CustomerStatus {
	/// The organisation that keeps the customer's data.
	pub controller: OrganisationId,
	/// When it was registered.
	pub registered: Moment,
	/// Whether the customer was erased: then nothing that is kept of it has effect.
	pub erased: bool,
}

/// Who a customer is and who may act for it: what other pallets ask `customers`.
///
/// The errors are those of `customers`: `NotFound`, `Erased`, `NotAuthorised`, `Expired`.
pub trait CustomerRegistry<AccountId> {
	/// The customer, erased or not; `None` where none was ever registered under this id.
	fn status(customer: &CustomerId) -> Option<CustomerStatus>;

	/// The controller of the customer, which must not be erased.
	fn ensure_live(customer: &CustomerId) -> Result<OrganisationId, DispatchError>;

	/// `who` as an actor, where it is the account of this customer, which must not be erased, or
	/// a guardian whose appointment has not ended.
	fn ensure_customer(
		who: &AccountId,
		customer: &CustomerId,
	) -> Result<Actor<AccountId>, DispatchError>;

	/// `who` as an actor, where it may act as `role` for the controller of this customer, which
	/// must not be erased.
	fn ensure_controller(
		who: &AccountId,
		role: Role,
		customer: &CustomerId,
	) -> Result<Actor<AccountId>, DispatchError>;

	/// Registers the `seed`th customer of the organisation of `steward`, a member with all roles,
	/// for benchmarks. Where one is given, `account` may act for the customer as the last of all
	/// guardians that it can have: to find that takes longest.
	#[cfg(feature = "runtime-benchmarks")]
	fn create_customer(steward: &AccountId, seed: u32, account: Option<&AccountId>) -> CustomerId;
}

/// Which accounts customers act with: what `organisations` asks `customers`.
pub trait Bindings<AccountId> {
	/// Whether `account` is or ever was bound to a customer: as its own, as an invited key or as a
	/// guardian's.
	fn is_bound(account: &AccountId) -> bool;
}

/// What a bounded deletion did: see [`Sweep`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Swept {
	/// Values deleted.
	pub deleted: u32,
	/// Whether nothing is left of the customer.
	pub done: bool,
}

/// Deletes what a pallet keeps of an erased customer, bounded.
pub trait Sweep {
	/// Deletes at most `limit` values kept of `customer`.
	fn sweep(customer: &CustomerId, limit: u32) -> Swept;

	/// What deleting one value costs at most, finding it and that there is another included.
	fn weight_of_one() -> Weight;
}

macro_rules! sweep_one_after_the_other {
	($($pallet:ident)*) => {
		impl<$($pallet: Sweep),*> Sweep for ($($pallet,)*) {
			fn sweep(customer: &CustomerId, limit: u32) -> Swept {
				let mut deleted = 0u32;
				$(
					let swept = $pallet::sweep(customer, limit.saturating_sub(deleted));
					deleted = deleted.saturating_add(swept.deleted);
					if !swept.done {
						return Swept { deleted, done: false };
					}
				)*
				Swept { deleted, done: true }
			}

			fn weight_of_one() -> Weight {
				Weight::zero()$(.saturating_add($pallet::weight_of_one()))*
			}
		}
	};
}

sweep_one_after_the_other!(A B C);

/// Whether a list of pairs names each category at most once.
pub fn categories_are_unique<T>(records: &[(DataCategory, T)]) -> bool {
	let mut categories: Vec<_> = records.iter().map(|(category, _)| *category).collect();
	categories.sort_unstable();
	categories.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ids_depend_on_controller_and_nonce() {
		let id = customer_id(1, &H256::repeat_byte(1));
		assert_ne!(id, customer_id(2, &H256::repeat_byte(1)));
		assert_ne!(id, customer_id(1, &H256::repeat_byte(2)));
	}

	#[test]
	fn all_lists_every_category_at_its_index() {
		for (index, category) in DataCategory::ALL.iter().enumerate() {
			assert_eq!(category.encode(), [index as u8]);
		}
		assert!(DataCategory::decode(&mut &[DataCategory::ALL.len() as u8][..]).is_err());
	}

	/// Keeps `N` values, whoever the customer is.
	struct Keeps<const N: u32>;

	impl<const N: u32> Sweep for Keeps<N> {
		fn sweep(_: &CustomerId, limit: u32) -> Swept {
			Swept { deleted: limit.min(N), done: N <= limit }
		}

		fn weight_of_one() -> Weight {
			Weight::from_parts(N.into(), 0)
		}
	}

	#[test]
	fn pallets_are_swept_in_turn_within_one_limit() {
		type All = (Keeps<2>, Keeps<0>, Keeps<3>);
		let sweep = |limit| <All as Sweep>::sweep(&H256::zero(), limit);
		assert_eq!(sweep(1), Swept { deleted: 1, done: false });
		assert_eq!(sweep(4), Swept { deleted: 4, done: false });
		assert_eq!(sweep(9), Swept { deleted: 5, done: true });
		assert_eq!(<All as Sweep>::weight_of_one(), Weight::from_parts(5, 0));
	}
}
