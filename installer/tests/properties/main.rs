//! Whatever a machine was like, whatever is wanted of it and wherever it
//! fails: an installation is done whole or not at all, and is undone exactly.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "every function here is part of a test")]

mod machine;
mod registry;
mod scene;

use std::collections::BTreeMap;
use std::path::PathBuf;

use machine::{Fault, TestMachine};
use platen_installer::{self as installer, ApplyError, Choices, Environment, Journal, Plan, steps};
use proptest::prelude::*;
use scene::{Scene, scenes};

fn plan(scene: &Scene, environment: &Environment<'_>) -> Plan {
    let chosen = steps::all(environment)
        .into_iter()
        .enumerate()
        .filter(|(place, _)| scene.steps >> place & 1 == 1)
        .map(|(_, step)| step);
    Plan::of(&chosen.collect::<Vec<_>>(), environment)
}

fn journal(environment: &Environment<'_>) -> Journal {
    Journal::read(environment.machine, &environment.journal_file()).unwrap()
}

fn install(
    scene: &Scene,
    machine: &TestMachine,
    fresh: bool,
    more_sites: u16,
) -> Result<(), ApplyError> {
    let environment = scene.environment(machine, fresh, more_sites);
    let mut journal = journal(&environment);
    installer::undo_cut_short(machine, &mut journal);
    let choices = Choices {
        origins: vec![format!("{more_sites} more")],
        package: false,
    };
    let plan = plan(scene, &environment);
    installer::apply(&plan, &choices, machine, &mut journal)
}

fn uninstall(scene: &Scene, machine: &TestMachine) -> installer::Undone {
    let environment = scene.environment(machine, false, 0);
    let mut journal = journal(&environment);
    installer::undo(machine, &mut journal)
}

type Picture = BTreeMap<PathBuf, String>;

/// Only what differs: whole machines are hard to read.
fn same(found: &Picture, expected: &Picture) -> Result<(), TestCaseError> {
    let only = |one: &Picture, other: &Picture| -> Vec<String> {
        one.iter()
            .filter(|(path, what)| other.get(*path) != Some(what))
            .map(|(path, what)| format!("{} {what:.300}", path.display()))
            .collect()
    };
    let (more, less) = (only(found, expected), only(expected, found));
    prop_assert!(
        more.is_empty() && less.is_empty(),
        "{more:#?} in place of {less:#?}"
    );
    Ok(())
}

/// In memory where there is such a place: journals wait for the disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

fn faults() -> impl Strategy<Value = Fault> {
    let at = 0..60u32;
    prop_oneof![
        at.clone().prop_map(Fault::Fails),
        at.clone().prop_map(Fault::FailsAfter),
        at.prop_map(Fault::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_installation_is_whole_and_undone_exactly(scene in scenes()) {
        let root = folder();
        scene.build(root.path());
        let machine = TestMachine::new(root.path(), Fault::None);
        let before = machine.picture();
        install(&scene, &machine, true, 0).unwrap();
        let installed = machine.picture();
        let environment = scene.environment(&machine, false, 0);
        prop_assert!(plan(&scene, &environment).is_empty(), "{}", plan(&scene, &environment).describe());
        install(&scene, &machine, false, 0).unwrap();
        same(&machine.picture(), &installed)?;
        install(&scene, &machine, false, 1).unwrap();
        let undone = uninstall(&scene, &machine);
        prop_assert_eq!(undone.left, []);
        same(&machine.picture(), &before)?;
    }

    #[test]
    fn whatever_fails_all_is_done_or_all_is_as_before(scene in scenes(), fault in faults()) {
        let root = folder();
        scene.build(root.path());
        let healthy = TestMachine::new(root.path(), Fault::None);
        let before = healthy.picture();
        let failing = TestMachine::new(root.path(), fault);
        match (install(&scene, &failing, true, 0), fault) {
            (Ok(()), _) => {
                let environment = scene.environment(&healthy, false, 0);
                prop_assert!(plan(&scene, &environment).is_empty());
            }
            (Err(_), Fault::Crash(_)) => {}
            (Err(error), _) => {
                prop_assert_eq!(&error.left, &[], "{}", error);
                same(&healthy.picture(), &before)?;
            }
        }
        let undone = uninstall(&scene, &healthy);
        prop_assert_eq!(undone.left, []);
        same(&healthy.picture(), &before)?;
    }

    #[test]
    fn what_a_crash_cut_short_is_taken_back_by_the_next_installation(scene in scenes(), at in 0..60u32) {
        let root = folder();
        scene.build(root.path());
        let healthy = TestMachine::new(root.path(), Fault::None);
        let before = healthy.picture();
        let _ = install(&scene, &TestMachine::new(root.path(), Fault::Crash(at)), true, 0);
        let environment = scene.environment(&healthy, true, 0);
        installer::undo_cut_short(&healthy, &mut journal(&environment));
        let whole = !journal(&environment).is_empty();
        install(&scene, &healthy, !whole, 1).unwrap();
        let environment = scene.environment(&healthy, false, 1);
        prop_assert!(plan(&scene, &environment).is_empty());
        prop_assert_eq!(uninstall(&scene, &healthy).left, []);
        same(&healthy.picture(), &before)?;
    }

    #[test]
    fn an_upgrade_that_fails_leaves_the_installation_as_it_was(scene in scenes(), fault in faults()) {
        let root = folder();
        scene.build(root.path());
        let healthy = TestMachine::new(root.path(), Fault::None);
        let before = healthy.picture();
        install(&scene, &healthy, true, 0).unwrap();
        let installed = healthy.picture();
        let failed = install(&scene, &TestMachine::new(root.path(), fault), false, 2).is_err();
        if failed && !matches!(fault, Fault::Crash(_)) {
            same(&healthy.picture(), &installed)?;
        }
        prop_assert_eq!(uninstall(&scene, &healthy).left, []);
        same(&healthy.picture(), &before)?;
    }

    #[test]
    fn taking_back_that_fails_is_mended_by_doing_it_again(scene in scenes(), fault in faults()) {
        let root = folder();
        scene.build(root.path());
        let healthy = TestMachine::new(root.path(), Fault::None);
        let before = healthy.picture();
        install(&scene, &healthy, true, 1).unwrap();
        uninstall(&scene, &TestMachine::new(root.path(), fault));
        prop_assert_eq!(uninstall(&scene, &healthy).left, []);
        same(&healthy.picture(), &before)?;
    }
}
