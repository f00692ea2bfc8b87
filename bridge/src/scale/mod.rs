//! Scales: what they say, as one stream of [`ScaleState`]s, whatever they speak.
//!
//! Pure: octets or reports in, states out, no port and no clock. A weight is
//! the scale's own decimal text, never a binary fraction. [`ScaleStream`] is a
//! scale on a serial line, [`HidScale`] one on USB as a HID point-of-sale
//! device; `profile` says who asks whom how. `docs/scales.md` tells which
//! scale speaks what.

mod answer;
mod hid;
mod profile;
mod stream;
mod weight;

pub use hid::HidScale;
pub use profile::{ScaleProfile, ScaleProfileError, ScaleSetup};
pub use stream::ScaleStream;
pub use weight::{Decimal, ScaleFault, ScaleState, Unit, UnitError, Weight};
