//! Importing an export: rows to customers and interactions on chain, resumable at any point.
//!
//! 1. What an interrupted import left in flight is settled: the chain is asked what it took.
//! 2. The file is read and everything it says is planned in the local store; rows that cannot be
//!    used are set aside with their reason.
//! 3. What is planned is submitted in batches, in random order, many extrinsics in flight. Each
//!    extrinsic is kept in the store before it is handed to the node.
//!
//! An extrinsic enters the chain at most once, its nonce sees to that; and nothing that it carries
//! is submitted in another before it is certain that it never will. So no customer is lost and
//! none is doubled.

use crate::{
	calls::{customers, Call, MAX_BATCH},
	chain::{customer_key, Chain},
	csv::Reader,
	finality::Header,
	keys::account_of,
	mapping::Mapping,
	store::{
		plan::{InFlight, Planned, Registration},
		Fact, Origin, Store, Subject,
	},
	submit::{Fate, Included, Pipeline, Signed},
	Error, Result,
};
use consentry_primitives::{api::PAGE, Action, CustomerId, OrganisationId, Role};
use rand::{rngs::OsRng, seq::SliceRandom};
use sp_core::H256;
use std::{
	collections::{BTreeMap, HashMap, HashSet, VecDeque},
	time::Duration,
};
use subxt_signer::sr25519::Keypair;

/// Customers that are looked up in one request.
const LOOKUP: usize = 256;
/// How long to wait for a block before saying that none comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How to import.
#[derive(Clone, Copy, Debug)]
pub struct Options {
	/// Customers or interactions in one extrinsic, at most [`MAX_BATCH`].
	pub batch: usize,
	/// Extrinsics in flight at most.
	pub in_flight: usize,
}

impl Default for Options {
	fn default() -> Self {
		Self { batch: 100, in_flight: 16 }
	}
}

/// Something that could not be used.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Reject {
	/// Number of its line in the file, where the file is at fault.
	pub line: Option<usize>,
	/// Why.
	pub reason: String,
}

/// What an import came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
	/// Rows of the file.
	pub rows: usize,
	/// Rows whose content was on chain already, or on its way from an earlier import.
	pub unchanged: usize,
	/// Customers registered.
	pub registered: usize,
	/// Records sealed anew.
	pub sealed: usize,
	/// Interactions recorded.
	pub recorded: usize,
	/// What an earlier import had left in flight and the chain had taken.
	pub settled: usize,
	/// What could not be used.
	pub rejects: Vec<Reject>,
}

