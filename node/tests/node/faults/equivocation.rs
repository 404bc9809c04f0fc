//! A validator whose keys run on two machines authors twice and votes twice: it is convicted,
//! disabled and excluded, and the network goes on without it.

use super::{
	ledger::Ledger,
	network::Network,
	sessions::{short_sessions, stored, validators, SESSION},
	setup,
	workload::{Work, Workload},
	LIGHT,
};
use crate::harness::{new_base, until, Node};
use consentry_runtime::AccountId;
use serde_json::json;
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{Alice, Dave},
};

/// Who is disabled in the session.
async fn disabled(node: &Node) -> Vec<AccountId> {
	let validators = validators(node).await;
	// Each with how grave the offence is.
	let indices: Option<Vec<(u32, u32)>> = stored(node, "Session", "DisabledValidators").await;
	let indices = indices.unwrap_or_default().into_iter();
	indices.map(|(index, _)| validators[index as usize].clone()).collect()
}

/// Starts a machine that has one of the keys of a validator which runs elsewhere.
async fn twin(network: &mut Network, kind: &str, secret: &str, public: &[u8]) -> usize {
	let twin = network.add(new_base(), &["--validator"]);
	network.run(twin).await;
	let public = format!("0x{}", hex::encode(public));
	network.node(twin).ask("author_insertKey", json!([kind, secret, public])).await;
	twin
}

/// The round in which a node votes, and the votes of its first step that arrived there.
async fn votes(node: &Node) -> (u64, u64) {
	let round = &node.ask("grandpa_roundState", json!([])).await["best"];
	let votes = &round["prevotes"]["currentWeight"];
	(round["round"].as_u64().expect("a number"), votes.as_u64().expect("a number"))
}

/// Holds a node up from the beginning of a round until all of the validators have voted in it. What
/// it votes then is of a block before theirs where one arrived meanwhile, as in every third round.
async fn hold_up(node: &Node, other: &Node, validators: u64) {
	let (last, _) = votes(other).await;
	let round = until("a round begins", || async {
		let (round, _) = votes(node).await;
		(round > last).then_some(round)
	})
	.await;
	node.pause();
	until("the others have voted", || async {
		(votes(other).await >= (round, validators)).then_some(())
	})
	.await;
	node.resume();
}

#[tokio::test]
async fn who_validates_twice_is_excluded() {
	if !super::namespace::inside("faults::equivocation::who_validates_twice_is_excluded") {
		return;
	}
	let mut network = Network::start_on(&short_sessions()).await;
	let honest = 1;
	setup::set_up(network.node(honest)).await;
	let alice = Alice.to_account_id();
	assert!(validators(network.node(honest)).await.contains(&alice));

	// A second machine that authors and does not vote: only the two blocks in one slot can be told of.
	let author = twin(&mut network, "aura", "//Alice", &Alice.public()).await;
	let node = network.node(honest);
	until("the validator is off the list", || async {
		let listed: Vec<AccountId> = stored(node, "Validators", "Members").await?;
		(!listed.contains(&alice)).then_some(())
	})
	.await;
	assert_eq!(disabled(node).await, std::slice::from_ref(&alice));
	until("the session is one without it", || async {
		(!validators(node).await.contains(&alice)).then_some(())
	})
	.await;

	// Both machines are turned off, as nobody trusts them; three validators go on.
	network.kill(author);
	network.kill(0);
	let urls = network.validators();
	let workload = Workload::start(&urls[honest..], &Work::MIXED, LIGHT, []);
	let enough = network.node(honest).finalised().await + u64::from(2 * SESSION);
	network.finalise(honest..urls.len(), enough).await;

	// One that votes with another's key and authors nothing. Fewer than three validators there must
	// not be: this one stays on the list, and is disabled.
	let voter = twin(&mut network, "gran", "//Dave", &Ed25519Keyring::Dave.public()).await;
	let node = network.node(honest);
	until("who votes twice is disabled", || async {
		hold_up(network.node(voter), node, 3).await;
		disabled(node).await.contains(&Dave.to_account_id()).then_some(())
	})
	.await;
	network.kill(voter);

	// Who trusts no node follows the validators from the genesis on, through their change.
	let mut ledger = Ledger::default();
	ledger.merge(workload.finish().await);
	ledger.check(&network, 5).await;
}
