//! The programs for Windows, run by wine: a page's client prints through the
//! agent, which is killed, installed and removed. `cargo xtask test windows`
//! builds the programs and runs this.
//!
//! Each test has a Windows machine of its own (`platen_tests::wine`).

mod agent;
mod installed;
mod provision;
mod shop;
mod spooler;
mod trust;
