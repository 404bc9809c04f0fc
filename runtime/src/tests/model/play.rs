//! Lets chain and model carry out the same steps, and compares them.

use super::{
	rules::{By, Decision, Model, Who},
	scene::{Cast, Scene, Step, OPENING},
	*,
};
use consentry_primitives::{
	access::Refusal,
	api::Verdict,
	consent::LawfulBases,
	trail::{decision_id, Action},
	Categories, Denial, GrantId, OrganisationId, PurposeId,
};
use frame_support::{dispatch::CheckIfFeeless, traits::OnIdle, weights::Weight};
use sp_runtime::traits::Dispatchable;
use std::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	fmt,
};

/// How often calls of one kind succeeded and failed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
	pub succeeded: u64,
	pub failed: u64,
}

/// What happened in all, so that it can be seen that enough did.
#[derive(Default)]
pub struct Tally {
	/// By pallet and call.
	pub calls: BTreeMap<(&'static str, &'static str), Count>,
	/// What came of requests for access.
	pub outcomes: BTreeMap<String, u64>,
}

impl fmt::Display for Tally {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		for ((pallet, call), Count { succeeded, failed }) in &self.calls {
			writeln!(f, "{pallet}.{call}: {succeeded} succeeded, {failed} failed")?;
		}
		for (outcome, count) in &self.outcomes {
			writeln!(f, "{outcome}: {count}")?;
		}
		Ok(())
	}
}

fn outcome(decision: &Decision) -> String {
	match decision {
		Decision::Authorised(_, basis) => format!("authorised on {basis:?}"),
		Decision::GlassBroken(_) => "glass broken".into(),
		Decision::Denied(_, reason) => format!("denied for {reason:?}"),
		Decision::Refused(reason) => format!("refused for {reason:?}"),
		Decision::Suspended(_) => "suspended".into(),
	}
}

/// Everything that can come of a request for access.
pub fn every_outcome() -> Vec<String> {
	use LawfulBasis::*;
	let customer = CustomerId::zero();
	let bases =
		[Consent, Contract, LegalObligation, VitalInterests, PublicTask, LegitimateInterests];
	let reasons = (0..=u8::MAX).map_while(|index| Denial::decode(&mut &[index][..]).ok());
	let refusals = [Refusal::NotMember, Refusal::OrganisationSuspended, Refusal::AccountSuspended];
	let decisions = bases
		.into_iter()
		.map(|basis| Decision::Authorised(customer, basis))
		.chain([Decision::GlassBroken(customer), Decision::Suspended(ORGANISATION)])
		.chain(reasons.map(|reason| Decision::Denied(customer, reason)))
		.chain(refusals.into_iter().map(Decision::Refused));
	decisions.map(|decision| outcome(&decision)).collect()
}

/// The last steps, told if the test fails.
struct Log {
	seed: u64,
	steps: VecDeque<Step>,
	number: u64,
}

impl Log {
	const KEPT: usize = 12;

	fn note(&mut self, step: Step) {
		if self.steps.len() == Self::KEPT {
			self.steps.pop_front();
		}
		self.steps.push_back(step);
		self.number += 1;
	}
}

impl Drop for Log {
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("failed at step {}; the last steps were:", self.number);
			self.steps.iter().for_each(|step| eprintln!("  {step:?}"));
			eprintln!("again: CONSENTRY_SEED={} CONSENTRY_STEPS={LENGTH}", self.seed);
		}
	}
}

/// Plays the opening and `length` further steps on a chain of their own.
pub fn play(seed: u64, length: u64, tally: &mut Tally) {
	let mut log = Log { seed, steps: VecDeque::new(), number: 0 };
	let mut scene = Scene { model: opening(), cast: Cast::new(), dice: Dice::new(seed) };
	run(|| {
		for number in 0..OPENING.len() as u64 + length {
			let step = match OPENING.get(number as usize) {
				Some(make) => make(&mut scene),
				None => scene.step(),
			};
			log.note(step.clone());
			carry_out(&mut scene.model, &step, tally);
			check_invariants();
			compare(&scene.model, &mut scene.dice);
		}
	});
}

