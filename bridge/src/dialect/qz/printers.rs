//! Printers as that agent names, finds and describes them.

use platen_protocol::PrinterId;
use serde_json::{Value, json};

use crate::backend::{Equipment, PaperSize};
use crate::dispatch::PrinterName;

/// What `printers.find` says where nothing fits.
pub(crate) const NOT_FOUND: &str = "Specified printer could not be found.";

/// The name a page knows a printer by: its own, or its id where several have
/// that name.
pub(crate) fn name<'a>(printer: &'a PrinterName, all: &[PrinterName]) -> &'a str {
    let same = all.iter().filter(|other| other.name == printer.name);
    if same.count() > 1 {
        printer.id.as_str()
    } else {
        &printer.name
    }
}

/// The printer that a page means: the default one or any by its exact name or
/// id, then by a name it had before, by the name without regard to case, by its beginning, by a part of
/// it. The last that fits counts where several begin so or hold it.
pub(crate) fn find<'a>(query: &str, all: &'a [PrinterName]) -> Option<&'a PrinterName> {
    let exact = |printer: &&PrinterName| name(printer, all) == query;
    let by_id = |printer: &&PrinterName| printer.id.as_str() == query;
    let by_alias = |printer: &&PrinterName| printer.aliases.iter().any(|alias| alias == query);
    let wanted = query.to_lowercase();
    let lower = |printer: &PrinterName| name(printer, all).to_lowercase();
    all.iter()
        .filter(|printer| printer.default)
        .find(exact)
        .or_else(|| all.iter().find(exact))
        .or_else(|| all.iter().find(by_id))
        .or_else(|| all.iter().find(by_alias))
        .or_else(|| all.iter().find(|printer| lower(printer) == wanted))
        .or_else(|| {
            let mut from_the_end = all.iter().rev();
            from_the_end.find(|printer| lower(printer).starts_with(&wanted))
        })
        .or_else(|| {
            let mut from_the_end = all.iter().rev();
            from_the_end.find(|printer| lower(printer).contains(&wanted))
        })
}

/// The printer with this name, for `print`.
///
/// # Errors
/// In the words that pages look for.
pub(crate) fn named(query: &str, all: &[PrinterName]) -> Result<PrinterId, String> {
    find(query, all)
        .map(|printer| printer.id.clone())
        .ok_or_else(|| format!("Cannot find printer with name \"{query}\""))
}

/// The result of `printers.find`: all names, or the one that was asked for.
///
/// # Errors
/// [`NOT_FOUND`].
pub(crate) fn found(query: Option<&str>, all: &[PrinterName]) -> Result<Value, String> {
    match query {
        None => Ok(all.iter().map(|printer| name(printer, all)).collect()),
        Some(query) => find(query, all)
            .map(|printer| name(printer, all).into())
            .ok_or_else(|| NOT_FOUND.to_owned()),
    }
}

/// The name of the default printer.
pub(crate) fn default_name(all: &[PrinterName]) -> Option<Value> {
    all.iter()
        .find(|printer| printer.default)
        .map(|printer| name(printer, all).into())
}

/// A printer in the result of `printers.detail`. Where it is connected is the
/// machine's business.
pub(crate) fn detail(
    printer: &PrinterName,
    all: &[PrinterName],
    equipment: Option<&Equipment>,
) -> Value {
    let mut detail = json!({
        "name": name(printer, all),
        "driver": "",
        "connection": "",
        "default": printer.default,
        "density": -1,
    });
    let Some(equipment) = equipment else {
        return detail;
    };
    detail["driver"] = equipment.driver.as_str().into();
    let first = equipment.densities.first().copied();
    if let Some(density) = equipment.density.or(first) {
        detail["density"] = density.into();
        detail["densities"] = equipment.densities.as_slice().into();
    }
    if !equipment.trays.is_empty() {
        detail["trays"] = equipment.trays.as_slice().into();
    }
    if !equipment.sizes.is_empty() {
        detail["sizes"] = equipment.sizes.iter().map(size).collect();
    }
    detail
}

fn size(size: &PaperSize) -> Value {
    let millimeters = |length: u32| f64::from(length) / 100.0;
    // To a thousandth, as rulers have it.
    let inches = |length: u32| (f64::from(length) / 2.54).round() / 1_000.0;
    json!({
        "name": size.name,
        "in": { "width": inches(size.width), "height": inches(size.height) },
        "mm": { "width": millimeters(size.width), "height": millimeters(size.height) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printer(id: &str, name: &str, default: bool) -> PrinterName {
        PrinterName {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            aliases: Vec::new(),
            default,
        }
    }

    #[test]
    fn a_printer_is_found_by_the_name_it_had_unless_another_has_it_now() {
        let mut all = [printer("bar", "Bar", false), printer("till", "Till", false)];
        all[1].aliases = vec!["Bar".to_owned(), "Counter".to_owned()];
        for (query, expected) in [("Bar", "bar"), ("Counter", "till"), ("Till", "till")] {
            assert_eq!(named(query, &all).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn a_printer_is_found_as_pages_expect() {
        let all = [
            printer("bar", "Bar", false),
            printer("kitchen", "Kitchen hot", true),
            printer("kitchen2", "Kitchen cold", false),
            printer("a", "Same", false),
            printer("b", "Same", false),
        ];
        for (query, expected) in [
            ("Bar", Some("bar")),
            ("bar", Some("bar")),
            ("KITCHEN HOT", Some("kitchen")),
            // The last one that begins so.
            ("kitchen ", Some("kitchen2")),
            ("hot", Some("kitchen")),
            ("kitchen2", Some("kitchen2")),
            // Two with one name go by their ids.
            ("b", Some("b")),
            ("Same", None),
            ("absent", None),
        ] {
            let found = find(query, &all).map(|printer| printer.id.as_str());
            assert_eq!(found, expected, "{query}");
        }
        assert_eq!(default_name(&all), Some("Kitchen hot".into()));
        assert_eq!(
            found(None, &all).unwrap(),
            json!(["Bar", "Kitchen hot", "Kitchen cold", "a", "b"])
        );
        assert_eq!(found(Some("absent"), &all).unwrap_err(), NOT_FOUND);
        assert_eq!(
            named("absent", &all).unwrap_err(),
            "Cannot find printer with name \"absent\""
        );
    }

    #[test]
    fn what_is_known_of_a_printer_is_told_and_nothing_else() {
        let all = [printer("bar", "Bar", true)];
        assert_eq!(
            detail(&all[0], &all, None),
            json!({"name": "Bar", "driver": "", "connection": "", "default": true, "density": -1})
        );
        let equipment = Equipment {
            driver: "Shop Laser".to_owned(),
            density: Some(600),
            densities: vec![300, 600],
            trays: vec!["main".to_owned()],
            sizes: vec![PaperSize {
                name: "na-letter".to_owned(),
                width: 21_590,
                height: 27_940,
            }],
        };
        assert_eq!(
            detail(&all[0], &all, Some(&equipment)),
            json!({
                "name": "Bar", "driver": "Shop Laser", "connection": "", "default": true,
                "density": 600, "densities": [300, 600], "trays": ["main"],
                "sizes": [{
                    "name": "na-letter",
                    "in": { "width": 8.5, "height": 11.0 },
                    "mm": { "width": 215.9, "height": 279.4 },
                }],
            })
        );
    }
}
