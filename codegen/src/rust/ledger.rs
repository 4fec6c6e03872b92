//! Ledgers: entries that are posted once, statements, and the proof that an account adds up.

mod entries;

use crate::schema::{FieldId, ForeignKey, Ledger, TriggerKind};
use crate::sql::{Sql, SqlExpr};

use super::columns::{Column, Insert, Table};
use super::examples::Examples;
use super::finders;
use super::many_sql::element_type;
use super::model::Scope;
use super::module::Module;
use super::operations::{ASYNC_DB, DB, operation};
use super::text::{File, code, literal, sql_literal};
use super::types;

/// What a ledger is made of, as its model's file needs it.
struct Book<'t, 'a> {
    table: &'t Table<'a>,
    ledger: &'a Ledger,
    reference: &'a ForeignKey,
    account: &'t Column<'a>,
    key: Option<(&'t Column<'a>, Option<&'a SqlExpr>)>,
}

/// The file, if the model is a ledger.
pub(super) fn file(table: &Table<'_>, module: &mut Module) -> Option<String> {
    let book = Book::of(table)?;
    let scope = Scope::elsewhere(table);
    let mut file = File::new(&[&format!(
        "The ledger {}: entries of {}, its accounts.",
        code(table.name),
        code(&book.parent().name)
    )]);
    let mut statement = |constant: &str, doc: &str, sql: Sql| {
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("pub const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
        module.statement(&table.module(), constant, sql);
    };
    if book.locks() {
        statement(
            "LOCK_ACCOUNTS",
            "Locks accounts in the order of their keys.",
            book.lock_accounts(),
        );
    }
    if let Some((find, find_many)) = book.finds() {
        statement(
            "POST",
            "Inserts an entry and returns it, unless its account has one with the same key: then that one.",
            book.post(false),
        );
        if book.is_numbered() {
            statement(
                "POST_NUMBERED",
                "The same, where the client gives a number that a sequence would.",
                book.post(true),
            );
        }
        statement("FIND_POSTED", "The entry of an account with a key.", find);
        statement(
            "FIND_POSTED_MANY",
            "Entries of accounts with keys, with the places of those.",
            find_many,
        );
    }
    statement("BALANCE", "The balance of an account.", book.balance());
    statement(
        "VERIFY",
        "What the entries of an account come to.",
        book.verify(),
    );
    book.emit(&scope, &mut file);
    Some(file.finish())
}

impl<'t, 'a> Book<'t, 'a> {
    fn of(table: &'t Table<'a>) -> Option<Self> {
        let schema = table.schema;
        let id = table.id?;
        let ledger = schema
            .triggers
            .iter()
            .find_map(|trigger| match &trigger.kind {
                TriggerKind::Ledger(ledger) if ledger.on == id => Some(ledger),
                _ => None,
            })?;
        let model = schema.model(id);
        let reference = model.foreign_keys.iter().find(|reference| {
            reference.fields.as_slice() == [ledger.account]
                && reference.target == ledger.balance.model
        })?;
        let column = |field: FieldId| {
            let name = &model.field(field).name;
            table.columns.iter().find(|column| column.sql == name)
        };
        let account = column(ledger.account)?;
        element_type(schema, account).filter(|_| !account.mapped.list)?;
        // One value, and not whether there is one beside it.
        let is_given = |column: &Column<'_>| {
            matches!(
                column.insert,
                Insert::Required | Insert::OrNull | Insert::OrDefault(_)
            )
        };
        let key = ledger
            .posting_keys(schema)
            .into_iter()
            .filter_map(|key| Some((column(key.field)?, key.predicate)))
            .find(|(column, _)| {
                is_given(column) && is_given(account) && element_type(schema, column).is_some()
            });
        Some(Self {
            table,
            ledger,
            reference,
            account,
            key,
        })
    }

    fn parent(&self) -> &'a crate::schema::Model {
        self.table.schema.model(self.ledger.balance.model)
    }

