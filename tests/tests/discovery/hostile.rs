//! T13: neighbors that flood, lie and send what is no message.

use anyhow::{Context as _, Result};
use platen_tests::chance::Random;

use crate::shop::{AGENT, NEIGHBOR, PRINTER, REMOTE, Shop};

/// A name on the wire, in labels as they come.
fn name(labels: &[&[u8]]) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in labels {
        octets.push(u8::try_from(label.len().min(63)).unwrap_or_default());
        octets.extend(&label[..label.len().min(63)]);
    }
    octets.push(0);
    octets
}

fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    [
        owner,
        &kind.to_be_bytes(),
        &[0x80, 1, 0, 0, 0, 120],
        &length.to_be_bytes(),
        data,
    ]
    .concat()
}

/// Everything that a printer with this name says, wherever it says it is.
fn announcement(label: &[u8], host: &str, port: u16, ip: &str, text: &[u8]) -> Vec<u8> {
    let service = [&b"_pdl-datastream"[..], b"_tcp", b"local"];
    let instance = name(&[label, service[0], service[1], service[2]]);
    let host = name(&[host.as_bytes(), b"local"]);
    let octets = ip
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect::<Vec<u8>>();
    let records = [
        record(&name(&service), 12, &instance),
        record(
            &instance,
            33,
            &[&[0, 0, 0, 0][..], &port.to_be_bytes(), &host].concat(),
        ),
        record(&instance, 16, text),
        record(&host, 1, &octets),
    ];
    let mut message = vec![0, 0, 0x84, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    message.extend(records.concat());
    message
}

fn pair(key: &str, value: &str) -> Vec<u8> {
    let pair = format!("{key}={value}");
    let length = u8::try_from(pair.len().min(255)).unwrap_or_default();
    [&[length][..], &pair.as_bytes()[..usize::from(length)]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn t13_a_hostile_network_does_no_harm() -> Result<()> {
    let shop = Shop::open().await?;
    let mut neighbor = shop.neighbor()?;
    let mut watch = shop.watch()?;
    // Nothing before this is heard: the agent listens.
    let quiet = shop.found().await?;
    assert!(quiet.is_empty(), "{quiet:#?}");
    let memory = shop.json(&["status"]).await?["resident_octets"].as_u64();

    // A name that drives terminals, and one that forges lines.
    let steering = announcement(
        b"\x1b[2J\x07evil\nprinter.found",
        "evil",
        9100,
        NEIGHBOR,
        &pair("ty", "\u{202e}\x1b]0;x\x07"),
    );
    neighbor.send(NEIGHBOR, &steering).await?;
    // Into this machine, to everybody, to nobody, and past the neighbors.
    for (host, ip, port) in [
        ("a", "127.0.0.1", 8181),
        ("b", AGENT, 8181),
        ("c", "0.0.0.0", 9100),
        ("d", "255.255.255.255", 9100),
        ("e", "224.0.0.1", 9100),
        ("f", REMOTE, 9100),
        ("g", NEIGHBOR, 0),
    ] {
        let text = pair("UUID", "12345678-9abc-def0-1234-56789abcdef0");
        let said = announcement(host.as_bytes(), host, port, ip, &text);
        neighbor.send(NEIGHBOR, &said).await?;
    }
    // From behind a router, which multicast DNS never passes.
    neighbor
        .send(
            REMOTE,
            &announcement(b"remote", "remote", 9100, PRINTER, b""),
        )
        .await?;
    // What is no message: noise, loops, and lengths that promise more.
    let mut chance = Random::new(13);
    let whole = announcement(b"loop", "loop", 9100, NEIGHBOR, b"\xffabc");
    for _ in 0..200 {
        let mut octets = whole.clone();
        for _ in 0..8 {
            let at = usize::try_from(chance.below(octets.len() as u64))?;
            octets[at] = u8::try_from(chance.below(256))?;
        }
        octets.truncate(usize::try_from(chance.below(octets.len() as u64))?);
        neighbor.send(NEIGHBOR, &octets).await?;
    }
    // A flood of names, each with as much text as fits.
    let text = (0..5)
        .flat_map(|n| pair(&format!("k{n}"), &"x".repeat(240)))
        .collect::<Vec<_>>();
    for number in 0..4_000 {
        let said = announcement(
            format!("flood {number}").as_bytes(),
            &format!("h{number}"),
            9100,
            NEIGHBOR,
            &text,
        );
        neighbor.send(NEIGHBOR, &said).await?;
    }
    // And somebody honest, until heard.
    let honest = announcement(
        b"Till",
        "till",
        9100,
        PRINTER,
        &pair("ty", "EPSON TM-T20II"),
    );
    let found = async {
        loop {
            neighbor.send(PRINTER, &honest).await?;
            let next = watch.next(|line| line["printer"]["name"] == "Till");
            if let Ok(line) =
                tokio::time::timeout(std::time::Duration::from_millis(300), next).await
            {
                return line;
            }
        }
    };
    let till = tokio::time::timeout(crate::shop::DEADLINE, found)
        .await
        .context("the honest one was kept out")??;
    assert_eq!(till["printer"]["profile"], "TM-T20II");

    let shown = shop.verb(&["printers", "discover", "--wait", "1"]).await?;
    assert!(
        !shown
            .chars()
            .any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')),
        "{shown}"
    );
    let found = shop.json(&["printers", "discover", "--wait", "1"]).await?;
    let printers = found["printers"].as_array().context("a list")?;
    assert!((2..=256).contains(&printers.len()), "{}", printers.len());
    assert!(
        found["passed_over"].as_u64() > Some(100),
        "{}",
        found["passed_over"]
    );
    for printer in printers {
        let said = printer.to_string();
        assert!(said.len() < 4_096, "{said}");
        for nowhere in [
            "127.0.0.1",
            AGENT,
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            ":0\"",
            "remote",
        ] {
            assert!(!said.contains(nowhere), "{nowhere} in {said}");
        }
    }
    // Nobody was contacted because a record said so, and nothing was added.
    neighbor.send(PRINTER, &honest).await?;
    assert_eq!(neighbor.contacts, Vec::<String>::new());
    let status = shop.json(&["status"]).await?;
    assert_eq!(
        (&status["connections"], &status["printers"]),
        (&0.into(), &1.into())
    );
    let grown = status["resident_octets"]
        .as_u64()
        .zip(memory)
        .map(|(now, before)| now.saturating_sub(before));
    assert!(grown < Some(16 * 1024 * 1024), "{grown:?}");
    // And it prints.
    shop.verb(&["printers", "test", "receipt"]).await?;
    Ok(())
}
