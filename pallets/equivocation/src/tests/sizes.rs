//! Encoded sizes of what is called: a change breaks clients.

use super::*;
use crate::Call;
use codec::Encode;

#[test]
fn sizes_of_calls_are_pinned() {
	let call = Call::<Test>::report_equivocation_unsigned {
		equivocation_proof: Box::new(proof(0)),
		key_owner_proof: KeyOwnerProof(SESSION),
	};
	// A header: parent, number, two roots, and a digest with slot and seal.
	let header = 32 + 1 + 32 + 32 + (1 + (1 + 4 + 1 + 8) + (1 + 4 + 2 + 64));
	let size = RuntimeCall::from(call).encoded_size();
	assert_eq!(size, 2 + 32 + 8 + 2 * header + 4);
}
