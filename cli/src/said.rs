//! What a server says, for people.

use std::fmt::{self, Display, Formatter};

use sqlx::postgres::PgDatabaseError;

/// Shows an error without the line that sqlx adds: it is one of PostgreSQL's own sources, and nobody would look there.
#[derive(Debug)]
pub(crate) struct Said<'e>(pub(crate) &'e sqlx::Error);

impl Display for Said<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(error) = self.0.as_database_error() else {
            return self.0.fmt(f);
        };
        f.write_str(error.message())?;
        let postgres = error.try_downcast_ref::<PgDatabaseError>();
        for (word, more) in [
            ("detail", postgres.and_then(PgDatabaseError::detail)),
            ("hint", postgres.and_then(PgDatabaseError::hint)),
            ("where", postgres.and_then(PgDatabaseError::r#where)),
        ] {
            if let Some(more) = more {
                write!(f, "\n{word}: {more}")?;
            }
        }
        Ok(())
    }
}
