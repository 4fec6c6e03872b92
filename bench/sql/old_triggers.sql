-- What the platform had before: one UPDATE of the parent for each row and each column. Kept to compare with, with its
-- mistakes: a row that moves is not followed, errors are swallowed, TRUNCATE is not seen, the ledger locks FOR UPDATE.
-- Loaded after `no_triggers.sql`.

-- The old ledger had real references, and no numbers.
ALTER TABLE credit_transactions
    ALTER COLUMN entry_no DROP NOT NULL,
    ADD CONSTRAINT fk_old_credit_transactions_user_id
        FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    ADD CONSTRAINT fk_old_credit_transactions_related_job_id
        FOREIGN KEY (related_job_id) REFERENCES jobs ON DELETE SET NULL;

CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;

CREATE TRIGGER trg_users_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_datasets_updated_at BEFORE UPDATE ON datasets
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_experiments_updated_at BEFORE UPDATE ON experiments
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_tutorials_updated_at BEFORE UPDATE ON tutorials
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE OR REPLACE FUNCTION users_inc_dataset_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET dataset_count = dataset_count + 1 WHERE id = NEW.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_dec_dataset_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET dataset_count = greatest(dataset_count - 1, 0) WHERE id = OLD.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_inc_workflow_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET workflow_count = workflow_count + 1 WHERE id = NEW.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_dec_workflow_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET workflow_count = greatest(workflow_count - 1, 0) WHERE id = OLD.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_inc_model_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET model_count = model_count + 1 WHERE id = NEW.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_dec_model_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET model_count = greatest(model_count - 1, 0) WHERE id = OLD.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_adjust_storage_on_dataset_ins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users
    SET storage_used_bytes = storage_used_bytes + coalesce(NEW.parquet_size_bytes, NEW.original_size_bytes, 0)
    WHERE id = NEW.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_adjust_storage_on_dataset_del() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users
    SET storage_used_bytes =
        greatest(storage_used_bytes - coalesce(OLD.parquet_size_bytes, OLD.original_size_bytes, 0), 0)
    WHERE id = OLD.user_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION users_adjust_storage_on_dataset_upd() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_size bigint := coalesce(OLD.parquet_size_bytes, OLD.original_size_bytes, 0);
    new_size bigint := coalesce(NEW.parquet_size_bytes, NEW.original_size_bytes, 0);
BEGIN
    IF new_size <> old_size THEN
        UPDATE users
        SET storage_used_bytes = greatest(storage_used_bytes + new_size - old_size, 0)
        WHERE id = NEW.user_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER trg_datasets_after_insert AFTER INSERT ON datasets
    FOR EACH ROW EXECUTE FUNCTION users_inc_dataset_count();
CREATE TRIGGER trg_datasets_after_delete AFTER DELETE ON datasets
    FOR EACH ROW EXECUTE FUNCTION users_dec_dataset_count();
CREATE TRIGGER trg_datasets_after_insert_storage AFTER INSERT ON datasets
    FOR EACH ROW EXECUTE FUNCTION users_adjust_storage_on_dataset_ins();
CREATE TRIGGER trg_datasets_after_delete_storage AFTER DELETE ON datasets
    FOR EACH ROW EXECUTE FUNCTION users_adjust_storage_on_dataset_del();
CREATE TRIGGER trg_datasets_after_update_storage AFTER UPDATE ON datasets
    FOR EACH ROW EXECUTE FUNCTION users_adjust_storage_on_dataset_upd();
CREATE TRIGGER trg_workflows_after_insert AFTER INSERT ON workflows
    FOR EACH ROW EXECUTE FUNCTION users_inc_workflow_count();
CREATE TRIGGER trg_workflows_after_delete AFTER DELETE ON workflows
    FOR EACH ROW EXECUTE FUNCTION users_dec_workflow_count();
CREATE TRIGGER trg_models_after_insert AFTER INSERT ON models
    FOR EACH ROW EXECUTE FUNCTION users_inc_model_count();
CREATE TRIGGER trg_models_after_delete AFTER DELETE ON models
    FOR EACH ROW EXECUTE FUNCTION users_dec_model_count();

CREATE OR REPLACE FUNCTION credit_tx_before_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    balance bigint;
BEGIN
    SELECT credit_balance INTO balance FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'user % not found', NEW.user_id;
    END IF;
    IF balance + NEW.amount < 0 THEN
        RAISE EXCEPTION 'insufficient credits for user %', NEW.user_id;
    END IF;
    NEW.balance_after := balance + NEW.amount;
    UPDATE users SET credit_balance = NEW.balance_after WHERE id = NEW.user_id;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION credit_tx_no_update_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'credit transactions never change';
END
$$;

CREATE TRIGGER trg_credit_tx_before_insert BEFORE INSERT ON credit_transactions
    FOR EACH ROW EXECUTE FUNCTION credit_tx_before_insert();
CREATE TRIGGER trg_credit_tx_before_update BEFORE UPDATE ON credit_transactions
    FOR EACH ROW EXECUTE FUNCTION credit_tx_no_update_delete();
CREATE TRIGGER trg_credit_tx_before_delete BEFORE DELETE ON credit_transactions
    FOR EACH ROW EXECUTE FUNCTION credit_tx_no_update_delete();
