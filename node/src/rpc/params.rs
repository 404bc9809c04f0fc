//! Parameters of the `crm_` methods: by position or by name, each refusal naming the parameter.

use super::error::Error;
use consentry_primitives::{api::PAGE, Action, Categories, CustomerId, Day, OrganisationId};
use consentry_runtime::AccountId;
use jsonrpsee::types::Params;
use scale_info::{TypeDef, TypeInfo};
use serde::Deserialize;
use serde_json::{Map, Value};
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	H256,
};

/// The prefix of this chain's addresses.
const SS58_PREFIX: u16 = 42;

/// Longest part of a refused parameter that is given back.
const MAX_GIVEN: usize = 100;

/// The values of named parameters.
pub struct Arguments {
	/// Put before each name in an error: where in the parameters these lie.
	path: &'static str,
	values: Map<String, Value>,
}

impl Arguments {
	/// Takes a call's parameters, which are called `names` in this order.
	pub fn parse(params: &Params, names: &[&str]) -> Result<Self, Error> {
		let given: Value = params.parse().map_err(|error| Error::InvalidParameter {
			parameter: "params".into(),
			expected: "a list or an object".into(),
			given: error.to_string(),
		})?;
		let values = match given {
			Value::Null => Map::new(),
			Value::Array(list) if list.len() > names.len() => {
				let expected = match names {
					[] => "none".into(),
					_ => format!("at most {}: {}", names.len(), names.join(", ")),
				};
				let given = format!("{} parameters", list.len());
				return Err(Error::InvalidParameter {
					parameter: "params".into(),
					expected,
					given,
				});
			},
			Value::Array(list) => names.iter().map(|name| name.to_string()).zip(list).collect(),
			Value::Object(map) => return Self::named("", map, names),
			other => return Err(refused("params", "a list or an object", &other)),
		};
		Ok(Self { path: "", values })
	}

	/// Takes the parameter `name`, which has to be an object whose fields are called `names`.
	fn fields<T: Parameter>(
		name: &str,
		path: &'static str,
		value: &Value,
		names: &[&str],
	) -> Result<Self, Error> {
		match value {
			Value::Object(map) => Self::named(path, map.clone(), names),
			other => Err(refused(name, T::EXPECTED, other)),
		}
	}

	/// Takes an object whose fields are called `names`; `path` says where it was found.
	fn named(
		path: &'static str,
		values: Map<String, Value>,
		names: &[&str],
	) -> Result<Self, Error> {
		match values.iter().find(|(name, _)| !names.contains(&name.as_str())) {
			Some((unknown, value)) => {
				let expected = match names {
					[] => "no parameters".into(),
					_ => format!("no such parameter but {}", names.join(", ")),
				};
				Err(refused(&format!("{path}{}", shortened(unknown)), &expected, value))
			},
			None => Ok(Self { path, values }),
		}
	}

	/// The parameter `name`, which may be left out or `null`.
	pub fn optional<T: Parameter>(&self, name: &str) -> Result<Option<T>, Error> {
		match self.values.get(name) {
			None | Some(Value::Null) => Ok(None),
			Some(value) => T::read(&format!("{}{name}", self.path), value).map(Some),
		}
	}

	/// The parameter `name`, which must be there.
	pub fn required<T: Parameter>(&self, name: &str) -> Result<T, Error> {
		self.optional(name)?.ok_or_else(|| Error::InvalidParameter {
			parameter: format!("{}{name}", self.path),
			expected: T::EXPECTED.into(),
			given: "nothing".into(),
		})
	}
}

/// What a parameter can be.
pub trait Parameter: Sized {
	/// What is asked for, as it continues "expected …".
	const EXPECTED: &'static str;

	/// Reads it, if it is that.
	fn parse(value: &Value) -> Option<Self>;

	/// Reads it, or says what is wrong with it.
	fn read(name: &str, value: &Value) -> Result<Self, Error> {
		Self::parse(value).ok_or_else(|| refused(name, Self::EXPECTED, value))
	}
}

fn refused(parameter: &str, expected: &str, given: &Value) -> Error {
	Error::InvalidParameter {
		parameter: parameter.into(),
		expected: expected.into(),
		given: shortened(&given.to_string()),
	}
}

fn shortened(text: &str) -> String {
	match text.char_indices().nth(MAX_GIVEN) {
		Some((end, _)) => format!("{}…", &text[..end]),
		None => text.into(),
	}
}

impl Parameter for H256 {
	const EXPECTED: &'static str = "a hash: a string of 0x and 64 hexadecimal digits";

	fn parse(value: &Value) -> Option<Self> {
		let mut bytes = [0; 32];
		hex::decode_to_slice(value.as_str()?.strip_prefix("0x")?, &mut bytes).ok()?;
		Some(H256(bytes))
	}
}

impl Parameter for u32 {
	const EXPECTED: &'static str = "a whole number from 0 to 4294967295";

	fn parse(value: &Value) -> Option<Self> {
		value.as_u64()?.try_into().ok()
	}
}

