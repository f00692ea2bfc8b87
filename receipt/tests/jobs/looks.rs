//! Jobs that show how things look: styles, positions, scripts.

use platen_receipt::{Multibyte, Profile};

/// Name, job and printer of each.
pub(crate) fn looks() -> Vec<(String, Vec<u8>, Profile)> {
    let mut all: Vec<(String, Vec<u8>, Profile)> = Vec::new();
    let mut add = |name: &str, job: &[u8]| {
        all.push((name.to_owned(), job.to_vec(), Profile::new(32, 384)));
    };
    add(
        "styles",
        b"plain\n\x1bE\x01bold\x1bE\x00 \x1b-\x01one dot\x1b-\x00 \x1b-\x02two dots\x1b-\x00\n\
          \x1dB\x01 white on black \x1dB\x00 and back\n\x1bE\x01\x1d!\x11\x1dB\x01 TOTAL \x1dB\x00 9.80\n",
    );
    add(
        "fonts",
        b"Font A 0123456789 AaBbGgQq\n\x1bM\x01Font B 0123456789 AaBbGgQq\n\x1bM\x02Font C 0123456789 AaBbGgQq\n",
    );
    add(
        "sizes",
        b"1\x1d!\x112\x1d!\x223\x1d!\x334\x1d!\x445\n\x1d!\x10wide\x1d!\x01high\x1d!\x00 plain\n",
    );
    add(
        "justification",
        b"left\n\x1ba\x01center\n\x1ba\x02right\n\x1ba\x00\x1dL\x60\x00\x1dW\xc0\x00margin and width of an area\n",
    );
    add(
        "tabs-and-positions",
        b"item\tqty\tsum\n\x1bD\x10\x18\x00a\t2\t7.60\nb\t1\t3.40\n\x1b$\xf0\x00at 240\x1b\\\xf0\xffback\n",
    );
    add(
        "line-spacing",
        b"\x1b3\x00tight\ntight\n\x1b3\x3cwide\nwide\n\x1b2usual\nusual\n\x1b \x06spaced out\n",
    );
    add(
        "upside-down",
        b"upright\n\x1b{\x01turned by half\nsecond\n\x1b{\x00upright\n",
    );
    add("turned", b"\x1bV\x01TURNED\x1bV\x00 and not\n");
    add(
        "page-directions",
        b"\x1bL\x1bW\x00\x00\x00\x00\x40\x01\x40\x01\x1bT\x00left to right\n\x1bT\x01bottom to top\n\
          \x1bT\x02upside down\n\x1bT\x03top to bottom\n\x0c",
    );
    add(
        "boxes",
        b"\x1b3\x18\xda\xc4\xc4\xc4\xc4\xc2\xc4\xc4\xbf\n\xb3Tea \xb32 \xb3\n\xc3\xc4\xc4\xc4\xc4\xc5\xc4\xc4\xb4\n\
                     \xb3Cake\xb31 \xb3\n\xc0\xc4\xc4\xc4\xc4\xc1\xc4\xc4\xd9\n\xc9\xcd\xcd\xbb\xb0\xb1\xb2\xdb\xdc\xdf\n\xc8\xcd\xcd\xbc\n",
    );
    add(
        "pictures",
        b"\x1dv0\x00\x02\x00\x08\x00\xff\xff\x80\x01\xbf\xfd\xa0\x05\xa0\x05\xbf\xfd\x80\x01\xff\xff\
          \x1ba\x01\x1dv0\x03\x02\x00\x04\x00\xf0\xf0\x0f\x0f\xf0\xf0\x0f\x0f\
          \x1ba\x00\x1b*\x21\x06\x00\xff\xff\xff\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\xff\xff\xff beside text\n",
    );
    add(
        "defined-characters",
        b"\x1b&\x03AA\x0c\xff\xff\xff\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\x80\x00\x01\xff\xff\xff\x1b%\x01A is defined\n",
    );
    add(
        "receipt",
        b"\x1ba\x01\x1d!\x11Harbour Coffee\n\x1d!\x00\x1bM\x01Pier 4, Dock Road\n\x1bM\x00\x1ba\x00\n\
          Flat white                2 7.60\nCinnamon bun              1 3.40\n\x1b-\x01                                \n\x1b-\x00\
          \x1bE\x01\x1d!\x01TOTAL                      11.00\n\x1d!\x00\x1bE\x00\n\x1ba\x01\
          \x1dh\x40\x1dw\x02\x1dH\x02\x1dk\x43\x0c400638133393\n\x1d(k\x03\x001C\x04\x1d(k\x1b\x001P0https://example.org/4711\x1d(k\x03\x001Q0\nThank you\n",
    );

    // Scripts in UTF-8, each a greeting and a price.
    for (name, text) in [
        ("english", "Good morning 4.20"),
        ("german", "Grüße, Öl, Straße 4,20 €"),
        ("french", "Crème brûlée, œuf, ça 4,20 €"),
        ("spanish", "¡Mañana! ¿Qué? 4,20 €"),
        ("portuguese", "Pão, maçã, não 4,20 €"),
        ("polish", "Zażółć gęślą jaźń 4,20 zł"),
        ("czech", "Příliš žluťoučký kůň 4,20 Kč"),
        ("hungarian", "Árvíztűrő tükörfúrógép 4,20"),
        ("romanian", "Țară, șapte, ână 4,20 lei"),
        ("turkish", "İstanbul, şeker, ğ, ı 4,20 ₺"),
        ("icelandic", "Þór, ð, æ, ö 420 kr"),
        ("latvian", "Ķēniņš, žurnāls 4,20 €"),
        ("greek", "Καλημέρα κόσμε 4,20 €"),
        ("russian", "Доброе утро, счёт 4,20 ₽"),
        ("ukrainian", "Їжак, ґанок, є 4,20 ₴"),
        ("serbian", "Љубав, њега, ђак, ћуп"),
        ("hebrew", "שלום 4.20 ₪"),
        ("arabic", "ﻡﻼﺴﻟﺍ 4.20"),
        ("thai", "กาแฟ 4.20 ฿"),
        ("vietnamese", "Cà phê sữa đá, phở 4.20 ₫"),
        ("japanese", "領収書 コーヒー ¥420 ｺｰﾋｰ"),
        ("chinese", "收据 咖啡 ￥4.20 謝謝"),
        ("korean", "영수증 커피 ₩4200"),
    ] {
        let job = [
            b"\x1c(C\x02\x000\x02".as_slice(),
            text.as_bytes(),
            b"\n\x1bM\x01",
            text.as_bytes(),
            b"\n",
        ];
        all.push((format!("in-{name}"), job.concat(), Profile::new(32, 384)));
    }
    let shift_jis = b"\x1c&\x97\xcc\x8e\xfb\x8f\x91\x1c!\x0c\x8d\x87\x8cv\n".to_vec();
    all.push((
        "in-shift-jis".to_owned(),
        shift_jis,
        Profile::new(32, 384).with_multibyte(Multibyte::ShiftJis),
    ));
    all
}
