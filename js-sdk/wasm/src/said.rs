//! What JavaScript says, as JSON, taken field by field.
//!
//! Values are read into one type and taken out of it by hand: a reader of
//! serde's for each struct would be a tenth of the module. A field that nobody
//! took is misspelled, and refused.

use serde_json::{Map, Value};

use crate::fault::{Code, Fault};

/// An object, and what it is, for those who hear of a mistake in it.
#[derive(Debug)]
pub(crate) struct Said {
    what: &'static str,
    fields: Map<String, Value>,
    known: Vec<&'static str>,
}

/// Something a field can hold.
pub(crate) trait Meaning: Sized {
    /// What it is called in messages.
    const WANTED: &'static str;

    /// The meaning of a value, if it has one.
    fn of(value: Value) -> Option<Self>;
}

impl Meaning for String {
    const WANTED: &'static str = "a text";

    fn of(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl Meaning for Vec<Value> {
    const WANTED: &'static str = "a list";

    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }
}

impl Meaning for bool {
    const WANTED: &'static str = "true or false";

    fn of(value: Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Meaning for u8 {
    const WANTED: &'static str = "a whole number from 0 to 255";

    fn of(value: Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Meaning for u16 {
    const WANTED: &'static str = "a whole number from 0 to 65535";

    fn of(value: Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Meaning for u32 {
    const WANTED: &'static str = "a whole number from 0 to 4294967295";

    fn of(value: Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

/// Reads JSON.
pub(crate) fn value(what: &str, json: &str) -> Result<Value, Fault> {
    serde_json::from_str(json).map_err(|error| Fault::request(what, &error))
}

impl Said {
    /// Reads an object.
    pub(crate) fn read(what: &'static str, json: &str) -> Result<Self, Fault> {
        Self::of(what, value(what, json)?)
    }

    /// Takes a value for an object.
    pub(crate) fn of(what: &'static str, value: Value) -> Result<Self, Fault> {
        match value {
            Value::Object(fields) => Ok(Self {
                what,
                fields,
                known: Vec::new(),
            }),
            _ => Err(Fault::new(
                Code::InvalidRequest,
                format!("{what}: it is no object"),
            )),
        }
    }

    /// The value of a field, where it has one.
    pub(crate) fn take<T: Meaning>(&mut self, field: &'static str) -> Result<Option<T>, Fault> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => match T::of(value) {
                Some(meant) => Ok(Some(meant)),
                None => Err(self.wrong(field, T::WANTED)),
            },
        }
    }

    /// The value of a field that must have one.
    pub(crate) fn needed<T: Meaning>(&mut self, field: &'static str) -> Result<T, Fault> {
        self.take(field)?
            .ok_or_else(|| self.wrong(field, T::WANTED))
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        field: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Fault> {
        let Some(said) = self.take::<String>(field)? else {
            return Ok(None);
        };
        match words.iter().find(|(word, _)| *word == said) {
            Some(&(_, meant)) => Ok(Some(meant)),
            None => {
                let words: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
                Err(self.wrong(field, &format!("one of {}", words.join(", "))))
            }
        }
    }

    /// Whatever a field holds.
    pub(crate) fn value(&mut self, field: &'static str) -> Option<Value> {
        self.known.push(field);
        self.fields.remove(field).filter(|value| !value.is_null())
    }

    /// That nothing was said that nobody asked for.
    pub(crate) fn no_more(self) -> Result<(), Fault> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(unknown) => Err(Fault::new(
                Code::InvalidRequest,
                format!(
                    "{}: there is no {unknown:?}; there are {}",
                    self.what,
                    self.known.join(", ")
                ),
            )),
        }
    }

    /// A field that says something else than it can.
    pub(crate) fn wrong(&self, field: &str, wanted: &str) -> Fault {
        Fault::new(
            Code::InvalidRequest,
            format!("{}: {field} must be {wanted}", self.what),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_and_what_is_left_is_refused() {
        let read = |json| Said::read("the options", json);
        let mut said = read(r#"{"columns":32,"dots":null,"name":"x"}"#).expect("an object");
        assert_eq!(said.take::<u16>("columns"), Ok(Some(32)));
        assert_eq!(said.take::<u16>("dots"), Ok(None));
        let fault = said.no_more().expect_err("the name is left");
        assert_eq!(
            fault.message,
            "the options: there is no \"name\"; there are columns, dots"
        );
        assert!(read("[]").is_err_and(|fault| fault.message.ends_with("it is no object")));
        assert!(read("{").is_err_and(|fault| fault.message.starts_with("the options: EOF")));
    }

    #[test]
    fn a_value_that_a_field_cannot_have_is_said_with_what_it_can() {
        let mut said = Said::read("it", r#"{"columns":70000,"rule":"wavy"}"#).expect("an object");
        let fault = said.take::<u16>("columns").expect_err("too many");
        assert_eq!(
            fault.message,
            "it: columns must be a whole number from 0 to 65535"
        );
        let fault = said
            .word("rule", &[("single", 1), ("double", 2)])
            .expect_err("none");
        assert_eq!(fault.message, "it: rule must be one of single, double");
        assert!(said.needed::<bool>("bold").is_err());
    }
}
