//! The statements of a ledger: they post and find entries, and add them up.

use super::super::columns::{Column, Insert};
use super::super::many_sql::element_type;
use super::super::{statements, table as query};
use super::Book;
use crate::ident::Ident;
use crate::schema::{BaseType, Builtin, FieldId, Schema, Type};
use crate::sql;
use crate::sql::{Literal, Sql};

impl<'t, 'a> Book<'t, 'a> {
    pub(super) fn array(&self, column: &Column<'_>, number: usize) -> Sql {
        sql!(
            "{parameter}::{element}[]",
            parameter = statements::parameter(number),
            element = element_type(self.table.schema, column).unwrap_or_default()
        )
    }

    /// What makes an element of an array a value of the column.
    pub(super) fn cast(&self, column: &Column<'_>) -> Sql {
        query::compared(self.table, column).map_or_else(Sql::new, |_| {
            let ty = super::super::sql_types::cast_type(self.table.schema, column.ty);
            sql!("::{ty}", ty = ty)
        })
    }

    pub(super) fn lock_accounts(&self) -> Sql {
        let cast = query::compared(self.table, self.account).map(|(_, cast)| cast);
        sql!(
            "SELECT FROM {table}\nWHERE {key} = ANY({keys}{cast})\nORDER BY {key} FOR NO KEY UPDATE",
            table = self.parent().table,
            key = self.parent_key().name,
            keys = self.array(self.account, 1),
            cast = cast
        )
    }

    /// Whether the client can give numbers that a sequence would.
    pub(super) fn is_numbered(&self) -> bool {
        let mut columns = self.table.columns.iter();
        columns.any(|column| column.insert == Insert::OrNext)
    }

