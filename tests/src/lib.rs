//! What the end-to-end tests share: real programs around the one under test.
//!
//! Everything here is started by a test, in a folder of its own, on free
//! ports, and ends with the value that started it. Nothing of the system's
//! own configuration is read or changed.

pub mod cupsd;
pub mod program;
