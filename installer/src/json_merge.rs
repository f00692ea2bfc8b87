//! Adds to a JSON object of somebody else, and takes exactly that out again.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Added {
    /// A key that was not there, empty at first.
    Key {
        /// The keys that lead to it, itself last.
        path: Vec<String>,
    },
    /// An item of a list.
    Item {
        /// The keys that lead to the list.
        path: Vec<String>,
        /// The item.
        value: Value,
    },
}

impl fmt::Display for Added {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { path } => formatter.write_str(&path.join(".")),
            Self::Item { path, value } => write!(formatter, "{} {value}", path.join(".")),
        }
    }
}

/// Why nothing can be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MergeError {
    #[error("it is no JSON ({0}); correct or remove it")]
    NotJson(String),
    #[error("{0} in it is something else than expected; correct it")]
    Shape(String),
}

/// A JSON object in a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    root: Value,
    added: Vec<Added>,
}

impl Document {
    /// Reads one; nothing at all is an empty object.
    pub(crate) fn read(octets: Option<&[u8]>) -> Result<Self, MergeError> {
        let root = match octets {
            None => Value::Object(Map::new()),
            Some(octets) => serde_json::from_slice(octets)
                .map_err(|error| MergeError::NotJson(error.to_string()))?,
        };
        if !root.is_object() {
            return Err(MergeError::Shape("the whole".to_owned()));
        }
        Ok(Self {
            root,
            added: Vec::new(),
        })
    }

    /// Adds an item to the list at `path`, unless it is in it; makes the list,
    /// and the objects that lead to it, where they are missing.
    pub(crate) fn add_item(&mut self, path: &[&str], value: Value) -> Result<(), MergeError> {
        let mut place = &mut self.root;
        for (depth, key) in path.iter().enumerate() {
            let here: Vec<String> = path[..=depth].iter().map(|&key| key.to_owned()).collect();
            let Value::Object(object) = place else {
                return Err(MergeError::Shape(path[..depth].join(".")));
            };
            place = object.entry(*key).or_insert_with(|| {
                self.added.push(Added::Key { path: here });
                if depth + 1 == path.len() {
                    Value::Array(Vec::new())
                } else {
                    Value::Object(Map::new())
                }
            });
        }
        let Value::Array(list) = place else {
            return Err(MergeError::Shape(path.join(".")));
        };
        if !list.contains(&value) {
            list.push(value.clone());
            self.added.push(Added::Item {
                path: path.iter().map(|&key| key.to_owned()).collect(),
                value,
            });
        }
        Ok(())
    }

    /// Takes out what was added, as far as it is still there.
    pub(crate) fn take_out(&mut self, added: &[Added]) {
        for one in added.iter().rev() {
            match one {
                Added::Item { path, value } => {
                    if let Some(Value::Array(list)) = self.at(path)
                        && let Some(place) = list.iter().position(|item| item == value)
                    {
                        list.remove(place);
                    }
                }
                Added::Key { path } => {
                    let Some((key, to)) = path.split_last() else {
                        continue;
                    };
                    if let Some(Value::Object(object)) = self.at(to)
                        && object.get(key).is_some_and(is_empty)
                    {
                        object.remove(key);
                    }
                }
            }
        }
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        is_empty(&self.root)
    }

    /// What was added since it was read.
    pub(crate) fn added(&self) -> &[Added] {
        &self.added
    }

    /// As the contents of a file.
    pub(crate) fn to_octets(&self) -> Vec<u8> {
        format!("{:#}\n", self.root).into_bytes()
    }

    fn at(&mut self, path: &[String]) -> Option<&mut Value> {
        path.iter()
            .try_fold(&mut self.root, |place, key| place.get_mut(key.as_str()))
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INSTALL: [&str; 3] = ["policies", "Certificates", "Install"];

    fn document(value: &Value) -> Document {
        Document::read(Some(value.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn what_is_added_comes_out_again_and_nothing_else() {
        let check = |before: Value| {
            let mut merged = document(&before);
            merged.add_item(&INSTALL, json!("ours")).unwrap();
            let added = merged.added().to_vec();
            let mut after = document(&merged.root);
            after.take_out(&added);
            assert_eq!(after.root, before);
        };
        check(json!({}));
        check(json!({"policies": {}}));
        check(json!({"policies": {"Certificates": {"Install": []}}}));
        check(json!({"policies": {"Certificates": {"Install": ["theirs"], "x": 1}}, "y": 2}));
    }

    #[test]
    fn what_others_added_since_stays() {
        let mut merged = document(&json!({}));
        merged.add_item(&INSTALL, json!("ours")).unwrap();
        let added = merged.added().to_vec();
        let mut changed = document(&json!({
            "policies": {"Certificates": {"Install": ["theirs", "ours"]}, "DisableTelemetry": true}
        }));
        changed.take_out(&added);
        assert_eq!(
            changed.root,
            json!({"policies": {"Certificates": {"Install": ["theirs"]}, "DisableTelemetry": true}})
        );
    }

    #[test]
    fn what_is_there_already_is_not_added_and_so_not_taken_out() {
        let before = json!({"policies": {"Certificates": {"Install": ["ours"]}}});
        let mut merged = document(&before);
        merged.add_item(&INSTALL, json!("ours")).unwrap();
        assert!(merged.added().is_empty());
    }

    #[test]
    fn what_has_another_shape_is_refused() {
        for before in [
            json!({"policies": []}),
            json!({"policies": {"Certificates": 1}}),
        ] {
            assert!(
                document(&before).add_item(&INSTALL, json!("x")).is_err(),
                "{before}"
            );
        }
        assert!(Document::read(Some(b"[]")).is_err());
        assert!(Document::read(Some(b"{ // no\n}")).is_err());
    }
}
