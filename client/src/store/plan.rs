//! What is to be written to the chain, and what is on its way.
//!
//! Everything is planned here before it is submitted, and an extrinsic is kept here before it is
//! handed to a node. So whatever interrupts an import, the next one knows what may have reached
//! the chain, asks the chain whether it did, and submits only the rest.

use super::{context, Customer, Fact, Origin, Store, Subject};
use crate::{
	content::{Content, Sealed},
	Result,
};
use codec::Encode;
use consentry_primitives::{customer::customer_id, CustomerId, DataCategory, OrganisationId};
use rand::{rngs::OsRng, RngCore};
use rusqlite::{params, Connection};
use sp_core::{crypto::AccountId32, H256};
use std::collections::BTreeMap;

/// What planning a row came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planned {
	/// A customer to be registered, or an interaction to be recorded.
	New,
	/// Records of a known customer to be sealed anew: this many.
	Changed(usize),
	/// Nothing to do.
	Unchanged,
}

/// An extrinsic that was signed and maybe handed to a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InFlight {
	/// Key in the store.
	pub key: i64,
	/// Who signed it.
	pub account: AccountId32,
	/// Its nonce.
	pub nonce: u64,
	/// The signed extrinsic.
	pub bytes: Vec<u8>,
	/// The first block that cannot hold it any more.
	pub dies: u32,
}

/// A registration to be submitted.
pub type Registration = (Customer, Vec<Fact>);

impl Store {
	/// Plans what a customer's row says: registers it if it is new, else seals what changed.
	pub fn plan_customer(
		&mut self,
		controller: OrganisationId,
		origin: &Origin,
		records: &BTreeMap<DataCategory, Content>,
	) -> Result<(CustomerId, Planned)> {
		let known = self.customer_from(origin)?;
		let latest = match &known {
			Some(customer) => self.latest_records(&customer.id)?,
			None => BTreeMap::new(),
		};
		let savepoint = self.database.savepoint()?;
		let (id, done) = match &known {
			Some(customer) => (customer.id, customer.done),
			None => {
				let mut nonce = H256::zero();
				OsRng.fill_bytes(nonce.as_bytes_mut());
				let id = customer_id(controller, &nonce);
				savepoint.execute(
					"INSERT INTO customers (id, lookup, origin, controller, nonce, done)
					 VALUES (?, ?, ?, ?, ?, 0)",
					params![
						id.as_bytes(),
						self.vault.lookup(origin),
						self.vault.encrypt(&origin.encode(), id.as_bytes()),
						controller,
						nonce.as_bytes(),
					],
				)?;
				(id, false)
			},
		};
		let mut changed = 0;
		for (category, content) in records {
			let before = latest.get(category);
			if before.is_some_and(|fact| fact.sealed.holds(content)) {
				continue;
			}
			// What was planned and never submitted is replaced, not followed.
			if let Some(fact) = before.filter(|fact| !fact.done) {
				savepoint.execute("DELETE FROM facts WHERE id = ?", [fact.key])?;
			}
			insert_fact(&savepoint, &self.vault, &id, Subject::Record(*category), None, content)?;
			changed += 1;
		}
		// Values that were emptied leave a record of nothing: the old one stays in the trail.
		for (category, fact) in &latest {
			if !records.contains_key(category)
				&& fact.sealed.content().is_ok_and(|content| !content.is_blank())
			{
				if !fact.done {
					savepoint.execute("DELETE FROM facts WHERE id = ?", [fact.key])?;
				}
				if done || fact.done {
					let nothing = Content::default();
					let subject = Subject::Record(*category);
					insert_fact(&savepoint, &self.vault, &id, subject, None, &nothing)?;
				}
				changed += 1;
			}
		}
		savepoint.commit()?;
		let planned = match (known, changed) {
			(None, _) => Planned::New,
			(Some(_), 0) => Planned::Unchanged,
			(Some(_), changed) => Planned::Changed(changed),
		};
		Ok((id, planned))
	}

