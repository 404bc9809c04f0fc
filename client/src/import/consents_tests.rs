use super::*;
use crate::{content::Content, store::Origin};
use consentry_primitives::{
	consent::{CaptureMethod, Expression, PurposeTerms},
	Actor, Categories, Commitment, DataCategory,
};
use proptest::prelude::*;

const NOW: Moment = 1_000_000;
const CUSTOMER: CustomerId = H256::repeat_byte(1);

fn purpose(name: &str, basis: LawfulBasis) -> PurposeInfo {
	PurposeInfo {
		purpose: 4,
		controller: 3,
		name: name.into(),
		dpv: "dpv:Marketing".into(),
		basis,
		revision: 0,
		since: 0,
		terms: PurposeTerms {
			categories: Categories::from(DataCategory::Contact),
			retention_days: 1,
			notice: Commitment::Blake2b256V1(H256::zero()),
		},
		notice_version: 3,
		consents_since: 2,
		retired: false,
	}
}

fn stated(meaning: Meaning) -> Stated {
	Stated {
		purpose: "offers".into(),
		part: None,
		meaning,
		captured: None,
		from: None,
		until: None,
		confirmed: false,
		notice_version: None,
		expression: Expression::Regular,
		evidence: Content::from_iter([("Status", format!("{meaning:?}"))]),
	}
}

fn permission() -> Permission {
	Permission {
		notice_version: 2,
		categories: Categories::from(DataCategory::Contact),
		until: None,
		expression: Expression::Regular,
		receipt: None,
	}
}

fn wanted(line: usize, meaning: Meaning, captured: Option<Moment>) -> Wanted {
	Wanted { line, customer: CUSTOMER, stated: Stated { captured, ..stated(meaning) } }
}

/// A consent as the chain has it, recorded under this evidence.
fn current(state: ConsentState, since: Moment, evidence: Commitment) -> ConsentInfo<AccountId32> {
	ConsentInfo {
		purpose: 4,
		revision: 0,
		since,
		state,
		actor: Actor::Customer,
		capture: Capture::Recorded { method: CaptureMethod::Imported, evidence },
		permission: None,
	}
}

fn others(state: ConsentState, since: Moment) -> ConsentInfo<AccountId32> {
	current(state, since, Commitment::Blake2b256V1(H256::zero()))
}

#[test]
fn a_claim_has_to_fit_the_purpose() {
	use LawfulBasis::*;
	let of = |basis, meaning| claim(&purpose("offers", basis), &stated(meaning), NOW);
	assert_eq!(of(Consent, Meaning::Given), Ok(Claim::Given(false)));
	assert_eq!(of(Consent, Meaning::Requested), Ok(Claim::Requested));
	assert_eq!(of(Consent, Meaning::Withdrawn), Ok(Claim::Withdrawn));
	assert_eq!(of(Consent, Meaning::OptedOut), Ok(Claim::Withdrawn));
	assert_eq!(of(LegitimateInterests, Meaning::OptedOut), Ok(Claim::Objected));
	assert_eq!(of(PublicTask, Meaning::Objected), Ok(Claim::Objected));
	for (basis, meaning) in [
		(Contract, Meaning::Contract),
		(LegalObligation, Meaning::LegalObligation),
		(VitalInterests, Meaning::VitalInterests),
		(PublicTask, Meaning::PublicTask),
		(LegitimateInterests, Meaning::LegitimateInterests),
	] {
		assert_eq!(of(basis, meaning), Ok(Claim::OtherBasis));
		let error = of(Consent, meaning).unwrap_err();
		assert!(error.contains("rests on consent"), "{error}");
		assert!(of(basis, Meaning::Given).is_err());
		assert!(of(basis, Meaning::Withdrawn).is_err());
	}
	for basis in [Contract, LegalObligation, VitalInterests] {
		assert!(of(basis, Meaning::OptedOut).is_err());
		assert!(of(basis, Meaning::Objected).is_err());
	}
}

