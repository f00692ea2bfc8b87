//! Pictures in 256 levels of gray, as they are before dithering.

use super::gamma::gamma_levels;
use super::scale::scaled;

/// The most pixels of a picture, before and after scaling: 100 MB at most with
/// the rows that scaling holds, and more than any receipt.
pub(super) const PIXELS_MAX: usize = 50_000_000;

/// A picture in levels of gray, 0 black and 255 white, row by row.
///
/// ```
/// use platen_receipt::image::{Dither, GrayPicture};
///
/// // Two pixels: black, and nothing at all, which is white paper.
/// let rgba = [0, 0, 0, 255, 0, 0, 0, 0];
/// let picture = GrayPicture::from_rgba(2, 1, &rgba)?;
/// let bitmap = picture.dithered(Dither::Threshold(128));
/// assert_eq!(bitmap.rows(), [0b1000_0000]);
/// # Ok::<(), platen_receipt::image::PictureError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrayPicture {
    width_pixels: usize,
    height_pixels: usize,
    levels: Vec<u8>,
}

/// Why a picture cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// No width or no height.
    #[error("the picture has no pixels; give one that is at least one pixel wide and high")]
    Empty,
    /// More pixels than are taken.
    #[error(
        "the picture has {pixels} pixels, more than the {pixels_max} that are taken; make it smaller"
    )]
    TooLarge {
        /// How many it has, or would have.
        pixels: u128,
        /// How many are taken.
        pixels_max: usize,
    },
    /// The data are not as many as the size says.
    #[error("the picture brings {octets} octets where its size asks for {octets_expected}")]
    WrongLength {
        /// What was given.
        octets: usize,
        /// What width and height ask for.
        octets_expected: usize,
    },
    /// The file is no picture, or a broken one.
    #[error("the picture cannot be read ({reason}); save it again as PNG or JPEG")]
    Unreadable {
        /// What its reader says.
        reason: String,
    },
}

impl GrayPicture {
    /// A picture of levels, 0 black and 255 white.
    pub fn from_levels(width: u32, height: u32, levels: Vec<u8>) -> Result<Self, PictureError> {
        let (width_pixels, height_pixels) = checked_size(width, height)?;
        let octets_expected = width_pixels * height_pixels;
        if levels.len() != octets_expected {
            return Err(PictureError::WrongLength {
                octets: levels.len(),
                octets_expected,
            });
        }
        Ok(Self {
            width_pixels,
            height_pixels,
            levels,
        })
    }

    /// A picture of red, green, blue and opacity, four octets a pixel, as a
    /// canvas gives them. What is not opaque shows white paper through.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<Self, PictureError> {
        let (width_pixels, height_pixels) = checked_size(width, height)?;
        let octets_expected = width_pixels * height_pixels * 4;
        if rgba.len() != octets_expected {
            return Err(PictureError::WrongLength {
                octets: rgba.len(),
                octets_expected,
            });
        }
        let (pixels, _) = rgba.as_chunks::<4>();
        Ok(Self {
            width_pixels,
            height_pixels,
            levels: pixels.iter().map(level_over_white).collect(),
        })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width_pixels(&self) -> usize {
        self.width_pixels
    }

    /// Height in pixels.
    #[must_use]
    pub fn height_pixels(&self) -> usize {
        self.height_pixels
    }

    /// The levels, row by row.
    #[must_use]
    pub fn levels(&self) -> &[u8] {
        &self.levels
    }

    /// The picture made lighter (above 100) or darker (below 100) in its
    /// middle levels: each becomes `level ^ (100 / gamma_percent)`. Thermal
    /// paper prints photographs darker than a screen shows them; 150 to 200 is
    /// a good start.
    #[must_use]
    pub fn with_gamma(mut self, gamma_percent: u16) -> Self {
        if gamma_percent != 100 {
            let table = gamma_levels(gamma_percent);
            for level in &mut self.levels {
                *level = table[usize::from(*level)];
            }
        }
        self
    }

