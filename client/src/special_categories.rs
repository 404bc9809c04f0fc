//! Keeps the special categories of GDPR Art. 9 and 10 out of the names of purposes.
//!
//! A purpose's name and DPV term are public, and a consent to a purpose called `diabetes-care`
//! would tell everybody about the customer's health. So names are checked before they go to the
//! chain: against parts that are looked for anywhere in a word, and against words that are too
//! short for that (`race` is in `trace`) and have to stand for themselves. Words are separated by
//! anything but letters, and begin with a capital in a term such as `dpv:ProvideHealthcare`.
//!
//! A list cannot know every word, and a harmless name can hide anything: this catches slips.

use crate::{Error, Result};

/// A special category with what its words contain, and with whole words, which may have a plural s.
struct Category {
	name: &'static str,
	parts: &'static [&'static str],
	words: &'static [&'static str],
}

#[rustfmt::skip]
const CATEGORIES: [Category; 8] = [
	Category {
		name: "health",
		parts: &[
			"health", "medic", "patient", "diagnos", "disease", "illness", "therap", "disabilit",
			"disabled", "pregnan", "vaccin", "allerg", "psych", "hospital", "clinic", "pharma",
			"prescription", "diabet", "cancer", "insulin", "addict", "fertility", "surger",
		],
		words: &["hiv", "aids", "sick", "sickness", "doctor", "nurse", "rehab"],
	},
	Category {
		name: "religious or philosophical beliefs",
		parts: &[
			"religi", "belief", "philosoph", "church", "mosque", "synagog", "christian", "catholic",
			"protestant", "muslim", "islam", "jewish", "judais", "hindu", "buddh", "atheis",
		],
		words: &["faith", "creed", "jew", "sikh"],
	},
	Category {
		name: "political opinions",
		parts: &["politic", "ideolog", "partisan"],
		words: &["voter", "activist", "activism"],
	},
	Category {
		name: "trade-union membership",
		parts: &["tradeunion", "labourunion", "laborunion", "unionis", "unioniz"],
		words: &["union"],
	},
	Category {
		name: "racial or ethnic origin",
		parts: &["racial", "racis", "ethnic", "indigenous"],
		words: &["race", "roma", "tribe"],
	},
	Category {
		name: "genetic or biometric data",
		parts: &[
			"genetic", "genom", "biometr", "fingerprint", "faceprint", "facerecognition",
			"facialrecognition", "voiceprint", "retina",
		],
		words: &["gene", "dna", "iris", "facial"],
	},
	Category {
		name: "sex life or sexual orientation",
		parts: &["sexual", "sexlife", "homosex", "lesbian", "lgbt", "transgender"],
		words: &["sex", "gay", "queer"],
	},
	Category {
		name: "criminal convictions and offences",
		parts: &["criminal", "convict", "offender", "prison", "felon"],
		words: &["crime", "offence", "offense"],
	},
];

/// Refuses a name or term that tells of a special category, and names the word.
pub fn check(text: &str) -> Result<()> {
	let words = words(text);
	for Category { name, parts, words: whole } in &CATEGORIES {
		let is_one = |word: &&String| {
			let stem = word.strip_suffix('s').unwrap_or(word);
			whole.contains(&word.as_str())
				|| whole.contains(&stem)
				|| parts.iter().any(|part| word.contains(part))
		};
		if let Some(word) = words.iter().find(is_one) {
			return Err(Error::Usage(format!(
				"{text:?} cannot name a purpose: {word:?} tells of {name}, a special category of \
				 personal data (GDPR Art. 9 and 10), and everybody reads the names of purposes",
			)));
		}
	}
	Ok(())
}

/// The words of a name, in small letters; also each two that follow each other as one, since
/// `trade-union` is one word in other hands.
fn words(text: &str) -> Vec<String> {
	let mut words = vec![String::new()];
	let mut was_small = false;
	for letter in text.chars() {
		if !letter.is_alphabetic() || (letter.is_uppercase() && was_small) {
			words.push(String::new());
		}
		was_small = letter.is_lowercase();
		if let (true, Some(word)) = (letter.is_alphabetic(), words.last_mut()) {
			word.extend(letter.to_lowercase());
		}
	}
	words.retain(|word| !word.is_empty());
	let pairs: Vec<_> = words.windows(2).map(|pair| pair.concat()).collect();
	words.extend(pairs);
	words
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn special_categories_are_refused_in_many_forms() {
		for (text, word) in [
			("health-news", "health"),
			("mental-healthcare", "healthcare"),
			("dpv:ProvideHealthcare", "healthcare"),
			("offers-for-diabetics", "diabetics"),
			("trade-union-fees", "union"),
			("unions", "unions"),
			("labour-union", "union"),
			("religion-survey", "religion"),
			("church-tax", "church"),
			("political-survey", "political"),
			("ethnicity", "ethnicity"),
			("race-statistics", "race"),
			("biometric-login", "biometric"),
			("face-recognition", "facerecognition"),
			("dna", "dna"),
			("sexual-orientation", "sexual"),
			("sex", "sex"),
			("criminal-record", "criminal"),
			("past-convictions", "convictions"),
			("dpv:CriminalOffenceCheck", "criminal"),
		] {
			let reason = check(text).unwrap_err().to_string();
			assert!(reason.contains(&format!("{word:?} tells of")), "{reason}");
		}
	}

	#[test]
	fn common_purposes_pass() {
		for text in [
			"newsletter",
			"order-tracing",
			"communication",
			"generic-support",
			"general-terms",
			"reunion-offers",
			"essex-branch",
			"grace-period",
			"fraud-prevention",
			"support",
			"birthday-card",
			"cancellation",
			"dpv:DirectMarketing",
			"dpv:ServicePersonalisation",
			"dpv:CustomerRelationshipManagement",
			"dpv:FraudPreventionAndDetection",
			"dpv:RequestedServiceProvision",
			"dpv:DeliveryOfGoods",
			"dpv:LegalCompliance",
			"dpv:CreditChecking",
		] {
			check(text).unwrap_or_else(|error| panic!("{error}"));
		}
	}
}
