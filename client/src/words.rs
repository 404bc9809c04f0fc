//! The names that things have in JSON, for sentences too.

/// The name of a value that is one in JSON: `legitimate-interests`.
pub fn word(value: &impl serde::Serialize) -> String {
	match serde_json::to_value(value) {
		Ok(serde_json::Value::String(word)) => word,
		Ok(value) => value.to_string(),
		Err(error) => error.to_string(),
	}
}

/// The names of several values, separated by commas.
pub fn words<T: serde::Serialize>(values: &[T]) -> String {
	values.iter().map(word).collect::<Vec<_>>().join(", ")
}
