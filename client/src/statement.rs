//! What a customer signs off the chain, for somebody else to submit.
//!
//! Signing needs no node: all that is signed is in the statement, the chain's genesis hash
//! included. The file that carries it holds nothing secret.

use crate::{keys::account_of, Error, Result};
use codec::{DecodeAll, Encode};
use consentry_primitives::consent::{SignedStatement, StatementSignature};
use serde::{Deserialize, Serialize};
use sp_core::{crypto::AccountId32, sr25519, Bytes, H256};
use sp_runtime::{traits::Verify, MultiSignature};
use subxt_signer::sr25519::Keypair;

/// A statement with its signature, as a file carries it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signed {
	/// Genesis hash of the chain that it is for.
	pub genesis: H256,
	/// What is stated.
	pub statement: SignedStatement<AccountId32>,
	/// The signature in SCALE, its scheme first: as wallets give it.
	pub signature: Bytes,
}

impl Signed {
	/// Signs a statement with the key of its account.
	pub fn new(
		key: &Keypair,
		genesis: H256,
		statement: SignedStatement<AccountId32>,
	) -> Result<Self> {
		if statement.account != account_of(key) {
			let account = &statement.account;
			return Err(Error::Usage(format!("the key is not that of the account {account}")));
		}
		let signature = key.sign(&statement.message(&genesis));
		let signature = MultiSignature::Sr25519(sr25519::Signature::from_raw(signature.0));
		Ok(Self { genesis, statement, signature: Bytes(signature.encode()) })
	}

	/// The signature, once it is found to be good on the chain with this `genesis` hash: over the
	/// statement itself, or over the statement as wallets wrap it.
	pub fn check(&self, genesis: &H256) -> Result<StatementSignature<MultiSignature>> {
		if self.genesis != *genesis {
			return Err(Error::Usage(format!(
				"the statement is for the chain with genesis {:?}, the node is on {genesis:?}",
				self.genesis,
			)));
		}
		let signature = MultiSignature::decode_all(&mut &self.signature.0[..])
			.map_err(|error| Error::Verification(format!("that is no signature: {error}")))?;
		let (statement, account) = (&self.statement, &self.statement.account);
		let is_good = [statement.message(genesis), statement.wrapped_message(genesis)]
			.iter()
			.any(|message| signature.verify(&message[..], account));
		match is_good {
			true => Ok(StatementSignature::Account(signature)),
			false => Err(Error::Verification(format!(
				"the signature under the statement is not that of the account {account}",
			))),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use consentry_primitives::{
		consent::{Expression, Permission, Statement},
		Categories, Commitment,
	};
	use proptest::prelude::*;
	use sp_core::{ed25519, Pair};
	use subxt_signer::sr25519::dev;

	const GENESIS: H256 = H256::repeat_byte(9);

	fn statement(account: AccountId32) -> SignedStatement<AccountId32> {
		let permission = Permission {
			notice_version: 2,
			categories: Categories(3),
			until: Some(1_000),
			expression: Expression::Explicit,
			receipt: None,
		};
		SignedStatement {
			customer: H256::repeat_byte(1),
			controller: 2,
			account,
			purpose: 4,
			notice: Commitment::Blake2b256V1(H256::repeat_byte(5)),
			revisions: 6,
			expires: 7,
			statement: Statement::Give { permission },
		}
	}

	fn signed() -> Signed {
		let key = dev::alice();
		Signed::new(&key, GENESIS, statement(account_of(&key))).unwrap()
	}

	#[test]
	fn a_signature_is_good_after_a_file() {
		let json = serde_json::to_string_pretty(&signed()).unwrap();
		let read: Signed = serde_json::from_str(&json).unwrap();
		assert_eq!(read, signed_like(&read));
		read.check(&GENESIS).unwrap();
	}

	/// Signatures are randomised: all but the signature has to agree.
	fn signed_like(other: &Signed) -> Signed {
		Signed { signature: other.signature.clone(), ..signed() }
	}

	#[test]
	fn wallets_and_other_schemes_count_too() {
		let key = ed25519::Pair::from_seed(&[1; 32]);
		let statement = statement(key.public().into());
		for message in [statement.message(&GENESIS), statement.wrapped_message(&GENESIS)] {
			let signature = MultiSignature::Ed25519(key.sign(&message)).encode();
			let statement = statement.clone();
			let signed = Signed { genesis: GENESIS, statement, signature: Bytes(signature) };
			signed.check(&GENESIS).unwrap();
		}
	}

	#[test]
	fn another_chain_or_key_is_refused() {
		assert!(matches!(signed().check(&H256::zero()), Err(Error::Usage(_))));
		let elsewhere = Signed { genesis: H256::zero(), ..signed() };
		assert!(matches!(elsewhere.check(&H256::zero()), Err(Error::Verification(_))));
		let of_bob = statement(account_of(&dev::bob()));
		assert!(matches!(Signed::new(&dev::alice(), GENESIS, of_bob), Err(Error::Usage(_))));
	}

	#[test]
	fn any_other_statement_is_refused() {
		type Change = fn(&mut SignedStatement<AccountId32>);
		let changes: [Change; 8] = [
			|statement| statement.customer.0[0] ^= 1,
			|statement| statement.controller += 1,
			|statement| statement.account = account_of(&dev::bob()),
			|statement| statement.purpose += 1,
			|statement| statement.notice = Commitment::Blake2b256V1(H256::zero()),
			|statement| statement.revisions += 1,
			|statement| statement.expires += 1,
			|statement| statement.statement = Statement::Withdraw,
		];
		for (number, change) in changes.iter().enumerate() {
			let mut signed = signed();
			change(&mut signed.statement);
			let result = signed.check(&GENESIS);
			assert!(matches!(result, Err(Error::Verification(_))), "change {number}");
		}
	}

	proptest! {
		#[test]
		fn any_changed_byte_of_the_signature_is_refused(at in 0..65usize, flip in 1..=255u8) {
			let mut signed = signed();
			signed.signature.0[at] ^= flip;
			prop_assert!(matches!(signed.check(&GENESIS), Err(Error::Verification(_))));
		}
	}
}
