//! What customers do for free comes first in a block, and once.
//!
//! The tag makes the pool refuse a second transaction of the same account for the same call while
//! the first waits.

use crate::{RuntimeCall, RuntimeOrigin};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{CheckIfFeeless, DispatchInfo},
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

impl TransactionExtension<RuntimeCall> for CustomerPriority {
	const IDENTIFIER: &'static str = "CustomerPriority";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	// The check is made by the extension that skips the fee; its cost is in each free call's
	// weight.
	fn weight(&self, _: &RuntimeCall) -> Weight {
		Weight::zero()
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
			let name = call.get_call_metadata();
			validity.priority = TransactionPriority::MAX;
			validity.provides.push((name.pallet_name, name.function_name, who).encode());
		}
		Ok((validity, (), origin))
	}

	impl_tx_ext_default!(RuntimeCall; prepare);
}
