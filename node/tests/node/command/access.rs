//! Grants, policies, and access.

use super::scene;
use crate::{
	harness::Node,
	scenario::{give, Organisation, Signer},
};
use consentry_primitives::CustomerId;
use serde_json::json;
use sp_keyring::Sr25519Keyring;

/// A purpose to which two customers consented, of whom the second has an account.
async fn consenting(
	node: &Node,
	organisation: &mut Organisation,
	home: &super::Home,
) -> [CustomerId; 2] {
	let purpose = organisation.create_purpose(node, "offers").await;
	let customers = ["1", "2"].map(|id| home.register(id));
	home.claim("2", "ferdie");
	// The command took Bob's next nonces.
	organisation.bob = Signer::new(node, Sr25519Keyring::Bob).await;
	for customer in customers {
		organisation.record(node, customer, purpose, give(1)).await;
	}
	for agent in ["dave", "eve"] {
		home.does(&format!("--key bob organisation add-member --account {agent} --roles agent"));
	}
	customers
}

#[tokio::test]
async fn access_is_granted_decided_and_ended() {
	let (node, mut organisation, home) = scene().await;
	let [first, _] = consenting(&node, &mut organisation, &home).await;
	let add = "--key bob grant add --purpose offers --category contact";
	let one = home.does(&format!("{add} --customer crm:1 --to-account dave --uses 1"));
	let all = home.does(&format!("{add} --all --to-role agent"));
	let (one, all) = (one["grant"].as_u64().unwrap(), all["grant"].as_u64().unwrap());
	home.fails(2, "usage", &format!("{add} --to-account dave"));
	home.fails(4, "refused", &format!("--key dave {} --all --to-role agent", &add[10..]));
	assert_eq!(home.does("grant list --account dave")["grants"].as_array().unwrap().len(), 2);
	assert!(home.says("grant list --customer crm:1").contains("1 uses left"));

	let wanted = |grant: u64| format!("--grant {grant} --purpose offers --category contact");
	let check = format!("access check {} --controller 0 crm:1", wanted(one));
	assert_eq!(home.does(&format!("--key dave {check}"))["verdicts"][0]["basis"], "consent");
	let denied = home.ends(4, &format!("--key dave {check} crm:2"));
	assert_eq!(denied["verdicts"][1]["denial"], "not-in-scope");
	let refused = home.ends(4, &format!("--key charlie {check}"));
	assert_eq!(refused["refused"], "not-member");
	let decided = home.does(&format!("--key dave access request {} crm:1", wanted(one)));
	assert_eq!(decided["decisions"][0]["customer"], json!(first));
	let denied = home.ends(4, &format!("--key dave access request {} crm:1", wanted(one)));
	assert_eq!(denied["decisions"][0]["denial"], "grant-used-up");
	let refused =
		home.ends(4, &format!("--key charlie access request {} --controller 0 crm:1", wanted(one)));
	assert_eq!(refused["refusal"], "not-member");

	// The customer takes its own data from the grant to all, the officer ends the other.
	home.does(&format!("--key eve access request {} crm:1 crm:2", wanted(all)));
	home.fails(2, "usage", &format!("--key eve grant revoke-own crm:2 {all}"));
	home.does(&format!("--key ferdie grant revoke-own crm:2 {all}"));
	let denied = home.ends(4, &format!("--key eve access request {} crm:1 crm:2", wanted(all)));
	let denials: Vec<_> =
		denied["decisions"].as_array().unwrap().iter().map(|one| &one["denial"]).collect();
	assert_eq!(denials, [&json!(null), &json!("grant-revoked")]);
	home.does(&format!("--key bob grant revoke {one}"));
	let refused = home.fails(4, "refused", &format!("--key bob grant revoke {one}"));
	assert!(refused.contains("AccessGrants::AlreadyRevoked"), "{refused}");
	assert_eq!(home.does("grant list --customer crm:2")["grants"], json!([]));
	// Both are told of those who read, also under what has ended.
	for (customer, expected) in [("crm:1", vec![one, all]), ("crm:2", vec![all])] {
		let report = home.does(&format!("report {customer}"));
		let recipients = report["recipients"].as_array().unwrap().iter();
		let grants: Vec<_> = recipients.map(|one| one["grant"].as_u64().unwrap()).collect();
		assert_eq!(grants, expected, "{customer}");
		assert!(report["recipients"][0]["name"].as_str().unwrap().ends_with("of acme (0)"));
	}
}

#[tokio::test]
async fn policies_limit_suspend_and_review() {
	let (node, mut organisation, home) = scene().await;
	consenting(&node, &mut organisation, &home).await;
	let emergency = home.file("emergency", "the customer called for help");
	let break_glass = format!(
		"--key dave access break-glass crm:1 --purpose offers --category contact --emergency {emergency}",
	);
	let denied = home.ends(4, &break_glass);
	assert_eq!(denied["decisions"][0]["denial"], "break-glass-not-allowed");
	home.does("--key bob policy set --rate 100/1h --hours 0-24 --denials 2/10m --break-glass");
	let policy = home.says("policy show --organisation 0");
	assert!(policy.contains("100 in 1h") && policy.contains("break-glass: allowed"), "{policy}");

	let broken = home.does(&break_glass);
	assert!(broken["reviewDue"].is_u64());
	let reviews = home.does("policy reviews --organisation 0")["reviews"].clone();
	let entry = reviews[0]["entry"].as_u64().unwrap();
	let comment = home.file("comment", "it was one");
	let review = format!("policy review crm:1 {entry} --comment {comment}");
	home.fails(2, "usage", &format!("--key bob {review}"));
	home.fails(4, "refused", &format!("--key dave {review} --justified"));
	home.does(&format!("--key bob {review} --justified"));
	assert_eq!(home.does("policy reviews --organisation 0")["reviews"], json!([]));
	home.fails(4, "refused", &format!("--key bob {review} --unjustified"));

	// An agent who asks under grants that there are not is suspended, until an officer reinstates it.
	let guess = "--key eve access request --grant 99 --purpose offers --category contact crm:1";
	assert_eq!(home.ends(4, guess)["suspendedBy"], json!([]));
	assert_eq!(home.ends(4, guess)["suspendedBy"], json!([0]));
	assert_eq!(home.ends(4, guess)["refusal"], "account-suspended");
	assert!(home.says("policy suspensions --organisation 0").contains("since"));
	home.does("--key bob policy reinstate eve");
	home.fails(4, "refused", "--key bob policy reinstate eve");
	assert_eq!(home.does("policy suspensions --organisation 0")["suspensions"], json!([]));
}
