//! Grants, policies and what an access request would be answered.

use super::{method, Answer, Crm, Page, Place};
use crate::rpc::{
	error::Error,
	params::{Arguments, Customers},
};
use consentry_primitives::{
	access::{Policy, Refusal},
	api::{CrmApi, GrantInfo, ReviewInfo, SuspensionInfo, Verdict},
	day_of, Categories, CustomerId, Day, GrantId, OrganisationId, PurposeId,
};
use consentry_runtime::AccountId;
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use serde::Serialize;
use serde_json::json;

/// What an access request would be answered: for each customer, or why not at all.
#[derive(Clone, Serialize)]
#[serde(rename_all = "lowercase")]
enum Check {
	Verdicts(Vec<Verdict>),
	Refused(Refusal),
}

/// Adds the methods.
pub fn register(module: &mut RpcModule<Crm>) -> Result<(), RegisterMethodError> {
	method(
		module,
		"crm_checkAccess",
		&["account", "grant", "purpose", "categories", "customers", "at"],
		Crm::check_access,
	)?;
	method(module, "crm_grantsOn", &["customer", "after", "limit", "at"], Crm::grants_on)?;
	method(module, "crm_grantsOf", &["account", "after", "limit", "at"], Crm::grants_of)?;
	method(module, "crm_policy", &["controller", "at"], Crm::policy)?;
	method(module, "crm_suspensions", &["controller", "after", "limit", "at"], Crm::suspensions)?;
	method(
		module,
		"crm_breakGlassReviews",
		&["controller", "after", "limit", "at"],
		Crm::break_glass_reviews,
	)
}

impl Crm {
	fn check_access(&self, arguments: Arguments) -> Result<Answer<Check>, Error> {
		let account: AccountId = arguments.required("account")?;
		let grant: GrantId = arguments.required("grant")?;
		let purpose: PurposeId = arguments.required("purpose")?;
		let categories: Categories = arguments.required("categories")?;
		let Customers(customers) = arguments.required("customers")?;
		let at = arguments.optional("at")?;
		let verdicts = self.ask(at, |api, block| {
			api.check_access(block, account, grant, purpose, categories, customers)
		});
		Ok(verdicts?.map(|verdicts| verdicts.map_or_else(Check::Refused, Check::Verdicts)))
	}

	fn grants_on(&self, arguments: Arguments) -> Result<Answer<Page<GrantInfo<AccountId>>>, Error> {
		let customer: CustomerId = arguments.required("customer")?;
		let Place::<GrantId> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let grants = self.find(at, Error::UnknownCustomer(customer), |api, block| {
			api.grants_on(block, customer, begin, limit)
		});
		Ok(grants?.page("grants", limit, |last| json!(last.grant)))
	}

	fn grants_of(&self, arguments: Arguments) -> Result<Answer<Page<GrantInfo<AccountId>>>, Error> {
		let account: AccountId = arguments.required("account")?;
		let Place::<GrantId> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let grants = self.ask(at, |api, block| api.grants_of(block, account, begin, limit));
		Ok(grants?.page("grants", limit, |last| json!(last.grant)))
	}

	fn policy(&self, arguments: Arguments) -> Result<Answer<Policy>, Error> {
		let controller: OrganisationId = arguments.required("controller")?;
		let at = arguments.optional("at")?;
		self.ask_of(controller, at, |api, block| api.policy(block, controller))
	}

	fn suspensions(
		&self,
		arguments: Arguments,
	) -> Result<Answer<Page<SuspensionInfo<AccountId>>>, Error> {
		let controller: OrganisationId = arguments.required("controller")?;
		let Place::<AccountId> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let suspensions = self
			.ask_of(controller, at, |api, block| api.suspensions(block, controller, begin, limit));
		Ok(suspensions?.page("suspensions", limit, |last| json!(last.account)))
	}

	fn break_glass_reviews(
		&self,
		arguments: Arguments,
	) -> Result<Answer<Page<ReviewInfo<AccountId>>>, Error> {
		let controller: OrganisationId = arguments.required("controller")?;
		let Place::<(Day, CustomerId, u64)> { begin, limit } = Place::read(&arguments, "after")?;
		let at = arguments.optional("at")?;
		let reviews = self.ask_of(controller, at, |api, block| {
			api.break_glass_reviews(block, controller, begin, limit)
		});
		Ok(reviews?.page(
			"reviews",
			limit,
			|last| json!({ "due": day_of(last.due), "customer": last.customer, "entry": last.entry }),
		))
	}
}
