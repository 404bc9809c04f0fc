use super::{
	recipients::{all, Stored},
	*,
};
use crate::verify::{Finality, Genesis};
use consentry_primitives::{
	access::{GrantTerms, Scope},
	api::{GrantInfo, GrantState},
	consent::{CaptureMethod, ConsentState, Expression, Permission, PurposeTerms},
	Role,
};

const CUSTOMER: CustomerId = H256::repeat_byte(1);

fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

fn commitment(n: u8) -> Commitment {
	Commitment::Blake2b256V1(H256::repeat_byte(n))
}

fn entries(actions: Vec<Action<AccountId32>>) -> Vec<Entry<AccountId32>> {
	let entry = |(index, action)| Entry {
		index: index as u64,
		moment: 1_000 * index as u64,
		block: index as u32,
		actor: Actor::Member { organisation: 3, account: account(2) },
		action,
	};
	actions.into_iter().enumerate().map(entry).collect()
}

fn state() -> CustomerInfo<AccountId32> {
	CustomerInfo {
		controller: 3,
		registered: 0,
		account: Some(account(9)),
		invitation: None,
		guardians: vec![],
		held_until: None,
		erasure_due: None,
		erased: None,
	}
}

fn purpose(name: &str, basis: LawfulBasis) -> Purpose {
	let categories = Categories::from(DataCategory::Contact);
	let info = PurposeInfo {
		purpose: 4,
		controller: 3,
		name: name.into(),
		dpv: "dpv:DirectMarketing".into(),
		basis,
		revision: 0,
		since: 0,
		terms: PurposeTerms { categories, retention_days: 365, notice: commitment(5) },
		notice_version: 2,
		consents_since: 1,
		retired: false,
	};
	Purpose { history: vec![info.clone()], info, permitted: categories, denial: None }
}

fn terms() -> GrantTerms {
	let categories = Categories::from(DataCategory::Contact);
	GrantTerms { purpose: 4, categories, from: 0, until: None, uses: None }
}

fn listed(grant: GrantId) -> GrantInfo<AccountId32> {
	GrantInfo {
		grant,
		grantor: 3,
		scope: Scope::Controller { organisation: 3 },
		grantee: Grantee::Role { organisation: 3, role: Role::Agent },
		terms: terms(),
		state: GrantState::Valid,
	}
}

/// A report in which every text that comes from outside tries to be markup.
fn hostile() -> Report {
	let evil = "<script>alert('x')</script>&\"";
	let content = || Some(Content::from_iter([("<b>Name</b>", evil), ("Blank", " ")]));
	let consent = ConsentInfo {
		purpose: 4,
		revision: 0,
		since: 86_400_000,
		state: ConsentState::Withdrawn,
		actor: Actor::Customer,
		capture: Capture::Recorded { method: CaptureMethod::Imported, evidence: commitment(7) },
		permission: Some(Permission {
			notice_version: 2,
			categories: Categories::from(DataCategory::Contact),
			until: None,
			expression: Expression::Regular,
			receipt: None,
		}),
	};
	let verification = verify::Report {
		customer: CUSTOMER,
		entries: 1,
		head: H256::zero(),
		block: 7,
		block_hash: H256::zero(),
		finality: Finality::Unproven,
		genesis: Genesis { hash: H256::zero(), known: true },
		opened: Default::default(),
		earlier: None,
	};
	let purposes = vec![purpose(evil, LawfulBasis::Consent)];
	Report {
		customer: CUSTOMER,
		controller: 3,
		controller_name: evil.into(),
		source: Some(Origin { source: evil.into(), id: evil.into() }),
		moment: 1_000,
		genesis: H256::zero(),
		rights: rights(&state(), &purposes),
		state: state(),
		purposes,
		consents: vec![Consent {
			purpose: 4,
			purpose_name: evil.into(),
			history: vec![Revision { info: consent, by: evil.into(), evidence: content() }],
		}],
		recipients: vec![Recipient {
			grant: listed(1),
			organisation: Some(3),
			name: evil.into(),
			purpose_name: evil.into(),
		}],
		accesses: vec![Access {
			entry: 0,
			moment: 0,
			decision: H256::zero(),
			by: evil.into(),
			outcome: Outcome::Denied { reason: Denial::ConsentWithdrawn },
			purpose: 4,
			purpose_name: evil.into(),
			categories: Categories::default(),
			grant: None,
		}],
		records: vec![Record {
			category: DataCategory::Identity,
			revision: 0,
			sealed: 0,
			content: content(),
		}],
		interactions: vec![Interaction {
			recorded: 0,
			kind: InteractionKind::Call,
			content: content(),
		}],
		verified: verification.to_string(),
		verification,
	}
}