    /// The picture in this width, its height in proportion. Each new pixel is
    /// the mean of the area it covers.
    pub fn scaled_to_width(&self, width: u32) -> Result<Self, PictureError> {
        let width_pixels = width as usize;
        let height_pixels = (self.height_pixels as u128 * u128::from(width)
            + self.width_pixels as u128 / 2)
            / self.width_pixels as u128;
        let height = u32::try_from(height_pixels.max(1)).unwrap_or(u32::MAX);
        let (width_pixels, height_pixels) = match checked_size(width, height) {
            Ok(size) if size == (self.width_pixels, self.height_pixels) => return Ok(self.clone()),
            Ok(size) => size,
            Err(PictureError::TooLarge { pixels_max, .. }) => {
                return Err(PictureError::TooLarge {
                    pixels: width_pixels as u128 * height_pixels,
                    pixels_max,
                });
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            width_pixels,
            height_pixels,
            levels: scaled(
                &self.levels,
                (self.width_pixels, self.height_pixels),
                (width_pixels, height_pixels),
            ),
        })
    }

    /// The picture in this width where it is wider, and as it is elsewhere.
    pub fn fitted_to_width(self, width: u32) -> Result<Self, PictureError> {
        if self.width_pixels > width as usize {
            self.scaled_to_width(width)
        } else {
            Ok(self)
        }
    }
}

/// Width and height, at least one pixel each and not too many together.
pub(super) fn checked_size(width: u32, height: u32) -> Result<(usize, usize), PictureError> {
    let pixels = u128::from(width) * u128::from(height);
    if pixels == 0 {
        Err(PictureError::Empty)
    } else if pixels > PIXELS_MAX as u128 {
        Err(PictureError::TooLarge {
            pixels,
            pixels_max: PIXELS_MAX,
        })
    } else {
        Ok((width as usize, height as usize))
    }
}

/// Luma of ITU-R BT.601, whose weights 77, 150 and 29 add up to 256, on white.
pub(super) fn level_over_white(&[red, green, blue, opacity]: &[u8; 4]) -> u8 {
    let luma = (u32::from(red) * 77 + u32::from(green) * 150 + u32::from(blue) * 29 + 128) >> 8;
    let opacity = u32::from(opacity);
    let level = (luma * opacity + 255 * (255 - opacity) + 127) / 255;
    u8::try_from(level).expect("a mean of levels is a level")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_weigh_as_the_eye_sees_them_and_nothing_is_white() {
        for (rgba, level) in [
            ([0, 0, 0, 255], 0),
            ([255, 255, 255, 255], 255),
            ([255, 0, 0, 255], 77),
            ([0, 255, 0, 255], 149),
            ([0, 0, 255, 255], 29),
            ([0, 0, 0, 0], 255),
            ([0, 0, 0, 128], 127),
        ] {
            let picture = GrayPicture::from_rgba(1, 1, &rgba).expect("one pixel");
            assert_eq!(picture.levels(), [level], "{rgba:?}");
        }
    }

    #[test]
    fn sizes_and_data_that_do_not_fit_are_refused() {
        assert_eq!(GrayPicture::from_rgba(0, 7, &[]), Err(PictureError::Empty));
        assert!(matches!(
            GrayPicture::from_levels(u32::MAX, u32::MAX, Vec::new()),
            Err(PictureError::TooLarge { .. })
        ));
        assert_eq!(
            GrayPicture::from_levels(3, 3, vec![0; 8]),
            Err(PictureError::WrongLength {
                octets: 8,
                octets_expected: 9
            })
        );
    }

    #[test]
    fn scaling_keeps_the_proportion_and_refuses_absurd_sizes() {
        let picture = GrayPicture::from_levels(300, 200, vec![9; 60_000]).expect("fits");
        let small = picture.scaled_to_width(150).expect("fits");
        assert_eq!((small.width_pixels(), small.height_pixels()), (150, 100));
        assert!(small.levels().iter().all(|&level| level == 9));
        let line = GrayPicture::from_levels(3000, 1, vec![9; 3000]).expect("fits");
        assert_eq!(line.scaled_to_width(10).expect("fits").height_pixels(), 1);
        assert_eq!(picture.scaled_to_width(0), Err(PictureError::Empty));
        assert!(matches!(
            picture.scaled_to_width(u32::MAX),
            Err(PictureError::TooLarge { .. })
        ));
        assert_eq!(picture.clone().fitted_to_width(576), Ok(picture));
    }
}
