//! The local store: what the chain must not hold.
//!
//! One SQLite file maps the ids of the CRM to customer ids, and keeps the nonces, salts and
//! contents behind every commitment, so that commitments can be opened and trails checked. Names
//! and contents are encrypted ([`vault`]); ids of the CRM are looked up by a keyed hash. It also
//! keeps what an interrupted import needs to go on ([`plan`], [`statements`]), and the heads and
//! authorities that were verified ([`verified`]).

pub mod documents;
pub mod plan;
pub mod statements;
pub mod vault;
pub mod verified;

use crate::{content::Sealed, keys::create_private_folder, passphrase::Passphrase, Error, Result};
use codec::{Decode, DecodeAll, Encode};
use consentry_primitives::{Commitment, CustomerId, DataCategory, InteractionKind, OrganisationId};
use rusqlite::{params, Connection, OptionalExtension, Row};
use sp_core::H256;
use std::path::{Path, PathBuf};
use vault::{Vault, Wrapped};

/// What each version of the store, kept in SQLite's `user_version`, adds to the one before.
const VERSIONS: [&str; 3] = [
	"
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

-- Extrinsics that were handed to a node and whose fate is not yet known.
CREATE TABLE extrinsics (
	id INTEGER PRIMARY KEY,
	account BLOB NOT NULL,
	nonce INTEGER NOT NULL,
	bytes BLOB NOT NULL,
	dies INTEGER NOT NULL
) STRICT;

-- `done` is 1 once the chain finalised it. Until then `extrinsic` is what carries it, if anything.
CREATE TABLE customers (
	id BLOB PRIMARY KEY,
	lookup BLOB NOT NULL UNIQUE,
	origin BLOB NOT NULL,
	controller INTEGER NOT NULL,
	nonce BLOB NOT NULL,
	done INTEGER NOT NULL,
	extrinsic INTEGER REFERENCES extrinsics (id)
) STRICT;
CREATE INDEX customers_open ON customers (extrinsic, done);

-- Records (kind 0), interactions (kind 1) and evidence (kind 2); `what` is the category or the kind
-- of interaction.
CREATE TABLE facts (
	id INTEGER PRIMARY KEY,
	customer BLOB NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	kind INTEGER NOT NULL,
	what INTEGER NOT NULL,
	lookup BLOB,
	commitment BLOB NOT NULL,
	sealed BLOB NOT NULL,
	done INTEGER NOT NULL,
	extrinsic INTEGER REFERENCES extrinsics (id)
) STRICT;
CREATE INDEX facts_of ON facts (customer, done, extrinsic);
CREATE INDEX facts_open ON facts (extrinsic, done);
CREATE INDEX facts_lookup ON facts (lookup);

CREATE TABLE heads (
	customer BLOB PRIMARY KEY,
	entries INTEGER NOT NULL,
	head BLOB NOT NULL,
	block INTEGER NOT NULL
) STRICT;
",
	"
-- Under which other ids of its source a customer goes.
CREATE TABLE aliases (
	lookup BLOB NOT NULL,
	customer BLOB NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	PRIMARY KEY (lookup, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_of ON aliases (customer);

-- What is to be recorded, or was, of a customer's consent; the fact is its evidence.
CREATE TABLE statements (
	fact INTEGER PRIMARY KEY REFERENCES facts (id) ON DELETE CASCADE,
	purpose INTEGER NOT NULL,
	statement BLOB NOT NULL
) STRICT;

-- What was committed to and hangs on no customer of this store: notices, and what is about customers
-- that another store registered.
CREATE TABLE documents (
	id INTEGER PRIMARY KEY,
	customer BLOB,
	commitment BLOB NOT NULL UNIQUE,
	sealed BLOB NOT NULL
) STRICT;
CREATE INDEX documents_of ON documents (customer);
",
	"
-- When customers opted out of what the chain does not hold; `lookup` is of the purpose, too.
CREATE TABLE opt_outs (
	lookup BLOB PRIMARY KEY,
	customer BLOB NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	captured BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX opt_outs_of ON opt_outs (customer);
",
];

/// The local store.
pub struct Store {
	database: Connection,
	vault: Vault,
	path: PathBuf,
}

/// Where a customer comes from: a mapping's source, and the id that the CRM gave.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Origin {
	/// The mapping's source.
	pub source: String,
	/// The id in the CRM.
	pub id: String,
}

/// A customer that the store knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Customer {
	/// The chain's id.
	pub id: CustomerId,
	/// Where it comes from.
	pub origin: Origin,
	/// The controller.
	pub controller: OrganisationId,
	/// What the id was made from.
	pub nonce: H256,
	/// Whether the chain has finalised the registration.
	pub done: bool,
}

/// What a commitment is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
	/// A record.
	Record(DataCategory),
	/// An interaction.
	Interaction(InteractionKind),
	/// Evidence or a reason, of an invitation, a guardian's appointment, a legal hold or a consent.
	Evidence,
}

