//! A large application's spec, of groups of ten models as people have them, and the same spec after a hundred changes.

use std::fmt::Write as _;

/// How many changes lie between the two specs.
pub(super) const CHANGES: usize = 100;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Before the changes.
    Prev,
    /// After them.
    Next,
}

/// A spec of so many models, in groups of ten: accounts with their projects, documents, tags, comments, a ledger and a queue.
/// The changes are spread over the groups.
pub(super) fn text(models: usize, side: Side) -> String {
    let groups = (models / 10).max(1);
    let mut text = String::from(
        "version = 1\n\n[database]\nname = \"large\"\nschema = \"public\"\n\n\
         [enums.Level]\nvalues = [\"low\", \"middle\", \"high\"]\n",
    );
    for number in 0..groups {
        let mut group = Group::new(number, side);
        for change in (number..CHANGES).step_by(groups) {
            group.change(change);
        }
        text.push_str(&group.text());
    }
    text
}

const KINDS: usize = 20;

/// Ten models and what belongs to them, with what the changes add to each part.
struct Group {
    number: usize,
    side: Side,
    project_fields: String,
    account_fields: String,
    project_indexes: String,
    project_checks: String,
    project_unique: String,
    states: String,
    renamed_states: String,
    doc: String,
    open: String,
    rest: String,
}

impl Group {
    fn new(number: usize, side: Side) -> Self {
        Self {
            number,
            side,
            project_fields: String::new(),
            account_fields: String::new(),
            project_indexes: String::new(),
            project_checks: String::new(),
            project_unique: String::new(),
            states: String::new(),
            renamed_states: String::new(),
            doc: format!("Projects of the group {number}."),
            open: String::new(),
            rest: String::new(),
        }
    }

    /// One of the changes: the old form on one side, the new form on the other.
    fn change(&mut self, change: usize) {
        let group = self.number;
        let field = format!("field_{change}");
        let fields = |prev: &str, next: &str| match self.side {
            Side::Prev => format!("{prev}\n"),
            Side::Next => format!("{next}\n"),
        };
        let next = self.side == Side::Next;
        match change % KINDS {
            0 => self.project_fields += &fields("", &format!("{field} = \"text?\"")),
            1 => {
                self.project_fields += &fields(
                    "",
                    &format!("{field} = {{ type = \"integer\", default = 7 }}"),
                )
            }
            2 => {
                self.project_fields += &fields(
                    &format!("{field} = \"text?\""),
                    &format!(
                        "renamed_{change} = {{ type = \"text?\", renamed_from = \"{field}\" }}"
                    ),
                );
            }
            3 => {
                self.project_fields += &fields(
                    &format!("{field} = \"text?\""),
                    &format!("{field} = {{ type = \"text?\", doc = \"What it is.\" }}"),
                );
            }
            4 => {
                self.project_fields += &fields(
                    &format!("{field} = \"integer?\""),
                    &format!("{field} = \"bigint?\""),
                )
            }
            5 => {
                self.project_fields += &fields(
                    &format!("{field} = \"varchar(40)?\""),
                    &format!("{field} = \"varchar(80)?\""),
                )
            }
            6 => {
                self.project_fields += &fields(
                    &format!("{field} = \"text?\""),
                    &format!("{field} = \"text\""),
                )
            }
            7 | 8 => {
                self.project_fields += &format!("{field} = \"text?\"\n");
                if next == (change % KINDS == 7) {
                    self.project_indexes +=
                        &format!("  {{ on = [\"account_id\", \"{field}\"] }},\n");
                }
            }
            9 => {
                self.project_fields +=
                    &format!("{field} = {{ type = \"integer\", default = 0 }}\n");
                if next {
                    self.project_checks += &format!(
                        "  {{ name = \"ck_projects{group}_{change}\", sql = \"{field} >= 0\" }},\n"
                    );
                }
            }
            10 => {
                self.project_fields += &format!("{field} = \"text?\"\n");
                if next {
                    self.project_unique +=
                        &format!("  {{ on = [\"account_id\", \"{field}\"] }},\n");
                }
            }
            11 => {
                let reference = format!(
                    "{field} = {{ type = \"uuid?\", references = \"Document{group}\", on_delete = \"set null\", \
                     inverse = \"projects_{change}\" }}"
                );
                self.project_fields += &fields("", &reference);
            }
            12 => {
                self.project_fields += &fields(
                    &format!("{field} = {{ type = \"text\", default = \"old\" }}"),
                    &format!("{field} = {{ type = \"text\", default = \"new\" }}"),
                );
            }
            13 if next => self.states += &format!(", \"state_{change}\""),
            14 => {
                self.states += &if next {
                    format!(", \"better_{change}\"")
                } else {
                    format!(", \"worse_{change}\"")
                };
                if next {
                    let _ = write!(
                        self.renamed_states,
                        "worse_{change} = \"better_{change}\", "
                    );
                }
            }
            15 if next => {
                let _ = writeln!(
                    self.account_fields,
                    "count_{change} = {{ type = \"integer\", default = 0 }}"
                );
                let _ = writeln!(
                    self.rest,
                    "\n[triggers.count_{change}]\nkind = \"counter\"\ncount = \"Document{group}\"\nby = \"account_id\"\n\
                         into = \"Account{group}.count_{change}\"\nwhere = \"size_bytes > {change}\""
                );
            }
            16 if next => self.rest += &model(&format!("Added{change}"), ""),
            17 => {
                self.rest += &match self.side {
                    Side::Prev => model(&format!("Former{change}"), ""),
                    Side::Next => model(
                        &format!("Later{change}"),
                        &format!("renamed_from = \"Former{change}\"\n"),
                    ),
                }
            }
            18 if next => self.open += &format!(" AND d.size_bytes <> {change}"),
            19 if next => self.doc += &format!(" As of {change}."),
            _ => {}
        }
    }

