//! From the rows of a file to plans in the local store.

use super::{Reject, Summary};
use crate::{
	csv::Reader,
	mapping::{Facts, Mapping},
	store::{plan::Planned, Origin, Store, Subject},
	Error, Result,
};
use consentry_primitives::OrganisationId;
use std::collections::HashMap;

/// Plans what a file says; nothing is planned where the file as a whole cannot be used.
pub fn plan(
	store: &mut Store,
	controller: OrganisationId,
	mapping: &Mapping,
	file: &[u8],
	summary: &mut Summary,
) -> Result<()> {
	let (header, rows) = Reader::open(file, mapping.delimiter as u8)
		.map_err(|reason| Error::Usage(format!("the file's {reason}")))?;
	let fitted = mapping.fit(&header)?;
	let mut seen = HashMap::new();
	store.in_bulk(|store| {
		for row in rows {
			summary.rows += 1;
			let line = row.line;
			let facts = row.fields.and_then(|fields| fitted.facts(&fields)).and_then(|facts| {
				match seen.insert(facts.id.clone(), line) {
					None => Ok(facts),
					Some(first) => {
						seen.insert(facts.id.clone(), first);
						Err(format!("has the same id {:?} as line {first}", facts.id))
					},
				}
			});
			let planned = match facts {
				Ok(facts) => plan_row(store, controller, mapping, facts)?,
				Err(reason) => Err(reason),
			};
			match planned {
				Ok(false) => summary.unchanged += 1,
				Ok(true) => {},
				Err(reason) => summary.rejects.push(Reject { line: Some(line), reason }),
			}
		}
		Ok(())
	})
}

/// Plans a row: whether there is anything to submit, or why the row cannot be used.
fn plan_row(
	store: &mut Store,
	controller: OrganisationId,
	mapping: &Mapping,
	facts: Facts,
) -> Result<Result<bool, String>> {
	let row = Origin { source: mapping.source.clone(), id: facts.id };
	let of = match (&mapping.link, facts.link) {
		(Some(link), Some(id)) => Origin { source: link.source.clone(), id },
		_ => row.clone(),
	};
	let known = store.customer_from(&of)?;
	if let Some(customer) = known.as_ref().filter(|customer| customer.controller != controller) {
		return Ok(Err(format!(
			"belongs to a customer of organisation {}, and the key acts for {controller}",
			customer.controller,
		)));
	}
	let (customer, mut changed) = match known {
		Some(customer) if mapping.link.is_some() => (customer.id, false),
		None if mapping.link.is_some() => {
			return Ok(Err(format!(
				"belongs to {:?} of {:?}, which was not imported",
				of.id, of.source,
			)))
		},
		_ => {
			let (id, planned) = store.plan_customer(controller, &row, &facts.records)?;
			(id, planned != Planned::Unchanged)
		},
	};
	for (place, kind, details) in facts.interactions {
		let subject = Subject::Interaction(kind);
		let planned = store.plan_interaction(&customer, &row, place, subject, &details)?;
		changed |= planned != Planned::Unchanged;
	}
	Ok(Ok(changed))
}
