//! How a migration was asked for, kept with the spec that it leads to: to write it again asks nobody again.

use crate::args::{Planning, Triggers};
use std::collections::BTreeSet;

/// Begins each line of it, at the end of the spec beside a migration.
const LINE: &str = "# planned with --";

/// What was said when a migration was planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What may go with its data.
    pub drop: BTreeSet<String>,
    /// The hazards that may remain.
    pub allow: BTreeSet<String>,
    /// What triggers do while rows get values; nothing where nobody said it.
    pub triggers: Option<Triggers>,
}

impl Record {
    /// What the spec beside a migration says of it.
    #[must_use]
    pub fn of(state: &str) -> Self {
        let mut record = Self::default();
        let (_, lines) = split(state);
        for line in lines.lines() {
            let Some((word, value)) = line
                .strip_prefix(LINE)
                .and_then(|line| line.split_once(' '))
                .and_then(|(word, value)| {
                    Some((word, serde_json::from_str::<String>(value).ok()?))
                })
            else {
                continue;
            };
            match word {
                "drop" => {
                    record.drop.insert(value);
                }
                "allow" => {
                    record.allow.insert(value);
                }
                "triggers" => record.triggers = Triggers::of(&value),
                _ => {}
            }
        }
        record
    }

    /// What is said now, beside what was said before.
    #[must_use]
    pub fn with(mut self, said: &Planning) -> Self {
        self.drop.extend(said.drop.iter().cloned());
        self.allow.extend(said.allow.iter().cloned());
        self.triggers = said.triggers.or(self.triggers);
        self
    }

    /// Of two migrations that become one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.drop.extend(other.drop);
        self.allow.extend(other.allow);
        self.triggers = other.triggers.or(self.triggers);
        self
    }

    /// The spec with this at its end, in the place of what stood there.
    #[must_use]
    pub fn beside(&self, spec: &str) -> String {
        let (spec, _) = split(spec);
        let mut text = spec.to_owned();
        let mut line = |word: &str, value: &str| {
            if text.len() == spec.len() {
                let gap = if spec.ends_with('\n') { "\n" } else { "\n\n" };
                text.push_str(gap);
            }
            // As JSON, so that it is one line whatever it holds.
            let value = serde_json::Value::from(value);
            text.push_str(&format!("{LINE}{word} {value}\n"));
        };
        for value in &self.drop {
            line("drop", value);
        }
        for value in &self.allow {
            line("allow", value);
        }
        if let Some(triggers) = self.triggers {
            line("triggers", triggers.word());
        }
        text
    }
}

/// The spec, and the lines of its end that are a record.
fn split(text: &str) -> (&str, &str) {
    let mut at = text.len();
    for line in text.split_inclusive('\n').rev() {
        if !line.starts_with(LINE) {
            break;
        }
        at -= line.len();
    }
    let (spec, lines) = text.split_at(at);
    if lines.is_empty() {
        return (spec, lines);
    }
    // Without the empty line between the two.
    let full = |spec: &&str| spec.ends_with('\n');
    let short = spec
        .strip_suffix("\r\n")
        .filter(full)
        .or_else(|| spec.strip_suffix('\n').filter(full));
    (short.unwrap_or(spec), lines)
}

#[cfg(test)]
mod tests {
    use super::Record;
    use crate::args::Triggers;

    fn record() -> Record {
        Record {
            drop: ["User.a\nb".to_owned(), "raw.x".to_owned()].into(),
            allow: ["rewrite".to_owned()].into(),
            triggers: Some(Triggers::Skip),
        }
    }

    #[test]
    fn what_was_said_is_read_again_whatever_the_spec_ends_with() {
        for spec in [
            "version = 1\n",
            "version = 1",
            "",
            "# a note\n\n\n",
            "a\r\n",
        ] {
            let text = record().beside(spec);
            assert_eq!(Record::of(&text), record(), "{text:?}");
            assert!(text.starts_with(spec));
            assert_eq!(Record::default().beside(spec), spec);
        }
    }

    #[test]
    fn it_is_written_once_and_the_spec_stays_what_it_is() {
        let spec = "version = 1\n";
        let once = record().beside(spec);
        assert_eq!(record().beside(&once), once);
        assert_eq!(Record::default().beside(&once), spec);
    }
}
