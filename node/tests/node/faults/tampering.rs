//! An operator edits the database of the own node.

use super::Scene;
use crate::{harness::Base, scenario::whole_trail};
use codec::Encode;
use consentry_client::{
	chain::Chain,
	verify::{Options, Verifier},
	Error,
};
use consentry_primitives::{trail::StoredEntry, CustomerId, Entry};
use consentry_runtime::AccountId;
use std::path::{Path, PathBuf};

/// Whatever is edited, a client that verifies finds it out; undone, all is well again.
pub async fn play(scene: &mut Scene) {
	let host = scene.full_node().await;
	let customer = scene.customers[0].id;
	let (links, head) = whole_trail(scene.network.node(host), customer, 256).await;
	let last: StoredEntry<AccountId> = {
		let link = links.last().expect("the customer has a trail");
		let entry: Entry<AccountId> =
			serde_json::from_value(link["entry"].clone()).expect("an entry");
		StoredEntry { previous: crate::scenario::hash(&link["previous"]), entry }
	};
	let mut backdated = last.clone();
	backdated.entry.moment -= 1;
	let entries = links.len() as u64;
	let edits = [
		// An entry tells another time.
		(last.encode(), backdated.encode(), "was changed"),
		// The last entry never was: the state names the one before it as the trail's end.
		((entries, head).encode(), (entries - 1, last.previous).encode(), "storage proof is wrong"),
	];
	for (original, forged, found) in edits {
		edit(scene, host, &original, &forged).await;
		let verified = verify(scene, host, &customer).await;
		let Err(Error::Verification(reason)) = verified else {
			panic!("the edit was not detected: {verified:?}")
		};
		assert!(reason.contains(found), "{reason}");
		scene.report.add("operator edits the own database", "what a verifying client says", reason);
		edit(scene, host, &forged, &original).await;
		assert_eq!(verify(scene, host, &customer).await.expect("it is whole"), entries);
	}
}

/// Stops a node, replaces bytes in its database, and starts it again.
async fn edit(scene: &mut Scene, host: usize, from: &[u8], to: &[u8]) {
	// What a node wrote last may lie in the database's log when it ends; the next start takes that
	// into the tables.
	for _ in 0..2 {
		scene.network.stop(host).await;
		let replaced = replace_in(&scene.network.base(host), from, to);
		scene.network.run(host).await;
		if replaced > 0 {
			return;
		}
	}
	panic!("the database does not hold the bytes to edit");
}

/// Replaces bytes in the tables of a node's database; how often they were there.
fn replace_in(base: &Base, from: &[u8], to: &[u8]) -> usize {
	let mut replaced = 0;
	for path in files(base.path()) {
		let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
		if !name.starts_with("table_") {
			continue;
		}
		let mut content = std::fs::read(&path).expect("the file can be read");
		let places: Vec<_> = content
			.windows(from.len())
			.enumerate()
			.filter_map(|(place, bytes)| (bytes == from).then_some(place))
			.collect();
		for place in &places {
			content[*place..*place + to.len()].copy_from_slice(to);
		}
		if !places.is_empty() {
			std::fs::write(&path, content).expect("the file can be written");
		}
		replaced += places.len();
	}
	replaced
}

fn files(folder: &Path) -> Vec<PathBuf> {
	let entries = std::fs::read_dir(folder).expect("the folder can be read");
	let paths = entries.map(|entry| entry.expect("it can be read").path());
	paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Verifies a customer's trail at a node; how many entries it has.
async fn verify(scene: &Scene, host: usize, customer: &CustomerId) -> Result<u64, Error> {
	let chain = Chain::connect(&scene.network.node(host).url).await?;
	let chain_spec = Some(scene.network.spec());
	let options = Options { chain_spec, require_finality: true, ..Default::default() };
	let fetched = Verifier::new(&chain, None, &options).await?.fetch(customer).await?;
	Ok(fetched.map_or(0, |checked| checked.entries.len() as u64))
}
