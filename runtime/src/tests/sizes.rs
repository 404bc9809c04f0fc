//! Encoded sizes of the common calls, which fees and bandwidth depend on.

use super::*;
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit},
	consent::{CaptureMethod, Permission, SignedStatement, Statement, StatementSignature},
	Categories, DataCategory,
};
use pallet_access_grants::Call as Access;
use pallet_consent::{Call as Consents, RecordedStatement};
use pallet_customers::Call as Customer;

const CUSTOMER: CustomerId = CustomerId::repeat_byte(1);
/// The indices of pallet and call.
const INDICES: usize = 2;
const COMMITTED: usize = 33;

fn size(call: impl Into<RuntimeCall>) -> usize {
	call.into().encoded_size()
}

#[test]
fn calls_on_customers_are_pinned() {
	let (customer, commitment, category) = (CUSTOMER, COMMITMENT, DataCategory::Contact);
	let account = Alice.to_account_id();
	let records = vec![(category, commitment)].try_into().expect("one fits");
	let new = NewCustomer::<ConstU32<10>> { nonce: H256::zero(), records };
	let customers = vec![new].try_into().expect("one fits");
	assert_eq!(size(Customer::register { customers }), INDICES + 1 + 32 + 1 + 1 + COMMITTED);
	let seal = Customer::seal { customer, category, commitment };
	assert_eq!(size(seal), INDICES + 32 + 1 + COMMITTED);
	let invite = Customer::invite {
		customer,
		key: account.clone(),
		method: IdentificationMethod::InPerson,
		evidence: commitment,
		expires: START,
	};
	assert_eq!(size(invite), INDICES + 32 + 32 + 1 + COMMITTED + 8);
	assert_eq!(size(Customer::claim { account }), INDICES + 32);
	assert_eq!(size(Customer::request_erasure { customer }), INDICES + 32);
}

#[test]
fn calls_on_consents_are_pinned() {
	let (customer, purpose) = (CUSTOMER, 0);
	let least = Permission { receipt: None, ..permission() };
	let most = Permission { until: Some(START), ..permission() };
	let give = |permission| size(Consents::give { customer, purpose, permission });
	assert_eq!(give(least), INDICES + 32 + 4 + (4 + 2 + 1 + 1 + 1));
	assert_eq!(give(most), INDICES + 32 + 4 + (4 + 2 + 9 + 1 + 1 + COMMITTED));
	assert_eq!(size(Consents::withdraw { customer, purpose }), INDICES + 32 + 4);
	assert_eq!(size(Consents::object { customer, purpose }), INDICES + 32 + 4);
	let statement = SignedStatement {
		customer,
		controller: ORGANISATION,
		account: Alice.to_account_id(),
		purpose,
		notice: COMMITMENT,
		revisions: 1,
		expires: START,
		statement: Statement::Withdraw,
	};
	let signed = 32 + 4 + 32 + 4 + COMMITTED + 4 + 8 + 1;
	let signature = StatementSignature::Account(Alice.pair().sign(b"statement").into());
	// The scheme of the statement's signature, the scheme of the account's, and the signature.
	let submit = Consents::submit { statement, signature };
	assert_eq!(size(submit), INDICES + signed + 1 + 1 + 64);
	let change = RecordedStatement {
		customer,
		purpose,
		statement: Statement::Withdraw,
		method: CaptureMethod::Mail,
		evidence: COMMITMENT,
	};
	let changes = vec![change].try_into().expect("one fits");
	assert_eq!(size(Consents::record { changes }), INDICES + 1 + 32 + 4 + 1 + 1 + COMMITTED);
}

#[test]
fn calls_on_access_are_pinned() {
	let (customer, purpose, grant, categories) = (CUSTOMER, 0, 0, Categories::all());
	let terms =
		GrantTerms { purpose, categories, from: START, until: Some(START + DAY), uses: Some(1) };
	let role = Grantee::Role { organisation: ORGANISATION, role: Role::Agent };
	let one = Access::grant { scope: Scope::Customer { customer }, grantee: role, terms };
	assert_eq!(size(one), INDICES + 33 + 6 + (4 + 2 + 8 + 9 + 5));
	let request = |customers: usize, reader| {
		let customers = vec![customer; customers].try_into().expect("a batch");
		size(Access::request_access { grant, purpose, categories, customers, reader })
	};
	assert_eq!(request(1, None), INDICES + 8 + 4 + 2 + 1 + 32 + 1);
	assert_eq!(request(256, Some([7; 32])), INDICES + 8 + 4 + 2 + 2 + 256 * 32 + 33);
	let emergency = COMMITMENT;
	let glass = Access::break_glass { customer, purpose, categories, emergency, reader: None };
	assert_eq!(size(glass), INDICES + 32 + 4 + 2 + COMMITTED + 1);
	assert_eq!(size(Access::revoke_own { customer, grant }), INDICES + 32 + 8);
	let limit = Some(RateLimit { count: 1, window: DAY });
	let policy = Policy { rate: limit, hours: Hours::ALL, denials: limit, break_glass: true };
	assert_eq!(size(Access::set_policy { policy }), INDICES + 13 + 4 + 13 + 1);
}
