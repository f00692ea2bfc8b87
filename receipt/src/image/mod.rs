//! Pictures for printers: gray levels to black and white, and black and white
//! to the languages that printers speak.
//!
//! A [`GrayPicture`] is made of pixels, brought to the printer's width and
//! [dithered](GrayPicture::dithered) to a [`Bitmap`]; [`language`] writes that
//! as ESC/POS commands or as a whole label. `read` decodes picture files where
//! the feature `pictures` is on. All arithmetic is on integers: the same
//! picture is the same dots on every system and in WASM.

mod diffuse;
mod dither;
mod gamma;
mod gray;
pub mod language;
#[cfg(feature = "pictures")]
mod read;
mod scale;

pub use dither::Dither;
pub use gray::{GrayPicture, PictureError};

pub use crate::layout::Bitmap;
