//! What the emulated printer answers by itself, in a printer's language.
//!
//! As much as a print agent asks: status, automatic status and process ids of
//! ESC/POS, `~HS` of ZPL. Requests are looked for octet by octet, also where a
//! transfer ends in the middle of one.

/// Longer than any request that is looked for.
const TAIL_OCTETS: usize = 10;

/// Which language, and what is going on in it.
#[derive(Debug, Default)]
pub(crate) enum Language {
    /// It never answers.
    #[default]
    None,
    EscPos(EscPos),
    Zpl,
}

#[derive(Debug, Default)]
pub(crate) struct EscPos {
    /// `GS a` is on.
    reports: bool,
    /// Process ids behind what waits for paper.
    waiting: Vec<[u8; 4]>,
}

/// A printer's answers.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    language: Language,
    is_out_of_paper: bool,
    tail: Vec<u8>,
}

impl Answers {
    pub(crate) fn in_language(name: &str) -> Result<Self, String> {
        let language = match name {
            "none" => Language::None,
            "escpos" => Language::EscPos(EscPos::default()),
            "zpl" => Language::Zpl,
            _ => return Err(format!("it cannot speak `{name}`")),
        };
        Ok(Self {
            language,
            ..Self::default()
        })
    }

    /// After the plug was pulled.
    pub(crate) fn forget(&mut self) {
        self.tail.clear();
        if let Language::EscPos(state) = &mut self.language {
            *state = EscPos::default();
        }
    }

    /// What it says on its own when its paper ends or is put in.
    pub(crate) fn paper(&mut self, is_out: bool) -> Vec<u8> {
        self.is_out_of_paper = is_out;
        let Language::EscPos(state) = &mut self.language else {
            return Vec::new();
        };
        let mut said = Vec::new();
        if state.reports {
            said.extend(automatic_status(is_out));
        }
        if !is_out {
            said.extend(
                std::mem::take(&mut state.waiting)
                    .into_iter()
                    .flat_map(process_id),
            );
        }
        said
    }

    /// What it answers to octets it has just taken.
    pub(crate) fn to(&mut self, data: &[u8]) -> Vec<u8> {
        let old = self.tail.len();
        self.tail.extend(data);
        let all = std::mem::take(&mut self.tail);
        let mut said = Vec::new();
        for end in old + 1..=all.len() {
            said.extend(self.answer(&all[..end]));
        }
        self.tail = all[all.len().saturating_sub(TAIL_OCTETS)..].to_vec();
        said
    }

    /// The answer to a request that ends here, if one does.
    fn answer(&mut self, said: &[u8]) -> Vec<u8> {
        let is_out = self.is_out_of_paper;
        match &mut self.language {
            Language::None => Vec::new(),
            Language::EscPos(state) => match said {
                [.., 0x10, 0x04, which @ 1..=4] => vec![real_time_status(*which, is_out)],
                [.., 0x1d, b'a', settings] => {
                    state.reports = *settings != 0;
                    let now = state.reports.then(|| automatic_status(is_out));
                    now.into_iter().flatten().collect()
                }
                [.., 0x1d, b'(', b'H', 6, 0, 48, 48, a, b, c, d] => {
                    let id = [*a, *b, *c, *d];
                    if is_out {
                        state.waiting.push(id);
                        Vec::new()
                    } else {
                        process_id(id)
                    }
                }
                _ => Vec::new(),
            },
            Language::Zpl => match said {
                [.., b'~', b'H', b'S'] => host_status(is_out),
                _ => Vec::new(),
            },
        }
    }
}

/// `DLE EOT n`.
fn real_time_status(which: u8, is_out: bool) -> u8 {
    match (which, is_out) {
        (1, true) => 0x1a,
        (2, true) => 0x32,
        (4, true) => 0x7e,
        _ => 0x12,
    }
}

/// Automatic Status Back.
fn automatic_status(is_out: bool) -> [u8; 4] {
    if is_out {
        [0x18, 0x00, 0x0f, 0x00]
    } else {
        [0x10, 0x00, 0x00, 0x00]
    }
}

/// The response of `GS ( H`.
fn process_id([a, b, c, d]: [u8; 4]) -> Vec<u8> {
    vec![0x37, 0x22, a, b, c, d, 0x00]
}

/// The three lines of `~HS`.
fn host_status(is_out: bool) -> Vec<u8> {
    let paper = u8::from(is_out);
    let lines = [
        format!("030,{paper},0,1245,000,0,0,0,000,0,0,0"),
        "000,0,0,0,0,2,4,0,00000000,1,000".to_owned(),
        "1234,0".to_owned(),
    ];
    let framed = lines.map(|line| format!("\x02{line}\x03\r\n"));
    framed.concat().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_id_comes_back_once_there_is_paper() {
        let mut answers = Answers::in_language("escpos").unwrap();
        assert_eq!(answers.to(b"\x1b@\x1da\x0e"), [0x10, 0, 0, 0]);
        assert_eq!(answers.paper(true), [0x18, 0, 0x0f, 0]);
        assert_eq!(answers.to(b"\x1d(H\x06\x0000ab"), []);
        assert_eq!(answers.to(b"cd"), []);
        assert_eq!(answers.to(b"\x10\x04\x04"), [0x7e]);
        assert_eq!(
            answers.paper(false),
            [0x10, 0, 0, 0, 0x37, 0x22, b'a', b'b', b'c', b'd', 0]
        );
    }

    #[test]
    fn a_label_printer_says_that_it_has_no_paper() {
        let mut answers = Answers::in_language("zpl").unwrap();
        answers.paper(true);
        let said = answers.to(b"^XA^XZ~HS");
        assert!(said.starts_with(b"\x02030,1,0,"));
        assert_eq!(said.iter().filter(|octet| **octet == 3).count(), 3);
    }
}
