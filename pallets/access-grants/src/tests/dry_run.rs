//! The dry run gives the verdicts that the request then gives, and changes nothing.

use crate::mock::*;
use consentry_primitives::{
	access::{GrantTerms, Grantee, Policy},
	api::{Verdict, PAGE},
	Categories, Denial, LawfulBasis, Role, DAY, HOUR,
};
use frame_support::assert_ok;
use proptest::prelude::*;

#[test]
fn a_verdict_names_the_basis_or_the_reason() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		let customers = vec![id(1), id(9)];
		let verdicts =
			AccessGrants::check_access(AGENT, grant, MARKETING, contact(), customers).unwrap();
		let expected = [
			Verdict { customer: id(1), basis: Some(LawfulBasis::Consent), denial: None },
			Verdict { customer: id(9), basis: None, denial: Some(Denial::NotInScope) },
		];
		assert_eq!(verdicts, expected);
	});
}

#[test]
fn nothing_is_recorded_and_a_page_is_the_most() {
	run(|| {
		policy(Policy { rate: limit(1, DAY), denials: limit(1, HOUR), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), GrantTerms { uses: Some(1), ..terms() });
		let before = state();
		let customers = vec![id(1); PAGE as usize + 1];
		let verdicts =
			AccessGrants::check_access(AGENT, grant, MARKETING, contact(), customers).unwrap();
		assert_eq!(verdicts.len(), PAGE as usize);
		assert_eq!(verdicts[0].denial, None);
		assert!(verdicts[1..].iter().all(|v| v.denial == Some(Denial::GrantUsedUp)));
		assert!(events().is_empty() && Trail::get().is_empty());
		assert_eq!(state(), before);
	});
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn dry_run_and_request_agree(
		uses in prop::option::of(1u32..6),
		rate in prop::option::of(1u32..6),
		hours in prop::bool::weighted(0.2),
		before in prop::collection::vec(1u8..9, 0..4),
		unlawful in prop::collection::btree_set(1u8..9, 0..3),
		excluded in prop::bool::ANY,
		erased in prop::bool::ANY,
		by_role in prop::bool::ANY,
		who in prop::sample::select(vec![AGENT, AGENT, AGENT, PROCESSOR, STEWARD, OUTSIDER]),
		purpose in prop::sample::select(vec![MARKETING, MARKETING, MARKETING, ANALYSIS, 50]),
		categories in prop::sample::select(vec![contact(), contact(), needed(), Categories(0)]),
		wait in prop::sample::select(vec![0, HOUR, 12 * HOUR, DAY]),
		customers in prop::collection::vec(
			prop_oneof![10 => 1u8..9, 1 => Just(9), 1 => 10u8..12], 1..16
		),
	) {
		run(|| {
			policy(Policy {
				rate: rate.and_then(|count| limit(count, 6 * HOUR)),
				hours: if hours { office_hours() } else { Policy::default().hours },
				..Policy::default()
			});
			let grantee = match by_role {
				true => Grantee::Role { organisation: CONTROLLER, role: Role::Agent },
				false => to(AGENT),
			};
			let grant = granted(everyone(), grantee, GrantTerms { uses, ..terms() });
			if excluded {
				assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), grant));
			}
			if erased {
				erase(id(2));
			}
			for n in unlawful {
				forbid(id(n), MARKETING, Denial::ConsentExpired);
			}
			if !before.is_empty() {
				request(AGENT, grant, &before.into_iter().map(id).collect::<Vec<_>>());
			}
			set_time(now() + wait);
			events();

			let customers: Vec<_> = customers.into_iter().map(id).collect();
			let dry =
				AccessGrants::check_access(who, grant, purpose, categories, customers.clone());
			request_for(who, grant, purpose, categories, &customers);
			let expected = match dry {
				Ok(verdicts) => verdicts
					.into_iter()
					.map(|verdict| verdict.denial.map_or(Ok(()), Err))
					.collect(),
				Err(_) => Vec::new(),
			};
			assert_eq!(decisions(), expected);
		});
	}
}
