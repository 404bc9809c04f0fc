//! What the node calls.

use crate::{
	configs::KeyOwners, genesis_presets, AccessGrants, AccountId, AuditTrail, Aura, Balance, Block,
	Consent, Customers, Equivocation, Executive, Grandpa, Hash, InherentDataExt, Nonce,
	Organisations, Peers, Runtime, RuntimeEvent, RuntimeGenesisConfig, SessionKeys, System,
	Timestamp, TransactionPayment, VERSION,
};
use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use consentry_primitives::{
	access::{Policy, Refusal},
	api::{
		Appended, ConsentAsOf, ConsentInfo, CustomerInfo, ErasureInfo, GrantInfo, MemberInfo,
		OrganisationInfo, PurposeInfo, RecordInfo, ReviewInfo, SuspensionInfo, TrailHead, Verdict,
	},
	Categories, CustomerId, Day, GrantId, Moment, OrganisationId, PeerId, PurposeId,
};
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	traits::KeyOwnerProofSystem,
};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use sp_api::impl_runtime_apis;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::{AuthorityId as GrandpaId, AuthorityList};
use sp_consensus_slots::EquivocationProof;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_genesis_builder::PresetId;
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode, RuntimeAppPublic,
};
use sp_session::{MembershipProof, OpaqueGeneratedSessionKeys};
use sp_version::RuntimeVersion;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: InherentData,
		) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, tx, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
		fn slot_duration() -> sp_consensus_aura::SlotDuration {
			sp_consensus_aura::SlotDuration::from_millis(Aura::slot_duration())
		}

		fn authorities() -> Vec<AuraId> {
			pallet_aura::Authorities::<Runtime>::get().into_inner()
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(
			owner: Vec<u8>,
			seed: Option<Vec<u8>>,
		) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			pallet_grandpa::CurrentSetId::<Runtime>::get()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_grandpa::EquivocationProof<Hash, NumberFor<Block>>,
			key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			let key_owner_proof = key_owner_proof.decode()?;
			Grandpa::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof)
		}

		fn generate_key_ownership_proof(
			_: sp_consensus_grandpa::SetId,
			key: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			let proof = KeyOwners::prove((sp_consensus_grandpa::KEY_TYPE, key))?;
			Some(sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof.encode()))
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
		for Runtime
	{
		fn query_info(
			xt: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(xt, len)
		}

		fn query_fee_details(xt: <Block as BlockT>::Extrinsic, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_fee_details(xt, len)
		}

		fn query_weight_to_fee(weight: sp_runtime::Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl consentry_primitives::api::CrmApi<Block, AccountId> for Runtime {
		fn moment() -> Moment {
			Timestamp::get()
		}

		fn customer(customer: CustomerId) -> Option<CustomerInfo<AccountId>> {
			Customers::customer_info(&customer)
		}

		fn organisation(organisation: OrganisationId) -> Option<OrganisationInfo<AccountId>> {
			Organisations::organisation_info(organisation)
		}

		fn member(account: AccountId) -> Option<MemberInfo> {
			Organisations::member_info(&account)
		}

		fn records(customer: CustomerId) -> Option<Vec<RecordInfo>> {
			Customers::records_of(&customer)
		}

		fn trail_head(customer: CustomerId) -> Option<TrailHead> {
			AuditTrail::trail_head(&customer)
		}

		fn erasures(
			controller: OrganisationId,
			after: Option<(Day, CustomerId)>,
			limit: u32,
		) -> Vec<ErasureInfo> {
			Customers::erasures_of(controller, after, limit)
		}

		fn purposes(
			controller: OrganisationId,
			after: Option<PurposeId>,
			limit: u32,
		) -> Vec<PurposeInfo> {
			Consent::purposes_of(controller, after, limit)
		}

		fn purpose_history(purpose: PurposeId, from: u32, limit: u32) -> Option<Vec<PurposeInfo>> {
			Consent::purpose_history(purpose, from, limit)
		}

		fn consents(
			customer: CustomerId,
			after: Option<PurposeId>,
			limit: u32,
		) -> Option<Vec<ConsentInfo<AccountId>>> {
			Consent::consents_of(&customer, after, limit)
		}

		fn consent_history(
			customer: CustomerId,
			purpose: PurposeId,
			from: u32,
			limit: u32,
		) -> Option<Vec<ConsentInfo<AccountId>>> {
			Consent::consent_history(&customer, purpose, from, limit)
		}

		fn consent_as_of(
			customer: CustomerId,
			purpose: PurposeId,
			moment: Moment,
		) -> Option<ConsentAsOf<AccountId>> {
			Consent::consent_as_of(&customer, purpose, moment)
		}

		fn check_access(
			account: AccountId,
			grant: GrantId,
			purpose: PurposeId,
			categories: Categories,
			customers: Vec<CustomerId>,
		) -> Result<Vec<Verdict>, Refusal> {
			AccessGrants::check_access(account, grant, purpose, categories, customers)
		}

		fn grants_on(
			customer: CustomerId,
			after: Option<GrantId>,
			limit: u32,
		) -> Option<Vec<GrantInfo<AccountId>>> {
			AccessGrants::grants_on(&customer, after, limit)
		}

		fn grants_of(
			account: AccountId,
			after: Option<GrantId>,
			limit: u32,
		) -> Vec<GrantInfo<AccountId>> {
			AccessGrants::grants_of(&account, after, limit)
		}

		fn policy(controller: OrganisationId) -> Policy {
			AccessGrants::policy(controller)
		}

		fn suspensions(
			controller: OrganisationId,
			after: Option<AccountId>,
			limit: u32,
		) -> Vec<SuspensionInfo<AccountId>> {
			AccessGrants::suspensions(controller, after, limit)
		}

		fn break_glass_reviews(
			controller: OrganisationId,
			after: Option<(Day, CustomerId, u64)>,
			limit: u32,
		) -> Vec<ReviewInfo<AccountId>> {
			AccessGrants::break_glass_reviews(controller, after, limit)
		}

		fn appended() -> Vec<Appended<AccountId>> {
			System::read_events_no_consensus()
				.filter_map(|record| match record.event {
					RuntimeEvent::AuditTrail(event) => AuditTrail::appended(event),
					_ => None,
				})
				.map(|appended| Appended {
					controller: Customers::controller_of(&appended.customer),
					..appended
				})
				.collect()
		}
	}

	impl consentry_primitives::api::EquivocationApi<Block> for Runtime {
		fn prove_key_ownership(key: AuraId) -> Option<Vec<u8>> {
			Some(KeyOwners::prove((AuraId::ID, key))?.encode())
		}

		fn report_equivocation(
			equivocation_proof: EquivocationProof<<Block as BlockT>::Header, AuraId>,
			key_owner_proof: Vec<u8>,
		) -> Option<()> {
			let key_owner_proof = MembershipProof::decode_all(&mut &key_owner_proof[..]).ok()?;
			Equivocation::submit_report(equivocation_proof, key_owner_proof)
		}
	}

	impl consentry_primitives::api::PeersApi<Block> for Runtime {
		fn allowed_peers() -> Option<Vec<PeerId>> {
			Peers::allowed_peers()
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis_presets::get_preset)
		}

		fn preset_names() -> Vec<PresetId> {
			genesis_presets::preset_names()
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benchmarks::metadata(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benchmarks::dispatch(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(
			checks: frame_try_runtime::UpgradeCheckSelect,
		) -> (sp_runtime::Weight, sp_runtime::Weight) {
			let weight = Executive::try_runtime_upgrade(checks).expect("an upgrade that fails its checks must not go on; qed");
			(weight, crate::configs::BlockWeights::get().max_block)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> sp_runtime::Weight {
			Executive::try_execute_block(block, state_root_check, signature_check, select).expect("a block that fails its checks must not go on; qed")
		}
	}
}
