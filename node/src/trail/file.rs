//! Trail entries in a file: from a node that holds them, to one that lacks them.
//!
//! The file begins with a tag and the hash of the chain's first block. Then come SCALE-encoded
//! items: each trail's customer, followed by its entries from the newest back, and at the end their
//! number. Nothing in it need be trusted.

use super::{state::TrailEnds, walk::Walk, Entries};
use codec::{Decode, Encode, Input, IoReader};
use consentry_primitives::{trail::StoredEntry, CustomerId};
use consentry_runtime::AccountId;
use sp_core::{offchain::OffchainStorage, H256};
use std::{
	fs::File,
	io::{self, BufReader, BufWriter, Read, Write},
	path::Path,
};

/// What a file begins with; the last byte is the version of its form.
const TAG: &[u8] = b"consentry/trails/\x01";

/// How many customers are named whose trails remain incomplete.
const MAX_NAMED: usize = 10;

/// Why a file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The file system refused.
	#[error("{0}")]
	File(#[from] io::Error),
	/// The state could not be read.
	#[error("the node's database could not answer: {0}")]
	Database(#[from] sp_blockchain::Error),
	/// The file is another kind of file.
	#[error("this is no file of trail entries: export-trails writes such files")]
	NotTrails,
	/// The file is of another chain.
	#[error("the trail entries in this file are of another chain, whose first block is {0:?}")]
	OtherChain(H256),
	/// The file cannot be read to its end.
	#[error(
		"the file is damaged or ends too early, after {entries} entries: {kept} were kept, all of \
		 which lead to heads of this chain; get the file anew"
	)]
	Damaged {
		/// How many entries were read.
		entries: u64,
		/// How many of them were kept.
		kept: u64,
	},
}

#[derive(Encode, Decode)]
enum Item {
	#[codec(index = 0)]
	Trail(CustomerId),
	#[codec(index = 1)]
	Entry(StoredEntry<AccountId>),
	#[codec(index = 2)]
	End { entries: u64 },
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exported {
	/// Number of trails.
	pub trails: u64,
	/// Number of entries.
	pub entries: u64,
	/// Number of entries that this node could not give, because it lacks them or newer ones.
	pub missing: u64,
}

/// What was read, and what remains.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
	/// Number of entries that were lacking and are held from here on.
	pub kept: u64,
	/// Number of entries that were held before, or are newer than the node's state.
	pub skipped: u64,
	/// Number of entries that lead to no head of this chain, as far as the node can tell.
	pub rejected: u64,
	/// Number of trails that remain incomplete.
	pub incomplete: u64,
	/// Number of entries that they lack.
	pub missing: u64,
	/// The customers of some of them.
	pub examples: Vec<CustomerId>,
}

/// Writes all entries to a file that lead back from the ends of `trails`.
pub fn export(
	trails: &impl TrailEnds,
	entries: &Entries<impl OffchainStorage>,
	genesis: &H256,
	path: &Path,
) -> Result<Exported, Error> {
	let mut file = BufWriter::new(File::create(path)?);
	file.write_all(TAG)?;
	file.write_all(genesis.as_bytes())?;
	let mut done = Exported::default();
	for page in trails.pages() {
		for (customer, end) in page? {
			file.write_all(&Item::Trail(customer).encode())?;
			let mut walk = Walk::new(&end);
			while let Some(stored) = walk.step(entries) {
				file.write_all(&Item::Entry(stored).encode())?;
				done.entries += 1;
			}
			done.trails += 1;
			done.missing += walk.left();
		}
	}
	file.write_all(&Item::End { entries: done.entries }.encode())?;
	file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
	Ok(done)
}

/// Keeps those entries of a file that `trails` lack and that lead to their ends.
pub fn import(
	trails: &impl TrailEnds,
	entries: &mut Entries<impl OffchainStorage>,
	genesis: &H256,
	path: &Path,
) -> Result<Imported, Error> {
	let mut file = BufReader::new(File::open(path)?);
	check_beginning(&mut file, genesis)?;
	let mut file = IoReader(file);
	let mut done = Imported::default();
	let mut read = 0;
	// Length of the trail that is read, and the walk along it; none of a customer not known here.
	let mut trail: Option<(u64, Walk)> = None;
	loop {
		match Item::decode(&mut file) {
			Ok(Item::Trail(customer)) => {
				trail = trails.end(&customer)?.map(|end| {
					let mut walk = Walk::new(&end);
					walk.proceed(entries);
					(end.entries, walk)
				});
			},
			Ok(Item::Entry(stored)) => {
				read += 1;
				let Some((length, walk)) = &mut trail else {
					done.skipped += 1;
					continue;
				};
				if walk.take(&stored, entries) {
					walk.proceed(entries);
					done.kept += 1;
				} else if stored.entry.index >= *length || entries.holds(&stored) {
					done.skipped += 1;
				} else {
					done.rejected += 1;
				}
			},
			Ok(Item::End { entries }) if entries == read && file.read_byte().is_err() => break,
			_ => return Err(Error::Damaged { entries: read, kept: done.kept }),
		}
	}
	for page in trails.pages() {
		for (customer, walk) in Walk::unfinished(&page?, entries) {
			done.incomplete += 1;
			done.missing += walk.left();
			if done.examples.len() < MAX_NAMED {
				done.examples.push(customer);
			}
		}
	}
	Ok(done)
}

/// Reads what a file begins with.
fn check_beginning(file: &mut impl Read, genesis: &H256) -> Result<(), Error> {
	let mut tag = [0; TAG.len()];
	let mut chain = H256::zero();
	file.read_exact(&mut tag)
		.and_then(|()| file.read_exact(chain.as_bytes_mut()))
		.map_err(|_| Error::NotTrails)?;
	if tag != TAG {
		return Err(Error::NotTrails);
	}
	if chain != *genesis {
		return Err(Error::OtherChain(chain));
	}
	Ok(())
}

#[cfg(test)]
mod tests;
