//! Which of the known printer models a device is, by what it says of itself.
//!
//! A suggestion for a person, and what a printer is added with when nobody says
//! otherwise. A word must be there whole: a `TM-T88V` is in `EPSON TM-T88V`
//! and not in `TM-T88VI`, unless we know that both print the same.

use platen_receipt::Profile;

/// Models that no profile is named for, and the one whose paper, fonts and
/// character sets they share.
const SAME_AS: &[(&str, &str)] = &[
    // 80 mm at 180 dpi, 42 columns, as the TM-T88V.
    ("TM-T88III", "TM-T88IV"),
    ("TM-T88VI", "TM-T88V"),
    ("TM-T88VII", "TM-T88V"),
    ("TM-T70", "TM-T88V"),
    ("TM-T70II", "TM-T88V"),
    // 80 mm at 203 dpi, 48 columns, as the TM-T20II.
    ("TM-T20", "TM-T20II"),
    ("TM-T20III", "TM-T20II"),
    ("TM-T20IIIL", "TM-T20II"),
    ("TM-T20X", "TM-T20II"),
    ("TM-T82", "TM-T20II"),
    ("TM-T82II", "TM-T20II"),
    ("TM-T82III", "TM-T20II"),
    ("TM-T82X", "TM-T20II"),
    ("TM-T83III", "TM-T20II"),
    ("TM-T100", "TM-T20II"),
    ("TM-m30", "TM-T20II"),
    ("TM-m30II", "TM-T20II"),
    ("TM-m30III", "TM-T20II"),
    ("TM-m50", "TM-T20II"),
    ("TM-P80II", "TM-P80"),
    ("TM-U220A", "TM-U220"),
    ("TM-U220B", "TM-U220"),
    ("TM-U220D", "TM-U220"),
    ("TM-U220II", "TM-U220"),
    ("TM-L90LL", "TM-L90"),
    // Printers on the bulk market, 58 mm.
    ("POS58", "POS-5890"),
    ("POS-58", "POS-5890"),
    ("ZJ-58", "POS-5890"),
    ("ZJ-5890", "POS-5890"),
    ("TSP613", "TSP600"),
    ("TSP643", "TSP600"),
    ("TSP650", "TSP600"),
    ("TSP654", "TSP600"),
    ("TSP650II", "TSP600"),
    ("TSP654II", "TSP600"),
    ("SP2520", "SP2000"),
    ("SP2560", "SP2000"),
];

/// The name of the profile for a device that says this of itself: its model in
/// the words of its sources, the best first.
#[must_use]
pub fn recognize<'a>(said: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    said.into_iter().find_map(in_words)
}

fn in_words(said: &str) -> Option<&'static str> {
    let said = letters(said);
    let named = Profile::names()
        .filter(|name| Profile::named(name).is_some_and(|profile| !profile.maker.is_empty()))
        .map(|name| (name, name));
    named
        .chain(SAME_AS.iter().copied())
        .filter(|(model, _)| is_word_of(&letters(model), &said))
        // Of several, the one that says most.
        .max_by_key(|(model, _)| model.len())
        .map(|(_, profile)| profile)
}

/// Letters and digits only, in lowercase: makers write `TM-T88V`, `TM T88V` and
/// `TM_T88V`. A blank stands where anything else stood.
fn letters(text: &str) -> String {
    let spaced: String = text
        .chars()
        .take(crate::text::TEXT_CHARACTERS_MAX)
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the words of the model stand in what was said, one after the other,
/// also where blanks are left out.
fn is_word_of(model: &str, said: &str) -> bool {
    let tight: String = model.split(' ').collect();
    let words: Vec<&str> = said.split(' ').collect();
    (0..words.len()).any(|from| {
        let mut joined = String::new();
        for word in &words[from..] {
            joined.push_str(word);
            if joined == tight {
                return true;
            }
            if !tight.starts_with(&joined) {
                return false;
            }
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::device_id::DeviceId;

    #[test]
    fn what_printers_say_of_themselves_is_matched_to_a_profile() {
        for (said, expected) in [
            // Device ids, by USB and 1284.
            (
                "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;DES:EPSON TM-T88V;",
                Some("TM-T88V"),
            ),
            (
                "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;",
                Some("TM-T20II"),
            ),
            (
                "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88VI;CLS:PRINTER;",
                Some("TM-T88V"),
            ),
            (
                "MFG:EPSON;CMD:ESC/POS;MDL:TM-m30III;CLS:PRINTER;",
                Some("TM-T20II"),
            ),
            ("MFG:EPSON;MDL:TM-U220B;", Some("TM-U220")),
            ("MFG:CITIZEN;MDL:CT-S651;CMD:ESC/POS;", Some("CT-S651")),
            ("MFG:Star;MDL:TSP654 (STR_T-001);CMD:STAR;", Some("TSP600")),
            (
                "MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC ZT411-203dpi ZPL;",
                None,
            ),
            // SNMP and DNS-SD, in words.
            ("EPSON TM-T88V", Some("TM-T88V")),
            ("EPSON TM T88IV Ver 1.0", Some("TM-T88IV")),
            ("Epson TM_L90", Some("TM-L90")),
            (
                "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153",
                None,
            ),
            ("Brother HL-L2350DW series", None),
            // `GS I`.
            ("TM-T20", Some("TM-T20II")),
            ("TM-T88IIIP", None),
            ("POS58 Printer", Some("POS-5890")),
            ("RP-F10-80mm", Some("RP-F10-80mm")),
            ("", None),
            ("TM", None),
            ("default", None),
            ("epson", None),
        ] {
            let id = DeviceId::read(said.as_bytes());
            let words = id.model.iter().chain(&id.description).map(String::as_str);
            let found = recognize(words.chain((!said.contains(':')).then_some(said)));
            assert_eq!(found, expected, "{said}");
        }
    }

    #[test]
    fn every_profile_is_recognized_by_its_own_name_and_every_kin_exists() {
        for (model, profile) in SAME_AS {
            assert!(Profile::named(profile).is_some(), "{profile}");
            assert_eq!(recognize([*model]), Some(*profile), "{model}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_recognized_or_not(text in ".{0,300}") {
            if let Some(name) = recognize([text.as_str()]) {
                prop_assert!(Profile::named(name).is_some());
            }
        }
    }
}