/// Something that was, or will be, committed to on chain.
#[derive(Clone)]
pub struct Fact {
	/// Key in the store.
	pub key: i64,
	/// The customer.
	pub customer: CustomerId,
	/// What it is about.
	pub subject: Subject,
	/// The commitment, as the chain has it.
	pub commitment: Commitment,
	/// Salt and content.
	pub sealed: Sealed,
	/// Whether the chain has finalised it.
	pub done: bool,
}

impl Subject {
	fn encode_parts(self) -> (u8, u8) {
		match self {
			Self::Record(category) => (0, category.encode()[0]),
			Self::Interaction(kind) => (1, kind.encode()[0]),
			Self::Evidence => (2, 0),
		}
	}

	fn decode_parts(kind: u8, what: u8) -> Result<Self, codec::Error> {
		match kind {
			0 => DataCategory::decode_all(&mut &[what][..]).map(Self::Record),
			1 => InteractionKind::decode_all(&mut &[what][..]).map(Self::Interaction),
			2 => Ok(Self::Evidence),
			_ => Err("unknown kind of fact".into()),
		}
	}
}

impl std::fmt::Display for Subject {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match self {
			Self::Record(category) => write!(f, "{category:?} record"),
			Self::Interaction(kind) => write!(f, "{kind:?} interaction"),
			Self::Evidence => write!(f, "evidence"),
		}
	}
}

impl Store {
	/// Where the store of `home` lies.
	pub fn path(home: &Path) -> PathBuf {
		home.join("store.sqlite")
	}

	/// Whether `home` has a store.
	pub fn exists(home: &Path) -> bool {
		Self::path(home).exists()
	}

	/// Opens the store of `home`, creating it where there is none.
	pub fn open(home: &Path, passphrase: &Passphrase) -> Result<Self> {
		create_private_folder(home)?;
		let path = Self::path(home);
		if !path.exists() {
			// SQLite would create it readable to all; what it adds beside it takes this mode.
			crate::keys::write_private(&path, &[])?;
		}
		let mut database = Connection::open(&path)?;
		database.busy_timeout(std::time::Duration::from_secs(30))?;
		// Deleted values are overwritten: erasure must not leave them in free pages.
		database.execute_batch(
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
			 PRAGMA secure_delete = ON;",
		)?;
		let version: u32 = database.query_row("PRAGMA user_version", [], |row| row.get(0))?;
		let newest = VERSIONS.len() as u32;
		let missing = VERSIONS.get(version as usize..).ok_or_else(|| {
			Error::Usage(format!(
				"the store {} has version {version}, this program knows version {newest}: use a \
				 newer program",
				path.display(),
			))
		})?;
		let transaction = database.transaction()?;
		for addition in missing {
			transaction.execute_batch(addition)?;
		}
		let vault = match meta(&transaction, "keys")? {
			None => {
				let vault = Vault::generate();
				set_meta(&transaction, "keys", &vault.wrap(passphrase).encode())?;
				vault
			},
			Some(wrapped) => {
				let wrapped = Wrapped::decode_all(&mut &wrapped[..])
					.map_err(Error::malformed("the store's keys"))?;
				Vault::unwrap(&wrapped, passphrase)?
			},
		};
		transaction.pragma_update(None, "user_version", newest)?;
		transaction.commit()?;
		Ok(Self { database, vault, path })
	}

