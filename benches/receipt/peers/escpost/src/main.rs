//! Measures the crate escpost-render: a line for each task, with the fastest
//! tenth in microseconds.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use escpost_profiles::resolver;
use escpost_render::render;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder of the fixtures"));
    let job = std::fs::read(folder.join("receipt.bin")).expect("the receipt");
    let profile = resolver::resolve("REFERENCE").expect("80 mm paper");
    let draw = || render(&job, profile).expect("a drawing");
    draw();
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < 11 || begun.elapsed() < Duration::from_millis(400) {
        let started = Instant::now();
        std::hint::black_box(draw());
        times.push(started.elapsed());
    }
    times.sort_unstable();
    // It writes the PNG of what it draws in the same call.
    let us = times[times.len() / 10].as_secs_f64() * 1e6;
    println!("png\tescpost-render\t{us}");
}
