//! Credits and who pays with them.
//!
//! Fees exist to stop flooding. An organisation pays for its members while they are not suspended;
//! what customers do is free.

use crate::{
	AccessGrants, AccountId, Balance, Balances, Organisations, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeFreezeReason, RuntimeHoldReason, System, CREDIT,
};
use consentry_primitives::{organisation::Suspensions, Membership, OrganisationId};
use frame_support::{
	derive_impl,
	traits::{ConstU128, ConstU8},
	weights::{ConstantMultiplier, Weight, WeightToFee},
};
use pallet_transaction_payment::{
	ConstFeeMultiplier, FungibleAdapter, Multiplier, OnChargeTransaction, TxCreditHold,
};
use sp_runtime::{
	traits::{DispatchInfoOf, One, PostDispatchInfoOf},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
};

/// Credits of one second of execution: a call of 100 µs costs a thousandth of a credit.
const FEE_PER_SECOND: Balance = 10 * CREDIT;
/// Credits of one byte of a transaction.
const FEE_PER_BYTE: Balance = CREDIT / 1_000_000;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<{ CREDIT / 1_000 }>;
	type AccountStore = System;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type RuntimeEvent = RuntimeEvent;
}

frame_support::parameter_types! {
	// One price always: nobody outside the consortium competes for a block.
	pub FeeMultiplier: Multiplier = Multiplier::one();
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = OrganisationPays<FungibleAdapter<Balances, ()>>;
	type WeightToFee = ExecutionFee;
	type LengthToFee = ConstantMultiplier<Balance, ConstU128<FEE_PER_BYTE>>;
	type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightInfo = ChargingWeight;
}

impl pallet_skip_feeless_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
}

/// What charging costs: the SDK's figure, and what [`OrganisationPays`] reads to find the payer.
pub struct ChargingWeight;

impl pallet_transaction_payment::WeightInfo for ChargingWeight {
	fn charge_transaction_payment() -> Weight {
		let adapter = pallet_transaction_payment::weights::SubstrateWeight::<Runtime>::
			charge_transaction_payment();
		// Membership and suspension of the signer.
		adapter.saturating_add(<Runtime as frame_system::Config>::DbWeight::get().reads(2))
	}
}

/// Prices time of execution.
pub struct ExecutionFee;

impl WeightToFee for ExecutionFee {
	type Balance = Balance;

	fn weight_to_fee(weight: &Weight) -> Balance {
		const PICOSECONDS: Balance = 1_000_000_000_000;
		Balance::from(weight.ref_time()).saturating_mul(FEE_PER_SECOND) / PICOSECONDS
	}
}

/// Whether `call` itself, and nothing that it is part of, requests access.
fn is_request_for_access(call: &RuntimeCall) -> bool {
	use pallet_access_grants::Call;
	matches!(
		call,
		RuntimeCall::AccessGrants(Call::request_access { .. } | Call::break_glass { .. })
	)
}

/// Charges the organisation where the signer is its member and not suspended, and the signer where
/// not.
pub struct OrganisationPays<Adapter>(core::marker::PhantomData<Adapter>);

impl<Adapter> OrganisationPays<Adapter> {
	/// Who pays for `call` of `signer`. Suspension stops the spending too, but for requests for
	/// access, whose refusals a security team watches.
	fn payer(signer: &AccountId, call: &RuntimeCall) -> AccountId {
		let may_spend =
			|_: &OrganisationId| is_request_for_access(call) || !AccessGrants::is_suspended(signer);
		match Organisations::organisation_of(signer).filter(may_spend) {
			Some(organisation) => Organisations::account_of(organisation),
			None => signer.clone(),
		}
	}

	/// The same, where `signer` may spend it: a tip would let any member give away all that its
	/// organisation has.
	fn payer_with_tip(
		signer: &AccountId,
		call: &RuntimeCall,
		tip: Balance,
	) -> Result<AccountId, TransactionValidityError> {
		let payer = Self::payer(signer, call);
		match payer == *signer || tip == 0 {
			true => Ok(payer),
			false => Err(InvalidTransaction::Payment.into()),
		}
	}
}

impl<Adapter: TxCreditHold<Runtime>> TxCreditHold<Runtime> for OrganisationPays<Adapter> {
	type Credit = Adapter::Credit;
}

impl<Adapter: OnChargeTransaction<Runtime, Balance = Balance>> OnChargeTransaction<Runtime>
	for OrganisationPays<Adapter>
{
	type Balance = Adapter::Balance;
	// The payer is kept with what was withdrawn: the call itself can change the membership.
	type LiquidityInfo = Option<(AccountId, Adapter::LiquidityInfo)>;

	fn withdraw_fee(
		who: &AccountId,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		fee_with_tip: Self::Balance,
		tip: Self::Balance,
	) -> Result<Self::LiquidityInfo, TransactionValidityError> {
		let payer = Self::payer_with_tip(who, call, tip)?;
		let withdrawn = Adapter::withdraw_fee(&payer, call, info, fee_with_tip, tip)?;
		Ok(Some((payer, withdrawn)))
	}

	fn can_withdraw_fee(
		who: &AccountId,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		fee_with_tip: Self::Balance,
		tip: Self::Balance,
	) -> Result<(), TransactionValidityError> {
		Adapter::can_withdraw_fee(
			&Self::payer_with_tip(who, call, tip)?,
			call,
			info,
			fee_with_tip,
			tip,
		)
	}

	fn correct_and_deposit_fee(
		_: &AccountId,
		info: &DispatchInfoOf<RuntimeCall>,
		post_info: &PostDispatchInfoOf<RuntimeCall>,
		corrected_fee_with_tip: Self::Balance,
		tip: Self::Balance,
		withdrawn: Self::LiquidityInfo,
	) -> Result<(), TransactionValidityError> {
		let Some((payer, withdrawn)) = withdrawn else { return Ok(()) };
		Adapter::correct_and_deposit_fee(
			&payer,
			info,
			post_info,
			corrected_fee_with_tip,
			tip,
			withdrawn,
		)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow_account(who: &AccountId, amount: Self::Balance) {
		Adapter::endow_account(who, amount)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn minimum_balance() -> Self::Balance {
		Adapter::minimum_balance()
	}
}
