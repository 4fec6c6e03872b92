//! Labels of enums.

use crate::diff::units::Key;
use crate::diff::{Diff, Stage};
use crate::pg::{AlterEnum, EnumAction};
use crate::plan::{HazardKind, Phase};

impl Diff<'_> {
    /// Whether the old labels, in their order, are among the new ones.
    pub(super) fn labels_are_added(&self, old: usize, new: usize) -> bool {
        let mut next = self.next.enums[new].labels.iter();
        self.named.enums[old]
            .labels
            .iter()
            .all(|label| next.any(|other| other.text == label.text))
    }

    pub(super) fn keeps_labels(&self, old: usize, new: usize) -> bool {
        let next = &self.next.enums[new];
        self.named.enums[old]
            .labels
            .iter()
            .all(|label| next.labels.iter().any(|other| other.text == label.text))
    }

    pub(super) fn add_labels(&mut self, old: usize, new: usize) {
        // On the way there labels come before anything has its new name.
        let prev = if self.online {
            &self.prev.enums[old]
        } else {
            &self.named.enums[old]
        };
        let named = &self.named.enums[old];
        let next = &self.next.enums[new];
        let called = |text: &str| {
            let place = named.labels.iter().position(|label| label.text == text);
            place.map_or_else(|| text.to_owned(), |place| prev.labels[place].text.clone())
        };
        let first = prev.labels.first().map(|label| label.text.clone());
        let place = self.new.place(&Key::Enum(next.ty.clone()));
        let mut after: Option<String> = None;
        let mut steps = Vec::new();
        for label in &next.labels {
            if !named.labels.iter().any(|other| other.text == label.text) {
                steps.push(AlterEnum {
                    name: prev.ty.clone(),
                    action: EnumAction::Add {
                        label: label.text.clone(),
                        after: after.clone(),
                        first: first.clone(),
                    },
                });
            }
            after = Some(called(&label.text));
        }
        let what = format!("enums.{}", next.name);
        for statement in steps {
            let EnumAction::Add { label, .. } = &statement.action else {
                continue;
            };
            let text = format!("{what}: the label `{label}` is new");
            self.step(Phase::Labels, Stage::Make, place, text, statement)
                .costs(
                    HazardKind::BreaksOldCode,
                    format!(
                        "code that knows every label of {} does not know this one",
                        what
                    ),
                );
        }
    }
}
