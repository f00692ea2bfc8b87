//! The Platen agent: a signed-certificate WebSocket API on loopback in front
//! of durable printer queues.
//!
//! One way through, each stage a module:
//! `socket -> dialect -> session -> authorize -> dispatch -> queue -> backend`.
//! Start reading at [`backend`] for devices.

pub mod backend;
