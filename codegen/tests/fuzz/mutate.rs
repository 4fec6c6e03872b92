//! Breaks specs at random, so that most of them still have the shape of a spec.

/// Xorshift: the same numbers on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below another.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() {
            return None;
        }
        from.get(self.below(from.len()))
    }
}

/// Texts that have hurt a compiler before.
const HOSTILE: &[&str] = &[
    "",
    " ",
    ".",
    "a.b",
    "a.b.c",
    "*",
    "\"",
    "'",
    "''",
    "\\",
    "$$",
    "$body$",
    "*/",
    "/*",
    "--",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{name}",
    "%",
    "%s",
    "#",
    "?",
    "text?",
    "text[]",
    "text[][]?",
    "text[][][][][][][]",
    "numeric(10,2)",
    "numeric(-1)",
    "varchar(99999999999999999999)",
    "interval day to second(3)",
    "\"char\"",
    "bigserial",
    "serial?",
    "type",
    "self",
    "Self",
    "crate",
    "super",
    "match",
    "r#type",
    "_",
    "__",
    "fn",
    "order",
    "select",
    "user",
    "table",
    "null",
    "true",
    "public",
    "pg_catalog",
    "information_schema",
    "xmin",
    "ctid",
    "new",
    "old",
    "NEW.a > OLD.b",
    "VALUE > 0",
    "a desc nulls last",
    "lower(name)",
    "(a || b) COLLATE \"C\" DESC",
    "room with =",
    "FROM ('a') TO ('b')",
    "DEFAULT",
    "now()",
    "a > 0 --",
    "> 0); DROP TABLE users; --",
    "size + * 2",
    "BEGIN RETURN NEW; END",
    "BEGIN",
    "SELECT 1",
    "SELECT * FROM users",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "größe",
    "日本語",
    "\u{202e}abc",
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\u{feff}",
    "🦀",
    "e\u{301}",
    "İ",
    "ß",
    "\n",
    "\r\n",
    "\t",
    "0",
    "-1",
    "1e400",
    "9223372036854775808",
    "0.0",
    "00000000-0000-0000-0000-000000000000",
    "2026-01-01",
    "30 days",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "A",
    "AB",
    "aB",
    "1a",
    "a-b",
    "a b",
    "cascade",
    "set null",
    "retain",
    "restrict",
    "btree",
    "gin",
    "gist",
    "uuid",
    "bigint?",
    "jsonb",
    "timestamptz",
    "id",
    "name",
];

/// Makes one broken spec after another.
pub(crate) struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    /// Every line of the corpus.
    lines: Vec<&'a str>,
    /// What stands between double quotes in the corpus.
    values: Vec<&'a str>,
    random: Random,
}

impl<'a> Mutator<'a> {
    pub(crate) fn new(corpus: &'a [Vec<u8>], random: Random) -> Self {
        let texts = corpus
            .iter()
            .filter_map(|bytes| std::str::from_utf8(bytes).ok());
        let lines: Vec<&str> = texts.flat_map(str::lines).collect();
        let values = lines
            .iter()
            .flat_map(|line| line.split('"').skip(1).step_by(2))
            .collect();
        Self {
            corpus,
            lines,
            values,
            random,
        }
    }

