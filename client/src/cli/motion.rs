//! Motions of the council, which several commands make.

use super::{output::Output, Context};
use consentry_client::{
	calls::{council, Call},
	submit::{submit_and_wait, Event, Included},
	Error, Result,
};
use consentry_primitives::OrganisationId;
use serde_json::json;
use sp_core::H256;

/// Weight that a motion's call may have: far more than any of these calls needs.
const MOTION_WEIGHT: (u64, u64) = (50_000_000_000, 512 * 1024);

/// Moves that the council makes a call.
pub async fn propose(context: &mut Context, motion: Call) -> Result<Output> {
	let key = context.keypair()?;
	let chain = context.chain().await?;
	let seats = chain.council(chain.finalised().await?.hash).await?.len() as u32;
	// Three quarters, rounded up.
	let threshold = (seats * 3).div_ceil(4).max(1);
	let included = submit_and_wait(&chain, &key, &council::propose(threshold, &motion)?).await?;
	let proposed = included.events.iter().find(|event| event.name == "Proposed");
	// Account, number, hash, threshold.
	if let Some(index) = proposed.and_then(|event| number(event.fields.get(32..)?)) {
		let hash = council::motion_hash(&motion)?;
		let json = json!({
			"motion": hash, "index": index, "threshold": threshold, "block": included.number,
		});
		let text = format!(
			"Moved {motion}: motion {hash:?}, number {index}, which {threshold} of {seats} have to \
			 approve.\nVote:  consentry organisation vote --motion {hash:?} --index {index}\nThen:  \
			 consentry organisation close --motion {hash:?} --index {index}",
		);
		return Ok(Output::new(json, text));
	}
	Ok(done(&motion, &included, registered(&included.events)))
}

/// Ends the vote on a motion, and makes its call if it was approved.
pub async fn close(context: &mut Context, motion: H256, index: u32) -> Result<Output> {
	let key = context.keypair()?;
	let chain = context.chain().await?;
	let encoded = chain.motion(chain.finalised().await?.hash, &motion).await?;
	let length = encoded
		.ok_or_else(|| Error::NotFound(format!("there is no open motion {motion:?}")))?
		.len() as u32;
	let (ref_time, proof_size) = MOTION_WEIGHT;
	let call = council::close(&motion, index, ref_time, proof_size, length);
	let included = submit_and_wait(&chain, &key, &call).await?;
	Ok(done(&call, &included, registered(&included.events)))
}

/// The number of the organisation that was registered, if one was.
fn registered(events: &[Event]) -> Option<OrganisationId> {
	let event = events
		.iter()
		.find(|event| event.pallet == "Organisations" && event.name == "Registered")?;
	number(&event.fields)
}

fn number(bytes: &[u8]) -> Option<u32> {
	bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// A call that is final.
pub fn done(call: &Call, included: &Included, organisation: Option<OrganisationId>) -> Output {
	let mut json = json!({
		"call": call.to_string(), "block": included.number, "blockHash": included.block,
	});
	let mut text = format!("{call} is final in block {} ({:?})", included.number, included.block);
	if let Some(organisation) = organisation {
		json["organisation"] = json!(organisation);
		text = format!("Registered organisation {organisation}\n{text}");
	}
	Output::new(json, text)
}
