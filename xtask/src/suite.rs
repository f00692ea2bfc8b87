//! The suites of `cargo xtask test`: what there is, what each needs, and the table at the end.
//!
//! To add one, add a row to [`SUITES`]. The order is that of a person waiting for the first failure:
//! quick and broad before slow and deep.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::command::end_tests_with_us;
use crate::setup::{self, Need};
use crate::workspace::Workspace;
use crate::{docs, end_to_end, fuzz, install, lint, macos, unit, usb, wasm, windows};

/// A set of tests that is run, and judged, as one.
struct Suite {
    name: &'static str,
    needs: &'static [Need],
    run: fn(&Workspace) -> Result<()>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "docs",
        needs: &[],
        run: docs::check,
    },
    Suite {
        name: "lint",
        needs: &[
            Need::RustComponents,
            Need::CargoDeny,
            Need::NodePackages,
            Need::CupsHeaders,
        ],
        run: lint::run_all,
    },
    Suite {
        name: "unit",
        needs: &[
            Need::NodePackages,
            Need::CupsHeaders,
            Need::Openssl,
            Need::Certutil,
        ],
        run: unit::run_all,
    },
    Suite {
        name: "receipt",
        needs: &[Need::BarcodeReaders, Need::TextReader],
        run: unit::receipt_readers,
    },
    Suite {
        name: "fuzz",
        needs: fuzz::NEEDS,
        run: fuzz::run_briefly,
    },
    Suite {
        name: "wasm",
        needs: &[Need::NodePackages, Need::Chromium, Need::WasmToolchain],
        run: wasm::test,
    },
    Suite {
        name: "signers",
        needs: &[Need::NodePackages, Need::Php, Need::Go, Need::Python],
        run: |workspace| end_to_end::cargo_test(workspace, &["signers"]),
    },
    Suite {
        name: "e2e",
        needs: &[],
        run: |workspace| {
            end_to_end::cargo_test(
                workspace,
                &[
                    "e2e",
                    "observe",
                    "printers",
                    "preview",
                    "provision",
                    "accessories",
                    "devices",
                ],
            )
        },
    },
    Suite {
        name: "serial",
        needs: &[Need::Socat],
        run: |workspace| end_to_end::cargo_test(workspace, &["serial"]),
    },
    Suite {
        name: "discovery",
        needs: &[Need::NetworkRig],
        run: |workspace| end_to_end::cargo_test(workspace, &["discovery"]),
    },
    Suite {
        name: "security",
        needs: &[],
        run: |workspace| {
            end_to_end::cargo_test(
                workspace,
                &[
                    "security",
                    "privacy",
                    "at_rest",
                    "injection",
                    "users",
                    "update",
                ],
            )
        },
    },
    Suite {
        name: "cups",
        needs: &[Need::CupsHeaders, Need::CupsServer],
        run: |workspace| end_to_end::cargo_test(workspace, &["cups", "print_service"]),
    },
    Suite {
        name: "browser",
        needs: &[
            Need::NodePackages,
            Need::Chromium,
            Need::Certutil,
            Need::Openssl,
            Need::CupsHeaders,
            Need::CupsServer,
            Need::Socat,
        ],
        run: end_to_end::browser,
    },
    Suite {
        name: "trust",
        needs: &[
            Need::NodePackages,
            Need::Chromium,
            Need::Firefox,
            Need::Certutil,
            Need::Openssl,
        ],
        run: end_to_end::trust,
    },
    Suite {
        name: "qz",
        needs: &[
            Need::NodePackages,
            Need::Chromium,
            Need::Certutil,
            Need::Openssl,
            Need::CupsHeaders,
            Need::CupsServer,
            Need::Socat,
        ],
        run: end_to_end::qz,
    },
    Suite {
        name: "install",
        needs: &[
            Need::NodePackages,
            Need::CupsHeaders,
            Need::SystemdMachine,
            Need::NetworkRig,
        ],
        run: install::test,
    },
    Suite {
        name: "windows",
        needs: &[Need::WindowsToolchain, Need::Socat],
        run: windows::test,
    },
    Suite {
        name: "macos",
        needs: &[Need::MacosCheck],
        run: macos::check,
    },
    Suite {
        name: "usb",
        needs: &[Need::UsbRig, Need::NodePackages, Need::Openssl],
        run: usb::test,
    },
    Suite {
        name: "crash",
        needs: &[],
        run: |workspace| end_to_end::cargo_test(workspace, &["crash"]),
    },
    Suite {
        name: "faults",
        needs: &[Need::CupsHeaders, Need::CupsServer],
        run: |workspace| end_to_end::cargo_test(workspace, &["faults"]),
    },
    Suite {
        name: "chaos",
        needs: &[],
        run: |workspace| end_to_end::cargo_test(workspace, &["chaos"]),
    },
    Suite {
        name: "soak",
        needs: &[],
        run: |workspace| end_to_end::cargo_test(workspace, &["soak"]),
    },
];

