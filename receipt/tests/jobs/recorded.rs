//! The jobs of other libraries, from `cases/`, and what must be found in them.

use std::fs;
use std::path::Path;

use platen_receipt::{Multibyte, Profile};
use serde_json::Value;

/// A job, the printer it is for, and its facts.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) job: Vec<u8>,
    pub(crate) profile: Profile,
    pub(crate) expect: Value,
}

impl Recorded {
    /// The rows of text, as far as they are known.
    #[allow(dead_code)] // only where text is read
    pub(crate) fn rows(&self) -> Vec<String> {
        let rows = ["lines", "lines_min", "lines_any"].map(|field| self.expect[field].as_array());
        let rows = rows.into_iter().flatten().flatten();
        rows.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// All of them.
pub(crate) fn recorded() -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    fs::read_dir(folder)
        .expect("the folder of cases is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let facts: Value =
                serde_json::from_slice(&fs::read(&path).expect("facts")).expect("JSON");
            let input = &facts["input"];
            let number = |field: &str| {
                u16::try_from(input[field].as_u64().expect("a number")).expect("a small number")
            };
            let profile = Profile::new(number("columns"), number("dots"));
            let profile = match input["multibyte"].as_str() {
                Some("shift_jis") => profile.with_multibyte(Multibyte::ShiftJis),
                Some("gb18030") => profile.with_multibyte(Multibyte::Gb18030),
                Some("big5") => profile.with_multibyte(Multibyte::Big5),
                Some("ksc5601") => profile.with_multibyte(Multibyte::KsC5601),
                Some(_) | None => profile,
            };
            Recorded {
                name: facts["id"].as_str().expect("an id").to_owned(),
                job: fs::read(path.with_extension("bin")).expect("the job"),
                profile,
                expect: facts["expect"].clone(),
            }
        })
        .collect()
}