    /// The entry that is there, or else the new one: in one statement, since most entries are new.
    pub(super) fn post(&self, sequences: bool) -> Sql {
        let inserted = statements::inserted(self.table, sequences);
        let earlier = self.find(|column| inserted.parameter(column).unwrap_or_default());
        sql!(
            "\
WITH earlier AS (
{earlier}
), posted AS (
INSERT INTO {table}
    ({columns})
SELECT {values}
WHERE NOT EXISTS (SELECT FROM earlier)
RETURNING {returning}
)
SELECT * FROM earlier
UNION ALL
SELECT *, NULL FROM posted",
            earlier = earlier,
            table = self.table.sql,
            columns = statements::list(inserted.columns.iter().cloned()),
            values = statements::list(inserted.values.iter().cloned()),
            returning = statements::column_list(self.table)
        )
    }

    /// The entry of an account with a key, and the first column in which it differs from given values.
    pub(super) fn find(&self, parameter: impl Fn(&Column<'_>) -> usize) -> Sql {
        let value =
            |column: &Column<'_>| statements::compared(self.table, column, parameter(column));
        let equal = |column: &Column<'_>| {
            let value = value(column);
            sql!("{name} = {value}", name = column.sql, value = value)
        };
        let (key, predicate) = self.key.unwrap_or((self.account, None));
        sql!(
            "SELECT {columns},\n    {differs}\nFROM {table}\nWHERE {account} AND {key}{predicate}",
            columns = statements::column_list(self.table),
            differs = differs(
                self.same()
                    .map(|column| { (column, sql!("{name}", name = column.sql), value(column),) })
            ),
            table = self.table.sql,
            account = equal(self.account),
            key = equal(key),
            predicate = predicate.map(|predicate| sql!(
                " AND ({predicate})",
                predicate = crate::pg::Closed(predicate)
            ))
        )
    }

    pub(super) fn finds(&self) -> Option<(Sql, Sql)> {
        let (key, predicate) = self.key?;
        let places: Vec<&Ident> = [self.account.sql, key.sql]
            .into_iter()
            .chain(self.same().map(|column| column.sql))
            .collect();
        let find = self.find(|column| {
            let place = places.iter().position(|name| *name == column.sql);
            place.map_or(0, |place| place + 1)
        });
        let same = || self.same().zip(3_usize..);
        let find_many = sql!(
            "SELECT {columns},\n    {differs}, k.n\nFROM unnest({accounts}, {keys}{more})\n    WITH ORDINALITY AS k(c1, c2{names}, n)\n\
             JOIN {entries} AS t ON t.{account} = k.c1{account_cast} AND t.{key} = k.c2{key_cast}",
            columns = statements::column_list_of(self.table, "t"),
            differs = differs(same().map(|(column, number)| {
                let value = sql!(
                    "k.c{number}{cast}",
                    number = digits(number),
                    cast = self.cast(column)
                );
                (column, sql!("t.{name}", name = column.sql), value)
            })),
            accounts = self.array(self.account, 1),
            keys = self.array(key, 2),
            more = Sql::join(
                "",
                same()
                    .map(|(column, number)| sql!(", {array}", array = self.array(column, number)))
            ),
            names = Sql::join(
                "",
                same().map(|(_, number)| sql!(", c{number}", number = digits(number)))
            ),
            entries = match predicate {
                Some(predicate) => sql!(
                    "(SELECT * FROM {table} WHERE ({predicate}))",
                    table = self.table.sql,
                    predicate = crate::pg::Closed(predicate)
                ),
                None => sql!("{table}", table = self.table.sql),
            },
            account = self.account.sql,
            account_cast = self.cast(self.account),
            key = key.sql,
            key_cast = self.cast(key)
        );
        Some((find, find_many))
    }

    /// What an entry is, beside its account and its key: its amount, and what its constructor wants. One that differs in
    /// it is another entry.
    pub(super) fn same(&self) -> impl Iterator<Item = &'t Column<'a>> {
        let (schema, ledger) = (self.table.schema, self.ledger);
        let amount = &schema.model(ledger.on).field(ledger.amount).name;
        let own = [
            self.account.sql,
            self.key.map_or(self.account.sql, |(key, _)| key.sql),
        ];
        self.table.columns.iter().filter(move |column| {
            (column.sql == amount || column.insert == Insert::Required)
                && !own.contains(&column.sql)
                && !matches!(column.insert, Insert::Never | Insert::NullOrDefault(_))
                && !column.mapped.list
                && is_comparable(schema, column.ty, 0)
                && element_type(schema, column).is_some()
        })
    }

    pub(super) fn balance(&self) -> Sql {
        sql!(
            "SELECT {balance}\nFROM {table}\nWHERE {key} = {account}",
            balance = self.parent().field(self.ledger.balance.field).name,
            table = self.parent().table,
            key = self.parent_key().name,
            account = statements::compared(self.table, self.account, 1)
        )
    }

    pub(super) fn verify(&self) -> Sql {
        let model = self.table.id.map(|id| self.table.schema.model(id));
        let name = |field: FieldId| model.map(|model| &model.field(field).name);
        let ty = model.map(|model| {
            let ty = &model.field(self.ledger.balance_after).ty;
            crate::pg::type_sql(self.table.schema, ty)
        });
        sql!(
            "\
WITH chain AS (
    SELECT e.{no}::bigint AS no, e.{after}::numeric AS after, row_number() OVER w AS expected_no,
        (coalesce(lag(e.{after}) OVER w, 0) + e.{amount})::{ty}::numeric AS expected_after
    FROM {table} AS e
    WHERE e.{account} = {value}
    WINDOW w AS (ORDER BY e.{no})
), wrong AS (
    SELECT no, after, expected_no, expected_after
    FROM chain
    WHERE no IS DISTINCT FROM expected_no OR after IS DISTINCT FROM expected_after
    ORDER BY expected_no
    LIMIT 1
)
SELECT (SELECT count(*) FROM chain),
    coalesce((SELECT after FROM chain ORDER BY expected_no DESC LIMIT 1), 0::numeric),
    (SELECT a.{balance}::numeric FROM {accounts} AS a WHERE a.{key} = {value}),
    wrong.no, wrong.expected_no, wrong.after, wrong.expected_after
FROM (SELECT) AS one
LEFT JOIN wrong ON true",
            no = name(self.ledger.entry_no),
            after = name(self.ledger.balance_after),
            amount = name(self.ledger.amount),
            ty = ty,
            table = self.table.sql,
            account = self.account.sql,
            value = statements::compared(self.table, self.account, 1),
            balance = self.parent().field(self.ledger.balance.field).name,
            accounts = self.parent().table,
            key = self.parent_key().name
        )
    }
}

fn digits(number: usize) -> Literal {
    Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The name of the first column whose value is another one.
fn differs<'c>(columns: impl Iterator<Item = (&'c Column<'c>, Sql, Sql)>) -> Sql {
    let mut cases = columns.map(|(column, own, value)| {
        sql!(
            "\n        WHEN {own} IS DISTINCT FROM {value} THEN {name}",
            own = own,
            value = value,
            name = Literal::text(column.sql.as_str())
        )
    });
    match cases.next() {
        Some(first) => sql!(
            "CASE{first}{cases}\n    END",
            first = first,
            cases = Sql::join("", cases)
        ),
        None => sql!("NULL::text"),
    }
}

/// Whether values of the type can be compared.
fn is_comparable(schema: &Schema, ty: &Type, depth: usize) -> bool {
    ty.dimensions == 0
        && match &ty.base {
            BaseType::Builtin(builtin) => !matches!(
                builtin,
                Builtin::Json
                    | Builtin::Xml
                    | Builtin::Real
                    | Builtin::DoublePrecision
                    | Builtin::Plain(_)
            ),
            BaseType::Enum(_) => true,
            BaseType::Domain(id) if depth <= schema.domains.len() => {
                is_comparable(schema, &schema.domain(*id).base, depth + 1)
            }
            _ => false,
        }
}
