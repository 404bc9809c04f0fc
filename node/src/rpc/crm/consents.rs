//! Purposes, and what customers consented to.

use super::{method, Answer, Crm, Page, Place};
use crate::rpc::{error::Error, params::Arguments};
use consentry_primitives::{
	api::{ConsentAsOf, ConsentInfo, CrmApi, PurposeInfo},
	CustomerId, Moment, OrganisationId, PurposeId,
};
use consentry_runtime::AccountId;
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use serde_json::json;
use sp_core::H256;

/// Adds the methods.
pub fn register(module: &mut RpcModule<Crm>) -> Result<(), RegisterMethodError> {
	method(module, "crm_purposes", &["controller", "after", "limit", "at"], Crm::purposes)?;
	method(
		module,
		"crm_purposeHistory",
		&["purpose", "from", "limit", "at"],
		Crm::purpose_history,
	)?;
	method(module, "crm_consents", &["customer", "after", "limit", "at"], Crm::consents)?;
	method(
		module,
		"crm_consentHistory",
		&["customer", "purpose", "from", "limit", "at"],
		Crm::consent_history,
	)?;
	method(module, "crm_consentAsOf", &["customer", "purpose", "moment", "at"], Crm::consent_as_of)
}

impl Crm {
	fn purposes(&self, arguments: Arguments) -> Result<Answer<Page<PurposeInfo>>, Error> {
		let controller: OrganisationId = arguments.required("controller")?;
		let Place::<PurposeId> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let purposes =
			self.ask_of(controller, at, |api, block| api.purposes(block, controller, begin, limit));
		Ok(purposes?.page("purposes", limit, |last| json!(last.purpose)))
	}

	fn purpose_history(&self, arguments: Arguments) -> Result<Answer<Page<PurposeInfo>>, Error> {
		let purpose: PurposeId = arguments.required("purpose")?;
		let Place::<u32> { begin, limit } = Place::read(&arguments, "from")?;
		let at = arguments.optional("at")?;
		let revisions = self.find(at, Error::UnknownPurpose(purpose), |api, block| {
			api.purpose_history(block, purpose, begin.unwrap_or_default(), limit)
		});
		Ok(revisions?.page("revisions", limit, |last| json!(last.revision.saturating_add(1))))
	}

	fn consents(
		&self,
		arguments: Arguments,
	) -> Result<Answer<Page<ConsentInfo<AccountId>>>, Error> {
		let customer: CustomerId = arguments.required("customer")?;
		let Place::<PurposeId> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let consents = self.find(at, Error::UnknownCustomer(customer), |api, block| {
			api.consents(block, customer, begin, limit)
		});
		Ok(consents?.page("consents", limit, |last| json!(last.purpose)))
	}

	fn consent_history(
		&self,
		arguments: Arguments,
	) -> Result<Answer<Page<ConsentInfo<AccountId>>>, Error> {
		let customer: CustomerId = arguments.required("customer")?;
		let purpose: PurposeId = arguments.required("purpose")?;
		let Place::<u32> { begin, limit } = Place::read(&arguments, "from")?;
		let at = arguments.optional("at")?;
		let revisions = self.find(at, Error::UnknownCustomer(customer), |api, block| {
			api.consent_history(block, customer, purpose, begin.unwrap_or_default(), limit)
		})?;
		self.know_purpose(purpose, revisions.block)?;
		Ok(revisions.page("revisions", limit, |last| json!(last.revision.saturating_add(1))))
	}

	fn consent_as_of(&self, arguments: Arguments) -> Result<Answer<ConsentAsOf<AccountId>>, Error> {
		let customer: CustomerId = arguments.required("customer")?;
		let purpose: PurposeId = arguments.required("purpose")?;
		let moment: Moment = arguments.required("moment")?;
		let at = arguments.optional("at")?;
		let Answer { block, value } =
			self.ask(at, |api, block| api.consent_as_of(block, customer, purpose, moment))?;
		match value {
			Some(value) => Ok(Answer { block, value }),
			None => {
				self.find(Some(block), Error::UnknownCustomer(customer), |api, block| {
					api.customer(block, customer)
				})?;
				self.know_purpose(purpose, block)?;
				Err(Error::NotKnownAsOf { customer, purpose, moment })
			},
		}
	}

	/// Refuses a purpose that does not exist at a block.
	fn know_purpose(&self, purpose: PurposeId, block: H256) -> Result<(), Error> {
		self.find(Some(block), Error::UnknownPurpose(purpose), |api, block| {
			api.purpose_history(block, purpose, 0, 1)
		})?;
		Ok(())
	}
}
