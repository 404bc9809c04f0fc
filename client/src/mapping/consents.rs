//! What a mapping says of consents, and what a row says by it.

use super::{stands_for, Fitted, Mapping};
use crate::{content::Content, moment};
use consentry_primitives::{consent::Expression, LawfulBasis, Moment};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How rows tell where a consent, or processing on another basis, stands.
///
/// What names the purpose in the source is the value of `purpose-column` or, where there is none,
/// the name of `column`; [`Mapping::purposes`] leads from there to a purpose on the chain.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConsentMapping {
	/// The column that says where it stands; where that is blank, nothing is said.
	pub column: String,
	/// What its values mean.
	pub values: BTreeMap<String, Meaning>,
	/// The column that names the purpose; where it is `column`, each of its values does.
	pub purpose_column: Option<String>,
	/// The column that says for which part of the purpose, such as a channel: PURPOSE/PART names it
	/// then, or PURPOSE alone, where the parts have to agree.
	pub part_column: Option<String>,
	/// The column that tells when that was captured.
	pub captured: Option<String>,
	/// The column that tells from when it counts.
	pub from: Option<String>,
	/// The column that tells until when it counts.
	pub until: Option<String>,
	/// The column that tells when a consent was confirmed (double opt-in).
	pub confirmed: Option<String>,
	/// Columns that are part of the evidence, besides those above.
	#[serde(default)]
	pub evidence: Vec<String>,
	/// The version of the notice that was shown; unless given, that of
	/// [`Mapping::notice_versions`], or else the one in force when it was captured.
	pub notice_version: Option<u32>,
	/// How clearly consent was expressed; the least unless given.
	#[serde(default = "regular")]
	pub expression: Expression,
}

fn regular() -> Expression {
	Expression::Regular
}

/// What a value means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
	/// The customer consented.
	Given,
	/// The customer was asked to confirm a consent and has not yet.
	Requested,
	/// The customer withdrew the consent.
	Withdrawn,
	/// The customer objected to processing on another basis.
	Objected,
	/// The customer wants no more of it: a withdrawal where the purpose rests on consent, an
	/// objection where it can be objected to. Prevails over anything else that its row says of the
	/// purpose.
	OptedOut,
	/// Processed for a contract.
	Contract,
	/// Processed for a legal obligation.
	LegalObligation,
	/// Processed for vital interests.
	VitalInterests,
	/// Processed for a task in the public interest.
	PublicTask,
	/// Processed for legitimate interests.
	LegitimateInterests,
	/// Nothing.
	None,
	/// Neither consent nor its end: not to be taken over.
	Reject,
}

impl Meaning {
	/// Whether the customer consented, or was asked to.
	pub fn is_a_consent(self) -> bool {
		matches!(self, Self::Given | Self::Requested)
	}

	/// Whether the customer ended something.
	pub fn is_an_end(self) -> bool {
		matches!(self, Self::Withdrawn | Self::Objected | Self::OptedOut)
	}

	/// The basis that the row claims, if it claims one.
	pub fn basis(self) -> Option<LawfulBasis> {
		match self {
			Self::Given | Self::Requested => Some(LawfulBasis::Consent),
			Self::Contract => Some(LawfulBasis::Contract),
			Self::LegalObligation => Some(LawfulBasis::LegalObligation),
			Self::VitalInterests => Some(LawfulBasis::VitalInterests),
			Self::PublicTask => Some(LawfulBasis::PublicTask),
			Self::LegitimateInterests => Some(LawfulBasis::LegitimateInterests),
			Self::Withdrawn | Self::Objected | Self::OptedOut | Self::None | Self::Reject => None,
		}
	}
}

/// What a row says of one purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated {
	/// The purpose's name on the chain.
	pub purpose: String,
	/// For which part of the purpose, where the row tells.
	pub part: Option<String>,
	/// Where it stands.
	pub meaning: Meaning,
	/// When that was captured.
	pub captured: Option<Moment>,
	/// From when it counts, if later than it was captured.
	pub from: Option<Moment>,
	/// Until when it counts, if it has an end.
	pub until: Option<Moment>,
	/// Whether a consent was confirmed (double opt-in).
	pub confirmed: bool,
	/// The version of the notice that was shown.
	pub notice_version: Option<u32>,
	/// How clearly it was expressed.
	pub expression: Expression,
	/// The columns that say so.
	pub evidence: Content,
}

