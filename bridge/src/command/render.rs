//! `platen render`: a receipt template and data to a job, without the agent.

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, anyhow, bail};
use platen_receipt::image::GrayPicture;
use platen_receipt::markup::{Settings, Template};
use platen_receipt::{Fonts, encode};

use super::arguments::Render;
use super::output::tell;
use super::{Exit, Failure, input};

pub(super) fn run(order: &Render) -> Result<Exit, Failure> {
    let stdin = |file: &std::path::Path| file.as_os_str() == "-";
    if stdin(&order.template) && stdin(&order.data) {
        return Err(anyhow!("only one of template and data can be standard input").into());
    }
    let job = job(order)?;
    match &order.out {
        Some(file) => std::fs::write(file, job)
            .with_context(|| format!("{} cannot be written", file.display()))?,
        None => to_standard_output(&job)?,
    }
    Ok(Exit::Done)
}

fn job(order: &Render) -> anyhow::Result<Vec<u8>> {
    let template = String::from_utf8(input::read(&order.template)?)
        .with_context(|| format!("{} is not UTF-8", order.template.display()))?;
    let data = serde_json::from_slice(&input::read(&order.data)?)
        .with_context(|| format!("{} is not JSON", order.data.display()))?;
    let mut settings = Settings::default();
    settings.locale.clone_from(&order.locale);
    settings.currency.clone_from(&order.currency);
    for (name, file) in &order.pictures {
        let picture =
            GrayPicture::read(&input::read(file)?).with_context(|| file.display().to_string())?;
        settings.pictures.insert(name.clone(), picture);
    }
    let receipt = Template::parse(&template)
        .and_then(|template| template.fill(&data, &settings))
        .with_context(|| order.template.display().to_string())?;
    let composed = receipt.compose(&order.model.profile(), Fonts::complete());
    if !composed.missing.is_empty() {
        tell(format!(
            "neither the printer nor a font has these characters, boxes stand for them: {}",
            composed.missing
        ));
    }
    Ok(encode(&composed.commands))
}

/// A job is for printers: it would steer a terminal.
fn to_standard_output(job: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        bail!("a print job is not for a terminal; name a file with --out, or pipe it");
    }
    out.write_all(job)
        .and_then(|()| out.flush())
        .context("standard output cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Cli, Verb};
    use clap::Parser as _;
    use platen_receipt::{Profile, render_text};

    /// Renders a template and gives the text on paper, or what was said.
    fn rendered(template: &str, data: &str, options: &[&str]) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(file("t.xml"), template).expect("a file");
        std::fs::write(file("d.json"), data).expect("a file");
        let line = [
            "platen",
            "render",
            &file("t.xml"),
            &file("d.json"),
            "--out",
            &file("o"),
        ];
        let cli =
            Cli::try_parse_from(line.iter().chain(options)).map_err(|error| error.to_string())?;
        let Verb::Render(order) = cli.verb else {
            panic!("a rendering")
        };
        run(&order).map_err(|failure| failure.to_string())?;
        let job = std::fs::read(file("o")).expect("the job");
        Ok(render_text(&job, &Profile::default()))
    }

    #[test]
    fn a_template_and_data_become_a_job() {
        let template = "<receipt><text>{name}: {price | currency}</text><cut/></receipt>";
        assert_eq!(
            rendered(
                template,
                r#"{"name": "Käse", "price": 12.5}"#,
                &["--locale", "de", "--currency", "EUR"]
            ),
            Ok("Käse: 12,50 €\n[cut]\n".to_owned())
        );
    }

    #[test]
    fn a_picture_is_given_beside_the_data() {
        let folder = tempfile::tempdir().expect("a folder");
        let logo = folder.path().join("logo.png");
        let dots = platen_receipt::image::Bitmap::from_rows(8, 2, vec![0xFF, 0x81]);
        std::fs::write(&logo, platen_receipt::draw::png(&dots)).expect("a file");
        let template = r#"<receipt><image src="logo"/></receipt>"#;
        let option = format!("logo={}", logo.display());
        assert_eq!(
            rendered(template, "{}", &["--picture", &option]),
            Ok("[image 8x2]\n".to_owned())
        );
        let said = rendered(template, "{}", &[]).expect_err("no picture");
        assert!(said.contains("no picture \"logo\""), "{said}");
    }

    #[test]
    fn a_mistake_is_said_with_file_line_and_column() {
        let said = rendered("<receipt>\n <text>{name}</text>\n</receipt>", "{}", &[])
            .expect_err("no name");
        assert!(
            said.contains("t.xml: line 2, column 8: the data have no"),
            "{said}"
        );
        let said = rendered("<receipt/>", "{", &[]).expect_err("no data");
        assert!(said.contains("d.json is not JSON"), "{said}");
    }
}
