//! The statements of those who write SQL by hand, the same for tokio-postgres and sqlx.

macro_rules! dataset_columns {
    () => {
        "id, user_id, name, description, original_filename, original_format, original_size_bytes, parquet_size_bytes, \
         s3_path, row_count, column_count, columns_metadata, problem_type, target_column, is_sample_dataset, created_at, \
         updated_at"
    };
}

macro_rules! new_columns {
    () => {
        "id, user_id, name, description, original_filename, original_format, original_size_bytes, parquet_size_bytes, \
         s3_path, row_count, column_count, columns_metadata, problem_type, target_column, is_sample_dataset"
    };
}

/// One dataset by its key.
pub(super) const POINT: &str = concat!(
    "SELECT ",
    dataset_columns!(),
    " FROM datasets WHERE id = $1"
);

/// All datasets of a user.
pub(super) const ROWS: &str = concat!(
    "SELECT ",
    dataset_columns!(),
    " FROM datasets WHERE user_id = $1"
);

pub(super) const INSERT: &str = concat!(
    "INSERT INTO datasets (",
    new_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING ",
    dataset_columns!()
);

pub(super) const UPDATE: &str = concat!(
    "UPDATE datasets SET description = $2 WHERE id = $1 RETURNING ",
    dataset_columns!()
);

/// The newest datasets of a user behind one of them.
pub(super) const PAGE: &str = concat!(
    "SELECT ",
    dataset_columns!(),
    " FROM datasets WHERE user_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 100"
);

pub(super) const USERS: &str = "\
SELECT id, email, password_hash, full_name, tier, credit_balance, streak_count, last_active_date, storage_used_bytes,
    dataset_count, workflow_count, model_count, email_verified, is_deleted, deleted_at, created_at, updated_at
FROM users WHERE id = ANY($1) AND NOT is_deleted";

pub(super) const CHILDREN: &str = concat!(
    "SELECT ",
    dataset_columns!(),
    " FROM datasets WHERE user_id = ANY($1)"
);

pub(super) const COPY: &str = concat!(
    "COPY datasets (",
    new_columns!(),
    ") FROM STDIN (FORMAT binary)"
);

pub(super) const UNNEST: &str = concat!(
    "INSERT INTO datasets (",
    new_columns!(),
    ") SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::file_format[], $7::bigint[], \
     $8::bigint[], $9::text[], $10::bigint[], $11::integer[], $12::jsonb[], $13::problem_type[], $14::text[], $15::boolean[])"
);
