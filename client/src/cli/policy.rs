//! `consentry policy`.

use super::{evidence::Kept, output::Output, Context, CustomerName};
use clap::Subcommand;
use consentry_client::{calls::access_grants, moment::shown, submit::submit_and_wait, Result};
use consentry_primitives::{
	access::{Hours, Policy, RateLimit},
	OrganisationId, DAY, HOUR,
};
use serde_json::json;
use std::path::PathBuf;

/// Milliseconds of a minute.
const MINUTE: u64 = HOUR / 60;

#[derive(Subcommand)]
pub enum Command {
	/// Set the policy of the key's organisation, in place of the one it had: what is not given is
	/// not limited.
	Set {
		/// Authorised accesses of one account, such as 100/1h: windows in s, m, h or d.
		#[arg(long, value_parser = parse_limit)]
		rate: Option<RateLimit>,
		/// Hours (UTC) of access: 8-18 is from 8:00 to 18:00, 22-6 goes over midnight, several are
		/// separated by commas.
		#[arg(long, value_parser = parse_hours)]
		hours: Option<Hours>,
		/// Denials by its own fault after which an account is suspended, such as 3/10m.
		#[arg(long, value_parser = parse_limit)]
		denials: Option<RateLimit>,
		/// Allow access without a grant in an emergency.
		#[arg(long)]
		break_glass: bool,
	},
	/// Show the policy of an organisation.
	Show {
		/// Number of the organisation; that of the key unless given.
		#[arg(long)]
		organisation: Option<OrganisationId>,
	},
	/// List the accounts that the policy of an organisation suspended.
	Suspensions {
		/// Number of the organisation; that of the key unless given.
		#[arg(long)]
		organisation: Option<OrganisationId>,
	},
	/// Reinstate a suspended account, as an Officer.
	Reinstate {
		/// The account: an address, or the name of a key.
		account: String,
	},
	/// List the accesses in an emergency that an organisation has to review.
	Reviews {
		/// Number of the organisation; that of the key unless given.
		#[arg(long)]
		organisation: Option<OrganisationId>,
	},
	/// Review an access in an emergency, as an Officer who is not the one who accessed.
	Review {
		/// The customer.
		customer: CustomerName,
		/// Index of the access in the customer's trail.
		entry: u64,
		/// It was justified.
		#[arg(long, required_unless_present = "unjustified", conflicts_with = "unjustified")]
		justified: bool,
		/// It was not justified.
		#[arg(long)]
		unjustified: bool,
		/// File with the review, which is committed to.
		#[arg(long)]
		comment: PathBuf,
	},
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::Set { rate, hours, denials, break_glass } => {
			let hours = hours.unwrap_or(Hours::ALL);
			let policy = Policy { rate, hours, denials, break_glass };
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let call = access_grants::set_policy(&policy);
			let included = submit_and_wait(&chain, &key, &call).await?;
			Ok(Output::of_call(&call, &included, json!({ "policy": policy }), &described(&policy)))
		},
		Command::Reinstate { account } => {
			let account = context.keys()?.account(&account)?;
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let call = access_grants::reinstate(&account);
			let included = submit_and_wait(&chain, &key, &call).await?;
			let more = json!({ "account": account.to_string() });
			Ok(Output::of_call(&call, &included, more, ""))
		},
		Command::Review { customer, entry, justified, comment, .. } => {
			let id = customer.resolve(context)?;
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let kept = Kept::new(context, Some(&id), &comment)?;
			let call = access_grants::review(&id, entry, justified, &kept.commitment());
			let included = kept.submit(&chain, &key, &call).await?;
			let more = json!({ "customer": id, "entry": entry, "justified": justified });
			Ok(Output::of_call(&call, &included, more, ""))
		},
		Command::Show { organisation } => {
			let chain = context.chain().await?;
			let at = chain.finalised().await?.hash;
			let organisation = context.organisation(&chain, at, organisation).await?;
			let policy = chain.policy(at, organisation).await?;
			let json = json!({ "organisation": organisation, "policy": policy, "block": at });
			Ok(Output::new(json, described(&policy)))
		},
		Command::Suspensions { organisation } => {
			let chain = context.chain().await?;
			let at = chain.finalised().await?.hash;
			let organisation = context.organisation(&chain, at, organisation).await?;
			let suspensions = chain.suspensions(at, organisation).await?;
			let lines: Vec<_> = suspensions
				.iter()
				.map(|suspended| format!("{} since {}", suspended.account, shown(suspended.since)))
				.collect();
			let json = json!({ "suspensions": suspensions, "block": at });
			Ok(Output::new(json, lines.join("\n")))
		},
		Command::Reviews { organisation } => {
			let chain = context.chain().await?;
			let at = chain.finalised().await?.hash;
			let organisation = context.organisation(&chain, at, organisation).await?;
			let reviews = chain.break_glass_reviews(at, organisation).await?;
			let lines: Vec<_> = reviews
				.iter()
				.map(|review| {
					let state = if review.overdue { "overdue since" } else { "due by" };
					let due = shown(review.due);
					let (customer, entry) = (review.customer, review.entry);
					format!("{customer:?} {entry}  by {}, {state} {due}", review.account)
				})
				.collect();
			Ok(Output::new(json!({ "reviews": reviews, "block": at }), lines.join("\n")))
		},
	}
}

