//! Encoded sizes, which storage, fees and bandwidth depend on.

use crate::{mock::*, Call, ConsentRevision, DpvOf, NameOf, Purpose, PurposeRevision};
use codec::{Encode, MaxEncodedLen};
use consentry_primitives::{
	consent::{Permission, Statement},
	LawfulBasis,
};

#[test]
fn storage_values_are_pinned() {
	assert_eq!(PurposeRevision::max_encoded_len(), 8 + (2 + 4 + 33) + 4 + 4 + 1);
	let purpose = Purpose::<NameOf<Test>, DpvOf<Test>>::max_encoded_len();
	assert_eq!(purpose, 4 + (1 + 32) + (2 + 64) + 1 + 56 + 4);
	assert_eq!(Permission::max_encoded_len(), 4 + 2 + 9 + 1 + 34);
	let revision = ConsentRevision::<AccountId>::max_encoded_len();
	assert_eq!(revision, 8 + 1 + (1 + 4 + 32) + (1 + 1 + 33) + (1 + 50));
	assert_eq!(crate::Consent::<AccountId>::max_encoded_len(), 4 + revision);
}

/// What most consents are: by the customer's own transaction, without an end.
#[test]
fn common_values_are_small() {
	run(|| {
		let purpose = purpose(LawfulBasis::Consent);
		give(1, purpose, permission());
		assert_eq!(latest(1, purpose).encoded_size(), 8 + 1 + 1 + 1 + (1 + 42));
	});
}

#[test]
fn calls_are_pinned() {
	run(|| {
		let purpose = purpose(LawfulBasis::Consent);
		let customer = id(1);
		let give = Call::<Test>::give { customer, purpose, permission: permission() };
		assert_eq!(give.encoded_size(), 1 + 32 + 4 + (4 + 2 + 1 + 1 + 34));
		assert_eq!(Call::<Test>::withdraw { customer, purpose }.encoded_size(), 1 + 32 + 4);
		assert_eq!(Call::<Test>::object { customer, purpose }.encoded_size(), 1 + 32 + 4);
		let statement = statement(1, purpose, Statement::Withdraw);
		let signature = signature(1, &statement);
		let submit = Call::<Test>::submit { statement, signature };
		let signed = 32 + 4 + 32 + 4 + 33 + 4 + 8 + 1;
		assert_eq!(submit.encoded_size(), 1 + signed + (1 + 1 + 64));
		let recorded = recorded(1, purpose, Statement::Withdraw);
		assert_eq!(recorded.encoded_size(), 32 + 4 + 1 + 1 + 33);
	});
}
