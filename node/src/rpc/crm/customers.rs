//! Customers with their records and erasures, and organisations with their members.

use super::{method, Answer, Crm, Page, Place};
use crate::rpc::{error::Error, params::Arguments};
use consentry_primitives::{
	api::{CrmApi, CustomerInfo, ErasureInfo, MemberInfo, OrganisationInfo, RecordInfo},
	CustomerId, Day, OrganisationId,
};
use consentry_runtime::AccountId;
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use serde_json::json;

/// Adds the methods.
pub fn register(module: &mut RpcModule<Crm>) -> Result<(), RegisterMethodError> {
	method(module, "crm_customer", &["customer", "at"], Crm::customer)?;
	method(module, "crm_organisation", &["organisation", "at"], Crm::organisation)?;
	method(module, "crm_member", &["account", "at"], Crm::member)?;
	method(module, "crm_records", &["customer", "at"], Crm::records)?;
	method(module, "crm_erasures", &["controller", "after", "limit", "at"], Crm::erasures)
}

impl Crm {
	fn customer(&self, arguments: Arguments) -> Result<Answer<CustomerInfo<AccountId>>, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownCustomer(id), |api, block| api.customer(block, id))
	}

	fn organisation(
		&self,
		arguments: Arguments,
	) -> Result<Answer<OrganisationInfo<AccountId>>, Error> {
		let id: OrganisationId = arguments.required("organisation")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownOrganisation(id), |api, block| api.organisation(block, id))
	}

	fn member(&self, arguments: Arguments) -> Result<Answer<MemberInfo>, Error> {
		let account: AccountId = arguments.required("account")?;
		let at = arguments.optional("at")?;
		let missing = Error::UnknownMember(account.clone());
		self.find(at, missing, |api, block| api.member(block, account))
	}

	fn records(&self, arguments: Arguments) -> Result<Answer<Vec<RecordInfo>>, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownCustomer(id), |api, block| api.records(block, id))
	}

	fn erasures(&self, arguments: Arguments) -> Result<Answer<Page<ErasureInfo>>, Error> {
		let controller: OrganisationId = arguments.required("controller")?;
		let Place::<(Day, CustomerId)> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let erasures =
			self.ask_of(controller, at, |api, block| api.erasures(block, controller, begin, limit));
		Ok(erasures?.page(
			"erasures",
			limit,
			|last| json!({ "due": last.due, "customer": last.customer }),
		))
	}
}