/// What [`chain_on`] starts with.
fn opening() -> Model {
	let organisation = rules::Organisation { name: NAME.to_vec(), active: true };
	let member = |roles: &[Role]| rules::Member {
		organisation: ORGANISATION,
		roles: roles.iter().copied().collect(),
	};
	Model {
		now: START,
		organisations: vec![organisation],
		members: [
			(Alice.to_account_id(), member(&[Role::Admin])),
			(Bob.to_account_id(), member(&[Role::Steward, Role::Officer])),
		]
		.into(),
		..Default::default()
	}
}

fn carry_out(model: &mut Model, step: &Step, tally: &mut Tally) {
	match step {
		Step::Wait(duration) => {
			model.now += duration;
			set_time(model.now);
		},
		Step::Idle => {
			let block = System::block_number();
			<AllPalletsWithSystem as OnIdle<_>>::on_idle(block, Weight::MAX);
			System::set_block_number(block + 1);
			model.idle();
		},
		Step::Call(by, call) => {
			if let By::Account(who) = by {
				let free = call.is_feeless(&RuntimeOrigin::signed(who.clone()));
				assert_eq!(free, model.is_free(who, call), "is it free?");
			}
			let dry = dry_run(by, call);
			let ruled = model.rule(by, call);
			System::reset_events();
			let outcome = dispatch(by, call);
			let name = call.get_call_metadata();
			let count = tally.calls.entry((name.pallet_name, name.function_name)).or_default();
			match (&ruled, &outcome) {
				(Ok(decisions), Ok(())) => {
					count.succeeded += 1;
					assert_eq!(decided(), *decisions, "what was decided?");
					if let Some(dry) = dry {
						let answered = |d: &&Decision| !matches!(d, Decision::Suspended(_));
						let answers: Vec<_> = decisions.iter().filter(answered).cloned().collect();
						assert_eq!(dry, answers, "what was predicted?");
					}
					for decision in decisions {
						*tally.outcomes.entry(self::outcome(decision)).or_default() += 1;
					}
				},
				(Err(_), Err(_)) => count.failed += 1,
				_ => panic!("the rules say {ruled:?}, the chain {outcome:?}"),
			}
		},
	}
}

fn dispatch(by: &By, call: &RuntimeCall) -> Result<(), sp_runtime::DispatchError> {
	match by {
		By::Council => try_motion(call.clone()),
		By::Account(who) => call
			.clone()
			.dispatch(RuntimeOrigin::signed(who.clone()))
			.map(drop)
			.map_err(|failed| failed.error),
	}
}

/// What the chain says beforehand of a request for access.
fn dry_run(by: &By, call: &RuntimeCall) -> Option<Vec<Decision>> {
	use pallet_access_grants::Call;
	let By::Account(who) = by else { return None };
	let RuntimeCall::AccessGrants(Call::request_access {
		grant,
		purpose,
		categories,
		customers,
		..
	}) = call
	else {
		return None;
	};
	let customers = customers.to_vec();
	let verdicts =
		AccessGrants::check_access(who.clone(), *grant, *purpose, *categories, customers);
	let decision = |verdict: Verdict| match (verdict.basis, verdict.denial) {
		(Some(basis), None) => Decision::Authorised(verdict.customer, basis),
		(None, Some(reason)) => Decision::Denied(verdict.customer, reason),
		both => panic!("a verdict is one of two: {both:?}"),
	};
	Some(match verdicts {
		Ok(verdicts) => verdicts.into_iter().map(decision).collect(),
		Err(reason) => vec![Decision::Refused(reason)],
	})
}