	/// Plans an interaction of a customer, unless its row was planned before with this content; the
	/// fact's key comes with it. `place` tells apart the interactions of one row.
	pub fn plan_interaction(
		&mut self,
		customer: &CustomerId,
		origin: &Origin,
		place: usize,
		subject: Subject,
		details: &Content,
	) -> Result<(i64, Planned)> {
		let lookup = self.vault.lookup((origin, place as u32));
		let before = self.select_facts("lookup = ? ORDER BY id DESC LIMIT 1", [&lookup[..]])?;
		if let Some(fact) = before.first().filter(|fact| fact.sealed.holds(details)) {
			return Ok((fact.key, Planned::Unchanged));
		}
		let lookup = Some(lookup);
		let key = insert_fact(&self.database, &self.vault, customer, subject, lookup, details)?;
		Ok((key, Planned::New))
	}

	/// Plans one record of a customer, or keeps evidence for the call that commits to it.
	pub fn plan_fact(
		&mut self,
		customer: &CustomerId,
		subject: Subject,
		content: &Content,
	) -> Result<Fact> {
		let key = insert_fact(&self.database, &self.vault, customer, subject, None, content)?;
		let fact = self.select_facts("id = ?", [key])?.pop();
		Ok(fact.ok_or(rusqlite::Error::QueryReturnedNoRows)?)
	}

	/// Notes that the chain has finalised a fact.
	pub fn finish_fact(&mut self, key: i64) -> Result<()> {
		self.database.execute("UPDATE facts SET done = 1 WHERE id = ?", [key])?;
		Ok(())
	}

	/// Drops plans that the chain refused.
	pub fn drop_facts(&mut self, keys: &[i64]) -> Result<()> {
		let transaction = self.database.transaction()?;
		for key in keys {
			transaction.execute("DELETE FROM facts WHERE id = ? AND done = 0", [key])?;
		}
		Ok(transaction.commit()?)
	}

	/// Drops the plan of a customer that the chain refused to register.
	pub fn drop_customer(&mut self, customer: &CustomerId) -> Result<()> {
		self.database
			.execute("DELETE FROM customers WHERE id = ? AND done = 0", [customer.as_bytes()])?;
		Ok(())
	}

	/// The latest record of each category, planned ones included.
	fn latest_records(&self, customer: &CustomerId) -> Result<BTreeMap<DataCategory, Fact>> {
		let facts = self.facts(customer)?.into_iter();
		Ok(facts
			.filter_map(|fact| match fact.subject {
				Subject::Record(category) => Some((category, fact)),
				Subject::Interaction(_) | Subject::Evidence => None,
			})
			.collect())
	}

	/// Customers that are planned and not on their way, with their records.
	pub fn planned_registrations(&self) -> Result<Vec<Registration>> {
		let ids = self.ids("SELECT id FROM customers WHERE done = 0 AND extrinsic IS NULL")?;
		let mut registrations = Vec::with_capacity(ids.len());
		for id in ids {
			let records = self.select_facts(
				"customer = ? AND kind = 0 AND done = 0 AND extrinsic IS NULL ORDER BY id",
				[id.as_bytes()],
			)?;
			if let Some(customer) = self.customer(&id)? {
				registrations.push((customer, records));
			}
		}
		Ok(registrations)
	}

	/// Records and interactions of registered customers that are planned and not on their way.
	pub fn planned_facts(&self) -> Result<Vec<Fact>> {
		self.select_facts(
			"done = 0 AND extrinsic IS NULL AND kind < 2
			 AND customer IN (SELECT id FROM customers WHERE done = 1) ORDER BY id",
			[],
		)
	}

	/// Keeps a signed extrinsic with what it carries, before it is submitted. Replaces the one
	/// under `key`, if given: signed again with the same nonce, only one of the two can ever enter
	/// the chain.
	pub fn put_in_flight(
		&mut self,
		extrinsic: &InFlight,
		key: Option<i64>,
		customers: &[CustomerId],
		facts: &[i64],
	) -> Result<i64> {
		let transaction = self.database.transaction()?;
		transaction.execute(
			"INSERT OR REPLACE INTO extrinsics (id, account, nonce, bytes, dies)
			 VALUES (?, ?, ?, ?, ?)",
			params![
				key,
				AsRef::<[u8]>::as_ref(&extrinsic.account),
				extrinsic.nonce,
				extrinsic.bytes,
				extrinsic.dies,
			],
		)?;
		let key = key.unwrap_or_else(|| transaction.last_insert_rowid());
		for id in customers {
			transaction.execute(
				"UPDATE customers SET extrinsic = ? WHERE id = ?",
				params![key, id.as_bytes()],
			)?;
		}
		for fact in facts {
			transaction.execute("UPDATE facts SET extrinsic = ? WHERE id = ?", [key, *fact])?;
		}
		transaction.commit()?;
		Ok(key)
	}