/// Who is told how far an import is.
pub trait Progress {
	/// So many of these are to be done.
	fn begin(&mut self, what: &'static str, total: usize);
	/// So many more are done.
	fn advance(&mut self, by: usize);
	/// All are done.
	fn end(&mut self);
}

impl Progress for () {
	fn begin(&mut self, _: &'static str, _: usize) {}
	fn advance(&mut self, _: usize) {}
	fn end(&mut self) {}
}

/// Imports an export.
pub async fn import(
	chain: &Chain,
	store: &mut Store,
	key: &Keypair,
	mapping: &Mapping,
	file: &[u8],
	options: Options,
	progress: &mut dyn Progress,
) -> Result<Summary> {
	if options.batch == 0 || options.batch > MAX_BATCH || options.in_flight == 0 {
		return Err(Error::Usage(format!(
			"a batch holds 1 to {MAX_BATCH}, and at least one extrinsic must be in flight",
		)));
	}
	store.pin_genesis(&chain.genesis())?;
	let controller = controller(chain, key).await?;
	let mut summary = Summary { settled: settle(chain, store).await?, ..Default::default() };
	plan(store, controller, mapping, file, &mut summary)?;
	submit_planned(chain, store, key, options, progress, &mut summary).await?;
	Ok(summary)
}

/// Submits everything that is planned and not on its way.
pub async fn submit_planned(
	chain: &Chain,
	store: &mut Store,
	key: &Keypair,
	options: Options,
	progress: &mut dyn Progress,
	summary: &mut Summary,
) -> Result<()> {
	let mut run = Run { chain, store, key, options, progress, refused: Vec::new() };
	summary.registered += run.registrations().await?;
	let (sealed, recorded) = run.facts().await?;
	summary.sealed += sealed;
	summary.recorded += recorded;
	summary.rejects.append(&mut run.refused);
	Ok(())
}

/// The organisation for which the key's account may write.
pub async fn controller(chain: &Chain, key: &Keypair) -> Result<OrganisationId> {
	let account = account_of(key);
	let refused = |reason: &str| {
		Err(Error::Refused {
			what: format!("writing with the account {account}"),
			reason: reason.into(),
		})
	};
	let head = chain.finalised().await?;
	match chain.member(head.hash, &account).await? {
		None => refused("it is no member of an organisation"),
		Some(member) if !member.active => refused("its organisation is suspended"),
		Some(member) if !member.roles.contains(Role::Steward) => refused("it is no Steward"),
		Some(member) => Ok(member.organisation),
	}
}

/// Plans what a file says; nothing is planned where the file as a whole cannot be used.
pub fn plan(
	store: &mut Store,
	controller: OrganisationId,
	mapping: &Mapping,
	file: &[u8],
	summary: &mut Summary,
) -> Result<()> {
	let (header, rows) = Reader::open(file, mapping.delimiter as u8)
		.map_err(|reason| Error::Usage(format!("the file's {reason}")))?;
	let fitted = mapping.fit(&header)?;
	let mut seen = HashMap::new();
	store.in_bulk(|store| {
		for row in rows {
			summary.rows += 1;
			let line = row.line;
			let facts = row.fields.and_then(|fields| fitted.facts(&fields)).and_then(|facts| {
				match seen.insert(facts.id.clone(), line) {
					None => Ok(facts),
					Some(first) => {
						seen.insert(facts.id.clone(), first);
						Err(format!("has the same id {:?} as line {first}", facts.id))
					},
				}
			});
			let planned = match facts {
				Ok(facts) => plan_row(store, controller, mapping, facts)?,
				Err(reason) => Err(reason),
			};
			match planned {
				Ok(false) => summary.unchanged += 1,
				Ok(true) => {},
				Err(reason) => summary.rejects.push(Reject { line: Some(line), reason }),
			}
		}
		Ok(())
	})
}

/// Plans a row: whether there is anything to submit, or why the row cannot be used.
fn plan_row(
	store: &mut Store,
	controller: OrganisationId,
	mapping: &Mapping,
	facts: crate::mapping::Facts,
) -> Result<Result<bool, String>> {
	let row = Origin { source: mapping.source.clone(), id: facts.id };
	let of = match (&mapping.link, facts.link) {
		(Some(link), Some(id)) => Origin { source: link.source.clone(), id },
		_ => row.clone(),
	};
	let known = store.customer_from(&of)?;
	if let Some(customer) = known.as_ref().filter(|customer| customer.controller != controller) {
		return Ok(Err(format!(
			"belongs to a customer of organisation {}, and the key acts for {controller}",
			customer.controller,
		)));
	}
	let (customer, mut changed) = match known {
		Some(customer) if mapping.link.is_some() => (customer.id, false),
		None if mapping.link.is_some() => {
			return Ok(Err(format!(
				"belongs to {:?} of {:?}, which was not imported",
				of.id, of.source,
			)))
		},
		_ => {
			let (id, planned) = store.plan_customer(controller, &row, &facts.records)?;
			(id, planned != Planned::Unchanged)
		},
	};
	for (place, kind, details) in facts.interactions {
		let subject = Subject::Interaction(kind);
		let planned = store.plan_interaction(&customer, &row, place, subject, &details)?;
		changed |= planned != Planned::Unchanged;
	}
	Ok(Ok(changed))
}

/// What one extrinsic carries.
enum Work {
	Register(Vec<Registration>),
	Record(Vec<Fact>),
	Seal(Fact),
}

impl Work {
	fn call(&self) -> Call {
		match self {
			Self::Register(registrations) => {
				let new: Vec<_> = registrations
					.iter()
					.map(|(customer, facts)| {
						let records = facts.iter().filter_map(|fact| match fact.subject {
							Subject::Record(category) => Some((category, fact.commitment)),
							Subject::Interaction(_) | Subject::Evidence => None,
						});
						(customer.nonce, records.collect())
					})
					.collect();
				customers::register(&new)
			},
			Self::Record(facts) => {
				let new: Vec<_> = facts
					.iter()
					.filter_map(|fact| match fact.subject {
						Subject::Interaction(kind) => Some((fact.customer, kind, fact.commitment)),
						Subject::Record(_) | Subject::Evidence => None,
					})
					.collect();
				customers::record_interactions(&new)
			},
			Self::Seal(fact) => {
				let Subject::Record(category) = fact.subject else {
					return customers::record_interactions(&[]);
				};
				customers::seal(&fact.customer, category, &fact.commitment)
			},
		}
	}

