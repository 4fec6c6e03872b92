//! New names of types and labels.

use crate::diff::{Diff, Stage};
use crate::ident::QualifiedName;
use crate::pg::{AlterEnum, EnumAction, Rename, Renamed, SetSchema, Statement};
use crate::plan::{HazardKind, Phase};

impl Diff<'_> {
    /// The new names of types and labels.
    pub(in crate::diff) fn rename_types(&mut self) {
        let mut steps: Vec<(String, Statement)> = Vec::new();
        let mut move_type = |kind: &'static str,
                             domain: bool,
                             old: &QualifiedName,
                             new: &QualifiedName,
                             what: String| {
            let mut at = old.clone();
            if old.schema != new.schema {
                steps.push((
                    what.clone(),
                    SetSchema {
                        kind,
                        name: at.clone(),
                        schema: new.schema.clone(),
                    }
                    .into(),
                ));
                at.schema = new.schema.clone();
            }
            if old.name != new.name {
                let object = if domain {
                    Renamed::Domain(at)
                } else {
                    Renamed::Type(at)
                };
                steps.push((
                    what,
                    Rename {
                        object,
                        to: new.name.clone(),
                    }
                    .into(),
                ));
            }
        };
        for (&new, &old) in &self.matching.enums {
            let item = &self.next.enums[new];
            move_type(
                "TYPE",
                false,
                &self.prev.enums[old].ty,
                &item.ty,
                format!("enums.{}: renamed", item.name),
            );
        }
        for (&new, &old) in &self.matching.domains {
            let item = &self.next.domains[new];
            move_type(
                "DOMAIN",
                true,
                &self.prev.domains[old].ty,
                &item.ty,
                format!("domains.{}: renamed", item.name),
            );
        }
        for (&new, &old) in &self.matching.composites {
            let item = &self.next.composites[new];
            move_type(
                "TYPE",
                false,
                &self.prev.composites[old].ty,
                &item.ty,
                format!("composites.{}: renamed", item.name),
            );
        }
        for (&new, &old) in &self.matching.enums {
            let (prev, named) = (&self.prev.enums[old], &self.named.enums[old]);
            for (from, to) in prev.labels.iter().zip(&named.labels) {
                if from.text != to.text {
                    steps.push((
                        format!(
                            "enums.{}: the label `{}` is now `{}`",
                            self.next.enums[new].name, from.text, to.text
                        ),
                        AlterEnum {
                            name: named.ty.clone(),
                            action: EnumAction::Rename {
                                from: from.text.clone(),
                                to: to.text.clone(),
                            },
                        }
                        .into(),
                    ));
                }
            }
        }
        for (what, statement) in steps {
            self.step(Phase::Expand, Stage::Rename, 0, what, statement)
                .costs(
                    HazardKind::BreaksOldCode,
                    "statements of the last release that say the old name fail",
                );
        }
    }
}
