//! From the rows of a file to plans in the local store.

use super::{
	consents::{Draft, Unclear, Wanted},
	Lines, Reject, Summary,
};
use crate::{
	csv::Reader,
	mapping::{
		consents::{Stated, Unusable},
		Facts, Mapping,
	},
	store::{plan::Planned, Customer, Origin, Store, Subject},
	Error, Result,
};
use consentry_primitives::{CustomerId, OrganisationId};
use std::collections::HashMap;

/// Each row of a file with the number of its line: what it says, or why it cannot be used. Fails
/// where the file as a whole cannot be.
pub fn rows<'a>(
	mapping: &'a Mapping,
	file: &'a [u8],
) -> Result<impl Iterator<Item = (usize, Result<Facts, String>)> + 'a> {
	let (header, rows) = Reader::open(file, mapping.delimiter as u8)
		.map_err(|reason| Error::Usage(format!("the file's {reason}")))?;
	let fitted = mapping.fit(&header)?;
	let mut seen = HashMap::new();
	Ok(rows.map(move |row| {
		let line = row.line;
		let facts =
			row.fields.and_then(|fields| fitted.facts(&fields)).and_then(|facts| {
				match *seen.entry(facts.id.clone()).or_insert(line) {
					first if first == line => Ok(facts),
					first => Err(format!("has the same id {:?} as line {first}", facts.id)),
				}
			});
		(line, facts)
	}))
}

/// The customer that a row is or belongs to, as far as the local store knows it; or why that
/// cannot be told.
pub fn owner(
	store: &Store,
	mapping: &Mapping,
	facts: &Facts,
) -> Result<Result<Option<Customer>, String>> {
	let (Some(link), Some(id)) = (&mapping.link, &facts.link) else {
		let origin = Origin { source: mapping.source.clone(), id: facts.id.clone() };
		return Ok(Ok(store.customer_from(&origin)?));
	};
	let origin = Origin { source: link.source.clone(), id: id.clone() };
	let mut found = match &link.alias {
		Some(alias) => store.customers_called(alias, &origin)?,
		None => store.customer_from(&origin)?.into_iter().collect(),
	};
	Ok(match found.len() {
		0 => Err(format!("belongs to {id:?} of {:?}, which was not imported", origin.source)),
		1 => Ok(found.pop()),
		many => {
			Err(format!("belongs to {id:?} of {:?}, which {many} customers are", origin.source))
		},
	})
}

/// Plans what a file says of customers, and returns what it says of consents; nothing is planned
/// where the file as a whole cannot be used.
pub fn plan(
	store: &mut Store,
	controller: OrganisationId,
	mapping: &Mapping,
	file: &[u8],
	summary: &mut Summary,
) -> Result<Draft> {
	let rows = rows(mapping, file)?;
	let mut draft = Draft::default();
	store.in_bulk(|store| {
		for (line, facts) in rows {
			summary.rows += 1;
			let planned = match facts {
				Ok(facts) => plan_row(store, controller, mapping, (line, facts), &mut draft.lines)?,
				Err(reason) => Err(reason),
			};
			let reject = |reason| Reject { line: Some(line), reason };
			match planned {
				Err(reason) => summary.rejects.push(reject(reason)),
				Ok(Row { customer, changed, consents, unusable }) => {
					match (changed || !unusable.is_empty(), consents.is_empty()) {
						(true, _) => {},
						(false, true) => summary.unchanged += 1,
						(false, false) => drop(draft.quiet.insert(line)),
					}
					for Unusable { reason, ends } in unusable {
						summary.rejects.push(reject(reason.clone()));
						draft.unclear.push(Unclear { line, customer, ends, reason });
					}
					let wanted = consents.into_iter();
					draft.wanted.extend(wanted.map(|stated| Wanted { line, customer, stated }));
				},
			}
		}
		Ok(())
	})?;
	Ok(draft)
}

/// A row that was planned.
struct Row {
	customer: CustomerId,
	/// Whether there is anything to submit of it.
	changed: bool,
	consents: Vec<Stated>,
	unusable: Vec<Unusable>,
}

/// Plans a row, or tells why it cannot be used.
fn plan_row(
	store: &mut Store,
	controller: OrganisationId,
	mapping: &Mapping,
	(line, facts): (usize, Facts),
	lines: &mut Lines,
) -> Result<Result<Row, String>> {
	let known = match owner(store, mapping, &facts)? {
		Ok(known) => known,
		Err(reason) => return Ok(Err(reason)),
	};
	if let Some(customer) = known.as_ref().filter(|customer| customer.controller != controller) {
		return Ok(Err(format!(
			"belongs to a customer of organisation {}, and the key acts for {controller}",
			customer.controller,
		)));
	}
	let row = Origin { source: mapping.source.clone(), id: facts.id };
	let (customer, mut changed) = match known.filter(|_| mapping.link.is_some()) {
		Some(customer) => (customer.id, false),
		None => {
			let (id, planned) = store.plan_customer(controller, &row, &facts.records)?;
			store.set_aliases(&id, &mapping.source, &facts.aliases)?;
			lines.customers.insert(id, line);
			(id, planned != Planned::Unchanged)
		},
	};
	for (place, kind, details) in facts.interactions {
		let subject = Subject::Interaction(kind);
		let (key, planned) = store.plan_interaction(&customer, &row, place, subject, &details)?;
		lines.facts.insert(key, line);
		changed |= planned != Planned::Unchanged;
	}
	let Facts { consents, unusable, .. } = facts;
	Ok(Ok(Row { customer, changed, consents, unusable }))
}
