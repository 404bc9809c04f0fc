//! What customers do for free comes first in a block, and once.
//!
//! The tag makes the pool refuse a second transaction of the same account for the same call with the
//! same arguments while the first waits.

use crate::{RuntimeCall, RuntimeOrigin};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{CheckIfFeeless, DispatchInfo, GetDispatchInfo},
	pallet_prelude::{TransactionSource, Weight},
	traits::OriginTrait,
};
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{BlakeTwo256, Hash, Implication, TransactionExtension, ValidateResult},
	transaction_validity::{TransactionPriority, ValidTransaction},
};

/// Gives free calls the highest priority.
#[derive(
	Clone, Copy, Default, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo,
)]
pub struct CustomerPriority;

impl TransactionExtension<RuntimeCall> for CustomerPriority {
	const IDENTIFIER: &'static str = "CustomerPriority";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	// Whether a call is free is asked here and by the extension that skips the fee. What is checked
	// is what the call itself begins with, so each time costs less than the call.
	fn weight(&self, call: &RuntimeCall) -> Weight {
		match call {
			RuntimeCall::Customers(
				pallet_customers::Call::claim { .. }
				| pallet_customers::Call::veto_invitation { .. }
				| pallet_customers::Call::request_erasure { .. },
			)
			| RuntimeCall::Consent(
				pallet_consent::Call::give { .. }
				| pallet_consent::Call::withdraw { .. }
				| pallet_consent::Call::object { .. }
				| pallet_consent::Call::submit { .. },
			)
			| RuntimeCall::AccessGrants(pallet_access_grants::Call::revoke_own { .. }) => {
				call.get_dispatch_info().call_weight.saturating_mul(2)
			},
			_ => Weight::zero(),
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
			validity.provides.push(BlakeTwo256::hash_of(&(who, call)).encode());
		}
		Ok((validity, (), origin))
	}

	impl_tx_ext_default!(RuntimeCall; prepare);
}
