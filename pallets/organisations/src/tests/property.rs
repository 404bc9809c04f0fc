//! Random calls against a model of who belongs where.

use crate::{mock::*, Call};
use consentry_primitives::{Membership, Role, Roles};
use proptest::prelude::*;
use sp_runtime::traits::Dispatchable;
use std::collections::{BTreeMap, BTreeSet};

const ACCOUNTS: u8 = 10;
const ORGANISATIONS: u32 = 4;

/// What the pallet should know, kept in the plainest way.
#[derive(Default)]
struct Model {
	names: Vec<u8>,
	suspended: BTreeSet<u32>,
	members: BTreeMap<u8, (u32, Roles)>,
}

/// A call and who makes it: the consortium, or an account.
#[derive(Clone, Debug)]
enum Step {
	Register { name: u8, admin: u8 },
	Suspend { organisation: u32 },
	Reinstate { organisation: u32 },
	AppointAdmin { organisation: u32, account: u8 },
	AddMember { signer: u8, account: u8, roles: Roles },
	SetRoles { signer: u8, account: u8, roles: Roles },
	RemoveMember { signer: u8, account: u8 },
}

impl Step {
	fn dispatch(self) -> bool {
		let root = RuntimeOrigin::root;
		let (origin, call) = match self {
			Step::Register { name, admin } => (
				root(),
				Call::register {
					name: vec![name].try_into().expect("one byte fits"),
					admin: account(admin),
				},
			),
			Step::Suspend { organisation } => (root(), Call::suspend { organisation }),
			Step::Reinstate { organisation } => (root(), Call::reinstate { organisation }),
			Step::AppointAdmin { organisation, account: who } => {
				(root(), Call::appoint_admin { organisation, account: account(who) })
			},
			Step::AddMember { signer, account: who, roles } => {
				(signed(signer), Call::add_member { account: account(who), roles })
			},
			Step::SetRoles { signer, account: who, roles } => {
				(signed(signer), Call::set_roles { account: account(who), roles })
			},
			Step::RemoveMember { signer, account: who } => {
				(signed(signer), Call::remove_member { account: account(who) })
			},
		};
		RuntimeCall::from(call).dispatch(origin).is_ok()
	}
}

impl Model {
	fn count(&self, organisation: u32, is: impl Fn(Roles) -> bool) -> usize {
		self.members.values().filter(|(id, roles)| *id == organisation && is(*roles)).count()
	}

	fn exists(&self, organisation: u32) -> bool {
		(organisation as usize) < self.names.len()
	}

	fn has_room(&self, organisation: u32) -> bool {
		self.count(organisation, |_| true) < MAX_MEMBERS as usize
	}

	/// The organisation for which an account may act as `role`.
	fn acts_as(&self, account: u8, role: Role) -> Option<u32> {
		let (organisation, roles) = self.members.get(&account)?;
		(roles.contains(role) && !self.suspended.contains(organisation)).then_some(*organisation)
	}

	/// Whether `signer` may give `account` the roles `to`, or none at all.
	fn may_change(&self, signer: u8, account: u8, to: Option<Roles>) -> bool {
		let Some((organisation, from)) = self.members.get(&account) else { return false };
		let stays_admin = to.is_some_and(|roles| roles.contains(Role::Admin));
		let others = self.count(*organisation, |roles| roles.contains(Role::Admin))
			- usize::from(from.contains(Role::Admin));
		self.acts_as(signer, Role::Admin) == Some(*organisation)
			&& to.is_none_or(Roles::is_valid)
			&& (stays_admin || others > 0)
	}

	/// Whether `account` is a member, and not the last admin.
	fn may_leave(&self, account: u8) -> bool {
		let Some((organisation, roles)) = self.members.get(&account) else { return false };
		let admins = self.count(*organisation, |roles| roles.contains(Role::Admin));
		!roles.contains(Role::Admin) || admins > 1
	}