#[test]
fn nothing_from_outside_becomes_markup() {
	let page = html(&hostile());
	assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("{{"));
	assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"));
	// Each value is there, and what is blank is not.
	assert_eq!(page.matches("&lt;b&gt;Name&lt;/b&gt;").count(), 3);
	assert!(!page.contains("Blank"));
}

#[test]
fn the_page_says_what_the_article_asks_for() {
	let page = html(&hostile());
	for part in [
		"no proof of finality exists",
		"consent-withdrawn",
		"365 days",
		"supervisory authority",
		"every decision, denied ones too",
		"1970-01-02T00:00:00Z",
		"it is withdrawn",
		"imported",
	] {
		assert!(page.to_lowercase().contains(&part.to_lowercase()), "{part}");
	}
	// Every tag that is opened is closed.
	for tag in ["h1", "h2", "h3", "p", "dl", "dt", "dd", "div", "table", "caption", "tr", "td"] {
		let opened =
			page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
		assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
		assert!(opened > 0, "{tag}");
	}
	// It needs nothing from elsewhere.
	assert!(!page.contains("http") && !page.contains("src="));
}

#[test]
fn a_report_without_anything_is_a_page_too() {
	let report = Report {
		purposes: vec![],
		consents: vec![],
		recipients: vec![],
		accesses: vec![],
		records: vec![],
		interactions: vec![],
		..hostile()
	};
	let page = html(&report);
	assert!(page.contains("Every decision, denied ones too: none."), "{page}");
}

#[test]
fn json_names_things() {
	let json = serde_json::to_value(hostile()).unwrap();
	assert_eq!(json["purposes"][0]["basis"], "consent");
	assert_eq!(json["consents"][0]["history"][0]["state"], "withdrawn");
	assert_eq!(json["recipients"][0]["state"], "valid");
	assert_eq!(json["accesses"][0]["outcome"]["type"], "denied");
	assert_eq!(json["accesses"][0]["outcome"]["reason"], "consent-withdrawn");
	assert_eq!(json["verification"]["finality"]["state"], "unproven");
}

/// A grant to all customers of organisation 3, to account 2 of organisation 8.
fn stored() -> Stored {
	Stored {
		grantor: 3,
		scope: Scope::Controller { organisation: 3 },
		grantee: Grantee::Account { account: account(2) },
		recipient: 8,
		terms: terms(),
		created: 0,
		revoked: None,
	}
}

#[test]
fn grants_that_were_are_recipients_too() {
	let grantee = Grantee::Account { account: account(2) };
	let scope = Scope::Customer { customer: CUSTOMER };
	let trail = entries(vec![
		// The first was deleted with the customer's erasure.
		Action::Granted { grant: 1, grantee: grantee.clone(), terms: terms() },
		Action::Granted { grant: 2, grantee, terms: terms() },
		Action::GrantRevoked { grant: 1 },
	]);
	let mine = GrantInfo { scope, ..listed(2) };
	let stored = [
		(2, Stored { scope, ..stored() }),
		// To all customers: used or ended by this one for itself, and not listed any more.
		(7, stored()),
		// What somebody asked under is another customer's, or another controller's.
		(9, Stored { scope: Scope::Customer { customer: H256::zero() }, ..stored() }),
		(10, Stored { scope: Scope::Controller { organisation: 4 }, ..stored() }),
	];
	let told = all(vec![mine, listed(8)], &stored.into(), &trail, &CUSTOMER, 3);
	let states: Vec<_> = told.iter().map(|(grant, of)| (grant.grant, grant.state, *of)).collect();
	use GrantState::*;
	let expected =
		[(1, Revoked, None), (2, Valid, Some(3)), (7, Revoked, Some(8)), (8, Valid, Some(3))];
	assert_eq!(states, expected);
	assert_eq!(told[0].0.scope, scope);
}

