//! What the runtime answers from the state of a block, as the node says.
//!
//! Each function is one of the runtime API `CrmApi`; those that list follow the pages to the end.

use crate::{chain::Chain, Result};
use codec::{Decode, Encode};
use consentry_primitives::{
	access::{Policy, Refusal},
	api::{
		ConsentAsOf, ConsentInfo, CustomerInfo, ErasureInfo, GrantInfo, MemberInfo,
		OrganisationInfo, PurposeInfo, RecordInfo, ReviewInfo, SuspensionInfo, Verdict, PAGE,
	},
	day_of, Categories, CustomerId, GrantId, Moment, OrganisationId, PurposeId,
};
use sp_core::{crypto::AccountId32, H256};

impl Chain {
	/// The time of a block.
	pub async fn moment(&self, at: H256) -> Result<Moment> {
		self.ask(at, "CrmApi_moment", ()).await
	}

	/// A customer's state.
	pub async fn customer(
		&self,
		at: H256,
		id: &CustomerId,
	) -> Result<Option<CustomerInfo<AccountId32>>> {
		self.ask(at, "CrmApi_customer", id).await
	}

	/// An organisation's state.
	pub async fn organisation(
		&self,
		at: H256,
		id: OrganisationId,
	) -> Result<Option<OrganisationInfo<AccountId32>>> {
		self.ask(at, "CrmApi_organisation", id).await
	}

	/// A member's organisation and roles.
	pub async fn member(&self, at: H256, account: &AccountId32) -> Result<Option<MemberInfo>> {
		self.ask(at, "CrmApi_member", account).await
	}

	/// The records of a customer.
	pub async fn records(&self, at: H256, id: &CustomerId) -> Result<Option<Vec<RecordInfo>>> {
		self.ask(at, "CrmApi_records", id).await
	}

	/// Erasures of a controller that are not yet done, those due first coming first.
	pub async fn erasures(&self, at: H256, controller: OrganisationId) -> Result<Vec<ErasureInfo>> {
		self.list(at, "CrmApi_erasures", controller, |last: &ErasureInfo| (last.due, last.customer))
			.await
	}

	/// The purposes of a controller.
	pub async fn purposes(&self, at: H256, controller: OrganisationId) -> Result<Vec<PurposeInfo>> {
		self.list(at, "CrmApi_purposes", controller, |last: &PurposeInfo| last.purpose).await
	}

	/// The revisions of a purpose, oldest first; `None` where there is no such purpose.
	pub async fn purpose_history(
		&self,
		at: H256,
		purpose: PurposeId,
	) -> Result<Option<Vec<PurposeInfo>>> {
		self.revisions(at, "CrmApi_purpose_history", purpose).await
	}

	/// The latest revisions of a customer's consents; `None` where there is no such customer.
	pub async fn consents(
		&self,
		at: H256,
		customer: &CustomerId,
	) -> Result<Option<Vec<ConsentInfo<AccountId32>>>> {
		let purpose = |last: &ConsentInfo<_>| last.purpose;
		self.list_if_known(at, "CrmApi_consents", customer, purpose).await
	}

	/// The revisions of a customer's consent, oldest first; `None` where there is no such
	/// customer.
	pub async fn consent_history(
		&self,
		at: H256,
		customer: &CustomerId,
		purpose: PurposeId,
	) -> Result<Option<Vec<ConsentInfo<AccountId32>>>> {
		self.revisions(at, "CrmApi_consent_history", (customer, purpose)).await
	}

	/// What consent and purpose permitted at a moment; `None` where nothing is known of it.
	pub async fn consent_as_of(
		&self,
		at: H256,
		customer: &CustomerId,
		purpose: PurposeId,
		moment: Moment,
	) -> Result<Option<ConsentAsOf<AccountId32>>> {
		self.ask(at, "CrmApi_consent_as_of", (customer, purpose, moment)).await
	}

