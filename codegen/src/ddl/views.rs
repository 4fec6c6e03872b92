//! Views and materialized views.

use super::types::with_comment;
use crate::pg::{CommentObject, CreateView, Statement};
use crate::schema::View;

pub(super) fn view(item: &View) -> Vec<Statement> {
    let create = CreateView {
        name: item.view.clone(),
        materialized: item.materialized,
        query: item.sql.clone(),
    };
    let on = if item.materialized {
        CommentObject::MaterializedView(item.view.clone())
    } else {
        CommentObject::View(item.view.clone())
    };
    with_comment(create.into(), item.doc.as_ref(), on)
}
