//! Every fixture of the receipt crate in every form, as this machine's own
//! code makes it: what the module must make too, to the octet.
//!
//! One JSON array: name, job and printer of each fixture, and the SHA-256 of
//! each form. `js-sdk/wasm/tests/` compares.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::Digest;
use platen_receipt::draw::{draw, png, svg};
use platen_receipt::markup::{Settings, Template};
use platen_receipt::{
    Dialect, Facts, Fonts, Limits, Multibyte, Profile, document_html, document_text, encode,
};
use serde_json::{Value, json};

#[path = "../../../receipt/tests/jobs/mod.rs"]
mod jobs;
#[path = "../../../receipt/tests/jobs/looks.rs"]
mod looks;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = Vec::new();
    for path in files(&root.join("receipt/tests/cases"), "bin")? {
        let facts: Value = serde_json::from_slice(&fs::read(path.with_extension("json"))?)?;
        let input = &facts["input"];
        let number = |field: &str| input[field].as_u64().and_then(|n| u16::try_from(n).ok());
        let (columns, dots) = (number("columns"), number("dots"));
        let mut profile = Profile::new(columns.context("columns")?, dots.context("dots")?);
        profile.multibyte = input["multibyte"].as_str().map(multibyte).transpose()?;
        let name = format!("cases/{}", stem(&path));
        all.push(forms(&name, &fs::read(&path)?, profile));
    }
    for case in jobs::written() {
        let name = format!("jobs/{}", case.name);
        all.push(forms(&name, &case.job, case.profile));
    }
    for (name, job, profile) in looks::looks() {
        all.push(forms(&format!("looks/{name}"), &job, profile));
    }
    for path in files(&root.join("examples/receipts"), "xml")? {
        let markup = fs::read_to_string(&path)?;
        let data: Value = serde_json::from_slice(&fs::read(path.with_extension("json"))?)?;
        let receipt = Template::parse(&markup)?.fill(&data, &Settings::default())?;
        let profile = Profile::named("TM-T88V").context("a known model")?;
        let job = encode(&receipt.compose(&profile, Fonts::complete()).commands);
        let mut said = forms(&format!("templates/{}", stem(&path)), &job, profile);
        said["template"] = json!({ "markup": markup, "data": data });
        said["printer"] = json!({ "profile": "TM-T88V" });
        all.push(said);
    }
    println!("{}", Value::Array(all));
    Ok(())
}

/// The files of a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn multibyte(name: &str) -> Result<Multibyte> {
    [
        Multibyte::ShiftJis,
        Multibyte::Gb18030,
        Multibyte::Big5,
        Multibyte::KsC5601,
    ]
    .into_iter()
    .find(|&system| word(system) == name)
    .with_context(|| format!("{name} is no character system"))
}

fn word(system: Multibyte) -> &'static str {
    match system {
        Multibyte::ShiftJis => "shift_jis",
        Multibyte::Gb18030 => "gb18030",
        Multibyte::Big5 => "big5",
        Multibyte::KsC5601 => "ksc5601",
    }
}

/// What `platen preview` makes of a job.
fn forms(name: &str, job: &[u8], profile: Profile) -> Value {
    let limits = Limits::default();
    let printer = json!({
        "columns": profile.columns,
        "dots": profile.width_dots,
        "multibyte": profile.multibyte.map_or("none", word),
    });
    let dialect = Dialect::of(job);
    let profile = dialect.profile(profile);
    let document = dialect.document(job, &profile, limits);
    let text = document_text(&document, &profile, &limits);
    let drawing = draw(&document, &profile, Fonts::complete(), &limits);
    let digest = |octets: &[u8]| Digest::of(octets).to_string();
    json!({
        "name": name,
        "job": STANDARD.encode(job),
        "printer": printer,
        "forms": {
            "text": digest(text.as_bytes()),
            "html": digest(document_html(&document, &profile, &limits).as_bytes()),
            "facts": digest(Facts::of(&document, &profile, &limits).to_json().as_bytes()),
            "svg": digest(svg(&drawing.paper, &text).as_bytes()),
            "png": digest(&png(&drawing.paper)),
            "bits": digest(drawing.paper.rows()),
        },
    })
}
