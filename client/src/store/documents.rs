//! Evidence, wherever it belongs: to a customer of this store it is a fact; a notice, or evidence
//! about somebody whom another store registered, is a document of its own.

use super::{context, Store, Subject};
use crate::{
	content::{Content, Sealed},
	Error, Result,
};
use codec::{DecodeAll, Encode};
use consentry_primitives::{Commitment, CustomerId};
use rusqlite::{params, OptionalExtension};

/// Evidence that was kept for the call that commits to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence {
	/// What the call commits to.
	pub commitment: Commitment,
	place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
	Fact(i64),
	Document(i64),
}

impl Store {
	/// Keeps evidence about a customer, or about none, before the call that commits to it.
	pub fn keep_evidence(
		&mut self,
		customer: Option<&CustomerId>,
		content: &Content,
	) -> Result<Evidence> {
		if let Some(customer) = customer {
			if self.customer(customer)?.is_some_and(|customer| customer.done) {
				let fact = self.plan_fact(customer, Subject::Evidence, content)?;
				let place = Place::Fact(fact.key);
				return Ok(Evidence { commitment: fact.commitment, place });
			}
		}
		let sealed = Sealed::new(content);
		let commitment = sealed.commitment();
		let encoded = commitment.encode();
		let bound = context(&customer.copied().unwrap_or_default(), &encoded);
		self.database.execute(
			"INSERT INTO documents (customer, commitment, sealed) VALUES (?, ?, ?)",
			params![
				customer.map(|customer| customer.as_bytes()),
				encoded,
				self.vault.encrypt(&sealed.encode(), &bound),
			],
		)?;
		let place = Place::Document(self.database.last_insert_rowid());
		Ok(Evidence { commitment, place })
	}

	/// Notes that the chain has finalised the call.
	pub fn finish_evidence(&mut self, evidence: Evidence) -> Result<()> {
		match evidence.place {
			Place::Fact(key) => self.finish_fact(key),
			Place::Document(_) => Ok(()),
		}
	}

	/// Drops the evidence of a call that the chain refused.
	pub fn drop_evidence(&mut self, evidence: Evidence) -> Result<()> {
		match evidence.place {
			Place::Fact(key) => self.drop_facts(&[key]),
			Place::Document(key) => {
				self.database.execute("DELETE FROM documents WHERE id = ?", [key])?;
				Ok(())
			},
		}
	}

	/// The document behind a commitment, if it is here.
	pub fn document(&self, commitment: &Commitment) -> Result<Option<Content>> {
		let encoded = commitment.encode();
		let found = self
			.database
			.prepare_cached("SELECT customer, sealed FROM documents WHERE commitment = ?")?
			.query_row([&encoded], |row| {
				let customer: Option<[u8; 32]> = row.get(0)?;
				Ok((CustomerId::from(customer.unwrap_or_default()), row.get::<_, Vec<u8>>(1)?))
			})
			.optional()?;
		let Some((customer, sealed)) = found else { return Ok(None) };
		let what = "a document of the local store";
		let sealed = self.vault.decrypt(&sealed, &context(&customer, &encoded))?;
		let sealed = Sealed::decode_all(&mut &sealed[..]).map_err(Error::malformed(what))?;
		match sealed.commitment() == *commitment {
			true => sealed.content().map(Some).map_err(Error::malformed(what)),
			false => Err(Error::Verification(format!("{what} does not open its commitment"))),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{plan::InFlight, tests::store, Origin};
	use sp_core::{crypto::AccountId32, H256};

	fn content(text: &str) -> Content {
		Content::from_iter([("file", text)])
	}

	#[test]
	fn notices_and_strangers_evidence_are_documents() {
		let (_folder, mut store) = store();
		let stranger = H256::repeat_byte(1);
		let notice = store.keep_evidence(None, &content("notice")).unwrap();
		let about = store.keep_evidence(Some(&stranger), &content("mail")).unwrap();
		let found = |store: &Store, one: Evidence| store.document(&one.commitment).unwrap();
		assert_eq!(found(&store, notice), Some(content("notice")));
		assert_eq!(found(&store, about), Some(content("mail")));
		store.finish_evidence(notice).unwrap();
		// Erasure takes what is about the customer, and nothing else.
		store.erase(&stranger).unwrap();
		assert_eq!(found(&store, about), None);
		assert_eq!(found(&store, notice), Some(content("notice")));
		store.drop_evidence(notice).unwrap();
		assert_eq!(found(&store, notice), None);
	}

	#[test]
	fn a_known_customers_evidence_is_a_fact() {
		let (_folder, mut store) = store();
		let origin = Origin { source: "crm".into(), id: "1".into() };
		let (id, _) = store.plan_customer(3, &origin, &Default::default()).unwrap();
		let extrinsic = InFlight {
			key: 0,
			account: AccountId32::new([1; 32]),
			nonce: 0,
			bytes: vec![1],
			dies: 9,
		};
		let key = store.put_in_flight(&extrinsic, None, &[id], &[]).unwrap();
		store.settle(key, [id], []).unwrap();
		let kept = store.keep_evidence(Some(&id), &content("form")).unwrap();
		let dropped = store.keep_evidence(Some(&id), &content("form")).unwrap();
		store.finish_evidence(kept).unwrap();
		store.drop_evidence(dropped).unwrap();
		let facts = store.facts(&id).unwrap();
		assert_eq!(facts.len(), 1);
		assert!(facts[0].done && facts[0].commitment == kept.commitment);
		assert_eq!(store.document(&kept.commitment).unwrap(), None);
	}
}