	/// Customers that it registers.
	fn customers(&self) -> Vec<CustomerId> {
		match self {
			Self::Register(registrations) => registrations.iter().map(|(c, _)| c.id).collect(),
			Self::Record(_) | Self::Seal(_) => Vec::new(),
		}
	}

	/// Keys of the facts that it carries.
	fn facts(&self) -> Vec<i64> {
		match self {
			Self::Register(registrations) => {
				registrations.iter().flat_map(|(_, facts)| facts).map(|fact| fact.key).collect()
			},
			Self::Record(facts) => facts.iter().map(|fact| fact.key).collect(),
			Self::Seal(fact) => vec![fact.key],
		}
	}

	fn len(&self) -> usize {
		match self {
			Self::Register(registrations) => registrations.len(),
			Self::Record(facts) => facts.len(),
			Self::Seal(_) => 1,
		}
	}

	/// Two halves, where there is more than one.
	fn split(self) -> Result<[Self; 2], Self> {
		let half = self.len() / 2;
		match self {
			Self::Register(mut all) if half > 0 => {
				let rest = all.split_off(half);
				Ok([Self::Register(all), Self::Register(rest)])
			},
			Self::Record(mut all) if half > 0 => {
				let rest = all.split_off(half);
				Ok([Self::Record(all), Self::Record(rest)])
			},
			one => Err(one),
		}
	}
}

/// The submission of what is planned.
struct Run<'a> {
	chain: &'a Chain,
	store: &'a mut Store,
	key: &'a Keypair,
	options: Options,
	progress: &'a mut dyn Progress,
	refused: Vec<Reject>,
}

impl Run<'_> {
	async fn registrations(&mut self) -> Result<usize> {
		let mut planned = self.store.planned_registrations()?;
		// Neither the order of the file nor that of the CRM's ids shows on chain.
		planned.shuffle(&mut OsRng);
		let total = planned.len();
		let mut work = VecDeque::new();
		while !planned.is_empty() {
			let rest = planned.split_off(planned.len().min(self.options.batch));
			work.push_back(Work::Register(std::mem::replace(&mut planned, rest)));
		}
		self.progress.begin("customers registered", total);
		let done = self.submit(work).await;
		self.progress.end();
		done
	}

	async fn facts(&mut self) -> Result<(usize, usize)> {
		let is_record = |fact: &Fact| matches!(fact.subject, Subject::Record(_));
		let (mut records, mut interactions): (Vec<_>, Vec<_>) =
			self.store.planned_facts()?.into_iter().partition(is_record);
		records.shuffle(&mut OsRng);
		interactions.shuffle(&mut OsRng);

		self.progress.begin("records sealed", records.len());
		let sealed = self.submit(records.into_iter().map(Work::Seal).collect()).await;
		self.progress.end();
		let sealed = sealed?;

		self.progress.begin("interactions recorded", interactions.len());
		let mut work = VecDeque::new();
		while !interactions.is_empty() {
			let rest = interactions.split_off(interactions.len().min(self.options.batch));
			work.push_back(Work::Record(std::mem::replace(&mut interactions, rest)));
		}
		let recorded = self.submit(work).await;
		self.progress.end();
		Ok((sealed, recorded?))
	}