#[test]
fn a_claim_has_to_be_in_effect() {
	let offers = purpose("offers", LawfulBasis::Consent);
	let with = |stated: Stated| claim(&offers, &stated, NOW);
	let given = || stated(Meaning::Given);
	let ended = with(Stated { until: Some(NOW), ..given() }).unwrap_err();
	assert!(ended.contains("ended on 1970-01-01"), "{ended}");
	let later = with(Stated { from: Some(NOW + 1), ..given() }).unwrap_err();
	assert!(later.contains("only from"), "{later}");
	let future = with(Stated { captured: Some(NOW + 1), ..given() }).unwrap_err();
	assert!(future.contains("in the future"), "{future}");
	let until = Stated { until: Some(NOW + 1), from: Some(NOW), confirmed: true, ..given() };
	assert_eq!(with(until), Ok(Claim::Given(true)));

	let retired = PurposeInfo { retired: true, ..offers };
	assert!(claim(&retired, &given(), NOW).unwrap_err().contains("retired"));
	assert_eq!(claim(&retired, &stated(Meaning::OptedOut), NOW), Ok(Claim::Withdrawn));
}

/// A purpose that needed more at 100, and that asks for new consent since 200.
fn revised() -> Vec<PurposeInfo> {
	let revision =
		|revision, since, notice_version, consents_since, categories: &[DataCategory]| {
			let mut one = purpose("offers", LawfulBasis::Consent);
			one.terms.categories = categories.iter().copied().collect();
			PurposeInfo { revision, since, notice_version, consents_since, ..one }
		};
	use DataCategory::*;
	vec![
		revision(0, 50, 1, 1, &[Contact]),
		revision(1, 100, 1, 1, &[Contact, Behaviour]),
		revision(2, 150, 2, 1, &[Contact, Behaviour]),
		revision(3, 200, 3, 3, &[Contact, Behaviour]),
	]
}

#[test]
fn a_consent_is_to_what_was_in_force_when_it_was_captured() {
	let of = |revisions: usize, captured, notice_version| {
		let row = Stated { captured, notice_version, ..stated(Meaning::Given) };
		super::permission(&revised()[..revisions], &row)
			.map(|found| (found.notice_version, found.categories.to_vec()))
	};
	use DataCategory::*;
	let (less, all) = (vec![Contact], vec![Contact, Behaviour]);
	// Before a new notice asked for new consent.
	for (captured, version, categories) in
		[(50, 1, &less), (99, 1, &less), (100, 1, &all), (149, 1, &all), (150, 2, &all)]
	{
		assert_eq!(of(3, Some(captured), None), Ok((version, categories.clone())), "{captured}");
	}
	// What was not captured since the purpose is on the chain, nobody knows.
	for captured in [None, Some(1), Some(49)] {
		let refused = of(3, captured, None).unwrap_err();
		assert!(refused.contains("it is on the chain since"), "{refused}");
		assert!(refused.contains("--notice-version"), "{refused}");
	}
	// Since then, only what was captured since.
	assert_eq!(of(4, Some(200), None), Ok((3, all.clone())));
	for captured in [None, Some(1), Some(199)] {
		let refused = of(4, captured, None).unwrap_err();
		assert!(refused.contains("asks for new consent since"), "{refused}");
		assert!(refused.contains("notice-version"), "{refused}");
	}
	// It can be said which notice was shown: to no more than was always needed under it.
	assert_eq!(of(1, None, Some(1)), Ok((1, less.clone())));
	assert_eq!(of(4, None, Some(1)), Ok((1, less.clone())));
	assert_eq!(of(4, Some(1), Some(1)), Ok((1, less)));
	assert_eq!(of(4, Some(120), Some(1)), Ok((1, all.clone())));
	assert_eq!(of(4, Some(300), Some(1)), Ok((1, all.clone())));
	assert_eq!(of(4, Some(1), Some(3)), Ok((3, all)));
	for version in [0, 4] {
		assert!(of(4, None, Some(version)).unwrap_err().contains("has no version"));
	}
}

