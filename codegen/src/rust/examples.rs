//! Examples in the documentation of what is generated: doctests that compile, of any spec.
//!
//! What an example is called with are parameters of a hidden function around it, so that no value of a type has to be made up.
//! They are named by absolute paths, and nothing is imported but what the visible lines say: a spec may call a model `Option`.

use super::columns::{Column, Table};
use super::insert::setter_names;
use super::model::Scope;
use super::names;
use super::types::Wire;

/// The widest line of an example.
const WIDTH: usize = 90;

/// What Rust has in scope everywhere and examples use.
const PRELUDE: &[&str] = &["Option", "Send", "String", "Vec"];

/// A parameter of the function around an example: its name, and its type as a file beside the model's own writes it.
pub(super) type Parameter = (String, String);

/// What examples of a file's functions are made of.
#[derive(Clone, Debug)]
pub(super) struct Examples {
    /// The generated module as another crate names it: `::automl_db::generated`.
    module: Option<String>,
    /// The type of rows.
    row: String,
    /// The module of the model, which is what a row is called in an example, too.
    name: String,
    /// The type whose functions they are.
    owner: String,
    /// The function that makes a value of it, where that is not a row, and what it is given.
    value: (String, Vec<Parameter>),
    /// A filter.
    filter: Option<(String, Parameter)>,
}

impl Examples {
    /// Of functions of a row's type.
    pub(super) fn of(table: &Table<'_>) -> Self {
        Self {
            module: table.examples.map(|path| format!("::{path}")),
            row: table.rust.clone(),
            name: table.module(),
            owner: table.rust.clone(),
            value: (String::new(), Vec::new()),
            filter: filter(table),
        }
    }

    /// Of functions of the insert type, whose constructor has these parameters.
    pub(super) fn of_new(table: &Table<'_>, parameters: &[String]) -> Self {
        let owner = format!("New{}", table.rust);
        let parameters: Vec<Parameter> = parameters.iter().filter_map(|it| parameter(it)).collect();
        Self {
            value: (format!("{owner}::new"), parameters),
            owner,
            ..Self::of(table)
        }
    }

    /// Of functions of the patch type.
    pub(super) fn of_patch(table: &Table<'_>, taken: &[&str]) -> Self {
        let owner = format!("{}Patch", table.rust);
        let columns: Vec<&Column<'_>> =
            table.columns.iter().filter(|column| column.patch).collect();
        let setters = setter_names(&columns, taken);
        let usual = |column: &Column<'_>| column.deprecated.is_none() && is_plain(column);
        let text = |column: &&Column<'_>| usual(column) && column.mapped.traits.string;
        let first = columns.iter().position(text);
        let first = first.or_else(|| columns.iter().position(|column| usual(column)));
        let at = first.unwrap_or_default();
        let value = columns
            .get(at)
            .zip(setters.get(at))
            .map(|(column, setter)| {
                let value = Scope::elsewhere(table).value(&column.mapped);
                let ty = if column.nullable {
                    format!("impl ::pgwright::IntoField<{value}>")
                } else if column.mapped.traits.string {
                    format!("impl ::pgwright::IntoValue<{value}>")
                } else {
                    value
                };
                let call = format!("{owner}::new().{setter}");
                (call, vec![(column.rust.clone(), ty)])
            });
        Self {
            value: value.unwrap_or_else(|| (format!("{owner}::new"), Vec::new())),
            owner,
            ..Self::of(table)
        }
    }

    /// A value of the type, as a call, beside parameters of other names.
    fn value(&self, taken: &[String]) -> (String, Vec<Parameter>) {
        let (call, parameters) = &self.value;
        let mut taken = taken.to_vec();
        let mut renamed = Vec::new();
        for (name, ty) in parameters {
            let name = names::free(name, &taken);
            taken.push(name.clone());
            renamed.push((name, ty.clone()));
        }
        let arguments: Vec<&str> = renamed.iter().map(|(name, _)| name.as_str()).collect();
        (format!("{call}({})", arguments.join(", ")), renamed)
    }

