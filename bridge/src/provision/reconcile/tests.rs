//! Files against machines.

use super::*;
use crate::grant::PrinterScope;
use crate::provision::Warrant;
use crate::testing::{NOW, Site as TestSite};

/// A machine that plans are carried out on.
#[derive(Default)]
struct Machine {
    grants: Vec<Arc<Grant>>,
    printers: Vec<AddedPrinter>,
    with_jobs: BTreeSet<PrinterId>,
    configured: Vec<(PrinterId, String)>,
    live: bool,
    before: Option<Kept>,
}

impl Machine {
    fn plan(&self, wanted: &Provision) -> Plan {
        let standing = Standing {
            grants: &self.grants,
            printers: &self.printers,
            with_jobs: &self.with_jobs,
            live: self.live,
            configured: &self.configured,
            before: self.before.as_ref(),
        };
        plan(wanted, &standing, NOW)
    }

    /// Does what is to be done, and returns what that was.
    fn apply(&mut self, wanted: &Provision) -> Vec<ChangeKind> {
        let Plan { write, changes } = self.plan(wanted);
        self.grants
            .retain(|grant| !write.remove_grants.contains(&grant.id));
        for replaced in write.replace_grants {
            let place = self.grants.iter_mut().find(|grant| grant.id == replaced.id);
            *place.unwrap() = Arc::new(replaced);
        }
        for mut grant in write.add_grants {
            grant.id = self.grants.iter().map(|grant| grant.id).max().unwrap_or(0) + 1;
            self.grants.push(Arc::new(grant));
        }
        self.printers.retain(|had| {
            !write.forget_printers.contains(&had.id)
                && !write.keep_printers.iter().any(|keep| keep.id == had.id)
        });
        self.printers.extend(write.keep_printers);
        let accepted = crate::provision::Accepted {
            file: "/etc/platen/provision.toml".into(),
            provision: wanted.clone(),
            warrant: Warrant::Protected,
        };
        self.before = Some(Kept::of(&accepted, NOW));
        changes.into_iter().map(|change| change.what).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.grants.iter().map(|grant| &*grant.name).collect()
    }
}

fn site(name: &str) -> super::super::Site {
    let host = format!("{name}.example");
    let grant = TestSite::new(&[&host]).grant(0, &[&format!("https://{host}")]);
    super::super::Site {
        grant: Grant {
            name: name.to_owned(),
            provisioned: true,
            created_at: 0,
            ..grant
        },
        loopback: true,
    }
}

fn printer(id: &str, uri: &str) -> Addition {
    Addition {
        id: id.parse().unwrap(),
        ..Addition::by_hand(uri.parse().unwrap(), Some(id.to_owned()), None)
    }
}

fn file(sites: &[super::super::Site], printers: &[Addition]) -> Provision {
    Provision {
        sites: sites.to_vec(),
        printers: printers.to_vec(),
        ..Provision::default()
    }
}

#[test]
fn a_second_time_nothing_is_left_to_do() {
    let wanted = file(
        &[site("pos"), site("office")],
        &[printer("bar", "socket://192.0.2.8")],
    );
    let mut machine = Machine::default();
    let kinds = machine.apply(&wanted);
    assert_eq!(
        kinds,
        [
            ChangeKind::SiteAdded,
            ChangeKind::SiteAdded,
            ChangeKind::PrinterAdded
        ]
    );
    assert_eq!(machine.plan(&wanted), Plan::default());
    assert_eq!(machine.grants[0].created_at, NOW);
}

#[test]
fn what_left_the_file_is_taken_back_and_what_a_person_added_stays() {
    let (pos, office) = (site("pos"), site("office"));
    let (bar, kitchen) = (
        printer("bar", "socket://192.0.2.8"),
        printer("kitchen", "socket://192.0.2.7"),
    );
    let mut machine = Machine::default();
    // A person's grant of the same name, and a person's printer.
    let by_hand = Grant {
        provisioned: false,
        id: 7,
        ..office.grant.clone()
    };
    machine.grants.push(Arc::new(by_hand));
    machine.apply(&file(&[pos.clone(), office], &[bar, kitchen.clone()]));
    assert_eq!(machine.names(), ["office", "pos", "office"]);
    let kinds = machine.apply(&file(&[pos], &[kitchen]));
    assert_eq!(kinds, [ChangeKind::SiteRemoved, ChangeKind::PrinterRemoved]);
    assert_eq!(machine.names(), ["office", "pos"]);
    assert_eq!(machine.grants[0].id, 7);
    machine.apply(&Provision::default());
    assert_eq!(machine.names(), ["office"]);
    assert!(machine.printers.is_empty());
}