    fn parent_key(&self) -> &'a crate::schema::Field {
        self.parent().field(self.reference.to[0])
    }

    /// Whether whoever posts may lock the account by a statement of their own.
    fn locks(&self) -> bool {
        let parent = self.parent();
        self.table.locks_rows() && parent.grants.is_empty() && !parent.row_security.enabled
    }

    fn emit(&self, scope: &Scope, file: &mut File) {
        let table = self.table;
        let row = format!("super::{}", table.rust);
        let new = format!("super::New{}", table.rust);
        let place = |column: &Column<'_>| {
            table
                .columns
                .iter()
                .filter(|column| column.insert != Insert::Never)
                .position(|other| other.sql == column.sql)
                .unwrap_or_default()
        };
        file.blank();
        file.line(0, "const LEDGER: ::pgwright::Ledger = ::pgwright::Ledger {");
        file.field(
            1,
            "lock",
            match self.locks() {
                true => "::core::option::Option::Some(LOCK_ACCOUNTS)",
                false => "::core::option::Option::None",
            },
        );
        file.field(1, "account", &place(self.account).to_string());
        match self.key {
            Some((key, _)) => {
                file.line(
                    1,
                    "key: ::core::option::Option::Some(::pgwright::LedgerKey {",
                );
                file.field(2, "place", &place(key).to_string());
                file.field(2, "name", &literal(key.sql.as_str()));
                let same: Vec<String> = self
                    .same()
                    .map(|column| place(column).to_string())
                    .collect();
                file.field(2, "same", &format!("&[{}]", same.join(", ")));
                file.field(2, "post", "POST");
                file.field(
                    2,
                    "post_numbered",
                    match self.is_numbered() {
                        true => "::core::option::Option::Some(POST_NUMBERED)",
                        false => "::core::option::Option::None",
                    },
                );
                file.field(2, "find", "FIND_POSTED");
                file.field(2, "find_many", "FIND_POSTED_MANY");
                file.line(1, "}),");
            }
            None => file.field(1, "key", "::core::option::Option::None"),
        }
        file.line(0, "};");
        file.blank();
        file.examples(Examples::of(table));
        file.line(0, &format!("impl {row} {{"));
        let again = match self.key {
            Some((key, _)) => format!(
                " If its account has one with the same {} already, that one is returned and nothing is written, whatever \
                 the balance is by now; a plain insert would be refused. One that differs from it in {} is \
                 [`PostedOtherwise`](::pgwright::Error::PostedOtherwise).",
                code(key.sql.as_str()),
                self.same()
                    .map(|column| code(column.sql.as_str()))
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
            None => String::new(),
        };
        file.doc(
            1,
            &format!(
                "Posts an entry and returns it with its number and the balance after it.{again}\n\n# Errors\nIf the \
                 database refuses: under the minimum, for one. A transaction can go on after that."
            ),
        );
        file.signature(
            1,
            "pub fn post<'c>",
            &[DB.to_owned(), format!("entry: {new}")],
            &operation("Self"),
        );
        file.line(2, "::pgwright::post(db, entry, LEDGER)");
        file.line(1, "}");
        file.blank();
        file.doc(
            1,
            "Posts entries, all or none, and returns them in the order given. Accounts are locked in the order of their \
             keys first. What was posted before, or comes twice, is returned as it is there.\n\n# Errors\nIf the database \
             refuses one of them.",
        );
        file.signature(
            1,
            "pub fn post_many<'c>",
            &[DB.to_owned(), format!("entries: &'c [{new}]")],
            &operation(&scope.list("Self")),
        );
        file.line(2, "::pgwright::post_many(db, entries, LEDGER)");
        file.line(1, "}");
        self.emit_reads(scope, file);
        file.line(0, "}");
    }

    fn emit_reads(&self, scope: &Scope, file: &mut File) {
        let table = self.table;
        let account = finders::parameter(self.account, "account", scope);
        let balance = types::map(
            table.schema,
            &self.parent().field(self.ledger.balance.field).ty,
        );
        let balance = scope.value(&balance);
        file.blank();
        file.doc(
            1,
            "The balance of an account.\n\n# Errors\n[`NotFound`](::pgwright::Error::NotFound) if there is no such account; \
             else if the database cannot be asked.",
        );
        file.signature(
            1,
            "pub async fn balance",
            &[ASYNC_DB.to_owned(), account.clone()],
            &format!("::pgwright::Result<{balance}>"),
        );
        file.line(2, "let mut args = ::pgwright::Args::new();");
        file.line(2, "args.add(account);");
        file.line(2, &format!("let name = {};", literal(&self.parent().name)));
        file.line(
            2,
            "::pgwright::balance::<Self, _>(db, BALANCE, args, name, &account).await",
        );
        file.line(1, "}");
        file.blank();
        file.doc(
            1,
            "A page of an account's entries, the last ones first.\n\n# Errors\nIf the cursor is of another list, the \
             database cannot be asked, or a row cannot be read.",
        );
        file.signature(
            1,
            "pub async fn statement",
            &[
                ASYNC_DB.to_owned(),
                account.clone(),
                "page: ::pgwright::Page".to_owned(),
            ],
            "::pgwright::Result<::pgwright::Paged<Self>>",
        );
        let model = table.id.map(|id| table.schema.model(id));
        let entry_no = table.columns.iter().find(|column| {
            model.is_some_and(|model| *column.sql == model.field(self.ledger.entry_no).name)
        });
        let entry_no = entry_no.map_or("", |column| column.rust.as_str());
        file.assignment(
            2,
            "let entries",
            &format!("super::{}.eq(account);", self.account.rust),
        );
        file.assignment(2, "let last", &format!("super::{entry_no}.desc();"));
        file.line(
            2,
            "let query = Self::query().filter(entries).order_by(last);",
        );
        file.line(2, "query.page(db, page).await");
        file.line(1, "}");
        file.blank();
        file.doc(
            1,
            "Looks at all entries of an account: whether their numbers have no gap, each balance follows from the one \
             before, and the account has the last of them.\n\n# Errors\nIf the database cannot be asked.",
        );
        file.signature(
            1,
            "pub async fn verify",
            &[ASYNC_DB.to_owned(), account],
            "::pgwright::Result<::pgwright::LedgerReport>",
        );
        file.line(2, "let mut args = ::pgwright::Args::new();");
        file.line(2, "args.add(account);");
        file.line(2, "::pgwright::verify::<Self>(db, VERIFY, args).await");
        file.line(1, "}");
    }
}