/// Something that a row says of consents and that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unusable {
	/// Why.
	pub reason: String,
	/// What it may have ended.
	pub ends: Ends,
}

/// What something that cannot be used may have ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ends {
	/// Consents to these purposes, by their names on the chain.
	These(Vec<String>),
	/// Any consent.
	Any,
}

impl Ends {
	const NOTHING: Self = Self::These(Vec::new());

	/// Whether a consent to the purpose may have been ended.
	pub fn may_be(&self, purpose: &str) -> bool {
		match self {
			Self::These(purposes) => purposes.iter().any(|one| one == purpose),
			Self::Any => true,
		}
	}
}

impl Mapping {
	/// Whether consents are taken over: only where purposes are named for them.
	pub fn takes_consents(&self) -> bool {
		!self.consents.is_empty() && !self.purposes.is_empty()
	}

	/// The purposes on the chain that a label stands for, which is `plain` with its part.
	fn purposes_of(&self, plain: &str, label: &str) -> Option<Vec<String>> {
		let exact = |label| self.purposes.get(label);
		let family = || self.purposes.iter().find(|(name, _)| stands_for(name, label));
		let found = exact(label).or_else(|| exact(plain));
		found.or_else(|| family().map(|(_, names)| names)).map(|names| separate(names).collect())
	}

	/// The purposes on the chain that parts of `plain` stand for.
	fn parts_of(&self, plain: &str) -> Vec<String> {
		let is_part =
			|label: &str| label.strip_prefix(plain).is_some_and(|rest| rest.starts_with('/'));
		let parts = self.purposes.iter().filter(|(label, _)| is_part(label));
		parts.flat_map(|(_, names)| separate(names)).collect()
	}
}

/// The names in a list with commas.
fn separate(names: &str) -> impl Iterator<Item = String> + '_ {
	names.split(',').map(|name| name.trim().into())
}

impl ConsentMapping {
	/// The columns that it reads.
	pub(super) fn columns(&self) -> impl Iterator<Item = &String> + Clone {
		let optional = [
			&self.purpose_column,
			&self.part_column,
			&self.captured,
			&self.from,
			&self.until,
			&self.confirmed,
		];
		[&self.column].into_iter().chain(optional.into_iter().flatten()).chain(&self.evidence)
	}
}

