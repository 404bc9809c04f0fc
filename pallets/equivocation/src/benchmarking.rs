//! Benchmarks of the calls.

use crate::{Call, Config, EquivocationProof, Pallet};
use alloc::boxed::Box;
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_system::{pallet_prelude::HeaderFor, RawOrigin};
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthoritySignature},
};
use sp_consensus_slots::Slot;
use sp_runtime::{traits::Header, Digest, DigestItem, RuntimeAppPublic};

/// Makes validators of keys.
pub trait BenchmarkHelper<Proof> {
	/// Makes `key` one of `validators` validators' and proves it.
	fn prove(key: AuthorityId, validators: u32) -> Proof;
}

/// The `n`th header of `slot`, sealed with `key`.
pub(crate) fn sealed<H: Header>(key: &AuthorityId, slot: Slot, n: u32) -> Option<H> {
	let pre_digest =
		<DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_pre_digest(slot);
	let mut header = H::new(
		n.into(),
		Default::default(),
		Default::default(),
		Default::default(),
		Digest { logs: alloc::vec![pre_digest] },
	);
	let seal = key.sign(&header.hash().encode())?;
	header
		.digest_mut()
		.push(<DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_seal(seal));
	Some(header)
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn report_equivocation_unsigned(n: Linear<1, 100>) -> Result<(), BenchmarkError> {
		let offender = AuthorityId::generate_pair(None);
		let slot = Slot::from(7);
		let header = |n| {
			sealed::<HeaderFor<T>>(&offender, slot, n)
				.ok_or(BenchmarkError::Stop("the key is in the keystore; qed"))
		};
		let proof: EquivocationProof<T> = EquivocationProof::<T> {
			slot,
			first_header: header(1)?,
			second_header: header(2)?,
			offender: offender.clone(),
		};
		let key_owner_proof = T::BenchmarkHelper::prove(offender, n);

		#[extrinsic_call]
		_(RawOrigin::None, Box::new(proof.clone()), key_owner_proof.clone());

		// It is known: again it is refused.
		assert!(Pallet::<T>::do_report(proof, key_owner_proof).is_err());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