    /// The next input.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let Some(base) = self.random.pick(self.corpus) else {
            return Vec::new();
        };
        let mut text = String::from_utf8_lossy(base).into_owned();
        // One mistake mostly, so that what is behind it is reached too.
        for _ in 0..=self.random.below(8).saturating_sub(4) {
            text = self.broken(text);
        }
        let mut bytes = text.into_bytes();
        if self.random.below(20) == 0 && !bytes.is_empty() {
            let at = self.random.below(bytes.len());
            bytes[at] = u8::try_from(self.random.below(256)).unwrap();
        }
        bytes
    }

    fn broken(&mut self, text: String) -> String {
        match self.random.below(12) {
            0..3 => self.with_value(&text),
            3..5 => self.renamed(&text),
            5 => self.without_line(&text),
            6 => self.with_line(&text),
            7 => self.swapped(&text),
            8 => self.with_bool_or_number(&text),
            9 => self.with_noise(text),
            10 => self.without_piece(text),
            _ => self.repeated(text),
        }
    }

    fn word(&mut self) -> String {
        let other = self.random.below(3) == 0;
        let words: &[&str] = if other { &self.values } else { HOSTILE };
        self.random
            .pick(words)
            .copied()
            .unwrap_or_default()
            .to_owned()
    }

    /// A text as TOML writes it between double quotes.
    fn escaped(word: &str) -> String {
        let mut text = String::new();
        for char in word.chars() {
            match char {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                char if char.is_control() => text.push_str(&format!("\\u{:04X}", u32::from(char))),
                char => text.push(char),
            }
        }
        text
    }

    /// Another text between one pair of quotes.
    fn with_value(&mut self, text: &str) -> String {
        let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
        let pair = self.random.below(quotes.len() / 2) * 2;
        let (Some(&from), Some(&to)) = (quotes.get(pair), quotes.get(pair + 1)) else {
            return text.to_owned();
        };
        let word = self.word();
        format!("{}{}{}", &text[..=from], Self::escaped(&word), &text[to..])
    }

    /// Another name for something, wherever it is named: what compiled mostly does so still.
    fn renamed(&mut self, text: &str) -> String {
        let names: Vec<&str> = text
            .split(|char: char| !char.is_alphanumeric() && char != '_')
            .filter(|word| word.len() > 1)
            .collect();
        let Some(name) = self.random.pick(&names).map(|name| (*name).to_owned()) else {
            return text.to_owned();
        };
        let word = self.word();
        let bare = word
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
            && !word.is_empty();
        let mut renamed = String::new();
        let mut quoted = false;
        for line in text.split_inclusive('\n') {
            let mut rest = line;
            while let Some(at) = rest.find(name.as_str()) {
                let (before, found) = rest.split_at(at);
                quoted ^= before.matches('"').count() % 2 == 1;
                renamed.push_str(before);
                if bare {
                    renamed.push_str(&word);
                } else if quoted {
                    renamed.push_str(&Self::escaped(&word));
                } else {
                    renamed.push_str(&format!("\"{}\"", Self::escaped(&word)));
                }
                rest = &found[name.len()..];
            }
            renamed.push_str(rest);
            quoted = false;
        }
        renamed
    }

    fn without_line(&mut self, text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        if !lines.is_empty() {
            lines.remove(self.random.below(lines.len()));
        }
        lines.join("\n")
    }

    fn with_line(&mut self, text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        let at = self.random.below(lines.len() + 1);
        let line = self.random.pick(&self.lines).copied().unwrap_or_default();
        lines.insert(at, line);
        lines.join("\n")
    }

    fn swapped(&mut self, text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        if !lines.is_empty() {
            let (one, other) = (
                self.random.below(lines.len()),
                self.random.below(lines.len()),
            );
            lines.swap(one, other);
        }
        lines.join("\n")
    }

    fn with_bool_or_number(&mut self, text: &str) -> String {
        const OTHERS: [(&str, &str); 8] = [
            ("true", "false"),
            ("false", "true"),
            ("true", "1"),
            ("0", "-1"),
            ("1", "99999999999999999999"),
            ("= 0", "= nan"),
            ("{", "["),
            ("[", "{"),
        ];
        let Some((from, to)) = self.random.pick(&OTHERS) else {
            return text.to_owned();
        };
        let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
        match self.random.pick(&places) {
            Some(&at) => format!("{}{to}{}", &text[..at], &text[at + from.len()..]),
            None => text.to_owned(),
        }
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.random.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn with_noise(&mut self, mut text: String) -> String {
        let at = self.place(&text);
        let word = self.word();
        text.insert_str(at, &word);
        text
    }

    fn without_piece(&mut self, mut text: String) -> String {
        let (one, other) = (self.place(&text), self.place(&text));
        let far = self.random.below(4) == 0;
        let from = one.min(other);
        let mut to = if far {
            one.max(other)
        } else {
            (from + 8).min(text.len())
        };
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        text.replace_range(from..to.max(from), "");
        text
    }

    /// A piece, many times: depth and length.
    fn repeated(&mut self, mut text: String) -> String {
        const PIECES: [&str; 10] = [
            "(",
            "[",
            "{",
            "a.",
            "NOT ",
            "\"",
            "[[",
            "((a)) AND ",
            "-",
            "'",
        ];
        let times = 1 << self.random.below(12);
        let at = self.place(&text);
        let piece = self.random.pick(&PIECES).copied().unwrap_or_default();
        text.insert_str(at, &piece.repeat(times));
        text
    }
}
