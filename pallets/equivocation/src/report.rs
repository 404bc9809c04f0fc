//! From a proof to the report of an offence, and which reports the pool takes.

use crate::{
	is_equivocation, AuraEquivocation, Call, Config, EquivocationProof, Error, OffenderOf, Pallet,
};
use alloc::boxed::Box;
use frame_support::{
	ensure,
	pallet_prelude::{
		InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidity,
		TransactionValidityError, ValidTransaction,
	},
	traits::{Get, KeyOwnerProofSystem},
};
use frame_system::offchain::{CreateBare, SubmitTransaction};
use sp_consensus_aura::sr25519::AuthorityId;
use sp_runtime::{DispatchResult, RuntimeAppPublic};
use sp_session::{GetSessionNumber, GetValidatorCount};
use sp_staking::offence::ReportOffence;

impl<T: Config> Pallet<T> {
	/// The validator that `proof` convicts.
	fn offender(
		proof: &EquivocationProof<T>,
		key_owner_proof: T::KeyOwnerProof,
	) -> Result<OffenderOf<T>, Error<T>> {
		ensure!(
			!T::AllowSeveralBlocksPerSlot::get() && is_equivocation(proof),
			Error::<T>::InvalidEquivocationProof
		);
		let key = (AuthorityId::ID, proof.offender.clone());
		T::KeyOwners::check_proof(key, key_owner_proof).ok_or(Error::InvalidKeyOwnershipProof)
	}

	pub(crate) fn do_report(
		proof: EquivocationProof<T>,
		key_owner_proof: T::KeyOwnerProof,
	) -> DispatchResult {
		let session_index = key_owner_proof.session();
		let validator_set_count = key_owner_proof.validator_count();
		let offender = Self::offender(&proof, key_owner_proof)?;
		let offence =
			AuraEquivocation { slot: proof.slot, session_index, validator_set_count, offender };
		T::Offences::report_offence(Default::default(), offence)
			.map_err(|_| Error::<T>::AlreadyExists)?;
		Ok(())
	}

	/// Hands the node's pool a report that was proved off the chain. `None` where the pool refuses.
	pub fn submit_report(
		equivocation_proof: EquivocationProof<T>,
		key_owner_proof: T::KeyOwnerProof,
	) -> Option<()>
	where
		T: CreateBare<Call<T>>,
	{
		let call = Call::report_equivocation_unsigned {
			equivocation_proof: Box::new(equivocation_proof),
			key_owner_proof,
		};
		SubmitTransaction::<T, Call<T>>::submit_transaction(T::create_bare(call.into())).ok()
	}

	/// Only what this node found out itself gets into its pool, so that nobody floods it.
	pub(crate) fn do_validate(source: TransactionSource, call: &Call<T>) -> TransactionValidity {
		let Call::report_equivocation_unsigned { equivocation_proof: proof, key_owner_proof } =
			call
		else {
			return InvalidTransaction::Call.into();
		};
		if !matches!(source, TransactionSource::Local | TransactionSource::InBlock) {
			return InvalidTransaction::Call.into();
		}
		Self::ensure_new(proof, key_owner_proof)?;
		ValidTransaction::with_tag_prefix("AuraEquivocation")
			.priority(TransactionPriority::MAX)
			.and_provides((proof.offender.clone(), proof.slot))
			.longevity(T::ReportLongevity::get())
			// Others take no report from outside: each author reports what it saw itself.
			.propagate(false)
			.build()
	}

	pub(crate) fn do_pre_dispatch(call: &Call<T>) -> Result<(), TransactionValidityError> {
		match call {
			Call::report_equivocation_unsigned { equivocation_proof, key_owner_proof } => {
				Self::ensure_new(equivocation_proof, key_owner_proof)
			},
			_ => Err(InvalidTransaction::Call.into()),
		}
	}

	fn ensure_new(
		proof: &EquivocationProof<T>,
		key_owner_proof: &T::KeyOwnerProof,
	) -> Result<(), TransactionValidityError> {
		let offender = Self::offender(proof, key_owner_proof.clone())
			.map_err(|_| InvalidTransaction::BadProof)?;
		match T::Offences::is_known_offence(&[offender], &proof.slot) {
			true => Err(InvalidTransaction::Stale.into()),
			false => Ok(()),
		}
	}
}
