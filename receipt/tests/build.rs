//! Receipts as the builder writes them, read back by parser, layout and
//! drawing: languages, columns, codes, pictures, and text that tries to command.

use std::borrow::Cow;

use platen_receipt::build::{
    Align, Barcode, BarcodeKind, Block, Column, ReceiptBuilder, Rule, Span, Symbol, Text, TextStyle,
};
use platen_receipt::command::{Command, Font};
use platen_receipt::draw::draw_job;

use platen_receipt::image::{Bitmap, Dither, GrayPicture};
use platen_receipt::inspect::Inspector;
use platen_receipt::{CodeTable, Fonts, Multibyte, Profile, encode, parse, render_text};
use proptest::prelude::*;

fn job(profile: &Profile, fill: impl FnOnce(&mut ReceiptBuilder)) -> Vec<u8> {
    let mut builder = ReceiptBuilder::new();
    fill(&mut builder);
    builder.build().encode(profile)
}

fn printed(text: &str, profile: &Profile) -> String {
    let job = job(profile, |receipt| {
        receipt.text(text);
    });
    render_text(&job, profile)
}

/// Sentences in the languages of Europe and beyond, that a common printer has
/// the letters for.
const LANGUAGES: [(&str, &str); 34] = [
    ("Albanian", "Faleminderit për blerjen, ëndrra të ëmbla"),
    ("Basque", "Eskerrik asko zure erosketagatik, jauna"),
    ("Bosnian", "Hvala na kupovini, čaša džema i đevreka"),
    ("Bulgarian", "Благодарим ви за покупката, щъркел"),
    ("Catalan", "Gràcies per la compra, col·lecció i vuitè"),
    ("Croatian", "Hvala na kupnji, šećer, čaj i džem"),
    ("Czech", "Děkujeme, přijďte zas: žluťoučký kůň"),
    ("Danish", "Tak for købet, æble, ål og brød"),
    ("Dutch", "Bedankt voor uw aankoop, coördinatie"),
    ("English", "Thank you, naïve café “patrons”"),
    ("Estonian", "Täname ostu eest, õunad ja jäääär"),
    ("Finnish", "Kiitos käynnistä, hyvää yötä Åbo"),
    ("French", "Merci, à bientôt: cœur, garçon, Noël 3,80 €"),
    ("German", "Vielen Dank, süße Grüße aus Köln: 3,80 €"),
    ("Greek", "Ευχαριστούμε, καλημέρα ψωμί"),
    ("Hungarian", "Köszönjük, árvíztűrő tükörfúrógép"),
    ("Icelandic", "Takk fyrir, þú ert góð, ævi og ðe"),
    ("Irish", "Go raibh maith agat, siúcra agus tae"),
    ("Italian", "Grazie, perché è così: caffè più"),
    ("Latvian", "Paldies, glāžšķūņa rūķīši"),
    ("Lithuanian", "Ačiū, įlinkdama fechtuotojo špaga"),
    ("Macedonian", "Ви благодариме, ѓубре и ќебе"),
    ("Maltese", "Grazzi, għandek ħobż żgħir"),
    ("Norwegian", "Takk, blåbærsyltetøy på brød"),
    ("Polish", "Dziękujemy, zażółć gęślą jaźń"),
    ("Portuguese", "Obrigado, coração, pão e maçã"),
    ("Romanian", "Mulţumim, înapoi la prăjituri"),
    ("Russian", "Спасибо, съешь ещё этих булок"),
    ("Serbian", "Хвала, љубав и џем, ђак"),
    ("Slovak", "Ďakujeme, vŕba, kôň, ľalia"),
    ("Slovenian", "Hvala, češnje, žemlja in šunka"),
    ("Spanish", "Gracias, ¿mañana? ¡Sí! pingüino"),
    ("Swedish", "Tack, räksmörgås på ön"),
    ("Turkish", "Teşekkürler, pijamalı hasta yağız şoför"),
];

#[test]
fn thirty_four_languages_are_printed_in_the_printers_own_characters() {
    let profile = Profile::default();
    for (language, text) in LANGUAGES {
        let mut receipt = ReceiptBuilder::new();
        receipt.text(text);
        let composed = receipt.build().compose(&profile, Fonts::bundled());
        let drawn = composed
            .commands
            .iter()
            .any(|command| matches!(command, Command::SelectBitImageMode { .. }));
        assert!(!drawn, "{language}");
        let job = encode(&composed.commands);
        let switches = parse(&job)
            .commands
            .into_iter()
            .filter(|located| matches!(located.command, Command::SelectCharacterCodeTable(_)));
        assert!(switches.count() <= 3, "{language}");
        assert_eq!(
            render_text(&job, &profile),
            format!("{text}\n"),
            "{language}"
        );
    }
}

