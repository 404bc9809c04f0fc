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
	/// The version of the notice that was shown; unless given, the oldest that still counts.
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
	/// Where it stands.
	pub meaning: Meaning,
	/// When that was captured.
	pub captured: Option<Moment>,
	/// From when it counts, if not at once.
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

impl Mapping {
	/// Whether consents are taken over: only where purposes are named for them.
	pub fn takes_consents(&self) -> bool {
		!self.consents.is_empty() && !self.purposes.is_empty()
	}

	/// The purpose on the chain that `label` stands for.
	fn purpose(&self, label: &str) -> Option<&String> {
		let family = || self.purposes.iter().find(|(name, _)| stands_for(name, label));
		self.purposes.get(label).or_else(|| family().map(|(_, purpose)| purpose))
	}
}

impl ConsentMapping {
	/// The columns that it reads.
	pub(super) fn columns(&self) -> impl Iterator<Item = &String> + Clone {
		let optional =
			[&self.purpose_column, &self.captured, &self.from, &self.until, &self.confirmed];
		[&self.column].into_iter().chain(optional.into_iter().flatten()).chain(&self.evidence)
	}
}

impl Fitted<'_> {
	/// What a row says of each purpose, at most one thing of each; and why something that it says
	/// cannot be used.
	pub(super) fn consents(&self, fields: &[String]) -> (Vec<Stated>, Vec<String>) {
		let (mut stated, mut unusable, mut unclear_end) = (Vec::new(), Vec::new(), None);
		if !self.mapping.takes_consents() {
			return (stated, unusable);
		}
		for consent in &self.mapping.consents {
			for column in self.header.iter().filter(|name| stands_for(&consent.column, name)) {
				for value in self.values(fields, column) {
					let label = match &consent.purpose_column {
						None => Some(column.as_str()),
						Some(named) if named == column => Some(value),
						Some(named) => self.value(fields, named),
					};
					let meaning = consent.values.get(value).copied();
					match self.stated(fields, consent, label, meaning) {
						Ok(None) => {},
						Ok(Some(one)) => stated.push(one),
						Err(reason) => {
							let reason = format!("says {value:?} in column {column:?}: {reason}");
							// What is not known may be an end.
							if meaning.is_none_or(Meaning::is_an_end) {
								unclear_end.get_or_insert_with(|| reason.clone());
							}
							unusable.push(reason);
						},
					}
				}
			}
		}
		// What an opt-out of something unknown ends is not guessed: it may be any of these.
		if let Some(reason) = unclear_end {
			stated.retain(|one| {
				let may_have_ended = matches!(one.meaning, Meaning::Given | Meaning::Requested);
				if may_have_ended {
					unusable.push(format!(
						"consents to {:?}, which the opt-out may concern: it {reason}",
						one.purpose,
					));
				}
				!may_have_ended
			});
		}
		one_of_each(stated, unusable)
	}

	fn stated(
		&self,
		fields: &[String],
		consent: &ConsentMapping,
		label: Option<&str>,
		meaning: Option<Meaning>,
	) -> Result<Option<Stated>, String> {
		let meaning = match meaning {
			None => return Err("the mapping does not tell what that means".into()),
			Some(Meaning::None) => return Ok(None),
			Some(Meaning::Reject) => return Err("that is neither consent nor its end".into()),
			Some(meaning) => meaning,
		};
		let label = label.ok_or("the column that names the purpose is blank")?;
		let purpose = self.mapping.purpose(label).ok_or_else(|| {
			format!("no purpose is named for {label:?} (`[purposes]` or --purpose-map)")
		})?;
		let moment = |column: &Option<String>| -> Result<Option<Moment>, String> {
			let Some(column) = column else { return Ok(None) };
			let value = self.value(fields, column);
			value
				.map(|text| {
					moment::parse_written(text)
						.map_err(|error| format!("column {column:?}: {error}"))
				})
				.transpose()
		};
		Ok(Some(Stated {
			purpose: purpose.clone(),
			meaning,
			captured: moment(&consent.captured)?,
			from: moment(&consent.from)?,
			until: moment(&consent.until)?,
			confirmed: moment(&consent.confirmed)?.is_some(),
			notice_version: consent.notice_version,
			expression: consent.expression,
			evidence: self.pick(fields, consent.columns()),
		}))
	}
}

/// At most one statement of each purpose: an opt-out prevails, else they have to agree.
fn one_of_each(stated: Vec<Stated>, mut unusable: Vec<String>) -> (Vec<Stated>, Vec<String>) {
	let mut of_purpose: BTreeMap<String, Vec<Stated>> = BTreeMap::new();
	for one in stated {
		of_purpose.entry(one.purpose.clone()).or_default().push(one);
	}
	let mut kept = Vec::new();
	for (purpose, mut all) in of_purpose {
		let prevails = all.iter().position(|one| one.meaning == Meaning::OptedOut).unwrap_or(0);
		let mut one = all.swap_remove(prevails);
		let agree = all.iter().all(|other| other.meaning == one.meaning);
		if !agree && one.meaning != Meaning::OptedOut {
			unusable.push(format!("contradicts itself about {purpose:?}"));
			continue;
		}
		// All that the row says of the purpose is evidence, also of what prevailed over it.
		one.evidence.0.extend(all.into_iter().flat_map(|other| other.evidence.0));
		kept.push(one);
	}
	(kept, unusable)
}

#[cfg(test)]
#[path = "consents_tests.rs"]
mod tests;
