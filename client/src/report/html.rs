//! The report as a page for people: one file that needs no other, for screen, screen reader and
//! paper.

use super::{Access, Consent, Interaction, Purpose, Recipient, Record, Report, Revision, Right};
use crate::{
	content::Content,
	moment::shown,
	words::{word, words},
};
use consentry_primitives::{access::GrantTerms, consent::Capture, Categories, Moment};
use sp_core::crypto::AccountId32;

const TEMPLATE: &str = include_str!("template.html");

/// The report as HTML.
pub fn html(report: &Report) -> String {
	let mut page = Page::default();
	page.tag("h1", "What is kept of you, and who uses it");
	page.tag(
		"p",
		"This is the answer to a request under Article 15 of the General Data Protection Regulation.",
	);
	about(&mut page, report);
	data(&mut page, report);
	purposes(&mut page, report);
	consents(&mut page, report);
	recipients(&mut page, report);
	accesses(&mut page, report);
	rights(&mut page, report);
	TEMPLATE.replace("{{content}}", &page.0)
}

fn about(page: &mut Page, report: &Report) {
	let state = &report.state;
	let source = report.source.as_ref();
	let source = source.map(|origin| format!("{} under the id {}", origin.source, origin.id));
	let guardians: Vec<_> = state
		.guardians
		.iter()
		.map(|(account, until)| format!("{account} until {}", shown(*until)))
		.collect();
	page.tag("h2", "You and the controller");
	page.list(&[
		("Your pseudonym", format!("{:?}", report.customer)),
		("Controller", report.controller_name.clone()),
		("Source of the data", source.unwrap_or_else(|| "another store of the controller".into())),
		("Known to the chain since", shown(state.registered)),
		("Your account", shown_or(&state.account, "none is bound")),
		(
			"Who may act for you",
			if guardians.is_empty() { "nobody".into() } else { guardians.join("; ") },
		),
		("Erasure due", moment_or(state.erasure_due, "not asked for")),
		("Suspended by law", moment_or(state.held_until, "no")),
		("Erased", moment_or(state.erased, "no")),
		("As of", shown(report.moment)),
		("What was verified", report.verified.clone()),
	]);
}

fn data(page: &mut Page, report: &Report) {
	page.tag("h2", "Your data");
	let records = report.records.iter().map(|record| {
		let Record { category, revision, sealed, content } = record;
		[word(category), values(content), format!("revision {revision}, {}", shown(*sealed))]
	});
	page.table("Records by category", ["Category", "Data", "Kept since"], records);
	let interactions = report.interactions.iter().map(|interaction| {
		let Interaction { recorded, kind, content } = interaction;
		[shown(*recorded), word(kind), values(content)]
	});
	page.table("What happened", ["Recorded", "What", "Details"], interactions);
}

fn purposes(page: &mut Page, report: &Report) {
	page.tag("h2", "What it is used for");
	let rows = report.purposes.iter().map(|purpose| {
		let Purpose { info, permitted, denial, .. } = purpose;
		let stands = match denial {
			Some(denial) => format!("not permitted: {}", word(denial)),
			None => format!("permitted: {}", categories(*permitted)),
		};
		[
			format!("{} ({})", info.name, info.dpv),
			word(&info.basis),
			categories(info.terms.categories),
			format!("{} days", info.terms.retention_days),
			info.notice_version.to_string(),
			stands,
		]
	});
	let header =
		["Purpose", "Lawful basis", "Categories of data", "Kept for", "Notice version", "Now"];
	page.table("Purposes of the controller", header, rows);
	page.tag("h3", "Decisions by machine");
	page.tag(
		"p",
		"The chain decides by rules whether a member may read your data. It takes no other decision \
		 about you and makes no profile of you; whether the controller does so elsewhere, it has to \
		 tell you itself (Art. 15(1)(h)).",
	);
}

fn consents(page: &mut Page, report: &Report) {
	page.tag("h2", "What you consented or objected to");
	let rows = report.consents.iter().flat_map(|consent| {
		let Consent { purpose_name, history, .. } = consent;
		history.iter().map(move |revision| {
			let Revision { info, by, evidence } = revision;
			let (notice, until) = match &info.permission {
				Some(permission) => (
					permission.notice_version.to_string(),
					moment_or(permission.until, "it is withdrawn"),
				),
				None => (String::new(), String::new()),
			};
			[
				purpose_name.clone(),
				shown(info.since),
				word(&info.state),
				by.clone(),
				captured(&info.capture),
				notice,
				until,
				evidence.as_ref().map_or_else(String::new, lines),
			]
		})
	});
	let header = ["Purpose", "Since", "State", "By", "How", "Notice version", "Until", "Evidence"];
	page.table("Every change, oldest first", header, rows);
}

