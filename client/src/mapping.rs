//! Mapping files: what the columns of an export mean.
//!
//! A mapping is TOML. It names the source (a short name for the CRM and the kind of export, under
//! which ids are remembered), the column that holds a row's id, and then, for rows that are
//! customers, which columns make up the record of each data category; for rows that are events,
//! which columns make up an interaction and which column links it to a customer of another source.
//! Rows of both kinds can say where consents stand ([`consents`]). `docs/client.md` describes each
//! field.

pub mod consents;

use crate::{content::Content, Error, Result};
use consentry_primitives::{DataCategory, InteractionKind};
use consents::{ConsentMapping, Stated, Unusable};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// Ready-made mappings: name and text.
pub const READY_MADE: [(&str, &str); 6] = [
	("hubspot", include_str!("../mappings/hubspot.toml")),
	("salesforce", include_str!("../mappings/salesforce.toml")),
	("salesforce-consents", include_str!("../mappings/salesforce-consents.toml")),
	("suitecrm", include_str!("../mappings/suitecrm.toml")),
	("espocrm", include_str!("../mappings/espocrm.toml")),
	("orders", include_str!("../mappings/orders.toml")),
];

/// A mapping file. Column names are compared exactly; one that ends in `*` stands for all columns
/// that start with what precedes it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
	/// Short name of what the ids in the id column belong to.
	pub source: String,
	/// The column that holds a row's id in the source.
	pub id: String,
	/// Columns that hold other ids of the customer, under which other exports name it.
	#[serde(default)]
	pub aliases: Vec<String>,
	/// Between fields; a comma unless said otherwise.
	#[serde(default = "comma")]
	pub delimiter: char,
	/// Columns that the export must have, besides `id`.
	#[serde(default)]
	pub required: Vec<String>,
	/// Columns that are known and not used.
	#[serde(default)]
	pub ignored: Vec<String>,
	/// The columns of each category's record.
	#[serde(default)]
	pub categories: BTreeMap<DataCategory, Vec<String>>,
	/// Which customer a row belongs to, where it is not one itself.
	pub link: Option<Link>,
	/// What happened, as a row tells it.
	#[serde(default)]
	pub interactions: Vec<InteractionMapping>,
	/// Where consents stand, as a row tells it.
	#[serde(default)]
	pub consents: Vec<ConsentMapping>,
	/// What names a purpose in the source, and the purpose's name on the chain; several, separated
	/// by commas, where one opt-out ends them all. Consents are taken over where there are any.
	#[serde(default)]
	pub purposes: BTreeMap<String, String>,
	/// The version of the notice that was shown for a purpose, by its name on the chain, where
	/// [`ConsentMapping::notice_version`] names none.
	#[serde(skip)]
	pub notice_versions: BTreeMap<String, u32>,
	/// Values that a column may have; an empty value is always allowed.
	#[serde(default)]
	pub allowed: BTreeMap<String, Allowed>,
}

fn comma() -> char {
	','
}

/// How a row names the customer it belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
	/// The column that holds the customer's id.
	pub column: String,
	/// The source under which that id was imported.
	pub source: String,
	/// The alias that the id is, where it is not the row's id in that source.
	pub alias: Option<String>,
}

/// Which columns tell of an interaction. A row in which all of them are blank tells of none.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InteractionMapping {
	/// What happened.
	pub kind: InteractionKind,
	/// The column that says when; it must not be blank.
	pub date: Option<String>,
	/// The columns that make up the details.
	pub columns: Vec<String>,
}

/// The values that a column may have.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
	/// The values.
	pub values: Vec<String>,
	/// What separates several values in one field, if several may be given.
	pub separator: Option<char>,
	/// What encloses each of several values.
	pub quote: Option<char>,
}

/// What one row says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
	/// The row's id in the source.
	pub id: String,
	/// The id of the customer it belongs to, where the mapping has a link.
	pub link: Option<String>,
	/// Other ids of the customer: column and value.
	pub aliases: Vec<(String, String)>,
	/// Content of each category that has any.
	pub records: BTreeMap<DataCategory, Content>,
	/// Interactions: place in the mapping, kind, details.
	pub interactions: Vec<(usize, InteractionKind, Content)>,
	/// What it says of each purpose.
	pub consents: Vec<Stated>,
	/// What it says of consents that cannot be used; the rest of the row can.
	pub unusable: Vec<Unusable>,
}

