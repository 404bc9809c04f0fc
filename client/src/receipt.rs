//! Receipts of consents.
//!
//! One record says all that a receipt tells. Its canonical form, salted, is what the chain holds a
//! commitment to ([`Permission::receipt`]), and both renderings are made from it: the fields of
//! ISO/IEC TS 27560:2023, and those of Kantara's consent receipt 1.1. So a receipt whose record,
//! salt or rendering was changed is found out, and so is one that the chain never saw.

mod renderings;

pub use renderings::EventState;

use crate::{
	chain::customer_key,
	finality::Pin,
	moment::Timestamp,
	proof::{Backing, State, StateProof},
	revisions::{consent_key, past_consent_key, past_purpose_key, purpose_key, ConsentRevision},
	special_categories,
	verify::Verifier,
	words::word,
	Error, Result,
};
use consentry_primitives::{
	api::PurposeInfo,
	consent::{Capture, CaptureMethod, ConsentState, Permission},
	Actor, Commitment, CustomerId, Moment, OrganisationId, PurposeId, DAY, HOUR,
};
use rand::{rngs::OsRng, RngCore};
use renderings::{iso27560, kantara, latest_event};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use sp_core::{crypto::AccountId32, H256};

/// Form of [`Record`].
const SCHEMA: &str = "consentry/receipt/v2";
/// Its first form, in which receipts still hold: their proofs do not tell the customer's account,
/// and Kantara's `collectionMethod` is how data is collected.
const FIRST_SCHEMA: &str = "consentry/receipt/v1";
/// How far the time that a receipt tells and the chain's may lie apart: clocks differ, and a block
/// takes its time.
const LEEWAY: Moment = HOUR;
/// How long a signed statement can wait for somebody to submit it.
const STATEMENT_PERIOD: Moment = 30 * DAY;

/// What the chain does not know and a receipt has to tell: the controller writes it down once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Details {
	/// Who the controller is.
	pub controller: Party,
	/// Language of the notice (BCP 47).
	pub language: String,
	/// Whose law applies.
	pub jurisdiction: String,
	/// Where data is kept.
	pub storage_location: String,
	/// How data is collected.
	pub collection_method: String,
	/// How data is processed.
	pub processing_method: String,
	/// How consent is withdrawn.
	pub withdrawal_method: String,
	/// Where the notice is to be read.
	pub policy_url: String,
	/// Who else gets data.
	pub recipients: Vec<String>,
	/// What the customer has a right to.
	pub rights: Vec<String>,
}

/// An organisation as it is known to customers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Party {
	/// Name.
	pub name: String,
	/// Whom to ask.
	pub contact: String,
	/// Postal address.
	pub address: String,
	/// Mail address.
	pub email: String,
	/// Phone number.
	pub phone: String,
	/// Site.
	pub url: String,
}

/// All that a receipt tells.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
	/// The form of this record.
	schema: String,
	/// The receipt's id, a random UUID.
	id: String,
	/// The chain.
	pub genesis: H256,
	/// The customer.
	pub customer: CustomerId,
	/// The controller's account on the chain.
	pub controller_account: AccountId32,
	/// Who gave consent: the account of the customer or a guardian; `None` where the controller
	/// recorded it.
	pub account: Option<AccountId32>,
	/// How the controller got to know, where it recorded the consent.
	pub method: Option<CaptureMethod>,
	/// When consent was given, as whoever gave or recorded it says.
	pub time: Timestamp,
	/// The purpose under the notice that was shown.
	pub purpose: PurposeInfo,
	/// What was consented to; its `receipt` is `None`, since that is made from this.
	pub permission: Permission,
	/// What the controller adds.
	pub details: Details,
}

/// Who consented to what, when and how.
#[derive(Clone, Debug)]
pub struct Circumstances {
	/// The chain.
	pub genesis: H256,
	/// The customer.
	pub customer: CustomerId,
	/// The controller's account on the chain.
	pub controller_account: AccountId32,
	/// Who gave consent; `None` where the controller recorded it.
	pub account: Option<AccountId32>,
	/// How the controller got to know, where it recorded the consent.
	pub method: Option<CaptureMethod>,
	/// When.
	pub time: Moment,
	/// The purpose under the notice that was shown.
	pub purpose: PurposeInfo,
}

impl Record {
	/// The record of a consent.
	pub fn new(given: Circumstances, permission: &Permission, details: Details) -> Self {
		let Circumstances { genesis, customer, controller_account, account, method, time, purpose } =
			given;
		Self {
			schema: SCHEMA.into(),
			id: random_uuid(),
			genesis,
			customer,
			controller_account,
			account,
			method,
			time: Timestamp(time),
			purpose,
			permission: Permission { receipt: None, ..permission.clone() },
			details,
		}
	}