	/// Submits work until none is left, and tells how much of it the chain took.
	async fn submit(&mut self, mut queue: VecDeque<Work>) -> Result<usize> {
		if queue.is_empty() {
			return Ok(0);
		}
		let mut pipeline = Pipeline::open(self.chain, self.key).await?;
		let mut flying: BTreeMap<u64, (i64, Work)> = BTreeMap::new();
		let (mut done, mut failure) = (0, None);
		loop {
			while failure.is_none() && flying.len() < self.options.in_flight {
				let Some(work) = queue.pop_front() else { break };
				let signed = pipeline.sign(&work.call())?;
				let (nonce, key) = (signed.nonce, self.keep(&pipeline, &signed, None, &work)?);
				match pipeline.send(signed).await {
					Ok(()) => drop(flying.insert(nonce, (key, work))),
					Err(error @ Error::Refused { .. }) => {
						self.store.settle(key, [], [])?;
						failure = Some(error);
					},
					Err(error) => return Err(error),
				}
			}
			if flying.is_empty() {
				break;
			}
			let (signed, fate) = pipeline.next_fate().await?;
			let Some((key, work)) = flying.remove(&signed.nonce) else { continue };
			match fate {
				Fate::Included(Included { error: None, .. }) => {
					self.store.settle(key, work.customers(), work.facts())?;
					self.progress.advance(work.len());
					done += work.len();
				},
				Fate::Included(Included { error: Some(reason), .. }) => {
					self.store.settle(key, [], [])?;
					if is_about_the_content(&reason) {
						self.refuse(work, &reason, &mut queue)?;
					} else {
						failure = Some(Error::Refused { what: signed.what, reason });
					}
				},
				Fate::Expired => {
					let renewed = pipeline.sign_as(&work.call(), signed.nonce)?;
					self.keep(&pipeline, &renewed, Some(key), &work)?;
					pipeline.send(renewed).await?;
					flying.insert(signed.nonce, (key, work));
				},
				Fate::Displaced => {
					self.store.settle(key, [], [])?;
					queue.push_back(work);
				},
			}
		}
		failure.map_or(Ok(done), Err)
	}

	/// Keeps a signed extrinsic in the store, before it is sent.
	fn keep(
		&mut self,
		pipeline: &Pipeline,
		signed: &Signed,
		key: Option<i64>,
		work: &Work,
	) -> Result<i64> {
		let extrinsic = InFlight {
			key: 0,
			account: pipeline.account().clone(),
			nonce: signed.nonce,
			bytes: signed.bytes.clone(),
			dies: signed.dies,
		};
		self.store.put_in_flight(&extrinsic, key, &work.customers(), &work.facts())
	}

	/// A batch fails as a whole: halves are tried, until what is at fault stands alone.
	fn refuse(&mut self, work: Work, reason: &str, queue: &mut VecDeque<Work>) -> Result<()> {
		let one = match work.split() {
			Ok(halves) => {
				queue.extend(halves);
				return Ok(());
			},
			Err(one) => one,
		};
		for customer in one.customers() {
			self.report(&customer, reason)?;
			self.store.drop_customer(&customer)?;
		}
		if let Work::Record(facts) = &one {
			for fact in facts {
				self.report(&fact.customer, reason)?;
			}
		}
		if let Work::Seal(fact) = &one {
			self.report(&fact.customer, reason)?;
		}
		self.store.drop_facts(&one.facts())
	}

	fn report(&mut self, customer: &CustomerId, reason: &str) -> Result<()> {
		let origin = self.store.customer(customer)?.map(|customer| customer.origin);
		let whose = match origin {
			Some(origin) => format!("{:?} of {:?}", origin.id, origin.source),
			None => format!("{customer:?}"),
		};
		let reason = format!("the chain refused what concerns {whose}: {reason}");
		self.refused.push(Reject { line: None, reason });
		Ok(())
	}
}

/// Whether a dispatch error is about what a batch carries, rather than about who sent it.
fn is_about_the_content(error: &str) -> bool {
	error.starts_with("Customers::")
}