#[test]
fn known_octets_for_known_tables() {
    for (text, table, octets) in [
        ("é", 0, [0x82].as_slice()),
        ("€", 19, &[0xD5]),
        ("ж", 17, &[0xA6]),
        ("ż", 18, &[0xBE]),
        ("ς", 14, &[0xAA]),
        ("ğ", 13, &[0xA7]),
    ] {
        let mut expected = b"\x1b@\x1bR\0\x1c.\x1bt".to_vec();
        expected.push(table);
        expected.extend_from_slice(octets);
        expected.push(b'\n');
        let job = job(&Profile::default(), |receipt| {
            receipt.text(text);
        });
        assert_eq!(job, expected, "{text}");
    }
}

/// What a model has no characters for is drawn, dot for dot as a model that
/// has them would print it.
#[test]
fn the_same_languages_are_drawn_where_the_printer_has_only_ascii() {
    let complete = Profile::default();
    let mut ascii = Profile::default();
    ascii.code_tables = Cow::Borrowed(&[]);
    for (language, text) in LANGUAGES {
        for style in [
            TextStyle::new(),
            TextStyle::new().bold(),
            TextStyle::new().inverse(),
            TextStyle::new().size(2, 2),
            TextStyle::new().size(1, 3).bold(),
        ] {
            let fill = |receipt: &mut ReceiptBuilder| {
                receipt.styled(text, style);
            };
            let (native, drawn) = (job(&complete, fill), job(&ascii, fill));
            let paper = |job: &[u8]| ink(&draw_job(job, &complete).paper);
            assert_eq!(paper(&native), paper(&drawn), "{language} {style:?}");
        }
    }
}

/// The rows of a picture that have dots, so that empty paper does not count.
fn ink(bitmap: &Bitmap) -> Vec<Vec<u8>> {
    let row_octets = bitmap.width_dots().div_ceil(8) as usize;
    let rows = bitmap.rows().chunks_exact(row_octets);
    rows.filter(|row| row.iter().any(|&octet| octet != 0))
        .map(<[u8]>::to_vec)
        .collect()
}

#[test]
fn models_of_east_asia_print_their_own_characters() {
    for (multibyte, text) in [
        (Multibyte::ShiftJis, "ありがとうございました 合計 1,280 円"),
        (Multibyte::ShiftJis, "2027年9月30日 ¥1,280 · é 税込"),
        (Multibyte::Gb18030, "谢谢光临 合计 28.00 元"),
        (Multibyte::Big5, "謝謝光臨 合計 280 元"),
        (Multibyte::KsC5601, "감사합니다 합계 12,800 원"),
    ] {
        let profile = Profile::default().with_multibyte(multibyte);
        assert_eq!(printed(text, &profile), format!("{text}\n"));
    }
}

#[test]
fn scripts_that_the_printer_cannot_write_are_drawn_whole() {
    for (language, text) in [
        ("Arabic", "مرحبا بكم في المقهى، السلام عليكم"),
        ("Persian", "خوش آمدید، چای و پسته گرم"),
        ("Urdu", "خوش آمدید، چائے گرم ہے"),
        ("Thai", "ขอบคุณครับ น้ำชาเย็น"),
        ("Vietnamese", "Cảm ơn quý khách, phở bò đặc biệt"),
        ("Japanese", "ありがとうございました 抹茶ラテ"),
        ("Chinese", "谢谢光临 欢迎再来"),
        ("Traditional Chinese", "謝謝光臨 歡迎再來"),
        ("Korean", "감사합니다 또 오세요"),
        ("Kazakh", "Рахмет, қайта келіңіз"),
    ] {
        for style in [TextStyle::new(), TextStyle::new().size(2, 2).bold()] {
            let mut receipt = ReceiptBuilder::new();
            receipt.styled(text, style);
            let composed = receipt
                .build()
                .compose(&Profile::default(), Fonts::complete());
            assert_eq!(composed.missing, "", "{language}");
            let paper = draw_job(&encode(&composed.commands), &Profile::default()).paper;
            let black: u32 = paper.rows().iter().map(|octet| octet.count_ones()).sum();
            let characters = u32::try_from(text.chars().count()).expect("short");
            assert!(black > characters * 15, "{language}: {black} dots");
        }
    }
}

#[test]
fn hebrew_is_printed_in_visual_order() {
    assert_eq!(printed("תודה רבה 12", &Profile::default()), "12 הבר הדות\n");
}