#[test]
fn recipients_are_named_with_their_organisation() {
	let names = Names { organisations: [(8, "post".to_string())].into(), ..Default::default() };
	let grantee = Grantee::Account { account: account(2) };
	assert_eq!(names.grantee(&grantee, Some(8)), format!("{} of post (8)", account(2)));
	assert_eq!(names.grantee(&grantee, None), account(2).to_string());
	let role = Grantee::Role { organisation: 8, role: Role::Agent };
	assert_eq!(names.grantee(&role, Some(8)), "every agent of post (8)");
}

#[test]
fn every_decision_is_told() {
	let categories = Categories::from(DataCategory::Contact);
	let genesis = H256::repeat_byte(8);
	let trail = entries(vec![
		Action::Registered { controller: 3 },
		Action::AccessAuthorised {
			grant: 1,
			purpose: 4,
			categories,
			basis: LawfulBasis::Consent,
			reader: None,
		},
		Action::AccessDenied { grant: None, purpose: 5, categories, reason: Denial::NoGrant },
		Action::GlassBroken {
			purpose: 4,
			categories,
			emergency: commitment(1),
			review_due: 9,
			reader: None,
		},
		Action::GlassBroken {
			purpose: 4,
			categories,
			emergency: commitment(1),
			review_due: 9,
			reader: None,
		},
		Action::GlassReviewed { entry: 3, justified: false, review: commitment(2) },
	]);
	let names = Names {
		organisations: [(3, "acme".to_string())].into(),
		purposes: [(4, "news".to_string())].into(),
	};
	let told = accesses(&genesis, &CUSTOMER, &trail, &names);
	let outcomes: Vec<_> = told.iter().map(|access| access.outcome).collect();
	assert_eq!(
		outcomes,
		[
			Outcome::Authorised { basis: LawfulBasis::Consent },
			Outcome::Denied { reason: Denial::NoGrant },
			Outcome::BreakGlass { review_due: 9, justified: Some(false) },
			Outcome::BreakGlass { review_due: 9, justified: None },
		]
	);
	assert_eq!(told[0].decision, decision_id(&genesis, &CUSTOMER, &trail[1]));
	assert_eq!((&told[0].purpose_name[..], &told[1].purpose_name[..]), ("news", "purpose 5"));
	assert!(told[0].by.ends_with("of acme (3)"), "{}", told[0].by);
}

#[test]
fn rights_are_those_that_apply() {
	let mut withdrawn = purpose("news", LawfulBasis::Consent);
	withdrawn.denial = Some(Denial::ConsentWithdrawn);
	let purposes = [
		purpose("offers", LawfulBasis::Consent),
		withdrawn,
		purpose("orders", LawfulBasis::Contract),
		purpose("fraud", LawfulBasis::LegitimateInterests),
	];
	let what = |rights: &[Right], article: &str| {
		let right = rights.iter().find(|right| right.article == article).unwrap();
		format!("{} {}", right.what, right.how)
	};
	let mine = rights(&state(), &purposes);
	assert!(what(&mine, "Art. 7(3)").contains("now: offers."));
	assert!(what(&mine, "Art. 21").contains("now: fraud."));
	assert!(what(&mine, "Art. 17").contains("customers.requestErasure"));
	let asked = CustomerInfo { erasure_due: Some(0), account: None, ..state() };
	let asked = rights(&asked, &purposes);
	assert!(what(&asked, "Art. 17").contains("due by 1970-01-01"));
	assert!(what(&asked, "Art. 7(3)").contains("invite you"));
}