	fn is_of_first_form(&self) -> bool {
		self.schema == FIRST_SCHEMA
	}
}

/// A receipt, as a file carries it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
	/// The record.
	record: Record,
	/// 256 random bits.
	salt: H256,
	/// What the chain holds: the commitment to the record's canonical form under the salt.
	commitment: Commitment,
	/// The record in the fields of ISO/IEC TS 27560:2023.
	iso27560: Value,
	/// The record in the fields of Kantara's consent receipt 1.1.
	kantara: Value,
	/// Where the chain holds it; added when that is final.
	proof: Option<Inclusion>,
}

/// Where the chain holds a receipt's consent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inclusion {
	/// Number of the block whose state holds it: the one that took it, or a later one.
	block: u32,
	/// Hash of that block.
	block_hash: H256,
	/// The chain's time when it took the consent.
	time: Timestamp,
	/// Revision of the consent.
	revision: u32,
	/// What proves it.
	state: StateProof,
}

/// What was found of a receipt on the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
	/// The customer.
	pub customer: CustomerId,
	/// The purpose.
	pub purpose: PurposeId,
	/// Name of the purpose.
	pub name: String,
	/// Revision of the consent.
	pub revision: u32,
	/// The chain's time when it was given.
	pub given: Timestamp,
	/// Where the consent stands in the block's state.
	pub standing: ConsentState,
	/// The same as an event in the fields of ISO/IEC TS 27560:2023, whose states are
	/// [`EventState`]s; null where the standard has none for it.
	pub event: Value,
	/// Number of the block.
	pub block: u32,
	/// Hash of the block.
	pub block_hash: H256,
	/// What stands behind the block, in words.
	pub finality: String,
}

impl std::fmt::Display for Report {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		let Self { customer, name, revision, block, block_hash, finality, .. } = self;
		let event = match &self.event["event_state"] {
			Value::String(state) => format!("in the standard's terms {state}"),
			_ => "for which the standard has no term".into(),
		};
		write!(
			f,
			"Verified: the record and both renderings are what the chain holds as revision {revision} \
			 of the consent of customer {customer:?} to {name:?}, given {}; the consent is {} ({event}) \
			 in the state of block {block} ({block_hash:?}), {finality}.",
			String::from(self.given),
			word(&self.standing),
		)
	}
}

impl Receipt {
	/// The receipt of a record, salted afresh; the chain does not hold it yet. Fails where the
	/// purpose tells of a special category of personal data: Kantara's form would deny it.
	pub fn new(record: Record) -> Result<Self> {
		for text in [&record.purpose.name, &record.purpose.dpv] {
			special_categories::check(text).map_err(|error| {
				Error::Usage(format!("no receipt can say that nothing in it is sensitive: {error}"))
			})?;
		}
		let mut salt = H256::zero();
		OsRng.fill_bytes(salt.as_bytes_mut());
		Self::salted(record, salt)
	}

	fn salted(record: Record, salt: H256) -> Result<Self> {
		let value = serde_json::to_value(&record).map_err(Error::malformed("a record"))?;
		let commitment = Commitment::blake2_256_v1(&salt.0, canonical(&value).as_bytes());
		let (iso27560, kantara) = (iso27560(&record), kantara(&record));
		Ok(Self { record, salt, commitment, iso27560, kantara, proof: None })
	}

	/// The commitment that the chain is to hold.
	pub fn commitment(&self) -> Commitment {
		self.commitment
	}

	/// The record.
	pub fn record(&self) -> &Record {
		&self.record
	}

	/// Checks the receipt by itself: that its commitment is the record's, and that both renderings
	/// say what the record says.
	pub fn check(&self) -> Result<()> {
		let Self { record, salt, commitment, .. } = self;
		if ![SCHEMA, FIRST_SCHEMA].contains(&&record.schema[..]) {
			return Err(invalid(format!(
				"this program does not know the form {:?}",
				record.schema
			)));
		}
		let right = Self::salted(record.clone(), *salt)?;
		if right.commitment != *commitment {
			return Err(invalid("record and salt are not what its commitment is over"));
		}
		for (what, found, right) in [
			("ISO/IEC TS 27560", &self.iso27560, &right.iso27560),
			("Kantara", &self.kantara, &right.kantara),
		] {
			if found != right {
				return Err(invalid(format!("its {what} rendering is not that of the record")));
			}
		}
		Ok(())
	}

	/// Proves that the verifier's block holds the consent, and keeps that in the receipt.
	pub async fn attach(&mut self, verifier: &Verifier<'_>) -> Result<()> {
		let (revision, state) = self.look_up(verifier).await?;
		let found = state.check(&self.keys(revision), None)?;
		let consent = self.find(&found, revision)?;
		self.check_account(&found, &consent)?;
		self.proof = Some(Inclusion {
			block: found.block.number(),
			block_hash: found.block.hash,
			time: Timestamp(consent.since),
			revision,
			state,
		});
		Ok(())
	}

