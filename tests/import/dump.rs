//! pg_dump as a judge that knows nothing of the queries of the import.

use pgwright_cli::dump::{self, Columns};
use pgwright_cli::testing::{Cluster, Database};

/// Compares the dumps of two databases, whatever their order. Where there is no pg_dump of the server's version, there is
/// nothing to compare.
pub(crate) async fn compare(one: &Database, other: &Database) -> Result<(), String> {
    let cluster = Cluster::shared().await.map_err(|error| error.to_string())?;
    let Some(installation) = dump::at_hand(cluster.version()) else {
        return Ok(());
    };
    let statements = |database: &Database| {
        dump::statements(&installation, &database.admin_options(), Columns::InOrder)
            .ok_or("pg_dump does not read the database")
    };
    let difference = dump::difference(&statements(one)?, &statements(other)?);
    if difference.is_empty() {
        Ok(())
    } else {
        Err(format!("pg_dump differs:\n{}", difference.join("\n")))
    }
}