#[test]
fn nothing_is_consented_to_that_the_purpose_needs_no_more() {
	let mut revisions = revised();
	revisions[3].terms.categories = Categories::from(DataCategory::Behaviour);
	let row = Stated { captured: Some(1), notice_version: Some(1), ..stated(Meaning::Given) };
	assert!(super::permission(&revisions, &row).unwrap_err().contains("any more"));
	let row = Stated { captured: Some(120), ..row };
	let found = super::permission(&revisions, &row).unwrap().categories;
	assert_eq!(found, Categories::from(DataCategory::Behaviour));
}

/// Tells the lines of those that are chosen and of those that are refused.
fn lines(rows: Vec<Wanted>, unclear: &[Unclear]) -> (Vec<usize>, Vec<usize>) {
	let (chosen, refused) = latest(rows, unclear);
	let chosen = chosen.iter().map(|one| one.line).collect();
	(chosen, refused.iter().map(|(one, _)| one.line).collect())
}

#[test]
fn parts_of_a_purpose_have_to_agree() {
	use Meaning::{Given, OptedOut};
	let row = |line, part: &str, meaning, captured| {
		let mut one = wanted(line, meaning, captured);
		one.stated.part = Some(part.into()).filter(|part: &String| !part.is_empty());
		one
	};
	let of = |rows: Vec<Wanted>| lines(rows, &[]);
	// A later opt-in on one channel does not wipe out an opt-out on another.
	let two = |phone| vec![row(2, "Email", OptedOut, Some(5)), row(3, "Phone", phone, Some(6))];
	assert_eq!(of(two(Given)), (vec![], vec![2, 3]));
	assert_eq!(of(two(OptedOut)), (vec![3], vec![]));
	// It settles what was said of its own channel, and then the channels agree.
	let mut settled = two(Given);
	settled.push(row(4, "Email", Given, Some(7)));
	assert_eq!(of(settled), (vec![3], vec![]));
	// A row that tells of no channel may be about any.
	let rows = vec![row(2, "Email", Given, Some(5)), row(3, "", OptedOut, Some(4))];
	assert_eq!(of(rows), (vec![], vec![2, 3]));
	// The consent captured first speaks for all of them, also one of which nobody knows when.
	let rows = |email| vec![row(2, "Email", Given, email), row(3, "Phone", Given, Some(4))];
	assert_eq!(of(rows(Some(5))), (vec![3], vec![]));
	assert_eq!(of(rows(None)), (vec![2], vec![]));
	// Consents that end differently, or of which only one was confirmed, are not one consent.
	let mut ending = rows(Some(5));
	ending[0].stated.until = Some(NOW + 1);
	assert_eq!(of(ending), (vec![], vec![2, 3]));
	let mut confirmed = rows(Some(5));
	confirmed[0].stated.confirmed = true;
	assert_eq!(of(confirmed), (vec![], vec![2, 3]));
	// Of what ended, that does not count.
	let mut out = two(OptedOut);
	out[0].stated.until = Some(NOW + 1);
	assert_eq!(of(out), (vec![3], vec![]));
}

#[test]
fn no_consent_counts_that_something_unclear_may_have_ended() {
	use Meaning::{Given, OptedOut, Requested};
	let unclear = |ends| Unclear { line: 9, customer: CUSTOMER, ends, reason: "says so".into() };
	let offers = [unclear(Ends::These(vec!["news".into(), "offers".into()]))];
	let all = [unclear(Ends::Any)];
	for unclear in [&offers, &all] {
		for meaning in [Given, Requested] {
			let (chosen, refused) = latest(vec![wanted(2, meaning, Some(5))], unclear);
			assert!(chosen.is_empty());
			let reason = &refused[0].1;
			assert!(reason.contains("\"offers\", which line 9 may have ended: it says so"));
		}
		// An end ends it all the same, and nobody else's consent is touched.
		assert_eq!(lines(vec![wanted(2, OptedOut, Some(5))], unclear), (vec![2], vec![]));
		let mut other = wanted(2, Given, Some(5));
		other.customer = H256::repeat_byte(2);
		assert_eq!(lines(vec![other], unclear), (vec![2], vec![]));
	}
	let news = [unclear(Ends::These(vec!["news".into()]))];
	assert_eq!(lines(vec![wanted(2, Given, Some(5))], &news), (vec![2], vec![]));
}