fn captured(capture: &Capture<AccountId32>) -> String {
	match capture {
		Capture::Transaction => "transaction".into(),
		Capture::Signature { relayer } => format!("signature, brought by {relayer}"),
		Capture::Recorded { method, .. } => format!("recorded by the controller: {}", word(method)),
		Capture::Expiry => "its time had passed".into(),
	}
}

fn recipients(page: &mut Page, report: &Report) {
	page.tag("h2", "Who may read it");
	page.tag(
		"p",
		"Grants in force; grants to you alone that ended; and grants to all customers that ended once \
		 somebody had asked to read your data under them. Whoever did read it, in an emergency too, is \
		 under \"Who asked to read it\".",
	);
	let rows = report.recipients.iter().map(|recipient| {
		let Recipient { grant, name, purpose_name, .. } = recipient;
		let GrantTerms { categories: granted, from, until, .. } = &grant.terms;
		[
			name.clone(),
			purpose_name.clone(),
			categories(*granted),
			shown(*from),
			moment_or(*until, "it is revoked"),
			word(&grant.state),
		]
	});
	let header = ["Recipient", "Purpose", "Categories of data", "From", "Until", "State"];
	page.table("Grants of access", header, rows);
}

fn accesses(page: &mut Page, report: &Report) {
	page.tag("h2", "Who asked to read it");
	let rows = report.accesses.iter().map(|access| {
		let Access { moment, by, outcome, purpose_name, decision, .. } = access;
		[
			shown(*moment),
			by.clone(),
			purpose_name.clone(),
			categories(access.categories),
			outcome.to_string(),
			format!("{decision:?}"),
		]
	});
	let header = ["When", "Who", "Purpose", "Categories of data", "Outcome", "Decision"];
	page.table("Every decision, denied ones too", header, rows);
}

fn rights(page: &mut Page, report: &Report) {
	page.tag("h2", "What you can do");
	let rows = report.rights.iter().map(|right| {
		let Right { article, what, how } = right;
		[article.to_string(), what.clone(), how.clone()]
	});
	page.table("Your rights", ["Article", "What", "How"], rows);
}

fn categories(categories: Categories) -> String {
	match words(&categories.to_vec()) {
		none if none.is_empty() => "none".into(),
		some => some,
	}
}

fn moment_or(moment: Option<Moment>, otherwise: &str) -> String {
	moment.map_or_else(|| otherwise.into(), shown)
}

fn shown_or(value: &Option<AccountId32>, otherwise: &str) -> String {
	value.as_ref().map_or_else(|| otherwise.into(), ToString::to_string)
}

fn values(content: &Option<Content>) -> String {
	content.as_ref().map_or_else(|| "kept by another store of the controller".into(), lines)
}

fn lines(content: &Content) -> String {
	let held = content.0.iter().filter(|(_, value)| !value.trim().is_empty());
	held.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

/// A page in the making. Whatever is put on it is escaped.
#[derive(Default)]
struct Page(String);

impl Page {
	fn tag(&mut self, tag: &str, text: &str) {
		self.0 += &format!("<{tag}>{}</{tag}>\n", escaped(text));
	}

	fn list(&mut self, items: &[(&str, String)]) {
		self.0 += "<dl>\n";
		for (term, value) in items {
			self.tag("dt", term);
			self.tag("dd", value);
		}
		self.0 += "</dl>\n";
	}

	fn table<const COLUMNS: usize>(
		&mut self,
		caption: &str,
		header: [&str; COLUMNS],
		rows: impl Iterator<Item = [String; COLUMNS]>,
	) {
		let mut body = String::new();
		for row in rows {
			body += "<tr>";
			for value in row {
				body += &format!("<td>{}</td>", escaped(&value));
			}
			body += "</tr>\n";
		}
		if body.is_empty() {
			self.tag("p", &format!("{caption}: none."));
			return;
		}
		let header: String =
			header.iter().map(|name| format!("<th scope=\"col\">{}</th>", escaped(name))).collect();
		self.0 += &format!(
			"<div class=\"table\"><table>\n<caption>{}</caption>\n<thead><tr>{header}</tr></thead>\n\
			 <tbody>\n{body}</tbody>\n</table></div>\n",
			escaped(caption),
		);
	}
}

/// Text as it stands in HTML; its lines stay lines.
fn escaped(text: &str) -> String {
	let mut escaped = String::with_capacity(text.len());
	for character in text.chars() {
		match character {
			'&' => escaped += "&amp;",
			'<' => escaped += "&lt;",
			'>' => escaped += "&gt;",
			'"' => escaped += "&quot;",
			'\'' => escaped += "&#39;",
			'\n' => escaped += "<br>",
			other => escaped.push(other),
		}
	}
	escaped
}