	/// Takes the step where it should succeed, and tells whether it should.
	fn take(&mut self, step: &Step) -> bool {
		match *step {
			Step::Register { name, admin } => {
				let succeeds = name.is_ascii_lowercase()
					&& !self.names.contains(&name)
					&& !self.members.contains_key(&admin);
				if succeeds {
					self.members.insert(admin, (self.names.len() as u32, Role::Admin.into()));
					self.names.push(name);
				}
				succeeds
			},
			Step::Suspend { organisation } => {
				self.exists(organisation) && self.suspended.insert(organisation)
			},
			Step::Reinstate { organisation } => self.suspended.remove(&organisation),
			Step::AppointAdmin { organisation, account } => match self.members.get_mut(&account) {
				Some((id, roles)) => {
					let succeeds = *id == organisation && !roles.contains(Role::Admin);
					if succeeds {
						roles.0 |= Role::Admin.flag();
					}
					succeeds
				},
				None => {
					let succeeds = self.exists(organisation) && self.has_room(organisation);
					if succeeds {
						self.members.insert(account, (organisation, Role::Admin.into()));
					}
					succeeds
				},
			},
			Step::AddMember { signer, account, roles } => match self.acts_as(signer, Role::Admin) {
				Some(organisation)
					if roles.is_valid()
						&& !self.members.contains_key(&account)
						&& self.has_room(organisation) =>
				{
					self.members.insert(account, (organisation, roles));
					true
				},
				_ => false,
			},
			Step::SetRoles { signer, account, roles } => {
				let succeeds = self.may_change(signer, account, Some(roles));
				if let Some(member) = self.members.get_mut(&account).filter(|_| succeeds) {
					member.1 = roles;
				}
				succeeds
			},
			Step::RemoveMember { signer, account } => {
				let succeeds = match signer == account {
					true => self.may_leave(account),
					false => self.may_change(signer, account, None),
				};
				succeeds && self.members.remove(&account).is_some()
			},
		}
	}

	/// Compares every answer of the pallet with the model's.
	fn compare(&self) {
		for n in 0..ACCOUNTS {
			let belongs = self.members.get(&n).map(|(organisation, _)| *organisation);
			assert_eq!(Organisations::organisation_of(&account(n)), belongs);
			assert_eq!(System::sufficients(&account(n)), u32::from(belongs.is_some()));
			for role in Role::ALL {
				assert_eq!(
					Organisations::ensure_role(&account(n), role).ok(),
					self.acts_as(n, role)
				);
			}
		}
		for id in 0..ORGANISATIONS {
			let active = Organisations::organisation_info(id).map(|info| info.active);
			assert_eq!(active, self.exists(id).then(|| !self.suspended.contains(&id)));
		}
	}
}

fn step() -> impl Strategy<Value = Step> {
	let account = || 0..ACCOUNTS;
	let organisation = || 0..ORGANISATIONS;
	// Mostly valid, sometimes empty or unknown.
	let roles = || (0u8..36).prop_map(Roles);
	prop_oneof![
		2 => (b'`'..=b'd', account()).prop_map(|(name, admin)| Step::Register { name, admin }),
		1 => organisation().prop_map(|organisation| Step::Suspend { organisation }),
		2 => organisation().prop_map(|organisation| Step::Reinstate { organisation }),
		1 => (organisation(), account())
			.prop_map(|(organisation, account)| Step::AppointAdmin { organisation, account }),
		6 => (account(), account(), roles())
			.prop_map(|(signer, account, roles)| Step::AddMember { signer, account, roles }),
		6 => (account(), account(), roles())
			.prop_map(|(signer, account, roles)| Step::SetRoles { signer, account, roles }),
		4 => (account(), account())
			.prop_map(|(signer, account)| Step::RemoveMember { signer, account }),
	]
}

/// Bytes of names, with those that neighbour them in ASCII and some that are no characters.
fn name_like() -> impl Strategy<Value = Vec<u8>> {
	let byte = prop_oneof![
		9 => prop::sample::select(&b"abcxyz0189-"[..]),
		1 => prop::sample::select(&b"`{/:,.@_ AZ\0\xc3\xff"[..]),
	];
	prop::collection::vec(byte, 0..=32)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn calls_do_what_the_model_does(steps in prop::collection::vec(step(), 200)) {
		run(|| {
			let mut model = Model::default();
			for step in steps {
				let expected = model.take(&step);
				assert_eq!(step.clone().dispatch(), expected, "{step:?}");
				Organisations::do_try_state().expect("the invariants hold after each step");
				model.compare();
			}
		});
	}

	#[test]
	fn no_name_but_the_allowed_is_stored(bytes in name_like()) {
		run(|| {
			let allowed = String::from_utf8(bytes.clone()).is_ok_and(|name| {
				let mut letters = name.chars();
				letters.next().is_some_and(|first| first.is_ascii_lowercase())
					&& letters.all(|c| "abcdefghijklmnopqrstuvwxyz0123456789-".contains(c))
			});
			let name = bytes.try_into().expect("it is within the bound");
			let result = Organisations::register(RuntimeOrigin::root(), name, account(1));
			assert_eq!(result.is_ok(), allowed);
		});
	}
}
