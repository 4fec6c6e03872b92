//! What a session should know of a spec before its first statement.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnection, PgTypeInfo};
use sqlx::{Arguments as _, Executor as _, Postgres, SqlSafeStr as _, Type};

use crate::Rule;

/// What generated code says of its spec as a whole.
#[derive(Debug)]
pub struct Spec {
    /// The rules that the database keeps.
    pub rules: &'static [Rule],
    /// The names of the types that the database numbers: enums, domains, composites. The numbers differ from database to
    /// database.
    pub types: &'static [&'static str],
    /// How many statements the code has.
    pub statements: usize,
}

impl Spec {
    /// Asks for the numbers of all types at once. sqlx keeps them with the connection.
    ///
    /// A type that is not there, or that the role may not see, is no error here: the statement that needs it says so.
    pub(crate) async fn resolve(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
    ) -> Result<(), sqlx::Error> {
        if self.types.is_empty() {
            return Ok(());
        }
        let done = if persistent {
            // It is kept, so that it is asked once for each connection.
            let types: Vec<PgTypeInfo> = self.names().collect();
            let sql = "SELECT".into_sql_str();
            connection.prepare_with(sql, &types).await.map(drop)
        } else {
            let mut args = PgArguments::default();
            for ty in self.names() {
                args.add(Null(ty)).map_err(sqlx::Error::Encode)?;
            }
            let query = sqlx::query_with("SELECT", args).persistent(false);
            connection.execute(query).await.map(drop)
        };
        match done {
            Err(sqlx::Error::TypeNotFound { .. } | sqlx::Error::Database(_)) => Ok(()),
            done => done,
        }
    }

    /// The types and their arrays, in which many rows are sent.
    fn names(&self) -> impl Iterator<Item = PgTypeInfo> {
        let names = self.types.iter().copied();
        names.flat_map(|name| [PgTypeInfo::with_name(name), PgTypeInfo::array_of(name)])
    }
}

/// NULL of a type.
struct Null(PgTypeInfo);

impl Type<Postgres> for Null {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("text")
    }
}

impl Encode<'_, Postgres> for Null {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.0.clone())
    }

    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}
