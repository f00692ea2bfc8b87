//! What stands between braces and in `test`: paths, formats, comparisons.
//!
//! Values are looked up, compared and formatted, and nothing else: there is no
//! arithmetic, no function and no way to go on for long.

use std::borrow::Cow;

use serde_json::Value;

use super::decimal::Decimal;

/// Where a value is: `order.items.0.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

/// A piece of text with values in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// As it stands.
    Literal(String),
    /// A value, by its formats one after the other.
    Value { path: Path, formats: Vec<Format> },
}

/// How a value becomes text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    /// With so many digits after the point, or those it has.
    Number(Option<usize>),
    /// Money, in this currency or the receipt's.
    Currency(Option<String>),
    /// Hundredths.
    Percent(usize),
    /// The day.
    Date,
    /// The day, with the month's name.
    DateLong,
    /// The time of the day.
    Time,
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// This text where there is no value.
    Default(String),
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// There is such a value, and it is neither false, 0, empty nor null.
    Truth(Path),
    /// A comparison with something that stands here, or with another value.
    Compare(Path, Comparison, Operand),
    /// The opposite.
    Not(Box<Test>),
    /// All of them.
    All(Vec<Test>),
    /// One of them.
    Any(Vec<Test>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    Literal(Value),
    Path(Path),
}

/// Values by name: the innermost first.
pub(super) trait Names<'a> {
    /// The value of a first name.
    fn named(&self, name: &str) -> Option<Cow<'a, Value>>;
}

impl Path {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        let is_name = |name: &String| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'))
        };
        if names.iter().all(is_name) {
            Ok(Self(names))
        } else {
            Err(format!(
                "{text:?} is no name of a value; write it like shop.name"
            ))
        }
    }

    pub(super) fn find<'a>(&self, names: &impl Names<'a>) -> Option<Cow<'a, Value>> {
        let (first, rest) = self.0.split_first()?;
        let mut value = match names.named(first)? {
            Cow::Borrowed(value) => value,
            owned => return rest.is_empty().then_some(owned),
        };
        for name in rest {
            value = match value {
                Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                Value::Object(fields) => fields.get(name)?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
            };
        }
        Some(Cow::Borrowed(value))
    }

    pub(super) fn text(&self) -> String {
        self.0.join(".")
    }
}

impl Part {
    /// Reads text with values in braces; `{{` and `}}` are braces.
    pub(super) fn read_all(text: &str) -> Result<Vec<Self>, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let from_brace = &rest[at..];
            if let Some(after) = from_brace.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = from_brace.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if let Some(after) = from_brace.strip_prefix('{') {
                let (inside, after) = after
                    .split_once('}')
                    .ok_or("a { has no }; write {{ for a brace that is printed")?;
                if !literal.is_empty() {
                    parts.push(Self::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Self::read_value(inside)?);
                rest = after;
            } else {
                return Err("a } has no {; write }} for a brace that is printed".to_owned());
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Self::Literal(literal));
        }
        Ok(parts)
    }

    fn read_value(text: &str) -> Result<Self, String> {
        let mut pieces = split_outside_quotes(text, '|').into_iter();
        let path = Path::read(pieces.next().unwrap_or_default())?;
        let formats = pieces.map(Format::read).collect::<Result<_, _>>()?;
        Ok(Self::Value { path, formats })
    }
}

impl Format {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, argument) = match text.split_once(char::is_whitespace) {
            Some((name, argument)) => (name, Some(argument.trim())),
            None => (text, None),
        };
        let digits = |argument: &str| {
            argument
                .parse::<usize>()
                .ok()
                .filter(|&digits| digits <= 10)
                .ok_or(format!("{argument:?} is no count of digits; write 0 to 10"))
        };
        match (name, argument) {
            ("number", argument) => Ok(Self::Number(argument.map(digits).transpose()?)),
            ("percent", argument) => Ok(Self::Percent(argument.map_or(Ok(0), digits)?)),
            ("currency", code) => Ok(Self::Currency(code.map(str::to_owned))),
            ("date", None) => Ok(Self::Date),
            ("date", Some("long")) => Ok(Self::DateLong),
            ("time", None) => Ok(Self::Time),
            ("upper", None) => Ok(Self::Upper),
            ("lower", None) => Ok(Self::Lower),
            ("default", Some(argument)) => unquoted(argument)
                .map(|text| Self::Default(text.to_owned()))
                .ok_or("the text after default stands in quotes".to_owned()),
            _ => Err(format!(
                "there is no format {text:?}; there are number, currency, percent, date, date \
                 long, time, upper, lower and default"
            )),
        }
    }
}

