//! What is there before anything is measured, and the calls that bring it there.

use crate::{
	node::{account_of, Node},
	Result,
};
use consentry_client::calls::{access_grants, consent, customers, Call};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Policy, RateLimit, Scope},
	consent::{CaptureMethod, Expression, Permission, PurposeTerms, Statement},
	customer::customer_id,
	Categories, Commitment, CustomerId, DataCategory, GrantId, LawfulBasis, OrganisationId,
	PurposeId, Role, DAY,
};
use sp_core::H256;
use subxt_signer::sr25519::{dev, Keypair};

const ORGANISATION: OrganisationId = 0;
const COMMITMENT: Commitment = Commitment::Blake2b256V1(H256::repeat_byte(7));

pub struct Bench {
	pub node: Node,
	pub steward: Keypair,
	pub officer: Keypair,
	pub agent: Keypair,
	pub purpose: PurposeId,
	pub grant: GrantId,
	pub categories: Categories,
}

impl Bench {
	/// A purpose that rests on consent, a grant of it to all agents, and a policy with a rate, so
	/// that no rule is left out of a decision.
	pub async fn set_up(node: Node) -> Result<Self> {
		let (steward, officer, agent) = (dev::charlie(), dev::dave(), dev::eve());
		let categories = Categories::from(DataCategory::Contact);
		let terms = PurposeTerms { categories, retention_days: 365, notice: COMMITMENT };
		let name = format!("bench-{}", rand::random::<u32>());
		let basis = LawfulBasis::Consent;
		node.run(&officer, &[consent::create_purpose(&name, "dpv:Marketing", basis, &terms)])
			.await?;
		let chain = node.chain();
		let head = chain.finalised().await?.hash;
		let purposes = chain.purposes(head, ORGANISATION).await?;
		let purpose = purposes.iter().find(|purpose| purpose.name == name);
		let purpose = purpose.ok_or("the purpose was not created")?.purpose;

		let to_agents = Grantee::Role { organisation: ORGANISATION, role: Role::Agent };
		let terms = GrantTerms { purpose, categories, from: 0, until: None, uses: None };
		let to_all = Scope::Controller { organisation: ORGANISATION };
		let policy = Policy {
			rate: Some(RateLimit { count: u32::MAX, window: DAY }),
			denials: Some(RateLimit { count: 1, window: DAY }),
			..Default::default()
		};
		let calls =
			[access_grants::set_policy(&policy), access_grants::grant(to_all, &to_agents, &terms)];
		node.run(&officer, &calls).await?;
		let head = chain.finalised().await?.hash;
		let grants = chain.grants_of(head, &account_of(&agent)).await?;
		let grant = grants.iter().find(|grant| grant.terms.purpose == purpose);
		let grant = grant.ok_or("access was not granted")?.grant;
		Ok(Self { node, steward, officer, agent, purpose, grant, categories })
	}
}

/// So many calls, each registering so many customers of one record, and their ids.
pub fn registrations(count: usize, batch: usize) -> (Vec<Call>, Vec<CustomerId>) {
	let nonces: Vec<H256> = (0..count * batch).map(|_| H256(rand::random())).collect();
	let new = |nonce: &H256| (*nonce, vec![(DataCategory::Contact, COMMITMENT)]);
	let calls = nonces
		.chunks(batch)
		.map(|nonces| customers::register(&nonces.iter().map(new).collect::<Vec<_>>()))
		.collect();
	(calls, nonces.iter().map(|nonce| customer_id(ORGANISATION, nonce)).collect())
}

/// Records that these customers consent.
pub fn consents(customers: &[CustomerId], purpose: PurposeId, categories: Categories) -> Call {
	let permission = Permission {
		notice_version: 1,
		categories,
		until: None,
		expression: Expression::Expressed,
		receipt: None,
	};
	let statement = Statement::Give { permission };
	let given: Vec<_> = customers
		.iter()
		.map(|customer| (*customer, purpose, statement.clone(), CaptureMethod::Form, COMMITMENT))
		.collect();
	consent::record(&given)
}

/// Records that a customer withdraws.
pub fn withdrawal(customer: &CustomerId, purpose: PurposeId) -> Call {
	consent::record(&[(*customer, purpose, Statement::Withdraw, CaptureMethod::Form, COMMITMENT)])
}
