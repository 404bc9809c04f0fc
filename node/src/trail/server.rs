//! Gives other nodes the entries that they lack.

use super::{
	protocol::{Request, MALFORMED},
	Entries,
};
use codec::Encode;
use futures::StreamExt;
use sc_network::request_responses::{IncomingRequest, OutgoingResponse};
use sp_core::offchain::OffchainStorage;

/// Answers `requests` one after the other, from what `entries` holds, until the node stops.
pub async fn run(
	entries: Entries<impl OffchainStorage>,
	mut requests: async_channel::Receiver<IncomingRequest>,
) {
	while let Some(IncomingRequest { payload, pending_response, .. }) = requests.next().await {
		// Who asked may be gone, and misses nothing then.
		let _ = pending_response.send(respond(&payload, &entries));
	}
}

fn respond(payload: &[u8], entries: &Entries<impl OffchainStorage>) -> OutgoingResponse {
	let request = Request::read(payload);
	OutgoingResponse {
		reputation_changes: if request.is_some() { Vec::new() } else { vec![MALFORMED] },
		result: request.map(|request| request.answer(entries).encode()).ok_or(()),
		sent_feedback: None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::trail::testing::Trails;

	#[test]
	fn the_server_refuses_what_is_no_request() {
		let trails = Trails::new([1]);
		let held = trails.held(|_| true);
		let asked = Request::new(trails.ends.values().map(|end| end.head));
		let good = respond(&asked.encode(), &held);
		assert_eq!(good.result, Ok(asked.answer(&held).encode()));
		assert!(good.reputation_changes.is_empty());
		let bad = respond(b"nonsense", &held);
		assert_eq!(bad.result, Err(()));
		assert_eq!(bad.reputation_changes, [MALFORMED]);
	}
}
