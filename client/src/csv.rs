//! Reading CSV exports line by line, so that one bad line costs that line only.
//!
//! RFC 4180 with a choice of delimiter: fields may be quoted, quotes inside are doubled, quoted
//! fields may span lines. A quote that never closes, or that closes before anything but a
//! delimiter, rejects its own line, and reading goes on with the next.

use crate::content::MAX_CONTENT;

/// Most lines that one record with quoted line breaks may span.
const MAX_LINES: usize = 64;

/// One record, or why its line cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
	/// Number of the record's first line in the file, from 1.
	pub line: usize,
	/// The fields, as many as the header has, or the reason for rejection.
	pub fields: Result<Vec<String>, String>,
}

/// The records of a file after its header.
pub struct Reader<'a> {
	lines: Vec<&'a [u8]>,
	next: usize,
	delimiter: u8,
	columns: usize,
}

impl<'a> Reader<'a> {
	/// Reads the header of `file`; a byte-order mark is skipped, as are empty lines.
	pub fn open(file: &'a [u8], delimiter: u8) -> Result<(Vec<String>, Self), String> {
		let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
		let lines = file
			.split(|byte| *byte == b'\n')
			.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
			.collect();
		let mut reader = Self { lines, next: 0, delimiter, columns: 0 };
		reader.skip_empty();
		let (header, taken) =
			reader.record(|_| true).map_err(|reason| format!("header {reason}"))?;
		reader.next += taken;
		reader.columns = header.len();
		Ok((header, reader))
	}

	fn skip_empty(&mut self) {
		while self.lines.get(self.next).is_some_and(|line| line.is_empty()) {
			self.next += 1;
		}
	}

	/// The record that starts at the next line, and how many lines it takes.
	fn record(&self, fits: impl Fn(usize) -> bool) -> Result<(Vec<String>, usize), String> {
		let lines = &self.lines[self.next.min(self.lines.len())..];
		let mut text = Vec::new();
		for (taken, line) in lines.iter().take(MAX_LINES).enumerate() {
			if taken > 0 {
				text.push(b'\n');
			}
			text.extend_from_slice(line);
			if text.len() > MAX_CONTENT && taken > 0 {
				break;
			}
			if text.len() > MAX_CONTENT {
				return Err(format!("is longer than the {MAX_CONTENT} bytes that a row may have"));
			}
			match split(&text, self.delimiter) {
				Some(Ok(fields)) if taken == 0 || fits(fields.len()) => {
					return decode(fields).map(|fields| (fields, taken + 1))
				},
				Some(Err(reason)) if taken == 0 => return Err(reason),
				// A line further down closes the quote, but not to a record of this table.
				Some(_) => break,
				None => {},
			}
		}
		match lines {
			[] => Err("is missing: the file is empty".into()),
			_ => Err("has a quote that is never closed".into()),
		}
	}
}

impl Iterator for Reader<'_> {
	type Item = Row;

	fn next(&mut self) -> Option<Row> {
		self.skip_empty();
		if self.next >= self.lines.len() {
			return None;
		}
		let (line, columns) = (self.next + 1, self.columns);
		let record = self.record(|fields| fields == columns);
		self.next += record.as_ref().map_or(1, |(_, taken)| *taken);
		let fields = record.and_then(|(fields, _)| match fields.len() {
			found if found == columns => Ok(fields),
			found => Err(format!("has {found} fields where the header has {columns}")),
		});
		Some(Row { line, fields })
	}
}

/// Splits a record into its fields: `None` while a quote is open at the end of `text`.
fn split(text: &[u8], delimiter: u8) -> Option<Result<Vec<Vec<u8>>, String>> {
	let (mut fields, mut rest) = (Vec::new(), text);
	loop {
		let (field, after) = match rest.strip_prefix(b"\"") {
			Some(quoted) => unquote(quoted)?,
			None => {
				let end = rest.iter().position(|byte| *byte == delimiter).unwrap_or(rest.len());
				(rest[..end].to_vec(), &rest[end..])
			},
		};
		fields.push(field);
		match after.split_first() {
			None => return Some(Ok(fields)),
			Some((byte, after)) if *byte == delimiter => rest = after,
			Some(_) => {
				let reason = format!("has text after the closing quote of field {}", fields.len());
				return Some(Err(reason));
			},
		}
	}
}