	/// Number of customers that the chain has finalised.
	pub fn count(&self) -> Result<u64> {
		Ok(self
			.database
			.query_row("SELECT count(*) FROM customers WHERE done = 1", [], |row| row.get(0))?)
	}

	/// Ids of all customers that the chain has finalised.
	pub fn customers(&self) -> Result<Vec<CustomerId>> {
		let mut query = self.database.prepare("SELECT id FROM customers WHERE done = 1")?;
		let ids = query.query_map([], |row| row.get::<_, [u8; 32]>(0).map(H256))?;
		Ok(ids.collect::<Result<_, _>>()?)
	}

	/// The customer with the chain's id.
	pub fn customer(&self, id: &CustomerId) -> Result<Option<Customer>> {
		self.find_customer("id", id.as_bytes())
	}

	/// The customer with the CRM's id.
	pub fn customer_from(&self, origin: &Origin) -> Result<Option<Customer>> {
		self.find_customer("lookup", &self.vault.lookup(origin))
	}

	/// The customers that the CRM calls so by an alias: several, where it uses the alias twice.
	pub fn customers_called(&self, alias: &str, origin: &Origin) -> Result<Vec<Customer>> {
		let lookup = self.vault.lookup((alias, origin));
		let mut query = self
			.database
			.prepare_cached("SELECT customer FROM aliases WHERE lookup = ? ORDER BY customer")?;
		let ids = query.query_map([&lookup[..]], |row| row.get::<_, [u8; 32]>(0).map(H256))?;
		let ids = ids.collect::<Result<Vec<_>, _>>()?;
		ids.iter().filter_map(|id| self.customer(id).transpose()).collect()
	}

	/// Replaces the other ids, by alias, that the CRM calls a customer by.
	pub fn set_aliases(
		&mut self,
		customer: &CustomerId,
		source: &str,
		aliases: &[(String, String)],
	) -> Result<()> {
		let savepoint = self.database.savepoint()?;
		savepoint.execute("DELETE FROM aliases WHERE customer = ?", [customer.as_bytes()])?;
		for (alias, id) in aliases {
			let origin = Origin { source: source.into(), id: id.clone() };
			savepoint.execute(
				"INSERT INTO aliases (lookup, customer) VALUES (?, ?)",
				params![self.vault.lookup((alias, origin)), customer.as_bytes()],
			)?;
		}
		Ok(savepoint.commit()?)
	}

	fn find_customer(&self, column: &str, value: &[u8]) -> Result<Option<Customer>> {
		let sql =
			format!("SELECT id, origin, controller, nonce, done FROM customers WHERE {column} = ?");
		let found = self
			.database
			.prepare_cached(&sql)?
			.query_row([value], |row| {
				let (id, nonce) = (row.get::<_, [u8; 32]>(0)?, row.get::<_, [u8; 32]>(3)?);
				Ok((H256(id), row.get::<_, Vec<u8>>(1)?, row.get(2)?, H256(nonce), row.get(4)?))
			})
			.optional()?;
		found
			.map(|(id, origin, controller, nonce, done)| {
				let origin = self.vault.decrypt(&origin, id.as_bytes())?;
				let origin = Origin::decode_all(&mut &origin[..])
					.map_err(Error::malformed("a customer's origin"))?;
				Ok(Customer { id, origin, controller, nonce, done })
			})
			.transpose()
	}

	/// Everything committed to about a customer, oldest first.
	pub fn facts(&self, customer: &CustomerId) -> Result<Vec<Fact>> {
		self.select_facts("customer = ? ORDER BY id", [customer.as_bytes()])
	}