#[test]
fn of_several_rows_the_one_captured_last_counts() {
	use Meaning::{Given, OptedOut};
	let lines = |rows| lines(rows, &[]);
	let rows = |dates: [Option<Moment>; 2]| {
		vec![wanted(2, Given, dates[0]), wanted(3, OptedOut, dates[1])]
	};
	assert_eq!(lines(rows([Some(5), Some(6)])), (vec![3], vec![]));
	assert_eq!(lines(rows([Some(6), Some(5)])), (vec![2], vec![]));
	assert_eq!(lines(rows([Some(5), Some(5)])), (vec![], vec![2, 3]));
	assert_eq!(lines(rows([None, Some(5)])), (vec![], vec![2, 3]));
	assert_eq!(lines(rows([None, None])), (vec![], vec![2, 3]));
	// What says the same contradicts nothing.
	assert_eq!(lines(vec![wanted(2, Given, None), wanted(3, Given, Some(5))]), (vec![3], vec![]));
	// Other purposes and customers are other consents.
	let mut other = wanted(3, OptedOut, Some(5));
	other.stated.purpose = "news".into();
	assert_eq!(lines(vec![wanted(2, Given, Some(5)), other]), (vec![2, 3], vec![]));
	let mut other = wanted(3, OptedOut, Some(5));
	other.customer = H256::repeat_byte(2);
	assert_eq!(lines(vec![wanted(2, Given, Some(5)), other]), (vec![2, 3], vec![]));
	// An older contradiction is settled by what came later.
	let settled =
		vec![wanted(2, Given, Some(5)), wanted(3, OptedOut, Some(5)), wanted(4, Given, Some(6))];
	assert_eq!(lines(settled), (vec![4], vec![]));
}

proptest! {
	/// The order of the rows in the file does not count.
	#[test]
	fn the_latest_does_not_depend_on_the_order(
		mut rows in prop::collection::vec((any::<bool>(), prop::option::of(0u64..4)), 1..6),
		seed in any::<u64>(),
	) {
		let build = |rows: &[(bool, Option<u64>)]| {
			let of = |(given, captured): &(bool, Option<u64>)| {
				let meaning = if *given { Meaning::Given } else { Meaning::OptedOut };
				wanted(1, meaning, *captured)
			};
			let (chosen, contradicting) = latest(rows.iter().map(of).collect(), &[]);
			let mut contradicting: Vec<_> = contradicting
				.iter()
				.map(|(one, _)| (format!("{:?}", one.stated.meaning), one.stated.captured))
				.collect();
			contradicting.sort();
			let chosen: Vec<_> =
				chosen.iter().map(|one| (one.stated.meaning, one.stated.captured)).collect();
			prop_assert!(chosen.is_empty() != contradicting.is_empty());
			Ok((chosen, contradicting))
		};
		let forwards = build(&rows)?;
		let middle = seed as usize % rows.len();
		rows.rotate_left(middle);
		prop_assert_eq!(build(&rows)?, forwards);
	}
}

fn due_of(
	claim: Claim,
	stated: &Stated,
	current: Option<ConsentInfo<AccountId32>>,
) -> Result<Due, String> {
	let before = Before { current: current.as_ref(), ..Before::default() };
	due(claim, Ok(permission()), stated, before)
}