impl Parameter for u64 {
	const EXPECTED: &'static str = "a whole number from 0 to 18446744073709551615";

	fn parse(value: &Value) -> Option<Self> {
		value.as_u64()
	}
}

impl Parameter for Categories {
	const EXPECTED: &'static str = "a list of identity, contact, address, demographic, \
		employment, transaction, communication, preference, behaviour, administration";

	fn parse(value: &Value) -> Option<Self> {
		Self::deserialize(value).ok()
	}
}

impl Parameter for AccountId32 {
	const EXPECTED: &'static str = "an account in SS58 with prefix 42";

	fn parse(value: &Value) -> Option<Self> {
		let (account, format) = Self::from_ss58check_with_version(value.as_str()?).ok()?;
		(u16::from(format) == SS58_PREFIX).then_some(account)
	}
}

/// How many items a page may have.
#[derive(Clone, Copy)]
pub struct Limit(pub u32);

impl Limit {
	/// As many as a page can have.
	pub const FULL: Self = Self(PAGE);
}

impl Parameter for Limit {
	const EXPECTED: &'static str = "a whole number from 1 to 256";

	fn parse(value: &Value) -> Option<Self> {
		u32::parse(value).filter(|limit| (1..=PAGE).contains(limit)).map(Self)
	}
}

/// The customers of one request.
pub struct Customers(pub Vec<CustomerId>);

impl Parameter for Customers {
	const EXPECTED: &'static str =
		"a list of 1 to 256 hashes, each a string of 0x and 64 hexadecimal digits";

	fn parse(value: &Value) -> Option<Self> {
		let list = value.as_array()?;
		let number = 1..=PAGE as usize;
		let customers = number.contains(&list.len()).then_some(list)?;
		customers.iter().map(H256::parse).collect::<Option<_>>().map(Self)
	}
}

/// Where a page of erasures begins: after this one.
impl Parameter for (Day, CustomerId) {
	const EXPECTED: &'static str = "an object of `due` (a day) and `customer` (a hash)";

	fn parse(_: &Value) -> Option<Self> {
		None
	}

	fn read(name: &str, value: &Value) -> Result<Self, Error> {
		let fields = Arguments::fields::<Self>(name, "after.", value, &["due", "customer"])?;
		Ok((fields.required("due")?, fields.required("customer")?))
	}
}

/// Where a page of reviews begins: after this one.
impl Parameter for (Day, CustomerId, u64) {
	const EXPECTED: &'static str =
		"an object of `due` (a day), `customer` (a hash) and `entry` (a whole number)";

	fn parse(_: &Value) -> Option<Self> {
		None
	}

	fn read(name: &str, value: &Value) -> Result<Self, Error> {
		let names = ["due", "customer", "entry"];
		let fields = Arguments::fields::<Self>(name, "after.", value, &names)?;
		Ok((fields.required("due")?, fields.required("customer")?, fields.required("entry")?))
	}
}

/// Which entries a subscriber wants: those that fit in each respect that is given.
#[derive(Clone, Default)]
pub struct Filter {
	/// Of this customer.
	pub customer: Option<CustomerId>,
	/// Of customers of this organisation.
	pub organisation: Option<OrganisationId>,
	/// Of this kind of action.
	pub action: Option<Kind>,
}

impl Parameter for Filter {
	const EXPECTED: &'static str = "an object of `customer`, `organisation`, `action`";

	fn parse(_: &Value) -> Option<Self> {
		None
	}

	fn read(name: &str, value: &Value) -> Result<Self, Error> {
		let names = ["customer", "organisation", "action"];
		let fields = Arguments::fields::<Self>(name, "filter.", value, &names)?;
		Ok(Self {
			customer: fields.optional("customer")?,
			organisation: fields.optional("organisation")?,
			action: fields.optional("action")?,
		})
	}
}

/// A kind of action, as an entry names it in JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kind(String);

impl Kind {
	/// The kind of `action`.
	pub fn of(action: &Action<AccountId>) -> Option<Self> {
		let json = serde_json::to_value(action).ok()?;
		json["type"].as_str().map(|kind| Self(kind.into()))
	}

	/// All kinds.
	fn all() -> Vec<String> {
		match Action::<AccountId>::type_info().type_def {
			TypeDef::Variant(kinds) => {
				kinds.variants.iter().map(|kind| kebab_case(kind.name)).collect()
			},
			_ => Vec::new(),
		}
	}
}

impl Parameter for Kind {
	const EXPECTED: &'static str = "a kind of action";

	fn parse(value: &Value) -> Option<Self> {
		let kind = value.as_str()?;
		Self::all().iter().any(|known| known == kind).then(|| Self(kind.into()))
	}

	fn read(name: &str, value: &Value) -> Result<Self, Error> {
		let expected = || format!("one of {}", Self::all().join(", "));
		Self::parse(value).ok_or_else(|| refused(name, &expected(), value))
	}
}