	/// Extrinsics whose fate is not yet known, by nonce.
	pub fn in_flight(&self) -> Result<Vec<InFlight>> {
		let mut query = self
			.database
			.prepare("SELECT id, account, nonce, bytes, dies FROM extrinsics ORDER BY nonce")?;
		let rows = query.query_map([], |row| {
			Ok(InFlight {
				key: row.get(0)?,
				account: AccountId32::new(row.get(1)?),
				nonce: row.get(2)?,
				bytes: row.get(3)?,
				dies: row.get(4)?,
			})
		})?;
		Ok(rows.collect::<Result<_, _>>()?)
	}

	/// What an extrinsic carries: customers to register, and records and interactions.
	pub fn carried(&self, extrinsic: i64) -> Result<(Vec<CustomerId>, Vec<Fact>)> {
		let mut query = self.database.prepare("SELECT id FROM customers WHERE extrinsic = ?")?;
		let ids = query.query_map([extrinsic], |row| row.get::<_, [u8; 32]>(0).map(H256))?;
		let ids = ids.collect::<Result<_, _>>()?;
		Ok((ids, self.select_facts("extrinsic = ?", [extrinsic])?))
	}

	/// Notes the fate of an extrinsic: these of what it carried are done, the rest is planned
	/// again.
	pub fn settle(
		&mut self,
		extrinsic: i64,
		customers: impl IntoIterator<Item = CustomerId>,
		facts: impl IntoIterator<Item = i64>,
	) -> Result<()> {
		let transaction = self.database.transaction()?;
		for id in customers {
			transaction.execute("UPDATE customers SET done = 1 WHERE id = ?", [id.as_bytes()])?;
		}
		for fact in facts {
			transaction.execute("UPDATE facts SET done = 1 WHERE id = ?", [fact])?;
		}
		transaction
			.execute("UPDATE customers SET extrinsic = NULL WHERE extrinsic = ?", [extrinsic])?;
		transaction
			.execute("UPDATE facts SET extrinsic = NULL WHERE extrinsic = ?", [extrinsic])?;
		transaction.execute("DELETE FROM extrinsics WHERE id = ?", [extrinsic])?;
		Ok(transaction.commit()?)
	}

	fn ids(&self, sql: &str) -> Result<Vec<CustomerId>> {
		let mut query = self.database.prepare(sql)?;
		let ids = query.query_map([], |row| row.get::<_, [u8; 32]>(0).map(H256))?;
		Ok(ids.collect::<Result<_, _>>()?)
	}

	/// Runs many plans in one transaction of the database.
	pub fn in_bulk<T>(&mut self, plan: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
		self.database.execute_batch("SAVEPOINT bulk")?;
		let result = plan(self);
		let end = if result.is_ok() { "RELEASE bulk" } else { "ROLLBACK TO bulk; RELEASE bulk" };
		self.database.execute_batch(end)?;
		result
	}
}

pub(super) fn insert_fact(
	database: &Connection,
	vault: &super::vault::Vault,
	customer: &CustomerId,
	subject: Subject,
	lookup: Option<[u8; 32]>,
	content: &Content,
) -> Result<i64> {
	let sealed = Sealed::new(content);
	let commitment = sealed.commitment().encode();
	let (kind, what) = subject.encode_parts();
	database.execute(
		"INSERT INTO facts (customer, kind, what, lookup, commitment, sealed, done)
		 VALUES (?, ?, ?, ?, ?, ?, 0)",
		params![
			customer.as_bytes(),
			kind,
			what,
			lookup,
			commitment,
			vault.encrypt(&sealed.encode(), &context(customer, &commitment)),
		],
	)?;
	Ok(database.last_insert_rowid())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
