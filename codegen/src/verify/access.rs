//! Row level security, policies and grants.

use super::Report;
use crate::diag::Diagnostic;
use crate::schema::Model;

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        row_security(report, model);
        policies(report, model);
    }
}

fn row_security(report: &mut Report<'_>, model: &Model) {
    let enabled = model.row_security.enabled;
    if model.row_security.force && !enabled {
        let diagnostic = report
            .warning(
                "row-security",
                format!(
                    "`{}` forces row level security, which is not enabled",
                    model.name
                ),
                &["models", &model.name, "rls"],
            )
            .help("write `rls = { enabled = true, force = true }`");
        report.push(diagnostic);
    } else if !enabled && !model.policies.is_empty() {
        let diagnostic = report
            .warning(
                "row-security",
                format!(
                    "`{}` has policies, but row level security is not enabled: they bind nobody",
                    model.name
                ),
                &["models", &model.name, "policies"],
            )
            .help("write `rls = { enabled = true }`");
        report.push(diagnostic);
    }
}

fn policies(report: &mut Report<'_>, model: &Model) {
    for (index, policy) in model.policies.iter().enumerate() {
        if model.policies[..index]
            .iter()
            .any(|first| first.name == policy.name)
        {
            let place = index.to_string();
            let span = report
                .spans
                .at(&["models", &model.name, "policies", &place, "name"]);
            let first = report.spans.named(&model.name, policy.name.as_str());
            report.push(
                Diagnostic::error(
                    "name-clash",
                    format!("the model has two policies named `{}`", policy.name),
                    span,
                )
                .also(first, "the first of that name")
                .help("give each policy a name of its own"),
            );
        }
    }
}