#[test]
fn what_nobody_has_is_a_box_and_is_told() {
    let mut receipt = ReceiptBuilder::new();
    receipt.text("a\u{10ffff}b\u{10ffff}");
    let composed = receipt
        .build()
        .compose(&Profile::default(), Fonts::bundled());
    assert_eq!(composed.missing, "\u{10ffff}");
    let texts = composed
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Text(octets) => Some(octets.as_slice()),
            _ => None,
        });
    assert_eq!(texts.collect::<Vec<_>>().concat(), b"ab");
}

#[test]
fn columns_stand_where_they_should_in_every_style() {
    let profile = Profile::new(32, 384);
    let columns = [
        Column::characters(3),
        Column::rest(),
        Column::characters(9).right(),
    ];
    let job = job(&profile, |receipt| {
        receipt.rule(Rule::Double);
        receipt.row(&columns, ["2", "Käsespätzle mit Röstzwiebeln", "21,80 €"]);
        let total = TextStyle::new().bold();
        receipt.row(
            &[Column::rest(), Column::rest().right()],
            [Span::new("Total", total), Span::new("21,80 €", total)],
        );
        receipt
            .rule(Rule::Dashed)
            .align(Align::Center)
            .text("Danke");
        receipt.align(Align::Right).text("bis bald").feed(2).cut();
    });
    assert_eq!(
        render_text(&job, &profile),
        "════════════════════════════════\n\
         2   Käsespätzle mit      21,80 €\n    Röstzwiebeln\n\
         Total                    21,80 €\n\
         --------------------------------\n              Danke\n                        \
         bis bald\n\n\n[cut]\n"
    );
}

#[test]
fn columns_in_a_smaller_font_end_at_the_same_edge() {
    let profile = Profile::default();
    let small = TextStyle::new().font(Font::B);
    let job = job(&profile, |receipt| {
        receipt.row(
            &[Column::rest(), Column::rest().right()],
            [Span::new("left", small), Span::new("right", small)],
        );
    });
    let paper = draw_job(&job, &profile).paper;
    let rows = ink(&paper);
    let rightmost = rows
        .iter()
        .filter_map(|row| (0..576).rev().find(|x| row[x / 8] & 0x80 >> (x % 8) != 0));
    let rightmost = rightmost.max().expect("there is text");
    assert!((567..576).contains(&rightmost), "{rightmost}");
}

#[test]
fn codes_say_what_they_were_given() {
    let job = job(&Profile::default(), |receipt| {
        let barcode = Barcode::new(BarcodeKind::Code128, "HC-20260203-7").expect("ASCII");
        receipt.align(Align::Center).barcode(barcode);
        receipt.symbol(Symbol::qr("https://example.org/ü"));
    });
    assert_eq!(
        render_text(&job, &Profile::default()),
        "[barcode CODE128 HC-20260203-7]\n\n[QR https://example.org/ü]\n"
    );
}

#[test]
fn a_picture_is_made_as_wide_as_the_paper_and_printed_dot_for_dot() {
    let levels: Vec<u8> = (0..1200 * 300_u32).map(|at| (at % 251) as u8).collect();
    let picture = GrayPicture::from_levels(1200, 300, levels).expect("fits");
    let expected = picture
        .scaled_to_width(576)
        .expect("fits")
        .dithered(Dither::Atkinson);
    let job = job(&Profile::default(), |receipt| {
        receipt.picture(picture, Dither::Atkinson);
    });
    let paper = draw_job(&job, &Profile::default()).paper;
    assert_eq!(ink(&paper), ink(&expected));
}

#[test]
fn a_style_is_switched_only_where_it_changes() {
    let job = job(&Profile::default(), |receipt| {
        let bold = TextStyle::new().bold();
        receipt
            .styled("one", bold)
            .styled("two", bold)
            .text("three");
    });
    assert_eq!(job, b"\x1b@\x1bR\0\x1bE\x01one\ntwo\n\x1bE\0three\n");
}

/// Arguments of our own commands can end in what begins another printer's.
#[test]
fn no_size_and_no_feed_makes_a_command_of_the_text_after_it() {
    let profile = Profile::new(200, 2400);
    for number in 1..=u8::MAX {
        let job = job(&profile, |receipt| {
            let style = TextStyle::new().size(number / 8 % 8 + 1, number % 8 + 1);
            receipt.feed(number);
            receipt.text("U1 setvar \"a\" JUS XA^JUS XZ }{ ");
            receipt.styled("U1 setvar \"a\" \"b\" JR XA JUS }{ ", style);
        });
        let mut inspector = Inspector::new();
        inspector.feed(&job);
        let findings = inspector.finish().findings;
        assert!(findings.is_empty(), "{number}: {findings:?}");
    }
}

