//! What was permitted at a past moment: random histories, told by the pallet by binary search and
//! by a model that keeps plain lists.

use crate::mock::*;
use consentry_primitives::{
	consent::{ConsentState, Permission, PurposeTerms, Statement},
	Categories, DataCategory, Denial, LawfulBasis, Moment, DAY,
};
use frame_support::assert_ok;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
	Wait(Moment),
	Idle,
	Revise { categories: Categories, notice: u8, renew: bool },
	Retire,
	Request { categories: Categories },
	Give { categories: Categories, lasts: Option<Moment> },
	Withdraw,
	Object,
}

/// A purpose at one time.
#[derive(Clone)]
struct Rules {
	since: Moment,
	terms: PurposeTerms,
	version: u32,
	renewed: u32,
	retired: bool,
}

/// A consent at one time.
#[derive(Clone)]
struct Choice {
	since: Moment,
	state: ConsentState,
	permission: Option<Permission>,
}

impl Choice {
	/// Whether it was given, and had ended at `moment`.
	fn is_over(&self, moment: Moment) -> bool {
		let ends = self.permission.as_ref().and_then(|permission| permission.until);
		self.state == ConsentState::Given && ends.is_some_and(|end| end <= moment)
	}
}

/// All that ever was, in order.
struct History {
	basis: LawfulBasis,
	rules: Vec<Rules>,
	choices: Vec<Choice>,
}

impl History {
	/// What was permitted at `moment`, by which revisions.
	fn at(
		&self,
		moment: Moment,
	) -> Option<(usize, Option<usize>, Option<ConsentState>, Result<Categories, Denial>)> {
		let number = self.rules.iter().rposition(|rules| rules.since <= moment)?;
		let rules = &self.rules[number];
		let chosen = self.choices.iter().rposition(|choice| choice.since <= moment);
		let choice = chosen.map(|chosen| &self.choices[chosen]);
		let state = choice.map(|choice| match choice.is_over(moment) {
			true => ConsentState::Expired,
			false => choice.state,
		});
		Some((number, chosen, state, self.permitted(rules, choice, state)))
	}

	fn permitted(
		&self,
		rules: &Rules,
		choice: Option<&Choice>,
		state: Option<ConsentState>,
	) -> Result<Categories, Denial> {
		if rules.retired {
			return Err(Denial::PurposeRetired);
		}
		match (self.basis, state) {
			(LawfulBasis::Consent, None) => Err(Denial::NoConsent),
			(LawfulBasis::Consent, Some(ConsentState::Requested)) => {
				Err(Denial::ConsentNotConfirmed)
			},
			(LawfulBasis::Consent, Some(ConsentState::Withdrawn)) => Err(Denial::ConsentWithdrawn),
			(LawfulBasis::Consent, Some(ConsentState::Expired)) => Err(Denial::ConsentExpired),
			(LawfulBasis::Consent, Some(ConsentState::Given)) => {
				let permission = choice.unwrap().permission.as_ref().unwrap();
				if permission.notice_version < rules.renewed {
					return Err(Denial::NoticeOutdated);
				}
				let both = DataCategory::ALL.into_iter().filter(|category| {
					permission.categories.to_vec().contains(category)
						&& rules.terms.categories.to_vec().contains(category)
				});
				let both: Categories = both.collect();
				if both == Categories(0) {
					Err(Denial::CategoryNotConsented)
				} else {
					Ok(both)
				}
			},
			(_, Some(ConsentState::Objected)) => Err(Denial::CustomerObjected),
			_ => Ok(rules.terms.categories),
		}
	}

	/// Takes `step` on the chain and, where the chain took it, in the lists.
	fn take(&mut self, purpose: u32, step: Step) {
		let rules = self.rules.last().expect("a purpose was created").clone();
		let last = self.choices.last().and_then(|choice| choice.permission.clone());
		let permission = |categories, until| Permission {
			notice_version: rules.version,
			categories,
			until,
			..permission()
		};
		let (state, permission, taken) = match step {
			Step::Wait(duration) => return wait(duration),
			Step::Idle => {
				let before = revisions(1, purpose);
				idle();
				(ConsentState::Expired, last, revisions(1, purpose) > before)
			},
			Step::Revise { categories, notice, renew } => {
				let terms = PurposeTerms { categories, ..terms(notice) };
				let revised =
					Consent::revise_purpose(signed(OFFICER), purpose, terms.clone(), renew);
				if revised.is_ok() {
					let other = terms.notice != rules.terms.notice;
					let version = rules.version + u32::from(other);
					let renewed = if renew { version } else { rules.renewed };
					self.rules.push(Rules { since: now(), terms, version, renewed, ..rules });
				}
				return;
			},
			Step::Retire => {
				if Consent::retire_purpose(signed(OFFICER), purpose).is_ok() {
					self.rules.push(Rules { since: now(), retired: true, ..rules });
				}
				return;
			},
			Step::Request { categories } => {
				let permission = permission(categories, None);
				let request = Statement::Request { permission: permission.clone() };
				let taken = record(1, purpose, request).is_ok();
				(ConsentState::Requested, Some(permission), taken)
			},
			Step::Give { categories, lasts } => {
				let permission = permission(categories, lasts.map(|lasts| now() + lasts));
				let given = Consent::give(signed(account(1)), id(1), purpose, permission.clone());
				(ConsentState::Given, Some(permission), given.is_ok())
			},
			Step::Withdraw => {
				let withdrawn = Consent::withdraw(signed(account(1)), id(1), purpose);
				(ConsentState::Withdrawn, last, withdrawn.is_ok())
			},
			Step::Object => {
				let objected = Consent::object(signed(account(1)), id(1), purpose);
				(ConsentState::Objected, last, objected.is_ok())
			},
		};
		if taken {
			// That the last ended is recorded first, if it was not yet.
			if let Some(last) = self.choices.last().filter(|last| last.is_over(now())).cloned() {
				if state != ConsentState::Expired {
					let state = ConsentState::Expired;
					self.choices.push(Choice { since: now(), state, ..last });
				}
			}
			self.choices.push(Choice { since: now(), state, permission });
		}
	}
}

