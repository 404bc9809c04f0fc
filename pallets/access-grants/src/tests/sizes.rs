//! Encoded sizes, which storage, fees and bandwidth depend on.

use crate::{
	mock::{commitment, contact, id, one, Test},
	Call, Grant, GrantKey, Review, ReviewKey, Suspension, Usage,
};
use codec::{Encode, MaxEncodedLen};
use consentry_primitives::access::{GrantTerms, Grantee, Policy, RateLimit};
use sp_runtime::{AccountId32, BoundedVec};

#[test]
fn storage_values_are_pinned() {
	assert_eq!(GrantTerms::max_encoded_len(), 4 + 2 + 8 + 9 + 5);
	assert_eq!(Grant::<AccountId32>::max_encoded_len(), 4 + 33 + 33 + 4 + 28 + 8 + 9);
	assert_eq!(GrantKey::max_encoded_len(), 8);
	assert_eq!(Policy::max_encoded_len(), 13 + 4 + 13 + 1);
	assert_eq!(RateLimit::max_encoded_len(), 4 + 8);
	assert_eq!(Usage::max_encoded_len(), 2 * (8 + 4));
	assert_eq!(Suspension::max_encoded_len(), 4 + 8);
	let further = BoundedVec::<Suspension, <Test as crate::Config>::MaxBatch>::max_encoded_len();
	assert_eq!(further, 1 + 16 * (4 + 8));
	assert_eq!(ReviewKey::max_encoded_len(), 4 + 4 + 32 + 8);
	assert_eq!(Review::<AccountId32>::max_encoded_len(), 4 + 32 + 33 + 8);
}

#[test]
fn calls_are_pinned() {
	let terms =
		GrantTerms { purpose: 0, categories: contact(), from: 0, until: Some(1), uses: None };
	let grant =
		Call::<Test>::grant { scope: one(1), grantee: Grantee::Account { account: 7 }, terms };
	assert_eq!(grant.encoded_size(), 1 + 33 + 9 + 4 + 2 + 8 + 9 + 1);
	assert_eq!(Call::<Test>::revoke { grant: 1 }.encoded_size(), 1 + 8);
	assert_eq!(Call::<Test>::revoke_own { customer: id(1), grant: 1 }.encoded_size(), 1 + 32 + 8);
	let request = |customers: usize, reader| Call::<Test>::request_access {
		grant: 1,
		purpose: 1,
		categories: contact(),
		customers: vec![id(1); customers].try_into().expect("fewer than a batch"),
		reader,
	};
	assert_eq!(request(1, None).encoded_size(), 1 + 8 + 4 + 2 + 1 + 32 + 1);
	assert_eq!(request(16, Some([1; 32])).encoded_size(), 1 + 8 + 4 + 2 + 1 + 16 * 32 + 33);
	let break_glass = Call::<Test>::break_glass {
		customer: id(1),
		purpose: 1,
		categories: contact(),
		emergency: commitment(1),
		reader: None,
	};
	assert_eq!(break_glass.encoded_size(), 1 + 32 + 4 + 2 + 33 + 1);
	let review =
		Call::<Test>::review { customer: id(1), entry: 1, justified: true, review: commitment(1) };
	assert_eq!(review.encoded_size(), 1 + 32 + 8 + 1 + 33);
}