#[test]
fn what_a_person_took_back_comes_back_and_that_is_said() {
    let wanted = file(&[site("pos")], &[printer("bar", "socket://192.0.2.8")]);
    let mut machine = Machine::default();
    machine.apply(&wanted);
    machine.grants.clear();
    machine.printers.clear();
    let plan = machine.plan(&wanted);
    let said: Vec<_> = plan.changes.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("taken back by hand"), "{said:?}");
    assert!(said[1].contains("removed by hand"), "{said:?}");
    machine.apply(&wanted);
    assert_eq!(machine.names(), ["pos"]);
}

#[test]
fn other_terms_keep_the_grants_number_and_another_certificate_does_not() {
    let mut pos = site("pos");
    let mut machine = Machine::default();
    machine.apply(&file(std::slice::from_ref(&pos), &[]));
    pos.grant.printers = PrinterScope::Only(["bar".parse().unwrap()].into());
    let kinds = machine.apply(&file(std::slice::from_ref(&pos), &[]));
    assert_eq!(
        (&kinds[..], machine.grants[0].id),
        (&[ChangeKind::SiteChanged][..], 1)
    );
    assert_eq!(machine.grants[0].printers, pos.grant.printers);
    let renewed = machine.plan(&file(&[site("pos")], &[]));
    assert_eq!(renewed.write.remove_grants, [1]);
    assert_eq!(renewed.write.add_grants.len(), 1);
}

#[test]
fn a_printer_that_jobs_wait_for_stays_until_they_are_printed() {
    let bar = printer("bar", "socket://192.0.2.8");
    let mut machine = Machine::default();
    machine.apply(&file(&[], std::slice::from_ref(&bar)));
    machine.with_jobs = [bar.id.clone()].into();
    assert_eq!(
        machine.apply(&Provision::default()),
        [ChangeKind::PrinterWaits]
    );
    let moved = file(&[], &[printer("bar", "socket://192.0.2.9")]);
    machine.live = true;
    assert_eq!(machine.apply(&moved), [ChangeKind::PrinterWaits]);
    // Another name is no reason to wait, and at a start nothing works yet.
    let mut renamed = bar.clone();
    renamed.name = "Bar".to_owned();
    assert_eq!(
        machine.apply(&file(&[], &[renamed])),
        [ChangeKind::PrinterChanged]
    );
    assert_eq!(machine.printers[0].aliases, ["bar"]);
    machine.live = false;
    assert_eq!(machine.apply(&moved), [ChangeKind::PrinterChanged]);
    machine.with_jobs.clear();
    assert_eq!(
        machine.apply(&Provision::default()),
        [ChangeKind::PrinterRemoved]
    );
}

#[test]
fn a_printer_that_is_somebody_elses_already_is_left_alone() {
    let bar = printer("bar", "socket://192.0.2.8");
    let wanted = file(&[], std::slice::from_ref(&bar));
    for (id, uri) in [("bar", "virtual:"), ("other", "socket://192.0.2.8:9100")] {
        let mut machine = Machine {
            configured: vec![(id.parse().unwrap(), uri.to_owned())],
            ..Machine::default()
        };
        assert_eq!(machine.apply(&wanted), [ChangeKind::PrinterTaken]);
        assert!(machine.printers.is_empty());
    }
    let mut machine = Machine::default();
    machine.apply(&wanted);
    machine.printers[0].provisioned = false;
    assert_eq!(machine.apply(&wanted), [ChangeKind::PrinterTaken]);
    machine.apply(&Provision::default());
    assert_eq!(machine.printers.len(), 1, "it is the person's");
}
