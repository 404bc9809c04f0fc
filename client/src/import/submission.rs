//! From plans in the local store to extrinsics in flight, and to what became of them.

use super::{settling::in_trail, Lines, Options, Progress, Reject, Summary};
use crate::{
	calls::{consent, customers, Call},
	chain::Chain,
	store::{
		plan::{InFlight, Registration},
		statements::Recorded,
		Fact, Store, Subject,
	},
	submit::{Fate, Included, Pipeline, Signed},
	Error, Result,
};
use consentry_primitives::{consent::CaptureMethod, CustomerId};
use rand::{rngs::OsRng, seq::SliceRandom};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use subxt_signer::sr25519::Keypair;

/// What the chain says to a customer's second registration.
const ALREADY_EXISTS: &str = "Customers::AlreadyExists";

/// Submits every customer, record and interaction that is planned and not on its way.
pub async fn submit_planned(
	chain: &Chain,
	store: &mut Store,
	key: &Keypair,
	options: Options,
	progress: &mut dyn Progress,
	lines: &Lines,
	summary: &mut Summary,
) -> Result<()> {
	let mut run = Run { chain, store, key, options, progress, lines, refused: Vec::new() };
	let registrations = batches(run.store.planned_registrations()?, options.batch, |_| 1);
	let registrations = registrations.map(Work::Register);
	summary.registered += run.submit("customers registered", registrations).await?;

	let is_record = |fact: &Fact| matches!(fact.subject, Subject::Record(_));
	let (records, interactions): (Vec<_>, Vec<_>) =
		run.store.planned_facts()?.into_iter().partition(is_record);
	let records = batches(records, 1, |_| 1).flatten().map(Work::Seal);
	summary.sealed += run.submit("records sealed", records).await?;
	let interactions = batches(interactions, options.batch, |_| 1).map(Work::Record);
	summary.recorded += run.submit("interactions recorded", interactions).await?;
	summary.rejects.append(&mut run.refused);
	Ok(())
}

/// Submits every statement of consent that is planned and not on its way.
pub async fn submit_consents(
	chain: &Chain,
	store: &mut Store,
	key: &Keypair,
	options: Options,
	progress: &mut dyn Progress,
	lines: &Lines,
	summary: &mut Summary,
) -> Result<()> {
	let mut of_consent: BTreeMap<_, Vec<Recorded>> = BTreeMap::new();
	for one in store.planned_statements()? {
		of_consent.entry((one.fact.customer, one.purpose)).or_default().push(one);
	}
	let consents = of_consent.into_values().collect();
	let mut run = Run { chain, store, key, options, progress, lines, refused: Vec::new() };
	let statements = batches(consents, options.batch, Vec::len).map(Work::State);
	summary.consents += run.submit("consents recorded", statements).await?;
	summary.rejects.append(&mut run.refused);
	Ok(())
}

/// Batches of at most so much each, of items of such a size; one that is larger goes alone. In
/// random order: neither that of the file nor that of the CRM's ids shows on chain.
fn batches<T>(
	mut items: Vec<T>,
	batch: usize,
	size: impl Fn(&T) -> usize,
) -> impl Iterator<Item = Vec<T>> {
	items.shuffle(&mut OsRng);
	let (mut batches, mut room) = (Vec::<Vec<T>>::new(), 0);
	for item in items {
		let size = size(&item);
		match batches.last_mut() {
			Some(last) if size <= room => {
				room -= size;
				last.push(item);
			},
			_ => {
				room = batch.saturating_sub(size);
				batches.push(vec![item]);
			},
		}
	}
	batches.into_iter()
}

