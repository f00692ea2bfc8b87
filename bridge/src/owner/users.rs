//! Which users of the machine something is for: a grant or a printer.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::User;

/// Characters of a user's name or id.
const NAME_CHARACTERS_MAX: usize = 256;

/// The text names no user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no user; write a name as `id -un` shows it (Windows: `whoami`), or a number as `id -u` shows it (Windows: a SID)"
)]
pub struct UserNameError(String);

/// Whom something is for: everybody, or the users named.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Users(BTreeSet<String>);

impl Users {
    /// Everybody, also those of whom nobody knows who they are.
    #[must_use]
    pub fn everybody() -> Self {
        Self::default()
    }

    /// Those with these names or ids; none named: everybody.
    ///
    /// # Errors
    /// When one of them is no name.
    pub fn named(names: impl IntoIterator<Item = String>) -> Result<Self, UserNameError> {
        let mut named = BTreeSet::new();
        for name in names {
            let fits = !name.is_empty()
                && name.chars().count() <= NAME_CHARACTERS_MAX
                && !name.chars().any(|c| c.is_control() || c == ':' || c == ',');
            if !fits {
                return Err(UserNameError(name));
            }
            named.insert(name);
        }
        Ok(Self(named))
    }

    /// Whether it is for everybody.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is for `user`; nobody in particular is named by no list. What
    /// looks like an id is one, and never the name of another.
    #[must_use]
    pub fn admits(&self, user: Option<&User>) -> bool {
        if self.is_everybody() {
            return true;
        }
        user.is_some_and(|user| {
            self.0.contains(user.id())
                || (!is_like_an_id(user.name()) && self.0.contains(user.name()))
        })
    }
}

/// A number (Unix), or a SID (Windows).
fn is_like_an_id(name: &str) -> bool {
    name.bytes().all(|octet| octet.is_ascii_digit()) || name.starts_with("S-1-")
}

impl fmt::Display for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_everybody() {
            return f.write_str("everybody");
        }
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_admits_by_name_or_number_and_nobody_else() {
        let users = Users::named(["anna".to_owned(), "1001".to_owned()]).unwrap();
        for (user, expected) in [
            (Some(User::new("1000", Some("anna"))), true),
            (Some(User::new("1001", Some("ben"))), true),
            (Some(User::new("1001", None)), true),
            (Some(User::new("1002", Some("1001"))), false),
            (Some(User::new("1002", Some("Anna"))), false),
            (Some(User::new("S-1-5-21-1-2-3-1001", Some("anna"))), true),
            (None, false),
        ] {
            assert_eq!(users.admits(user.as_ref()), expected, "{user:?}");
            assert!(Users::everybody().admits(user.as_ref()));
        }
    }

    #[test]
    fn nobody_is_admitted_by_a_name_that_is_the_sid_of_another() {
        let users = Users::named(["S-1-5-21-1-2-3-1001".to_owned()]).unwrap();
        let other = User::new("S-1-5-21-1-2-3-1002", Some("S-1-5-21-1-2-3-1001"));
        assert!(!users.admits(Some(&other)));
        assert!(users.admits(Some(&User::new("S-1-5-21-1-2-3-1001", None))));
    }

    #[test]
    fn what_no_system_calls_a_user_is_refused() {
        for name in ["", "a:b", "a,b", "a\nb"] {
            assert!(Users::named([name.to_owned()]).is_err(), "{name:?}");
        }
        assert!(Users::named([]).unwrap().is_everybody());
    }
}
