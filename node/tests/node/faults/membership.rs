//! A validator joins a network that is at work, and another leaves it, each by the council's motion.

use super::{
	ledger::Ledger,
	network::{header, slot, Network},
	sessions::{short_sessions, validators, SESSION},
	setup::{self, council_decides},
	workload::{Work, Workload},
	LIGHT,
};
use crate::{
	harness::{new_base, until, Node},
	validators::{connect, key},
};
use consentry_client::{keys::account_of, validators::rotate_keys};
use consentry_runtime::{AccountId, RuntimeCall};
use pallet_consortium::Call;
use sp_keyring::Sr25519Keyring::{Alice, One, Two};

/// Who works: none of those who sign the motions meanwhile.
const WORK: [(&str, Work); 3] =
	[("One", Work::Register(2)), ("Two", Work::Consent), ("Eve", Work::Access(4))];

/// Waits until an account validates, or no longer does.
async fn validates(node: &Node, account: &AccountId, is_to: bool) {
	until("the session is one of the validators that were decided on", || async {
		(validators(node).await.contains(account) == is_to).then_some(())
	})
	.await;
}

/// Waits until a block is final that this account made from now on.
async fn authors(node: &Node, account: &AccountId) {
	let (validators, before) = (validators(node).await, node.finalised().await);
	until("a block of the validator is final", || async {
		for number in before + 1..=node.finalised().await {
			let slot = slot(&header(node, number).await) as usize;
			if &validators[slot % validators.len()] == account {
				return Some(());
			}
		}
		None
	})
	.await;
}

#[tokio::test]
async fn validators_join_and_leave_by_motion() {
	if !super::namespace::inside("faults::membership::validators_join_and_leave_by_motion") {
		return;
	}
	let mut network = Network::start_on(&short_sessions()).await;
	let [leaver, observer, last] = [0, 1, 2];
	setup::set_up(network.node(observer)).await;
	let urls = network.validators();
	setup::add_stewards(network.node(observer), &[One, Two]).await;
	network.agree().await;
	// Through the two that stay.
	let stay = [urls[observer].clone(), urls[3].clone()];
	let workload = Workload::start(&stay, &WORK, LIGHT, []);

	// A node that has the chain makes keys of its own, which its owner sets.
	let joiner = network.add(new_base(), &["--validator"]);
	network.run(joiner).await;
	let owner = key("//Ferdie");
	let ferdie = account_of(&owner);
	let chain = connect(network.node(joiner)).await;
	rotate_keys(&chain, &owner).await.expect("the chain accepts the keys");
	let node = network.node(observer);
	let add = Call::add_validator { validator: ferdie.clone() };
	council_decides(node, RuntimeCall::Consortium(add)).await;
	validates(node, &ferdie, true).await;
	authors(node, &ferdie).await;

	// Of five, four have to vote: without the one that leaves, the new one among them.
	network.kill(leaver);
	let node = network.node(observer);
	let enough = node.finalised().await + u64::from(SESSION);
	network.finalise([observer, joiner], enough).await;
	let alice = Alice.to_account_id();
	let remove = Call::remove_validator { validator: alice.clone() };
	council_decides(node, RuntimeCall::Consortium(remove)).await;
	validates(node, &alice, false).await;

	// Of four, three: were it still counted, one more that fails would end finality.
	network.kill(last);
	let node = network.node(observer);
	let enough = node.finalised().await + u64::from(SESSION);
	network.finalise([observer, joiner], enough).await;

	// Who joins by warp sync is led through the changes of the validators.
	let follower = network.add(new_base(), &["--sync", "warp"]);
	network.run(follower).await;
	network.finalise([follower], enough).await;
	// It lacks the blocks' contents from before, which are compared now.
	network.stop(follower).await;

	let mut ledger = Ledger::default();
	ledger.merge(workload.finish().await);
	ledger.check(&network, 5).await;
}
