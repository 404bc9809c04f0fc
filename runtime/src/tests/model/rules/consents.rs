//! Purposes, and what customers consent or object to.

use super::*;
use consentry_primitives::{
	consent::{ConsentState, Permission, SignedStatement, Statement, StatementSignature},
	day_of, Categories, Commitment, Denial,
};
use pallet_consent::Call;

/// How often a customer can give consent free of charge on one day.
const GIVES_PER_DAY: u32 = 20;
/// For how long a signed statement can be good at most.
const STATEMENT: Moment = 30 * DAY;

/// What data is processed for. Neither controller nor basis ever changes.
#[derive(Clone)]
pub struct Purpose {
	pub controller: OrganisationId,
	pub name: Vec<u8>,
	pub basis: LawfulBasis,
	/// At least one, oldest first.
	pub revisions: Vec<PurposeRevision>,
}

/// A purpose at one time.
#[derive(Clone, Copy)]
pub struct PurposeRevision {
	pub since: Moment,
	pub categories: Categories,
	pub notice: Commitment,
	pub notice_version: u32,
	/// Consents under an older notice have no effect.
	pub consents_since: u32,
	pub retired: bool,
}

/// A consent at one time.
#[derive(Clone)]
pub struct ConsentRevision {
	pub since: Moment,
	pub state: ConsentState,
	/// What is or was last consented to.
	pub permission: Option<Permission>,
}

/// What consent and purpose permitted at a moment.
#[derive(Debug, PartialEq)]
pub struct AsOf {
	/// Number of the purpose's revision.
	pub purpose: u32,
	/// Number and state of the consent's.
	pub consent: Option<(u32, ConsentState)>,
	/// Which categories could be processed, or why none could.
	pub permitted: Result<Categories, Denial>,
}

impl Purpose {
	pub fn latest(&self) -> PurposeRevision {
		*self.revisions.last().expect("a purpose has a revision")
	}
}

impl ConsentRevision {
	/// Where the consent stands at `moment`: what is given until a moment ends then by itself.
	pub fn state_at(&self, moment: Moment) -> ConsentState {
		let until = self.permission.as_ref().and_then(|permission| permission.until);
		match self.state {
			ConsentState::Given if until.is_some_and(|until| until <= moment) => {
				ConsentState::Expired
			},
			state => state,
		}
	}
}

/// The categories that may be processed for a purpose at `moment`, or the first reason why none
/// may.
fn permitted(
	purpose: &PurposeRevision,
	basis: LawfulBasis,
	consent: Option<&ConsentRevision>,
	moment: Moment,
) -> Result<Categories, Denial> {
	if purpose.retired {
		return Err(Denial::PurposeRetired);
	}
	match (basis, consent.map(|consent| consent.state_at(moment))) {
		// Nobody is asked for what law or contract demands. An objection ends what is in the
		// public or a legitimate interest.
		(LawfulBasis::PublicTask, Some(ConsentState::Objected))
		| (LawfulBasis::LegitimateInterests, Some(ConsentState::Objected)) => {
			Err(Denial::CustomerObjected)
		},
		(LawfulBasis::Consent, None) => Err(Denial::NoConsent),
		(LawfulBasis::Consent, Some(ConsentState::Requested)) => Err(Denial::ConsentNotConfirmed),
		(LawfulBasis::Consent, Some(ConsentState::Withdrawn)) => Err(Denial::ConsentWithdrawn),
		(LawfulBasis::Consent, Some(ConsentState::Objected)) => Err(Denial::CustomerObjected),
		(LawfulBasis::Consent, Some(ConsentState::Expired)) => Err(Denial::ConsentExpired),
		(LawfulBasis::Consent, Some(ConsentState::Given)) => {
			let permission = consent.and_then(|consent| consent.permission.as_ref());
			let permission = permission.expect("what is given is known");
			if permission.notice_version < purpose.consents_since {
				return Err(Denial::NoticeOutdated);
			}
			match purpose.categories.intersection(permission.categories) {
				Categories(0) => Err(Denial::CategoryNotConsented),
				both => Ok(both),
			}
		},
		_ => Ok(purpose.categories),
	}
}