    /// An example of a function that runs on a database.
    pub(super) fn of_function(
        &self,
        head: &str,
        parameters: &[String],
        result: &str,
    ) -> Option<Vec<String>> {
        let name = head
            .strip_prefix("pub async fn ")
            .or_else(|| head.strip_prefix("pub fn "))?;
        let name = name.split('<').next().unwrap_or_default();
        if !parameters
            .iter()
            .any(|it| it.contains(" ::pgwright::Executor<"))
        {
            return None;
        }
        let mut given: Vec<Parameter> = Vec::new();
        let mut arguments = Vec::new();
        for (name, ty) in parameters.iter().filter_map(|it| parameter(it)) {
            if name != "db" {
                given.push((name.clone(), ty));
            }
            arguments.push(name);
        }
        let mut lines = Vec::new();
        // Not a parameter: a filter is what people have to write.
        if let Some((filter, column)) = &self.filter
            && let Some(at) = given
                .iter()
                .position(|(_, ty)| ty.starts_with("::pgwright::Filter<"))
        {
            lines.push(format!("let filter = {filter};"));
            given[at] = column.clone();
        }
        let arguments = arguments.join(", ");
        let taken: Vec<String> = ["db".to_owned(), "filter".to_owned()]
            .into_iter()
            .chain(given.iter().map(|(name, _)| name.clone()))
            .collect();
        let call = match parameters.first().map(String::as_str) {
            Some("self") => {
                let (value, more) = self.value(&taken);
                given.extend(more);
                let whole = format!("{value}.{name}({arguments})");
                if whole.chars().count() + 24 > WIDTH {
                    let made = if self.owner.starts_with("New") {
                        "new"
                    } else {
                        "patch"
                    };
                    lines.push(format!("let {made} = {value};"));
                    format!("{made}.{name}({arguments})")
                } else {
                    whole
                }
            }
            Some("&self") => {
                let own = names::free(&self.name, &taken);
                given.push((own.clone(), format!("&{}", self.owner)));
                format!("{own}.{name}({arguments})")
            }
            _ => format!("{}::{name}({arguments})", self.owner),
        };
        let variable = self.variable(name, result);
        lines.push(format!("let {variable} = {call}.await?;"));
        Some(self.lines(&given, &lines))
    }

    /// What a result is called.
    fn variable<'s>(&'s self, name: &'s str, result: &'s str) -> &'s str {
        let inner = result
            .strip_prefix("::pgwright::Operation<'c, ")
            .or_else(|| result.strip_prefix("::pgwright::Result<"))
            .and_then(|inner| inner.strip_suffix('>'))
            .unwrap_or(result);
        let own = inner.strip_prefix("super::").unwrap_or(inner);
        if own == "Self" || own == self.row {
            &self.name
        } else if inner == "bool" {
            "done"
        } else if inner == "u64" {
            "count"
        } else if inner.contains("Vec<") {
            "rows"
        } else if inner.contains("Option<") {
            "found"
        } else if inner.contains("Paged<") {
            "page"
        } else if name == "balance" {
            "balance"
        } else {
            "report"
        }
    }

    /// The documentation of an example: the fence, and the hidden function around the lines.
    pub(super) fn lines(&self, parameters: &[Parameter], lines: &[String]) -> Vec<String> {
        let mut names = Names::new(self);
        let lines: Vec<String> = lines.iter().map(|line| names.visible(line)).collect();
        let mut lifetime = "";
        let mut db = "&::pgwright::Db";
        let mut list = String::new();
        for (name, ty) in parameters {
            let ty = names.ty(ty).replace("&'c ", "&");
            if ty.contains("'c") {
                (lifetime, db) = ("<'c>", "&'c ::pgwright::Db");
            }
            list.push_str(&format!(", {name}: {ty}"));
        }
        // A type of the author's own need not be one that others can name.
        let own = parameters.iter().any(|(_, ty)| ty.contains("crate::"));
        let fence = match self.module {
            Some(_) if !own => "```no_run",
            _ => "```ignore",
        };
        let uses = names.uses();
        let head = format!(
            "# {uses}async fn example{lifetime}(db: {db}{list}) -> ::pgwright::Result<()> {{"
        );
        let mut text = vec![fence.to_owned(), head];
        text.extend(lines);
        text.extend(["# Ok(()) }".to_owned(), "```".to_owned()]);
        text
    }

    /// An example of a row's query.
    pub(super) fn of_query(&self) -> Vec<String> {
        let row = &self.row;
        match &self.filter {
            Some((filter, column)) => {
                let asked = format!("let query = {row}::query().filter({filter});");
                let run = "let rows = query.limit(10).all(db).await?;".to_owned();
                self.lines(std::slice::from_ref(column), &[asked, run])
            }
            None => self.lines(
                &[],
                &[format!(
                    "let rows = {row}::query().limit(10).all(db).await?;"
                )],
            ),
        }
    }

    /// A line with a call of a function of the type.
    pub(super) fn call(&self, before: &str, call: &str) -> String {
        format!("{before}{}::{call}", self.owner)
    }

    /// An example with a row.
    pub(super) fn with_row(&self, call: &str, variable: &str) -> Vec<String> {
        let own = (self.name.clone(), format!("&{}", self.row));
        let line = format!("let {variable} = {}.{call}.await?;", self.name);
        self.lines(&[own], &[line])
    }

    /// An example of a type that is made and then written by a function.
    pub(super) fn of_value(&self, function: &str, more: &[Parameter]) -> Vec<String> {
        let mut parameters = vec![
            "self".to_owned(),
            "db: impl ::pgwright::Executor<'c>".to_owned(),
        ];
        parameters.extend(more.iter().map(|(name, ty)| format!("{name}: {ty}")));
        let head = format!("pub fn {function}");
        self.of_function(&head, &parameters, "Self")
            .unwrap_or_default()
    }
}

