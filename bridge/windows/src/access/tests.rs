use super::*;

#[test]
fn our_own_process_runs_under_our_own_account() {
    let own = own_account().unwrap();
    assert!(own.as_str().starts_with("S-1-"), "{own}");
    assert_eq!(account_of_process(std::process::id()).unwrap(), own);
    is_administrators_process(std::process::id()).unwrap();
}

#[test]
fn the_same_account_the_system_and_administrators_are_trusted_and_nobody_else() {
    let own = Sid::new("S-1-5-21-1-2-3-1001");
    for (who, expected) in [
        ("S-1-5-21-1-2-3-1001", true),
        (SYSTEM, true),
        (ADMINISTRATORS, true),
        ("S-1-5-21-1-2-3-1002", false),
        ("S-1-1-0", false),
        ("S-1-5-19", false),
    ] {
        assert_eq!(Sid::new(who).is_trusted_by(&own), expected, "{who}");
    }
}

#[test]
fn what_is_made_private_is_open_to_nobody_else() {
    let own = own_account().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    create_private_folder(&made, &own).unwrap();
    assert!(create_private_folder(&made, &own).is_err(), "it is there");
    assert_eq!(exposure_of(&made, &own).unwrap().others, []);
    let file = made.join("secret");
    drop(create_private_file(&file, &own).unwrap());
    assert!(create_private_file(&file, &own).is_err(), "it is there");
    let found = exposure_of_file(&File::open(&file).unwrap(), &own).unwrap();
    assert!(found.owner.is_trusted_by(&own), "{found:?}");
    assert_eq!(found.others, []);
}

#[test]
fn to_write_is_also_to_put_something_else_in_its_place() {
    let may = |rights| Allowed {
        who: Sid::new("S-1-5-21-1-2-3-1002"),
        rights,
    };
    for rights in [FILE_WRITE_DATA, FILE_DELETE_CHILD, WRITE_DAC, GENERIC_ALL] {
        assert!(may(rights).writes(), "{rights:x}");
    }
    assert!(!may(FILE_READ_DATA).writes() && !may(FILE_WRITE_DATA).reads());
    assert!(!may(FILE_READ_DATA).is_a_crowd());
}

#[test]
fn a_list_that_lets_others_in_is_seen_and_can_be_closed() {
    let own = own_account().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Wine adds what the folder above gives, also where that is not wanted.
    let above = folder.path().join("above");
    create_private_folder(&above, &own).unwrap();
    let open = above.join("open");
    let text = format!("O:{own}D:P(A;;GA;;;{own})(A;;GR;;;WD)");
    let descriptor = Descriptor::of_text(&text).unwrap();
    let (name, attributes) = (wide_path(&open), descriptor.attributes());
    // SAFETY: as in `create_private_folder`.
    check(unsafe { CreateDirectoryW(name.as_ptr(), &raw const attributes) }).unwrap();
    let found = exposure_of(&open, &own).unwrap();
    let [allowed] = &found.others[..] else {
        panic!("{found:?}")
    };
    assert!(allowed.reads() && allowed.is_a_crowd(), "{allowed:?}");
    make_private(&open, &own).unwrap();
    assert_eq!(exposure_of(&open, &own).unwrap().others, []);
}
