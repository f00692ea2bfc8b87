//! How long a receipt of 20 rows takes to become dots, and a PNG: the median of
//! many runs. Meaningful with `--release` only.

use std::time::{Duration, Instant};

use platen_receipt::Profile;
use platen_receipt::draw::{draw_job, png};

fn receipt() -> Vec<u8> {
    let mut job = b"\x1b@\x1ba\x01\x1d!\x11Harbour Coffee\n\x1d!\x00\x1ba\x00".to_vec();
    for row in 0..18 {
        let line = format!("{:<38}{:>10}\n", format!("Flat white no {row}"), "3.80");
        job.extend(line.into_bytes());
    }
    job.extend(b"\x1bE\x01TOTAL                                      68.40\n\x1bE\x00\x1dVA\x03");
    job
}

fn median(mut act: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..201)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let job = receipt();
    let profile = Profile::default();
    let drawn = median(|| {
        std::hint::black_box(draw_job(std::hint::black_box(&job), &profile));
    });
    let paper = draw_job(&job, &profile).paper;
    let written = median(|| {
        std::hint::black_box(png(std::hint::black_box(&paper)));
    });
    println!("parse, lay out and draw {drawn:?}, PNG {written:?}");
}
