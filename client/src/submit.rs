//! Extrinsics: signed, handed to a node, and followed until their fate is final.
//!
//! Each is mortal and anchored at a finalised block, so that it either enters the chain soon or
//! never. Many can be in flight; finalised blocks are read one by one to see what became of them.
//! A reorganisation loses none silently: only what is final counts, the node's pool puts what was
//! in an abandoned block into another, and what nobody includes expires. So does what was signed for
//! a runtime that was upgraded meanwhile.

use crate::{
	calls::Call,
	chain::{storage_key, Block, Chain},
	finality::Header,
	keys::account_of,
	Error, Result,
};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::blake2_256;
use std::{
	collections::{BTreeMap, VecDeque},
	time::Duration,
};
use subxt::{
	config::DefaultExtrinsicParamsBuilder, error::DispatchError, events::Phase,
	rpcs::client::RpcSubscription, OnlineClientAtBlock, SubstrateConfig,
};
use subxt_signer::sr25519::Keypair;

/// For how many blocks an extrinsic can enter the chain.
pub const MORTALITY: u32 = 128;
/// After this long without a finalised block, what is in flight is handed to the node again, unless
/// [`Pipeline::with_patience`] says otherwise.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often an extrinsic that expired is signed anew, where nothing else depends on it.
const ATTEMPTS: usize = 3;

/// The pool's answers, `author_`.
const POOL_INVALID: i32 = 1010;
const POOL_TEMPORARILY_BANNED: i32 = 1012;
const POOL_ALREADY_IMPORTED: i32 = 1013;
const POOL_DROPPED: i32 = 1016;

/// A signed extrinsic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
	/// What it calls.
	pub what: String,
	/// The extrinsic.
	pub bytes: Vec<u8>,
	/// Its hash.
	pub hash: H256,
	/// Its nonce.
	pub nonce: u64,
	/// Number of the first block that cannot hold it any more.
	pub dies: u32,
}

/// What finally became of an extrinsic.
#[derive(Clone, Debug)]
pub enum Fate {
	/// It is in a finalised block.
	Included(Included),
	/// It is in none, and can enter none any more. Its nonce is still free.
	Expired,
	/// It is in none: another extrinsic of the account took its nonce.
	Displaced,
}

/// An extrinsic in a finalised block.
#[derive(Clone, Debug)]
pub struct Included {
	/// Hash of the block.
	pub block: H256,
	/// Its number.
	pub number: u32,
	/// What happened, in order.
	pub events: Vec<Event>,
	/// Why the call failed, if it did: `Pallet::Error`, or the chain's words.
	pub error: Option<String>,
}

/// An event of an extrinsic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
	/// The pallet.
	pub pallet: String,
	/// The event.
	pub name: String,
	/// Its fields in SCALE.
	pub fields: Vec<u8>,
}

/// One account's extrinsics in flight.
pub struct Pipeline<'a> {
	chain: &'a Chain,
	key: &'a Keypair,
	account: AccountId32,
	heads: RpcSubscription<Header>,
	signing: OnlineClientAtBlock<SubstrateConfig>,
	flight: Flight,
	patience: Duration,
}

/// What is in flight, whichever node it was handed to.
#[derive(Clone, Debug)]
pub struct Flight {
	/// The last finalised block looked at, at which new extrinsics are anchored.
	anchor: Block,
	next_nonce: u64,
	waiting: BTreeMap<u64, Signed>,
	decided: VecDeque<(Signed, Fate)>,
}

impl<'a> Pipeline<'a> {
	/// Follows the chain from its last finalised block on.
	pub async fn open(chain: &'a Chain, key: &'a Keypair) -> Result<Self> {
		let heads = follow(chain).await?;
		let anchor = chain.finalised().await?;
		let account = account_of(key);
		let next_nonce = chain.next_nonce(&account).await?;
		let (waiting, decided) = (BTreeMap::new(), VecDeque::new());
		let flight = Flight { anchor, next_nonce, waiting, decided };
		let signing = at(chain, &flight.anchor).await?;
		Ok(Self { chain, key, account, heads, signing, flight, patience: PATIENCE })
	}