impl Fitted<'_> {
	/// What a row says of each purpose, at most one thing of each; and what it says that cannot be
	/// used.
	pub(super) fn consents(&self, fields: &[String]) -> (Vec<Stated>, Vec<Unusable>) {
		let (mut stated, mut unusable) = (Vec::new(), Vec::new());
		if !self.mapping.takes_consents() {
			return (stated, unusable);
		}
		for consent in &self.mapping.consents {
			for column in self.header.iter().filter(|name| stands_for(&consent.column, name)) {
				for value in self.values(fields, column) {
					match self.stated(fields, consent, column, value) {
						Ok(all) => stated.extend(all),
						Err(one) => unusable.push(one),
					}
				}
			}
		}
		one_of_each(stated, unusable)
	}

	/// What a value says: one thing, of several purposes where it ends them all.
	fn stated(
		&self,
		fields: &[String],
		consent: &ConsentMapping,
		column: &str,
		value: &str,
	) -> Result<Vec<Stated>, Unusable> {
		let meaning = consent.values.get(value).copied();
		if meaning == Some(Meaning::None) {
			return Ok(Vec::new());
		}
		let part = consent.part_column.as_ref().and_then(|column| self.value(fields, column));
		let purposes = self.purposes(fields, consent, (column, value), part);
		let unusable = |reason: String| Unusable {
			reason: format!("says {value:?} in column {column:?}: {reason}"),
			ends: match &purposes {
				// What is not known may be an end.
				_ if !meaning.is_none_or(Meaning::is_an_end) => Ends::NOTHING,
				Ok(purposes) => Ends::These(purposes.clone()),
				Err((_, ends)) => ends.clone(),
			},
		};
		let (meaning, purposes) = match (meaning, &purposes) {
			(None, _) => return Err(unusable("the mapping does not tell what that means".into())),
			(Some(Meaning::Reject), _) => {
				return Err(unusable("that is neither consent nor its end".into()))
			},
			(Some(_), Err((reason, _))) => return Err(unusable(reason.clone())),
			(Some(meaning), Ok(purposes)) if purposes.len() > 1 && !meaning.is_an_end() => {
				let names = purposes.join(", ");
				return Err(unusable(format!(
					"only an opt-out can be of several purposes: {names}"
				)));
			},
			(Some(meaning), Ok(purposes)) => (meaning, purposes),
		};
		let moment = |column: &Option<String>| -> Result<Option<Moment>, Unusable> {
			let Some(column) = column else { return Ok(None) };
			let value = self.value(fields, column);
			value
				.map(|text| {
					moment::parse_written(text)
						.map_err(|error| unusable(format!("column {column:?}: {error}")))
				})
				.transpose()
		};
		let captured = moment(&consent.captured)?;
		let said = Stated {
			purpose: String::new(),
			part: part.map(String::from),
			meaning,
			captured,
			from: moment(&consent.from)?.filter(|from| Some(*from) > captured),
			until: moment(&consent.until)?,
			confirmed: moment(&consent.confirmed)?.is_some(),
			notice_version: consent.notice_version,
			expression: consent.expression,
			evidence: self.pick(fields, consent.columns()),
		};
		let of = |purpose: &String| {
			let named = self.mapping.notice_versions.get(purpose).copied();
			let notice_version = said.notice_version.or(named);
			Stated { purpose: purpose.clone(), notice_version, ..said.clone() }
		};
		Ok(purposes.iter().map(of).collect())
	}

	/// The purposes that a column's value is about; or why they are not known, and what it ends
	/// where it is an end.
	fn purposes(
		&self,
		fields: &[String],
		consent: &ConsentMapping,
		(column, value): (&str, &str),
		part: Option<&str>,
	) -> Result<Vec<String>, (String, Ends)> {
		let (plain, is_named) = match &consent.purpose_column {
			None => (column, false),
			Some(named) if named == column => (value, false),
			Some(named) => match self.value(fields, named) {
				Some(label) => (label, true),
				None => return Err((format!("column {named:?} names no purpose"), Ends::Any)),
			},
		};
		let label = part.map_or(plain.into(), |part| format!("{plain}/{part}"));
		self.mapping.purposes_of(plain, &label).ok_or_else(|| {
			// What a column of its own names is another purpose than those that are mapped; but of
			// which part it is, a row may leave open.
			let ends = match (is_named, part) {
				(false, _) => Ends::Any,
				(true, None) => Ends::These(self.mapping.parts_of(plain)),
				(true, Some(_)) => Ends::NOTHING,
			};
			(format!("no purpose is named for {label:?} (`[purposes]` or --purpose-map)"), ends)
		})
	}
}

/// At most one statement of each purpose: an opt-out prevails, else they have to agree.
fn one_of_each(stated: Vec<Stated>, mut unusable: Vec<Unusable>) -> (Vec<Stated>, Vec<Unusable>) {
	let mut of_purpose: BTreeMap<String, Vec<Stated>> = BTreeMap::new();
	for one in stated {
		of_purpose.entry(one.purpose.clone()).or_default().push(one);
	}
	let mut kept = Vec::new();
	for (purpose, mut all) in of_purpose {
		let prevails = all.iter().position(|one| one.meaning == Meaning::OptedOut);
		let agree = all.iter().all(|one| one.meaning == all[0].meaning);
		if !agree && prevails.is_none() {
			let reason = format!("contradicts itself about {purpose:?}");
			let ends = match all.iter().any(|one| one.meaning.is_an_end()) {
				true => Ends::These(vec![purpose]),
				false => Ends::NOTHING,
			};
			unusable.push(Unusable { reason, ends });
			continue;
		}
		let mut one = all.swap_remove(prevails.unwrap_or(0));
		// All that the row says of the purpose is evidence, also of what prevailed over it.
		one.evidence.0.extend(all.into_iter().flat_map(|other| other.evidence.0));
		kept.push(one);
	}
	(kept, unusable)
}

#[cfg(test)]
#[path = "consents_tests.rs"]
mod tests;
