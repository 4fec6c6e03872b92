//! Values that were sent, as a log shows them. Nothing of this happens unless it is asked for:
//! [`Builder::log_values`](crate::Builder::log_values).

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::encode::{Encode, IsNull};
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Postgres, Type, TypeInfo as _};

use crate::Read;

/// How many characters of a value are shown.
const LONGEST: usize = 200;

/// Whether any pool of this program logs values: they have to be kept before it is known which pool gets them.
static KEPT: AtomicBool = AtomicBool::new(false);

pub(crate) fn keep() {
    KEPT.store(true, Ordering::Relaxed);
}

pub(crate) fn are_kept() -> bool {
    KEPT.load(Ordering::Relaxed)
}

/// A value as a log shows it.
pub(crate) fn shown<'t, T: Encode<'t, Postgres> + Type<Postgres>>(value: &T) -> String {
    let mut buffer = PgArgumentBuffer::default();
    let ty = value.produces().unwrap_or_else(T::type_info);
    match value.encode_by_ref(&mut buffer) {
        Ok(IsNull::No) => text(&ty, &buffer),
        Ok(IsNull::Yes) => "NULL".to_owned(),
        Err(_) => "?".to_owned(),
    }
}

fn text(ty: &PgTypeInfo, bytes: &[u8]) -> String {
    let text = match ty.name() {
        "BOOL" => read::<bool>(bytes),
        "INT2" => read::<i16>(bytes),
        "INT4" => read::<i32>(bytes),
        "INT8" => read::<i64>(bytes),
        "FLOAT4" => read::<f32>(bytes),
        "FLOAT8" => read::<f64>(bytes),
        "UUID" => read::<uuid::Uuid>(bytes),
        "DATE" => read::<chrono::NaiveDate>(bytes),
        "TIMESTAMPTZ" => read::<chrono::DateTime<chrono::Utc>>(bytes),
        // The first byte is the version.
        "JSONB" => (bytes.get(1..)).map(|json| String::from_utf8_lossy(json).into_owned()),
        // Texts, enums, json.
        _ => (std::str::from_utf8(bytes).ok())
            .filter(|text| !text.contains('\0'))
            .map(|text| format!("{text:?}")),
    };
    let text = text.unwrap_or_else(|| format!("({} bytes)", bytes.len()));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn read<T: Read + std::fmt::Debug>(bytes: &[u8]) -> Option<String> {
    T::read(bytes).ok().map(|value| format!("{value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_what_they_are() {
        assert_eq!(shown(&42_i64), "42");
        assert_eq!(shown(&true), "true");
        assert_eq!(shown(&"it's"), "\"it's\"");
        assert_eq!(shown(&Option::<i32>::None), "NULL");
        assert_eq!(
            shown(&uuid::Uuid::nil()),
            "00000000-0000-0000-0000-000000000000"
        );
        assert_eq!(shown(&sqlx::types::Json(vec![1])), "[1]");
        assert_eq!(shown(&vec![1_u8, 0]), "(2 bytes)");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), LONGEST + 1);
    }
}