/// The content of a field whose opening quote was read, and what follows its closing one.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
	let (mut field, mut rest) = (Vec::new(), text);
	loop {
		let quote = rest.iter().position(|byte| *byte == b'"')?;
		field.extend_from_slice(&rest[..quote]);
		rest = &rest[quote + 1..];
		match rest.strip_prefix(b"\"") {
			Some(after) => {
				field.push(b'"');
				rest = after;
			},
			None => return Some((field, rest)),
		}
	}
}

/// A field as it stands in a file, whatever it holds.
pub fn quoted(field: &str) -> String {
	format!("\"{}\"", field.replace('"', "\"\""))
}

fn decode(fields: Vec<Vec<u8>>) -> Result<Vec<String>, String> {
	fields
		.into_iter()
		.enumerate()
		.map(|(index, field)| {
			String::from_utf8(field).map_err(|error| {
				let byte = error.as_bytes()[error.utf8_error().valid_up_to()];
				format!("is not UTF-8: byte 0x{byte:02X} in field {}", index + 1)
			})
		})
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn rows(file: &[u8]) -> Vec<Row> {
		Reader::open(file, b',').unwrap().1.collect()
	}

	#[test]
	fn a_plain_table() {
		let (header, rows) = Reader::open(b"\xEF\xBB\xBFa,b\r\n1,2\r\n\r\n3,\r\n", b',').unwrap();
		assert_eq!(header, ["a", "b"]);
		let rows: Vec<_> = rows.collect();
		assert_eq!(rows[0], Row { line: 2, fields: Ok(vec!["1".into(), "2".into()]) });
		assert_eq!(rows[1], Row { line: 4, fields: Ok(vec!["3".into(), "".into()]) });
		assert_eq!(rows.len(), 2);
	}

	#[test]
	fn quoted_fields_hold_delimiters_quotes_and_lines() {
		let rows = rows(b"a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",z\nlast,1\n");
		assert_eq!(rows[0].fields.as_ref().unwrap(), &["x, y", "say \"hi\""]);
		assert_eq!(rows[1].fields.as_ref().unwrap(), &["two\nlines", "z"]);
		assert_eq!((rows[2].line, rows.len()), (5, 3));
	}

	#[test]
	fn an_unclosed_quote_costs_its_line_only() {
		let rows = rows(b"a,b\n1,\"open\n2,fine\n3,\"also, fine\"\n");
		assert_eq!(rows[0].fields, Err("has a quote that is never closed".into()));
		assert_eq!(rows[1].fields.as_ref().unwrap(), &["2", "fine"]);
		assert_eq!(rows[2].fields.as_ref().unwrap(), &["3", "also, fine"]);
	}

	#[test]
	fn text_after_a_closing_quote_is_refused() {
		let rows = rows(b"a,b\n1,\"x\"y\n");
		assert_eq!(rows[0].fields, Err("has text after the closing quote of field 2".into()));
	}

	#[test]
	fn wrong_encodings_and_sizes_are_named() {
		let long = [b"a,b\n1,", vec![b'x'; 70_000].as_slice(), b"\n2,\xE9\n3\n"].concat();
		let rows = rows(&long);
		assert!(rows[0].fields.as_ref().unwrap_err().contains("65536 bytes"));
		assert_eq!(rows[1].fields, Err("is not UTF-8: byte 0xE9 in field 2".into()));
		assert_eq!(rows[2].fields, Err("has 1 fields where the header has 2".into()));
	}

	#[test]
	fn an_empty_file_has_no_header() {
		assert_eq!(
			Reader::open(b"\n\n", b',').err().unwrap(),
			"header is missing: the file is empty"
		);
	}

	proptest! {
		#[test]
		fn what_was_written_is_read(table in prop::collection::vec(
			prop::collection::vec("[a-z\",\n é]{0,12}", 3), 0..20,
		)) {
			let mut file = "x,y,z\n".to_string();
			for row in &table {
				file += &row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",");
				file += "\n";
			}
			let read: Vec<_> = rows(file.as_bytes()).into_iter().map(|row| row.fields).collect();
			prop_assert_eq!(read, table.into_iter().map(Ok).collect::<Vec<_>>());
		}

		#[test]
		fn any_bytes_are_read_to_the_end(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
			if let Ok((header, reader)) = Reader::open(&bytes, b',') {
				let mut line = 0;
				for row in reader {
					prop_assert!(row.line > line);
					line = row.line;
					prop_assert!(row.fields.map_or(true, |fields| fields.len() == header.len()));
				}
			}
		}
	}
}
