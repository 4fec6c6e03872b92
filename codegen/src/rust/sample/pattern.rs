//! Texts that a pattern matches: a regular expression as a row of pieces, each so many characters of an alphabet.
//!
//! Of each pattern one kind of text is enough: the first branch of an alternative, what may be missing left out, what may
//! repeat there a few times. What is not understood is no pattern.

/// So many characters of an alphabet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) alphabet: Vec<char>,
    least: usize,
    most: usize,
}

/// As many as tell rows from each other.
const USUAL: usize = 8;
/// More are no sample any more.
const LONGEST: usize = 1_000;
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// How the pattern is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `~`
    Regex,
    /// `SIMILAR TO`
    Similar,
    /// `LIKE`
    Like,
}

/// The pieces of a pattern.
pub(super) fn parse(pattern: &str, syntax: Syntax) -> Option<Vec<Piece>> {
    if syntax == Syntax::Like {
        return like(pattern);
    }
    let pattern = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let mut parser = Parser {
        chars: pattern.chars().collect(),
        at: 0,
        similar: syntax == Syntax::Similar,
    };
    let pieces = parser.branches(0)?;
    (parser.at == parser.chars.len()).then_some(pieces)
}

/// The pieces with how many characters of each there are, so that the text is no shorter and no longer than that.
pub(super) fn counted(
    pieces: &[Piece],
    shortest: usize,
    longest: usize,
) -> Option<Vec<(String, usize)>> {
    let mut counts: Vec<usize> = pieces.iter().map(|piece| piece.least).collect();
    let longest = longest.min(LONGEST);
    loop {
        let total: usize = counts.iter().sum();
        // What may repeat does so a few times, or until the text is long enough.
        let next = pieces.iter().zip(&mut counts).find(|(piece, count)| {
            **count < piece.most && (**count < USUAL.min(piece.most) || total < shortest)
        });
        match next {
            Some((_, count)) if total < longest => *count += 1,
            _ => {
                let fits = (shortest..=longest).contains(&total);
                let parts = pieces.iter().zip(counts).filter(|(_, count)| *count > 0);
                return fits.then(|| {
                    parts
                        .map(|(piece, count)| (piece.alphabet.iter().collect(), count))
                        .collect()
                });
            }
        }
    }
}

fn like(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        pieces.push(match char {
            '%' => Piece::of(LETTERS, 0, usize::MAX),
            '_' => Piece::of(LETTERS, 1, 1),
            '\\' => Piece::one(chars.next()?),
            char => Piece::one(char),
        });
    }
    Some(pieces)
}

impl Piece {
    fn of(alphabet: &str, least: usize, most: usize) -> Self {
        Self {
            alphabet: alphabet.chars().collect(),
            least,
            most,
        }
    }

    fn one(char: char) -> Self {
        Self {
            alphabet: vec![char],
            least: 1,
            most: 1,
        }
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    similar: bool,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += 1;
        Some(char)
    }

    fn take(&mut self, char: char) -> bool {
        let is_there = self.peek() == Some(char);
        self.at += usize::from(is_there);
        is_there
    }

    /// Alternatives, of which the first counts. `depth` ends what nobody writes.
    fn branches(&mut self, depth: usize) -> Option<Vec<Piece>> {
        if depth > 20 {
            return None;
        }
        let first = self.branch(depth)?;
        while self.take('|') {
            self.branch(depth)?;
        }
        Some(first)
    }