	/// What `account` would be answered for each customer if it requested access; nothing is
	/// recorded. At most [`PAGE`] customers.
	pub async fn check_access(
		&self,
		at: H256,
		account: &AccountId32,
		grant: GrantId,
		purpose: PurposeId,
		categories: Categories,
		customers: &[CustomerId],
	) -> Result<std::result::Result<Vec<Verdict>, Refusal>> {
		let request = (account, grant, purpose, categories, customers);
		self.ask(at, "CrmApi_check_access", request).await
	}

	/// The grants on a customer's data that are not revoked; `None` where there is no such
	/// customer.
	pub async fn grants_on(
		&self,
		at: H256,
		customer: &CustomerId,
	) -> Result<Option<Vec<GrantInfo<AccountId32>>>> {
		let grant = |last: &GrantInfo<_>| last.grant;
		self.list_if_known(at, "CrmApi_grants_on", customer, grant).await
	}

	/// The grants that an account can use and that are not revoked.
	pub async fn grants_of(
		&self,
		at: H256,
		account: &AccountId32,
	) -> Result<Vec<GrantInfo<AccountId32>>> {
		self.list(at, "CrmApi_grants_of", account, |last: &GrantInfo<_>| last.grant).await
	}

	/// A controller's policy.
	pub async fn policy(&self, at: H256, controller: OrganisationId) -> Result<Policy> {
		self.ask(at, "CrmApi_policy", controller).await
	}

	/// The accounts that a controller's policy suspended.
	pub async fn suspensions(
		&self,
		at: H256,
		controller: OrganisationId,
	) -> Result<Vec<SuspensionInfo<AccountId32>>> {
		let account = |last: &SuspensionInfo<AccountId32>| last.account.clone();
		self.list(at, "CrmApi_suspensions", controller, account).await
	}

	/// Accesses in an emergency that a controller has to review, those due first coming first.
	pub async fn break_glass_reviews(
		&self,
		at: H256,
		controller: OrganisationId,
	) -> Result<Vec<ReviewInfo<AccountId32>>> {
		let place = |last: &ReviewInfo<_>| (day_of(last.due), last.customer, last.entry);
		self.list(at, "CrmApi_break_glass_reviews", controller, place).await
	}

	/// A whole list, page by page, each of which is a `P`; `None` where what it is `of` is not
	/// known. `after` tells from the items so far where the next page begins.
	async fn all<P, T, C>(
		&self,
		at: H256,
		function: &str,
		of: impl Encode,
		after: impl Fn(&[T]) -> C,
	) -> Result<Option<Vec<T>>>
	where
		P: Decode + Into<Option<Vec<T>>>,
		C: Encode,
	{
		let mut items = Vec::new();
		loop {
			let answer: P = self.ask(at, function, (&of, after(&items), PAGE)).await?;
			let page: Option<Vec<T>> = answer.into();
			let Some(page) = page else { return Ok(None) };
			let is_last = page.len() < PAGE as usize;
			items.extend(page);
			if is_last {
				return Ok(Some(items));
			}
		}
	}

	/// A whole list that there always is.
	async fn list<T: Decode, C: Encode>(
		&self,
		at: H256,
		function: &str,
		of: impl Encode,
		cursor: impl Fn(&T) -> C,
	) -> Result<Vec<T>> {
		let after = |items: &[T]| items.last().map(&cursor);
		Ok(self.all::<Vec<T>, _, _>(at, function, of, after).await?.unwrap_or_default())
	}

	/// A whole list of something that need not be known.
	async fn list_if_known<T: Decode, C: Encode>(
		&self,
		at: H256,
		function: &str,
		of: impl Encode,
		cursor: impl Fn(&T) -> C,
	) -> Result<Option<Vec<T>>> {
		let after = |items: &[T]| items.last().map(&cursor);
		self.all::<Option<Vec<T>>, _, _>(at, function, of, after).await
	}

	/// All revisions of something that need not be known.
	async fn revisions<T: Decode>(
		&self,
		at: H256,
		function: &str,
		of: impl Encode,
	) -> Result<Option<Vec<T>>> {
		let from = |revisions: &[T]| revisions.len() as u32;
		self.all::<Option<Vec<T>>, _, _>(at, function, of, from).await
	}
}