fn kebab_case(name: &str) -> String {
	name.chars().enumerate().fold(String::new(), |mut kebab, (position, letter)| {
		if letter.is_uppercase() && position > 0 {
			kebab.push('-');
		}
		kebab.extend(letter.to_lowercase());
		kebab
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn arguments(params: &str) -> Result<Arguments, Error> {
		Arguments::parse(&Params::new(Some(params)), &["customer", "at"])
	}

	fn parameter<T>(result: Result<T, Error>) -> String {
		match result {
			Err(Error::InvalidParameter { parameter, .. }) => parameter,
			Err(other) => panic!("another error: {other}"),
			Ok(_) => panic!("no error"),
		}
	}

	#[test]
	fn parameters_go_by_position_and_by_name() {
		let hash = H256::repeat_byte(0xab);
		for params in [json!([hash]), json!([hash, null]), json!({ "customer": hash })] {
			let arguments = arguments(&params.to_string()).unwrap();
			assert_eq!(arguments.required::<H256>("customer").unwrap(), hash);
			assert_eq!(arguments.optional::<H256>("at").unwrap(), None);
		}
	}

	#[test]
	fn what_is_missing_or_too_much_is_named() {
		assert_eq!(parameter(arguments("[]").unwrap().required::<H256>("customer")), "customer");
		assert_eq!(parameter(arguments("{}").unwrap().required::<H256>("customer")), "customer");
		assert_eq!(parameter(arguments(r#"["a","b","c"]"#)), "params");
		assert_eq!(parameter(arguments(r#"{"custmer":"a"}"#)), "custmer");
	}

	#[test]
	fn what_is_no_hash_is_refused() {
		let digits = "ab".repeat(32);
		for value in [
			json!(1),
			json!(digits),
			json!(format!("0x{}", &digits[1..])),
			json!(format!("0x{digits}00")),
			json!(format!("0x{}zz", &digits[2..])),
			json!(["0x"]),
		] {
			assert_eq!(parameter(H256::read("head", &value)), "head", "{value}");
		}
	}

	#[test]
	fn limits_are_bounded() {
		for value in [json!(0), json!(257), json!(-1), json!(1.5), json!("10")] {
			assert_eq!(parameter(Limit::read("limit", &value)), "limit", "{value}");
		}
		assert!(Limit::EXPECTED.ends_with(&PAGE.to_string()));
	}

	#[test]
	fn customers_are_bounded() {
		let read = |number| Customers::read("customers", &json!(vec![H256::zero(); number]));
		assert_eq!(read(1).unwrap().0, [H256::zero()]);
		assert_eq!(read(256).unwrap().0.len(), 256);
		for number in [0, 257] {
			assert_eq!(parameter(read(number)), "customers");
		}
		assert!(Customers::EXPECTED.contains(&format!("1 to {PAGE} ")));
	}

	#[test]
	fn categories_go_by_their_names() {
		let all = serde_json::to_value(Categories::all()).unwrap();
		assert_eq!(Categories::read("categories", &all).unwrap(), Categories::all());
		for name in all.as_array().unwrap() {
			assert!(Categories::EXPECTED.contains(name.as_str().unwrap()));
		}
		for value in [json!(3), json!("contact"), json!(["Contact"]), json!([1])] {
			assert_eq!(parameter(Categories::read("categories", &value)), "categories");
		}
	}

	#[test]
	fn accounts_of_other_chains_are_refused() {
		let alice = sp_keyring::Sr25519Keyring::Alice.to_account_id();
		let read = |prefix: u16| {
			AccountId::read("account", &json!(alice.to_ss58check_with_version(prefix.into())))
		};
		assert_eq!(read(SS58_PREFIX).unwrap(), alice);
		assert_eq!(parameter(read(0)), "account");
	}

	#[test]
	fn kinds_are_named_as_in_json() {
		let action = Action::GuardianDismissed { guardian: AccountId::new([0; 32]) };
		let kind = Kind::of(&action).unwrap();
		assert_eq!(kind, Kind("guardian-dismissed".into()));
		assert_eq!(Kind::parse(&json!("guardian-dismissed")), Some(kind));
		let error = Kind::read("filter.action", &json!("Registered"));
		assert!(error.unwrap_err().to_string().contains("record-sealed"));
	}

	#[test]
	fn fields_of_objects_are_named() {
		let read = |value: Value| parameter(Filter::read("filter", &value));
		assert_eq!(read(json!([])), "filter");
		assert_eq!(read(json!({ "kind": 1 })), "filter.kind");
		assert_eq!(read(json!({ "organisation": "a" })), "filter.organisation");
		let after = json!({ "due": 1 });
		assert_eq!(parameter(<(Day, CustomerId)>::read("after", &after)), "after.customer");
		let after = json!({ "due": 1, "customer": H256::zero(), "entry": -1 });
		assert_eq!(parameter(<(Day, CustomerId, u64)>::read("after", &after)), "after.entry");
	}

	#[test]
	fn what_is_refused_is_given_back_in_part() {
		let error = H256::read("head", &json!("é".repeat(10_000))).unwrap_err();
		assert!(error.to_string().len() < 500);
	}
}
