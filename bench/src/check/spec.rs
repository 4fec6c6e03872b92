//! A large spec, of models as people have them.

use std::fmt::Write as _;

/// A spec of so many models: twelve to fourteen fields, a reference to another, an enum, a unique key, two indexes.
pub(super) fn text(models: usize) -> String {
    let mut text = String::from(
        "version = 1\n\n[database]\nname = \"many\"\nschema = \"public\"\n\n\
         [enums.Level]\nvalues = [\"low\", \"middle\", \"high\"]\n",
    );
    for number in 0..models {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[models.Thing{number}]\ndoc = \"Things of the kind {number}.\"\n\
             indexes = [{{ on = [\"owner\"] }}, {{ on = [\"created_at\"] }}]\n\
             unique = [{{ on = [\"owner\", \"title\"] }}]\n\n\
             [models.Thing{number}.fields]\n\
             id = {{ type = \"uuid\", primary_key = true }}\n\
             title = \"text\"\n\
             owner = \"uuid\"\n\
             note = \"text?\"\n\
             level = {{ type = \"Level\", default = \"low\" }}\n\
             amount = {{ type = \"bigint\", default = 0 }}\n\
             price = \"numeric(10,2)?\"\n\
             share = \"double precision?\"\n\
             is_open = {{ type = \"boolean\", default = true }}\n\
             tags = \"text[]?\"\n\
             data = \"jsonb?\"\n\
             day = \"date?\"\n\
             created_at = {{ type = \"timestamptz\", default_sql = \"now()\" }}\n"
        );
        if number > 0 {
            let other = (number - 1) / 2;
            let _ = writeln!(
                text,
                "thing_id = {{ type = \"uuid?\", references = \"Thing{other}\", on_delete = \"cascade\", \
                 inverse = \"things{number}\" }}"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_model_is_there_once() {
        let text = super::text(200);
        assert_eq!(text.matches("\n[models.Thing").count(), 400);
        assert!(text.contains("[models.Thing199.fields]"));
    }
}