	/// Checks the receipt, and finds its consent in the state of the verifier's block.
	pub async fn verify(&self, verifier: &Verifier<'_>) -> Result<Report> {
		self.check()?;
		let chain = verifier.chain();
		if chain.genesis() != self.record.genesis {
			return Err(Error::Usage("the receipt is for another chain than the node's".into()));
		}
		let (revision, state) = self.look_up(verifier).await?;
		let state = state.check(&self.keys(revision), None)?;
		let report = self.report(&state, revision, verifier.finality().to_string())?;
		match &self.proof {
			// Whose account it was then, when another may be the customer's now.
			Some(proof) => {
				self.check_inclusion(proof, None)?;
				let same = (proof.revision, proof.time) == (revision, report.given);
				if !same || chain.block_hash(proof.block).await? != Some(proof.block_hash) {
					return Err(invalid("it names another block, time or revision than the chain"));
				}
			},
			None => self.check_account(&state, &self.find(&state, revision)?)?,
		}
		Ok(report)
	}

	/// Checks the receipt by the proof in it, without a node. With a `trusted` authority set, that
	/// one must have finalised the block.
	pub fn verify_offline(&self, trusted: Option<&Pin>) -> Result<(Report, Backing)> {
		self.check()?;
		let proof = self.proof.as_ref().ok_or_else(|| {
			invalid("it carries no proof, which a node could give: it was not final when written")
		})?;
		let state = self.check_inclusion(proof, trusted)?;
		let report = self.report(&state, proof.revision, state.backing.to_string())?;
		Ok((report, state.backing))
	}

	fn check_inclusion(&self, proof: &Inclusion, trusted: Option<&Pin>) -> Result<State> {
		let state = proof.state.check(&self.keys(proof.revision), trusted)?;
		let consent = self.find(&state, proof.revision)?;
		self.check_account(&state, &consent)?;
		let told = (proof.block, proof.block_hash, proof.time);
		match told == (state.block.number(), state.block.hash, Timestamp(consent.since)) {
			true => Ok(state),
			false => Err(invalid("it names another block or time than its proof")),
		}
	}

	/// Where the chain holds the consent, as the node says, with what proves that.
	async fn look_up(&self, verifier: &Verifier<'_>) -> Result<(u32, StateProof)> {
		let (chain, at) = (verifier.chain(), verifier.block().hash);
		let (customer, purpose) = (&self.record.customer, self.record.purpose.purpose);
		let history = chain.consent_history(at, customer, purpose).await?.unwrap_or_default();
		let found = history.iter().find(|revision| {
			let permission = revision.permission.as_ref();
			permission.is_some_and(|permission| permission.receipt == Some(self.commitment))
		});
		let found = found.ok_or_else(|| {
			invalid(format!(
				"the chain holds no consent of customer {customer:?} to purpose {purpose} under this \
				 receipt",
			))
		})?;
		let proof = StateProof::take(verifier, &self.keys(found.revision)).await?;
		Ok((found.revision, proof))
	}

	/// All that the chain has to agree on.
	fn keys(&self, revision: u32) -> Vec<Vec<u8>> {
		let (customer, purpose) = (&self.record.customer, self.record.purpose.purpose);
		let mut keys = vec![
			consent_key(customer, purpose),
			past_consent_key(customer, purpose, revision),
			purpose_key(purpose),
			past_purpose_key(purpose, self.record.purpose.revision),
		];
		keys.extend((!self.record.is_of_first_form()).then(|| customer_key(customer)));
		keys
	}

	/// The revision of the consent in a state, once chain and record are found to agree.
	fn find(&self, state: &State, revision: u32) -> Result<ConsentRevision> {
		let Record { customer, purpose, permission, method, .. } = &self.record;
		let id = purpose.purpose;
		if state.genesis()? != self.record.genesis {
			return Err(invalid("it is for another chain"));
		}
		let stored = state.purpose(id)?.ok_or_else(|| invalid("there is no such purpose"))?;
		let told = state.purpose_revision(id, &stored, purpose.revision)?;
		if told.map(|told| stored.info(id, purpose.revision, told)).as_ref() != Some(purpose) {
			return Err(invalid("it describes the purpose otherwise than the chain"));
		}
		if self.record.controller_account != organisation_account(stored.controller) {
			return Err(invalid("it names another account than the controller's"));
		}
		let consent = match state.consent(customer, id)? {
			Some(consent) => state.consent_revision(customer, id, &consent, revision)?,
			None => None,
		};
		let consent = consent.ok_or_else(|| invalid("the chain holds no such consent"))?;
		let expected = Permission { receipt: Some(self.commitment), ..permission.clone() };
		let captured = match &consent.capture {
			Capture::Recorded { method: recorded, .. } => *method == Some(*recorded),
			Capture::Transaction | Capture::Signature { .. } => method.is_none(),
			Capture::Expiry => false,
		};
		let given = consent.state == ConsentState::Given;
		if !given || !captured || consent.permission.as_ref() != Some(&expected) {
			return Err(invalid("it describes the consent otherwise than the chain"));
		}
		self.check_time(&consent)?;
		Ok(consent)
	}