	/// Goes on with what the same key has in flight, at another node or after a lost connection.
	/// The node must have finalised what the one before had.
	pub async fn resume(chain: &'a Chain, key: &'a Keypair, flight: &Flight) -> Result<Self> {
		let heads = follow(chain).await?;
		let head = chain.finalised().await?;
		let signing = at(chain, &flight.anchor).await?;
		let (account, flight) = (account_of(key), flight.clone());
		let mut pipeline = Self { chain, key, account, heads, signing, flight, patience: PATIENCE };
		pipeline.read_to(head).await?;
		pipeline.send_again().await?;
		Ok(pipeline)
	}

	/// What is in flight, for [`Self::resume`].
	pub fn into_flight(self) -> Flight {
		self.flight
	}

	/// The same, after another time without a finalised block handing in again what is in flight.
	pub fn with_patience(self, patience: Duration) -> Self {
		Self { patience, ..self }
	}

	/// The account that signs.
	pub fn account(&self) -> &AccountId32 {
		&self.account
	}

	/// The last finalised block looked at.
	pub fn anchor(&self) -> &Block {
		&self.flight.anchor
	}

	/// How many extrinsics were sent whose fate was not yet given out.
	pub fn in_flight(&self) -> usize {
		self.flight.waiting.len() + self.flight.decided.len()
	}

	/// Signs a call with the account's next nonce.
	pub fn sign(&mut self, call: &Call) -> Result<Signed> {
		let signed = self.sign_as(call, self.flight.next_nonce)?;
		self.flight.next_nonce += 1;
		Ok(signed)
	}

	/// Signs a call with the nonce of an extrinsic that expired.
	pub fn sign_as(&self, call: &Call, nonce: u64) -> Result<Signed> {
		let (number, hash) = (self.flight.anchor.number(), self.flight.anchor.hash);
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce)
			.mortal_from_unchecked(MORTALITY.into(), number.into(), hash)
			.build();
		let signed = self
			.signing
			.tx()
			.create_signable_offline(call, params)
			.and_then(|mut signable| signable.sign(self.key))
			.map_err(|error| Error::Refused { what: call.to_string(), reason: explain(error) })?;
		let bytes = signed.into_encoded();
		Ok(Signed {
			what: call.to_string(),
			hash: H256(blake2_256(&bytes)),
			bytes,
			nonce,
			dies: number.saturating_add(MORTALITY),
		})
	}

	/// Hands an extrinsic to the node.
	pub async fn send(&mut self, signed: Signed) -> Result<()> {
		let result = submit(self.chain, &signed).await;
		// It may have reached a node whose answer was lost.
		if matches!(result, Ok(()) | Err(Error::Unreachable { .. })) {
			self.flight.waiting.insert(signed.nonce, signed);
		} else if signed.nonce + 1 == self.flight.next_nonce {
			// It never left: the nonce is free for the next.
			self.flight.next_nonce = signed.nonce;
		}
		result
	}

	/// Waits until the fate of an extrinsic in flight is final.
	pub async fn next_fate(&mut self) -> Result<(Signed, Fate)> {
		loop {
			if let Some(decided) = self.flight.decided.pop_front() {
				return Ok(decided);
			}
			match tokio::time::timeout(self.patience, self.heads.next()).await {
				Ok(Some(Ok(header))) => self.read_to(Block { hash: header.hash(), header }).await?,
				Ok(Some(Err(error))) => {
					return Err(self.chain.failure("chain_subscribeFinalizedHeads", error))
				},
				Ok(None) => {
					return Err(Error::Unreachable {
						url: self.chain.url().into(),
						reason: "the connection was closed".into(),
					})
				},
				Err(_) => self.send_again().await?,
			}
		}
	}

	/// Reads the finalised blocks up to this one.
	async fn read_to(&mut self, head: Block) -> Result<()> {
		let first = self.flight.anchor.number() + 1;
		let mut parent = self.flight.anchor.hash;
		for number in first..=head.number() {
			let hash = match number == head.number() {
				true => head.hash,
				false => self.chain.block_hash(number).await?.ok_or_else(|| {
					Error::NotFound(format!("the node does not know its own block {number}"))
				})?,
			};
			self.read(number, hash, parent).await?;
			parent = hash;
		}
		if head.number() < first {
			return Ok(());
		}
		let signing = at(self.chain, &head).await?;
		// Signatures are over the runtime's version: those for another one are valid no more.
		let is_upgraded = signing.spec_version() != self.signing.spec_version();
		(self.signing, self.flight.anchor) = (signing, head);
		let number = self.flight.anchor.number();
		self.give_up(|signed| is_upgraded || signed.dies <= number, Fate::Expired);
		Ok(())
	}

	/// Looks for extrinsics in flight in a finalised block.
	async fn read(&mut self, number: u32, hash: H256, parent: H256) -> Result<()> {
		if self.flight.waiting.is_empty() {
			return Ok(());
		}
		let hashes: Vec<_> = self
			.chain
			.extrinsics(hash)
			.await?
			.iter()
			.map(|extrinsic| H256(blake2_256(extrinsic)))
			.collect();
		let found: Vec<_> = self
			.flight
			.waiting
			.values()
			.filter_map(|signed| {
				let index = hashes.iter().position(|hash| *hash == signed.hash)?;
				Some((index as u32, signed.nonce))
			})
			.collect();
		if found.is_empty() {
			return Ok(());
		}
		let mut outcomes = outcomes(self.chain, number, hash, parent).await?;
		for (index, nonce) in found {
			let (events, error) = outcomes.remove(&index).unwrap_or_default();
			let fate = Fate::Included(Included { block: hash, number, events, error });
			self.flight
				.decided
				.extend(self.flight.waiting.remove(&nonce).map(|signed| (signed, fate)));
		}
		Ok(())
	}

	fn give_up(&mut self, lost: impl Fn(&Signed) -> bool, fate: Fate) {
		let lost = self.flight.waiting.extract_if(.., |_, signed| lost(signed));
		self.flight.decided.extend(lost.map(|(_, signed)| (signed, fate.clone())));
	}

	/// Hands to the node again what it may have dropped.
	async fn send_again(&mut self) -> Result<()> {
		// A nonce that is used up without its extrinsic having been seen went to another one.
		let used = self.chain.nonce(self.flight.anchor.hash, &self.account).await?;
		self.give_up(|signed| signed.nonce < used, Fate::Displaced);
		for signed in self.flight.waiting.values() {
			match submit(self.chain, signed).await {
				// It is included already, and its block not yet final.
				Ok(()) | Err(Error::Refused { .. }) => {},
				Err(error) => return Err(error),
			}
		}
		Ok(())
	}
}