impl Mapping {
	/// The ready-made mapping of that name, or the one in the file at that path.
	pub fn load(name_or_path: &str) -> Result<Self> {
		if let Some((_, text)) = READY_MADE.iter().find(|(name, _)| *name == name_or_path) {
			return Self::parse(text);
		}
		let path = Path::new(name_or_path);
		if !path.exists() {
			let names: Vec<_> = READY_MADE.iter().map(|(name, _)| *name).collect();
			return Err(Error::Usage(format!(
				"there is no mapping file {name_or_path:?}; the ready-made mappings are {}",
				names.join(", "),
			)));
		}
		let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
		Self::parse(&text).map_err(|error| Error::Usage(format!("{name_or_path}: {error}")))
	}

	/// Reads and checks the text of a mapping file.
	pub fn parse(text: &str) -> Result<Self> {
		let mapping: Self =
			toml::from_str(text).map_err(|error| Error::Usage(format!("mapping: {error}")))?;
		let wrong = |reason: &str| Err(Error::Usage(format!("mapping: {reason}")));
		if mapping.source.trim().is_empty() || mapping.source.contains(':') {
			return wrong("`source` must not be blank nor contain a colon");
		}
		if !mapping.delimiter.is_ascii() || mapping.delimiter == '"' {
			return wrong("`delimiter` must be one ASCII character other than the quote");
		}
		match (&mapping.link, mapping.categories.is_empty()) {
			(None, true) => {
				wrong("it needs `categories`, or a `link` to customers of another source")
			},
			(Some(_), false) => wrong("a row with a `link` is no customer and has no `categories`"),
			(Some(_), true) if mapping.interactions.is_empty() && mapping.consents.is_empty() => {
				wrong("with a `link` it needs `interactions` or `consents`")
			},
			_ => Ok(mapping),
		}
	}

	/// Fits the mapping to the columns that an export has.
	pub fn fit(&self, header: &[String]) -> Result<Fitted<'_>> {
		let has = |column: &String| header.contains(column);
		let linked = self.link.iter().map(|link| &link.column);
		let dates = self.interactions.iter().filter_map(|interaction| interaction.date.as_ref());
		let needed = [&self.id].into_iter().chain(linked).chain(dates).chain(&self.required);
		let missing: Vec<_> = needed.filter(|column| !has(column)).cloned().collect();
		if !missing.is_empty() {
			return Err(Error::Usage(format!(
				"the file lacks the columns {missing:?} that the mapping {:?} needs; it has {header:?}",
				self.source,
			)));
		}
		if self.link.is_some() && self.interactions.is_empty() && self.purposes.is_empty() {
			return Err(Error::Usage(format!(
				"the mapping {:?} is about consents, and names no purpose for any: add them as \
				 `[purposes]` or by --purpose-map",
				self.source,
			)));
		}
		if let Some(twice) = header.iter().enumerate().find(|(i, name)| header[..*i].contains(name))
		{
			return Err(Error::Usage(format!("the file has the column {:?} twice", twice.1)));
		}
		let known = |column: &str| {
			let of_interactions = self.interactions.iter().flat_map(|interaction| {
				interaction.columns.iter().chain(interaction.date.as_ref())
			});
			let of_consents = self.consents.iter().flat_map(ConsentMapping::columns);
			self.id == column
				|| self.link.as_ref().is_some_and(|link| link.column == column)
				|| self
					.categories
					.values()
					.flatten()
					.chain(&self.ignored)
					.chain(&self.required)
					.chain(&self.aliases)
					.chain(of_interactions)
					.chain(of_consents)
					.any(|pattern| stands_for(pattern, column))
		};
		let unknown: Vec<_> = header.iter().filter(|column| !known(column)).collect();
		if !unknown.is_empty() {
			return Err(Error::Usage(format!(
				"the mapping {:?} does not say what the columns {unknown:?} are: add each to a \
				 category or to `ignored`",
				self.source,
			)));
		}
		Ok(Fitted { mapping: self, header: header.to_vec() })
	}
}

/// Whether a column name of a mapping stands for the column of a file.
fn stands_for(pattern: &str, column: &str) -> bool {
	match pattern.strip_suffix('*') {
		Some(start) => column.starts_with(start),
		None => pattern == column,
	}
}

