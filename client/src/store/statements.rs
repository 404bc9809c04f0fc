//! What is to be recorded of customers' consents, and what was recorded last.
//!
//! The fact of each statement is its evidence: what the CRM said. Of opt-outs that the chain has no
//! place for, since it holds nothing that they could end, only the time is kept.

use super::{context, plan::insert_fact, Fact, Store, Subject};
use crate::{content::Content, Error, Result};
use codec::{Decode, DecodeAll, Encode};
use consentry_primitives::{consent::Statement, CustomerId, Moment, PurposeId};
use rusqlite::{params, OptionalExtension};

/// A statement of a customer, as its controller knows it.
#[derive(Clone)]
pub struct Recorded {
	/// The evidence.
	pub fact: Fact,
	/// The purpose.
	pub purpose: PurposeId,
	/// What the customer stated.
	pub statement: Statement,
	/// When the CRM captured that, where it says so.
	pub captured: Option<Moment>,
}

/// The part that is encrypted: dates of the CRM are the customer's.
#[derive(Encode, Decode)]
struct Told {
	statement: Statement,
	captured: Option<Moment>,
}

impl Store {
	/// Plans statements of one consent, in their order, each with the same evidence.
	pub fn plan_statements(
		&mut self,
		customer: &CustomerId,
		purpose: PurposeId,
		statements: &[Statement],
		captured: Option<Moment>,
		evidence: &Content,
	) -> Result<Vec<i64>> {
		let savepoint = self.database.savepoint()?;
		let mut keys = Vec::with_capacity(statements.len());
		for statement in statements {
			let subject = Subject::Evidence;
			let key = insert_fact(&savepoint, &self.vault, customer, subject, None, evidence)?;
			let told = Told { statement: statement.clone(), captured }.encode();
			savepoint.execute(
				"INSERT INTO statements (fact, purpose, statement) VALUES (?, ?, ?)",
				params![key, purpose, self.vault.encrypt(&told, &context(customer, &key.encode()))],
			)?;
			keys.push(key);
		}
		savepoint.commit()?;
		Ok(keys)
	}

	/// Keeps an opt-out that the chain has no place for, unless a later one is kept already.
	pub fn keep_opt_out(
		&mut self,
		customer: &CustomerId,
		purpose: PurposeId,
		captured: Moment,
	) -> Result<()> {
		if self.opted_out(customer, purpose)? >= Some(captured) {
			return Ok(());
		}
		let lookup = self.vault.lookup((customer, purpose));
		self.database.execute(
			"INSERT OR REPLACE INTO opt_outs (lookup, customer, captured) VALUES (?, ?, ?)",
			params![
				lookup,
				customer.as_bytes(),
				self.vault.encrypt(&captured.encode(), &context(customer, &lookup)),
			],
		)?;
		Ok(())
	}

	/// When the latest opt-out was captured of those that are kept for a purpose.
	pub fn opted_out(&self, customer: &CustomerId, purpose: PurposeId) -> Result<Option<Moment>> {
		let lookup = self.vault.lookup((customer, purpose));
		let mut query =
			self.database.prepare_cached("SELECT captured FROM opt_outs WHERE lookup = ?")?;
		let kept = query.query_row([&lookup[..]], |row| row.get::<_, Vec<u8>>(0)).optional()?;
		kept.map(|captured| {
			let captured = self.vault.decrypt(&captured, &context(customer, &lookup))?;
			Moment::decode_all(&mut &captured[..])
				.map_err(Error::malformed("an opt-out of the local store"))
		})
		.transpose()
	}

	/// Drops what was planned and is not on its way: the chain may have moved on since.
	pub fn drop_planned_statements(&mut self) -> Result<()> {
		self.database.execute(
			"DELETE FROM facts WHERE done = 0 AND extrinsic IS NULL
			 AND id IN (SELECT fact FROM statements)",
			[],
		)?;
		Ok(())
	}

