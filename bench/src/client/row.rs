//! The row that every peer reads and writes: a dataset, as somebody writes it by hand.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

/// An enum of the database with its labels.
macro_rules! labels {
    ($(#[$attribute:meta])* $name:ident { $($variant:ident = $label:literal),* }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($variant),* }

        impl $name {
            pub(super) fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),* }
            }

            pub(super) fn of(label: &[u8]) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                $(if label == $label.as_bytes() {
                    return Ok(Self::$variant);
                })*
                Err("an unknown label".into())
            }
        }
    };
}

labels! {
    /// The format of an uploaded file.
    #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
    #[diesel(sql_type = super::peers::diesel::FileFormatType)]
    FileFormat { Csv = "csv", Json = "json", Parquet = "parquet", Excel = "excel", Unknown = "unknown" }
}

labels! {
    /// What a dataset is meant to be learnt for.
    #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
    #[diesel(sql_type = super::peers::diesel::ProblemTypeType)]
    ProblemType {
        Classification = "classification", Regression = "regression", Clustering = "clustering", Other = "other"
    }
}

labels! {
    /// What a user has paid for.
    #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
    #[diesel(sql_type = super::peers::diesel::UserTierType)]
    UserTier { Free = "free", Pro = "pro", Enterprise = "enterprise" }
}

/// A dataset as the peers without a model of their own read it.
#[expect(dead_code, reason = "rows are read, and nothing is done with them")]
pub(super) struct Dataset {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) original_filename: Option<String>,
    pub(super) original_format: FileFormat,
    pub(super) original_size_bytes: Option<i64>,
    pub(super) parquet_size_bytes: Option<i64>,
    pub(super) s3_path: Option<String>,
    pub(super) row_count: Option<i64>,
    pub(super) column_count: Option<i32>,
    pub(super) columns_metadata: Option<Value>,
    pub(super) problem_type: Option<ProblemType>,
    pub(super) target_column: Option<String>,
    pub(super) is_sample_dataset: bool,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// What an application says of a new dataset: 15 columns; the two times are the database's.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) original_filename: Option<String>,
    pub(super) original_format: FileFormat,
    pub(super) original_size_bytes: Option<i64>,
    pub(super) parquet_size_bytes: Option<i64>,
    pub(super) s3_path: Option<String>,
    pub(super) row_count: Option<i64>,
    pub(super) column_count: Option<i32>,
    pub(super) columns_metadata: Option<Value>,
    pub(super) problem_type: Option<ProblemType>,
    pub(super) target_column: Option<String>,
    pub(super) is_sample_dataset: bool,
}

impl New {
    pub(super) fn of(user_id: Uuid, number: u64) -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            user_id,
            name: format!("dataset {id}"),
            description: None,
            original_filename: Some(format!("upload-{number}.csv")),
            original_format: FileFormat::Csv,
            original_size_bytes: Some(120_000),
            parquet_size_bytes: Some(40_000),
            s3_path: Some(format!("s3://automl/datasets/{id}.parquet")),
            row_count: Some(1_500),
            column_count: Some(12),
            columns_metadata: None,
            problem_type: Some(ProblemType::Classification),
            target_column: Some("label".to_string()),
            is_sample_dataset: false,
        }
    }
}

/// A user as the peers without a model of their own read it.
#[expect(dead_code, reason = "rows are read, and nothing is done with them")]
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) password_hash: Option<String>,
    pub(super) full_name: Option<String>,
    pub(super) tier: UserTier,
    pub(super) credit_balance: i64,
    pub(super) streak_count: i32,
    pub(super) last_active_date: Option<NaiveDate>,
    pub(super) storage_used_bytes: i64,
    pub(super) dataset_count: i32,
    pub(super) workflow_count: i32,
    pub(super) model_count: i32,
    pub(super) email_verified: bool,
    pub(super) is_deleted: bool,
    pub(super) deleted_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Reads a row by ordinal: `get!(row, error; Type { fields })`, in the order of the columns.
macro_rules! by_ordinal {
    ($row:ident, $ty:ident { $($field:ident),* }) => {{
        let mut ordinal = 0..;
        $ty { $($field: $row.try_get(ordinal.next().unwrap_or(usize::MAX))?),* }
    }};
}

/// The fields of a [`Dataset`], in the order of [`DATASET`].
macro_rules! dataset {
    ($row:ident) => {
        by_ordinal!(
            $row,
            Dataset {
                id,
                user_id,
                name,
                description,
                original_filename,
                original_format,
                original_size_bytes,
                parquet_size_bytes,
                s3_path,
                row_count,
                column_count,
                columns_metadata,
                problem_type,
                target_column,
                is_sample_dataset,
                created_at,
                updated_at
            }
        )
    };
}

/// The fields of a [`User`], in the order of [`USER`].
macro_rules! user {
    ($row:ident) => {
        by_ordinal!(
            $row,
            User {
                id,
                email,
                password_hash,
                full_name,
                tier,
                credit_balance,
                streak_count,
                last_active_date,
                storage_used_bytes,
                dataset_count,
                workflow_count,
                model_count,
                email_verified,
                is_deleted,
                deleted_at,
                created_at,
                updated_at
            }
        )
    };
}
pub(super) use {by_ordinal, dataset, user};
