//! What was verified before: heads of trails, which later ones must continue, and the authority
//! set from which later proofs of finality start.

use super::{meta, set_meta, Store};
use crate::{finality::AuthoritySet, Error, Result};
use codec::{DecodeAll, Encode};
use consentry_primitives::CustomerId;
use rusqlite::{params, OptionalExtension};
use sp_core::H256;

/// The end of a trail as it was verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct VerifiedHead {
	/// Number of entries.
	pub entries: u64,
	/// Hash over them.
	pub head: H256,
	/// Number of the block in whose state it was.
	pub block: u32,
}

impl Store {
	/// The head verified last.
	pub fn verified_head(&self, customer: &CustomerId) -> Result<Option<VerifiedHead>> {
		let mut query = self
			.database
			.prepare_cached("SELECT entries, head, block FROM heads WHERE customer = ?")?;
		let found = query.query_row([customer.as_bytes()], |row| {
			Ok(VerifiedHead { entries: row.get(0)?, head: H256(row.get(1)?), block: row.get(2)? })
		});
		Ok(found.optional()?)
	}

	/// Keeps a verified head.
	pub fn put_verified_head(&mut self, customer: &CustomerId, head: &VerifiedHead) -> Result<()> {
		self.database.execute(
			"INSERT OR REPLACE INTO heads (customer, entries, head, block) VALUES (?, ?, ?, ?)",
			params![customer.as_bytes(), head.entries, head.head.as_bytes(), head.block],
		)?;
		Ok(())
	}

	/// The authority set to start from.
	pub fn authorities(&self) -> Result<Option<AuthoritySet>> {
		meta(&self.database, "authorities")?
			.map(|encoded| {
				AuthoritySet::decode_all(&mut &encoded[..])
					.map_err(Error::malformed("the store's authority set"))
			})
			.transpose()
	}

	/// Keeps the authority set that was reached.
	pub fn put_authorities(&mut self, set: &AuthoritySet) -> Result<()> {
		set_meta(&self.database, "authorities", &set.encode())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::tests::store;

	#[test]
	fn heads_are_kept_and_replaced() {
		let (_folder, mut store) = store();
		let customer = H256::repeat_byte(1);
		assert_eq!(store.verified_head(&customer).unwrap(), None);
		for entries in [3, 5] {
			let head = VerifiedHead { entries, head: H256::repeat_byte(9), block: 7 };
			store.put_verified_head(&customer, &head).unwrap();
			assert_eq!(store.verified_head(&customer).unwrap(), Some(head));
		}
	}

	#[test]
	fn authorities_are_kept() {
		let (_folder, mut store) = store();
		assert_eq!(store.authorities().unwrap(), None);
		let set = AuthoritySet { id: 4, authorities: Vec::new(), after: 12 };
		store.put_authorities(&set).unwrap();
		assert_eq!(store.authorities().unwrap(), Some(set));
	}
}