#[test]
fn what_is_due_follows_from_what_the_chain_has() {
	use ConsentState::*;
	let give = || Statement::Give { permission: permission() };
	let request = || Statement::Request { permission: permission() };
	let given = Claim::Given;
	let dated = Stated { captured: Some(500), ..stated(Meaning::Given) };

	assert_eq!(due_of(given(false), &dated, None), Ok(Due::State(vec![give()])));
	assert_eq!(due_of(given(true), &dated, None), Ok(Due::State(vec![request(), give()])));
	let asked = Some(others(Requested, 499));
	assert_eq!(due_of(given(true), &dated, asked), Ok(Due::State(vec![request(), give()])));
	// What has to be confirmed is not given by a row that tells of no confirmation.
	let asked = Some(others(Requested, 499));
	let refused = due_of(given(false), &dated, asked).unwrap_err();
	assert!(refused.contains("waits for the customer to confirm"), "{refused}");
	// The customer's own consent stands, whatever was shown to it when the CRM heard of one.
	assert_eq!(due_of(given(true), &dated, Some(others(Given, 9))), Ok(Due::Nothing));
	let has = others(Given, 9);
	let before = Before { current: Some(&has), ..Before::default() };
	let unknown = || Err("nobody knows".to_string());
	assert_eq!(due(given(false), unknown(), &dated, before), Ok(Due::Nothing));
	assert_eq!(due(given(false), unknown(), &dated, Before::default()), Err("nobody knows".into()));
	// So does its withdrawal, unless the CRM got to know something later.
	for state in [Withdrawn, Objected, Expired] {
		assert!(due_of(given(false), &dated, Some(others(state, 500))).is_err());
		assert!(due_of(given(false), &dated, Some(others(state, 499))).is_ok());
		let undated = stated(Meaning::Given);
		assert!(due_of(given(false), &undated, Some(others(state, 1))).is_err());
	}

	let out = Stated { captured: Some(500), ..stated(Meaning::OptedOut) };
	let withdraw = |current| due_of(Claim::Withdrawn, &out, current);
	assert_eq!(withdraw(None), Ok(Due::NotGiven));
	assert_eq!(withdraw(Some(others(Expired, 1))), Ok(Due::NotGiven));
	assert_eq!(withdraw(Some(others(Withdrawn, 1))), Ok(Due::Nothing));
	assert_eq!(withdraw(Some(others(Given, 499))), Ok(Due::State(vec![Statement::Withdraw])));
	assert_eq!(withdraw(Some(others(Requested, 499))), Ok(Due::State(vec![Statement::Withdraw])));
	// Given on the chain after the CRM heard of the opt-out.
	assert!(withdraw(Some(others(Given, 501))).unwrap_err().contains("the chain has it given"));

	let object = |current| due_of(Claim::Objected, &out, current);
	assert_eq!(object(None), Ok(Due::State(vec![Statement::Object])));
	assert_eq!(object(Some(others(Objected, 1))), Ok(Due::Nothing));
	assert_eq!(due_of(Claim::OtherBasis, &out, None), Ok(Due::Nothing));
	let asked = Stated { captured: Some(500), ..stated(Meaning::Requested) };
	assert_eq!(due_of(Claim::Requested, &asked, None), Ok(Due::State(vec![request()])));
}

#[test]
fn what_was_opted_out_of_is_given_only_by_what_was_captured_later() {
	let claim = |meaning| match meaning {
		Meaning::Given => Claim::Given(false),
		_ => Claim::Requested,
	};
	for meaning in [Meaning::Given, Meaning::Requested] {
		for (captured, is_due) in
			[(None, false), (Some(499), false), (Some(500), false), (Some(501), true)]
		{
			let row = Stated { captured, ..stated(meaning) };
			let expired = others(ConsentState::Expired, 400);
			for current in [None, Some(&expired)] {
				let before = Before { opted_out: Some(500), current, last: None };
				let due = due(claim(meaning), Ok(permission()), &row, before);
				assert_eq!(due.is_ok(), is_due, "{captured:?}: {due:?}");
				assert!(
					is_due || due.unwrap_err().contains("an import told that it was opted out")
				);
			}
		}
	}
}

/// A store with one registered customer.
fn store() -> (tempfile::TempDir, Store, CustomerId) {
	let (folder, mut store) = crate::store::tests::store();
	let origin = Origin { source: "crm".into(), id: "1".into() };
	let (id, _) = store.plan_customer(3, &origin, &Default::default()).unwrap();
	carry(&mut store, &[id], &[]);
	(folder, store, id)
}

