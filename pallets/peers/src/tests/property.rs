//! Random calls against a model of the list.

use crate::{mock::*, Call};
use consentry_primitives::OrganisationId;
use proptest::prelude::*;
use sp_runtime::traits::Dispatchable;
use std::collections::{BTreeMap, BTreeSet};

/// What the pallet should know, kept in the plainest way.
#[derive(Default)]
struct Model {
	owners: BTreeMap<u8, OrganisationId>,
	suspended: BTreeSet<OrganisationId>,
	enforced: bool,
}

#[derive(Clone, Debug)]
enum Step {
	Add { signer: u64, peer: u8 },
	Remove { signer: u64, peer: u8 },
	Enforce { signer: Option<u64> },
	Suspend { organisation: OrganisationId },
	Reinstate { organisation: OrganisationId },
}

impl Model {
	/// The organisation for which an account may act.
	fn acts_for(&self, signer: u64) -> Option<OrganisationId> {
		let active = (0..ORGANISATIONS).filter(|id| !self.suspended.contains(id));
		active.into_iter().find(|id| admin(*id) == signer)
	}

	/// Takes the step where it should succeed, and tells whether it should.
	fn take(&mut self, step: &Step) -> bool {
		match *step {
			Step::Add { signer, peer } => {
				let Some(organisation) = self.acts_for(signer) else { return false };
				let listed = self.owners.values().filter(|owner| **owner == organisation).count();
				let succeeds = !self.owners.contains_key(&peer) && listed < MAX_PEERS as usize;
				if succeeds {
					self.owners.insert(peer, organisation);
				}
				succeeds
			},
			Step::Remove { signer, peer } => {
				let owns = self.owners.get(&peer).copied() == self.acts_for(signer);
				let is_last = self.enforced && self.active().eq([peer]);
				let succeeds = owns && !is_last;
				succeeds && self.owners.remove(&peer).is_some()
			},
			Step::Enforce { signer } => {
				let succeeds = signer.is_none() && !self.enforced && !self.owners.is_empty();
				self.enforced |= succeeds;
				succeeds
			},
			Step::Suspend { organisation } => {
				self.suspended.insert(organisation);
				true
			},
			Step::Reinstate { organisation } => {
				self.suspended.remove(&organisation);
				true
			},
		}
	}

	/// The peers of organisations that are not suspended.
	fn active(&self) -> impl Iterator<Item = u8> + '_ {
		let active = self.owners.iter().filter(|(_, owner)| !self.suspended.contains(owner));
		active.map(|(peer, _)| *peer)
	}

	/// Compares what nodes are told.
	fn compare(&self) {
		let expected = self.active().map(peer).collect();
		assert_eq!(allowed(), self.enforced.then_some(expected));
	}
}

fn carry_out(step: Step) -> bool {
	let (signer, call) = match step {
		Step::Add { signer, peer: n } => (Some(signer), Call::add_peer { peer: peer(n) }),
		Step::Remove { signer, peer: n } => (Some(signer), Call::remove_peer { peer: peer(n) }),
		Step::Enforce { signer } => (signer, Call::enforce {}),
		Step::Suspend { organisation } => {
			Suspended::mutate(|suspended| suspended.push(organisation));
			return true;
		},
		Step::Reinstate { organisation } => {
			Suspended::mutate(|suspended| suspended.retain(|id| *id != organisation));
			return true;
		},
	};
	let origin = signer.map_or(RuntimeOrigin::root(), RuntimeOrigin::signed);
	RuntimeCall::from(call).dispatch(origin).is_ok()
}

fn step() -> impl Strategy<Value = Step> {
	let organisation = || 0..ORGANISATIONS;
	// Admins, one of no organisation among them, and sometimes another member.
	let signer = || {
		prop_oneof![
			5 => (0..=ORGANISATIONS).prop_map(admin),
			1 => organisation().prop_map(member),
		]
	};
	prop_oneof![
		8 => (signer(), 0u8..12).prop_map(|(signer, peer)| Step::Add { signer, peer }),
		8 => (signer(), 0u8..12).prop_map(|(signer, peer)| Step::Remove { signer, peer }),
		1 => prop::option::of(signer()).prop_map(|signer| Step::Enforce { signer }),
		1 => organisation().prop_map(|organisation| Step::Suspend { organisation }),
		2 => organisation().prop_map(|organisation| Step::Reinstate { organisation }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn calls_do_what_the_model_does(steps in prop::collection::vec(step(), 200)) {
		run(|| {
			let mut model = Model::default();
			for step in steps {
				let expected = model.take(&step);
				assert_eq!(carry_out(step.clone()), expected, "{step:?}");
				Peers::do_try_state().expect("the invariants hold after each step");
				model.compare();
			}
		});
	}

	#[test]
	fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..=64)) {
		run(|| {
			let peer = bytes.clone().try_into().expect("they fit");
			let listed = Peers::add_peer(signed(admin(0)), peer).is_ok();
			let lengths = matches!(bytes.len(), 34 | 38);
			assert!(lengths || !listed);
		});
	}
}