fn described(policy: &Policy) -> String {
	let limit = |limit: Option<RateLimit>| {
		limit.map_or("not limited".into(), |RateLimit { count, window }| {
			format!("{count} in {}", window_shown(window))
		})
	};
	let hours = match policy.hours {
		Hours::ALL => "any".into(),
		hours => hours
			.to_vec()
			.iter()
			.map(|hour| format!("{hour}:00-{hour}:59"))
			.collect::<Vec<_>>()
			.join(", "),
	};
	format!(
		"accesses of an account: {}\nhours (UTC): {hours}\ndenials until suspension: {}\nbreak-glass: \
		 {}",
		limit(policy.rate),
		limit(policy.denials),
		if policy.break_glass { "allowed" } else { "not allowed" },
	)
}

/// Units of windows, the largest first.
const UNITS: [(&str, u64); 4] = [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1000)];

fn window_shown(window: u64) -> String {
	match UNITS.iter().find(|(_, length)| window.is_multiple_of(*length)) {
		Some((unit, length)) => format!("{}{unit}", window / length),
		None => format!("{window} ms"),
	}
}

fn parse_window(text: &str) -> Option<u64> {
	UNITS
		.iter()
		.find_map(|(unit, length)| {
			text.strip_suffix(*unit)?.parse::<u64>().ok()?.checked_mul(*length)
		})
		.filter(|window| *window > 0)
}

fn parse_limit(text: &str) -> Result<RateLimit, String> {
	let read = || {
		let (count, window) = text.split_once('/')?;
		let count = count.parse().ok().filter(|count| *count > 0)?;
		Some(RateLimit { count, window: parse_window(window)? })
	};
	read().ok_or_else(|| {
		format!("{text:?} is no limit: write a number, a slash and a time, such as 100/1h or 3/10m")
	})
}

fn parse_hours(text: &str) -> Result<Hours, String> {
	let read = |range: &str| {
		let (from, to) = range.trim().split_once('-')?;
		let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
		if from > 23 || to > 24 || from == to {
			return None;
		}
		// Up to the end, over midnight where that comes before the start.
		let length = (to + 24 - from - 1) % 24 + 1;
		Some((0..length).fold(0, |flags, hour| flags | 1 << ((from + hour) % 24)))
	};
	let ranges = text.split(',').map(read).collect::<Option<Vec<u32>>>();
	match ranges {
		Some(ranges) => Ok(Hours(ranges.into_iter().fold(0, |all, range| all | range))),
		None => Err(format!(
			"{text:?} are no hours: write from which to which, such as 8-18, 22-6 or 8-12,13-17",
		)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hours_are_read() {
		let hours = |text| parse_hours(text).unwrap().to_vec();
		assert_eq!(hours("8-18"), (8..18).collect::<Vec<_>>());
		assert_eq!(hours("22-6"), [0, 1, 2, 3, 4, 5, 22, 23]);
		assert_eq!(hours("8-10, 13-14"), [8, 9, 13]);
		assert_eq!(hours("23-0"), [23]);
		assert_eq!(parse_hours("0-24").unwrap(), Hours::ALL);
		for text in ["", "8", "8-8", "24-1", "8-25", "8-18,", "-8", "8-18-20", "a-b"] {
			assert!(parse_hours(text).is_err(), "{text:?}");
		}
	}

	#[test]
	fn limits_are_read_and_shown() {
		for (text, count, window) in [
			("100/1h", 100, HOUR),
			("3/10m", 3, 10 * MINUTE),
			("1/1d", 1, DAY),
			("5/30s", 5, 30_000),
		] {
			assert_eq!(parse_limit(text).unwrap(), RateLimit { count, window });
			assert_eq!(format!("{count}/{}", window_shown(window)), text);
		}
		for text in
			["", "3", "3/", "0/1h", "3/0m", "3/10", "-3/10m", "3/10y", "3/99999999999999999d"]
		{
			assert!(parse_limit(text).is_err(), "{text:?}");
		}
		assert_eq!(window_shown(1_500), "1500 ms");
	}
}
