//! Templates and the data that fill them: whatever both say, what comes out is
//! a receipt, and its text commands nothing.

use std::sync::LazyLock;

use platen_receipt::inspect::Inspector;
use platen_receipt::markup::{Settings, Template};
use platen_receipt::{Profile, parse};
use serde_json::{Value, json};

/// What any template may ask for.
static DATA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "name": "Käse 茶",
        "price": 1234.5,
        "count": 3,
        "date": "2026-03-07T15:04:05Z",
        "paid": true,
        "nothing": null,
        "items": [
            { "name": "Tea", "price": "2.40", "options": ["milk", "sugar"] },
            { "name": "Kuchen\u{1b}p0", "price": -1, "options": [] },
        ],
    })
});

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../examples/receipts/", $name, ".xml"))
    };
}

/// The templates that data are put into.
static EXAMPLES: LazyLock<[Template; 5]> = LazyLock::new(|| {
    [
        example!("retail"),
        example!("restaurant"),
        example!("kitchen"),
        example!("label"),
        example!("ticket"),
    ]
    .map(|source| Template::parse(source).expect("the examples are templates"))
});

/// Any markup is read or refused, filled or refused.
pub(crate) fn fill(input: &[u8]) {
    let source = String::from_utf8_lossy(input);
    let Ok(template) = Template::parse(&source) else {
        return;
    };
    check(&template, &DATA, source.contains("drawer"));
}

/// Any data are put into a template or refused.
pub(crate) fn fill_with(input: &[u8]) {
    let Some((choice, data)) = input.split_last() else {
        return;
    };
    let Ok(data) = serde_json::from_slice(data) else {
        return;
    };
    let template = &EXAMPLES[usize::from(*choice) % EXAMPLES.len()];
    check(template, &data, false);
}

fn check(template: &Template, data: &Value, may_open_a_drawer: bool) {
    let mut settings = Settings::default();
    settings.locale = Some("de-CH".to_owned());
    settings.currency = Some("CHF".to_owned());
    let Ok(receipt) = template.fill(data, &settings) else {
        return;
    };
    let job = receipt.encode(&Profile::new(16, 192));
    assert!(
        parse(&job).findings.kept.is_empty(),
        "what is built is known"
    );
    let mut inspector = Inspector::new();
    inspector.feed(&job);
    let findings = inspector.finish().findings;
    assert!(
        may_open_a_drawer || findings.is_empty(),
        "a text became a command: {}",
        findings[0]
    );
}
