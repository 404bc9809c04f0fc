//! Every reason why processing is not lawful, and their order.

use crate::mock::*;
use consentry_primitives::{
	consent::{LawfulBases, Permission, PurposeTerms, Statement},
	Categories, DataCategory, Denial, LawfulBasis, DAY,
};
use frame_support::assert_ok;
use DataCategory::{Address, Behaviour, Contact};
use LawfulBasis::Consent as OnConsent;

fn permits(n: u8, purpose: u32, categories: &[DataCategory]) -> Result<LawfulBasis, Denial> {
	Consent::permits(&id(n), purpose, categories.iter().copied().collect(), now())
}

#[test]
fn there_has_to_be_a_purpose_that_needs_the_categories() {
	run(|| {
		assert_eq!(permits(1, 0, &[Contact]), Err(Denial::WrongPurpose));
		let purpose = purpose(LawfulBasis::Contract);
		assert_eq!(permits(1, purpose, &[Contact, Behaviour]), Ok(LawfulBasis::Contract));
		assert_eq!(permits(1, purpose, &[Address]), Err(Denial::CategoryNotInPurpose));
		assert_eq!(permits(1, purpose, &[Contact, Address]), Err(Denial::CategoryNotInPurpose));
		assert_ok!(Consent::retire_purpose(signed(OFFICER), purpose));
		assert_eq!(permits(1, purpose, &[Address]), Err(Denial::PurposeRetired));
	});
}

#[test]
fn consent_has_to_be_given_and_to_last() {
	run(|| {
		let purpose = purpose(OnConsent);
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::NoConsent));
		assert_ok!(record(1, purpose, Statement::Request { permission: permission() }));
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::ConsentNotConfirmed));
		give(1, purpose, until(now() + DAY));
		assert_eq!(permits(1, purpose, &[Contact, Behaviour]), Ok(OnConsent));
		assert_eq!(permits(1, purpose, &[Contact, Address]), Err(Denial::CategoryNotInPurpose));
		// A later moment can be asked about.
		let later = Consent::permits(&id(1), purpose, contact(), now() + DAY);
		assert_eq!(later, Err(Denial::ConsentExpired));
		wait(DAY);
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::ConsentExpired));
		give(1, purpose, permission());
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::ConsentWithdrawn));
		// What the purpose does not need comes first, and its end before that.
		assert_eq!(permits(1, purpose, &[Address]), Err(Denial::CategoryNotInPurpose));
		assert_ok!(Consent::retire_purpose(signed(OFFICER), purpose));
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::PurposeRetired));
	});
}

#[test]
fn consent_is_for_its_categories_even_if_the_purpose_comes_to_need_others() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, Permission { categories: contact(), ..permission() });
		assert_eq!(permits(1, purpose, &[Contact]), Ok(OnConsent));
		assert_eq!(permits(1, purpose, &[Behaviour]), Err(Denial::CategoryNotConsented));
		assert_eq!(permits(1, purpose, &[Contact, Behaviour]), Err(Denial::CategoryNotConsented));

		let wider = PurposeTerms { categories: Categories::all(), ..terms(1) };
		assert_ok!(Consent::revise_purpose(signed(OFFICER), purpose, wider, false));
		assert_eq!(permits(1, purpose, &[Contact]), Ok(OnConsent));
		assert_eq!(permits(1, purpose, &[Address]), Err(Denial::CategoryNotConsented));
		let other = PurposeTerms { categories: Address.into(), ..terms(1) };
		assert_ok!(Consent::revise_purpose(signed(OFFICER), purpose, other, false));
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::CategoryNotInPurpose));
		assert_eq!(permits(1, purpose, &[Address]), Err(Denial::CategoryNotConsented));
	});
}

#[test]
fn a_new_notice_ends_consents_where_it_says_so() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		revise(purpose, 2, false);
		assert_eq!(permits(1, purpose, &[Contact]), Ok(OnConsent));
		revise(purpose, 3, true);
		assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::NoticeOutdated));
		give(1, purpose, Permission { notice_version: 3, ..permission() });
		assert_eq!(permits(1, purpose, &[Contact]), Ok(OnConsent));
	});
}

#[test]
fn an_objection_counts_where_one_can_object() {
	run(|| {
		for basis in [LawfulBasis::PublicTask, LawfulBasis::LegitimateInterests] {
			let purpose = purpose(basis);
			assert_eq!(permits(1, purpose, &[Contact]), Ok(basis));
			assert_ok!(Consent::object(signed(account(1)), id(1), purpose));
			assert_eq!(permits(1, purpose, &[Contact]), Err(Denial::CustomerObjected));
			assert_eq!(permits(1, purpose, &[Address]), Err(Denial::CategoryNotInPurpose));
		}
		for basis in
			[LawfulBasis::Contract, LawfulBasis::LegalObligation, LawfulBasis::VitalInterests]
		{
			let purpose = purpose(basis);
			assert_eq!(permits(1, purpose, &[Contact]), Ok(basis));
		}
	});
}