	/// What the chain finalised last for a purpose.
	pub fn last_statement(
		&self,
		customer: &CustomerId,
		purpose: PurposeId,
	) -> Result<Option<Recorded>> {
		let found = self.select_statements(
			"id = (SELECT max(facts.id) FROM facts JOIN statements ON fact = facts.id
			 WHERE customer = ? AND purpose = ? AND done = 1)",
			params![customer.as_bytes(), purpose],
		)?;
		Ok(found.into_iter().next())
	}

	/// Statements of registered customers that are planned and not on their way, in their order.
	pub fn planned_statements(&self) -> Result<Vec<Recorded>> {
		self.select_statements(
			"done = 0 AND extrinsic IS NULL AND id IN (SELECT fact FROM statements)
			 AND customer IN (SELECT id FROM customers WHERE done = 1) ORDER BY id",
			[],
		)
	}

	fn select_statements(
		&self,
		condition: &str,
		values: impl rusqlite::Params,
	) -> Result<Vec<Recorded>> {
		let mut query = self
			.database
			.prepare_cached("SELECT purpose, statement FROM statements WHERE fact = ?")?;
		let facts = self.select_facts(condition, values)?.into_iter();
		facts
			.map(|fact| {
				let (purpose, told): (_, Vec<u8>) =
					query.query_row([fact.key], |row| Ok((row.get(0)?, row.get(1)?)))?;
				let told =
					self.vault.decrypt(&told, &context(&fact.customer, &fact.key.encode()))?;
				let Told { statement, captured } = Told::decode_all(&mut &told[..])
					.map_err(Error::malformed("a statement of the local store"))?;
				Ok(Recorded { fact, purpose, statement, captured })
			})
			.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{plan::InFlight, tests::store, Origin};
	use sp_core::crypto::AccountId32;

	fn evidence(state: &str) -> Content {
		Content::from_iter([("Status", state)])
	}

	#[test]
	fn statements_wait_for_their_customer_and_keep_their_order() {
		let (_folder, mut store) = store();
		let origin = Origin { source: "crm".into(), id: "1".into() };
		let (id, _) = store.plan_customer(3, &origin, &Default::default()).unwrap();
		let both = [Statement::Object, Statement::Withdraw];
		store.plan_statements(&id, 7, &both, Some(5), &evidence("out")).unwrap();
		assert!(store.planned_statements().unwrap().is_empty());

		let extrinsic = InFlight {
			key: 0,
			account: AccountId32::new([1; 32]),
			nonce: 0,
			bytes: vec![1],
			dies: 9,
		};
		let key = store.put_in_flight(&extrinsic, None, &[id], &[]).unwrap();
		store.settle(key, [id], []).unwrap();
		let planned = store.planned_statements().unwrap();
		let stated: Vec<_> = planned.iter().map(|one| one.statement.clone()).collect();
		assert_eq!(stated, both);
		assert!(planned.iter().all(|one| one.fact.sealed.holds(&evidence("out"))));
		assert_ne!(planned[0].fact.commitment, planned[1].fact.commitment);
		// They are neither records nor interactions.
		assert!(store.planned_facts().unwrap().is_empty());
		assert!(store.last_statement(&id, 7).unwrap().is_none());

		// What is on its way is not dropped, and what was taken is the last.
		let facts: Vec<_> = planned.iter().map(|one| one.fact.key).collect();
		let key = store.put_in_flight(&extrinsic, None, &[], &facts).unwrap();
		store.drop_planned_statements().unwrap();
		assert_eq!(store.carried(key).unwrap().1.len(), 2);
		store.settle(key, [], [facts[0]]).unwrap();
		let last = store.last_statement(&id, 7).unwrap().unwrap();
		assert_eq!((last.statement, last.captured), (Statement::Object, Some(5)));
		assert!(store.last_statement(&id, 8).unwrap().is_none());
		store.drop_planned_statements().unwrap();
		assert!(store.planned_statements().unwrap().is_empty());
		assert_eq!(store.facts(&id).unwrap().len(), 1);
	}

	#[test]
	fn the_latest_opt_out_of_each_purpose_is_kept_until_erasure() {
		let (_folder, mut store) = store();
		let origin = Origin { source: "crm".into(), id: "1".into() };
		let (id, _) = store.plan_customer(3, &origin, &Default::default()).unwrap();
		assert_eq!(store.opted_out(&id, 7).unwrap(), None);
		for (captured, kept) in [(5, 5), (9, 9), (6, 9)] {
			store.keep_opt_out(&id, 7, captured).unwrap();
			assert_eq!(store.opted_out(&id, 7).unwrap(), Some(kept));
		}
		assert_eq!(store.opted_out(&id, 8).unwrap(), None);
		store.erase(&id).unwrap();
		assert_eq!(store.opted_out(&id, 7).unwrap(), None);
	}
}