/// A column that a filter compares.
fn filter(table: &Table<'_>) -> Option<(String, Parameter)> {
    let usual = |column: &&Column<'_>| column.deprecated.is_none() && is_plain(column);
    let key = |column: &&Column<'_>| table.key_columns().any(|key| key.sql == column.sql);
    let columns = || table.columns.iter().filter(usual);
    let column = columns()
        .find(|column| !key(column))
        .or_else(|| columns().next())?;
    let value = Scope::elsewhere(table).value(&column.mapped);
    // What it is compared with is a parameter, which is neither the database nor the filter.
    let taken = ["db".to_owned(), "filter".to_owned(), "query".to_owned()];
    let name = names::free(&column.rust, &taken);
    Some((
        format!("{}::{}.eq({name})", table.module(), column.rust),
        (name, format!("impl ::pgwright::IntoValue<{value}>")),
    ))
}

/// Whether a value is one that is compared, and written by hand.
fn is_plain(column: &Column<'_>) -> bool {
    let wire = column.mapped.wire;
    !matches!(wire, Wire::Own | Wire::Json | Wire::Jsonb)
        && !column.mapped.list
        && column.mapped.traits.equal
}

fn parameter(text: &str) -> Option<Parameter> {
    let (name, ty) = text.split_once(": ")?;
    Some((name.to_owned(), ty.to_owned()))
}

/// The names of the spec in an example.
struct Names<'e> {
    examples: &'e Examples,
    own: [String; 5],
    imported: Vec<String>,
}

impl<'e> Names<'e> {
    fn new(examples: &'e Examples) -> Self {
        let row = &examples.row;
        let own = [
            row.clone(),
            examples.name.clone(),
            format!("{row}Id"),
            format!("New{row}"),
            format!("{row}Patch"),
        ];
        Self {
            examples,
            own,
            imported: Vec::new(),
        }
    }

    fn module(&self) -> String {
        let module = self.examples.module.as_deref();
        module.map_or_else(String::new, |module| format!("{module}::"))
    }

    /// A type as the file has it, as another crate writes it.
    fn ty(&mut self, ty: &str) -> String {
        let module = self.module();
        self.words(ty, &mut |names, word| match word {
            "Self" => {
                let owner = names.examples.owner.clone();
                names.own_type(&owner, &module)
            }
            word => names.own_type(word, &module),
        })
        .replace("super::", &module)
    }

    fn own_type(&self, word: &str, module: &str) -> String {
        let known = self
            .own
            .iter()
            .any(|own| own == word && *own != self.examples.name);
        if known {
            format!("{module}{word}")
        } else {
            word.to_owned()
        }
    }

    /// A line as people read it; what it names of the spec is imported.
    fn visible(&mut self, line: &str) -> String {
        let module = self.module();
        let name = self.examples.name.clone();
        let is_path = line.contains(&format!("{name}::"));
        self.words(line, &mut |names, word| {
            let known = names.own.iter().any(|own| own == word);
            if !known || (word == name && !is_path) {
                return word.to_owned();
            }
            if PRELUDE.contains(&word) {
                return format!("{module}{word}");
            }
            if !names.imported.iter().any(|other| other == word) {
                names.imported.push(word.to_owned());
            }
            word.to_owned()
        })
    }

    /// Each name that stands alone or begins a path.
    fn words(&mut self, text: &str, map: &mut dyn FnMut(&mut Self, &str) -> String) -> String {
        let is_part =
            |char: char| char.is_alphanumeric() || char == '_' || char == '#' || char == '\'';
        let mut out = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            if end == 0 {
                out.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (word, behind) = rest.split_at(end);
            // What is bound, `Item = …` and `IntoIter: …`, is a name of the trait's.
            let is_bound = behind.starts_with(" = ") || behind.starts_with(": ");
            if is_bound || out.ends_with([':', '.']) {
                out.push_str(word);
            } else {
                let word = map(self, word);
                out.push_str(&word);
            }
            rest = behind;
        }
        out
    }

    /// `use …; `
    fn uses(mut self) -> String {
        let Some(module) = &self.examples.module else {
            return String::new();
        };
        self.imported.sort_unstable();
        match self.imported.as_slice() {
            [] => String::new(),
            [one] => format!("use {module}::{one}; "),
            several => format!("use {module}::{{{}}}; ", several.join(", ")),
        }
    }
}
