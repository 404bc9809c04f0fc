//! Encoded sizes, which storage, fees and bandwidth depend on.

use crate::{
	mock::Test, Binding, Call, Customer, ErasureKey, Guardian, Interaction, Invitation, Record,
};
use codec::{Encode, MaxEncodedLen};
use consentry_primitives::{Commitment, CustomerId, DataCategory, InteractionKind};
use sp_core::H256;
use sp_runtime::AccountId32;

#[test]
fn storage_values_are_pinned() {
	assert_eq!(Customer::<AccountId32>::max_encoded_len(), 4 + 8 + 33 + 3 * 9);
	assert_eq!(Invitation::<AccountId32>::max_encoded_len(), 32 + 8 + 8);
	assert_eq!(Record::max_encoded_len(), 4 + 33 + 8);
	assert_eq!(Binding::max_encoded_len(), 1 + 32);
	assert_eq!(Guardian::<AccountId32>::max_encoded_len(), 32 + 8);
	assert_eq!(ErasureKey::max_encoded_len(), 4 + 4 + 32);
}

#[test]
fn calls_are_pinned() {
	let customer = CustomerId::repeat_byte(1);
	let commitment = Commitment::Blake2b256V1(H256::zero());
	let interaction = Interaction { customer, kind: InteractionKind::Call, commitment };
	assert_eq!(interaction.encoded_size(), 32 + 1 + 33);
	let new = crate::mock::new_customer(1, &[DataCategory::Contact]);
	assert_eq!(new.encoded_size(), 32 + 1 + 34);
	let seal = Call::<Test>::seal { customer, category: DataCategory::Contact, commitment };
	assert_eq!(seal.encoded_size(), 1 + 32 + 1 + 33);
	assert_eq!(Call::<Test>::request_erasure { customer }.encoded_size(), 1 + 32);
}