impl Allowed {
	/// The values in a field.
	fn split<'a>(&self, field: &'a str) -> Vec<&'a str> {
		let given: Vec<&str> = match self.separator {
			Some(separator) => field.split(separator).map(str::trim).collect(),
			None => vec![field.trim()],
		};
		let bare = |given: &'a str| {
			let quoted =
				self.quote.and_then(|quote| given.strip_prefix(quote)?.strip_suffix(quote));
			quoted.unwrap_or(given)
		};
		given.into_iter().map(bare).filter(|value| !value.is_empty()).collect()
	}

	/// Checks a field's value.
	fn check(&self, column: &str, field: &str) -> Result<(), String> {
		match self.split(field).into_iter().find(|given| !self.values.iter().any(|v| v == given)) {
			None => Ok(()),
			Some(value) => Err(format!(
				"has the value {value:?} in column {column:?}, which allows only {:?}",
				self.values
			)),
		}
	}
}

/// A mapping and the header of the file that it is used on.
pub struct Fitted<'a> {
	mapping: &'a Mapping,
	header: Vec<String>,
}

impl Fitted<'_> {
	/// What a row says, or why it cannot be used. `fields` are as many as the header has.
	pub fn facts(&self, fields: &[String]) -> Result<Facts, String> {
		let mapping = self.mapping;
		let needed = |column: &str| {
			self.value(fields, column)
				.map(String::from)
				.ok_or_else(|| format!("has no value in column {column:?}"))
		};

		let id = needed(&mapping.id)?;
		let link = mapping.link.as_ref().map(|link| needed(&link.column)).transpose()?;
		// A value that tells of consents and is not known costs just those: see `consents`.
		let tells_of_consents = |column: &String| {
			let mut columns = mapping.consents.iter().map(|consent| &consent.column);
			mapping.takes_consents() && columns.any(|pattern| stands_for(pattern, column))
		};
		for (column, allowed) in mapping.allowed.iter().filter(|(name, _)| !tells_of_consents(name))
		{
			if let Some(value) = self.value(fields, column) {
				allowed.check(column, value)?;
			}
		}
		let aliases = mapping
			.aliases
			.iter()
			.filter_map(|column| Some((column.clone(), self.value(fields, column)?.to_string())));
		let records = mapping
			.categories
			.iter()
			.map(|(category, columns)| (*category, self.pick(fields, columns)))
			.filter(|(_, content)| !content.is_blank())
			.collect();
		let mut interactions = Vec::new();
		for (place, interaction) in mapping.interactions.iter().enumerate() {
			let mut details = self.pick(fields, &interaction.columns);
			if details.is_blank() {
				continue;
			}
			if let Some(column) = &interaction.date {
				details.0.insert(column.clone(), needed(column)?);
			}
			interactions.push((place, interaction.kind, details));
		}
		let (consents, unusable) = self.consents(fields);
		let tells = [interactions.is_empty(), consents.is_empty(), unusable.is_empty()];
		if link.is_some() && !tells.contains(&false) {
			return Err("tells of nothing: all its columns are blank".into());
		}
		let aliases = aliases.collect();
		Ok(Facts { id, link, aliases, records, interactions, consents, unusable })
	}

	/// The value in a column, unless it is blank.
	fn value<'a>(&self, fields: &'a [String], column: &str) -> Option<&'a str> {
		let at = self.header.iter().position(|name| name == column)?;
		fields.get(at).map(|value| value.trim()).filter(|value| !value.is_empty())
	}

	/// The values in a column, which may hold several.
	fn values<'a>(&self, fields: &'a [String], column: &str) -> Vec<&'a str> {
		let value = self.value(fields, column);
		match self.mapping.allowed.get(column) {
			Some(allowed) => value.map_or(Vec::new(), |field| allowed.split(field)),
			None => value.into_iter().collect(),
		}
	}

	/// The columns that some patterns stand for, with their values.
	fn pick<'a>(
		&self,
		fields: &[String],
		patterns: impl IntoIterator<Item = &'a String> + Clone,
	) -> Content {
		let picked =
			|name: &String| patterns.clone().into_iter().any(|pattern| stands_for(pattern, name));
		let pairs = self.header.iter().zip(fields).filter(|(name, _)| picked(name));
		pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::csv::Reader;

	fn header_of(file: &[u8]) -> Vec<String> {
		Reader::open(file, b',').unwrap().0
	}

	#[test]
	fn ready_made_mappings_fit_real_exports() {
		let exports: [(&str, &[u8]); 5] = [
			("hubspot", include_bytes!("../tests/data/hubspot-contacts.csv")),
			("salesforce", include_bytes!("../tests/data/salesforce-contacts.csv")),
			("suitecrm", include_bytes!("../tests/data/suitecrm-contacts.csv")),
			("espocrm", include_bytes!("../tests/data/espocrm-contacts.csv")),
			("orders", include_bytes!("../tests/data/orders.csv")),
		];
		for (name, file) in exports {
			let mapping = Mapping::load(name).unwrap();
			let (header, rows) = Reader::open(file, b',').unwrap();
			let fitted = mapping.fit(&header).unwrap();
			for row in rows {
				let fields = row.fields.unwrap();
				let facts = fitted.facts(&fields).unwrap_or_else(|error| {
					panic!("{name}, line {}: {error}", row.line);
				});
				assert_eq!(facts.link.is_some(), name == "orders");
				assert_eq!(facts.records.is_empty(), name == "orders");
			}
		}
	}

	#[test]
	fn missing_and_unknown_columns_are_named() {
		let mapping = Mapping::load("hubspot").unwrap();
		let error = mapping.fit(&header_of(b"First Name,Email")).err().unwrap().to_string();
		assert!(error.contains("Record ID"), "{error}");
		let error = mapping.fit(&header_of(b"Record ID,Shoe Size")).err().unwrap().to_string();
		assert!(error.contains("Shoe Size") && error.contains("ignored"), "{error}");
		let error = mapping.fit(&header_of(b"Record ID,Email,Email")).err().unwrap().to_string();
		assert!(error.contains("twice"), "{error}");
	}

	#[test]
	fn an_open_family_of_columns_is_matched() {
		let mapping = Mapping::load("hubspot").unwrap();
		let header =
			header_of(b"Record ID,Opted out of email: Newsletter,Opted out of email: Offers");
		let facts = mapping.fit(&header).unwrap().facts(&["7".into(), "TRUE".into(), "".into()]);
		let preference = &facts.unwrap().records[&DataCategory::Preference];
		assert_eq!(preference.0.len(), 2);
	}

	#[test]
	fn values_that_are_not_allowed_are_named() {
		let mapping = Mapping::load("suitecrm").unwrap();
		let header = header_of(b"id,lawful_basis");
		let fitted = mapping.fit(&header).unwrap();
		fitted.facts(&["1".into(), "^consent^,^contract^".into()]).unwrap();
		fitted.facts(&["1".into(), "".into()]).unwrap();
		let error = fitted.facts(&["1".into(), "^consent^,^whim^".into()]).unwrap_err();
		assert!(error.contains("whim") && error.contains("lawful_basis"), "{error}");
	}

	#[test]
	fn contradictory_mappings_are_refused() {
		for (text, reason) in [
			("source = 'a'\nid = 'x'", "categories"),
			("source = 'a:b'\nid = 'x'\n[categories]\nidentity = ['n']", "colon"),
			("source = 'a'\nid = 'x'\nlink = { column = 'c', source = 'b' }", "interactions"),
			("source = 'a'\nid = 'x'\ncolour = 'red'", "colour"),
			("source = 'a'\nid = 'x'\n[categories]\nhealth = ['n']", "health"),
			(
				"source = 'a'\nid = 'x'\ndelimiter = '\"'\n[categories]\nidentity = ['n']",
				"delimiter",
			),
		] {
			let error = Mapping::parse(text).unwrap_err().to_string();
			assert!(error.contains(reason), "{error}");
		}
	}

	#[test]
	fn the_malformed_export_keeps_its_good_row() {
		let file = include_bytes!("../tests/data/malformed-contacts.csv");
		let mapping = Mapping::load("hubspot").unwrap();
		let (header, rows) = Reader::open(file, b',').unwrap();
		let fitted = mapping.fit(&header).unwrap();
		let read: Vec<_> = rows
			.map(|row| {
				(row.line, row.fields.and_then(|fields| fitted.facts(&fields)).map(|f| f.id))
			})
			.collect();
		let expected = [
			(2, Ok("1")),
			(3, Err("quote that is never closed")),
			(4, Err("has 3 fields where the header has 5")),
			(5, Err("not UTF-8: byte 0xE9")),
			// A duplicate of line 2: that is for the import to see, not for the mapping.
			(6, Ok("1")),
			(7, Err("Because we felt like it")),
			(8, Err("no value in column \"Record ID\"")),
			(9, Err("longer than the 65536 bytes")),
		];
		assert_eq!(read.len(), expected.len());
		for ((line, result), (expected_line, expected)) in read.into_iter().zip(expected) {
			assert_eq!(line, expected_line);
			match (result, expected) {
				(Ok(id), Ok(expected)) => assert_eq!(id, expected),
				(Err(reason), Err(part)) => assert!(reason.contains(part), "{line}: {reason}"),
				(result, _) => panic!("{line}: {result:?}"),
			}
		}
	}
}