    fn text(&self) -> String {
        let Self {
            number: group,
            project_fields,
            account_fields,
            project_indexes,
            project_checks,
            ..
        } = self;
        let Self {
            project_unique,
            states,
            renamed_states,
            doc,
            open,
            rest,
            ..
        } = self;
        let sponsor = if *group == 0 {
            String::new()
        } else {
            format!(
                "sponsor_id = {{ type = \"uuid?\", references = \"Account{}\", on_delete = \"set null\", \
                 inverse = \"sponsored{group}\" }}\n",
                (group - 1) / 2
            )
        };
        format!(
            r#"
[enums.State{group}]
values = ["draft", "published", "archived"{states}]
renamed = {{ {renamed_states} }}

[enums.TaskStatus{group}]
values = ["ready", "running", "done", "failed", "cancelled"]

[domains.Email{group}]
type = "text"
checks = [{{ name = "has_at", sql = "VALUE ~ '@'" }}]

[models.Account{group}]
doc = "Accounts of the group {group}."
indexes = [
  {{ name = "ux_accounts{group}_email", on = ["lower(email)"], unique = true }},
  {{ on = ["level"] }},
  {{ on = ["created_at desc", "id"] }},
]
checks = [{{ name = "ck_accounts{group}_deleted", sql = "is_deleted = (deleted_at IS NOT NULL)" }}]
[models.Account{group}.fields]
id = {{ type = "uuid", primary_key = true }}
email = "text"
full_name = "text?"
level = {{ type = "Level", default = "low" }}
balance = {{ type = "bigint", default = 0, check = ">= 0" }}
document_count = {{ type = "integer", default = 0, check = ">= 0" }}
storage_bytes = {{ type = "bigint", default = 0 }}
is_deleted = {{ type = "boolean", default = false }}
deleted_at = "timestamptz?"
created_at = {{ type = "timestamptz", default_sql = "now()" }}
updated_at = {{ type = "timestamptz", default_sql = "now()" }}
{sponsor}{account_fields}
[models.Account{group}.soft_delete]
flag = "is_deleted"
at = "deleted_at"
keep = "30 days"

[models.Project{group}]
doc = "{doc}"
unique = [
  {{ on = ["account_id", "name"] }},
{project_unique}]
indexes = [
  {{ on = ["account_id", "created_at", "id"] }},
  {{ on = ["slug"], where = "slug <> ''" }},
{project_indexes}]
checks = [
  {{ name = "ck_projects{group}_share", sql = "share BETWEEN 0 AND 1" }},
{project_checks}]
[models.Project{group}.fields]
id = {{ type = "uuid", primary_key = true }}
account_id = {{ type = "uuid", references = "Account{group}", on_delete = "cascade", inverse = "projects" }}
name = "text"
slug = {{ type = "text", generated = "lower(name)" }}
description = "text?"
settings = {{ type = "jsonb", default_sql = "'{{}}'::jsonb" }}
share = {{ type = "double precision", default = 0.5 }}
created_at = {{ type = "timestamptz", default_sql = "now()" }}
updated_at = {{ type = "timestamptz", default_sql = "now()" }}
{project_fields}
[models.Document{group}]
indexes = [
  {{ on = ["account_id"] }},
  {{ on = ["project_id", "created_at", "id"] }},
  {{ on = ["tags"], using = "gin" }},
]
[models.Document{group}.fields]
id = {{ type = "uuid", primary_key = true }}
account_id = {{ type = "uuid", references = "Account{group}", on_delete = "cascade", inverse = "documents" }}
project_id = {{ type = "uuid?", references = "Project{group}", on_delete = "set null", inverse = "documents" }}
title = "text"
state = {{ type = "State{group}", default = "draft" }}
size_bytes = {{ type = "bigint?", check = ">= 0" }}
tags = {{ type = "text[]", default = [] }}
price = "numeric(10,2)?"
day = "date?"
created_at = {{ type = "timestamptz", default_sql = "now()" }}
updated_at = {{ type = "timestamptz", default_sql = "now()" }}

[models.Comment{group}]
indexes = [{{ on = ["document_id", "created_at", "id"] }}, {{ on = ["parent_id"] }}]
[models.Comment{group}.fields]
id = {{ type = "uuid", primary_key = true }}
document_id = {{ type = "uuid", references = "Document{group}", on_delete = "cascade", inverse = "comments" }}
author_id = {{ type = "uuid?", references = "Account{group}", on_delete = "set null", inverse = "comments" }}
parent_id = {{ type = "uuid?", references = "Comment{group}", on_delete = "cascade", inverse = "answers" }}
body = {{ type = "text", check = "<> ''" }}
created_at = {{ type = "timestamptz", default_sql = "now()" }}
updated_at = {{ type = "timestamptz", default_sql = "now()" }}

[models.Entry{group}]
indexes = [{{ on = ["created_at"] }}]
[models.Entry{group}.fields]
id = {{ type = "uuid", primary_key = true }}
account_id = {{ type = "uuid", references = "Account{group}", on_delete = "retain", inverse = "entries" }}
amount = "integer"
balance_after = "bigint"
entry_no = "bigint"
note = "text?"
idempotency_key = "text?"
created_at = {{ type = "timestamptz", default_sql = "now()" }}

[models.Task{group}]
indexes = [{{ on = ["account_id"] }}]
[models.Task{group}.fields]
id = {{ type = "uuid", primary_key = true }}
account_id = {{ type = "uuid", references = "Account{group}", on_delete = "cascade", inverse = "tasks" }}
status = {{ type = "TaskStatus{group}", default = "ready" }}
priority = {{ type = "integer", default = 0, check = ">= 0" }}
claimed_by = "text?"
lease_expires_at = "timestamptz?"
attempt = {{ type = "integer", default = 0 }}
input = "jsonb?"
created_at = {{ type = "timestamptz", default_sql = "now()" }}
[models.Task{group}.queue]
status = "status"
ready = "ready"
running = "running"
done = "done"
failed = "failed"
order = ["priority desc", "created_at"]
lease = "lease_expires_at"
worker = "claimed_by"
attempt = "attempt"

[models.Tag{group}]
unique = [{{ on = ["name"] }}]
[models.Tag{group}.fields]
id = {{ type = "bigint", primary_key = true, identity = "always" }}
name = "text"
colour = "text?"

[models.DocumentTag{group}]
primary_key = ["document_id", "tag_id"]
indexes = [{{ on = ["tag_id"] }}]
[models.DocumentTag{group}.fields]
document_id = {{ type = "uuid", references = "Document{group}", on_delete = "cascade" }}
tag_id = {{ type = "bigint", references = "Tag{group}", on_delete = "cascade" }}
added_at = {{ type = "timestamptz", default_sql = "now()" }}

[models.Event{group}]
indexes = [{{ on = ["data"], using = "gin" }}, {{ on = ["account_id", "created_at"] }}]
[models.Event{group}.fields]
id = {{ type = "bigint", primary_key = true, identity = "by default" }}
account_id = {{ type = "uuid", references = "Account{group}", on_delete = "cascade", inverse = "events" }}
name = "text"
address = "inet?"
data = "jsonb?"
created_at = {{ type = "timestamptz", default_sql = "now()" }}

[models.Setting{group}]
unique = [{{ on = ["account_id", "key"] }}]
[models.Setting{group}.fields]
id = {{ type = "uuid", primary_key = true }}
account_id = {{ type = "uuid", references = "Account{group}", on_delete = "cascade", inverse = "settings" }}
key = "text"
value = "jsonb?"
contact = "Email{group}?"
numbers = "integer[]?"
valid = "tstzrange?"

[triggers.touch_{group}]
kind = "touch"
column = "updated_at"
on = ["Account{group}", "Project{group}", "Document{group}", "Comment{group}"]

[triggers.documents_{group}]
kind = "counter"
count = "Document{group}"
by = "account_id"
into = "Account{group}.document_count"

[triggers.storage_{group}]
kind = "sum"
sum = "coalesce(size_bytes, 0)"
of = "Document{group}"
by = "account_id"
into = "Account{group}.storage_bytes"

[triggers.ledger_{group}]
kind = "ledger"
on = "Entry{group}"
account = "account_id"
amount = "amount"
balance = "Account{group}.balance"
balance_after = "balance_after"
entry_no = "entry_no"
minimum = 0

[triggers.events_{group}]
kind = "immutable"
on = "Event{group}"
deny = ["update"]

[triggers.tasks_{group}]
kind = "transitions"
on = "Task{group}.status"
allow = {{ ready = ["running", "cancelled"], running = ["done", "failed", "cancelled", "ready"], failed = ["ready"] }}

[triggers.trim_{group}]
kind = "sql"
on = "Tag{group}"
timing = "before"
events = ["insert", "update"]
update_of = ["name"]
level = "row"
body = "BEGIN NEW.name := btrim(NEW.name); RETURN NEW; END;"

[views.open_documents_{group}]
sql = "SELECT d.id, d.title, a.email FROM public.documents{group} d JOIN public.accounts{group} a ON a.id = d.account_id WHERE d.size_bytes > 0{open}"
{rest}"#
        )
    }
}

/// A model that comes, goes or gets another name.
fn model(name: &str, line: &str) -> String {
    format!(
        "\n[models.{name}]\n{line}indexes = [{{ on = [\"created_at\"] }}]\n[models.{name}.fields]\n\
         id = {{ type = \"uuid\", primary_key = true }}\nname = \"text\"\nlevel = {{ type = \"Level\", default = \"low\" }}\n\
         created_at = {{ type = \"timestamptz\", default_sql = \"now()\" }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_specs_have_all_models_and_differ() {
        let (prev, next) = (text(30, Side::Prev), text(30, Side::Next));
        assert_eq!(prev.matches("[models.Document2.fields]").count(), 1);
        assert_ne!(prev, next);
    }
}
