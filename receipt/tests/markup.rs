//! Templates: the examples as they print, what is refused and how it is said,
//! and markup and data that want too much.

use platen_receipt::inspect::Inspector;
use platen_receipt::markup::{MarkupError, Problem, Settings, Template};
use platen_receipt::{Multibyte, Profile, render_text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn job(template: &str, data: &Value, profile: &Profile) -> Result<Vec<u8>, MarkupError> {
    let template = Template::parse(template)?;
    Ok(template.fill(data, &Settings::default())?.encode(profile))
}

fn printed(template: &str, data: &Value, columns: u16) -> String {
    let profile = Profile::new(columns, columns * 12);
    let job = job(template, data, &profile).expect("a receipt");
    render_text(&job, &profile)
}

fn refused(template: &str, data: &Value) -> String {
    job(template, data, &Profile::default())
        .expect_err("not a receipt")
        .to_string()
}

macro_rules! example {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../examples/receipts/", $name, ".xml")),
            include_str!(concat!("../../examples/receipts/", $name, ".json")),
        )
    };
}

const EXAMPLES: [(&str, &str, &str); 5] = [
    example!("retail"),
    example!("restaurant"),
    example!("kitchen"),
    example!("label"),
    example!("ticket"),
];

/// What the examples print is reviewed with them; `PLATEN_UPDATE=1` renews it.
#[test]
fn the_examples_print_as_reviewed() {
    let mut printed = String::new();
    for (name, template, data) in EXAMPLES {
        let data = serde_json::from_str(data).expect("JSON");
        let mut profile = Profile::default();
        if name == "label" {
            profile = profile.with_multibyte(Multibyte::ShiftJis);
        }
        let job = job(template, &data, &profile).unwrap_or_else(|error| panic!("{name}: {error}"));
        printed.push_str(&format!("== {name}\n{}\n", render_text(&job, &profile)));
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/markup-examples.txt");
    if std::env::var_os("PLATEN_UPDATE").is_some() {
        std::fs::write(file, &printed).expect("the file is written");
    }
    let reviewed = std::fs::read_to_string(file).expect("the file is there");
    assert_eq!(printed, reviewed);
}

#[test]
fn blanks_of_the_markup_are_none_of_the_text() {
    for (text, expected) in [
        ("<text>\n  one\n  two </text>", "one two\n"),
        ("<text>a<br/>\n   b</text>", "a\nb\n"),
        ("<text><b>bold</b> and not</text>", "bold and not\n"),
        ("<text space=\"keep\">  a  b</text>", "  a  b\n"),
        ("<text>{{x}} &lt;&amp;&gt;</text>", "{x} <&>\n"),
        ("<text/><text>x</text>", "\nx\n"),
    ] {
        let template = format!("<receipt>{text}</receipt>");
        assert_eq!(printed(&template, &json!({}), 20), expected, "{text}");
    }
}

#[test]
fn loops_and_conditions_choose_what_is_printed() {
    let template = r#"<receipt>
        <each in="groups" as="group" number="n">
          <if test="group.items"><text>{n}. {group.name}: <each in="group.items" as="item">{item} </each></text></if>
          <else><text>{n}. {group.name} has nothing</text></else>
        </each>
        <text>{n | default "no n here"}</text>
      </receipt>"#;
    let data = json!({"groups": [
        {"name": "A", "items": [1, 2.5, "three"]},
        {"name": "B", "items": []},
    ]});
    assert_eq!(
        printed(template, &data, 32),
        "1. A: 1 2.5 three\n2. B has nothing\nno n here\n"
    );
}

#[test]
fn numbers_money_and_dates_follow_the_locale() {
    for (locale, expected) in [
        ("en-US", "$1,234.50 1,234.5 07/04/2026 7:32 PM 12.5 %\n"),
        ("de-DE", "1.234,50 $ 1.234,5 04.07.2026 19:32 12,5 %\n"),
        ("en-IN", "$1,234.50 1,234.5 04/07/2026 7:32 pm 12.5 %\n"),
        ("pl-PL", "1234,50 $ 1234,5 04.07.2026 19:32 12,5 %\n"),
    ] {
        let template = format!(
            "<receipt locale=\"{locale}\" currency=\"USD\"><text>{{n | currency}} {{n | number}} \
             {{d | date}} {{d | time}} {{p | percent 1}}</text></receipt>"
        );
        let data = json!({"n": 1234.5, "d": "2026-07-04T19:32:10-05:00", "p": 0.125});
        assert_eq!(printed(&template, &data, 60), expected, "{locale}");
    }
}

#[test]
fn mistakes_are_said_with_their_place_and_what_to_do() {
    let no_data = json!({});
    for (template, expected) in [
        (
            "<receipt>\n <bold/>\n</receipt>",
            "line 2, column 2: <bold> cannot stand here; blocks are",
        ),
        (
            "<receipt>text</receipt>",
            "line 1, column 10: text cannot stand here; put it into <text>",
        ),
        (
            "<receipt><text aling=\"left\"/></receipt>",
            "<text> has no attribute \"aling\"",
        ),
        (
            "<receipt><text align=\"middle\"/></receipt>",
            "can be left, center or right",
        ),
        (
            "<receipt><each as=\"x\"/></receipt>",
            "<each> needs the attribute \"in\"",
        ),
        (
            "<receipt><text>{a b}</text></receipt>",
            "no name of a value",
        ),
        (
            "<receipt><text>{a | sum}</text></receipt>",
            "there is no format \"sum\"",
        ),
        ("<receipt><text>{a</text></receipt>", "a { has no }"),
        (
            "<receipt><text>{shop.name}</text></receipt>",
            "the data have no \"shop.name\"",
        ),
        (
            "<receipt><barcode type=\"ean13\">12</barcode></receipt>",
            "12 or 13 digits",
        ),
        (
            "<receipt><image src=\"logo\"/></receipt>",
            "there is no picture \"logo\"",
        ),
        (
            "<receipt locale=\"tlh\"/>",
            "the locale \"tlh\" is not known",
        ),
        ("<receipt", "the markup cannot be read"),
        (
            "<!DOCTYPE r [<!ENTITY a \"b\">]><receipt><text>&a;</text></receipt>",
            "the markup cannot be read",
        ),
        ("<html/>", "a template is one <receipt>"),
        ("<receipt><else/></receipt>", "<else> follows an <if>"),
    ] {
        let message = refused(template, &no_data);
        assert!(message.contains(expected), "{template}: {message}");
    }
    let wrong = json!({"a": "x", "d": "yesterday", "o": {}});
    for (template, expected) in [
        (
            "<receipt><text>{a | number}</text></receipt>",
            "the value of \"a\" is no number",
        ),
        (
            "<receipt><text>{d | date}</text></receipt>",
            "the value of \"d\" is no date",
        ),
        (
            "<receipt><text>{o}</text></receipt>",
            "is no text or number",
        ),
        ("<receipt><each in=\"a\" as=\"i\"/></receipt>", "is no list"),
        (
            "<receipt><text>{a | default \"0\" | currency}</text></receipt>",
            "the currency",
        ),
    ] {
        let message = refused(template, &wrong);
        assert!(message.contains(expected), "{template}: {message}");
    }
}

#[test]
fn what_wants_too_much_is_refused() {
    let many: Vec<u32> = (0..1000).collect();
    let data = json!({ "many": many, "long": "x".repeat(10_000) });
    let deep = format!("{}{}", "<group>".repeat(40), "</group>".repeat(40));
    let loops = "<each in=\"many\" as=\"a\"><each in=\"many\" as=\"b\"><rule/></each></each>";
    let text = "<each in=\"many\" as=\"a\"><text>{long}</text></each>";
    let nodes = "<rule/>".repeat(20_000);
    let octets = " ".repeat(300_000);
    for body in [deep.as_str(), loops, text, &nodes, &octets] {
        let template = format!("<receipt>{body}</receipt>");
        let error = job(&template, &data, &Profile::default()).expect_err("too much");
        assert!(
            matches!(
                error.problem,
                Problem::TooLong { .. } | Problem::Syntax { .. }
            ),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the markup, it is read or refused.
    #[test]
    fn any_markup_is_read_or_refused(
        parts in proptest::collection::vec(prop_oneof![
            Just("<receipt>".to_owned()), Just("</receipt>".to_owned()),
            Just("<text>".to_owned()), Just("</text>".to_owned()),
            Just("<row><col width=\"3\">".to_owned()), Just("</col></row>".to_owned()),
            Just("<each in=\"a\" as=\"b\">".to_owned()), Just("</each>".to_owned()),
            Just("<if test=\"a = 'b' and not c\">".to_owned()), Just("</if>".to_owned()),
            Just("<else>".to_owned()), Just("</else>".to_owned()),
            Just("{a.b | number 2}".to_owned()), Just("<br/>".to_owned()),
            "[ -~]{0,6}", any::<String>(),
        ], 0..20),
    ) {
        let source = parts.concat();
        if let Ok(template) = Template::parse(&source) {
            let data = json!({"a": [1, {"b": "x"}], "c": null});
            drop(template.fill(&data, &Settings::default()));
        }
    }

    /// Data are text: whatever they say, they command no printer.
    #[test]
    fn data_never_become_markup_or_commands(value in any::<String>(), extra in "[ -~]{0,20}") {
        let template = "<receipt><text>{v} <b>{v}</b></text><row><col>{v}</col></row></receipt>";
        let value = format!("{value}<cut/>{{x}}\u{1b}p\0\x19\x19{extra}");
        let job = job(template, &json!({ "v": value }), &Profile::default()).expect("a receipt");
        let mut inspector = Inspector::new();
        inspector.feed(&job);
        let findings = inspector.finish().findings;
        prop_assert!(findings.is_empty(), "{findings:?}");
        let text = render_text(&job, &Profile::default());
        prop_assert!(!text.contains("[cut]") && !text.contains("[drawer"), "{text}");
    }
}