/// Has the chain take these.
fn carry(store: &mut Store, customers: &[CustomerId], facts: &[i64]) {
	let extrinsic = crate::store::plan::InFlight {
		key: 0,
		account: AccountId32::new([1; 32]),
		nonce: 0,
		bytes: vec![],
		dies: 9,
	};
	let key = store.put_in_flight(&extrinsic, None, customers, facts).unwrap();
	store.settle(key, customers.to_vec(), facts.to_vec()).unwrap();
}

/// Plans what a file says, and tells how much of it is to be submitted.
fn plan(
	store: &mut Store,
	consents: Vec<ConsentInfo<AccountId32>>,
	wanted: Vec<Wanted>,
) -> (usize, Summary) {
	let quiet = wanted.iter().map(|one| one.line).collect();
	let customer = wanted[0].customer;
	let known = Known {
		purposes: [("offers".to_string(), vec![purpose("offers", LawfulBasis::Consent)])].into(),
		consents: consents.into_iter().map(|one| ((customer, one.purpose), one)).collect(),
		now: NOW,
	};
	let mut summary = Summary::default();
	plan_consents(store, &known, Draft { wanted, quiet, ..Draft::default() }, &mut summary)
		.unwrap();
	(store.planned_statements().unwrap().len(), summary)
}

#[test]
fn a_consent_is_planned_once_and_changes_are_followed() {
	let (_folder, mut store, id) = store();
	let row = |meaning, captured| {
		let mut one = wanted(2, meaning, Some(captured));
		one.customer = id;
		one.stated.evidence.0.insert("CaptureDate".into(), captured.to_string());
		vec![one]
	};
	// Planned and never sent, it is planned anew and not twice.
	for _ in 0..2 {
		let (planned, summary) = plan(&mut store, vec![], row(Meaning::Given, 5));
		assert_eq!((planned, summary.unchanged), (1, 0));
	}
	let finish = |store: &mut Store| {
		let planned = store.planned_statements().unwrap();
		let keys: Vec<_> = planned.iter().map(|one| one.fact.key).collect();
		carry(store, &[], &keys);
		planned.last().unwrap().fact.commitment
	};
	let evidence = finish(&mut store);
	let given = current(ConsentState::Given, 100, evidence);

	// The same again is nothing, even where the customer withdrew since.
	for state in [ConsentState::Given, ConsentState::Withdrawn] {
		let chain = vec![current(state, 100, evidence)];
		let (planned, summary) = plan(&mut store, chain, row(Meaning::Given, 5));
		assert_eq!((planned, summary.unchanged, summary.rejects.len()), (0, 1, 0));
	}
	let (planned, _) = plan(&mut store, vec![given.clone()], row(Meaning::OptedOut, 6));
	assert_eq!(planned, 1);
	// Older than what was imported: by the export's own dates, not by the block's.
	let (planned, summary) = plan(&mut store, vec![given], row(Meaning::OptedOut, 4));
	assert_eq!((planned, summary.rejects.len()), (0, 1));

	let (planned, _) = plan(
		&mut store,
		vec![current(ConsentState::Given, 100, evidence)],
		row(Meaning::OptedOut, 6),
	);
	assert_eq!(planned, 1);
	let evidence = finish(&mut store);
	let withdrawn = vec![current(ConsentState::Withdrawn, 200, evidence)];
	let (planned, _) = plan(&mut store, withdrawn.clone(), row(Meaning::Given, 7));
	assert_eq!(planned, 1, "given anew, before the withdrawal was imported and after it was made");
	let (planned, summary) = plan(&mut store, withdrawn, row(Meaning::OptedOut, 6));
	assert_eq!((planned, summary.unchanged), (0, 1));
}

