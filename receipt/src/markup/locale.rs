//! How people of a place write numbers, money and dates.
//!
//! The tables are in `locale_table`; here is what a row means, and how text is
//! made of it. Nothing asks the operating system.

use super::decimal::Decimal;
use super::locale_table::{CURRENCIES, LOCALES};

/// How one place writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Locale {
    /// `de-CH`.
    pub(super) tag: &'static str,
    pub(super) decimal: &'static str,
    pub(super) group: &'static str,
    pub(super) minus: &'static str,
    /// Digits of the groups after the first, which has three: two in India.
    pub(super) second_group_digits: usize,
    /// Whether 1234 is grouped.
    pub(super) groups_four_digits: bool,
    /// The same for money: Austria and Switzerland have others.
    pub(super) money_decimal: &'static str,
    pub(super) money_group: &'static str,
    /// `#` is the number, `¤` the currency.
    pub(super) money: &'static str,
    pub(super) money_negative: &'static str,
    /// `d`, `m`, `y`, `M` (the name); two letters are two digits; words are
    /// between apostrophes.
    pub(super) date: &'static str,
    pub(super) date_long: &'static str,
    /// `H` up to 23, `h` up to 12, `nn` minutes, `a` half of the day.
    pub(super) time: &'static str,
    pub(super) months: [&'static str; 12],
    pub(super) day_periods: [&'static str; 2],
}

/// A currency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Currency {
    /// `EUR`.
    pub(super) code: &'static str,
    pub(super) symbol: &'static str,
    /// Digits after the point.
    pub(super) digits: usize,
}

impl Locale {
    /// The locale with this tag, or the usual one of its language.
    pub(super) fn named(tag: &str) -> Option<&'static Self> {
        let exact = LOCALES
            .iter()
            .find(|locale| locale.tag.eq_ignore_ascii_case(tag));
        exact.or_else(|| {
            let language = tag.split(['-', '_']).next()?;
            let of_language = || {
                LOCALES.iter().filter(move |locale| {
                    locale
                        .tag
                        .split('-')
                        .next()
                        .is_some_and(|own| own.eq_ignore_ascii_case(language))
                })
            };
            // `de` means `de-DE`; English has no such country.
            let usual = |locale: &&Self| {
                locale.tag == "en-US"
                    || locale
                        .tag
                        .split_once('-')
                        .is_some_and(|(own, country)| own.eq_ignore_ascii_case(country))
            };
            of_language().find(usual).or_else(|| of_language().next())
        })
    }

    /// A number with so many digits after the point, or with those it has.
    pub(super) fn number(&self, number: &Decimal, digits: Option<usize>) -> String {
        let number = digits.map_or_else(|| number.clone(), |digits| number.rounded(digits));
        let mut text = String::new();
        if number.is_negative() {
            text.push_str(self.minus);
        }
        push_digits(&mut text, &number, &self.grouping(self.decimal, self.group));
        text
    }

    /// An amount of money.
    pub(super) fn money(&self, number: &Decimal, currency: &Currency) -> String {
        let number = number.rounded(currency.digits);
        let pattern = if number.is_negative() {
            self.money_negative
        } else {
            self.money
        };
        // Letters do not touch digits, where symbols do: $5, but CHF 5.
        let letters = currency.symbol.ends_with(char::is_alphabetic);
        let spaced = [
            pattern.replace("¤#", "¤\u{a0}#"),
            pattern.replace("#¤", "#\u{a0}¤"),
        ];
        let pattern = match spaced {
            [before, _] if letters && before != pattern => before,
            [_, after] if letters && after != pattern => after,
            _ => pattern.to_owned(),
        };
        let mut text = String::new();
        for character in pattern.chars() {
            match character {
                '#' => push_digits(
                    &mut text,
                    &number,
                    &self.grouping(self.money_decimal, self.money_group),
                ),
                '¤' => text.push_str(currency.symbol),
                '-' => text.push_str(self.minus),
                other => text.push(other),
            }
        }
        text
    }

    fn grouping(&self, decimal: &'static str, group: &'static str) -> Grouping {
        Grouping {
            decimal,
            group,
            second_group_digits: self.second_group_digits,
            groups_four_digits: self.groups_four_digits,
        }
    }

    /// A moment by one of the patterns of this locale.
    pub(super) fn moment(&self, moment: &Moment, pattern: &str) -> String {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some(first) = rest.chars().next() {
            if let Some(quoted) = rest.strip_prefix('\'') {
                let (word, after) = quoted.split_once('\'').unwrap_or((quoted, ""));
                text.push_str(word);
                rest = after;
                continue;
            }
            let token_end = rest
                .find(|character| character != first)
                .unwrap_or(rest.len());
            let (token, after) = rest.split_at(token_end);
            rest = after;
            let hour_of_half = (moment.hour + 11) % 12 + 1;
            match token {
                "d" => text.push_str(&moment.day.to_string()),
                "dd" => text.push_str(&format!("{:02}", moment.day)),
                "m" => text.push_str(&moment.month.to_string()),
                "mm" => text.push_str(&format!("{:02}", moment.month)),
                "M" => text.push_str(self.months[usize::from(moment.month) - 1]),
                "y" => text.push_str(&moment.year.to_string()),
                "H" => text.push_str(&moment.hour.to_string()),
                "HH" => text.push_str(&format!("{:02}", moment.hour)),
                "h" => text.push_str(&hour_of_half.to_string()),
                "hh" => text.push_str(&format!("{hour_of_half:02}")),
                "nn" => text.push_str(&format!("{:02}", moment.minute)),
                "a" => text.push_str(self.day_periods[usize::from(moment.hour >= 12)]),
                literal => text.push_str(literal),
            }
        }
        text
    }
}