/// Hands an extrinsic to the node; that the node has it already, or no room for it yet, is no
/// failure.
async fn submit(chain: &Chain, signed: &Signed) -> Result<()> {
	const PENDING: [i32; 3] = [POOL_TEMPORARILY_BANNED, POOL_ALREADY_IMPORTED, POOL_DROPPED];
	match chain.submit(&signed.bytes).await {
		Ok(_) => Ok(()),
		Err(Error::Rpc { code: Some(code), .. }) if PENDING.contains(&code) => Ok(()),
		Err(Error::Rpc { code: Some(code), reason, .. }) if code >= POOL_INVALID => {
			let hint = if reason.contains("exhaust the block limits") {
				": use a smaller --batch"
			} else if reason.contains("bad signature") {
				": the runtime may just have been upgraded; try again in a minute"
			} else {
				""
			};
			Err(Error::Refused { what: signed.what.clone(), reason: format!("{reason}{hint}") })
		},
		Err(error) => Err(error),
	}
}

/// Follows what a node finalises.
async fn follow(chain: &Chain) -> Result<RpcSubscription<Header>> {
	chain.subscribe("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads").await
}

async fn at(chain: &Chain, block: &Block) -> Result<OnlineClientAtBlock<SubstrateConfig>> {
	use subxt::backend::BlockRef;
	let block_ref = BlockRef::from_hash(block.hash);
	let client = chain.client().await?;
	client.at_block_hash_and_number(block_ref, block.number().into()).await.map_err(|error| {
		Error::Rpc { method: "state_call".into(), code: None, reason: error.to_string() }
	})
}

