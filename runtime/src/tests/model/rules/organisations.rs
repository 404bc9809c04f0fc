//! Organisations and their members.

use super::*;
use consentry_primitives::Roles;
use pallet_organisations::Call;

/// An organisation.
#[derive(Clone)]
pub struct Organisation {
	pub name: Vec<u8>,
	pub active: bool,
}

/// What an account may do, and for whom.
#[derive(Clone, Copy)]
pub struct Member {
	pub organisation: OrganisationId,
	pub roles: Roles,
}

/// Names begin with a letter and have nothing but letters, digits and hyphens.
pub fn is_name(name: &[u8]) -> bool {
	let letter = |c: &u8| c.is_ascii_lowercase();
	let inner = |c: &u8| letter(c) || c.is_ascii_digit() || *c == b'-';
	name.first().is_some_and(letter) && name.iter().all(inner)
}

impl Model {
	/// The organisation for which `who` may act as `role`. A member may not while its organisation
	/// is suspended, or while a controller suspended it.
	pub fn acting(&self, who: &Who, role: Role) -> Result<OrganisationId, &'static str> {
		let member = self.members.get(who).ok_or("a member")?;
		must(member.roles.contains(role), "the role")?;
		must(self.is_active(member.organisation), "an active organisation")?;
		must(!self.suspended.contains_key(who), "an account that is not suspended")?;
		Ok(member.organisation)
	}

	/// The organisation for which `by` may act as `role`; the council may not.
	pub(super) fn signer(
		&self,
		by: &By,
		role: Role,
	) -> Result<(Who, OrganisationId), &'static str> {
		let By::Account(who) = by else { return Err("a signer") };
		Ok((who.clone(), self.acting(who, role)?))
	}

	/// Whether there is such an organisation, and it is not suspended.
	pub fn is_active(&self, organisation: OrganisationId) -> bool {
		self.organisations.get(organisation as usize).is_some_and(|o| o.active)
	}

	pub(super) fn organisations_rule(&mut self, by: &By, call: &Call<Runtime>) -> Ruling {
		match (by, call) {
			// The council admits organisations, suspends them, and helps out those that lost their
			// admins' keys.
			(By::Council, Call::register { name, admin }) => {
				must(is_name(name), "a valid name")?;
				must(self.organisations.iter().all(|o| o.name != name[..]), "a new name")?;
				must(!self.members.contains_key(admin), "an admin who belongs to no other")?;
				must(!self.bound.contains(admin), "an account that is no customer's")?;
				let organisation = self.organisations.len() as OrganisationId;
				self.organisations.push(Organisation { name: name.to_vec(), active: true });
				let member = Member { organisation, roles: Role::Admin.into() };
				self.members.insert(admin.clone(), member);
			},
			(By::Council, Call::suspend { organisation }) => self.switch(*organisation, false)?,
			(By::Council, Call::reinstate { organisation }) => self.switch(*organisation, true)?,
			(By::Council, Call::appoint_admin { organisation, account }) => {
				must((*organisation as usize) < self.organisations.len(), "an organisation")?;
				let new = Member { organisation: *organisation, roles: Roles(0) };
				let member = self.members.entry(account.clone()).or_insert(new);
				must(member.organisation == *organisation, "nobody else's member")?;
				must(!member.roles.contains(Role::Admin), "no admin yet")?;
				let is_new = member.roles == Roles(0);
				member.roles.0 |= Role::Admin.flag();
				must(!is_new || !self.bound.contains(account), "an account that is no customer's")?;
			},

			// Admins manage the members of their own organisation.
			(_, Call::add_member { account, roles }) => {
				let (_, organisation) = self.signer(by, Role::Admin)?;
				must(roles.is_valid(), "valid roles")?;
				must(!self.members.contains_key(account), "an account that is no member")?;
				must(!self.bound.contains(account), "an account that is no customer's")?;
				self.members.insert(account.clone(), Member { organisation, roles: *roles });
			},
			(_, Call::set_roles { account, roles }) => {
				let organisation = self.managed(by, account)?;
				must(roles.is_valid(), "valid roles")?;
				self.members.insert(account.clone(), Member { organisation, roles: *roles });
				must(self.has_admin(organisation), "an admin left")?;
			},
			// Whoever was made a member without being asked can leave, come what may.
			(By::Account(who), Call::remove_member { account }) => {
				let organisation = match who == account {
					true => self.members.get(who).ok_or("a member")?.organisation,
					false => self.managed(by, account)?,
				};
				self.members.remove(account);
				must(self.has_admin(organisation), "an admin left")?;
			},
			_ => return Err("the right origin"),
		}
		Ok(vec![])
	}

	fn switch(&mut self, organisation: OrganisationId, on: bool) -> Result<(), &'static str> {
		let organisation =
			self.organisations.get_mut(organisation as usize).ok_or("an organisation")?;
		must(organisation.active != on, "the other state")?;
		organisation.active = on;
		Ok(())
	}

	fn managed(&self, by: &By, account: &Who) -> Result<OrganisationId, &'static str> {
		let (_, organisation) = self.signer(by, Role::Admin)?;
		let member = self.members.get(account).ok_or("a member")?;
		must(member.organisation == organisation, "an own member")?;
		Ok(organisation)
	}

	fn has_admin(&self, organisation: OrganisationId) -> bool {
		let is_admin = |m: &Member| m.organisation == organisation && m.roles.contains(Role::Admin);
		self.members.values().any(is_admin)
	}
}
