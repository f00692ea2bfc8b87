//! What is measured of this library, and how fast it has to be.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use platen_receipt::build::{Align, Column, ReceiptBuilder, TextStyle};
use platen_receipt::draw::{draw_job, png, svg};
use platen_receipt::image::language::{PrinterLanguage, job};
use platen_receipt::image::{Dither, GrayPicture};
use platen_receipt::markup::{Settings, Template};
use platen_receipt::{Profile, encode, parse, render_text};
use serde_json::json;

use crate::fixture::{self, PICTURE_HEIGHT, PICTURE_WIDTH};
use crate::report::{Report, Task};

const OURS: &str = "Platen";

/// How long one task is repeated.
const REPEATED_FOR: Duration = Duration::from_millis(400);

/// The fastest tenth of many times, after a few to warm up: what other programs
/// of the machine take meanwhile is not in it.
fn fastest_tenth(mut act: impl FnMut()) -> Duration {
    for _ in 0..3 {
        act();
    }
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < 11 || begun.elapsed() < REPEATED_FOR {
        let started = Instant::now();
        act();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 10]
}

/// Measures all tasks.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let profile = Profile::default();
    let receipt = fixture::job();
    let mut add = |task: Task, time: Duration| report.add(task, OURS, time);

    add(
        Task::Read,
        fastest_tenth(|| {
            black_box(encode(&parse(black_box(&receipt)).commands));
        }),
    );
    add(
        Task::Write,
        fastest_tenth(|| {
            black_box(written(&profile));
        }),
    );
    add(
        Task::Markup,
        fastest_tenth(|| {
            black_box(filled(&profile).expect("the template is good"));
        }),
    );
    add(
        Task::Draw,
        fastest_tenth(|| {
            black_box(draw_job(black_box(&receipt), &profile));
        }),
    );
    add(
        Task::DrawPng,
        fastest_tenth(|| {
            black_box(png(&draw_job(black_box(&receipt), &profile).paper));
        }),
    );
    add(
        Task::DrawSvg,
        fastest_tenth(|| {
            let text = render_text(&receipt, &profile);
            black_box(svg(&draw_job(black_box(&receipt), &profile).paper, &text));
        }),
    );
    let pixels = fixture::rgba();
    for dither in Dither::ALL {
        add(
            Task::Picture(dither),
            fastest_tenth(|| {
                let picture =
                    GrayPicture::from_rgba(PICTURE_WIDTH, PICTURE_HEIGHT, black_box(&pixels))
                        .expect("a picture");
                let bitmap = picture.dithered(dither);
                black_box(job(&bitmap, PrinterLanguage::EscPos).expect("it fits"));
            }),
        );
    }
    Ok(())
}

/// The receipt by the builder.
fn written(profile: &Profile) -> Vec<u8> {
    let columns = [
        Column::characters(38),
        Column {
            align: Align::Right,
            ..Column::characters(9)
        },
    ];
    let mut receipt = ReceiptBuilder::new();
    receipt.align(Align::Center);
    receipt.styled("Harbour Coffee", TextStyle::new().size(2, 2));
    receipt.align(Align::Left);
    for (name, price) in fixture::items() {
        receipt.row(&columns, [name, price]);
    }
    receipt.styled("TOTAL 167.40", TextStyle::new().bold());
    receipt.cut();
    receipt.build().encode(profile)
}

/// The receipt by a template, read anew each time as the others do.
fn filled(profile: &Profile) -> Result<Vec<u8>> {
    let template = Template::parse(
        r#"<receipt><text align="center" size="2">Harbour Coffee</text>
        <each in="items" as="item"><row><col>{item.name}</col><col width="10" align="right">{item.price}</col></row></each>
        <text bold="yes">TOTAL 167.40</text><cut/></receipt>"#,
    )?;
    let items: Vec<_> = fixture::items()
        .map(|(name, price)| json!({ "name": name, "price": price }))
        .collect();
    let receipt = template.fill(&json!({ "items": items }), &Settings::default())?;
    Ok(receipt.encode(profile))
}