impl Test {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let any = words_apart(text, "or");
        let all = |text: &str| -> Result<Self, String> {
            let tests = words_apart(text, "and");
            let tests: Vec<Self> = tests
                .into_iter()
                .map(Self::read_one)
                .collect::<Result<_, _>>()?;
            Ok(Self::All(tests))
        };
        let tests: Vec<Self> = any.into_iter().map(all).collect::<Result<_, _>>()?;
        Ok(Self::Any(tests))
    }

    fn read_one(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("not ") {
            return Ok(Self::Not(Box::new(Self::read_one(rest)?)));
        }
        for (sign, comparison) in [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if let [left, right] = split_once_outside_quotes(text, sign)[..] {
                return Ok(Self::Compare(
                    Path::read(left)?,
                    comparison,
                    Operand::read(right)?,
                ));
            }
        }
        Path::read(text).map(Self::Truth)
    }

    pub(super) fn holds<'a>(&self, names: &impl Names<'a>) -> bool {
        match self {
            Self::Truth(path) => path.find(names).is_some_and(|value| is_true(&value)),
            Self::Compare(path, comparison, operand) => {
                let left = path.find(names).unwrap_or(Cow::Owned(Value::Null));
                let right = match operand {
                    Operand::Literal(value) => Cow::Owned(value.clone()),
                    Operand::Path(path) => path.find(names).unwrap_or(Cow::Owned(Value::Null)),
                };
                comparison.holds(&left, &right)
            }
            Self::Not(test) => !test.holds(names),
            Self::All(tests) => tests.iter().all(|test| test.holds(names)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(names)),
        }
    }
}

impl Operand {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(quoted) = unquoted(text) {
            return Ok(Self::Literal(Value::String(quoted.to_owned())));
        }
        match text {
            "true" => Ok(Self::Literal(Value::Bool(true))),
            "false" => Ok(Self::Literal(Value::Bool(false))),
            "null" => Ok(Self::Literal(Value::Null)),
            number if Decimal::read(number).is_some() => {
                Ok(Self::Literal(Value::String(number.to_owned())))
            }
            path => Path::read(path).map(Self::Path),
        }
    }
}

impl Comparison {
    /// Numbers compare as numbers, also where one is written as text.
    fn holds(self, left: &Value, right: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match (decimal(left), decimal(right)) {
            (Some(left), Some(right)) => Some(left.compare(&right)),
            _ => match (left, right) {
                (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
                (left, right) if left == right => Some(Equal),
                _ => None,
            },
        };
        match self {
            Self::Equal => order == Some(Equal),
            Self::NotEqual => order != Some(Equal),
            Self::Less => order == Some(Less),
            Self::LessOrEqual => matches!(order, Some(Less | Equal)),
            Self::Greater => order == Some(Greater),
            Self::GreaterOrEqual => matches!(order, Some(Greater | Equal)),
        }
    }
}

/// A value as a number, also where it is written as text.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::read(&number.to_string()),
        Value::String(text) => Decimal::read(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

fn split_outside_quotes(text: &str, divider: char) -> Vec<&str> {
    let mut quote = None;
    text.split(move |character| {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => return false,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None => {}
        }
        quote.is_none() && character == divider
    })
    .collect()
}

/// Both sides of the first such sign, or the whole.
fn split_once_outside_quotes<'a>(text: &'a str, sign: &str) -> Vec<&'a str> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if text[at..].starts_with(sign) => {
                return vec![&text[..at], &text[at + sign.len()..]];
            }
            None => {}
        }
    }
    vec![text]
}

/// The pieces between words, such as `and`, that stand outside of quotes.
fn words_apart<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let spaced = format!(" {word} ");
    let mut pieces = Vec::new();
    let mut rest = text;
    while let [piece, after] = split_once_outside_quotes(rest, &spaced)[..] {
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    impl<'a> Names<'a> for &'a Value {
        fn named(&self, name: &str) -> Option<Cow<'a, Value>> {
            self.get(name).map(Cow::Borrowed)
        }
    }

    #[test]
    fn conditions_say_what_they_read_like() {
        let data = json!({
            "n": 3, "price": "12.50", "paid": true, "name": "A and B", "empty": "",
            "list": [1], "none": null, "nested": {"deep": [{"x": 1}]},
        });
        for (test, expected) in [
            ("paid", true),
            ("not paid", false),
            ("missing", false),
            ("not missing", true),
            ("empty or none", false),
            ("list and nested.deep.0.x", true),
            ("n > 2", true),
            ("n >= 3 and n <= 3", true),
            ("n != 3 or price < 13", true),
            ("price = 12.5", true),
            ("name = \"A and B\"", true),
            ("name = 'x' or name = 'A and B'", true),
            ("missing = null", true),
            ("paid = true", true),
            ("n = price", false),
        ] {
            let test = Test::read(test).unwrap_or_else(|error| panic!("{test}: {error}"));
            assert_eq!(test.holds(&&data), expected, "{test:?}");
        }
        for test in ["", "a b", "a =", "= 1", "a..b", "a = b c"] {
            assert!(Test::read(test).is_err(), "{test}");
        }
    }

    #[test]
    fn values_and_braces_stand_in_text() {
        let read = |text| Part::read_all(text).expect("text");
        assert_eq!(read("{{}}"), [Part::Literal("{}".to_owned())]);
        assert_eq!(read("").len(), 0);
        let parts = read("a {b.c | number 2 | default \"|\"}");
        assert_eq!(parts.len(), 2);
        for text in [
            "{",
            "}",
            "{}",
            "{a|magic}",
            "{a | default x}",
            "{a | number 99}",
        ] {
            assert!(Part::read_all(text).is_err(), "{text}");
        }
    }
}
