//! Writing Rust as rustfmt would.
//!
//! `prettyplease` breaks lines by other widths than rustfmt, so that its output changes when a project formats itself.
//! The few shapes that generated code has are written here by rustfmt's own rules. Names come from [`super::names`];
//! whatever else a spec says stands in a string or in a comment, and [`literal`] and [`File::doc`] let nothing out.

mod values;

pub(super) use values::{code, literal, sql_literal};

use super::examples::Examples;
use values::doc_lines;

/// The widest line.
const MAX_WIDTH: usize = 100;
/// The widest list of arguments of a call, and of elements of an array, that stands in one line.
const LIST_WIDTH: usize = 60;
/// The widest inside of a struct's braces that stands in one line.
const STRUCT_WIDTH: usize = 18;
/// The widest element of an array that is filled.
const SHORT_WIDTH: usize = 10;
/// The widest inside of an attribute that stands in one line.
const ATTRIBUTE_WIDTH: usize = 70;

/// A file in the making.
#[derive(Debug, Default)]
pub(super) struct File {
    text: String,
    /// What examples of the functions that follow are made of.
    examples: Option<Examples>,
    /// Where the errors of the last documentation begin: an example stands before them.
    errors: Option<usize>,
}

impl File {
    /// A file with its first line and its documentation.
    pub(super) fn new(docs: &[&str]) -> Self {
        let mut file = Self::default();
        file.line(0, &format!("// {}", crate::GENERATED));
        file.blank();
        for (index, paragraph) in docs.iter().enumerate() {
            if index > 0 {
                file.line(0, "//!");
            }
            for line in doc_lines(paragraph) {
                file.comment(0, "//!", &line);
            }
        }
        file
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Has an example written for each function that follows and runs on a database.
    pub(super) fn examples(&mut self, examples: Examples) {
        self.examples = Some(examples);
    }

    /// An example in the documentation of what follows, before its errors.
    pub(super) fn example(&mut self, indent: usize, lines: &[String]) {
        let at = self.errors.take().unwrap_or(self.text.len());
        let behind = self.text.split_off(at);
        self.comment(indent, "///", "");
        for line in lines {
            self.comment(indent, "///", line);
        }
        self.text.push_str(&behind);
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds what another file in the making has.
    pub(super) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// One line.
    pub(super) fn line(&mut self, indent: usize, line: &str) {
        if !line.is_empty() {
            for _ in 0..indent {
                self.text.push_str("    ");
            }
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    fn comment(&mut self, indent: usize, marker: &str, line: &str) {
        if line.is_empty() {
            self.line(indent, marker);
        } else {
            self.line(indent, &format!("{marker} {line}"));
        }
    }

    /// A doc comment of our own words; names in it have gone through [`code`].
    pub(super) fn doc(&mut self, indent: usize, text: &str) {
        let mut before = self.text.len();
        for line in text.split('\n') {
            if line == "# Errors" {
                self.errors = Some(before);
            }
            // The line before that headline, which is empty.
            before = self.text.len();
            self.comment(indent, "///", line);
        }
    }

    /// A doc comment of the author's words, or of ours where there are none.
    pub(super) fn doc_or(&mut self, indent: usize, doc: Option<&str>, otherwise: &str) {
        match doc.map(doc_lines).filter(|lines| !lines.is_empty()) {
            Some(lines) => {
                for line in lines {
                    self.comment(indent, "///", &line);
                }
            }
            None => self.doc(indent, otherwise),
        }
    }

    /// A constant with its value, in the next line where it is too long.
    pub(super) fn constant(&mut self, indent: usize, head: &str, value: &str) {
        self.assignment(indent, head, &format!("{value};"));
    }

    /// A constant of a generic type, whose arguments stand below each other where they are too long.
    pub(super) fn generic_constant(&mut self, head: &str, types: &[String], value: &str) {
        let line = format!("{head}<{}>", types.join(", "));
        if width(&line) + 2 <= MAX_WIDTH {
            self.constant(0, &line, value);
            return;
        }
        self.line(0, &format!("{head}<"));
        for ty in types {
            self.line(1, &format!("{ty},"));
        }
        self.line(0, &format!("> = {value};"));
    }

    /// `head = value`, in the next line where it is too long for this one and not for that one. The first line of the
    /// value counts. How much deeper the value stands.
    pub(super) fn assignment(&mut self, indent: usize, head: &str, value: &str) -> usize {
        let first = width(value.split('\n').next().unwrap_or_default());
        let here = 4 * indent + width(head) + 3 + first <= MAX_WIDTH;
        if here || 4 * (indent + 1) + first > MAX_WIDTH {
            self.line(indent, &format!("{head} = {value}"));
            0
        } else {
            self.line(indent, &format!("{head} ="));
            self.line(indent + 1, value);
            1
        }
    }

    /// The first line of a function, its parameters below each other where they are too long.
    pub(super) fn signature(
        &mut self,
        indent: usize,
        head: &str,
        parameters: &[String],
        result: &str,
    ) {
        let examples = self.examples.as_ref();
        if let Some(lines) =
            examples.and_then(|examples| examples.of_function(head, parameters, result))
        {
            self.example(indent, &lines);
        }
        self.errors = None;
        let line = format!("{head}({}) -> {result} {{", parameters.join(", "));
        if 4 * indent + width(&line) <= MAX_WIDTH {
            self.line(indent, &line);
            return;
        }
        self.line(indent, &format!("{head}("));
        for parameter in parameters {
            self.line(indent + 1, &format!("{parameter},"));
        }
        self.line(indent, &format!(") -> {result} {{"));
    }

    /// A call as a statement.
    pub(super) fn call(&mut self, indent: usize, function: &str, arguments: &[String]) {
        self.call_to(indent, function, arguments, ";");
    }

    /// A call as what a block comes to.
    pub(super) fn tail_call(&mut self, indent: usize, function: &str, arguments: &[String]) {
        self.call_to(indent, function, arguments, "");
    }

    fn call_to(&mut self, indent: usize, function: &str, arguments: &[String], end: &str) {
        let inside = arguments.join(", ");
        if (width(&inside) <= LIST_WIDTH || arguments.len() == 1)
            && 4 * indent + width(function) + width(&inside) + 2 + end.len() <= MAX_WIDTH
        {
            self.line(indent, &format!("{function}({inside}){end}"));
            return;
        }
        self.line(indent, &format!("{function}("));
        if arguments
            .iter()
            .all(|argument| width(argument) <= SHORT_WIDTH)
        {
            self.fill(indent + 1, arguments);
        } else {
            for argument in arguments {
                self.line(indent + 1, &format!("{argument},"));
            }
        }
        self.line(indent, &format!("){end}"));
    }

    /// `let name = function(values);`: short values rather go to the next line with their function than below each other.
    pub(super) fn binding(&mut self, indent: usize, name: &str, function: &str, values: &[String]) {
        let inside = values.join(", ");
        let call = format!("{function}({inside});");
        if width(&inside) > LIST_WIDTH || 4 * (indent + 1) + width(&call) > MAX_WIDTH {
            self.call(indent, &format!("let {name} = {function}"), values);
        } else {
            self.assignment(indent, &format!("let {name}"), &call);
        }
    }

    /// A struct's value, with what stands before and behind it.
    pub(super) fn structure(&mut self, indent: usize, head: &str, fields: &[String], tail: &str) {
        let inside = fields.join(", ");
        if fields.is_empty() {
            self.line(indent, &format!("{head} {{}}{tail}"));
        } else if width(&inside) <= STRUCT_WIDTH {
            self.line(indent, &format!("{head} {{ {inside} }}{tail}"));
        } else {
            self.line(indent, &format!("{head} {{"));
            for field in fields {
                match field.split_once(": ") {
                    Some((name, value)) => self.field(indent + 1, name, value),
                    None => self.line(indent + 1, &format!("{field},")),
                }
            }
            self.line(indent, &format!("}}{tail}"));
        }
    }

    /// A constant that is an array.
    pub(super) fn array_constant(&mut self, indent: usize, head: &str, elements: &[String]) {
        let inside = elements.join(", ");
        if width(&inside) <= LIST_WIDTH && 4 * indent + width(head) + width(&inside) + 7 > MAX_WIDTH
        {
            self.line(indent, &format!("{head} ="));
            self.line(indent + 1, &format!("&[{inside}];"));
        } else {
            self.array(indent, &format!("{head} = &"), elements, ";");
        }
    }

    /// Short elements, as many to a line as there is room for.
    fn fill(&mut self, indent: usize, elements: &[String]) {
        let mut line = String::new();
        for element in elements {
            // rustfmt leaves a column free.
            if !line.is_empty() && 4 * indent + width(&line) + width(element) + 2 >= MAX_WIDTH {
                self.line(indent, &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(element);
            line.push(',');
        }
        self.line(indent, &line);
    }

    /// `head[…]tail`: in one line, filled where every element is short, or one below the other.
    pub(super) fn array(&mut self, indent: usize, head: &str, elements: &[String], tail: &str) {
        let inside = elements.join(", ");
        if width(&inside) <= LIST_WIDTH
            && 4 * indent + width(head) + width(&inside) + width(tail) + 2 <= MAX_WIDTH
        {
            self.line(indent, &format!("{head}[{inside}]{tail}"));
            return;
        }
        self.line(indent, &format!("{head}["));
        if elements.iter().all(|element| width(element) <= SHORT_WIDTH) {
            self.fill(indent + 1, elements);
        } else {
            for element in elements {
                for line in format!("{element},").split('\n') {
                    self.line(indent + 1, line);
                }
            }
        }
        self.line(indent, &format!("]{tail}"));
    }

    /// A field of a struct's definition or value.
    pub(super) fn field(&mut self, indent: usize, name: &str, ty: &str) {
        let line = format!("{name}: {ty},");
        if 4 * indent + width(&line) <= MAX_WIDTH {
            self.line(indent, &line);
        } else {
            self.line(indent, &format!("{name}:"));
            self.line(indent + 1, &format!("{ty},"));
        }
    }

    /// An arm of a `match`.
    pub(super) fn arm(&mut self, indent: usize, pattern: &str, value: &str) {
        let line = format!("{pattern} => {value},");
        if 4 * indent + width(&line) <= MAX_WIDTH {
            self.line(indent, &line);
        } else {
            self.line(indent, &format!("{pattern} => {{"));
            self.line(indent + 1, value);
            self.line(indent, "}");
        }
    }

    /// An arm of a `match` that is a call with one argument.
    pub(super) fn call_arm(
        &mut self,
        indent: usize,
        pattern: &str,
        function: &str,
        argument: &str,
    ) {
        let line = format!("{pattern} => {function}({argument}),");
        if 4 * indent + width(&line) <= MAX_WIDTH {
            self.line(indent, &line);
        } else {
            self.line(indent, &format!("{pattern} => {function}("));
            self.line(indent + 1, &format!("{argument},"));
            self.line(indent, "),");
        }
    }

    /// An attribute that allows lints, with the reason.
    pub(super) fn allow(&mut self, lints: &[&str], reason: &str) {
        let mut arguments: Vec<String> = lints.iter().map(|&lint| lint.to_owned()).collect();
        arguments.push(format!("reason = {}", literal(reason)));
        let inside = arguments.join(", ");
        if width(&inside) <= ATTRIBUTE_WIDTH {
            self.line(0, &format!("#![allow({inside})]"));
            return;
        }
        self.line(0, "#![allow(");
        for (index, argument) in arguments.iter().enumerate() {
            let comma = if index + 1 < arguments.len() { "," } else { "" };
            self.line(1, &format!("{argument}{comma}"));
        }
        self.line(0, ")]");
    }

    /// `type name = (…);`
    pub(super) fn tuple_alias(&mut self, name: &str, parts: &[String]) {
        let line = format!("type {name} = ({});", parts.join(", "));
        if width(&line) <= MAX_WIDTH {
            self.line(0, &line);
            return;
        }
        self.line(0, &format!("type {name} = ("));
        for part in parts {
            self.line(1, &format!("{part},"));
        }
        self.line(0, ");");
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// `(one, other)`, as an element of an array.
pub(super) fn pair(one: &str, other: &str) -> String {
    if width(one) + width(other) + 2 <= LIST_WIDTH {
        format!("({one}, {other})")
    } else {
        format!("(\n    {one},\n    {other},\n)")
    }
}

/// A call, as an element of an array that stands at that indentation.
pub(super) fn call(function: &str, indent: usize, arguments: &[String]) -> String {
    let inside = arguments.join(", ");
    if (width(&inside) <= LIST_WIDTH || arguments.len() == 1)
        && 4 * indent + width(function) + width(&inside) + 3 <= MAX_WIDTH
    {
        return format!("{function}({inside})");
    }
    let lines: Vec<String> = arguments
        .iter()
        .map(|argument| format!("    {argument},"))
        .collect();
    format!("{function}(\n{}\n)", lines.join("\n"))
}

/// An array, as an element of one that stands at that indentation.
pub(super) fn nested_array(indent: usize, head: &str, elements: &[String]) -> String {
    let mut file = File::default();
    file.array(indent, head, elements, ",");
    let lines: Vec<&str> = file
        .text
        .lines()
        .map(|line| line.get(4 * indent..).unwrap_or_default())
        .collect();
    let text = lines.join("\n");
    text.strip_suffix(',').map(str::to_owned).unwrap_or(text)
}
