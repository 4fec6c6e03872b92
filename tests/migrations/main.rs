//! Migrations on a real PostgreSQL: the old schema with the migration is the new schema, and back.

mod cases;
mod chance;
mod corpus;
mod killed;
mod platform;
mod support;
mod writers;
