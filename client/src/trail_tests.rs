use super::*;
use crate::content::{Content, Sealed};
use consentry_primitives::{Actor, DataCategory};
use proptest::prelude::*;

const GENESIS: H256 = H256::repeat_byte(7);
const CUSTOMER: H256 = H256::repeat_byte(1);

fn sealed(index: u64) -> Sealed {
	Sealed::new(&Content::from_iter([("Name", index.to_string())]))
}

/// A trail of `count` records sealed, newest first as nodes serve it, with its end.
fn trail(count: u64) -> (Vec<Link>, TrailHead, Vec<Fact>) {
	let (mut links, mut facts) = (Vec::new(), Vec::new());
	let mut previous = origin(&GENESIS, &CUSTOMER);
	for index in 0..count {
		let sealed = sealed(index);
		let (commitment, category) = (sealed.commitment(), DataCategory::Identity);
		let action = Action::RecordSealed { category, revision: index as u32, commitment };
		let entry = Entry { index, moment: 5, block: 3, actor: Actor::Customer, action };
		let head = advance(&previous, &entry);
		links.insert(0, Link { entry, head, previous });
		facts.push(Fact {
			key: index as i64,
			customer: CUSTOMER,
			subject: Subject::Record(category),
			commitment,
			sealed,
			done: true,
		});
		previous = head;
	}
	(links, TrailHead { entries: count, head: previous }, facts)
}

fn check_served(proven: &TrailHead, served: &[Link]) -> Result<Checked, Finding> {
	check(&GENESIS, &CUSTOMER, proven, served)
}

#[test]
fn an_honest_trail_passes() {
	let (links, end, facts) = trail(5);
	let checked = check_served(&end, &links).unwrap();
	assert_eq!(checked.entries.len(), 5);
	assert_eq!(checked.heads.last(), Some(&end.head));
	assert_eq!(checked.open(&facts), Ok(Opened { opened: 5, unopened: 0 }));
}

#[test]
fn a_changed_entry_is_named() {
	for index in 0..5 {
		let (mut links, end, _) = trail(5);
		links[4 - index as usize].entry.moment += 1;
		assert_eq!(check_served(&end, &links), Err(Finding::Changed(index)));
	}
}

#[test]
fn a_missing_entry_is_named() {
	for index in 0..5 {
		let (mut links, end, _) = trail(5);
		links.remove(4 - index as usize);
		assert_eq!(check_served(&end, &links), Err(Finding::Missing(index)));
	}
}

#[test]
fn an_added_entry_is_named() {
	let (links, end, _) = trail(5);
	for position in 0..=5 {
		let mut served = links.clone();
		let copy = links[position.min(4)].clone();
		let index = copy.entry.index;
		served.insert(position, copy);
		assert_eq!(check_served(&end, &served), Err(Finding::Added(index)), "at {position}");
	}
	let (longer, ..) = trail(6);
	assert_eq!(check_served(&end, &longer), Err(Finding::Added(5)));
}

#[test]
fn swapped_entries_are_named() {
	let (mut links, end, _) = trail(5);
	links.swap(1, 3);
	assert_eq!(check_served(&end, &links), Err(Finding::Reordered { expected: 3, found: 1 }));
}

#[test]
fn a_whole_trail_made_up_anew_is_detected() {
	let (_, end, _) = trail(5);
	let (other, ..) = trail(5);
	assert_eq!(check_served(&end, &other), Err(Finding::Changed(4)));
}

#[test]
fn trails_of_others_are_detected() {
	let (links, end, _) = trail(2);
	let other = check(&GENESIS, &H256::repeat_byte(2), &end, &links);
	assert_eq!(other, Err(Finding::OtherOrigin));
	let other = check(&H256::repeat_byte(8), &CUSTOMER, &end, &links);
	assert_eq!(other, Err(Finding::OtherOrigin));
}

#[test]
fn an_earlier_head_must_be_continued() {
	let (links, end, _) = trail(5);
	let checked = check_served(&end, &links).unwrap();
	for (at, head) in checked.heads.iter().enumerate() {
		let earlier = VerifiedHead { entries: at as u64 + 1, head: *head, block: 1 };
		checked.continues(&earlier).unwrap();
	}
	let rewritten = Err(Finding::Rewritten { entries: 3, block: 1 });
	let earlier = VerifiedHead { entries: 3, head: H256::repeat_byte(3), block: 1 };
	assert_eq!(checked.continues(&earlier), rewritten);
	let longer = VerifiedHead { entries: 6, head: end.head, block: 1 };
	assert_eq!(checked.continues(&longer), Err(Finding::Rewritten { entries: 6, block: 1 }));
}

#[test]
fn what_the_store_holds_must_be_in_the_trail() {
	let (links, end, mut facts) = trail(3);
	let checked = check_served(&end, &links).unwrap();
	let lost = facts.pop().unwrap();
	assert_eq!(checked.open(&facts), Ok(Opened { opened: 2, unopened: 1 }));

	let (subject, stray) = (lost.subject, sealed(9));
	let commitment = stray.commitment();
	facts.push(Fact { commitment, sealed: stray, ..lost.clone() });
	assert_eq!(checked.open(&facts), Err(Finding::NotInTrail { subject, commitment }));
	// What is only planned need not be there.
	facts.last_mut().unwrap().done = false;
	assert_eq!(checked.open(&facts), Ok(Opened { opened: 2, unopened: 1 }));

	facts.pop();
	facts.push(Fact { sealed: sealed(2), ..lost.clone() });
	let commitment = lost.commitment;
	assert_eq!(checked.open(&facts), Err(Finding::NotOpened { subject, commitment }));
}

#[test]
fn json_is_what_nodes_serve() {
	let (links, ..) = trail(1);
	let json = serde_json::to_value(&links[0]).unwrap();
	assert_eq!(json["entry"]["action"]["type"], "record-sealed");
	assert_eq!(serde_json::from_value::<Link>(json).unwrap(), links[0]);
}

proptest! {
	/// Any other list of the same entries is refused.
	#[test]
	fn any_other_arrangement_is_detected(
		count in 1u64..8,
		picks in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
	) {
		let (links, end, _) = trail(count);
		let served: Vec<_> =
			picks.iter().map(|pick| links[pick.index(links.len())].clone()).collect();
		prop_assert_eq!(check_served(&end, &served).is_ok(), served == links);
	}
}
