//! What customers do for free comes first in a block, and once.
//!
//! The tag makes the pool refuse a second transaction for the same thing while the first waits,
//! whatever else stands in it: else one account could fill the pool with calls that are each free
//! in the state of now.

use crate::{AccountId, RuntimeCall, RuntimeOrigin};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use consentry_primitives::consent::Statement;
use frame_support::{
	dispatch::{CheckIfFeeless, DispatchInfo, GetDispatchInfo},
	pallet_prelude::{TransactionSource, Weight},
	traits::{GetCallMetadata, OriginTrait},
};
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{Implication, TransactionExtension, ValidateResult},
	transaction_validity::{TransactionPriority, ValidTransaction},
};

/// Gives free calls the highest priority.
#[derive(
	Clone, Copy, Default, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo,
)]
pub struct CustomerPriority;

impl CustomerPriority {
	/// What a call that can be free does, by whom it was signed: one of each can wait.
	fn subject(call: &RuntimeCall, who: &AccountId) -> Option<Vec<u8>> {
		use pallet_access_grants::Call as AccessCall;
		use pallet_consent::Call as ConsentCall;
		use pallet_customers::Call as CustomersCall;

		let subject = match call {
			RuntimeCall::Customers(CustomersCall::claim { .. }) => who.encode(),
			RuntimeCall::Customers(
				CustomersCall::veto_invitation { customer }
				| CustomersCall::request_erasure { customer },
			) => (who, customer).encode(),
			RuntimeCall::Consent(
				ConsentCall::give { customer, purpose, .. }
				| ConsentCall::withdraw { customer, purpose }
				| ConsentCall::object { customer, purpose },
			) => (who, customer, purpose).encode(),
			// Whoever brings it: what was signed can be brought once.
			RuntimeCall::Consent(ConsentCall::submit { statement, .. }) => {
				let withdraws = matches!(statement.statement, Statement::Withdraw);
				(statement.customer, statement.purpose, withdraws).encode()
			},
			RuntimeCall::AccessGrants(AccessCall::revoke_own { customer, grant }) => {
				(who, customer, grant).encode()
			},
			_ => return None,
		};
		let name = call.get_call_metadata();
		Some((name.pallet_name, name.function_name, subject).encode())
	}
}

impl TransactionExtension<RuntimeCall> for CustomerPriority {
	const IDENTIFIER: &'static str = "CustomerPriority";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	// Whether a call is free is asked here and by the extension that skips the fee, and of an
	// immortal transaction by the one that refuses it. What is checked is what the call itself
	// begins with, so each time costs less than the call.
	fn weight(&self, call: &RuntimeCall) -> Weight {
		// Whoever signs it, the same calls can be free.
		match Self::subject(call, &AccountId::new([0; 32])) {
			Some(_) => call.get_dispatch_info().call_weight.saturating_mul(3),
			None => Weight::zero(),
		}
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		_: &DispatchInfo,
		_: usize,
		_: (),
		_: &impl Implication,
		_: TransactionSource,
	) -> ValidateResult<(), RuntimeCall> {
		let mut validity = ValidTransaction::default();
		if let (Some(who), true) = (origin.as_signer(), call.is_feeless(&origin)) {
			validity.priority = TransactionPriority::MAX;
			validity.provides.extend(Self::subject(call, who));
		}
		Ok((validity, (), origin))
	}

	impl_tx_ext_default!(RuntimeCall; prepare);
}