#[test]
fn an_older_file_gives_nothing_anew_that_was_opted_out_of() {
	let (_folder, mut store, id) = store();
	let row = |meaning, captured| {
		let mut one = wanted(2, meaning, captured);
		one.customer = id;
		vec![one]
	};
	let told = |(planned, summary): (usize, Summary)| (planned, summary.rejects.len());
	assert_eq!(told(plan(&mut store, vec![], row(Meaning::OptedOut, Some(500)))), (0, 0));
	for captured in [None, Some(400)] {
		assert_eq!(told(plan(&mut store, vec![], row(Meaning::Given, captured))), (0, 1));
	}
	assert_eq!(told(plan(&mut store, vec![], row(Meaning::Given, Some(600)))), (1, 0));
	// An opt-out of which nobody knows when is not later than the import that tells of it.
	assert_eq!(told(plan(&mut store, vec![], row(Meaning::OptedOut, None))), (0, 0));
	assert_eq!(told(plan(&mut store, vec![], row(Meaning::Given, Some(NOW)))), (0, 1));
	// What the chain has as withdrawn, another opt-out tells of again, and later.
	let withdrawn = vec![others(ConsentState::Withdrawn, 300)];
	assert_eq!(told(plan(&mut store, withdrawn, row(Meaning::OptedOut, Some(700)))), (0, 0));
	assert_eq!(store.opted_out(&id, 4).unwrap(), Some(NOW));
}

#[test]
fn without_dates_an_import_ends_what_another_gave_and_not_the_reverse() {
	let (_folder, mut store, id) = store();
	let row = |meaning| {
		let mut one = wanted(2, meaning, None);
		one.customer = id;
		one.stated.notice_version = Some(3);
		vec![one]
	};
	let finish = |store: &mut Store| {
		let planned = store.planned_statements().unwrap();
		carry(store, &[], &planned.iter().map(|one| one.fact.key).collect::<Vec<_>>());
		planned.last().unwrap().fact.commitment
	};
	assert_eq!(plan(&mut store, vec![], row(Meaning::Given)).0, 1);
	let given = current(ConsentState::Given, 100, finish(&mut store));
	// Other evidence of the same consent.
	let mut reviewed = row(Meaning::Given);
	reviewed[0].stated.evidence.0.insert("date_reviewed".into(), "2026-01-05".into());
	assert_eq!(plan(&mut store, vec![given.clone()], reviewed.clone()).0, 1);
	// What the customer withdrew itself, no review gives anew.
	let own = others(ConsentState::Withdrawn, 200);
	let (planned, summary) = plan(&mut store, vec![own], reviewed);
	assert_eq!((planned, summary.rejects.len()), (0, 1));

	assert_eq!(plan(&mut store, vec![given], row(Meaning::Withdrawn)).0, 1);
	let withdrawn = current(ConsentState::Withdrawn, 200, finish(&mut store));
	let (planned, summary) = plan(&mut store, vec![withdrawn], row(Meaning::Given));
	assert_eq!((planned, summary.rejects.len()), (0, 1));
}

#[test]
fn rows_are_counted_as_what_they_came_to() {
	let (_folder, mut store, id) = store();
	let of = |line, purpose: &str, meaning| {
		let mut one = wanted(line, meaning, None);
		one.customer = id;
		one.stated.purpose = purpose.into();
		one
	};
	let (planned, summary) = plan(
		&mut store,
		vec![],
		vec![of(2, "offers", Meaning::OptedOut), of(3, "unheard-of", Meaning::Given)],
	);
	assert_eq!((planned, summary.not_given, summary.unchanged), (0, 1, 1));
	let [reject] = &summary.rejects[..] else { panic!("{:?}", summary.rejects) };
	assert_eq!(reject.line, Some(3));
	assert!(reject.reason.contains("no purpose \"unheard-of\""), "{}", reject.reason);

	// Of a customer that the chain refused nothing is planned.
	let mut nobody = of(2, "offers", Meaning::Given);
	nobody.customer = H256::repeat_byte(7);
	let (planned, summary) = plan(&mut store, vec![], vec![nobody]);
	assert_eq!((planned, summary.unchanged, summary.rejects.len()), (0, 0, 0));
}
