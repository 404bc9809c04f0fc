//! What customers revoke for their own data, free of charge.

use crate::{mock::*, Call, Error, Event, Grants};
use consentry_primitives::{access::GrantTerms, Action, Actor, Denial, GrantId, LawfulBasis};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use sp_runtime::{traits::Dispatchable, DispatchError};

fn is_free(who: AccountId, grant: GrantId) -> bool {
	RuntimeCall::from(Call::revoke_own { customer: id(1), grant }).is_feeless(&signed(who))
}

#[test]
fn a_grant_to_just_this_customer_ends() {
	run(|| {
		let grant = granted(one(1), to(AGENT), terms());
		events();
		assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), grant));
		assert_eq!(events(), [Event::Revoked { grant }]);
		assert!(Grants::<Test>::get(grant).unwrap().revoked.is_some());
		let entry = last_entry(id(1));
		let expected = (Actor::Customer, Action::GrantRevoked { grant });
		assert_eq!((entry.actor, entry.action), expected);
	});
}

#[test]
fn a_grant_to_all_goes_on_for_the_others() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		events();
		assert_ok!(AccessGrants::revoke_own(signed(GUARDIAN), id(1), grant));
		assert_eq!(events(), [Event::Excluded { grant, customer: id(1) }]);
		assert_eq!(last_entry(id(1)).actor, Actor::Guardian { account: GUARDIAN });
		request(AGENT, grant, &[id(1), id(2)]);
		assert_eq!(decisions(), [Err(Denial::GrantRevoked), Ok(())]);
	});
}

#[test]
fn each_can_be_revoked_once() {
	run(|| {
		for scope in [one(1), everyone()] {
			let grant = granted(scope, to(AGENT), terms());
			assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), grant));
			let again = AccessGrants::revoke_own(signed(GUARDIAN), id(1), grant);
			assert_noop!(again, Error::<Test>::AlreadyRevoked);

			let grant = granted(scope, to(AGENT), terms());
			assert_ok!(AccessGrants::revoke(signed(OFFICER), grant));
			let late = AccessGrants::revoke_own(signed(HOLDER), id(1), grant);
			assert_noop!(late, Error::<Test>::AlreadyRevoked);
		}
	});
}

#[test]
fn a_controller_can_revoke_what_a_customer_was_excluded_from() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), grant));
		assert_ok!(AccessGrants::revoke(signed(OFFICER), grant));
	});
}

#[test]
fn only_the_customers_own_data_is_the_customers_to_close() {
	run(|| {
		let own = granted(one(1), to(AGENT), terms());
		let others = granted(one(2), to(AGENT), terms());
		let not_authorised = DispatchError::Other("NotAuthorised");
		for who in [OFFICER, STRANGER, OUTSIDER] {
			assert_noop!(AccessGrants::revoke_own(signed(who), id(1), own), not_authorised);
		}
		assert_noop!(AccessGrants::revoke_own(signed(HOLDER), id(2), others), not_authorised);
		let refused = AccessGrants::revoke_own(signed(HOLDER), id(1), others);
		assert_noop!(refused, Error::<Test>::NotAuthorised);
		let missing = AccessGrants::revoke_own(signed(HOLDER), id(1), 50);
		assert_noop!(missing, Error::<Test>::NotFound);
		let strange = crate::NextGrantId::<Test>::get();
		assert_ok!(AccessGrants::grant(
			signed(STRANGER),
			consentry_primitives::access::Scope::Controller { organisation: STRANGE },
			to(STRANGER),
			GrantTerms { purpose: STRANGE_PURPOSE, ..terms() }
		));
		let refused = AccessGrants::revoke_own(signed(HOLDER), id(1), strange);
		assert_noop!(refused, Error::<Test>::NotAuthorised);
	});
}

#[test]
fn what_does_not_rest_on_the_customers_will_is_not_revocable() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		for (basis, revocable) in [
			(LawfulBasis::Contract, false),
			(LawfulBasis::LegalObligation, false),
			(LawfulBasis::VitalInterests, false),
			(LawfulBasis::Consent, true),
			(LawfulBasis::PublicTask, true),
			(LawfulBasis::LegitimateInterests, true),
		] {
			Purposes::mutate(|purposes| purposes[MARKETING as usize].basis = basis);
			assert_eq!(is_free(HOLDER, grant), revocable);
			if !revocable {
				let call = AccessGrants::revoke_own(signed(HOLDER), id(1), grant);
				assert_noop!(call, Error::<Test>::NotRevocable);
			}
		}
	});
}

#[test]
fn it_is_free_just_where_it_succeeds() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		assert!(is_free(HOLDER, grant) && is_free(GUARDIAN, grant));
		assert!(!is_free(OFFICER, grant) && !is_free(OUTSIDER, grant));
		assert!(!is_free(HOLDER, grant + 1));
		let call: RuntimeCall = Call::revoke_own { customer: id(1), grant }.into();
		assert!(!call.is_feeless(&RuntimeOrigin::none()));
		CallsAreOpen::set(false);
		assert!(!is_free(HOLDER, grant));
		CallsAreOpen::set(true);
		assert_ok!(call.dispatch(signed(HOLDER)));
		assert!(!is_free(HOLDER, grant) && !is_free(GUARDIAN, grant));

		let grant = granted(one(1), to(AGENT), terms());
		erase(id(1));
		assert!(!is_free(HOLDER, grant));
	});
}
