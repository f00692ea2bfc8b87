//! The options of pixel printing: what becomes the geometry of a page, and
//! what only the printer can do.
//!
//! Numbers are points from here on. Without a size the page is as large as its
//! picture, and the print service fits it to its media.

use std::f64::consts::FRAC_PI_2;
use std::fmt::Write as _;

use serde_json::Value;

use super::super::picture::Turn;
use super::super::print::text;
use super::Color;
use super::pdf::{Page, Picture};

const POINTS_PER_INCH: f64 = 72.0;
const MM_PER_INCH: f64 = 25.4;
/// Ten meters: more is a mistake, and beyond what a PDF says.
const LENGTH_POINTS_MAX: f64 = 14_400.0;
/// A tray's name.
const TRAY_CHARACTERS_MAX: usize = 64;

/// How a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Orientation {
    Portrait,
    Landscape,
    ReversePortrait,
    ReverseLandscape,
}

/// What a page said of its paper and how to print on it.
pub(crate) struct PageOptions {
    /// Width and height.
    size: Option<(f64, f64)>,
    /// Top, right, bottom, left.
    margins: [f64; 4],
    /// x, y, width and height from the upper left; 0 where the rest counts.
    bounds: Option<[f64; 4]>,
    orientation: Orientation,
    /// Clockwise.
    rotation_degrees: f64,
    scale: bool,
    smooth: bool,
    color: Option<(Color, &'static str)>,
    /// IPP attributes and their values.
    attributes: Vec<(&'static str, String)>,
}

impl PageOptions {
    /// Reads them; what makes no sense is left out, as pages know it.
    pub(super) fn read(options: &Value) -> Self {
        let word = |name: &str| text(options.get(name)).unwrap_or_default().to_lowercase();
        let per_unit = match word("units").as_str() {
            "mm" => POINTS_PER_INCH / MM_PER_INCH,
            "cm" => POINTS_PER_INCH / MM_PER_INCH * 10.0,
            _ => POINTS_PER_INCH,
        };
        let length = |value: Option<&Value>| {
            let length = number(value)? * per_unit;
            (0.0..=LENGTH_POINTS_MAX)
                .contains(&length)
                .then_some(length)
        };
        let side = |of: &Value, name: &str| length(of.get(name)).filter(|length| *length > 0.0);
        let size = options
            .get("size")
            .and_then(|size| Some((side(size, "width")?, side(size, "height")?)));
        let margins = match options.get("margins") {
            Some(sides @ Value::Object(_)) => {
                ["top", "right", "bottom", "left"].map(|name| length(sides.get(name)))
            }
            all => [length(all); 4],
        };
        let bounds = options.get("bounds").filter(|bounds| bounds.is_object());
        let bounds = bounds.map(|bounds| {
            ["x", "y", "width", "height"].map(|name| length(bounds.get(name)).unwrap_or_default())
        });
        Self {
            size,
            margins: margins.map(Option::unwrap_or_default),
            bounds,
            orientation: match word("orientation").as_str() {
                "landscape" => Orientation::Landscape,
                "reverse-landscape" => Orientation::ReverseLandscape,
                "reverse-portrait" => Orientation::ReversePortrait,
                _ => Orientation::Portrait,
            },
            rotation_degrees: number(options.get("rotation")).unwrap_or_default(),
            scale: options.get("scaleContent") != Some(&Value::Bool(false)),
            smooth: word("interpolation") != "nearest-neighbor",
            color: match word("colorType").as_str() {
                "color" => Some((Color::Any, "color")),
                "grayscale" => Some((Color::Gray, "monochrome")),
                "blackwhite" => Some((Color::BlackAndWhite, "monochrome")),
                _ => None,
            },
            attributes: attributes(options, per_unit),
        }
    }

    /// The colors of the page.
    pub(super) fn color(&self) -> Color {
        self.color.map_or(Color::Any, |(color, _)| color)
    }

    /// Whether pictures fill the paper.
    pub(super) fn is_scaled(&self) -> bool {
        self.scale
    }

    /// How a picture of dots is turned.
    ///
    /// # Errors
    /// By no quarter.
    pub(super) fn turn(&self) -> Result<Turn, String> {
        let lies = match self.orientation {
            Orientation::Portrait => 0.0,
            Orientation::Landscape => 270.0,
            Orientation::ReversePortrait => 180.0,
            Orientation::ReverseLandscape => 90.0,
        };
        Turn::by_degrees(self.rotation_degrees + lies)
    }

    /// The media type of the document, with what the printer is told.
    pub(super) fn format(&self, copies: u32) -> String {
        let mut format = "application/pdf".to_owned();
        let mut add = |name: &str, value: &str| {
            let _ = write!(format, "; {name}={value}");
        };
        if copies > 1 {
            add("copies", &copies.to_string());
        }
        if let Some((width, height)) = self.size {
            let mm = |points: f64| {
                let tenths = (points / POINTS_PER_INCH * MM_PER_INCH * 10.0).round() / 10.0;
                tenths.to_string()
            };
            let size = format!("{}x{}mm", mm(width), mm(height));
            // A name of PWG 5101.1; the print service takes the media of that size.
            add("media", &format!("custom_{size}_{size}"));
        }
        if let Some((_, mode)) = self.color {
            add("print-color-mode", mode);
        }
        for (name, value) in &self.attributes {
            add(name, value);
        }
        let fits = self.size.is_none() && self.scale;
        add("print-scaling", if fits { "fit" } else { "none" });
        format
    }

    /// The page with this picture on it.
    pub(super) fn page(&self, picture: Picture) -> Page {
        let natural = (f64::from(picture.width), f64::from(picture.height));
        let (sin, cos) = sin_cos(self.rotation_degrees);
        // The box around the turned picture, one pixel a point.
        let around = (
            (natural.0 * cos).abs() + (natural.1 * sin).abs(),
            (natural.0 * sin).abs() + (natural.1 * cos).abs(),
        );
        let [top, right, bottom, left] = self.margins;
        let lies = matches!(
            self.orientation,
            Orientation::Landscape | Orientation::ReverseLandscape
        );
        let (width, height) = match self.size {
            Some((width, height)) if lies => (height, width),
            Some(size) => size,
            None => {
                let (width, height) = (around.0 + left + right, around.1 + top + bottom);
                // A page that lies across would be turned by the print service.
                if lies {
                    (width.max(height), height)
                } else {
                    (width, height.max(width))
                }
            }
        };
        let mut area = [left, top, width - left - right, height - top - bottom];
        if let Some([x, y, across, down]) = self.bounds {
            let of = |asked: f64, rest: f64| if asked > 0.0 { asked.min(rest) } else { rest };
            area = [
                left + x,
                top + y,
                of(across, width - left - right - x),
                of(down, height - top - bottom - y),
            ];
        }
        if area[2] <= 0.0 || area[3] <= 0.0 {
            // Margins that leave nothing are none.
            area = [0.0, 0.0, width, height];
        }
        let [x, y, across, down] = area;
        let scale = if self.scale {
            (across / around.0).min(down / around.1)
        } else {
            1.0
        };
        let (wide, high) = (natural.0 * scale, natural.1 * scale);
        // Turned around the middle of the box, whose upper left is the area's.
        let middle = (
            x + around.0 * scale / 2.0,
            height - y - around.1 * scale / 2.0,
        );
        let [a, b, c, d] = [wide * cos, -wide * sin, high * sin, high * cos];
        Page {
            width,
            height,
            upside_down: matches!(
                self.orientation,
                Orientation::ReversePortrait | Orientation::ReverseLandscape
            ),
            place: [
                a,
                b,
                c,
                d,
                middle.0 - (a + c) / 2.0,
                middle.1 - (b + d) / 2.0,
            ],
            smooth: self.smooth,
            picture,
        }
    }
}

/// Exact for quarters, so that edges stay straight.
fn sin_cos(degrees: f64) -> (f64, f64) {
    const EXACT: [(f64, (f64, f64)); 4] = [
        (0.0, (0.0, 1.0)),
        (1.0, (1.0, 0.0)),
        (2.0, (0.0, -1.0)),
        (3.0, (-1.0, 0.0)),
    ];
    let quarters = (degrees / 90.0).rem_euclid(4.0);
    let exact = EXACT
        .iter()
        .find(|(whole, _)| whole.to_bits() == quarters.to_bits());
    if let Some((_, exact)) = exact {
        return *exact;
    }
    (quarters * FRAC_PI_2).sin_cos()
}

/// What only the printer can do.
fn attributes(options: &Value, points_per_unit: f64) -> Vec<(&'static str, String)> {
    let mut attributes = Vec::new();
    let sides = match options.get("duplex") {
        Some(Value::Bool(true)) => Some("two-sided-long-edge"),
        Some(Value::String(name)) => match name.to_lowercase().as_str() {
            "duplex" | "long-edge" => Some("two-sided-long-edge"),
            "tumble" | "short-edge" => Some("two-sided-short-edge"),
            "one-sided" => Some("one-sided"),
            _ => None,
        },
        _ => None,
    };
    attributes.extend(sides.map(|sides| ("sides", sides.to_owned())));
    // Dots in a unit, to dots in an inch.
    let resolution = |density: f64| {
        let dots = (density * POINTS_PER_INCH / points_per_unit).round();
        (1.0..=65_535.0).contains(&dots).then_some(dots)
    };
    let density = match options.get("density") {
        Some(Value::Array(choices)) => choices.first(),
        other => other,
    };
    match density {
        Some(Value::String(word)) if word.eq_ignore_ascii_case("best") => {
            attributes.push(("print-quality", "5".to_owned()));
        }
        Some(Value::String(word)) if word.eq_ignore_ascii_case("draft") => {
            attributes.push(("print-quality", "3".to_owned()));
        }
        Some(both @ Value::Object(_)) => {
            let dots = |name: &str| number(both.get(name)).and_then(resolution);
            if let (Some(cross), Some(feed)) = (dots("cross"), dots("feed")) {
                attributes.push(("printer-resolution", format!("{cross}x{feed}dpi")));
            }
        }
        one => {
            let dots = number(one).and_then(resolution);
            attributes.extend(dots.map(|dots| ("printer-resolution", format!("{dots}dpi"))));
        }
    }
    let tray = text(options.get("printerTray")).filter(|tray| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
        !tray.is_empty() && tray.len() <= TRAY_CHARACTERS_MAX && tray.chars().all(is_plain)
    });
    attributes.extend(tray.map(|tray| ("InputSlot", tray)));
    attributes
}

/// A number, also where the page wrote it as text.
fn number(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::pdf::Coding;
    use super::*;
    use serde_json::json;

    fn page(options: &Value, width: u32, height: u32) -> Page {
        PageOptions::read(options).page(Picture {
            width,
            height,
            color_space: "/DeviceGray",
            bits: 8,
            coding: Coding::Deflated,
            data: Vec::new(),
        })
    }

    /// Upper left corner and size of the picture's box, from the upper left.
    fn covered(page: &Page) -> [f64; 4] {
        let [a, b, c, d, e, f] = page.place;
        let xs = [e, e + a, e + c, e + a + c];
        let ys = [f, f + b, f + d, f + b + d];
        let least = |of: &[f64; 4]| of.iter().copied().fold(f64::MAX, f64::min);
        let most = |of: &[f64; 4]| of.iter().copied().fold(f64::MIN, f64::max);
        [
            least(&xs),
            page.height - most(&ys),
            most(&xs) - least(&xs),
            most(&ys) - least(&ys),
        ]
        .map(|length| (length * 100.0).round() / 100.0)
    }

    #[test]
    fn a_picture_is_where_the_options_put_it() {
        let inches = |more: Value| {
            let mut options = json!({"size": {"width": 2, "height": 4}});
            options
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            options
        };
        for (options, size, expected) in [
            // As wide as the paper, at its top.
            (inches(json!({})), (100, 50), [0.0, 0.0, 144.0, 72.0]),
            (inches(json!({})), (50, 200), [0.0, 0.0, 72.0, 288.0]),
            (
                inches(json!({"margins": 0.5})),
                (100, 50),
                [36.0, 36.0, 72.0, 36.0],
            ),
            (
                inches(json!({"margins": {"top": 1, "left": 0.25}})),
                (100, 50),
                [18.0, 72.0, 126.0, 63.0],
            ),
            (
                inches(json!({"scaleContent": false})),
                (100, 50),
                [0.0, 0.0, 100.0, 50.0],
            ),
            (
                inches(json!({"rotation": 90})),
                (100, 50),
                [0.0, 0.0, 144.0, 288.0],
            ),
            (
                inches(json!({"bounds": {"x": 0.5, "y": 1, "width": 1, "height": 1}})),
                (100, 50),
                [36.0, 72.0, 72.0, 36.0],
            ),
            (
                inches(json!({"orientation": "landscape"})),
                (100, 50),
                [0.0, 0.0, 288.0, 144.0],
            ),
            (
                inches(json!({"margins": 3})),
                (100, 50),
                [0.0, 0.0, 144.0, 72.0],
            ),
            (json!({}), (100, 50), [0.0, 0.0, 100.0, 50.0]),
        ] {
            assert_eq!(
                covered(&page(&options, size.0, size.1)),
                expected,
                "{options}"
            );
        }
    }

    #[test]
    fn a_turn_is_clockwise() {
        let place = page(
            &json!({"rotation": 90, "size": {"width": 1, "height": 1}}),
            10,
            10,
        )
        .place;
        // What was at the top is at the right.
        let [a, b, c, d, ..] = place;
        assert_eq!([a, b, c, d], [0.0, -72.0, 72.0, 0.0]);
        let upside = page(&json!({"orientation": "reverse-landscape"}), 10, 10);
        assert!(upside.upside_down);
    }

    #[test]
    fn what_only_the_printer_can_do_goes_along() {
        for (options, expected) in [
            (json!({}), "; print-scaling=fit"),
            (json!({"scaleContent": false}), "; print-scaling=none"),
            (
                json!({"duplex": true}),
                "; sides=two-sided-long-edge; print-scaling=fit",
            ),
            (
                json!({"duplex": "tumble"}),
                "; sides=two-sided-short-edge; print-scaling=fit",
            ),
            (
                json!({"duplex": "one-sided"}),
                "; sides=one-sided; print-scaling=fit",
            ),
            (
                json!({"colorType": "grayscale"}),
                "; print-color-mode=monochrome; print-scaling=fit",
            ),
            (
                json!({"density": 203}),
                "; printer-resolution=203dpi; print-scaling=fit",
            ),
            (
                json!({"density": 8, "units": "mm"}),
                "; printer-resolution=203dpi; print-scaling=fit",
            ),
            (
                json!({"density": {"cross": 600, "feed": 300}}),
                "; printer-resolution=600x300dpi; print-scaling=fit",
            ),
            (
                json!({"density": [300, 600]}),
                "; printer-resolution=300dpi; print-scaling=fit",
            ),
            (
                json!({"density": "best"}),
                "; print-quality=5; print-scaling=fit",
            ),
            (json!({"density": 0}), "; print-scaling=fit"),
            (
                json!({"printerTray": "Tray 2"}),
                "; InputSlot=Tray 2; print-scaling=fit",
            ),
            (json!({"printerTray": "x; copies=9"}), "; print-scaling=fit"),
            (
                json!({"size": {"width": 4, "height": 6}}),
                "; media=custom_101.6x152.4mm_101.6x152.4mm; print-scaling=none",
            ),
            (
                json!({"size": {"width": 1e9, "height": 6}}),
                "; print-scaling=fit",
            ),
        ] {
            let format = PageOptions::read(&options).format(1);
            assert_eq!(format, format!("application/pdf{expected}"), "{options}");
        }
    }
}
