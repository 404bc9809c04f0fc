//! Encoded sizes of what is stored and called: a change breaks what lies in a database, or clients.

use crate::{mock::*, Call, Member, NameOf, Organisation, Status};
use codec::{Encode, MaxEncodedLen};
use consentry_primitives::{Role, Roles};

#[test]
fn sizes_of_storage_values_are_pinned() {
	assert_eq!(Organisation::<NameOf<Test>>::max_encoded_len(), 50);
	let organisation = Organisation {
		name: name("acme"),
		status: Status::Active,
		registered: NOW,
		members: 1,
		admins: 1,
	};
	assert_eq!(organisation.encoded_size(), 22);
	let member = Member { organisation: 1, roles: Role::Admin.into() };
	assert_eq!((Member::max_encoded_len(), member.encode()), (5, vec![1, 0, 0, 0, 1]));
	assert_eq!((Status::Active.encode(), Status::Suspended.encode()), (vec![0], vec![1]));
}

#[test]
fn sizes_of_calls_are_pinned() {
	let size = |call: Call<Test>| RuntimeCall::from(call).encoded_size();
	let roles = Roles(0b11111);
	let account = account(1);
	assert_eq!(size(Call::register { name: name("acme"), admin: account.clone() }), 2 + 5 + 32);
	assert_eq!(size(Call::suspend { organisation: 1 }), 2 + 4);
	assert_eq!(size(Call::reinstate { organisation: 1 }), 2 + 4);
	assert_eq!(size(Call::appoint_admin { organisation: 1, account: account.clone() }), 2 + 36);
	assert_eq!(size(Call::add_member { account: account.clone(), roles }), 2 + 33);
	assert_eq!(size(Call::set_roles { account: account.clone(), roles }), 2 + 33);
	assert_eq!(size(Call::remove_member { account }), 2 + 32);
}