/// Whether the account that the statement names signed it for this chain, as it is or as wallets
/// wrap it.
fn is_signed(signed: &SignedStatement<Who>, signature: &StatementSignature<Signature>) -> bool {
	let StatementSignature::Account(Signature::Sr25519(signature)) = signature else {
		return false;
	};
	let key = sr25519::Public::from_raw(signed.account.clone().into());
	[signed.message(&GENESIS), signed.wrapped_message(&GENESIS)]
		.iter()
		.any(|message| sr25519::Pair::verify(signature, message, &key))
}

impl Model {
	/// The purpose, which is one of `controller`.
	pub(super) fn purpose_of(
		&self,
		controller: OrganisationId,
		purpose: PurposeId,
	) -> Result<&Purpose, &'static str> {
		let purpose = self.purposes.get(purpose as usize).ok_or("a purpose")?;
		must(purpose.controller == controller, "a purpose of the controller")?;
		Ok(purpose)
	}

	fn latest_consent(&self, key: &(CustomerId, PurposeId)) -> Option<&ConsentRevision> {
		self.consents.get(key).and_then(|revisions| revisions.last())
	}

	/// The basis on which data of the customer in all of `categories` may be processed now.
	pub fn permits(
		&self,
		customer: &CustomerId,
		id: PurposeId,
		categories: Categories,
	) -> Result<LawfulBasis, Denial> {
		let purpose = self.purposes.get(id as usize).ok_or(Denial::WrongPurpose)?;
		let latest = purpose.latest();
		let consent = self.latest_consent(&(*customer, id));
		if !latest.retired && !latest.categories.contains(categories) {
			return Err(Denial::CategoryNotInPurpose);
		}
		match permitted(&latest, purpose.basis, consent, self.now)?.contains(categories) {
			true => Ok(purpose.basis),
			false => Err(Denial::CategoryNotConsented),
		}
	}

	/// What consent and purpose permitted at `moment`. There is no answer for the future, for the
	/// time before the customer was registered, nor for an erased customer.
	pub fn as_of(&self, customer: &CustomerId, id: PurposeId, moment: Moment) -> Option<AsOf> {
		let live = self.live(customer).ok()?;
		let purpose = self.purpose_of(live.controller, id).ok()?;
		let at = purpose.revisions.iter().rposition(|revision| revision.since <= moment)?;
		let consents = self.consents.get(&(*customer, id)).map_or(&[][..], Vec::as_slice);
		let consent_at = consents.iter().rposition(|revision| revision.since <= moment);
		let consent = consent_at.map(|number| &consents[number]);
		(live.registered..=self.now).contains(&moment).then(|| AsOf {
			purpose: at as u32,
			consent: consent_at.map(|number| (number as u32, consents[number].state_at(moment))),
			permitted: permitted(&purpose.revisions[at], purpose.basis, consent, moment),
		})
	}

	/// Whether the call is one that customers make for themselves, and have not made too often.
	pub(super) fn is_free_consent(&self, call: &Call<Runtime>) -> bool {
		match call {
			Call::withdraw { .. } | Call::object { .. } => true,
			Call::give { customer, .. } => self.free_gives(customer) < GIVES_PER_DAY,
			Call::submit { statement, .. } => {
				matches!(statement.statement, Statement::Withdraw | Statement::Object)
			},
			_ => false,
		}
	}

	/// How often the customer gave consent free of charge today.
	fn free_gives(&self, customer: &CustomerId) -> u32 {
		match self.gives.get(customer) {
			Some((day, count)) if *day == day_of(self.now) => *count,
			_ => 0,
		}
	}

	pub(super) fn consents_rule(&mut self, by: &By, call: &Call<Runtime>) -> Ruling {
		match call {
			// Officers keep the purposes of their own organisation.
			Call::create_purpose { name, dpv, basis, terms } => {
				let (_, controller) = self.signer(by, Role::Officer)?;
				must(organisations::is_name(name), "a valid name")?;
				let term = dpv.strip_prefix(b"dpv:").ok_or("the vocabulary's prefix")?;
				must(!term.is_empty() && term.iter().all(u8::is_ascii_alphabetic), "a term")?;
				must(terms.categories.is_valid(), "valid categories")?;
				let named = |p: &Purpose| p.controller == controller && p.name == name[..];
				must(!self.purposes.iter().any(named), "a new name")?;
				let first = PurposeRevision {
					since: self.now,
					categories: terms.categories,
					notice: terms.notice,
					notice_version: 1,
					consents_since: 1,
					retired: false,
				};
				self.purposes.push(Purpose {
					controller,
					name: name.to_vec(),
					basis: *basis,
					revisions: vec![first],
				});
			},
			Call::revise_purpose { purpose, terms, renew } => {
				let mut next = self.revisable(by, *purpose)?;
				must(terms.categories.is_valid(), "valid categories")?;
				next.categories = terms.categories;
				match next.notice == terms.notice {
					true => must(!renew, "another notice, for which to ask anew")?,
					false => next.notice_version += 1,
				}
				next.notice = terms.notice;
				if *renew {
					next.consents_since = next.notice_version;
				}
				self.purposes[*purpose as usize].revisions.push(next);
			},
			Call::retire_purpose { purpose } => {
				let retired = PurposeRevision { retired: true, ..self.revisable(by, *purpose)? };
				self.purposes[*purpose as usize].revisions.push(retired);
			},

			// Customers and guardians state what they want themselves,
			Call::give { customer, purpose, permission } => {
				self.own(by, customer)?;
				let statement = Statement::Give { permission: permission.clone() };
				self.state(customer, *purpose, &statement, false)?;
				let used = self.free_gives(customer);
				if used < GIVES_PER_DAY {
					self.gives.insert(*customer, (day_of(self.now), used + 1));
				}
			},
			Call::withdraw { customer, purpose } => {
				self.own(by, customer)?;
				self.state(customer, *purpose, &Statement::Withdraw, false)?;
			},
			Call::object { customer, purpose } => {
				self.own(by, customer)?;
				self.state(customer, *purpose, &Statement::Object, false)?;
			},
			// or sign it for others to bring: anyone for what ends processing, whatever notice was
			// shown; a Steward for what allows it, under the latest notice. Any change of the
			// consent since voids the signature.
			Call::submit { statement: signed, signature } => {
				let By::Account(_) = by else { return Err("a signer") };
				let customer = &signed.customer;
				let purpose = self.purpose_of(signed.controller, signed.purpose)?;
				if let Statement::Request { .. } | Statement::Give { .. } = signed.statement {
					self.controls(by, Role::Steward, customer)?;
					must(purpose.latest().notice == signed.notice, "the latest notice")?;
				}
				self.acts_for(&signed.account, customer)?;
				must(self.live(customer)?.controller == signed.controller, "the controller")?;
				let key = (*customer, signed.purpose);
				let known = self.consents.get(&key).map_or(&[][..], Vec::as_slice);
				// That the last of them records an end makes no difference.
				let ended = known.last().is_some_and(|c| c.state == ConsentState::Expired);
				let good = [known.len(), known.len() - usize::from(ended)];
				let revisions = signed.revisions as usize;
				must(good.contains(&revisions), "what was signed for this revision")?;
				let period = self.now + 1..=self.now + STATEMENT;
				must(period.contains(&signed.expires), "a signature that is good now")?;
				must(is_signed(signed, signature), "the account's signature")?;
				self.state(customer, signed.purpose, &signed.statement, false)?;
			},
			// or tell their controller, whose Stewards record it.
			Call::record { changes } => {
				self.signer(by, Role::Steward)?;
				for change in changes {
					self.controls(by, Role::Steward, &change.customer)?;
					self.state(&change.customer, change.purpose, &change.statement, true)?;
				}
			},
			_ => return Err("a call with rules"),
		}
		Ok(vec![])
	}

	fn own(&self, by: &By, customer: &CustomerId) -> Result<(), &'static str> {
		let By::Account(who) = by else { return Err("a signer") };
		self.acts_for(who, customer)
	}

	/// The revision that would follow, made by an Officer of a purpose that is not retired.
	fn revisable(&self, by: &By, purpose: PurposeId) -> Result<PurposeRevision, &'static str> {
		let (_, controller) = self.signer(by, Role::Officer)?;
		let latest = self.purpose_of(controller, purpose)?.latest();
		must(!latest.retired, "a purpose in use")?;
		Ok(PurposeRevision { since: self.now, ..latest })
	}

	/// What the customer states is the consent's next revision.
	fn state(
		&mut self,
		customer: &CustomerId,
		id: PurposeId,
		statement: &Statement,
		recorded: bool,
	) -> Result<(), &'static str> {
		let purpose = self.purpose_of(self.live(customer)?.controller, id)?;
		let latest = purpose.latest();
		let basis = purpose.basis;
		let before = self.latest_consent(&(*customer, id)).cloned();
		let before = before.as_ref();
		let stood = before.map(|consent| consent.state_at(self.now));
		if let Statement::Request { permission } | Statement::Give { permission } = statement {
			must(!latest.retired, "a purpose in use")?;
			// What is recorded may have been said long ago.
			let oldest = if recorded { 1 } else { latest.notice_version };
			let versions = oldest..=latest.notice_version;
			must(versions.contains(&permission.notice_version), "a notice that was shown")?;
			must(permission.categories.is_valid(), "valid categories")?;
			must(latest.categories.contains(permission.categories), "the purpose's categories")?;
			must(permission.until.is_none_or(|until| self.now < until), "an end to come")?;
		}
		let state = match statement {
			Statement::Request { .. } => {
				must(basis == LawfulBasis::Consent, "a purpose that rests on consent")?;
				let effective = permitted(&latest, basis, before, self.now).is_ok();
				must(!effective, "a consent that has no effect yet")?;
				ConsentState::Requested
			},
			Statement::Give { permission } => {
				// What is recorded of who was asked confirms that, and no more.
				let asked = before.filter(|_| recorded && stood == Some(ConsentState::Requested));
				if let Some(asked) = asked.and_then(|asked| asked.permission.as_ref()) {
					let same = permission.notice_version == asked.notice_version;
					must(same, "the notice under which was asked")?;
					let asked_for = asked.categories.contains(permission.categories);
					must(asked_for, "categories that were asked for")?;
					let last = asked.until.unwrap_or(Moment::MAX);
					must(permission.until.unwrap_or(Moment::MAX) <= last, "the end asked for")?;
				}
				if basis != LawfulBasis::Consent {
					// An objection is taken back wholly and for good.
					must(stood == Some(ConsentState::Objected), "something to consent to")?;
					must(permission.categories == latest.categories, "all categories")?;
					must(permission.until.is_none(), "no end")?;
				}
				ConsentState::Given
			},
			Statement::Withdraw => {
				must(basis == LawfulBasis::Consent, "a purpose that rests on consent")?;
				let open = [Some(ConsentState::Requested), Some(ConsentState::Given)];
				must(open.contains(&stood), "something to withdraw")?;
				ConsentState::Withdrawn
			},
			Statement::Object => {
				must(basis.can_be_objected_to(), "a purpose that can be objected to")?;
				must(stood != Some(ConsentState::Objected), "no objection before")?;
				ConsentState::Objected
			},
		};
		let permission = match statement {
			Statement::Request { permission } | Statement::Give { permission } => {
				Some(permission.clone())
			},
			_ => before.and_then(|consent| consent.permission.clone()),
		};
		// What has ended is entered as such first.
		if stood == Some(ConsentState::Expired) {
			self.end(&(*customer, id));
		}
		let revision = ConsentRevision { since: self.now, state, permission };
		self.consents.entry((*customer, id)).or_default().push(revision);
		self.enter(customer);
		Ok(())
	}

	/// Makes the end of a consent that is given a revision.
	fn end(&mut self, key: &(CustomerId, PurposeId)) {
		let now = self.now;
		let Some(revisions) = self.consents.get_mut(key) else { return };
		let Some(latest) = revisions.last().cloned() else { return };
		if latest.state == ConsentState::Given {
			let state = ConsentState::Expired;
			revisions.push(ConsentRevision { since: now, state, ..latest });
			self.enter(&key.0);
		}
	}

	/// On the day after its last, the end of a consent becomes a revision.
	pub(super) fn expire(&mut self) {
		let today = day_of(self.now);
		let over = self.consents.iter().filter(|(_, revisions)| {
			let permission = revisions.last().and_then(|latest| latest.permission.as_ref());
			let until = permission.and_then(|permission| permission.until);
			until.is_some_and(|until| day_of(until) < today)
		});
		for key in over.map(|(key, _)| *key).collect::<Vec<_>>() {
			self.end(&key);
		}
	}
}
