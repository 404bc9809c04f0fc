//! Organisations that found the chain.

use crate::{mock::*, Founder, GenesisConfig, Member, NextOrganisationId, Organisation, Status};
use consentry_primitives::{Membership, Role};
use sp_io::TestExternalities;
use sp_runtime::{AccountId32, BuildStorage};

fn founder(name: &str, admin: u8) -> Founder<AccountId32> {
	Founder { name: name.into(), admin: account(admin) }
}

fn genesis(organisations: Vec<Founder<AccountId32>>) -> TestExternalities {
	let config = GenesisConfig::<Test> { organisations };
	TestExternalities::new(config.build_storage().expect("the founders fit"))
}

#[test]
fn founders_are_registered_in_their_order() {
	genesis(vec![founder("acme", 1), founder("other", 2)]).execute_with(|| {
		Organisations::do_try_state().expect("the invariants hold from the start");
		assert_eq!(NextOrganisationId::<Test>::get(), 2);
		for (id, admin) in [(0, 1), (1, 2)] {
			assert!(Organisations::is_active(id));
			let member = Member { organisation: id, roles: Role::Admin.into() };
			assert_eq!(crate::Members::<Test>::get(account(admin)), Some(member));
			assert_eq!(System::sufficients(&account(admin)), 1);
		}
		let first = Organisation {
			name: name("acme"),
			status: Status::Active,
			registered: 0,
			members: 1,
			admins: 1,
		};
		assert_eq!(crate::Organisations::<Test>::get(0), Some(first));
	});
}

#[test]
fn those_that_follow_are_numbered_after_the_founders() {
	genesis(vec![founder("acme", 1)]).execute_with(|| {
		assert_eq!(registered("other", 2), 1);
	});
}

#[test]
fn without_founders_there_is_none() {
	genesis(Vec::new()).execute_with(|| assert_eq!(NextOrganisationId::<Test>::get(), 0));
}

#[test]
#[should_panic(expected = "\"Acme\" cannot found the chain: Module")]
fn a_founder_needs_a_name_that_the_call_accepts() {
	genesis(vec![founder("Acme", 1)]);
}

#[test]
#[should_panic(expected = "cannot found the chain")]
fn a_founders_name_must_not_be_too_long() {
	genesis(vec![founder(&"a".repeat(33), 1)]);
}

#[test]
#[should_panic(expected = "AlreadyExists")]
fn founders_have_names_of_their_own() {
	genesis(vec![founder("acme", 1), founder("acme", 2)]);
}

#[test]
#[should_panic(expected = "AlreadyMember")]
fn founders_have_admins_of_their_own() {
	genesis(vec![founder("acme", 1), founder("other", 1)]);
}

#[test]
fn founders_are_read_from_a_chain_spec() {
	let from_json = |json: serde_json::Value| {
		serde_json::from_value::<GenesisConfig<Test>>(json).map(|config| config.organisations)
	};
	let acme = serde_json::json!({ "name": "acme", "admin": account(1) });
	let read = from_json(serde_json::json!({ "organisations": [acme] }));
	assert_eq!(read.expect("it is of the right form"), [founder("acme", 1)]);
	let mut unknown = acme;
	unknown["credits"] = 1.into();
	assert!(from_json(serde_json::json!({ "organisations": [unknown] })).is_err());
}