	/// Checks that whoever gave consent, as the receipt tells it, is who did so on the chain. The
	/// customer's account is the one that the state tells.
	fn check_account(&self, state: &State, consent: &ConsentRevision) -> Result<()> {
		let Record { customer, account, .. } = &self.record;
		let right = match (&consent.capture, &consent.actor) {
			(Capture::Recorded { .. }, _) => account.is_none(),
			(_, Actor::Guardian { account: guardian }) => account.as_ref() == Some(guardian),
			(_, Actor::Customer) if self.record.is_of_first_form() => account.is_some(),
			(_, Actor::Customer) => {
				let customer = state.customer(customer)?;
				account.is_some() && *account == customer.and_then(|customer| customer.account)
			},
			(_, Actor::Member { .. } | Actor::Chain) => false,
		};
		match right {
			true => Ok(()),
			false => Err(invalid("it names another account than that of whoever gave consent")),
		}
	}

	/// Checks that the time at which consent was given, as the receipt tells it, fits the one at
	/// which the chain took it.
	fn check_time(&self, consent: &ConsentRevision) -> Result<()> {
		let waited = match consent.capture {
			Capture::Signature { .. } => STATEMENT_PERIOD,
			_ => 0,
		};
		let (told, taken) = (self.record.time.0, consent.since);
		let earliest = taken.saturating_sub(LEEWAY).saturating_sub(waited);
		match (earliest..=taken.saturating_add(LEEWAY)).contains(&told) {
			true => Ok(()),
			false => Err(invalid(format!(
				"it says that consent was given {}, and the chain took it {}",
				String::from(self.record.time),
				String::from(Timestamp(taken)),
			))),
		}
	}

	fn report(&self, state: &State, revision: u32, finality: String) -> Result<Report> {
		let given = self.find(state, revision)?;
		let Record { customer, purpose, .. } = &self.record;
		let (id, now) = (purpose.purpose, state.moment()?);
		let latest = state.consent(customer, id)?.map(|consent| consent.latest);
		let latest = latest.unwrap_or_else(|| given.clone());
		let stored = state.purpose(id)?.ok_or_else(|| invalid("there is no such purpose"))?;
		let today = stored.info(id, stored.revision, stored.latest.clone());
		Ok(Report {
			customer: *customer,
			purpose: id,
			name: purpose.name.clone(),
			revision,
			given: Timestamp(given.since),
			standing: latest.state_at(now),
			event: latest_event(&self.record, &latest, &today, now),
			block: state.block.number(),
			block_hash: state.block.hash,
			finality,
		})
	}
}

/// The account of an organisation: the runtime derives it from the id of the pallet that keeps
/// organisations, and from theirs.
fn organisation_account(organisation: OrganisationId) -> AccountId32 {
	let mut account = [0; 32];
	account[..12].copy_from_slice(b"modlcnstry/o");
	account[12..16].copy_from_slice(&organisation.to_le_bytes());
	account.into()
}

fn invalid(reason: impl std::fmt::Display) -> Error {
	Error::Verification(format!("the receipt does not hold: {reason}"))
}

/// A random UUID (RFC 9562, version 4).
fn random_uuid() -> String {
	let mut bytes = [0; 16];
	OsRng.fill_bytes(&mut bytes);
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	let digits = hex::encode(bytes);
	let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
	parts.join("-")
}

/// The canonical form of JSON as RFC 8785 has it: no white space, fields sorted by the UTF-16 of
/// their names, strings escaped only where they must be. Records hold no numbers but whole ones,
/// which have one form.
pub fn canonical(value: &Value) -> String {
	match value {
		Value::Array(items) => {
			let items: Vec<_> = items.iter().map(canonical).collect();
			format!("[{}]", items.join(","))
		},
		Value::Object(fields) => {
			// Sorted here, since a feature of the library decides how it keeps them.
			let mut fields: Vec<_> = fields.iter().collect();
			fields.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
			let fields: Vec<_> = fields
				.into_iter()
				.map(|(name, value)| format!("{}:{}", json!(name), canonical(value)))
				.collect();
			format!("{{{}}}", fields.join(","))
		},
		// The library writes strings as the RFC has it.
		scalar => scalar.to_string(),
	}
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
