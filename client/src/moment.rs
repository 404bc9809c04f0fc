//! Moments as people write them: RFC 3339, or milliseconds since 1970.

use consentry_primitives::{Moment, DAY};
use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60 * 1000;

/// Reads milliseconds since 1970, a day (`2026-01-31`, from its first moment in UTC), or a time
/// with its offset (`2026-01-31T10:00:00Z`).
pub fn parse(text: &str) -> Result<Moment, String> {
	let millis = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok());
	millis.unwrap_or_else(|| read(text)).ok_or_else(|| {
		format!(
			"{text:?} is no moment: write 2026-01-31, 2026-01-31T10:00:00Z, or milliseconds since 1970",
		)
	})
}

/// Reads a day, or a time with its offset, as exports write them; a number is neither.
pub fn parse_written(text: &str) -> Result<Moment, String> {
	read(text).ok_or_else(|| {
		format!("{text:?} is no moment: 2026-01-31 would be one, or 2026-01-31T10:00:00Z")
	})
}

/// The time by this machine's clock.
pub fn now() -> Moment {
	let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	since_epoch.map_or(0, |time| time.as_millis() as Moment)
}

fn read(text: &str) -> Option<Moment> {
	let (date, time) = match text.split_once(['T', 't', ' ']) {
		Some((date, time)) => (date, Some(time)),
		None => (text, None),
	};
	let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
	let days = days(year, month, day);
	// A day that the month does not have is one of the next month.
	if civil(days) != (year, month, day) {
		return None;
	}
	let of_day = time.map_or(Some(0), time_of_day)?;
	(days * DAY as i64 + of_day).try_into().ok()
}

/// Milliseconds since midnight in UTC; outside the day where the offset leads there.
fn time_of_day(text: &str) -> Option<i64> {
	let (clock, offset) = match text.strip_suffix(['Z', 'z']) {
		Some(clock) => (clock, 0),
		None => {
			let sign = text.rfind(['+', '-'])?;
			let [hours, minutes] = numbers(&text[sign + 1..], ':', [2, 2])?;
			if hours > 23 || minutes > 59 {
				return None;
			}
			let offset = (hours * 60 + minutes) * MINUTE;
			(&text[..sign], if text[sign..].starts_with('-') { -offset } else { offset })
		},
	};
	let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
	let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
	if hour > 23 || minute > 59 || second > 59 || fraction.is_empty() {
		return None;
	}
	// What is finer than a millisecond is cut off.
	let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
	let millis = digits.then(|| format!("{fraction:0<3}")[..3].parse::<i64>().ok())??;
	Some((hour * 60 + minute) * MINUTE + second * 1000 + millis - offset)
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
	let mut parts = text.split(separator);
	let mut found = [0; N];
	for (number, width) in found.iter_mut().zip(widths) {
		let part = parts.next().filter(|part| part.len() == width)?;
		let digits = part.bytes().all(|byte| byte.is_ascii_digit());
		*number = digits.then(|| part.parse().ok())??;
	}
	parts.next().is_none().then_some(found)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that
/// the leap day is the last of a year; 146,097 days are an era of 400 years.
fn days(year: i64, month: i64, day: i64) -> i64 {
	let year = if month > 2 { year } else { year - 1 };
	let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	let of_era = year.rem_euclid(400);
	year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of so many days after 1970-01-01: the reverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
	let days = days + 719_468;
	let of_era = days.rem_euclid(146_097);
	let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
	let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	let from_march = (5 * of_year + 2) / 153;
	let month = (from_march + 2) % 12 + 1;
	let year = days.div_euclid(146_097) * 400 + year_of_era + i64::from(month <= 2);
	(year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// A moment in RFC 3339, UTC; with milliseconds where there are any.
pub fn shown(moment: Moment) -> String {
	// The days of a `u64` of milliseconds fit an `i64` many times.
	let (year, month, day) = civil((moment / DAY) as i64);
	let (seconds, millis) = (moment % DAY / 1000, moment % 1000);
	let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
	let fraction = if millis > 0 { format!(".{millis:03}") } else { String::new() };
	format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// A moment that JSON holds as [`shown`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp(pub Moment);

impl From<Timestamp> for String {
	fn from(timestamp: Timestamp) -> Self {
		shown(timestamp.0)
	}
}

impl TryFrom<String> for Timestamp {
	type Error = String;

	fn try_from(text: String) -> Result<Self, String> {
		parse(&text).map(Self)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn known_moments() {
		for (text, moment) in [
			("1970-01-01", 0),
			("1970-01-01T00:00:00.001Z", 1),
			("2000-02-29T12:00:00Z", 951_825_600_000),
			("2026-01-31T10:00:00Z", 1_769_853_600_000),
			("2026-01-31T11:30:00+01:30", 1_769_853_600_000),
			("2026-01-31 02:00:00-08:00", 1_769_853_600_000),
			("2100-03-01", 4_107_542_400_000),
			("1769853600000", 1_769_853_600_000),
		] {
			assert_eq!(parse(text), Ok(moment), "{text}");
		}
		assert_eq!(shown(1_769_853_600_000), "2026-01-31T10:00:00Z");
		assert_eq!(shown(1_769_853_600_007), "2026-01-31T10:00:00.007Z");
	}

	#[test]
	fn what_is_no_moment_is_refused() {
		for text in [
			"",
			"soon",
			"-1",
			"1969-12-31",
			"2026-02-29",
			"2100-02-29",
			"2026-13-01",
			"2026-00-01",
			"2026-1-1",
			"2026-01-31T10:00:00",
			"2026-01-31T24:00:00Z",
			"2026-01-31T10:60:00Z",
			"2026-01-31T10:00Z",
			"2026-01-31T10:00:00.Z",
			"2026-01-31T10:00:00.x1Z",
			"2026-01-31T10:00:00+99:00",
			"99999999999999999999",
		] {
			assert!(parse(text).is_err(), "{text:?}");
		}
		assert!(parse_written("20260131").is_err());
		assert_eq!(parse_written("1970-01-02"), Ok(DAY));
	}

	proptest! {
		#[test]
		fn what_is_shown_is_read_again(moment in 0..253_402_300_800_000u64) {
			prop_assert_eq!(parse(&shown(moment)), Ok(moment));
		}

		#[test]
		fn any_text_is_read_or_refused(text in "\\PC*") {
			let _ = parse(&text);
		}

		#[test]
		fn any_moment_is_shown(moment: u64) {
			prop_assert!(shown(moment).ends_with('Z'));
		}
	}
}
