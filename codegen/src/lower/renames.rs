//! Old names: an old name that is gone is spent, and one that is still in use is a question that only the author can
//! answer.

use super::context::Lowering;
use crate::diag::Diagnostic;
use crate::source::Spanned;

/// Checks every `renamed_from`. Those of labels are checked with their enum.
pub(super) fn check(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    macro_rules! names {
        ($section:ident) => {
            spec.$section
                .iter()
                .flat_map(|map| map.value.iter())
                .map(|(name, item)| (name, item.renamed_from.as_ref()))
                .collect::<Vec<_>>()
        };
    }
    check_list(cx, "an enum", &names!(enums));
    check_list(cx, "a domain", &names!(domains));
    check_list(cx, "a composite type", &names!(composites));
    check_list(cx, "a model", &names!(models));
    for (_, model) in spec.models.iter().flat_map(|map| map.value.iter()) {
        let fields: Vec<_> = model
            .fields
            .iter()
            .flat_map(|map| map.value.iter())
            .map(|(name, field)| (name, field.renamed_from.as_ref()))
            .collect();
        check_list(cx, "a field", &fields);
    }
}

fn check_list(
    cx: &mut Lowering<'_>,
    what: &str,
    items: &[(&Spanned<String>, Option<&Spanned<String>>)],
) {
    let mut seen: Vec<&Spanned<String>> = Vec::new();
    for (name, old) in items {
        let Some(old) = old else {
            continue;
        };
        if let Some(first) = seen.iter().find(|other| other.value == old.value) {
            cx.report(
                Diagnostic::error(
                    "renamed-from",
                    format!("`{}` became two", old.value),
                    old.span.clone(),
                )
                .also(first.span.clone(), "the first one")
                .help("one of them has the old name; remove the other `renamed_from`"),
            );
        } else if old.value == name.value {
            cx.report(
                Diagnostic::error(
                    "renamed-from",
                    format!("`{}` is the name that it has", old.value),
                    old.span.clone(),
                )
                .help("write the old name, or remove `renamed_from`"),
            );
        } else if let Some((other, _)) = items.iter().find(|(other, _)| other.value == old.value) {
            cx.report(
                Diagnostic::error(
                    "renamed-from",
                    format!(
                        "`{}` is the old name of `{}`, and there is {what} of that name",
                        old.value, name.value
                    ),
                    old.span.clone(),
                )
                .also(other.span.clone(), "it is here")
                .help("remove `renamed_from` if this is a new one, or the other if it was renamed"),
            );
        }
        seen.push(old);
    }
}