/// Events and error of each extrinsic of a block.
async fn outcomes(
	chain: &Chain,
	number: u32,
	hash: H256,
	parent: H256,
) -> Result<BTreeMap<u32, (Vec<Event>, Option<String>)>> {
	use subxt::backend::BlockRef;
	let undecodable = |error: &dyn std::fmt::Display| Error::Malformed {
		what: format!("the events of block {number}"),
		reason: error.to_string(),
	};
	let client = chain.client().await?;
	// The runtime that executed the block is its parent's: the block may have upgraded it.
	let at = client
		.at_block_hash_and_number(BlockRef::from_hash(parent), u64::from(number) - 1)
		.await
		.map_err(|error| undecodable(&error))?;
	let events = chain.storage(hash, &[storage_key("System", "Events")]).await?;
	let events = at.events().from_bytes(events.into_iter().flatten().next().unwrap_or_default());
	let mut outcomes: BTreeMap<u32, (Vec<Event>, Option<String>)> = BTreeMap::new();
	for event in events.iter() {
		let event = event.map_err(|error| undecodable(&error))?;
		let Phase::ApplyExtrinsic(index) = event.phase() else { continue };
		let (events, error) = outcomes.entry(index).or_default();
		if (event.pallet_name(), event.event_name()) == ("System", "ExtrinsicFailed") {
			*error = Some(dispatch_error(event.field_bytes(), at.metadata()));
		}
		events.push(Event {
			pallet: event.pallet_name().into(),
			name: event.event_name().into(),
			fields: event.field_bytes().to_vec(),
		});
	}
	Ok(outcomes)
}

/// A dispatch error in words: `Pallet::Error` where a pallet gave it.
fn dispatch_error(bytes: &[u8], metadata: subxt::ArcMetadata) -> String {
	match DispatchError::decode_from(bytes, metadata) {
		Ok(DispatchError::Module(error)) => match error.details() {
			Ok(details) => format!("{}::{}", details.pallet.name(), details.variant.name),
			Err(error) => error.to_string(),
		},
		Ok(error) => error.to_string(),
		Err(error) => error.to_string(),
	}
}

/// Why an extrinsic could not be made.
fn explain(error: subxt::error::ExtrinsicError) -> String {
	use subxt::error::ExtrinsicError as E;
	match error {
		E::IncompatibleCodegen | E::PalletNameNotFound(_) | E::CallNameNotFound { .. } => {
			"this call is not the same on the node's chain as where this program was made for: use \
			 the program of the chain's release"
				.into()
		},
		error => error.to_string(),
	}
}

/// Submits one call and waits until it is final. A call that fails is an error.
pub async fn submit_and_wait(chain: &Chain, key: &Keypair, call: &Call) -> Result<Included> {
	let mut pipeline = Pipeline::open(chain, key).await?;
	for _ in 0..ATTEMPTS {
		let signed = pipeline.sign(call)?;
		pipeline.send(signed).await?;
		match pipeline.next_fate().await? {
			(_, Fate::Included(Included { error: Some(reason), .. })) => {
				return Err(Error::Refused { what: call.to_string(), reason })
			},
			(_, Fate::Included(included)) => {
				check_motion(chain, call, &included).await?;
				return Ok(included);
			},
			(_, Fate::Expired | Fate::Displaced) => {
				pipeline.flight.next_nonce = chain.next_nonce(&pipeline.account).await?;
			},
		}
	}
	Err(Error::Refused {
		what: call.to_string(),
		reason: format!("no block took it within {} blocks", MORTALITY as usize * ATTEMPTS),
	})
}

/// A motion that was executed and failed is a success to the chain, and a failure to whom moved
/// it.
async fn check_motion(chain: &Chain, call: &Call, included: &Included) -> Result<()> {
	let executed =
		included.events.iter().find(|event| event.pallet == "Council" && event.name == "Executed");
	// Hash of the motion, then a result: 0 for success, 1 and the error for failure.
	let Some([1, error @ ..]) = executed.and_then(|event| event.fields.get(32..)) else {
		return Ok(());
	};
	let client = chain.client().await?;
	let reason = match client.at_block(included.block).await {
		Ok(at) => dispatch_error(error, at.metadata()),
		Err(error) => error.to_string(),
	};
	Err(Error::Refused { what: format!("the motion that {call} made"), reason })
}