fn categories() -> impl Strategy<Value = Categories> {
	let few = [DataCategory::Contact, DataCategory::Behaviour, DataCategory::Address];
	prop::sample::subsequence(few.to_vec(), 1..=3)
		.prop_map(|categories| categories.into_iter().collect())
}

fn duration() -> impl Strategy<Value = Moment> {
	prop_oneof![1u64..10, 1u64..2 * DAY]
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		8 => duration().prop_map(Step::Wait),
		2 => Just(Step::Idle),
		3 => (categories(), 1u8..4, any::<bool>())
			.prop_map(|(categories, notice, renew)| Step::Revise { categories, notice, renew }),
		2 => categories().prop_map(|categories| Step::Request { categories }),
		8 => (categories(), prop::option::of(duration()))
			.prop_map(|(categories, lasts)| Step::Give { categories, lasts }),
		3 => Just(Step::Withdraw),
		2 => Just(Step::Object),
	]
}

fn basis() -> impl Strategy<Value = LawfulBasis> {
	prop_oneof![
		4 => Just(LawfulBasis::Consent),
		1 => Just(LawfulBasis::LegitimateInterests),
		1 => Just(LawfulBasis::Contract),
	]
}

fn check(history: &History, purpose: u32, moment: Moment) {
	let told = Consent::consent_as_of(&id(1), purpose, moment);
	let Some((number, chosen, state, permitted)) = history.at(moment) else {
		assert_eq!(told, None);
		return;
	};
	let told = told.expect("the purpose existed");
	assert_eq!(told.purpose.revision as usize, number);
	assert_eq!(told.consent.as_ref().map(|consent| consent.revision as usize), chosen);
	assert_eq!(told.consent.as_ref().map(|consent| consent.state), state);
	let expected = (permitted.unwrap_or(Categories(0)), permitted.err());
	assert_eq!((told.categories, told.denial), expected);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn pallet_and_list_tell_the_same(
		basis in basis(),
		steps in prop::collection::vec(step(), 1..80),
		retire in any::<bool>(),
		moments in prop::collection::vec(any::<prop::sample::Index>(), 20),
	) {
		run(|| {
			let start = now() + 5;
			set_time(start);
			let purpose = purpose(basis);
			let rules =
				Rules { since: now(), terms: terms(1), version: 1, renewed: 1, retired: false };
			let mut history = History { basis, rules: vec![rules], choices: vec![] };
			let retirement = retire.then_some(Step::Retire);
			for step in steps.into_iter().chain(retirement).chain([Step::Wait(DAY)]) {
				history.take(purpose, step);
			}

			let turns = history.rules.iter().map(|rules| rules.since);
			let turns = turns.chain(history.choices.iter().map(|choice| choice.since));
			let ends = history.choices.iter().filter_map(|choice| choice.permission.as_ref()?.until);
			let span = (now() - start + 10) as usize;
			let between = moments.iter().map(|index| start - 5 + index.index(span) as Moment);
			for moment in turns.chain(ends).flat_map(|turn| [turn - 1, turn, turn + 1]).chain(between) {
				if moment <= now() {
					check(&history, purpose, moment);
				} else {
					assert_eq!(Consent::consent_as_of(&id(1), purpose, moment), None);
				}
			}
		});
	}
}

#[test]
fn nothing_is_told_of_what_was_not_there() {
	run(|| {
		wait(5);
		let purpose = purpose(LawfulBasis::Consent);
		assert!(Consent::consent_as_of(&id(1), purpose, now()).is_some());
		assert_eq!(Consent::consent_as_of(&id(1), purpose, now() - 1), None);
		assert_eq!(Consent::consent_as_of(&id(1), purpose, now() + 1), None);
		assert_eq!(Consent::consent_as_of(&id(1), 7, now()), None);
		assert_eq!(Consent::consent_as_of(&id(9), purpose, now()), None);
		// Another controller's customer.
		assert_eq!(Consent::consent_as_of(&id(4), purpose, now()), None);
	});
}

#[test]
fn of_several_changes_in_a_block_the_last_counts() {
	run(|| {
		let purpose = purpose(LawfulBasis::Consent);
		wait(1);
		give(1, purpose, permission());
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		wait(1);
		give(1, purpose, permission());
		let told = Consent::consent_as_of(&id(1), purpose, now() - 1).unwrap();
		assert_eq!(told.denial, Some(Denial::ConsentWithdrawn));
		assert_eq!(told.consent.unwrap().revision, 1);
		let before = Consent::consent_as_of(&id(1), purpose, now() - 2).unwrap();
		assert_eq!((before.consent, before.denial), (None, Some(Denial::NoConsent)));
	});
}

#[test]
fn an_answer_stays_when_the_end_is_recorded() {
	run(|| {
		let purpose = purpose(LawfulBasis::Consent);
		let end = now() + DAY;
		give(1, purpose, until(end));
		wait(3 * DAY);
		let moments = [end - 1, end, end + DAY];
		let told = || moments.map(|moment| Consent::consent_as_of(&id(1), purpose, moment));
		let before = told();
		idle();
		assert_eq!(revisions(1, purpose), 2);
		assert_eq!(told(), before);
	});
}
