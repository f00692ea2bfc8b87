//! Profiles by name: the models of `profiles/models.tsv`, which come from an
//! open data base (see `profiles/README.md`).
//!
//! `default` and `epson` are no model but what most jobs are written for:
//! 80 mm paper and the pages of `ESC t` in Epson's numbering.

use std::borrow::Cow;

use super::{Cell, Feature, Profile};
use crate::code_table::CodeTable;

const MODELS: &str = include_str!("../../profiles/models.tsv");
const CODE_TABLES: &str = include_str!("../../profiles/code_tables.tsv");

/// Names for what is no model.
const GENERIC: [&str; 2] = ["default", "epson"];

impl Profile {
    /// The profile of this name, in capitals or not.
    ///
    /// ```
    /// use platen_receipt::Profile;
    ///
    /// let model = Profile::named("tm-t88v").expect("a known model");
    /// assert_eq!((model.columns, model.width_dots), (42, 512));
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if GENERIC.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Some(Self::default());
        }
        rows(MODELS)
            .find(|row| {
                row.split('\t')
                    .next()
                    .is_some_and(|known| known.eq_ignore_ascii_case(name))
            })
            .and_then(model)
    }

    /// All names, the generic ones first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let models = rows(MODELS).filter_map(|row| row.split('\t').next());
        GENERIC.into_iter().chain(models)
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table
        .lines()
        .filter(|row| !row.is_empty() && !row.starts_with('#'))
}

fn model(row: &'static str) -> Option<Profile> {
    let mut fields = row.split('\t');
    let name = fields.next()?;
    let maker = fields.next()?;
    let mut columns = fields.next()?.split(' ').map_while(|n| n.parse().ok());
    let width_dots: u16 = fields.next()?.parse().ok()?;
    let dots_per_inch = fields.next()?.parse().ok()?;
    let features = fields.next()?.split(' ').filter_map(Feature::named);

    let mut profile = Profile::new(columns.next()?, width_dots);
    profile.name = Cow::Borrowed(name);
    profile.maker = Cow::Borrowed(maker);
    profile.dots_per_inch = dots_per_inch;
    profile.features = features.collect();
    for (font, columns) in [&mut profile.font_b, &mut profile.font_c]
        .into_iter()
        .zip(columns)
    {
        *font = Cell {
            width_dots: (width_dots / columns).max(1),
            ..*font
        };
    }
    profile.code_tables = Cow::Owned(code_tables(name)?);
    Some(profile)
}

fn code_tables(model: &str) -> Option<Vec<(u8, CodeTable)>> {
    let (_, tables) = rows(CODE_TABLES)
        .filter_map(|row| row.split_once('\t'))
        .find(|(name, _)| *name == model)?;
    let table = |entry: &str| {
        let (number, name) = entry.split_once('=')?;
        let known = CodeTable::ALL.iter().find(|table| table.name() == name)?;
        Some((number.parse().ok()?, *known))
    };
    tables.split(' ').map(table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_of_the_table_is_a_profile() {
        let names: Vec<&str> = Profile::names().collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            let profile = Profile::named(name).unwrap_or_else(|| panic!("{name} is no profile"));
            let row_dots = profile.columns * profile.font_a.width_dots;
            assert!(row_dots <= profile.width_dots, "{name}");
            assert!(profile.code_table(0).is_some(), "{name}");
        }
        assert_eq!(Profile::named("no such printer"), None);
    }

    #[test]
    fn every_feature_of_the_table_is_known() {
        for row in rows(MODELS) {
            let features = row.split('\t').nth(5).expect("six fields");
            for name in features.split(' ') {
                assert!(Feature::named(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_models_pages_have_its_makers_numbers() {
        let star = Profile::named("TSP600").expect("a known model");
        assert_eq!(star.code_table(4), Some(CodeTable::Cp858));
        assert!(
            !Profile::named("POS-5890")
                .expect("a known model")
                .has(Feature::FullCut)
        );
    }
}
