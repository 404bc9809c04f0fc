use super::*;
use sp_core::ed25519;

fn spec() -> (String, H256, Vec<u8>) {
	let authorities: AuthorityList = vec![(ed25519::Public::from_raw([5; 32]).into(), 1)];
	let pairs = BTreeMap::from([
		(authorities_key(), authorities.encode()),
		(b":code".to_vec(), vec![7; 1000]),
	]);
	let root = LayoutV1::<BlakeTwo256>::trie_root(pairs.iter());
	let top: BTreeMap<_, _> = pairs
		.iter()
		.map(|(k, v)| (format!("0x{}", hex::encode(k)), format!("0x{}", hex::encode(v))))
		.collect();
	let spec = serde_json::json!({ "genesis": { "raw": { "top": top, "childrenDefault": {} } } });
	(spec.to_string(), root, authorities.encode())
}

#[test]
fn authorities_come_from_a_spec_of_this_chain_only() {
	let (text, root, authorities) = spec();
	assert_eq!(value_in_spec(&text, &root, &authorities_key()).unwrap(), Some(authorities));
	let other = value_in_spec(&text, &H256::repeat_byte(1), &authorities_key());
	assert!(matches!(other, Err(Error::Verification(_))));
	let changed = text.replacen("0707", "0708", 1);
	assert!(matches!(
		value_in_spec(&changed, &root, &authorities_key()),
		Err(Error::Verification(_))
	));
}

#[test]
fn a_spec_that_is_not_raw_is_refused() {
	let text = r#"{"genesis": {"runtimeGenesis": {}}}"#;
	let error = value_in_spec(text, &H256::zero(), &authorities_key()).unwrap_err();
	assert!(error.to_string().contains("--raw"), "{error}");
	assert!(value_in_spec("{", &H256::zero(), &authorities_key()).is_err());
}

#[test]
fn the_sentence_says_what_was_proven() {
	let mut report = Report {
		customer: H256::repeat_byte(1),
		entries: 7,
		head: H256::repeat_byte(2),
		block: 40,
		block_hash: H256::repeat_byte(3),
		finality: Finality::Proven(Finalised { signed: 3, validators: 4, set: 0 }),
		genesis: Genesis { hash: H256::repeat_byte(4), known: true },
		opened: Opened { opened: 5, unopened: 1 },
		earlier: None,
	};
	let sentence = report.to_string();
	for part in ["7 entries", "block 40", "3 of 4 validators", "opens 5 of its 6", "0x0404"] {
		assert!(sentence.contains(part), "{sentence}");
	}
	assert!(!sentence.contains("on the node's word"), "{sentence}");
	report.genesis.known = false;
	assert!(report.to_string().contains("0x0404"), "{report}");
	assert!(report.to_string().contains("on the node's word"), "{report}");
	report.finality = Finality::Unproven;
	assert!(report.to_string().contains("no proof of finality exists"));
}