    fn branch(&mut self, depth: usize) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        while let Some(char) = self.peek() {
            if char == '|' || char == ')' {
                break;
            }
            let atom = self.atom(depth)?;
            let (least, most) = self.repeats()?;
            match (atom, least) {
                // Of one character.
                (mut atom, _) if atom.len() == 1 && atom[0].least == 1 && atom[0].most == 1 => {
                    // A class that repeats a few times says more than one that is there once.
                    (atom[0].least, atom[0].most) = (least, most);
                    pieces.append(&mut atom);
                }
                (_, 0) => {}
                (atom, least) => {
                    if atom.len().saturating_mul(least) > LONGEST {
                        return None;
                    }
                    for _ in 0..least {
                        pieces.extend(atom.iter().cloned());
                    }
                }
            }
        }
        Some(pieces)
    }

    fn atom(&mut self, depth: usize) -> Option<Vec<Piece>> {
        let one = |piece| Some(vec![piece]);
        match self.next()? {
            '^' | '$' if !self.similar => Some(Vec::new()),
            '%' if self.similar => one(Piece::of(LETTERS, 0, usize::MAX)),
            '_' if self.similar => one(Piece::of(LETTERS, 1, 1)),
            '.' if !self.similar => one(Piece::of(LETTERS, 1, 1)),
            '(' => {
                if self.take('?') && !self.take(':') {
                    return None;
                }
                let pieces = self.branches(depth + 1)?;
                self.take(')').then_some(pieces)
            }
            '[' => one(Piece {
                alphabet: self.class()?,
                least: 1,
                most: 1,
            }),
            '\\' => {
                let char = self.next()?;
                one(match char {
                    'd' => Piece::of("0123456789", 1, 1),
                    'w' | 'S' | 'D' => Piece::of(LETTERS, 1, 1),
                    's' => Piece::one(' '),
                    'A' | 'Z' => return Some(Vec::new()),
                    char if char.is_ascii_alphanumeric() => return None,
                    char => Piece::one(char),
                })
            }
            '*' | '+' | '?' | '{' | '}' | ']' | ')' => None,
            char => one(Piece::one(char)),
        }
    }

    /// How often what stands before is there.
    fn repeats(&mut self) -> Option<(usize, usize)> {
        let repeats = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                self.at += 1;
                let least = self.number()?;
                let most = match self.take(',') {
                    false => least,
                    true if self.peek() == Some('}') => usize::MAX,
                    true => self.number()?,
                };
                if self.peek() != Some('}') || least > most || least > LONGEST {
                    return None;
                }
                (least, most)
            }
            _ => return Some((1, 1)),
        };
        self.at += 1;
        // As little as can be is as good.
        self.take('?');
        Some(repeats)
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|char| char.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.chars.get(start..self.at)?.iter().collect();
        digits.parse().ok()
    }

    /// The characters of a class, its bracket behind.
    fn class(&mut self) -> Option<Vec<char>> {
        let negated = self.take('^');
        let mut chars: Vec<char> = Vec::new();
        let mut first = true;
        loop {
            let char = self.next()?;
            if char == ']' && !first {
                break;
            }
            first = false;
            if char == '[' && self.peek() == Some(':') {
                chars.extend(self.named()?.chars());
                continue;
            }
            let char = match char {
                '\\' => match self.next()? {
                    'd' => {
                        chars.extend("0123456789".chars());
                        continue;
                    }
                    'w' => {
                        chars.extend(LETTERS.chars());
                        continue;
                    }
                    's' => ' ',
                    char if char.is_ascii_alphanumeric() => return None,
                    char => char,
                },
                char => char,
            };
            let ranges = self.peek() == Some('-') && self.chars.get(self.at + 1) != Some(&']');
            if !ranges {
                chars.push(char);
                continue;
            }
            self.at += 1;
            let last = match self.next()? {
                '\\' => self.next()?,
                last => last,
            };
            if last < char {
                return None;
            }
            chars.extend((char..=last).take(100));
        }
        if negated {
            let others = LETTERS.chars().chain("0123456789".chars());
            chars = others.filter(|char| !chars.contains(char)).collect();
        }
        // Each once, in the order written.
        let mut known = Vec::with_capacity(chars.len());
        for char in chars {
            if !known.contains(&char) {
                known.push(char);
            }
        }
        (!known.is_empty()).then_some(known)
    }

    /// `[:alpha:]`, its first bracket taken.
    fn named(&mut self) -> Option<&'static str> {
        let start = self.at + 1;
        while self.next()? != ']' {}
        let name: String = self
            .chars
            .get(start..self.at.checked_sub(2)?)?
            .iter()
            .collect();
        match name.as_str() {
            "alpha" | "lower" | "word" | "graph" | "print" => Some(LETTERS),
            "alnum" => Some("abcdefghijklmnopqrstuvwxyz0123456789"),
            "upper" => Some("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            "digit" => Some("0123456789"),
            "xdigit" => Some("0123456789abcdef"),
            "space" | "blank" => Some(" "),
            "punct" => Some("-"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first text of the pattern: the first character of each alphabet.
    fn first(pattern: &str, syntax: Syntax) -> Option<String> {
        let pieces = parse(pattern, syntax)?;
        let pieces = counted(&pieces, 0, 40)?;
        let text = |(alphabet, count): &(String, usize)| {
            alphabet
                .chars()
                .take(1)
                .cycle()
                .take(*count)
                .collect::<String>()
        };
        Some(pieces.iter().map(text).collect())
    }

    #[test]
    fn usual_patterns_have_a_text() {
        let regex = |pattern| first(pattern, Syntax::Regex).unwrap();
        assert_eq!(regex("^[A-Z]{2}[0-9]{6}$"), "AA000000");
        assert_eq!(regex(r"^\+[1-9][0-9]{6,14}$"), "+100000000");
        assert_eq!(
            regex(r"^[^@]+@[^@]+\.[a-z]{2,}$"),
            "aaaaaaaa@aaaaaaaa.aaaaaaaa"
        );
        assert_eq!(regex("^(foo|bar)-[[:digit:]]+x?$"), "foo-00000000x");
        assert_eq!(regex("^[a-z]+(-[a-z0-9]+)*$"), "aaaaaaaa");
        assert_eq!(regex("^(?:ab){2}$"), "abab");
        assert_eq!(regex("@"), "@");
        assert_eq!(
            first("[a-z]+(-_)*%", Syntax::Similar).unwrap(),
            "aaaaaaaaaaaaaaaa"
        );
        assert_eq!(first("x-__%", Syntax::Like).unwrap(), "x-aaaaaaaaaa");
    }

    #[test]
    fn lengths_are_kept() {
        let pieces = parse("^[a-z]+[0-9]*$", Syntax::Regex).unwrap();
        let length = |shortest, longest| {
            let parts = counted(&pieces, shortest, longest)?;
            Some(parts.iter().map(|(_, count)| count).sum::<usize>())
        };
        assert_eq!(length(0, 5), Some(5));
        assert_eq!(length(0, 200), Some(16));
        assert_eq!(length(30, 200), Some(38));
        assert_eq!(length(0, 0), None);
    }

    #[test]
    fn what_is_not_understood_is_no_pattern() {
        for pattern in [
            "(?<=a)b",
            "a(?!b)",
            r"\1",
            "[z-a]",
            "[",
            "(",
            "a)",
            "*",
            "a{2",
            "a{3,2}",
            r"\y",
            "[^a-z0-9]",
            "a{99999999999999999999}",
            "((a{1000}){1000}){1000}",
            "[[:nope:]]",
            "[[:",
            r"\",
        ] {
            assert_eq!(first(pattern, Syntax::Regex), None, "{pattern}");
        }
        let deep = "(".repeat(10_000) + &")".repeat(10_000);
        assert_eq!(first(&deep, Syntax::Regex), None);
    }
}
