//! What the readers of scales need of the agent's lines: frames and settings.

#[path = "../../bridge/src/serial/framing/mod.rs"]
mod framing;
#[path = "../../bridge/src/serial/settings.rs"]
mod settings;

pub(crate) use framing::*;
pub(crate) use settings::*;