/// What stands between digits.
struct Grouping {
    decimal: &'static str,
    group: &'static str,
    second_group_digits: usize,
    groups_four_digits: bool,
}

fn push_digits(text: &mut String, number: &Decimal, by: &Grouping) {
    let (whole, fraction) = number.parts();
    let grouped = whole.len() > 4 || (whole.len() == 4 && by.groups_four_digits);
    for (at, digit) in whole.chars().enumerate() {
        let right = whole.len() - at;
        let ends_group = right >= 3 && (right - 3).is_multiple_of(by.second_group_digits);
        if grouped && at > 0 && ends_group {
            text.push_str(by.group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push_str(by.decimal);
        text.push_str(fraction);
    }
}

impl Currency {
    /// The currency with this code (ISO 4217).
    pub(super) fn named(code: &str) -> Option<&'static Self> {
        CURRENCIES.iter().find(|currency| currency.code == code)
    }
}

/// A date and a time, as a receipt shows them: no zone, no arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
}

impl Moment {
    /// Reads ISO 8601: `2026-03-07` or `2026-03-07T15:04`, with or without
    /// seconds and zone. What the clock showed there is what is printed.
    pub(super) fn read(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| -> Option<u8> {
            let digits = text.get(range)?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let mark = |at: usize, mark: u8| text.as_bytes().get(at) == Some(&mark);
        let (century, year) = (number(0..2)?, number(2..4)?);
        let (month, day) = (number(5..7)?, number(8..10)?);
        if !mark(4, b'-')
            || !mark(7, b'-')
            || !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
        {
            return None;
        }
        let (hour, minute) = match text.as_bytes().get(10) {
            None => (0, 0),
            Some(b'T' | b't' | b' ') if mark(13, b':') => (number(11..13)?, number(14..16)?),
            Some(_) => return None,
        };
        (hour < 24 && minute < 60).then_some(Self {
            year: u16::from(century) * 100 + u16::from(year),
            month,
            day,
            hour,
            minute,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the CLDR of another implementation says of the same values.
    #[test]
    fn every_locale_writes_as_the_unicode_cldr_does() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/locales.json")).expect("JSON");
        let moment = Moment::read("2026-03-07T15:04:09Z").expect("a moment");
        let euro = Currency::named("EUR").expect("a currency");
        let mut locales = 0;
        for vector in vectors.as_array().expect("a list") {
            let tag = vector["locale"].as_str().expect("a tag");
            let locale = Locale::named(tag).expect("a locale");
            assert_eq!(locale.tag, tag);
            for (number, expected) in vector["numbers"].as_object().expect("numbers") {
                let digits = match number.as_str() {
                    "1234.5" => 1,
                    "-98765432.105" => 2,
                    _ => 0,
                };
                let number = Decimal::read(number).expect("a number");
                assert_eq!(locale.number(&number, Some(digits)), *expected, "{tag}");
            }
            for (number, expected) in vector["money"].as_object().expect("money") {
                let number = Decimal::read(number).expect("a number");
                // Switzerland writes its neighbors' money in letters.
                let expected = expected.as_str().expect("text").replace("EUR", "€");
                assert_eq!(locale.money(&number, euro), expected, "{tag}");
            }
            for (name, pattern) in [
                ("date", locale.date),
                ("date_long", locale.date_long),
                ("time", locale.time),
            ] {
                // Which of the narrow blanks it is, that program changes for the web.
                let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
                let expected = vector[name].as_str().expect("text");
                let written = locale.moment(&moment, pattern);
                assert_eq!(plain(&written), plain(expected), "{tag} {name}");
            }
            locales += 1;
        }
        assert_eq!(locales, LOCALES.len());
    }

    #[test]
    fn letters_of_a_currency_stand_apart_from_the_digits() {
        let five = Decimal::read("5").expect("a number");
        for (tag, code, expected) in [
            ("en-US", "USD", "$5.00"),
            ("en-US", "CHF", "CHF\u{a0}5.00"),
            ("de-CH", "CHF", "CHF\u{a0}5.00"),
            ("ja-JP", "JPY", "¥5"),
            ("da-DK", "DKK", "5,00\u{a0}kr"),
        ] {
            let (locale, currency) = (Locale::named(tag), Currency::named(code));
            let text = locale
                .zip(currency)
                .map(|(locale, currency)| locale.money(&five, currency));
            assert_eq!(text.as_deref(), Some(expected), "{tag}");
        }
    }

    #[test]
    fn a_language_means_its_usual_place() {
        for (tag, expected) in [
            ("de", "de-DE"),
            ("en", "en-US"),
            ("fr-LU", "fr-FR"),
            ("ja", "ja-JP"),
            ("pt", "pt-PT"),
            ("DE-ch", "de-CH"),
        ] {
            assert_eq!(Locale::named(tag).map(|locale| locale.tag), Some(expected));
        }
        assert!(Locale::named("tlh").is_none());
        assert!(Locale::named("").is_none());
    }

    #[test]
    fn only_dates_are_dates() {
        for text in [
            "2026-03-07",
            "2026-03-07 15:04",
            "2026-03-07T15:04:09.5+01:00",
        ] {
            assert!(Moment::read(text).is_some(), "{text}");
        }
        for text in [
            "",
            "today",
            "2026-13-01",
            "2026-3-7",
            "2026-03-07T25:00",
            "07.03.2026",
            "2026-03-0é",
        ] {
            assert!(Moment::read(text).is_none(), "{text}");
        }
    }
}