	fn select_facts(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Fact>> {
		let sql = format!(
			"SELECT id, customer, kind, what, commitment, sealed, done FROM facts WHERE {condition}"
		);
		let mut query = self.database.prepare_cached(&sql)?;
		let rows = query.query_map(values, |row: &Row| {
			let customer = H256(row.get::<_, [u8; 32]>(1)?);
			let (commitment, sealed): (Vec<u8>, Vec<u8>) = (row.get(4)?, row.get(5)?);
			Ok((row.get(0)?, customer, row.get(2)?, row.get(3)?, commitment, sealed, row.get(6)?))
		})?;
		rows.map(|row| {
			let (key, customer, kind, what, commitment, sealed, done) = row?;
			let malformed = || Error::malformed::<codec::Error>("a fact of the local store");
			let sealed = self.vault.decrypt(&sealed, &context(&customer, &commitment))?;
			Ok(Fact {
				key,
				customer,
				subject: Subject::decode_parts(kind, what).map_err(malformed())?,
				commitment: Commitment::decode_all(&mut &commitment[..]).map_err(malformed())?,
				sealed: Sealed::decode_all(&mut &sealed[..]).map_err(malformed())?,
				done,
			})
		})
		.collect()
	}

	/// Forgets a customer: mapping, nonce, salts and contents. What stays on chain then tells
	/// nothing (GDPR Art. 17).
	pub fn erase(&mut self, customer: &CustomerId) -> Result<()> {
		let transaction = self.database.transaction()?;
		transaction.execute("DELETE FROM customers WHERE id = ?", [customer.as_bytes()])?;
		transaction.execute("DELETE FROM heads WHERE customer = ?", [customer.as_bytes()])?;
		transaction.execute("DELETE FROM documents WHERE customer = ?", [customer.as_bytes()])?;
		transaction.commit()?;
		// The log beside the database holds copies of old pages until it is folded in.
		self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
		Ok(())
	}

	/// Puts the store under another passphrase.
	pub fn change_passphrase(&mut self, passphrase: &Passphrase) -> Result<()> {
		set_meta(&self.database, "keys", &self.vault.wrap(passphrase).encode())
	}

	/// The chain that this store belongs to, once it met one.
	pub fn genesis(&self) -> Result<Option<H256>> {
		let pinned = meta(&self.database, "genesis")?;
		let genesis = pinned.map(|bytes| {
			<[u8; 32]>::try_from(bytes.as_slice())
				.map(H256)
				.map_err(Error::malformed("the store's genesis hash"))
		});
		genesis.transpose()
	}

	/// Pins the chain that this store belongs to, or checks that it is still the same.
	pub fn pin_genesis(&mut self, genesis: &H256) -> Result<()> {
		match meta(&self.database, "genesis")? {
			None => set_meta(&self.database, "genesis", genesis.as_bytes()),
			Some(pinned) if pinned == genesis.as_bytes() => Ok(()),
			Some(pinned) => Err(Error::Verification(format!(
				"the store {} belongs to the chain with genesis 0x{}, the node is on {genesis:?}",
				self.path.display(),
				hex::encode(pinned),
			))),
		}
	}
}

fn meta(database: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
	let mut query = database.prepare_cached("SELECT value FROM meta WHERE name = ?")?;
	Ok(query.query_row([name], |row| row.get(0)).optional()?)
}

fn set_meta(database: &Connection, name: &str, value: &[u8]) -> Result<()> {
	database
		.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", params![name, value])?;
	Ok(())
}

/// What a fact's encrypted value is bound to.
fn context(customer: &CustomerId, commitment: &[u8]) -> Vec<u8> {
	[customer.as_bytes(), commitment].concat()
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;

	/// A store in a folder of its own, opened with "passphrase".
	pub(crate) fn store() -> (tempfile::TempDir, Store) {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(folder.path(), &Passphrase::new("passphrase")).unwrap();
		(folder, store)
	}

	#[test]
	fn only_the_passphrase_opens_it() {
		let (folder, mut store) = store();
		store.change_passphrase(&Passphrase::new("another")).unwrap();
		drop(store);
		let open = |passphrase| Store::open(folder.path(), &Passphrase::new(passphrase));
		assert!(matches!(open("passphrase"), Err(Error::Passphrase(_))));
		open("another").unwrap();
	}

	#[test]
	fn a_newer_store_is_refused() {
		let (folder, store) = store();
		store.database.pragma_update(None, "user_version", VERSIONS.len() as u32 + 1).unwrap();
		drop(store);
		let error = Store::open(folder.path(), &Passphrase::new("passphrase")).err().unwrap();
		assert!(error.to_string().contains("newer program"), "{error}");
	}

	#[test]
	fn an_older_store_is_brought_up_to_date() {
		let (folder, store) = store();
		store
			.database
			.execute_batch(
				"DROP TABLE statements; DROP TABLE aliases; DROP TABLE documents;
				 DROP TABLE opt_outs;
				 PRAGMA user_version = 1;
				 INSERT INTO meta (name, value) VALUES ('kept', x'07');",
			)
			.unwrap();
		drop(store);
		let open = |passphrase| Store::open(folder.path(), &Passphrase::new(passphrase));
		// Not by whom it does not open to.
		assert!(open("another").is_err());
		let store = open("passphrase").unwrap();
		assert_eq!(meta(&store.database, "kept").unwrap(), Some(vec![7]));
		assert!(store.planned_statements().unwrap().is_empty());
		drop(store);
		open("passphrase").unwrap();
	}

	#[test]
	fn customers_are_found_by_their_aliases() {
		let (_folder, mut store) = store();
		let origin = |id: &str| Origin { source: "crm".into(), id: id.into() };
		let register = |store: &mut Store, id: &str| {
			store.plan_customer(3, &origin(id), &Default::default()).unwrap().0
		};
		let called = |store: &Store, alias: &str, id: &str| -> Vec<_> {
			let found = store.customers_called(alias, &origin(id)).unwrap();
			found.into_iter().map(|customer| customer.id).collect()
		};
		let (ann, bob) = (register(&mut store, "1"), register(&mut store, "2"));
		let alias = |id: &str| [("Individual".to_string(), id.to_string())];
		store.set_aliases(&ann, "crm", &alias("I-1")).unwrap();
		store.set_aliases(&bob, "crm", &alias("I-2")).unwrap();
		assert_eq!(called(&store, "Individual", "I-1"), [ann]);
		assert_eq!(called(&store, "Individual", "1"), []);
		assert_eq!(called(&store, "Other", "I-1"), []);
		assert_eq!(store.customer_from(&origin("I-1")).unwrap(), None);

		store.set_aliases(&bob, "crm", &alias("I-1")).unwrap();
		assert_eq!(called(&store, "Individual", "I-1").len(), 2);
		assert_eq!(called(&store, "Individual", "I-2"), []);
		store.erase(&ann).unwrap();
		assert_eq!(called(&store, "Individual", "I-1"), [bob]);
	}

	#[test]
	fn it_belongs_to_one_chain() {
		let (_folder, mut store) = store();
		store.pin_genesis(&H256::repeat_byte(1)).unwrap();
		store.pin_genesis(&H256::repeat_byte(1)).unwrap();
		assert!(matches!(store.pin_genesis(&H256::repeat_byte(2)), Err(Error::Verification(_))));
	}

	#[cfg(unix)]
	#[test]
	fn only_the_owner_reads_it() {
		use std::os::unix::fs::PermissionsExt;
		let (folder, _store) = store();
		for name in ["store.sqlite", "store.sqlite-wal"] {
			let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
			assert_eq!(mode & 0o077, 0, "{name}");
		}
	}
}