/// The names of all suites, in the order in which they run.
pub(crate) fn names() -> Vec<&'static str> {
    SUITES.iter().map(|suite| suite.name).collect()
}

/// Runs the named suites, or all, and reports each with its time.
///
/// A failed suite does not stop the ones after it. The last line is `N passed, N failed`.
pub(crate) fn run(workspace: &Workspace, named: &[String]) -> Result<()> {
    let chosen = choose(named);
    set_up_for(workspace, &chosen)?;
    end_tests_with_us()?;
    let mut results = Vec::new();
    for suite in chosen {
        println!("\n== {}", suite.name);
        let started = Instant::now();
        let outcome = (suite.run)(workspace);
        if let Err(error) = &outcome {
            println!("{}: {error:#}", suite.name);
        }
        results.push(Report {
            name: suite.name,
            passed: outcome.is_ok(),
            took: started.elapsed(),
        });
    }
    print!("{}", table(&results));
    if results.iter().any(|report| !report.passed) {
        // The table has said it; an error on top would only repeat it after the closing line.
        std::process::exit(1);
    }
    Ok(())
}

/// Installs what the named suites, or all, need.
pub(crate) fn set_up(workspace: &Workspace, named: &[String]) -> Result<()> {
    set_up_for(workspace, &choose(named))?;
    println!("setup: everything is there");
    Ok(())
}

/// The suites with these names, in our order; all of them when none is named.
fn choose(named: &[String]) -> Vec<&'static Suite> {
    SUITES
        .iter()
        .filter(|suite| named.is_empty() || named.iter().any(|name| name == suite.name))
        .collect()
}

fn set_up_for(workspace: &Workspace, suites: &[&Suite]) -> Result<()> {
    let mut needs: Vec<Need> = Vec::new();
    for need in suites.iter().flat_map(|suite| suite.needs) {
        if !needs.contains(need) {
            needs.push(*need);
        }
    }
    setup::ensure(workspace, &needs)
}

struct Report {
    name: &'static str,
    passed: bool,
    took: Duration,
}

fn table(reports: &[Report]) -> String {
    let mut text = String::from("\n");
    for report in reports {
        let outcome = if report.passed { "passed" } else { "FAILED" };
        let seconds = report.took.as_secs_f64();
        writeln!(text, "{:<10} {outcome} {seconds:>8.1} s", report.name)
            .expect("writing to a string cannot fail");
    }
    let passed = reports.iter().filter(|report| report.passed).count();
    let failed = reports.len() - passed;
    writeln!(text, "\n{passed} passed, {failed} failed").expect("writing to a string cannot fail");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_all_suites_are_chosen() {
        assert_eq!(choose(&[]).len(), SUITES.len());
    }

    #[test]
    fn a_named_suite_is_chosen_alone() {
        let chosen = choose(&["unit".to_owned()]);
        assert_eq!(chosen.len(), 1);
        assert_eq!(chosen[0].name, "unit");
    }

    #[test]
    fn the_last_line_counts_what_passed_and_what_failed() {
        let report = |name, passed| Report {
            name,
            passed,
            took: Duration::from_millis(1500),
        };
        let text = table(&[report("lint", true), report("unit", false)]);
        assert_eq!(
            text,
            "\nlint       passed      1.5 s\nunit       FAILED      1.5 s\n\n1 passed, 1 failed\n"
        );
    }
}
