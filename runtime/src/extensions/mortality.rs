//! What customers do for free is mortal, and so is whatever an account without credits signs.
//!
//! An account that only a binding or a membership keeps alive is reaped when that ends, its nonce
//! with it. Were it referred to again or funded, an immortal transaction of its first life could be
//! played again.

use crate::{Runtime, RuntimeCall, RuntimeOrigin, System};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{CheckIfFeeless, DispatchInfo},
	pallet_prelude::{TransactionSource, Weight},
	traits::OriginTrait,
};
use frame_system::CheckMortality;
use scale_info::{Type, TypeInfo};
use sp_runtime::{
	generic::Era,
	impl_tx_ext_default,
	traits::{Implication, TransactionExtension, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
};

/// [`CheckMortality`], and the rule above; to clients it is `CheckMortality`.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking)]
pub struct CustomerMortality(CheckMortality<Runtime>);

impl From<Era> for CustomerMortality {
	fn from(era: Era) -> Self {
		Self(CheckMortality::from(era))
	}
}

impl TypeInfo for CustomerMortality {
	type Identity = <CheckMortality<Runtime> as TypeInfo>::Identity;
	fn type_info() -> Type {
		<CheckMortality<Runtime> as TypeInfo>::type_info()
	}
}

impl TransactionExtension<RuntimeCall> for CustomerMortality {
	const IDENTIFIER: &'static str =
		<CheckMortality<Runtime> as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = <CheckMortality<Runtime> as TransactionExtension<RuntimeCall>>::Implicit;
	type Val = ();
	type Pre = ();

	fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
		self.0.implicit()
	}

	fn weight(&self, call: &RuntimeCall) -> Weight {
		self.0.weight(call)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
		implicit: Self::Implicit,
		implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<(), RuntimeCall> {
		let is_reapable = origin.as_signer().is_some_and(|who| System::providers(who) == 0);
		if self.0 .0.is_immortal() && (is_reapable || call.is_feeless(&origin)) {
			return Err(InvalidTransaction::BadProof.into());
		}
		self.0.validate(origin, call, info, len, implicit, implication, source)
	}

	impl_tx_ext_default!(RuntimeCall; prepare);
}
