use super::*;
use crate::trail::testing::{nothing, Held, Trails, GENESIS};
use tempfile::NamedTempFile;

fn trails() -> Trails {
	Trails::new([1, 2, 1, 7, 3, 50, 1, 1])
}

/// A file with what `held` has of some trails.
fn file_of(trails: &Trails, held: &Held) -> (NamedTempFile, Exported) {
	let file = NamedTempFile::new().unwrap();
	let exported = export(trails, held, &GENESIS, file.path()).unwrap();
	(file, exported)
}

fn file_with(bytes: &[u8]) -> NamedTempFile {
	let file = NamedTempFile::new().unwrap();
	std::fs::write(file.path(), bytes).unwrap();
	file
}

#[test]
fn what_is_written_can_be_read() {
	let trails = trails();
	let number = trails.entries.len() as u64;
	let (file, exported) = file_of(&trails, &trails.held(|_| true));
	assert_eq!(exported, Exported { trails: 8, entries: number, missing: 0 });

	let mut held = nothing();
	let imported = import(&trails, &mut held, &GENESIS, file.path()).unwrap();
	assert_eq!(imported, Imported { kept: number, ..Imported::default() });
	assert!(trails.are_in(&held));
	let again = import(&trails, &mut held, &GENESIS, file.path()).unwrap();
	assert_eq!(again, Imported { skipped: number, ..Imported::default() });
}

#[test]
fn what_is_missing_is_told() {
	let trails = trails();
	let (file, exported) = file_of(&trails, &trails.held(|stored| stored.entry.index != 5));
	// The newest that is lacking, and those before it, of the two long trails.
	assert_eq!(exported.missing, 12);
	let mut held = nothing();
	let imported = import(&trails, &mut held, &GENESIS, file.path()).unwrap();
	assert_eq!(imported.kept, exported.entries);
	assert_eq!((imported.incomplete, imported.missing), (2, 12));
	assert_eq!(imported.examples, [H256::from_low_u64_be(3), H256::from_low_u64_be(5)]);
}

#[test]
fn gaps_are_filled() {
	let trails = trails();
	let (file, _) = file_of(&trails, &trails.held(|_| true));
	let mut held = trails.held(|stored| stored.entry.index % 2 == 0);
	let before = trails.number_in(&held) as u64;
	let imported = import(&trails, &mut held, &GENESIS, file.path()).unwrap();
	let kept = trails.entries.len() as u64 - before;
	assert_eq!(imported, Imported { kept, skipped: before, ..Imported::default() });
}

#[test]
fn a_newer_file_completes_an_older_state() {
	let newer = Trails::new([4, 2, 9]);
	let older = Trails::new([3, 1]);
	let (file, _) = file_of(&newer, &newer.held(|_| true));
	let mut held = nothing();
	let imported = import(&older, &mut held, &GENESIS, file.path()).unwrap();
	assert_eq!(imported, Imported { kept: 4, skipped: 11, ..Imported::default() });
}

#[test]
fn what_no_head_leads_to_is_rejected() {
	let older = Trails::new([3, 1]);
	let newer = Trails::new([4, 1]);
	let (file, _) = file_of(&older, &older.held(|_| true));
	let mut held = nothing();
	let imported = import(&newer, &mut held, &GENESIS, file.path()).unwrap();
	// The entry between the file's newest and the head is missing.
	assert_eq!((imported.kept, imported.rejected, imported.missing), (1, 3, 4));
	assert_eq!(older.number_in(&held), 1);
}

#[test]
fn files_of_other_kinds_and_chains_are_refused() {
	let trails = trails();
	let import = |genesis, file: &NamedTempFile| {
		import(&trails, &mut nothing(), genesis, file.path()).unwrap_err()
	};
	for bytes in [&b""[..], b"consentry", b"a file of something else, long enough to have a hash"] {
		assert!(matches!(import(&GENESIS, &file_with(bytes)), Error::NotTrails));
	}
	let (file, _) = file_of(&trails, &trails.held(|_| true));
	assert!(matches!(import(&H256::zero(), &file), Error::OtherChain(chain) if chain == GENESIS));
	drop(file);
	let gone = Path::new("no/such/file");
	let error = super::import(&trails, &mut nothing(), &GENESIS, gone).unwrap_err();
	assert!(matches!(error, Error::File(_)));
}

#[test]
fn a_file_that_ends_early_is_damaged() {
	let trails = Trails::new([2, 1]);
	let (file, _) = file_of(&trails, &trails.held(|_| true));
	let whole = std::fs::read(file.path()).unwrap();
	for length in 0..whole.len() {
		let file = file_with(&whole[..length]);
		let error = import(&trails, &mut nothing(), &GENESIS, file.path()).unwrap_err();
		assert!(matches!(error, Error::NotTrails | Error::Damaged { .. }), "{length} bytes");
	}
	let file = file_with(&[&whole[..], &[0]].concat());
	let error = import(&trails, &mut nothing(), &GENESIS, file.path()).unwrap_err();
	assert!(matches!(error, Error::Damaged { entries: 3, kept: 3 }), "{error}");
}

/// Whatever byte is changed, the import fails or says that something is missing, and nothing is kept
/// that is not so.
#[test]
fn a_changed_file_poisons_nothing() {
	let trails = Trails::new([3, 1, 2]);
	let (file, _) = file_of(&trails, &trails.held(|_| true));
	let whole = std::fs::read(file.path()).unwrap();
	for position in 0..whole.len() {
		for change in [1, 0x80] {
			let mut bytes = whole.clone();
			bytes[position] ^= change;
			let file = file_with(&bytes);
			let mut held = nothing();
			if let Ok(imported) = import(&trails, &mut held, &GENESIS, file.path()) {
				assert!(imported.missing > 0, "byte {position}");
				assert_eq!(trails.number_in(&held) as u64, imported.kept, "byte {position}");
			}
		}
	}
}
