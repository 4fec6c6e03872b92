//! Row level security, policies and grants.

use super::context::Lowering;
use crate::diag::{Diagnostic, nearest};
use crate::fragment::Kind;
use crate::schema::{Grant, ModelId, Policy, RowSecurity};
use crate::source::Spanned;
use crate::spec::{self, OneOrMany, PolicyCommand, PolicyMode};

const PRIVILEGES: [&str; 8] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "ALL",
];

/// Who may see and do what with a model.
pub(super) fn lower(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    if let Some(rls) = &item.rls {
        cx.the_model(model).row_security = RowSecurity {
            enabled: rls.value.enabled.as_ref().is_none_or(|flag| flag.value),
            force: rls.value.force.as_ref().is_some_and(|flag| flag.value),
        };
    }
    for written in item.policies.iter().flat_map(|list| list.value.iter()) {
        policy(cx, model, written);
    }
    for (role, privileges) in item.grants.iter().flat_map(|map| map.value.iter()) {
        grant(cx, model, role, privileges);
    }
}

fn policy(cx: &mut Lowering<'_>, model: ModelId, written: &Spanned<spec::Policy>) {
    let item = &written.value;
    let Some(name) = &item.name else {
        return;
    };
    let command = item
        .command
        .as_ref()
        .map_or(PolicyCommand::All, |command| command.value);
    if let (PolicyCommand::Select | PolicyCommand::Delete, Some(check)) = (command, &item.check) {
        cx.report(
            Diagnostic::error(
                "policy",
                format!("a policy for `{}` has no `check`", command.word()),
                check.span.clone(),
            )
            .help("no row is written; write the condition in `using`"),
        );
    }
    if let (PolicyCommand::Insert, Some(using)) = (command, &item.using) {
        cx.report(
            Diagnostic::error(
                "policy",
                "a policy for `insert` has no `using`",
                using.span.clone(),
            )
            .help("no row is seen; write the condition in `check`"),
        );
    }
    let span = name.span.clone();
    let name = cx.ident(name);
    cx.named(model, &name, span);
    let policy = Policy {
        name,
        restrictive: item
            .mode
            .as_ref()
            .is_some_and(|mode| mode.value == PolicyMode::Restrictive),
        command: match command {
            PolicyCommand::All => "ALL",
            PolicyCommand::Select => "SELECT",
            PolicyCommand::Insert => "INSERT",
            PolicyCommand::Update => "UPDATE",
            PolicyCommand::Delete => "DELETE",
        },
        to: item
            .to
            .iter()
            .flat_map(|roles| roles.value.0.iter())
            .map(|role| cx.ident(role))
            .collect(),
        using: item
            .using
            .as_ref()
            .map(|sql| cx.row_fragment(Kind::Policy, model, sql)),
        check: item
            .check
            .as_ref()
            .map(|sql| cx.row_fragment(Kind::Policy, model, sql)),
    };
    cx.the_model(model).policies.push(policy);
}

fn grant(cx: &mut Lowering<'_>, model: ModelId, role: &Spanned<String>, privileges: &OneOrMany) {
    let mut granted: Vec<&'static str> = Vec::new();
    for privilege in &privileges.0 {
        let word = privilege.value.trim();
        let word = if word.eq_ignore_ascii_case("all privileges") {
            "all"
        } else {
            word
        };
        let Some(&known) = PRIVILEGES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(word))
        else {
            let lower = PRIVILEGES.map(str::to_ascii_lowercase);
            let help = nearest(word, lower.iter().map(String::as_str)).map_or_else(
                || format!("the privileges of a table are {}", lower.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            cx.report(
                Diagnostic::error(
                    "unknown-privilege",
                    format!("there is no privilege `{word}` of a table"),
                    privilege.span.clone(),
                )
                .help(help),
            );
            continue;
        };
        if !granted.contains(&known) {
            granted.push(known);
        }
    }
    if granted.contains(&"ALL") {
        granted = vec!["ALL"];
    }
    if privileges.0.is_empty() {
        cx.report(
            Diagnostic::error(
                "empty-list",
                format!("`{}` may do nothing", role.value),
                role.span.clone(),
            )
            .help("write what it may do, `[\"select\"]`, or remove the role"),
        );
    }
    let role = cx.ident(role);
    if !granted.is_empty() {
        cx.the_model(model).grants.push(Grant {
            role,
            privileges: granted,
        });
    }
}
