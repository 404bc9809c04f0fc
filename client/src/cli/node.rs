//! `consentry node`.

use super::{output::Output, Context};
use clap::Subcommand;
use consentry_client::{
	health::{seconds, Head, Health, Limits},
	moment::{shown, Timestamp},
	Error, ExitCode, Result,
};
use serde_json::json;
use std::time::Duration;

#[derive(Subcommand)]
pub enum Command {
	/// Tell whether a node is well. The exit code is 0 where it is, 6 where not, and 3 where it does
	/// not answer. The clock is this machine's: ask on the node's own.
	Health {
		#[command(flatten)]
		limits: Limits,
		/// How many seconds the node has to answer.
		#[arg(long, value_name = "SECONDS", default_value_t = 10)]
		timeout: u64,
	},
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	let Command::Health { limits, timeout } = command;
	let ask = async { Health::of(&context.chain().await?).await };
	let answered = tokio::time::timeout(Duration::from_secs(timeout), ask).await;
	let health = answered.map_err(|_| Error::Unreachable {
		url: context.url().into(),
		reason: format!("no answer within {timeout} s"),
	})??;
	Ok(answer(&health, &limits))
}

fn answer(health: &Health, limits: &Limits) -> Output {
	let problems = health.problems(limits);
	let mut lines: Vec<String> = match &problems[..] {
		[] => vec!["The node is well.".into()],
		_ => problems.iter().map(|problem| format!("Not well: {problem}.")).collect(),
	};
	let syncing = if health.is_syncing { ", syncing" } else { "" };
	let age = health.age().map_or(String::new(), |age| format!(", {} old", seconds(age)));
	let disk = health.disk.as_ref().map_or("not told".into(), |disk| {
		let mib = |bytes: u64| bytes >> 20;
		format!("{} MiB free, stops below {} MiB", mib(disk.free), mib(disk.stops_below))
	});
	let trails = match &health.trails {
		None => "not told".into(),
		Some(trails) if trails.complete => "complete".into(),
		Some(trails) => trails
			.missing
			.map_or("not known yet".into(), |missing| format!("{missing} entries lacking")),
	};
	lines.extend([
		format!("  chain:     {}, node {}", health.chain, health.version),
		format!("  peers:     {}{syncing}", health.peers),
		format!("  best:      {}{age}", block(&health.best)),
		format!(
			"  finalised: {}, {} blocks behind{}",
			block(&health.finalised),
			health.finality_lag(),
			lag(health).map_or(String::new(), |lag| format!(" ({})", seconds(lag))),
		),
		format!("  trails:    {trails}"),
		format!("  disk:      {disk}"),
	]);
	let json = json!({
		"isWell": problems.is_empty(), "problems": problems, "health": health, "limits": limits,
		"finalityLag": { "blocks": health.finality_lag(), "milliseconds": lag(health) },
		"age": health.age(),
	});
	let code = if problems.is_empty() { ExitCode::Done } else { ExitCode::Partly };
	Output::new(json, lines.join("\n")).with_code(code)
}

/// Milliseconds of the chain between the last block and the last one that is final.
fn lag(health: &Health) -> Option<i64> {
	let (Timestamp(best), Timestamp(finalised)) = (health.best.moment?, health.finalised.moment?);
	Some(best.saturating_sub(finalised).cast_signed())
}

fn block(head: &Head) -> String {
	match head.moment {
		Some(Timestamp(moment)) => format!("#{} of {}", head.number, shown(moment)),
		None => format!("#{}", head.number),
	}
}
