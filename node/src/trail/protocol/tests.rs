use super::*;
use crate::trail::testing::{head_of, nothing, Trails};
use sp_crypto_hashing::blake2_256;

fn request(heads: usize) -> Request {
	Request::new((0..heads).map(|number| H256::from_low_u64_be(number as u64)))
}

fn chains(response: &Response) -> Vec<usize> {
	response.chains.iter().map(Vec::len).collect()
}

#[test]
fn the_name_is_pinned() {
	let name = name(&H256::repeat_byte(0xab));
	assert_eq!(&*name, format!("/{}/trail-entries/1", "ab".repeat(32)));
}

#[test]
fn requests_are_read_as_they_were_written() {
	for heads in [1, 2, 100, 256] {
		let request = request(heads);
		assert_eq!(Request::read(&request.encode()), Some(request.clone()));
		assert!(request.encoded_size() <= Request::max_encoded_len());
	}
	assert_eq!(request(1_000).heads.len(), MAX_HEADS as usize);
}

#[test]
fn malformed_requests_are_refused() {
	let valid = request(3).encode();
	for length in 0..valid.len() {
		assert_eq!(Request::read(&valid[..length]), None, "{length} bytes");
	}
	assert_eq!(Request::read(&[&valid[..], &[0]].concat()), None, "a byte too many");
	assert_eq!(Request::read(&Vec::<H256>::new().encode()), None, "no head");
	assert_eq!(Request::read(&vec![H256::zero(); 257].encode()), None, "too many heads");
	// Four thousand million heads, none of which is there.
	assert_eq!(Request::read(&[0xfe, 0xff, 0xff, 0xff]), None);
}

#[test]
fn malformed_responses_are_refused() {
	let trails = Trails::new([2, 3]);
	let ends = || trails.ends.values().map(|end| end.head);
	let asked = Request::new(ends());
	let response = asked.answer(&trails.held(|_| true));
	let valid = response.encode();
	assert_eq!(Response::read(&valid, &asked), Some(response.clone()));
	for length in 0..valid.len() {
		assert_eq!(Response::read(&valid[..length], &asked), None, "{length} bytes");
	}
	assert_eq!(Response::read(&[&valid[..], &[0]].concat(), &asked), None, "a byte too many");
	assert_eq!(Response::read(&valid, &Request::new(ends().take(1))), None, "too many chains");
}

#[test]
fn arbitrary_bytes_are_read_or_refused() {
	let asked = request(2);
	let valid = asked.answer(&nothing()).encode();
	for seed in 0u32..20_000 {
		let mut bytes = blake2_256(&seed.to_le_bytes())[..seed as usize % 33].to_vec();
		let _ = (Request::read(&bytes), Response::read(&bytes, &asked));
		bytes.splice(0..0, valid.iter().copied());
		let _ = (Request::read(&bytes), Response::read(&bytes, &asked));
	}
}

#[test]
fn each_head_is_answered_in_its_place() {
	let trails = Trails::new([3, 1, 2]);
	let heads: Vec<_> = trails.ends.values().map(|end| end.head).collect();
	let asked = Request::new([heads[2], H256::zero(), heads[0], heads[1]].into_iter());
	let response = asked.answer(&trails.held(|_| true));
	assert_eq!(chains(&response), [2, 0, 3, 1]);
	let newest_first: Vec<_> = response.chains[2].iter().map(|stored| stored.entry.index).collect();
	assert_eq!(newest_first, [2, 1, 0]);
	for (chain, head) in response.chains.iter().zip(&asked.heads) {
		assert!(chain.first().is_none_or(|stored| head_of(stored) == *head));
	}
}

#[test]
fn a_chain_ends_where_an_entry_is_missing() {
	let trails = Trails::new([5]);
	let asked = Request::new(trails.ends.values().map(|end| end.head));
	let response = asked.answer(&trails.held(|stored| stored.entry.index != 2));
	assert_eq!(chains(&response), [2]);
}

#[test]
fn responses_are_bounded() {
	let length = 2 * MAX_ENTRIES as u64;
	let trails = Trails::new([length; 40]);
	let held = trails.held(|_| true);
	let asked = Request::new(trails.ends.values().map(|end| end.head));
	let response = asked.answer(&held);
	assert!(response.encoded_size() <= MAX_RESPONSE);
	// The room is used: another chain would not have fitted.
	assert!(response.encoded_size() > MAX_BYTES - MAX_ENTRIES * 100);
	let chains = chains(&response);
	assert!(chains.len() < 40);
	let (last, full) = chains.split_last().unwrap();
	assert!(full.iter().all(|entries| *entries == MAX_ENTRIES) && *last <= MAX_ENTRIES);
}