/// Finds out what became of the extrinsics that an interrupted import left in flight, and tells
/// how many customers, records and interactions the chain had taken.
pub async fn settle(chain: &Chain, store: &mut Store) -> Result<usize> {
	let mut open = store.in_flight()?;
	if open.is_empty() {
		return Ok(0);
	}
	let mut heads = chain
		.subscribe::<Header>("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
		.await?;
	let mut refusal = None;
	for extrinsic in &open {
		// The node may have lost it; the very same one can enter the chain only once.
		match chain.submit(&extrinsic.bytes).await {
			Ok(_) => {},
			Err(Error::Rpc { reason, .. }) => refusal = Some(reason),
			Err(error) => return Err(error),
		}
	}
	let mut taken = 0;
	loop {
		let head = chain.finalised().await?;
		let mut nonces = HashMap::new();
		for extrinsic in std::mem::take(&mut open) {
			let used = match nonces.get(&extrinsic.account) {
				Some(used) => *used,
				None => {
					let used = chain.nonce(head.hash, &extrinsic.account).await?;
					nonces.insert(extrinsic.account.clone(), used);
					used
				},
			};
			if extrinsic.nonce < used || extrinsic.dies <= head.number() {
				taken += resolve(chain, store, head.hash, extrinsic.key).await?;
			} else {
				open.push(extrinsic);
			}
		}
		if open.is_empty() {
			return Ok(taken);
		}
		match tokio::time::timeout(PATIENCE, heads.next()).await {
			Ok(Some(Ok(_))) => {},
			Ok(_) => {
				return Err(Error::Unreachable {
					url: chain.url().into(),
					reason: "the connection was closed".into(),
				})
			},
			Err(_) => {
				return Err(Error::Refused {
					what: format!("{} extrinsics of an earlier import", open.len()),
					reason: refusal.unwrap_or_else(|| "the chain makes no blocks".into()),
				})
			},
		}
	}
}

/// Asks the chain what of an extrinsic, whose fate is final, it took.
async fn resolve(chain: &Chain, store: &mut Store, at: H256, extrinsic: i64) -> Result<usize> {
	let (customers, facts) = store.carried(extrinsic)?;
	let mut registered = HashSet::new();
	for ids in customers.chunks(LOOKUP) {
		let keys: Vec<_> = ids.iter().map(customer_key).collect();
		let found = chain.storage(at, &keys).await?;
		registered
			.extend(ids.iter().zip(found).filter(|(_, found)| found.is_some()).map(|(id, _)| *id));
	}
	let mut done = Vec::new();
	let mut others: BTreeMap<CustomerId, Vec<Fact>> = BTreeMap::new();
	for fact in facts {
		// Records come with their customer's registration, or after it.
		if customers.contains(&fact.customer) {
			done.extend(registered.contains(&fact.customer).then_some(fact.key));
		} else {
			others.entry(fact.customer).or_default().push(fact);
		}
	}
	for (customer, facts) in others {
		done.extend(in_trail(chain, at, &customer, facts).await?);
	}
	let taken = registered.len() + done.len();
	store.settle(extrinsic, registered, done)?;
	Ok(taken)
}

/// Keys of those facts whose commitments are in a customer's trail: each has a salt of its own, so
/// that its commitment is in the trail if and only if the chain took it.
async fn in_trail(
	chain: &Chain,
	at: H256,
	customer: &CustomerId,
	mut facts: Vec<Fact>,
) -> Result<Vec<i64>> {
	let (mut done, mut cursor) = (Vec::new(), None);
	loop {
		let page = chain.trail_page(at, customer, cursor, PAGE).await?;
		for link in page.entries {
			let (Action::RecordSealed { commitment, .. }
			| Action::InteractionRecorded { commitment, .. }) = link.entry.action
			else {
				continue;
			};
			done.extend(facts.extract_if(.., |f| f.commitment == commitment).map(|f| f.key));
		}
		cursor = page.next;
		if facts.is_empty() || cursor.is_none() {
			return Ok(done);
		}
	}
}

/// The rejects as a CSV file: line and reason.
pub fn rejects_file(rejects: &[Reject]) -> String {
	let mut file = "line,reason\n".to_string();
	for reject in rejects {
		let line = reject.line.map(|line| line.to_string()).unwrap_or_default();
		file += &format!("{line},\"{}\"\n", reject.reason.replace('"', "\"\""));
	}
	file
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
