//! From plans in the local store to extrinsics in flight, and to what became of them.

use super::{Options, Progress, Reject, Summary};
use crate::{
	calls::{customers, Call},
	chain::Chain,
	store::{
		plan::{InFlight, Registration},
		Fact, Store, Subject,
	},
	submit::{Fate, Included, Pipeline, Signed},
	Error, Result,
};
use consentry_primitives::CustomerId;
use rand::{rngs::OsRng, seq::SliceRandom};
use std::collections::{BTreeMap, VecDeque};
use subxt_signer::sr25519::Keypair;

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

/// What one extrinsic carries.
pub(super) enum Work {
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
	pub(super) fn customers(&self) -> Vec<CustomerId> {
		match self {
			Self::Register(registrations) => registrations.iter().map(|(c, _)| c.id).collect(),
			Self::Record(_) | Self::Seal(_) => Vec::new(),
		}
	}

	/// Keys of the facts that it carries.
	pub(super) fn facts(&self) -> Vec<i64> {
		match self {
			Self::Register(registrations) => {
				registrations.iter().flat_map(|(_, facts)| facts).map(|fact| fact.key).collect()
			},
			Self::Record(facts) => facts.iter().map(|fact| fact.key).collect(),
			Self::Seal(fact) => vec![fact.key],
		}
	}

	pub(super) fn len(&self) -> usize {
		match self {
			Self::Register(registrations) => registrations.len(),
			Self::Record(facts) => facts.len(),
			Self::Seal(_) => 1,
		}
	}

	/// Two halves, where there is more than one.
	pub(super) fn split(self) -> Result<[Self; 2], Self> {
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
