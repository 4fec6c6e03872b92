//! Errors as HTTP shows them.

use serde::Serialize;

use crate::{Error, RuleKind, Timeout};

/// An error as a client of an API may see it: problem details of RFC 9457, to be sent as `application/problem+json`.
///
/// It has no SQL, no value of a row, and no name of a table or constraint; `fields` are columns, by which a form marks what
/// is wrong.
///
/// ```
/// let error = pgwright::Error::not_found("User", &42);
/// let problem = error.problem();
/// assert_eq!(problem.status, 404);
/// assert_eq!(
///     pgwright::serde_json::to_string(&problem).unwrap(),
///     r#"{"type":"urn:problem:not-found","title":"This does not exist.","status":404,"model":"User"}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What it is, as a URN: `urn:problem:not-found`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What may be shown to a user: one English sentence.
    pub title: &'static str,
    /// The status code of HTTP.
    pub status: u16,
    /// The model it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'static str>,
    /// The columns it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// After how many seconds the same request may succeed: for the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    const fn new(status: u16, kind: &'static str, title: &'static str) -> Self {
        Self {
            kind,
            title,
            status,
            model: None,
            fields: Vec::new(),
            retry_after: None,
        }
    }

    fn later(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    fn about(self, model: &'static str) -> Self {
        Self {
            model: Some(model),
            ..self
        }
    }
}

impl Error {
    /// The error as a client of an API may see it.
    ///
    /// | error | status |
    /// |---|---|
    /// | not found | 404 |
    /// | unique, exclusion, minimum, transition, immutable, a foreign key that is still used | 409 |
    /// | a lost lease, another entry of a ledger with the same key | 409 |
    /// | check, not null, maintained, retained, a foreign key to what is not there, a value that is out of range | 422 |
    /// | a cursor that is none | 400 |
    /// | a policy of the database | 403 |
    /// | conflict, lock or pool timeout, connection | 503, with `retry_after` |
    /// | statement timeout | 504 |
    /// | a commit of which nobody knows whether it was one, everything else | 500 |
    ///
    /// ```
    /// let problem = pgwright::Error::not_found("User", &7).problem();
    /// assert_eq!(problem.status, 404);
    /// ```
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotFound { model, .. } => {
                Problem::new(404, "urn:problem:not-found", "This does not exist.").about(model)
            }
            Self::Violation(violation) => Problem {
                model: violation.model,
                fields: violation.columns.clone(),
                ..of_rule(violation.kind, violation.is_still_used())
            },
            Self::LeaseLost { .. } => Problem::new(
                409,
                "urn:problem:lease-lost",
                "Somebody else works on this now.",
            ),
            Self::PostedOtherwise { model, key, column } => Problem {
                fields: vec![(*key).to_owned(), column.clone()],
                ..Problem::new(
                    409,
                    "urn:problem:posted-otherwise",
                    "Something else was done with this key already.",
                )
                .about(model)
            },
            Self::GivenTwice { model, .. } => {
                Problem::new(400, "urn:problem:given-twice", "The same was given twice.")
                    .about(model)
            }
            // To be told from what may be tried again: it may have been done.
            Self::CommitUnknown(_) => Problem::new(
                500,
                "urn:problem:unknown",
                "Whether this was done is not known: please look before you try again.",
            ),
            Self::Cursor(_) => Problem::new(
                400,
                "urn:problem:cursor",
                "This page cannot be found: begin at the first one.",
            ),
            Self::Conflict(_) => BUSY.later(1),
            Self::Timeout { what, .. } => match what {
                Timeout::Statement => {
                    Problem::new(504, "urn:problem:timeout", "This took too long.")
                }
                Timeout::Lock | Timeout::Pool => BUSY.later(1),
                Timeout::Idle => INTERNAL,
            },
            Self::Connection(_) | Self::Tls(_) => Problem::new(
                503,
                "urn:problem:unavailable",
                "The service cannot be reached at the moment.",
            )
            .later(5),
            Self::Database(error) => of_sqlstate(error),
            Self::Decode { .. }
            | Self::Encode { .. }
            | Self::TooManyRows { .. }
            | Self::Aborted
            | Self::ReadOnly(_)
            | Self::Misuse(_) => INTERNAL,
        }
    }
}

const BUSY: Problem = Problem::new(
    503,
    "urn:problem:busy",
    "The service is busy: please try again.",
);

const INTERNAL: Problem = Problem::new(500, "urn:problem:internal", "Something went wrong.");

fn of_rule(kind: RuleKind, used: bool) -> Problem {
    match kind {
        RuleKind::Unique => Problem::new(409, "urn:problem:exists", "This exists already."),
        RuleKind::Exclusion => Problem::new(
            409,
            "urn:problem:overlaps",
            "This overlaps with something that exists already.",
        ),
        RuleKind::ForeignKey if used => Problem::new(
            409,
            "urn:problem:used",
            "This is still used by something else.",
        ),
        RuleKind::ForeignKey | RuleKind::Retained => Problem::new(
            422,
            "urn:problem:reference",
            "This refers to something that does not exist.",
        ),
        RuleKind::Check => Problem::new(422, "urn:problem:invalid", "A value is not allowed."),
        RuleKind::NotNull => Problem::new(422, "urn:problem:missing", "A value is missing."),
        RuleKind::Minimum => {
            Problem::new(409, "urn:problem:balance", "The balance is not sufficient.")
        }
        RuleKind::Transition => Problem::new(
            409,
            "urn:problem:transition",
            "This cannot be done in the present state.",
        ),
        RuleKind::Immutable => {
            Problem::new(409, "urn:problem:immutable", "This cannot be changed.")
        }
        RuleKind::Maintained => Problem::new(
            422,
            "urn:problem:read-only",
            "A value is computed and cannot be set.",
        ),
    }
}

/// Values that no column takes are the client's; a policy that refuses is no fault of the server.
fn of_sqlstate(error: &sqlx::Error) -> Problem {
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .unwrap_or_default();
    match &*code {
        "42501" => Problem::new(403, "urn:problem:forbidden", "This is not allowed."),
        code if code.starts_with("22") => {
            Problem::new(422, "urn:problem:invalid", "A value is not allowed.")
        }
        code if code.starts_with("53") => BUSY.later(5),
        _ => INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_error_s_words_is_shown() {
        let secret = sqlx::Error::Protocol("secret".to_owned());
        for error in [
            Error::Database(sqlx::Error::Protocol("secret".to_owned())),
            Error::Connection(secret),
            Error::not_found("User", &"secret"),
            Error::Decode {
                model: "User",
                column: "secret".to_owned(),
                source: "secret".into(),
            },
        ] {
            let problem = serde_json::to_string(&error.problem()).unwrap();
            assert!(!problem.contains("secret"), "{problem}");
        }
    }

    #[test]
    fn who_may_try_again_is_told_when() {
        let conflict = Error::Conflict(sqlx::Error::PoolClosed).problem();
        assert_eq!((conflict.status, conflict.retry_after), (503, Some(1)));
        let internal = Error::Aborted.problem();
        assert_eq!((internal.status, internal.retry_after), (500, None));
    }
}