/// What the events say that was decided. Each decision has its entry in the customer's trail,
/// which it names, unless there is no such customer.
fn decided() -> Vec<Decision> {
	use pallet_access_grants::Event;
	let mut entries = VecDeque::new();
	let mut decisions = Vec::new();
	for record in System::events() {
		match record.event {
			RuntimeEvent::AuditTrail(pallet_audit_trail::Event::Appended {
				customer,
				entry,
				..
			}) => entries.push_back((customer, entry)),
			RuntimeEvent::AccessGrants(event) => {
				let (customer, id) = match &event {
					Event::Authorised { customer, decision, .. }
					| Event::GlassBroken { customer, decision, .. } => (*customer, Some(*decision)),
					Event::Denied { customer, decision, .. } => (*customer, *decision),
					Event::Refused { reason, .. } => {
						decisions.push(Decision::Refused(*reason));
						continue;
					},
					Event::Suspended { controller, .. } => {
						decisions.push(Decision::Suspended(*controller));
						continue;
					},
					_ => continue,
				};
				let Some(id) = id else {
					let unknown = Denial::UnknownCustomer;
					assert!(matches!(event, Event::Denied { reason, .. } if reason == unknown));
					decisions.push(Decision::Denied(customer, unknown));
					continue;
				};
				let (of, entry) = entries.pop_front().expect("each decision has an entry");
				assert_eq!((of, decision_id(&GENESIS, &of, &entry)), (customer, id));
				decisions.push(match (entry.action, event) {
					(Action::AccessAuthorised { basis, .. }, Event::Authorised { .. }) => {
						Decision::Authorised(customer, basis)
					},
					(Action::GlassBroken { .. }, Event::GlassBroken { .. }) => {
						Decision::GlassBroken(customer)
					},
					(Action::AccessDenied { reason, .. }, Event::Denied { reason: told, .. }) => {
						assert_eq!(reason, told);
						Decision::Denied(customer, reason)
					},
					(action, event) => panic!("{event:?} with the entry {action:?}"),
				});
			},
			_ => {},
		}
	}
	decisions
}

/// Compares what chain and model say of a few things that chance chooses.
fn compare(model: &Model, dice: &mut Dice) {
	compare_consents(model, dice);
	compare_access(model, dice);
	if let Some((id, customer)) = dice.pick(&model.customers) {
		let info = Customers::customer_info(id).expect("is registered");
		assert_eq!(info.account, customer.account);
		assert_eq!(info.erased.is_some(), customer.erased);
		let effective: BTreeMap<_, _> = info.guardians.into_iter().collect();
		let expected = customer.guardians.iter().filter(|(_, until)| model.now < **until);
		assert_eq!(effective, expected.map(|(who, until)| (who.clone(), *until)).collect());
		let length = AuditTrail::trail_head(id).map(|head| head.entries);
		assert_eq!(length, model.trails.get(id).copied(), "how long is the trail?");
	}
	let allowed = Peers::allowed_peers().map(BTreeSet::from_iter);
	assert_eq!(allowed, model.allowed_peers(), "which nodes may connect?");
	if let Some((who, member)) = dice.pick(&model.members) {
		let info = Organisations::member_info(who).expect("is a member");
		assert_eq!((info.organisation, info.roles), (member.organisation, member.roles));
		assert_eq!(info.active, model.is_active(member.organisation));
	}
}

/// What is permitted now, and was at past moments.
fn compare_consents(model: &Model, dice: &mut Dice) {
	let any: Vec<_> = model.customers.keys().copied().collect();
	for _ in 0..2 {
		let (customer, purpose) = match dice.pick(model.consents.keys().copied()) {
			Some(key) if dice.chance(80) => key,
			_ => {
				let purpose = dice.below(model.purposes.len() as u64 + 1) as PurposeId;
				(dice.pick(any.clone()).unwrap_or_default(), purpose)
			},
		};
		let categories = Categories(dice.number() as u16 & Categories::all().0);
		assert_eq!(
			<Consent as LawfulBases<Who>>::permits(&customer, purpose, categories, model.now),
			model.permits(&customer, purpose, categories),
			"what is permitted?"
		);
		let moment = past_moment(model, dice, &customer, purpose);
		let told = Consent::consent_as_of(&customer, purpose, moment).map(|told| rules::AsOf {
			purpose: told.purpose.revision,
			consent: told.consent.map(|consent| (consent.revision, consent.state)),
			permitted: match told.denial {
				Some(reason) => Err(reason),
				None => Ok(told.categories),
			},
		});
		assert_eq!(told, model.as_of(&customer, purpose, moment), "what was at {moment}?");
	}
	let Some(customer) = dice.pick(any) else { return };
	let told = Consent::consents_of(&customer, None, u32::MAX).expect("is registered");
	let told: BTreeMap<_, _> = told.into_iter().map(|c| (c.purpose, c.state)).collect();
	let live = model.live(&customer).is_ok();
	let expected = model
		.consents
		.iter()
		.filter(|((of, _), _)| live && *of == customer)
		.filter_map(|((_, purpose), revisions)| Some((*purpose, revisions.last()?)))
		.map(|(purpose, latest)| (purpose, latest.state_at(model.now)))
		.collect();
	assert_eq!(told, expected, "which consents are there?");
}

