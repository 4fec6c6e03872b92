//! The reference page of the language.

use super::json_schema::text;
use crate::GENERATED;
use crate::spec::Spec;
use crate::spec::shape::{SectionShape, Shape, Word};

/// The reference of the language, made of the types that read it and their documentation.
#[must_use]
pub fn reference() -> String {
    let mut page = Page::default();
    page.section("The file", None, &Spec::section_shape());
    // Sections are appended while they are met, so that what is used comes after what uses it.
    let mut index = 0;
    while let Some((path, item, tag)) = page.waiting.get(index).cloned() {
        page.section(&path, tag, &item);
        index += 1;
    }
    let words = std::mem::take(&mut page.words);
    let mut out = format!("<!-- {GENERATED} -->\n\n# The language of schema.toml\n\n");
    out.push_str(INTRODUCTION);
    out.push_str(&format!("```toml\n{EXAMPLE}```\n\n"));
    out.push_str(&page.text);
    for (anchor, list) in words {
        out.push_str(&format!(
            "\n## Words of `{anchor}`\n\n| word | meaning |\n|---|---|\n"
        ));
        for word in list {
            out.push_str(&format!(
                "| `{}` | {} |\n",
                word.word,
                cell(&text(word.doc))
            ));
        }
    }
    out.push_str("\n## Names that are not set\n\n");
    out.push_str(NAMES);
    out
}

const INTRODUCTION: &str = "One file says what the database holds: one line says one column, in PostgreSQL's own words for types, actions and
index methods. A TOML 1.0 editor accepts every file; inline tables over several lines (TOML 1.1) are read, never
required. The order in the file is the order in the output. An unknown key is an error.

SQL in the file (`check`, `where`, `default_sql`, `body`, index parts, views) is checked as far as a parser is sure; the
rest is for the server. Below, `name` stands for a key that the author chooses. A small spec that is whole:

";

/// The rule is written once, beside the code that follows it.
const NAMES: &str = include_str!("../lower/names.md");

/// A small spec that is whole.
const EXAMPLE: &str = include_str!("example.toml");

#[derive(Default)]
struct Page {
    text: String,
    waiting: Vec<(String, SectionShape, Option<&'static str>)>,
    words: Vec<(String, &'static [Word])>,
}

impl Page {
    fn section(&mut self, path: &str, tag: Option<&'static str>, item: &SectionShape) {
        let title = if path == "The file" {
            path.to_owned()
        } else {
            format!("`{path}`")
        };
        let title = tag.map_or(title.clone(), |kind| format!("{title} of kind `{kind}`"));
        self.text
            .push_str(&format!("## {title}\n\n{}\n\n", text(item.doc)));
        self.text
            .push_str("| key | value | meaning |\n|---|---|---|\n");
        for key in &item.keys {
            let below = match path {
                "The file" => key.key.to_owned(),
                _ => format!("{path}.{}", key.key),
            };
            let value = self.value(&below, key.key, &key.shape);
            let required = if key.required { " **required**" } else { "" };
            self.text.push_str(&format!(
                "| `{}` | {value}{required} | {} |\n",
                key.key,
                cell(&text(key.doc))
            ));
        }
        self.text.push('\n');
    }

    /// What a value looks like, in a few words. Sections below it are described later.
    fn value(&mut self, path: &str, key: &str, shape: &Shape) -> String {
        match shape {
            Shape::Text => "string".to_owned(),
            Shape::Integer => "integer".to_owned(),
            Shape::Boolean => "boolean".to_owned(),
            Shape::Scalar => "string, number or boolean".to_owned(),
            Shape::Words(words) => {
                if !self.words.iter().any(|(other, _)| other == key) {
                    self.words.push((key.to_owned(), words));
                }
                let words: Vec<_> = words
                    .iter()
                    .map(|word| format!("`\"{}\"`", word.word))
                    .collect();
                words.join(", ")
            }
            Shape::List(item) => {
                format!("array of: {}", self.value(&format!("{path}[]"), key, item))
            }
            Shape::Map(item) => format!(
                "table `name` = {}",
                self.value(&format!("{path}.name"), key, item)
            ),
            Shape::Section(item) => {
                let path = self.wait(path, item, None);
                format!("table [`{path}`](#{})", anchor(&path))
            }
            Shape::AnyOf(shapes) => {
                let shapes: Vec<_> = shapes
                    .iter()
                    .map(|item| self.value(path, key, item))
                    .collect();
                shapes.join(", or ")
            }
            Shape::Tagged { tag, variants } => {
                for (value, item) in variants {
                    self.wait(path, item, Some(value));
                }
                format!("table, whose `{tag}` decides about its keys")
            }
        }
    }

    /// Describes a section later, once; the path under which it is described.
    fn wait(&mut self, path: &str, item: &SectionShape, tag: Option<&'static str>) -> String {
        let known = self
            .waiting
            .iter()
            .find(|(_, other, _)| other.name == item.name);
        if let Some((first, _, _)) = known {
            return first.clone();
        }
        self.waiting.push((path.to_owned(), item.clone(), tag));
        path.to_owned()
    }
}

/// The anchor that Markdown readers make of a heading in code.
fn anchor(path: &str) -> String {
    path.chars()
        .filter(|char| char.is_alphanumeric() || *char == '_')
        .flat_map(char::to_lowercase)
        .collect()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