/// What one extrinsic carries.
pub(super) enum Work {
	Register(Vec<Registration>),
	Seal(Fact),
	Record(Vec<Fact>),
	/// The statements of one consent stay together, in their order.
	State(Vec<Vec<Recorded>>),
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
			Self::Seal(fact) => {
				let Subject::Record(category) = fact.subject else {
					return customers::record_interactions(&[]);
				};
				customers::seal(&fact.customer, category, &fact.commitment)
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
			Self::State(consents) => {
				let statement = |Recorded { fact, purpose, statement, .. }: &Recorded| {
					let method = CaptureMethod::Imported;
					(fact.customer, *purpose, statement.clone(), method, fact.commitment)
				};
				let new: Vec<_> = consents.iter().flatten().map(statement).collect();
				consent::record(&new)
			},
		}
	}

	/// Customers that it registers.
	pub(super) fn customers(&self) -> Vec<CustomerId> {
		match self {
			Self::Register(registrations) => registrations.iter().map(|(c, _)| c.id).collect(),
			Self::Seal(_) | Self::Record(_) | Self::State(_) => Vec::new(),
		}
	}

	/// The facts that it carries.
	fn carried(&self) -> Vec<&Fact> {
		match self {
			Self::Register(registrations) => {
				registrations.iter().flat_map(|(_, facts)| facts).collect()
			},
			Self::Seal(fact) => vec![fact],
			Self::Record(facts) => facts.iter().collect(),
			Self::State(consents) => consents.iter().flatten().map(|one| &one.fact).collect(),
		}
	}

	/// Keys of the facts that it carries.
	pub(super) fn facts(&self) -> Vec<i64> {
		self.carried().into_iter().map(|fact| fact.key).collect()
	}

	/// Whom it is about, each once.
	fn about(&self) -> BTreeSet<CustomerId> {
		let of_facts = self.carried().into_iter().map(|fact| fact.customer);
		self.customers().into_iter().chain(of_facts).collect()
	}

	/// The line of the file from which it was planned; all of it, where it cannot be split.
	fn line(&self, lines: &Lines) -> Option<usize> {
		match self {
			Self::Register(_) | Self::Seal(_) => {
				self.about().iter().find_map(|customer| lines.customers.get(customer))
			},
			Self::Record(_) | Self::State(_) => {
				self.facts().iter().find_map(|fact| lines.facts.get(fact))
			},
		}
		.copied()
	}

	/// How much it is to whom it is reported.
	pub(super) fn len(&self) -> usize {
		match self {
			Self::Register(registrations) => registrations.len(),
			Self::Seal(_) | Self::Record(_) | Self::State(_) => self.carried().len(),
		}
	}

	/// Two halves, where there is more than one.
	pub(super) fn split(self) -> Result<[Self; 2], Self> {
		fn halves<T>(mut all: Vec<T>, of: impl Fn(Vec<T>) -> Work) -> Result<[Work; 2], Work> {
			match all.len() / 2 {
				0 => Err(of(all)),
				half => {
					let rest = all.split_off(half);
					Ok([of(all), of(rest)])
				},
			}
		}
		match self {
			Self::Register(all) => halves(all, Self::Register),
			Self::Seal(one) => Err(Self::Seal(one)),
			Self::Record(all) => halves(all, Self::Record),
			Self::State(all) => halves(all, Self::State),
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
	lines: &'a Lines,
	refused: Vec<Reject>,
}

impl Run<'_> {
	/// Submits work, and tells how much of it the chain took.
	async fn submit(
		&mut self,
		what: &'static str,
		work: impl Iterator<Item = Work>,
	) -> Result<usize> {
		let queue: VecDeque<_> = work.collect();
		self.progress.begin(what, queue.iter().map(Work::len).sum());
		let done = self.submit_all(queue).await;
		self.progress.end();
		done
	}

	/// Submits work until none is left, and tells how much of it the chain took.
	async fn submit_all(&mut self, mut queue: VecDeque<Work>) -> Result<usize> {
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
					if is_about_the_content(&reason) {
						self.refuse(key, work, &reason, &mut queue).await?;
					} else {
						self.store.settle(key, [], [])?;
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
	async fn refuse(
		&mut self,
		key: i64,
		work: Work,
		reason: &str,
		queue: &mut VecDeque<Work>,
	) -> Result<()> {
		if let (Work::Register(all), ALREADY_EXISTS) = (&work, reason) {
			if let [(customer, facts)] = &all[..] {
				// It was registered by what this store does not know of, maybe with other records.
				let head = self.chain.finalised().await?;
				let done = in_trail(self.chain, head.hash, &customer.id, facts.clone()).await?;
				return self.store.settle(key, [customer.id], done);
			}
		}
		self.store.settle(key, [], [])?;
		let one = match work.split() {
			Ok(halves) => {
				queue.extend(halves);
				return Ok(());
			},
			Err(one) => one,
		};
		for customer in one.about() {
			self.report(&customer, one.line(self.lines), reason)?;
		}
		for customer in one.customers() {
			self.store.drop_customer(&customer)?;
		}
		self.store.drop_facts(&one.facts())
	}

	fn report(&mut self, customer: &CustomerId, line: Option<usize>, reason: &str) -> Result<()> {
		let origin = self.store.customer(customer)?.map(|customer| customer.origin);
		let whose = match origin {
			Some(origin) => format!("{:?} of {:?}", origin.id, origin.source),
			None => format!("{customer:?}"),
		};
		let reason = format!("the chain refused what concerns {whose}: {reason}");
		self.refused.push(Reject { line, reason });
		Ok(())
	}
}

/// Whether a dispatch error is about what a batch carries, rather than about who sent it.
fn is_about_the_content(error: &str) -> bool {
	error.starts_with("Customers::") || error.starts_with("Consent::")
}