/// A moment at which something began or ended, or close to it; or any other.
fn past_moment(
	model: &Model,
	dice: &mut Dice,
	customer: &CustomerId,
	purpose: PurposeId,
) -> Moment {
	let purposes = model.purposes.get(purpose as usize).into_iter();
	let begun = purposes.flat_map(|purpose| purpose.revisions.iter().map(|r| r.since));
	let consents = model.consents.get(&(*customer, purpose)).into_iter().flatten();
	let changed = consents.flat_map(|revision| {
		let until = revision.permission.as_ref().and_then(|permission| permission.until);
		[Some(revision.since), until].into_iter().flatten()
	});
	let turns: Vec<_> = begun.chain(changed).collect();
	match dice.pick(turns) {
		Some(turn) if dice.chance(80) => turn + dice.below(3) - 1,
		_ => START + dice.below(model.now - START + 2),
	}
}

/// Grants on a customer's data with where they stand, and what else access depends on.
fn compare_access(model: &Model, dice: &mut Dice) {
	if let Some((id, customer)) = dice.pick(&model.customers) {
		let told = AccessGrants::grants_on(id, None, u32::MAX).expect("is registered");
		let told: BTreeMap<_, _> = told.into_iter().map(|told| (told.grant, told.state)).collect();
		let mut expected = BTreeMap::new();
		for (grant, stored) in model.grants.iter().enumerate() {
			let grant = grant as GrantId;
			let Some(stored) = stored else { continue };
			let covers = match stored.customer() {
				Some(only) => only == *id,
				None => stored.grantor == customer.controller,
			};
			let gone = stored.revoked || model.excluded.contains(&(*id, grant)) || customer.erased;
			if !covers || gone {
				continue;
			}
			expected.insert(grant, stored.state(model.now));
		}
		assert_eq!(told, expected, "which grants are there?");
	}
	if let Some((who, member)) = dice.pick(&model.members) {
		let told = AccessGrants::grants_of(who, None, u32::MAX).into_iter();
		let told: Vec<_> = told.map(|told| (told.grant, told.state)).collect();
		let agent = model.acting(who, Role::Agent).is_ok();
		let erased = |id: CustomerId| model.customers.get(&id).is_some_and(|it| it.erased);
		let grants = model.grants.iter().enumerate().filter_map(|(id, grant)| {
			let grant = grant.as_ref()?;
			let gone = grant.revoked || grant.customer().is_some_and(erased);
			(agent && !gone && grant.is_to(who, member))
				.then(|| (id as GrantId, grant.state(model.now)))
		});
		let expected: Vec<_> = grants.collect();
		assert_eq!(told, expected, "which grants can be used?");
	}
	let controller = dice.below(model.organisations.len() as u64) as OrganisationId;
	assert_eq!(AccessGrants::policy(controller), model.policy(controller));
	let told = AccessGrants::suspensions(controller, None, u32::MAX);
	assert!(told.iter().all(|suspension| suspension.controller == controller));
	let told: BTreeSet<_> = told.into_iter().map(|suspension| suspension.account).collect();
	let expected = model.suspended.iter().filter(|(_, by)| by.contains(&controller));
	assert_eq!(told, expected.map(|(who, _)| who.clone()).collect(), "who is suspended?");
	let due = AccessGrants::break_glass_reviews(controller, None, u32::MAX);
	let due: BTreeMap<_, _> = due.into_iter().map(|r| ((r.customer, r.entry), r.due)).collect();
	let expected = model.reviews.iter().filter(|(_, review)| review.controller == controller);
	assert_eq!(due, expected.map(|(key, review)| (*key, review.due)).collect(), "what is due?");
}
