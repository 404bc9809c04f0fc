//! What the customer can do about what the report tells.

use super::Purpose;
use crate::moment;
use consentry_primitives::{api::CustomerInfo, LawfulBasis};
use serde::Serialize;
use sp_core::crypto::AccountId32;

/// Something that the customer can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Right {
	/// Where it is granted.
	pub article: &'static str,
	/// What.
	pub what: String,
	/// How.
	pub how: String,
}

/// What the customer can do, and how, given where things stand.
pub(super) fn rights(state: &CustomerInfo<AccountId32>, purposes: &[Purpose]) -> Vec<Right> {
	let named = |those: &dyn Fn(&Purpose) -> bool| -> String {
		let names: Vec<_> = purposes
			.iter()
			.filter(|purpose| those(purpose))
			.map(|purpose| purpose.info.name.clone())
			.collect();
		if names.is_empty() {
			"none at present".into()
		} else {
			names.join(", ")
		}
	};
	let allowed = |purpose: &Purpose| purpose.permitted.is_valid() && purpose.denial.is_none();
	let consented =
		named(&|purpose: &Purpose| purpose.info.basis == LawfulBasis::Consent && allowed(purpose));
	let objectable =
		named(&|purpose: &Purpose| purpose.info.basis.can_be_objected_to() && allowed(purpose));
	let act = |call: &str| match (&state.account, state.erased) {
		(_, Some(_)) => "Nothing is left to do: the customer was erased.".into(),
		(Some(account), None) => format!(
			"Free of charge and at any time with the account {account}: the call {call} in \
			 polkadot.js apps, or the command `consentry`; or ask the controller to record it.",
		),
		(None, None) => format!(
			"Ask the controller to record it; or to invite you, after which you can do it yourself, \
			 free of charge and at any time, by the call {call}.",
		),
	};
	let ask = || "Ask the controller, which has to answer within a month (Art. 12(3)).".to_string();
	let right = |article, what: &str, how: String| Right { article, what: what.into(), how };
	let erasure = match (state.erased, state.erasure_due, state.held_until) {
		(Some(erased), ..) => format!("Done on {}.", moment::shown(erased)),
		(None, _, Some(held)) => {
			format!("Suspended by law until {} (Art. 17(3)).", moment::shown(held))
		},
		(None, Some(due), None) => format!("Asked for, and due by {}.", moment::shown(due)),
		(None, None, None) => act("customers.requestErasure"),
	};
	vec![
		right(
			"Art. 7(3)",
			&format!("Withdraw consent. Purposes that rest on it now: {consented}."),
			act("consent.withdraw"),
		),
		right(
			"Art. 21",
			&format!("Object to processing. Purposes to which that applies now: {objectable}."),
			act("consent.object"),
		),
		right(
			"Art. 7(3), 21",
			"End a grant of access to your data that rests on your consent or can be objected to.",
			act("accessGrants.revokeOwn"),
		),
		right(
			"Art. 15",
			"Get this report again, and check the trail behind it against the chain.",
			ask(),
		),
		right("Art. 16", "Have data that is wrong rectified.", ask()),
		right("Art. 17", "Have your data erased.", erasure),
		right("Art. 18", "Have processing restricted.", ask()),
		right(
			"Art. 20",
			"Get your data in a form that machines read.",
			"This report is one, as JSON.".into(),
		),
		right(
			"Art. 77",
			"Complain to a supervisory authority.",
			"In the Member State where you live or work, or where you think the infringement was."
				.into(),
		),
	]
}
