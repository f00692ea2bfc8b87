//! What the end-to-end tests and the benchmarks share: a real `platen`
//! process, a native client that speaks `platen.v1` and signs like a site's
//! server, printers that count what arrives, a private cupsd.
//!
//! Nothing here mocks the agent. Everything is started by a test, in a folder
//! of its own, on free ports, and ends with the value that started it; nothing
//! of the system's own configuration is read or changed.

pub mod bridge;
pub mod bundle;
pub mod chance;
pub mod client;
pub mod cupsd;
pub mod machine_user;
pub mod printer;
pub mod program;
pub mod site;
pub mod wine;