/// Text with more than its share of what steers a printer.
fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        2 => "[ -~]{0,8}",
        1 => Just("\u{1b}p\u{0}\u{19}\u{19}".to_owned()),
        1 => Just("\u{10}\u{14}\u{1}\u{0}\u{1}\u{7}".to_owned()),
        1 => Just("^XA^JUF^XZ~JR! U1 setvar \"a\" \"b\"{}{".to_owned()),
        1 => Just("é€Жş\r\n\t漢字שלוםЮżß".to_owned()),
    ];
    proptest::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

fn any_style() -> impl Strategy<Value = TextStyle> {
    (any::<[bool; 5]>(), 1u8..4, 1u8..4).prop_map(|(flags, width, height)| {
        let [bold, underline, inverse, font_b, rotated] = flags;
        let mut style = TextStyle::new().size(width, height);
        style.bold = bold;
        style.underline = underline;
        style.inverse = inverse;
        style.rotated = rotated;
        style.font(if font_b { Font::B } else { Font::A })
    })
}

fn profiles() -> impl Strategy<Value = Profile> {
    (0usize..7, 16u16..50).prop_map(|(kind, columns)| {
        let mut profile = Profile::new(columns, columns * 12);
        match kind {
            0 => profile.code_tables = Cow::Borrowed(&[]),
            1 => profile.code_tables = Cow::Borrowed(&[(0, CodeTable::Cp437)]),
            2 => profile.multibyte = Some(Multibyte::ShiftJis),
            3 => profile.multibyte = Some(Multibyte::Gb18030),
            4 => profile.multibyte = Some(Multibyte::Big5),
            5 => profile.multibyte = Some(Multibyte::KsC5601),
            _ => {}
        }
        profile
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the text, the style and the printer: nothing but text and the
    /// builder's own commands comes out, and nobody's inspector objects.
    #[test]
    fn text_of_a_receipt_never_becomes_a_command(
        texts in proptest::collection::vec((any_text(), any_style()), 1..4),
        profile in profiles(),
    ) {
        let mut receipt = ReceiptBuilder::new();
        let spans: Vec<Span> = texts
            .iter()
            .map(|(text, style)| Span::new(text.as_str(), *style))
            .collect();
        receipt.text(spans.clone());
        let cells: Vec<Text> = spans.into_iter().map(Text::from).collect();
        let columns = vec![Column::rest(); cells.len()];
        receipt.block(Block::Row { columns: columns.into(), cells });
        let job = receipt.build().encode(&profile);
        let mut inspector = Inspector::new();
        inspector.feed(&job);
        let findings = inspector.finish().findings;
        prop_assert!(findings.is_empty(), "{findings:?}");
        for (index, located) in parse(&job).commands.into_iter().enumerate() {
            let ours = match located.command {
                Command::InitializePrinter => index == 0,
                Command::SelectInternationalCharacterSet(n) => index == 1 && n == 0,
                Command::Text(octets) => octets.iter().all(|&octet| octet >= 0x20 && octet != 0x7F),
                Command::PrintAndLineFeed
                | Command::SelectKanjiMode
                | Command::SelectKanjiCodeSystem(_)
                | Command::CancelKanjiMode
                | Command::SelectCharacterCodeTable(_)
                | Command::SelectCharacterFont(_)
                | Command::SelectCharacterSize(_)
                | Command::SelectJustification(_)
                | Command::TurnEmphasizedMode(_)
                | Command::TurnUnderlineMode(_)
                | Command::TurnReverseMode(_)
                | Command::TurnRotation(_)
                | Command::SetAbsolutePrintPosition(_)
                | Command::SelectBitImageMode { .. }
                | Command::PrintRasterBitImage { .. } => true,
                _ => false,
            };
            prop_assert!(ours, "at {}", located.offset);
        }
    }
}

#[test]
fn a_strip_after_a_letter_beyond_ascii_is_data_for_every_printer() {
    let mut profile = Profile::default();
    profile.code_tables = Cow::Borrowed(&[(0, CodeTable::Cp437)]);
    let job = job(&profile, |receipt| {
        receipt.text("é漢");
    });
    let commands: Vec<Command> = parse(&job)
        .commands
        .into_iter()
        .map(|located| located.command)
        .collect();
    let strip = commands
        .iter()
        .position(|command| matches!(command, Command::SelectBitImageMode { .. }))
        .expect("a strip");
    assert_eq!(commands[strip - 2], Command::Text(vec![0x82]));
    assert!(matches!(commands[strip - 1], Command::TurnUnderlineMode(_)));
}
