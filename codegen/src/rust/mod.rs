//! From the schema to Rust: `mod.rs`, `enums.rs`, `types.rs` for domains and composites, and for each model and each typed
//! view a file with its columns (`user.rs`) and a folder with all that is made for it (`user/model.rs`).
//!
//! The code is written as rustfmt would write it, and names what it uses by absolute paths into `::pgwright`, so that it
//! compiles in any crate. What is the same for every spec is in that crate; here is what is particular to one.

mod bulk;
mod column_consts;
mod columns;
mod composites;
mod delete;
mod domains;
mod enums;
mod examples;
mod finders;
mod insert;
mod ledger;
mod many_sql;
mod model;
mod module;
pub mod names;
mod operations;
mod patch;
mod queue;
mod queue_sql;
mod relations;
mod rules;
mod sample;
mod soft_delete;
mod sql_types;
mod statements;
mod table;
mod text;
mod traits;
mod types;
mod upsert;

pub(crate) use finders::is_served as is_lookup_served;
pub(crate) use queue_sql::channel;
pub use types::is_type;

use crate::Output;
use crate::schema::{Links, Schema};
use crate::sql::Sql;

use columns::Table;

/// Every Rust file below the output folder. `module_path` is where another crate finds what is generated
/// (`automl_db::generated`), for examples that are tried as doctests; without it they are only shown.
#[must_use]
pub fn emit(schema: &Schema, module_path: Option<&str>) -> Output {
    let (mut output, module) = files(schema, module_path);
    output.insert("mod.rs".to_owned(), module.file(schema));
    output
}

/// Every statement that the generated code runs, by the name of its constant (`user::INSERT`).
#[must_use]
pub fn statements(schema: &Schema) -> Vec<(String, Sql)> {
    files(schema, None).1.statements()
}

/// Every file but `mod.rs`, and what that one is to say.
fn files(schema: &Schema, module_path: Option<&str>) -> (Output, module::Module) {
    let mut output = Output::new();
    let mut module = module::Module::default();
    if !schema.enums.is_empty() {
        output.insert("enums.rs".to_owned(), enums::file(schema, &mut module));
    }
    if !schema.domains.is_empty() || !schema.composites.is_empty() {
        let mut file = text::File::new(&["Domains and composite types."]);
        domains::emit(schema, &mut file, &mut module);
        composites::emit(schema, &mut file, &mut module);
        output.insert("types.rs".to_owned(), file.finish());
    }
    let links = Links::of(schema);
    let hides = names::hides_prelude(schema);
    let samples = sample::Plans::of(schema, &links);
    let tables = schema
        .models_with_ids()
        .map(|(id, _)| Table::of_model(schema, &links, id))
        .chain(
            schema
                .views
                .iter()
                .filter(|view| !view.columns.is_empty())
                .map(|view| Table::of_view(schema, &links, view)),
        );
    for mut table in tables {
        table.examples = module_path;
        let name = table.module();
        let model = model::file(&table, &mut module);
        output.insert(format!("{name}/model.rs"), model);
        let mut modules = vec!["model"];
        if table.id.is_some() {
            let insert = insert::file(&table, &mut module);
            output.insert(format!("{name}/insert.rs"), insert);
            modules.push("insert");
        }
        if let Some(find) = finders::file(&table, &mut module) {
            output.insert(format!("{name}/find.rs"), find);
            modules.push("find");
        }
        if let Some(delete) = delete::file(&table) {
            output.insert(format!("{name}/delete.rs"), delete);
            modules.push("delete");
        }
        if let Some(ledger) = ledger::file(&table, &mut module) {
            output.insert(format!("{name}/ledger.rs"), ledger);
            modules.push("ledger");
        }
        if let Some(soft_delete) = soft_delete::file(&table, &mut module) {
            output.insert(format!("{name}/soft_delete.rs"), soft_delete);
            modules.push("soft_delete");
        }
        if let Some(queue) = queue::file(&table, &mut module) {
            output.insert(format!("{name}/queue.rs"), queue);
            modules.push("queue");
        }
        let relations = relations::of(&table);
        if !relations.is_empty() {
            let file = relations::file(&table, &relations, &mut module);
            output.insert(format!("{name}/relations.rs"), file);
            modules.push("relations");
        }
        if let Some(sample) = sample::file(&table, &samples) {
            output.insert(format!("{name}/sample.rs"), sample);
            modules.push("sample");
        }
        modules.sort_unstable();
        let columns = column_consts::file(&table, &modules, &relations, hides);
        output.insert(format!("{name}.rs"), columns);
    }
    (output, module)
}
