//! Addresses that every program understands.

use super::cluster::OWNER;
use url::Url;

/// The server's address, and how the owner gets in.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// The administrator's address.
    pub(super) base: String,
    /// Whether the server lets the owner in by name; else the administrator becomes the owner.
    pub(super) is_direct: bool,
}

impl Address {
    /// The address of a database, as its owner. Not sqlx's own form of it, which has words that libpq refuses.
    pub(super) fn of(&self, database: &str) -> String {
        let Ok(mut url) = Url::parse(&self.base) else {
            return self.base.clone();
        };
        url.set_path(database);
        let more: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| match &**name {
                "dbname" | "options" => false,
                "user" | "password" => !self.is_direct,
                _ => true,
            })
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        let mut more: Vec<String> = more
            .iter()
            .map(|(name, value)| format!("{name}={}", crate::server::escape(value)))
            .collect();
        if self.is_direct {
            let _ = url.set_password(None);
            // An address without a host has no place for a user before it.
            if url.set_username(OWNER).is_err() {
                more.push(format!("user={OWNER}"));
            }
        } else {
            more.push(format!(
                "options={}",
                crate::server::escape(&format!("-c role={OWNER}"))
            ));
        }
        url.set_query((!more.is_empty()).then(|| more.join("&")).as_deref());
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(base: &str, is_direct: bool) -> String {
        let base = base.to_string();
        Address { base, is_direct }.of("db")
    }

    #[test]
    fn the_owner_comes_in_by_name_or_as_the_administrator_who_becomes_the_owner() {
        assert_eq!(
            of("postgres:///postgres?host=/tmp/x&user=postgres", true),
            "postgres:///db?host=/tmp/x&user=pgwright_owner"
        );
        assert_eq!(
            of(
                "postgres://me:secret@host:5433/postgres?sslmode=require",
                false
            ),
            "postgres://me:secret@host:5433/db?sslmode=require&options=-c%20role%3Dpgwright_owner"
        );
        assert_eq!(
            of("postgres://me:secret@host/postgres", true),
            "postgres://pgwright_owner@host/db"
        );
        assert_eq!(
            of("postgres:///postgres?host=/tmp/x&user=postgres", false),
            "postgres:///db?host=/tmp/x&user=postgres&options=-c%20role%3Dpgwright_owner"
        );
    }
}
