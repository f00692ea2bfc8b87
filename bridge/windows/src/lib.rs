//! The calls of Windows that Platen needs, safe to use.
//!
//! Each `unsafe` block says why it is sound. The crate knows no queue, no page
//! and no policy of Platen's; what a call is for is said where it is called. On
//! other systems it is empty.

#![cfg(windows)]
#![allow(unsafe_code)] // what this crate is for

pub mod access;
mod event;
pub mod hid;
pub mod machine;
pub mod network;
pub mod owner;
pub mod pipe;
pub mod process;
pub mod registry;
pub mod serial;
pub mod service;
pub mod spooler;
pub mod trust;
