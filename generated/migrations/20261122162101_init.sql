-- Migration init, written by `pgwright migrate`. Do not edit what stands outside of data steps.

SET standard_conforming_strings = on;
SET client_min_messages = warning;
SET check_function_bodies = off;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = postgres;
SET search_path = public;

-- Schemas
CREATE SCHEMA IF NOT EXISTS public;

-- Types
CREATE TYPE public.user_tier AS ENUM (
    'free',
    'pro',
    'enterprise'
);

COMMENT ON TYPE public.user_tier IS 'What a user has paid for.';

CREATE TYPE public.file_format AS ENUM (
    'csv',
    'json',
    'parquet',
    'excel',
    'unknown'
);

COMMENT ON TYPE public.file_format IS 'The format of an uploaded file.';

CREATE TYPE public.problem_type AS ENUM (
    'classification',
    'regression',
    'clustering',
    'other'
);

COMMENT ON TYPE public.problem_type IS 'What a dataset is meant to be learnt for.';

CREATE TYPE public.job_status AS ENUM (
    'pending',
    'queued',
    'running',
    'failed',
    'completed',
    'cancelled'
);

COMMENT ON TYPE public.job_status IS 'Where a job stands. `completed` and `cancelled` are final.';

CREATE TYPE public.node_type AS ENUM (
    'dataset',
    'preprocess',
    'model',
    'visualize',
    'save'
);

COMMENT ON TYPE public.node_type IS 'What a node of a workflow does.';

CREATE TYPE public.node_status AS ENUM (
    'pending',
    'running',
    'success',
    'failed',
    'skipped'
);

COMMENT ON TYPE public.node_status IS 'Where a node of a job stands.';

CREATE TYPE public.transaction_type AS ENUM (
    'purchase',
    'consumption',
    'refund',
    'adjustment'
);

COMMENT ON TYPE public.transaction_type IS 'Why credits moved.';

CREATE TYPE public.tutorial_difficulty AS ENUM (
    'beginner',
    'intermediate',
    'advanced'
);

COMMENT ON TYPE public.tutorial_difficulty IS 'How much a tutorial asks of its reader.';

CREATE TYPE public.credit_tier_restriction AS ENUM (
    'none',
    'pro_only',
    'enterprise_only'
);

COMMENT ON TYPE public.credit_tier_restriction IS 'Who may buy a credit package.';

-- Tables
CREATE TABLE public.users (
    id                 uuid             NOT NULL DEFAULT gen_random_uuid(),
    email              text             NOT NULL,
    password_hash      text,
    full_name          text,
    tier               public.user_tier NOT NULL DEFAULT 'free',
    credit_balance     bigint           NOT NULL DEFAULT 0,
    streak_count       integer          NOT NULL DEFAULT 0,
    last_active_date   date,
    storage_used_bytes bigint           NOT NULL DEFAULT 0,
    dataset_count      integer          NOT NULL DEFAULT 0,
    workflow_count     integer          NOT NULL DEFAULT 0,
    model_count        integer          NOT NULL DEFAULT 0,
    email_verified     boolean          NOT NULL DEFAULT false,
    is_deleted         boolean          NOT NULL DEFAULT false,
    deleted_at         timestamptz,
    created_at         timestamptz      NOT NULL DEFAULT now(),
    updated_at         timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT ck_users_credit_balance CHECK (credit_balance >= 0),
    CONSTRAINT ck_users_streak_count CHECK (streak_count >= 0),
    CONSTRAINT ck_users_storage CHECK (storage_used_bytes >= 0),
    CONSTRAINT ck_users_dataset_count CHECK (dataset_count >= 0),
    CONSTRAINT ck_users_workflow_count CHECK (workflow_count >= 0),
    CONSTRAINT ck_users_model_count CHECK (model_count >= 0),
    CONSTRAINT ck_users_deleted CHECK (is_deleted = (deleted_at IS NOT NULL))
);

COMMENT ON TABLE public.users IS 'People who use the platform.';

COMMENT ON COLUMN public.users.email IS 'Unique whatever its case, also among users that are soft-deleted.';

COMMENT ON COLUMN public.users.password_hash IS 'Empty for users who sign in through a provider.';

COMMENT ON COLUMN public.users.credit_balance IS 'Kept by the ledger of credit transactions.';

COMMENT ON COLUMN public.users.storage_used_bytes IS 'Bytes of all the user''s datasets.';

CREATE TABLE public.datasets (
    id                  uuid                NOT NULL DEFAULT gen_random_uuid(),
    user_id             uuid                NOT NULL,
    name                text                NOT NULL,
    description         text,
    original_filename   text,
    original_format     public.file_format  NOT NULL DEFAULT 'unknown',
    original_size_bytes bigint,
    parquet_size_bytes  bigint,
    s3_path             text,
    row_count           bigint,
    column_count        integer,
    columns_metadata    jsonb,
    problem_type        public.problem_type,
    target_column       text,
    is_sample_dataset   boolean             NOT NULL DEFAULT false,
    created_at          timestamptz         NOT NULL DEFAULT now(),
    updated_at          timestamptz         NOT NULL DEFAULT now(),
    CONSTRAINT datasets_pkey PRIMARY KEY (id),
    CONSTRAINT ux_datasets_userid_name UNIQUE (user_id, name),
    CONSTRAINT ck_datasets_original_size CHECK (original_size_bytes >= 0),
    CONSTRAINT ck_datasets_parquet_size CHECK (parquet_size_bytes >= 0),
    CONSTRAINT ck_datasets_row_count CHECK (row_count >= 0),
    CONSTRAINT ck_datasets_column_count CHECK (column_count >= 0)
);

COMMENT ON TABLE public.datasets IS 'Uploaded datasets with metadata.';

CREATE TABLE public.workflows (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id       uuid        NOT NULL,
    name          text        NOT NULL,
    description   text,
    graph_json    jsonb,
    thumbnail_url text,
    last_modified timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflows_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE public.workflows IS 'Workflows that users edit.';

COMMENT ON COLUMN public.workflows.graph_json IS 'The React Flow graph: nodes and edges.';

CREATE TABLE public.workflow_snapshots (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    workflow_id   uuid,
    user_id       uuid        NOT NULL,
    graph_json    jsonb       NOT NULL,
    snapshot_name text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_snapshots_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE public.workflow_snapshots IS 'A workflow as it was when a run started. Never changes.';

COMMENT ON COLUMN public.workflow_snapshots.workflow_id IS 'A job''s snapshot outlives its workflow.';

CREATE TABLE public.jobs (
    id                   uuid              NOT NULL DEFAULT gen_random_uuid(),
    user_id              uuid              NOT NULL,
    workflow_snapshot_id uuid,
    status               public.job_status NOT NULL DEFAULT 'pending',
    priority             integer           NOT NULL DEFAULT 0,
    started_at           timestamptz,
    completed_at         timestamptz,
    duration_seconds     integer,
    error_message        text,
    celery_task_id       text,
    claimed_by           text,
    lease_expires_at     timestamptz,
    attempt              integer           NOT NULL DEFAULT 0,
    created_at           timestamptz       NOT NULL DEFAULT now(),
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT ck_jobs_priority CHECK (priority >= 0),
    CONSTRAINT ck_jobs_duration CHECK (duration_seconds >= 0),
    CONSTRAINT ck_jobs_attempt CHECK (attempt >= 0)
)
WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);

COMMENT ON TABLE public.jobs IS 'Runs of workflows, claimed by workers.';

COMMENT ON COLUMN public.jobs.priority IS 'Higher is claimed first.';

CREATE TABLE public.job_nodes (
    id                  uuid               NOT NULL DEFAULT gen_random_uuid(),
    job_id              uuid               NOT NULL,
    node_id             text               NOT NULL,
    node_type           public.node_type   NOT NULL,
    status              public.node_status NOT NULL DEFAULT 'pending',
    started_at          timestamptz,
    completed_at        timestamptz,
    duration_seconds    integer,
    progress_percentage integer,
    progress_message    text,
    result_json         jsonb,
    error_message       text,
    created_at          timestamptz        NOT NULL DEFAULT now(),
    CONSTRAINT job_nodes_pkey PRIMARY KEY (id),
    CONSTRAINT ux_jobnode_jobid_nodeid UNIQUE (job_id, node_id),
    CONSTRAINT ck_job_nodes_duration CHECK (duration_seconds >= 0),
    CONSTRAINT ck_job_nodes_progress CHECK (progress_percentage BETWEEN 0 AND 100)
);

COMMENT ON TABLE public.job_nodes IS 'The nodes of a job''s workflow, with their progress.';

CREATE TABLE public.models (
    id                   uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id              uuid        NOT NULL,
    job_id               uuid,
    job_node_id          uuid,
    dataset_id           uuid,
    parent_model_id      uuid,
    name                 text,
    model_type           text,
    version              text,
    is_production        boolean     NOT NULL DEFAULT false,
    s3_model_path        text,
    model_size_bytes     bigint,
    metrics_json         jsonb,
    hyperparameters_json jsonb,
    shap_plots_s3_paths  jsonb,
    mlflow_run_id        text,
    is_saved             boolean     NOT NULL DEFAULT false,
    created_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT models_pkey PRIMARY KEY (id),
    CONSTRAINT ck_models_size CHECK (model_size_bytes >= 0)
);

COMMENT ON TABLE public.models IS 'Trained models.';

CREATE TABLE public.credit_transactions (
    id                  uuid                    NOT NULL DEFAULT gen_random_uuid(),
    user_id             uuid                    NOT NULL,
    amount              integer                 NOT NULL,
    balance_after       bigint                  NOT NULL,
    entry_no            bigint                  NOT NULL,
    transaction_type    public.transaction_type NOT NULL,
    related_job_id      uuid,
    related_purchase_id uuid,
    description         text,
    metadata_json       jsonb,
    idempotency_key     text,
    created_at          timestamptz             NOT NULL DEFAULT now(),
    CONSTRAINT credit_transactions_pkey PRIMARY KEY (id),
    CONSTRAINT ux_credit_transactions_user_id_entry_no UNIQUE (user_id, entry_no),
    CONSTRAINT ux_credit_transactions_user_id_idempotency_key UNIQUE (user_id, idempotency_key)
);

COMMENT ON TABLE public.credit_transactions IS 'The ledger of credits: append-only, and it outlives users and jobs.';

COMMENT ON COLUMN public.credit_transactions.amount IS 'Positive adds, negative takes.';

COMMENT ON COLUMN public.credit_transactions.balance_after IS 'The user''s balance after this entry; set by the database.';

COMMENT ON COLUMN public.credit_transactions.entry_no IS '1, 2, 3 … for each user: the order of the ledger; set by the database.';

COMMENT ON COLUMN public.credit_transactions.idempotency_key IS 'A payment webhook that arrives twice adds once.';

CREATE TABLE public.credit_packages (
    id               uuid                           NOT NULL DEFAULT gen_random_uuid(),
    name             text                           NOT NULL,
    credits          integer                        NOT NULL,
    price_usd        numeric(10,2)                  NOT NULL,
    tier_restriction public.credit_tier_restriction NOT NULL DEFAULT 'none',
    is_active        boolean                        NOT NULL DEFAULT true,
    display_order    integer                        NOT NULL DEFAULT 0,
    created_at       timestamptz                    NOT NULL DEFAULT now(),
    CONSTRAINT credit_packages_pkey PRIMARY KEY (id),
    CONSTRAINT ck_credit_packages_credits CHECK (credits >= 0),
    CONSTRAINT ck_credit_packages_price CHECK (price_usd >= 0)
);

COMMENT ON TABLE public.credit_packages IS 'Packages of credits on sale.';

CREATE TABLE public.experiments (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id     uuid        NOT NULL,
    dataset_id  uuid        NOT NULL,
    name        text        NOT NULL,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT experiments_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE public.experiments IS 'Groups of runs on one dataset, to compare them.';

CREATE TABLE public.experiment_runs (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    experiment_id uuid        NOT NULL,
    job_id        uuid,
    model_id      uuid,
    notes         text,
    added_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT experiment_runs_pkey PRIMARY KEY (id),
    CONSTRAINT ux_experiment_runs_experiment_job UNIQUE (experiment_id, job_id)
);

COMMENT ON TABLE public.experiment_runs IS 'A job''s place in an experiment.';

CREATE TABLE public.tutorials (
    id                         uuid                       NOT NULL DEFAULT gen_random_uuid(),
    created_by_user_id         uuid,
    title                      text                       NOT NULL,
    description                text,
    difficulty                 public.tutorial_difficulty,
    estimated_duration_minutes integer,
    content_json               jsonb,
    tags                       text[],
    is_published               boolean                    NOT NULL DEFAULT false,
    is_featured                boolean                    NOT NULL DEFAULT false,
    enrollment_count           integer                    NOT NULL DEFAULT 0,
    completion_count           integer                    NOT NULL DEFAULT 0,
    created_at                 timestamptz                NOT NULL DEFAULT now(),
    updated_at                 timestamptz                NOT NULL DEFAULT now(),
    CONSTRAINT tutorials_pkey PRIMARY KEY (id),
    CONSTRAINT ck_tutorials_duration CHECK (estimated_duration_minutes >= 0),
    CONSTRAINT ck_tutorials_enrollment CHECK (enrollment_count >= 0),
    CONSTRAINT ck_tutorials_completion CHECK (completion_count >= 0)
);

COMMENT ON TABLE public.tutorials IS 'Lessons that users follow.';

CREATE TABLE public.user_tutorial_progress (
    id                    uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id               uuid        NOT NULL,
    tutorial_id           uuid        NOT NULL,
    current_step_index    integer     NOT NULL DEFAULT 0,
    completed_steps       integer[]   NOT NULL DEFAULT '{}',
    is_completed          boolean     NOT NULL DEFAULT false,
    completion_percentage integer,
    last_accessed_at      timestamptz,
    completed_at          timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_tutorial_progress_pkey PRIMARY KEY (id),
    CONSTRAINT ux_user_tutorial UNIQUE (user_id, tutorial_id),
    CONSTRAINT ck_user_tutorial_progress_step CHECK (current_step_index >= 0),
    CONSTRAINT ck_user_tutorial_progress_percentage CHECK (completion_percentage BETWEEN 0 AND 100)
);

COMMENT ON TABLE public.user_tutorial_progress IS 'How far a user is in a tutorial.';

-- Foreign keys
ALTER TABLE public.datasets
    ADD CONSTRAINT fk_datasets_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.workflows
    ADD CONSTRAINT fk_workflows_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.workflow_snapshots
    ADD CONSTRAINT fk_workflow_snapshots_workflow_id FOREIGN KEY (workflow_id)
    REFERENCES public.workflows (id) ON DELETE SET NULL;

ALTER TABLE public.workflow_snapshots
    ADD CONSTRAINT fk_workflow_snapshots_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.jobs
    ADD CONSTRAINT fk_jobs_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.jobs
    ADD CONSTRAINT fk_jobs_workflow_snapshot_id FOREIGN KEY (workflow_snapshot_id)
    REFERENCES public.workflow_snapshots (id) ON DELETE SET NULL;

ALTER TABLE public.job_nodes
    ADD CONSTRAINT fk_job_nodes_job_id FOREIGN KEY (job_id)
    REFERENCES public.jobs (id) ON DELETE CASCADE;

ALTER TABLE public.models
    ADD CONSTRAINT fk_models_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.models
    ADD CONSTRAINT fk_models_job_id FOREIGN KEY (job_id)
    REFERENCES public.jobs (id) ON DELETE SET NULL;

ALTER TABLE public.models
    ADD CONSTRAINT fk_models_job_node_id FOREIGN KEY (job_node_id)
    REFERENCES public.job_nodes (id) ON DELETE SET NULL;

ALTER TABLE public.models
    ADD CONSTRAINT fk_models_dataset_id FOREIGN KEY (dataset_id)
    REFERENCES public.datasets (id) ON DELETE SET NULL;

ALTER TABLE public.models
    ADD CONSTRAINT fk_models_parent_model_id FOREIGN KEY (parent_model_id)
    REFERENCES public.models (id) ON DELETE SET NULL;

ALTER TABLE public.experiments
    ADD CONSTRAINT fk_experiments_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.experiments
    ADD CONSTRAINT fk_experiments_dataset_id FOREIGN KEY (dataset_id)
    REFERENCES public.datasets (id) ON DELETE CASCADE;

ALTER TABLE public.experiment_runs
    ADD CONSTRAINT fk_experiment_runs_experiment_id FOREIGN KEY (experiment_id)
    REFERENCES public.experiments (id) ON DELETE CASCADE;

ALTER TABLE public.experiment_runs
    ADD CONSTRAINT fk_experiment_runs_job_id FOREIGN KEY (job_id)
    REFERENCES public.jobs (id) ON DELETE SET NULL;

ALTER TABLE public.experiment_runs
    ADD CONSTRAINT fk_experiment_runs_model_id FOREIGN KEY (model_id)
    REFERENCES public.models (id) ON DELETE SET NULL;

ALTER TABLE public.tutorials
    ADD CONSTRAINT fk_tutorials_created_by_user_id FOREIGN KEY (created_by_user_id)
    REFERENCES public.users (id) ON DELETE SET NULL;

ALTER TABLE public.user_tutorial_progress
    ADD CONSTRAINT fk_user_tutorial_progress_user_id FOREIGN KEY (user_id)
    REFERENCES public.users (id) ON DELETE CASCADE;

ALTER TABLE public.user_tutorial_progress
    ADD CONSTRAINT fk_user_tutorial_progress_tutorial_id FOREIGN KEY (tutorial_id)
    REFERENCES public.tutorials (id) ON DELETE CASCADE;

-- Indexes
CREATE UNIQUE INDEX ux_users_email_ci ON public.users ((lower(email)));

CREATE INDEX idx_users_tier ON public.users (tier);

CREATE INDEX idx_users_created_at ON public.users (created_at);

CREATE INDEX idx_datasets_user_id ON public.datasets (user_id);

CREATE INDEX idx_datasets_created_at ON public.datasets (created_at);

CREATE INDEX idx_datasets_problem_type ON public.datasets (problem_type);

CREATE INDEX idx_datasets_user_id_created_at_id ON public.datasets (user_id, created_at, id);

CREATE INDEX idx_workflows_user_id ON public.workflows (user_id);

CREATE INDEX idx_workflows_last_modified ON public.workflows (last_modified);

CREATE INDEX idx_workflows_user_id_created_at_id ON public.workflows (user_id, created_at, id);

CREATE INDEX idx_workflow_snapshots_workflow_id ON public.workflow_snapshots (workflow_id);

CREATE INDEX idx_workflow_snapshots_user_id ON public.workflow_snapshots (user_id);

CREATE INDEX idx_workflow_snapshots_user_id_created_at_id ON public.workflow_snapshots (user_id, created_at, id);

CREATE INDEX idx_jobs_user_id ON public.jobs (user_id);

CREATE INDEX idx_jobs_workflow_snapshot_id ON public.jobs (workflow_snapshot_id);

CREATE INDEX idx_jobs_celery_task_id ON public.jobs (celery_task_id);

CREATE INDEX idx_jobs_user_id_created_at_id ON public.jobs (user_id, created_at, id);

CREATE INDEX idx_jobs_queue_user ON public.jobs (user_id, priority DESC, created_at) WHERE status = 'queued';

CREATE INDEX idx_jobs_queue ON public.jobs (priority DESC, created_at) WHERE status = 'queued';

CREATE INDEX idx_jobs_lease_expires_at ON public.jobs (lease_expires_at) WHERE lease_expires_at IS NOT NULL;

CREATE INDEX idx_job_nodes_job_id ON public.job_nodes (job_id);

CREATE INDEX idx_job_nodes_status ON public.job_nodes (status);

CREATE INDEX idx_job_nodes_job_id_created_at_id ON public.job_nodes (job_id, created_at, id);

CREATE INDEX idx_models_user_id ON public.models (user_id);

CREATE INDEX idx_models_job_id ON public.models (job_id);

CREATE INDEX idx_models_dataset_id ON public.models (dataset_id);

CREATE INDEX idx_models_parent_model_id ON public.models (parent_model_id);

CREATE INDEX idx_models_name ON public.models (name);

CREATE INDEX idx_models_is_production ON public.models (is_production);

CREATE INDEX idx_models_created_at ON public.models (created_at);

CREATE INDEX idx_models_user_id_created_at_id ON public.models (user_id, created_at, id);

CREATE INDEX idx_credit_tx_user_id ON public.credit_transactions (user_id);

CREATE INDEX idx_credit_tx_type ON public.credit_transactions (transaction_type);

CREATE INDEX idx_credit_tx_job_id ON public.credit_transactions (related_job_id);

CREATE INDEX idx_credit_tx_created_at ON public.credit_transactions (created_at);

CREATE INDEX idx_credit_transactions_user_id_created_at_id ON public.credit_transactions (user_id, created_at, id);

CREATE INDEX idx_credit_packages_active ON public.credit_packages (is_active);

CREATE INDEX idx_experiments_user_id ON public.experiments (user_id);

CREATE INDEX idx_experiments_dataset_id ON public.experiments (dataset_id);

CREATE INDEX idx_experiments_user_id_created_at_id ON public.experiments (user_id, created_at, id);

CREATE INDEX idx_experiments_dataset_id_created_at_id ON public.experiments (dataset_id, created_at, id);

CREATE INDEX idx_experiment_runs_experiment_id ON public.experiment_runs (experiment_id);

CREATE INDEX idx_experiment_runs_job_id ON public.experiment_runs (job_id);

CREATE INDEX idx_experiment_runs_model_id ON public.experiment_runs (model_id);

CREATE INDEX idx_experiment_runs_experiment_id_added_at_id ON public.experiment_runs (experiment_id, added_at, id);

CREATE INDEX idx_tutorials_author ON public.tutorials (created_by_user_id);

CREATE INDEX idx_tutorials_difficulty ON public.tutorials (difficulty);

CREATE INDEX idx_tutorials_is_published ON public.tutorials (is_published);

CREATE INDEX idx_tutorials_is_featured ON public.tutorials (is_featured);

CREATE INDEX idx_user_tutorial_progress_user_id ON public.user_tutorial_progress (user_id);

CREATE INDEX idx_user_tutorial_progress_tutorial_id ON public.user_tutorial_progress (tutorial_id);

CREATE INDEX idx_user_tutorial_progress_last_accessed ON public.user_tutorial_progress (last_accessed_at);

CREATE INDEX idx_user_tutorial_progress_user_id_created_at_id ON public.user_tutorial_progress (user_id, created_at, id);

CREATE INDEX idx_user_tutorial_progress_tutorial_id_created_at_id ON public.user_tutorial_progress (tutorial_id, created_at, id);

-- Triggers
CREATE FUNCTION public.users_drift()
    RETURNS TABLE (row_key text, column_name text, expected numeric, found numeric)
    LANGUAGE sql
    STABLE
AS $$
SELECT CAST(p.id AS pg_catalog.text), v.column_name, v.expected, v.found
FROM public.users AS p
LEFT JOIN (
    SELECT datasets.user_id AS key,
           pg_catalog.sum(1) AS value_1,
           pg_catalog.sum(CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint)) AS value_2
    FROM public.datasets AS datasets
    GROUP BY datasets.user_id
) AS f1 ON f1.key OPERATOR(pg_catalog.=) p.id
LEFT JOIN (
    SELECT workflows.user_id AS key,
           pg_catalog.sum(1) AS value_1
    FROM public.workflows AS workflows
    GROUP BY workflows.user_id
) AS f2 ON f2.key OPERATOR(pg_catalog.=) p.id
LEFT JOIN (
    SELECT models.user_id AS key,
           pg_catalog.sum(1) AS value_1
    FROM public.models AS models
    GROUP BY models.user_id
) AS f3 ON f3.key OPERATOR(pg_catalog.=) p.id
LEFT JOIN (
    SELECT credit_transactions.user_id AS key,
           pg_catalog.sum(CAST(coalesce(credit_transactions.amount, 0) AS bigint)) AS value_1
    FROM public.credit_transactions AS credit_transactions
    GROUP BY credit_transactions.user_id
) AS f4 ON f4.key OPERATOR(pg_catalog.=) p.id
CROSS JOIN LATERAL (
    VALUES ('dataset_count', CAST(coalesce(f1.value_1, 0) AS numeric), CAST(p.dataset_count AS numeric)),
           ('storage_used_bytes', CAST(coalesce(f1.value_2, 0) AS numeric), CAST(p.storage_used_bytes AS numeric)),
           ('workflow_count', CAST(coalesce(f2.value_1, 0) AS numeric), CAST(p.workflow_count AS numeric)),
           ('model_count', CAST(coalesce(f3.value_1, 0) AS numeric), CAST(p.model_count AS numeric)),
           ('credit_balance', CAST(coalesce(f4.value_1, 0) AS numeric), CAST(p.credit_balance AS numeric))
) AS v(column_name, expected, found)
WHERE v.expected OPERATOR(pg_catalog.<>) v.found
ORDER BY p.id, v.column_name
$$;

COMMENT ON FUNCTION public.users_drift() IS 'Lists every value of users that is not what its definition says.';

CREATE FUNCTION public.users_repair(max_rows bigint DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    wrong pg_catalog.uuid[];
    repaired bigint;
BEGIN
    IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) ALL (ARRAY['read committed', 'read uncommitted']) THEN
        RAISE EXCEPTION USING
            ERRCODE = '25001',
            MESSAGE = 'public.users_repair must run under READ COMMITTED: it has to see what others commit while it waits';
    END IF;
    -- Find what is wrong, then lock it in the order in which writers lock.
    SELECT pg_catalog.array_agg(w.key ORDER BY w.key)
    INTO pgwright.wrong
    FROM (
        SELECT p.id AS key
        FROM public.users AS p
        LEFT JOIN (
            SELECT datasets.user_id AS key,
                   pg_catalog.sum(1) AS value_1,
                   pg_catalog.sum(CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint)) AS value_2
            FROM public.datasets AS datasets
            GROUP BY datasets.user_id
        ) AS f1 ON f1.key OPERATOR(pg_catalog.=) p.id
        LEFT JOIN (
            SELECT workflows.user_id AS key,
                   pg_catalog.sum(1) AS value_1
            FROM public.workflows AS workflows
            GROUP BY workflows.user_id
        ) AS f2 ON f2.key OPERATOR(pg_catalog.=) p.id
        LEFT JOIN (
            SELECT models.user_id AS key,
                   pg_catalog.sum(1) AS value_1
            FROM public.models AS models
            GROUP BY models.user_id
        ) AS f3 ON f3.key OPERATOR(pg_catalog.=) p.id
        LEFT JOIN (
            SELECT credit_transactions.user_id AS key,
                   pg_catalog.sum(CAST(coalesce(credit_transactions.amount, 0) AS bigint)) AS value_1
            FROM public.credit_transactions AS credit_transactions
            GROUP BY credit_transactions.user_id
        ) AS f4 ON f4.key OPERATOR(pg_catalog.=) p.id
        WHERE p.dataset_count OPERATOR(pg_catalog.<>) coalesce(f1.value_1, 0)
           OR p.storage_used_bytes OPERATOR(pg_catalog.<>) coalesce(f1.value_2, 0)
           OR p.workflow_count OPERATOR(pg_catalog.<>) coalesce(f2.value_1, 0)
           OR p.model_count OPERATOR(pg_catalog.<>) coalesce(f3.value_1, 0)
           OR p.credit_balance OPERATOR(pg_catalog.<>) coalesce(f4.value_1, 0)
        ORDER BY p.id
        LIMIT $1
    ) AS w;
    PERFORM 1
    FROM public.users AS u
    WHERE u.id OPERATOR(pg_catalog.=) ANY (pgwright.wrong)
    ORDER BY u.id
    FOR NO KEY UPDATE OF u;
    -- A new snapshot: what was committed before the locks were taken is seen.
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.users AS p
    SET dataset_count = e.value_1,
        storage_used_bytes = e.value_2,
        workflow_count = e.value_3,
        model_count = e.value_4,
        credit_balance = e.value_5
    FROM (
        SELECT u.id AS key,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT datasets.user_id AS key, 1 AS amount FROM public.datasets AS datasets) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS integer) AS value_1,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT datasets.user_id AS key, CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS amount FROM public.datasets AS datasets) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS bigint) AS value_2,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT workflows.user_id AS key, 1 AS amount FROM public.workflows AS workflows) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS integer) AS value_3,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT models.user_id AS key, 1 AS amount FROM public.models AS models) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS integer) AS value_4,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT credit_transactions.user_id AS key, CAST(coalesce(credit_transactions.amount, 0) AS bigint) AS amount FROM public.credit_transactions AS credit_transactions) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS bigint) AS value_5
        FROM public.users AS u
        WHERE u.id OPERATOR(pg_catalog.=) ANY (pgwright.wrong)
    ) AS e
    WHERE p.id OPERATOR(pg_catalog.=) e.key
      AND (p.dataset_count OPERATOR(pg_catalog.<>) e.value_1
        OR p.storage_used_bytes OPERATOR(pg_catalog.<>) e.value_2
        OR p.workflow_count OPERATOR(pg_catalog.<>) e.value_3
        OR p.model_count OPERATOR(pg_catalog.<>) e.value_4
        OR p.credit_balance OPERATOR(pg_catalog.<>) e.value_5);
    GET DIAGNOSTICS repaired = ROW_COUNT;
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    RETURN repaired;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_repair(bigint) IS 'Sets the maintained columns of at most max_rows wrong rows of users to what they must be; returns how many. Runs beside writers.';

CREATE FUNCTION public.tutorials_drift()
    RETURNS TABLE (row_key text, column_name text, expected numeric, found numeric)
    LANGUAGE sql
    STABLE
AS $$
SELECT CAST(p.id AS pg_catalog.text), v.column_name, v.expected, v.found
FROM public.tutorials AS p
LEFT JOIN (
    SELECT user_tutorial_progress.tutorial_id AS key,
           pg_catalog.sum(1) AS value_1,
           pg_catalog.sum(CASE WHEN (is_completed) THEN 1 ELSE 0 END) AS value_2
    FROM public.user_tutorial_progress AS user_tutorial_progress
    GROUP BY user_tutorial_progress.tutorial_id
) AS f1 ON f1.key OPERATOR(pg_catalog.=) p.id
CROSS JOIN LATERAL (
    VALUES ('enrollment_count', CAST(coalesce(f1.value_1, 0) AS numeric), CAST(p.enrollment_count AS numeric)),
           ('completion_count', CAST(coalesce(f1.value_2, 0) AS numeric), CAST(p.completion_count AS numeric))
) AS v(column_name, expected, found)
WHERE v.expected OPERATOR(pg_catalog.<>) v.found
ORDER BY p.id, v.column_name
$$;

COMMENT ON FUNCTION public.tutorials_drift() IS 'Lists every value of tutorials that is not what its definition says.';

CREATE FUNCTION public.tutorials_repair(max_rows bigint DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    wrong pg_catalog.uuid[];
    repaired bigint;
BEGIN
    IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) ALL (ARRAY['read committed', 'read uncommitted']) THEN
        RAISE EXCEPTION USING
            ERRCODE = '25001',
            MESSAGE = 'public.tutorials_repair must run under READ COMMITTED: it has to see what others commit while it waits';
    END IF;
    -- Find what is wrong, then lock it in the order in which writers lock.
    SELECT pg_catalog.array_agg(w.key ORDER BY w.key)
    INTO pgwright.wrong
    FROM (
        SELECT p.id AS key
        FROM public.tutorials AS p
        LEFT JOIN (
            SELECT user_tutorial_progress.tutorial_id AS key,
                   pg_catalog.sum(1) AS value_1,
                   pg_catalog.sum(CASE WHEN (is_completed) THEN 1 ELSE 0 END) AS value_2
            FROM public.user_tutorial_progress AS user_tutorial_progress
            GROUP BY user_tutorial_progress.tutorial_id
        ) AS f1 ON f1.key OPERATOR(pg_catalog.=) p.id
        WHERE p.enrollment_count OPERATOR(pg_catalog.<>) coalesce(f1.value_1, 0)
           OR p.completion_count OPERATOR(pg_catalog.<>) coalesce(f1.value_2, 0)
        ORDER BY p.id
        LIMIT $1
    ) AS w;
    PERFORM 1
    FROM public.tutorials AS u
    WHERE u.id OPERATOR(pg_catalog.=) ANY (pgwright.wrong)
    ORDER BY u.id
    FOR NO KEY UPDATE OF u;
    -- A new snapshot: what was committed before the locks were taken is seen.
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.tutorials AS p
    SET enrollment_count = e.value_1,
        completion_count = e.value_2
    FROM (
        SELECT u.id AS key,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT user_tutorial_progress.tutorial_id AS key, 1 AS amount FROM public.user_tutorial_progress AS user_tutorial_progress) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS integer) AS value_1,
               CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT user_tutorial_progress.tutorial_id AS key, CASE WHEN (is_completed) THEN 1 ELSE 0 END AS amount FROM public.user_tutorial_progress AS user_tutorial_progress) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS integer) AS value_2
        FROM public.tutorials AS u
        WHERE u.id OPERATOR(pg_catalog.=) ANY (pgwright.wrong)
    ) AS e
    WHERE p.id OPERATOR(pg_catalog.=) e.key
      AND (p.enrollment_count OPERATOR(pg_catalog.<>) e.value_1
        OR p.completion_count OPERATOR(pg_catalog.<>) e.value_2);
    GET DIAGNOSTICS repaired = ROW_COUNT;
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    RETURN repaired;
END pgwright;
$$;

COMMENT ON FUNCTION public.tutorials_repair(bigint) IS 'Sets the maintained columns of at most max_rows wrong rows of tutorials to what they must be; returns how many. Runs beside writers.';

CREATE FUNCTION public.credit_transactions_drift()
    RETURNS TABLE (row_key text, column_name text, expected numeric, found numeric)
    LANGUAGE sql
    STABLE
AS $$
SELECT pg_catalog.concat(e.user_id, '/', e.entry_no), v.column_name, v.expected, v.found
FROM (
    SELECT l.user_id, l.entry_no, l.balance_after,
           pg_catalog.row_number() OVER account AS expected_no,
           pg_catalog.sum(l.amount) OVER account AS expected_balance
    FROM public.credit_transactions AS l
    WINDOW account AS (PARTITION BY l.user_id ORDER BY l.entry_no ROWS UNBOUNDED PRECEDING)
) AS e
CROSS JOIN LATERAL (
    VALUES ('balance_after', CAST(e.expected_balance AS numeric), CAST(e.balance_after AS numeric)),
           ('entry_no', CAST(e.expected_no AS numeric), CAST(e.entry_no AS numeric))
) AS v(column_name, expected, found)
WHERE v.expected OPERATOR(pg_catalog.<>) v.found
ORDER BY e.user_id, e.entry_no, v.column_name
$$;

COMMENT ON FUNCTION public.credit_transactions_drift() IS 'Lists every value of credit_transactions that is not what its definition says.';

CREATE FUNCTION public.set_updated_at()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := pg_catalog.now();
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.set_updated_at() IS 'Sets updated_at to the time of the transaction.';

CREATE TRIGGER trg_users_updated_at
    BEFORE UPDATE ON public.users
    FOR EACH ROW
    EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER trg_datasets_updated_at
    BEFORE UPDATE ON public.datasets
    FOR EACH ROW
    EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER trg_experiments_updated_at
    BEFORE UPDATE ON public.experiments
    FOR EACH ROW
    EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER trg_tutorials_updated_at
    BEFORE UPDATE ON public.tutorials
    FOR EACH ROW
    EXECUTE FUNCTION public.set_updated_at();

CREATE FUNCTION public.set_last_modified()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.last_modified := pg_catalog.now();
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.set_last_modified() IS 'Sets last_modified to the time of the transaction.';

CREATE TRIGGER trg_workflows_last_modified
    BEFORE UPDATE ON public.workflows
    FOR EACH ROW
    EXECUTE FUNCTION public.set_last_modified();

CREATE FUNCTION public.credit_tx_before_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    last_no bigint;
    last_balance bigint;
    mark pg_catalog.text;
BEGIN
    -- A NULL account is refused by its column.
    IF NEW.user_id IS NULL THEN
        RETURN NEW;
    END IF;
    -- The account's row is the lock of its entries: whoever comes next sees this one, or waits.
    PERFORM 1
    FROM public.users AS p
    WHERE p.id OPERATOR(pg_catalog.=) NEW.user_id
    FOR NO KEY UPDATE OF p;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = '23503',
            MESSAGE = pg_catalog.format('credit_transactions: user_id (%s) is not in users', NEW.user_id),
            SCHEMA = 'public',
            TABLE = 'credit_transactions',
            COLUMN = 'user_id',
            CONSTRAINT = 'credit_transactions_retained';
    END IF;
    SELECT e.entry_no, e.balance_after
    INTO pgwright.last_no, pgwright.last_balance
    FROM public.credit_transactions AS e
    WHERE e.user_id OPERATOR(pg_catalog.=) NEW.user_id
    ORDER BY e.entry_no DESC
    LIMIT 1;
    NEW.entry_no := coalesce(last_no, 0) OPERATOR(pg_catalog.+) 1;
    NEW.balance_after := coalesce(last_balance, 0) OPERATOR(pg_catalog.+) NEW.amount;
    IF NEW.balance_after OPERATOR(pg_catalog.<) 0 THEN
        -- What was posted before is refused by its key, however much there was left of it.
        PERFORM 1
        FROM public.credit_transactions AS e
        WHERE e.user_id OPERATOR(pg_catalog.=) NEW.user_id AND e.idempotency_key OPERATOR(pg_catalog.=) NEW.idempotency_key;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = '23505',
                MESSAGE = 'duplicate key value violates unique constraint "ux_credit_transactions_user_id_idempotency_key"',
                DETAIL = pg_catalog.format('Key (user_id, idempotency_key)=(%s, %s) already exists.', NEW.user_id, NEW.idempotency_key),
                SCHEMA = 'public',
                TABLE = 'credit_transactions',
                CONSTRAINT = 'ux_credit_transactions_user_id_idempotency_key';
        END IF;
        RAISE EXCEPTION USING
            ERRCODE = '23514',
            MESSAGE = pg_catalog.format('credit_transactions: an entry of %s would take user_id (%s) to %s, under the minimum of %s', NEW.amount, NEW.user_id, NEW.balance_after, '0'),
            SCHEMA = 'public',
            TABLE = 'credit_transactions',
            COLUMN = 'amount',
            CONSTRAINT = 'credit_transactions_minimum';
    END IF;
    mark := pg_catalog.set_config('pgwright.made', pg_catalog.concat_ws(':', 'public.credit_transactions', NEW.user_id, NEW.entry_no, NEW.amount, NEW.balance_after), true);
    RETURN NEW;
END pgwright;
$$;

COMMENT ON FUNCTION public.credit_tx_before_insert() IS 'Numbers the entries of credit_transactions and refuses one that would take an account under its minimum.';

CREATE TRIGGER trg_credit_tx_before_insert
    BEFORE INSERT ON public.credit_transactions
    FOR EACH ROW
    EXECUTE FUNCTION public.credit_tx_before_insert();

CREATE FUNCTION public.credit_tx_after_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('credit_transactions (%s): a trigger changed the entry after it was numbered', NEW.id),
        SCHEMA = 'public',
        TABLE = 'credit_transactions',
        COLUMN = 'balance_after',
        CONSTRAINT = 'credit_transactions_maintained',
        HINT = 'give a BEFORE INSERT trigger that changes entries a name that sorts before the ledger''s';
END;
$$;

COMMENT ON FUNCTION public.credit_tx_after_insert() IS 'Refuses an entry of credit_transactions that another trigger changed.';

CREATE TRIGGER trg_credit_tx_after_insert
    AFTER INSERT ON public.credit_transactions
    FOR EACH ROW
    WHEN (coalesce(pg_catalog.current_setting('pgwright.made', true), '') OPERATOR(pg_catalog.<>) pg_catalog.concat_ws(':', 'public.credit_transactions', NEW.user_id, NEW.entry_no, NEW.amount, NEW.balance_after))
    EXECUTE FUNCTION public.credit_tx_after_insert();

CREATE FUNCTION public.credit_tx_no_update_delete()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        RAISE EXCEPTION USING
            ERRCODE = '55000',
            MESSAGE = pg_catalog.format('credit_transactions (%s): rows of credit_transactions cannot be changed', OLD.id),
            SCHEMA = 'public',
            TABLE = 'credit_transactions',
            CONSTRAINT = 'credit_transactions_immutable';
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        RAISE EXCEPTION USING
            ERRCODE = '55000',
            MESSAGE = pg_catalog.format('credit_transactions (%s): rows of credit_transactions cannot be deleted', OLD.id),
            SCHEMA = 'public',
            TABLE = 'credit_transactions',
            CONSTRAINT = 'credit_transactions_immutable';
    ELSE
        RAISE EXCEPTION USING
            ERRCODE = '55000',
            MESSAGE = 'credit_transactions cannot be emptied',
            SCHEMA = 'public',
            TABLE = 'credit_transactions',
            CONSTRAINT = 'credit_transactions_immutable';
    END IF;
END;
$$;

COMMENT ON FUNCTION public.credit_tx_no_update_delete() IS 'Refuses changes of credit_transactions.';

CREATE TRIGGER trg_credit_tx_before_update
    BEFORE UPDATE ON public.credit_transactions
    FOR EACH ROW
    EXECUTE FUNCTION public.credit_tx_no_update_delete();

CREATE TRIGGER trg_credit_tx_before_delete
    BEFORE DELETE ON public.credit_transactions
    FOR EACH ROW
    EXECUTE FUNCTION public.credit_tx_no_update_delete();

CREATE TRIGGER trg_credit_tx_before_truncate
    BEFORE TRUNCATE ON public.credit_transactions
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.credit_tx_no_update_delete();

CREATE FUNCTION public.workflow_snapshots_frozen()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    expected public.workflow_snapshots%ROWTYPE;
BEGIN
    expected := OLD;
    IF OLD.workflow_id IS NOT NULL AND NEW.workflow_id IS NULL AND NOT EXISTS (
        SELECT FROM public.workflows AS p WHERE p.id OPERATOR(pg_catalog.=) OLD.workflow_id
    ) THEN
        expected.workflow_id := NULL;
    END IF;
    IF OLD OPERATOR(pg_catalog.*<>) expected AND NEW OPERATOR(pg_catalog.*=) expected THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = '55000',
        MESSAGE = pg_catalog.format('workflow_snapshots (%s): rows of workflow_snapshots cannot be changed', OLD.id),
        SCHEMA = 'public',
        TABLE = 'workflow_snapshots',
        CONSTRAINT = 'workflow_snapshots_immutable';
END;
$$;

COMMENT ON FUNCTION public.workflow_snapshots_frozen() IS 'Refuses changes of workflow_snapshots.';

CREATE TRIGGER trg_workflow_snapshots_frozen_update
    BEFORE UPDATE ON public.workflow_snapshots
    FOR EACH ROW
    EXECUTE FUNCTION public.workflow_snapshots_frozen();

CREATE FUNCTION public.job_moves()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF OLD.status OPERATOR(pg_catalog.=) 'pending' AND (NEW.status OPERATOR(pg_catalog.=) 'queued' OR NEW.status OPERATOR(pg_catalog.=) 'cancelled')
       OR OLD.status OPERATOR(pg_catalog.=) 'queued' AND (NEW.status OPERATOR(pg_catalog.=) 'running' OR NEW.status OPERATOR(pg_catalog.=) 'cancelled' OR NEW.status OPERATOR(pg_catalog.=) 'pending')
       OR OLD.status OPERATOR(pg_catalog.=) 'running' AND (NEW.status OPERATOR(pg_catalog.=) 'completed' OR NEW.status OPERATOR(pg_catalog.=) 'failed' OR NEW.status OPERATOR(pg_catalog.=) 'cancelled' OR NEW.status OPERATOR(pg_catalog.=) 'queued')
       OR OLD.status OPERATOR(pg_catalog.=) 'failed' AND (NEW.status OPERATOR(pg_catalog.=) 'queued') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = '23514',
        MESSAGE = pg_catalog.format('jobs (%s): status cannot go from %s to %s', NEW.id, OLD.status, coalesce(CAST(NEW.status AS pg_catalog.text), 'NULL')),
        SCHEMA = 'public',
        TABLE = 'jobs',
        COLUMN = 'status',
        CONSTRAINT = 'jobs_transition';
END;
$$;

COMMENT ON FUNCTION public.job_moves() IS 'Allows only some moves of jobs.status.';

CREATE TRIGGER trg_job_moves
    AFTER UPDATE ON public.jobs
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION public.job_moves();

CREATE FUNCTION public.credit_transactions_retained_related_job_id()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM 1
    FROM public.jobs AS p
    WHERE p.id OPERATOR(pg_catalog.=) NEW.related_job_id
    FOR KEY SHARE OF p;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = '23503',
            MESSAGE = pg_catalog.format('credit_transactions: related_job_id (%s) is not in jobs', NEW.related_job_id),
            SCHEMA = 'public',
            TABLE = 'credit_transactions',
            COLUMN = 'related_job_id',
            CONSTRAINT = 'credit_transactions_retained';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION public.credit_transactions_retained_related_job_id() IS 'Looks for what credit_transactions names.';

CREATE TRIGGER trg_credit_transactions_retained_related_job_id_insert
    AFTER INSERT ON public.credit_transactions
    FOR EACH ROW
    WHEN (NEW.related_job_id IS NOT NULL)
    EXECUTE FUNCTION public.credit_transactions_retained_related_job_id();

CREATE TRIGGER trg_credit_transactions_retained_related_job_id_update
    AFTER UPDATE ON public.credit_transactions
    FOR EACH ROW
    WHEN (NEW.related_job_id IS NOT NULL AND (NEW.related_job_id IS DISTINCT FROM OLD.related_job_id))
    EXECUTE FUNCTION public.credit_transactions_retained_related_job_id();

CREATE FUNCTION public.jobs_queue_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE new_rows.status OPERATOR(pg_catalog.=) 'queued') THEN
        PERFORM pg_catalog.pg_notify('public_jobs_queue', '');
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION public.jobs_queue_insert() IS 'Announces rows of jobs that came ready.';

CREATE FUNCTION public.jobs_queue_update()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('public_jobs_queue', '');
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION public.jobs_queue_update() IS 'Announces rows of jobs that became ready.';

CREATE TRIGGER trg_jobs_queue_insert
    AFTER INSERT ON public.jobs
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    WHEN (pg_catalog.current_setting('pgwright.notify', true) IS DISTINCT FROM 'off')
    EXECUTE FUNCTION public.jobs_queue_insert();

CREATE TRIGGER trg_jobs_queue_update
    AFTER UPDATE ON public.jobs
    FOR EACH ROW
    WHEN (NEW.status OPERATOR(pg_catalog.=) 'queued' AND OLD.status IS DISTINCT FROM 'queued' AND pg_catalog.current_setting('pgwright.notify', true) IS DISTINCT FROM 'off')
    EXECUTE FUNCTION public.jobs_queue_update();

CREATE FUNCTION public.users_inc_dataset_count()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
BEGIN
    PERFORM FROM new_rows LIMIT 1 OFFSET 1;
    IF FOUND THEN
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1,
                   pg_catalog.sum(c.change_2) AS change_2
            FROM (
                SELECT datasets.user_id AS key,
                       1 AS change_1,
                       CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                FROM new_rows AS datasets
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_inc_dataset_count() IS 'Keeps users.dataset_count, users.storage_used_bytes true.';

CREATE FUNCTION public.users_adjust_storage_on_dataset_ins()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
    change_2 bigint;
BEGIN
    SELECT datasets.user_id,
           1,
           CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint),
           EXISTS (SELECT FROM new_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.change_2, pgwright.several
    FROM new_rows AS datasets;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, pgwright.change_2, pgwright.change_1, 0, 0), true);
        UPDATE public.users AS p
        SET dataset_count = p.dataset_count OPERATOR(pg_catalog.+) pgwright.change_1,
            storage_used_bytes = p.storage_used_bytes OPERATOR(pg_catalog.+) pgwright.change_2
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET dataset_count = l.value_1,
                storage_used_bytes = l.value_2
            FROM (
                SELECT u.id AS key,
                       CAST(u.dataset_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1,
                       CAST(u.storage_used_bytes OPERATOR(pg_catalog.+) d.change_2 AS bigint) AS value_2
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1,
                           pg_catalog.sum(c.change_2) AS change_2
                    FROM (
                        SELECT datasets.user_id AS key,
                               1 AS change_1,
                               CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                        FROM new_rows AS datasets
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                        OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.dataset_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'dataset_count' WHEN p.storage_used_bytes OPERATOR(pg_catalog.<>) l.value_2 THEN 'storage_used_bytes' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_adjust_storage_on_dataset_ins() IS 'Keeps users.dataset_count, users.storage_used_bytes true.';

CREATE FUNCTION public.users_adjust_storage_on_dataset_upd()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
    change_2 bigint;
BEGIN
    SELECT CASE WHEN n.key OPERATOR(pg_catalog.=) o.key THEN n.key END,
           n.change_1 OPERATOR(pg_catalog.-) o.change_1,
           n.change_2 OPERATOR(pg_catalog.-) o.change_2,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.change_2, pgwright.several
    FROM (
        SELECT datasets.user_id AS key,
               1 AS change_1,
               CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
        FROM new_rows AS datasets
    ) AS n, (
        SELECT datasets.user_id AS key,
               1 AS change_1,
               CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
        FROM old_rows AS datasets
    ) AS o;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        IF pgwright.change_1 OPERATOR(pg_catalog.<>) 0 OR pgwright.change_2 OPERATOR(pg_catalog.<>) 0 THEN
            announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, pgwright.change_2, pgwright.change_1, 0, 0), true);
            UPDATE public.users AS p
            SET dataset_count = p.dataset_count OPERATOR(pg_catalog.+) pgwright.change_1,
                storage_used_bytes = p.storage_used_bytes OPERATOR(pg_catalog.+) pgwright.change_2
            WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
            announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
        END IF;
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1,
                   pg_catalog.sum(c.change_2) AS change_2
            FROM (
                SELECT datasets.user_id AS key,
                       1 AS change_1,
                       CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                FROM new_rows AS datasets
                UNION ALL
                SELECT datasets.user_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1,
                       0 OPERATOR(pg_catalog.-) CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                FROM old_rows AS datasets
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET dataset_count = l.value_1,
                storage_used_bytes = l.value_2
            FROM (
                SELECT u.id AS key,
                       CAST(u.dataset_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1,
                       CAST(u.storage_used_bytes OPERATOR(pg_catalog.+) d.change_2 AS bigint) AS value_2
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1,
                           pg_catalog.sum(c.change_2) AS change_2
                    FROM (
                        SELECT datasets.user_id AS key,
                               1 AS change_1,
                               CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                        FROM new_rows AS datasets
                        UNION ALL
                        SELECT datasets.user_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1,
                               0 OPERATOR(pg_catalog.-) CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                        FROM old_rows AS datasets
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                        OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.dataset_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'dataset_count' WHEN p.storage_used_bytes OPERATOR(pg_catalog.<>) l.value_2 THEN 'storage_used_bytes' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_adjust_storage_on_dataset_upd() IS 'Keeps users.dataset_count, users.storage_used_bytes true.';

CREATE FUNCTION public.users_dec_dataset_count()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
BEGIN
    PERFORM FROM old_rows LIMIT 1 OFFSET 1;
    IF FOUND THEN
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1,
                   pg_catalog.sum(c.change_2) AS change_2
            FROM (
                SELECT datasets.user_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1,
                       0 OPERATOR(pg_catalog.-) CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                FROM old_rows AS datasets
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_dec_dataset_count() IS 'Keeps users.dataset_count, users.storage_used_bytes true.';

CREATE FUNCTION public.users_adjust_storage_on_dataset_del()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
    change_2 bigint;
BEGIN
    SELECT datasets.user_id,
           0 OPERATOR(pg_catalog.-) 1,
           0 OPERATOR(pg_catalog.-) CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint),
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.change_2, pgwright.several
    FROM old_rows AS datasets;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, pgwright.change_2, pgwright.change_1, 0, 0), true);
        UPDATE public.users AS p
        SET dataset_count = p.dataset_count OPERATOR(pg_catalog.+) pgwright.change_1,
            storage_used_bytes = p.storage_used_bytes OPERATOR(pg_catalog.+) pgwright.change_2
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET dataset_count = l.value_1,
                storage_used_bytes = l.value_2
            FROM (
                SELECT u.id AS key,
                       CAST(u.dataset_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1,
                       CAST(u.storage_used_bytes OPERATOR(pg_catalog.+) d.change_2 AS bigint) AS value_2
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1,
                           pg_catalog.sum(c.change_2) AS change_2
                    FROM (
                        SELECT datasets.user_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1,
                               0 OPERATOR(pg_catalog.-) CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS change_2
                        FROM old_rows AS datasets
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                        OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.dataset_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'dataset_count' WHEN p.storage_used_bytes OPERATOR(pg_catalog.<>) l.value_2 THEN 'storage_used_bytes' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_adjust_storage_on_dataset_del() IS 'Keeps users.dataset_count, users.storage_used_bytes true.';

CREATE FUNCTION public.datasets_maintain_truncate()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
BEGIN
    PERFORM 1
    FROM public.users AS p
    WHERE p.dataset_count OPERATOR(pg_catalog.<>) 0
           OR p.storage_used_bytes OPERATOR(pg_catalog.<>) 0
    ORDER BY p.id
    FOR NO KEY UPDATE OF p;
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.users AS p
    SET dataset_count = 0,
        storage_used_bytes = 0
    WHERE p.dataset_count OPERATOR(pg_catalog.<>) 0
           OR p.storage_used_bytes OPERATOR(pg_catalog.<>) 0;
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.datasets_maintain_truncate() IS 'Keeps users.dataset_count, users.storage_used_bytes true.';

CREATE TRIGGER trg_datasets_after_insert
    AFTER INSERT ON public.datasets
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_inc_dataset_count();

CREATE TRIGGER trg_datasets_after_insert_storage
    AFTER INSERT ON public.datasets
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_adjust_storage_on_dataset_ins();

CREATE TRIGGER trg_datasets_after_update_storage
    AFTER UPDATE ON public.datasets
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_adjust_storage_on_dataset_upd();

CREATE TRIGGER trg_datasets_after_delete
    AFTER DELETE ON public.datasets
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_dec_dataset_count();

CREATE TRIGGER trg_datasets_after_delete_storage
    AFTER DELETE ON public.datasets
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_adjust_storage_on_dataset_del();

CREATE TRIGGER trg_datasets_maintain_truncate
    AFTER TRUNCATE ON public.datasets
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.datasets_maintain_truncate();

CREATE FUNCTION public.users_inc_workflow_count()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    SELECT workflows.user_id,
           1,
           EXISTS (SELECT FROM new_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.several
    FROM new_rows AS workflows;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, 0, 0, pgwright.change_1, 0), true);
        UPDATE public.users AS p
        SET workflow_count = p.workflow_count OPERATOR(pg_catalog.+) pgwright.change_1
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1
            FROM (
                SELECT workflows.user_id AS key,
                       1 AS change_1
                FROM new_rows AS workflows
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET workflow_count = l.value_1
            FROM (
                SELECT u.id AS key,
                       CAST(u.workflow_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1
                    FROM (
                        SELECT workflows.user_id AS key,
                               1 AS change_1
                        FROM new_rows AS workflows
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.workflow_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'workflow_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_inc_workflow_count() IS 'Keeps users.workflow_count true.';

CREATE FUNCTION public.workflows_maintain_update()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    SELECT CASE WHEN n.key OPERATOR(pg_catalog.=) o.key THEN n.key END,
           n.change_1 OPERATOR(pg_catalog.-) o.change_1,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.several
    FROM (
        SELECT workflows.user_id AS key,
               1 AS change_1
        FROM new_rows AS workflows
    ) AS n, (
        SELECT workflows.user_id AS key,
               1 AS change_1
        FROM old_rows AS workflows
    ) AS o;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        IF pgwright.change_1 OPERATOR(pg_catalog.<>) 0 THEN
            announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, 0, 0, pgwright.change_1, 0), true);
            UPDATE public.users AS p
            SET workflow_count = p.workflow_count OPERATOR(pg_catalog.+) pgwright.change_1
            WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
            announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
        END IF;
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1
            FROM (
                SELECT workflows.user_id AS key,
                       1 AS change_1
                FROM new_rows AS workflows
                UNION ALL
                SELECT workflows.user_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1
                FROM old_rows AS workflows
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET workflow_count = l.value_1
            FROM (
                SELECT u.id AS key,
                       CAST(u.workflow_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1
                    FROM (
                        SELECT workflows.user_id AS key,
                               1 AS change_1
                        FROM new_rows AS workflows
                        UNION ALL
                        SELECT workflows.user_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1
                        FROM old_rows AS workflows
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.workflow_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'workflow_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.workflows_maintain_update() IS 'Keeps users.workflow_count true.';

CREATE FUNCTION public.users_dec_workflow_count()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    SELECT workflows.user_id,
           0 OPERATOR(pg_catalog.-) 1,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.several
    FROM old_rows AS workflows;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, 0, 0, pgwright.change_1, 0), true);
        UPDATE public.users AS p
        SET workflow_count = p.workflow_count OPERATOR(pg_catalog.+) pgwright.change_1
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1
            FROM (
                SELECT workflows.user_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1
                FROM old_rows AS workflows
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET workflow_count = l.value_1
            FROM (
                SELECT u.id AS key,
                       CAST(u.workflow_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1
                    FROM (
                        SELECT workflows.user_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1
                        FROM old_rows AS workflows
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.workflow_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'workflow_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_dec_workflow_count() IS 'Keeps users.workflow_count true.';

CREATE FUNCTION public.workflows_maintain_truncate()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
BEGIN
    PERFORM 1
    FROM public.users AS p
    WHERE p.workflow_count OPERATOR(pg_catalog.<>) 0
    ORDER BY p.id
    FOR NO KEY UPDATE OF p;
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.users AS p
    SET workflow_count = 0
    WHERE p.workflow_count OPERATOR(pg_catalog.<>) 0;
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.workflows_maintain_truncate() IS 'Keeps users.workflow_count true.';

CREATE TRIGGER trg_workflows_after_insert
    AFTER INSERT ON public.workflows
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_inc_workflow_count();

CREATE TRIGGER trg_workflows_maintain_update
    AFTER UPDATE ON public.workflows
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.workflows_maintain_update();

CREATE TRIGGER trg_workflows_after_delete
    AFTER DELETE ON public.workflows
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_dec_workflow_count();

CREATE TRIGGER trg_workflows_maintain_truncate
    AFTER TRUNCATE ON public.workflows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.workflows_maintain_truncate();

CREATE FUNCTION public.users_inc_model_count()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    SELECT models.user_id,
           1,
           EXISTS (SELECT FROM new_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.several
    FROM new_rows AS models;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, 0, 0, 0, pgwright.change_1), true);
        UPDATE public.users AS p
        SET model_count = p.model_count OPERATOR(pg_catalog.+) pgwright.change_1
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1
            FROM (
                SELECT models.user_id AS key,
                       1 AS change_1
                FROM new_rows AS models
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET model_count = l.value_1
            FROM (
                SELECT u.id AS key,
                       CAST(u.model_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1
                    FROM (
                        SELECT models.user_id AS key,
                               1 AS change_1
                        FROM new_rows AS models
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.model_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'model_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_inc_model_count() IS 'Keeps users.model_count true.';

CREATE FUNCTION public.models_maintain_update()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    SELECT CASE WHEN n.key OPERATOR(pg_catalog.=) o.key THEN n.key END,
           n.change_1 OPERATOR(pg_catalog.-) o.change_1,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.several
    FROM (
        SELECT models.user_id AS key,
               1 AS change_1
        FROM new_rows AS models
    ) AS n, (
        SELECT models.user_id AS key,
               1 AS change_1
        FROM old_rows AS models
    ) AS o;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        IF pgwright.change_1 OPERATOR(pg_catalog.<>) 0 THEN
            announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, 0, 0, 0, pgwright.change_1), true);
            UPDATE public.users AS p
            SET model_count = p.model_count OPERATOR(pg_catalog.+) pgwright.change_1
            WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
            announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
        END IF;
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1
            FROM (
                SELECT models.user_id AS key,
                       1 AS change_1
                FROM new_rows AS models
                UNION ALL
                SELECT models.user_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1
                FROM old_rows AS models
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET model_count = l.value_1
            FROM (
                SELECT u.id AS key,
                       CAST(u.model_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1
                    FROM (
                        SELECT models.user_id AS key,
                               1 AS change_1
                        FROM new_rows AS models
                        UNION ALL
                        SELECT models.user_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1
                        FROM old_rows AS models
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.model_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'model_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.models_maintain_update() IS 'Keeps users.model_count true.';

CREATE FUNCTION public.users_dec_model_count()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    SELECT models.user_id,
           0 OPERATOR(pg_catalog.-) 1,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.several
    FROM old_rows AS models;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), 0, 0, 0, 0, pgwright.change_1), true);
        UPDATE public.users AS p
        SET model_count = p.model_count OPERATOR(pg_catalog.+) pgwright.change_1
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1
            FROM (
                SELECT models.user_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1
                FROM old_rows AS models
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.users AS p
            SET model_count = l.value_1
            FROM (
                SELECT u.id AS key,
                       CAST(u.model_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1
                    FROM (
                        SELECT models.user_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1
                        FROM old_rows AS models
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.model_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'model_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'users',
                    COLUMN = differing_column,
                    CONSTRAINT = 'users_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_dec_model_count() IS 'Keeps users.model_count true.';

CREATE FUNCTION public.models_maintain_truncate()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
BEGIN
    PERFORM 1
    FROM public.users AS p
    WHERE p.model_count OPERATOR(pg_catalog.<>) 0
    ORDER BY p.id
    FOR NO KEY UPDATE OF p;
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.users AS p
    SET model_count = 0
    WHERE p.model_count OPERATOR(pg_catalog.<>) 0;
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.models_maintain_truncate() IS 'Keeps users.model_count true.';

CREATE TRIGGER trg_models_after_insert
    AFTER INSERT ON public.models
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_inc_model_count();

CREATE TRIGGER trg_models_maintain_update
    AFTER UPDATE ON public.models
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.models_maintain_update();

CREATE TRIGGER trg_models_after_delete
    AFTER DELETE ON public.models
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_dec_model_count();

CREATE TRIGGER trg_models_maintain_truncate
    AFTER TRUNCATE ON public.models
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.models_maintain_truncate();

CREATE FUNCTION public.credit_transactions_maintain_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    row_count bigint;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
BEGIN
    row_count := (SELECT pg_catalog.count(*) FROM new_rows);
    IF row_count OPERATOR(pg_catalog.=) 0 THEN
        RETURN NULL;
    END IF;
    IF coalesce(pg_catalog.current_setting('pgwright.made', true), '') OPERATOR(pg_catalog.=) 'adopted' THEN
        PERFORM 1
        FROM public.users AS u
        WHERE EXISTS (
            SELECT
            FROM (
                SELECT credit_transactions.user_id AS key FROM new_rows AS credit_transactions
            ) AS c
            WHERE c.key OPERATOR(pg_catalog.=) u.id
        )
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
        UPDATE public.users AS p
        SET credit_balance = l.value_1
        FROM (
            SELECT u.id AS key,
                   CAST((SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT credit_transactions.user_id AS key, CAST(coalesce(credit_transactions.amount, 0) AS bigint) AS amount FROM public.credit_transactions AS credit_transactions) AS w WHERE w.key OPERATOR(pg_catalog.=) u.id) AS bigint) AS value_1
            FROM public.users AS u
            WHERE EXISTS (
                SELECT
                FROM (
                    SELECT credit_transactions.user_id AS key FROM new_rows AS credit_transactions
                ) AS c
                WHERE c.key OPERATOR(pg_catalog.=) u.id
            )
        ) AS l
        WHERE p.id OPERATOR(pg_catalog.=) l.key
          AND (p.credit_balance OPERATOR(pg_catalog.<>) l.value_1);
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        IF row_count OPERATOR(pg_catalog.=) 1 THEN
            SELECT credit_transactions.user_id,
                   CAST(coalesce(credit_transactions.amount, 0) AS bigint)
            INTO pgwright.parent_key, pgwright.change_1
            FROM new_rows AS credit_transactions;
        END IF;
        IF pgwright.parent_key IS NOT NULL THEN
            -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
            announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), pgwright.change_1, 0, 0, 0, 0), true);
            UPDATE public.users AS p
            SET credit_balance = p.credit_balance OPERATOR(pg_catalog.+) pgwright.change_1
            WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
            announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
        ELSE
            announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
            FOR differing_key, differing_column IN
                UPDATE public.users AS p
                SET credit_balance = l.value_1
                FROM (
                    SELECT u.id AS key,
                           CAST(u.credit_balance OPERATOR(pg_catalog.+) d.change_1 AS bigint) AS value_1
                    FROM (
                        SELECT c.key,
                               pg_catalog.sum(c.change_1) AS change_1
                        FROM (
                            SELECT credit_transactions.user_id AS key,
                                   CAST(coalesce(credit_transactions.amount, 0) AS bigint) AS change_1
                            FROM new_rows AS credit_transactions
                        ) AS c
                        WHERE c.key IS NOT NULL
                        GROUP BY c.key
                    ) AS d
                    JOIN public.users AS u ON u.id OPERATOR(pg_catalog.=) d.key
                    ORDER BY u.id
                    FOR NO KEY UPDATE OF u
                ) AS l
                WHERE p.id OPERATOR(pg_catalog.=) l.key
                RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.credit_balance OPERATOR(pg_catalog.<>) l.value_1 THEN 'credit_balance' END
            LOOP
                IF differing_column IS NOT NULL THEN
                    RAISE EXCEPTION USING
                        ERRCODE = '42501',
                        MESSAGE = pg_catalog.format('users (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                        SCHEMA = 'public',
                        TABLE = 'users',
                        COLUMN = differing_column,
                        CONSTRAINT = 'users_maintained',
                        HINT = 'look for a BEFORE UPDATE trigger that sets the column';
                END IF;
            END LOOP;
            announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
        END IF;
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.credit_transactions_maintain_insert() IS 'Keeps users.credit_balance true.';

CREATE TRIGGER trg_credit_transactions_maintain_insert
    AFTER INSERT ON public.credit_transactions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.credit_transactions_maintain_insert();

CREATE FUNCTION public.user_tutorial_progress_maintain_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
    change_2 bigint;
BEGIN
    SELECT user_tutorial_progress.tutorial_id,
           1,
           CASE WHEN (is_completed) THEN 1 ELSE 0 END,
           EXISTS (SELECT FROM new_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.change_2, pgwright.several
    FROM new_rows AS user_tutorial_progress;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), pgwright.change_1, pgwright.change_2), true);
        UPDATE public.tutorials AS p
        SET enrollment_count = p.enrollment_count OPERATOR(pg_catalog.+) pgwright.change_1,
            completion_count = p.completion_count OPERATOR(pg_catalog.+) pgwright.change_2
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1,
                   pg_catalog.sum(c.change_2) AS change_2
            FROM (
                SELECT user_tutorial_progress.tutorial_id AS key,
                       1 AS change_1,
                       CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                FROM new_rows AS user_tutorial_progress
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.tutorials AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.tutorials AS p
            SET enrollment_count = l.value_1,
                completion_count = l.value_2
            FROM (
                SELECT u.id AS key,
                       CAST(u.enrollment_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1,
                       CAST(u.completion_count OPERATOR(pg_catalog.+) d.change_2 AS integer) AS value_2
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1,
                           pg_catalog.sum(c.change_2) AS change_2
                    FROM (
                        SELECT user_tutorial_progress.tutorial_id AS key,
                               1 AS change_1,
                               CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                        FROM new_rows AS user_tutorial_progress
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                        OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.tutorials AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.enrollment_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'enrollment_count' WHEN p.completion_count OPERATOR(pg_catalog.<>) l.value_2 THEN 'completion_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('tutorials (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'tutorials',
                    COLUMN = differing_column,
                    CONSTRAINT = 'tutorials_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.user_tutorial_progress_maintain_insert() IS 'Keeps tutorials.enrollment_count, tutorials.completion_count true.';

CREATE FUNCTION public.user_tutorial_progress_maintain_update()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
    change_2 bigint;
BEGIN
    SELECT CASE WHEN n.key OPERATOR(pg_catalog.=) o.key THEN n.key END,
           n.change_1 OPERATOR(pg_catalog.-) o.change_1,
           n.change_2 OPERATOR(pg_catalog.-) o.change_2,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.change_2, pgwright.several
    FROM (
        SELECT user_tutorial_progress.tutorial_id AS key,
               1 AS change_1,
               CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
        FROM new_rows AS user_tutorial_progress
    ) AS n, (
        SELECT user_tutorial_progress.tutorial_id AS key,
               1 AS change_1,
               CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
        FROM old_rows AS user_tutorial_progress
    ) AS o;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        IF pgwright.change_1 OPERATOR(pg_catalog.<>) 0 OR pgwright.change_2 OPERATOR(pg_catalog.<>) 0 THEN
            announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), pgwright.change_1, pgwright.change_2), true);
            UPDATE public.tutorials AS p
            SET enrollment_count = p.enrollment_count OPERATOR(pg_catalog.+) pgwright.change_1,
                completion_count = p.completion_count OPERATOR(pg_catalog.+) pgwright.change_2
            WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
            announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
        END IF;
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1,
                   pg_catalog.sum(c.change_2) AS change_2
            FROM (
                SELECT user_tutorial_progress.tutorial_id AS key,
                       1 AS change_1,
                       CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                FROM new_rows AS user_tutorial_progress
                UNION ALL
                SELECT user_tutorial_progress.tutorial_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1,
                       0 OPERATOR(pg_catalog.-) CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                FROM old_rows AS user_tutorial_progress
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.tutorials AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.tutorials AS p
            SET enrollment_count = l.value_1,
                completion_count = l.value_2
            FROM (
                SELECT u.id AS key,
                       CAST(u.enrollment_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1,
                       CAST(u.completion_count OPERATOR(pg_catalog.+) d.change_2 AS integer) AS value_2
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1,
                           pg_catalog.sum(c.change_2) AS change_2
                    FROM (
                        SELECT user_tutorial_progress.tutorial_id AS key,
                               1 AS change_1,
                               CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                        FROM new_rows AS user_tutorial_progress
                        UNION ALL
                        SELECT user_tutorial_progress.tutorial_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1,
                               0 OPERATOR(pg_catalog.-) CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                        FROM old_rows AS user_tutorial_progress
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                        OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.tutorials AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.enrollment_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'enrollment_count' WHEN p.completion_count OPERATOR(pg_catalog.<>) l.value_2 THEN 'completion_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('tutorials (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'tutorials',
                    COLUMN = differing_column,
                    CONSTRAINT = 'tutorials_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.user_tutorial_progress_maintain_update() IS 'Keeps tutorials.enrollment_count, tutorials.completion_count true.';

CREATE FUNCTION public.user_tutorial_progress_maintain_delete()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    several boolean;
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
    differing_key pg_catalog.text;
    differing_column pg_catalog.text;
    parent_key pg_catalog.uuid;
    change_1 bigint;
    change_2 bigint;
BEGIN
    SELECT user_tutorial_progress.tutorial_id,
           0 OPERATOR(pg_catalog.-) 1,
           0 OPERATOR(pg_catalog.-) CASE WHEN (is_completed) THEN 1 ELSE 0 END,
           EXISTS (SELECT FROM old_rows OFFSET 1)
    INTO pgwright.parent_key, pgwright.change_1, pgwright.change_2, pgwright.several
    FROM old_rows AS user_tutorial_progress;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT several AND pgwright.parent_key IS NOT NULL THEN
        -- One row of one parent: there is nothing to put in order, and the guard is told the exact change.
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), pgwright.change_1, pgwright.change_2), true);
        UPDATE public.tutorials AS p
        SET enrollment_count = p.enrollment_count OPERATOR(pg_catalog.+) pgwright.change_1,
            completion_count = p.completion_count OPERATOR(pg_catalog.+) pgwright.change_2
        WHERE p.id OPERATOR(pg_catalog.=) pgwright.parent_key;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    ELSE
        PERFORM 1
        FROM (
            SELECT c.key,
                   pg_catalog.sum(c.change_1) AS change_1,
                   pg_catalog.sum(c.change_2) AS change_2
            FROM (
                SELECT user_tutorial_progress.tutorial_id AS key,
                       0 OPERATOR(pg_catalog.-) 1 AS change_1,
                       0 OPERATOR(pg_catalog.-) CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                FROM old_rows AS user_tutorial_progress
            ) AS c
            WHERE c.key IS NOT NULL
            GROUP BY c.key
            HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
        ) AS d
        JOIN public.tutorials AS u ON u.id OPERATOR(pg_catalog.=) d.key
        ORDER BY u.id
        FOR NO KEY UPDATE OF u;
        announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), '*'), true);
        FOR differing_key, differing_column IN
            UPDATE public.tutorials AS p
            SET enrollment_count = l.value_1,
                completion_count = l.value_2
            FROM (
                SELECT u.id AS key,
                       CAST(u.enrollment_count OPERATOR(pg_catalog.+) d.change_1 AS integer) AS value_1,
                       CAST(u.completion_count OPERATOR(pg_catalog.+) d.change_2 AS integer) AS value_2
                FROM (
                    SELECT c.key,
                           pg_catalog.sum(c.change_1) AS change_1,
                           pg_catalog.sum(c.change_2) AS change_2
                    FROM (
                        SELECT user_tutorial_progress.tutorial_id AS key,
                               0 OPERATOR(pg_catalog.-) 1 AS change_1,
                               0 OPERATOR(pg_catalog.-) CASE WHEN (is_completed) THEN 1 ELSE 0 END AS change_2
                        FROM old_rows AS user_tutorial_progress
                    ) AS c
                    WHERE c.key IS NOT NULL
                    GROUP BY c.key
                    HAVING pg_catalog.sum(c.change_1) OPERATOR(pg_catalog.<>) 0
                        OR pg_catalog.sum(c.change_2) OPERATOR(pg_catalog.<>) 0
                ) AS d
                JOIN public.tutorials AS u ON u.id OPERATOR(pg_catalog.=) d.key
                ORDER BY u.id
                FOR NO KEY UPDATE OF u
            ) AS l
            WHERE p.id OPERATOR(pg_catalog.=) l.key
            RETURNING CAST(p.id AS pg_catalog.text), CASE WHEN p.enrollment_count OPERATOR(pg_catalog.<>) l.value_1 THEN 'enrollment_count' WHEN p.completion_count OPERATOR(pg_catalog.<>) l.value_2 THEN 'completion_count' END
        LOOP
            IF differing_column IS NOT NULL THEN
                RAISE EXCEPTION USING
                    ERRCODE = '42501',
                    MESSAGE = pg_catalog.format('tutorials (%s): a trigger changed %s while the database was writing it', differing_key, differing_column),
                    SCHEMA = 'public',
                    TABLE = 'tutorials',
                    COLUMN = differing_column,
                    CONSTRAINT = 'tutorials_maintained',
                    HINT = 'look for a BEFORE UPDATE trigger that sets the column';
            END IF;
        END LOOP;
        announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    END IF;
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.user_tutorial_progress_maintain_delete() IS 'Keeps tutorials.enrollment_count, tutorials.completion_count true.';

CREATE FUNCTION public.user_tutorial_progress_maintain_truncate()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
BEGIN
    PERFORM 1
    FROM public.tutorials AS p
    WHERE p.enrollment_count OPERATOR(pg_catalog.<>) 0
           OR p.completion_count OPERATOR(pg_catalog.<>) 0
    ORDER BY p.id
    FOR NO KEY UPDATE OF p;
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.tutorials AS p
    SET enrollment_count = 0,
        completion_count = 0
    WHERE p.enrollment_count OPERATOR(pg_catalog.<>) 0
           OR p.completion_count OPERATOR(pg_catalog.<>) 0;
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.user_tutorial_progress_maintain_truncate() IS 'Keeps tutorials.enrollment_count, tutorials.completion_count true.';

CREATE TRIGGER trg_user_tutorial_progress_maintain_insert
    AFTER INSERT ON public.user_tutorial_progress
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.user_tutorial_progress_maintain_insert();

CREATE TRIGGER trg_user_tutorial_progress_maintain_update
    AFTER UPDATE ON public.user_tutorial_progress
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.user_tutorial_progress_maintain_update();

CREATE TRIGGER trg_user_tutorial_progress_maintain_delete
    AFTER DELETE ON public.user_tutorial_progress
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.user_tutorial_progress_maintain_delete();

CREATE TRIGGER trg_user_tutorial_progress_maintain_truncate
    AFTER TRUNCATE ON public.user_tutorial_progress
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.user_tutorial_progress_maintain_truncate();

CREATE FUNCTION public.datasets_maintain_turn()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    turn bigint;
    taken boolean;
BEGIN
    IF pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 1
       AND NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('public.users:' OPERATOR(pg_catalog.||) CAST(NEW.user_id AS pg_catalog.text), 0)) THEN
        turn := pg_catalog.hashtextextended('public.users:' OPERATOR(pg_catalog.||) CAST(NEW.user_id AS pg_catalog.text), 0);
        FOR attempt IN 1..2 LOOP
            PERFORM pg_catalog.pg_sleep(0.0001);
            taken := pg_catalog.pg_try_advisory_xact_lock(turn);
            EXIT WHEN taken;
        END LOOP;
        IF NOT taken THEN
            PERFORM pg_catalog.pg_advisory_xact_lock(turn OPERATOR(pg_catalog.#) 1);
            FOR attempt IN 1..4 LOOP
                PERFORM pg_catalog.pg_sleep(0.001);
                EXIT WHEN pg_catalog.pg_try_advisory_xact_lock(turn);
            END LOOP;
            PERFORM pg_catalog.pg_advisory_xact_lock(turn);
        END IF;
    END IF;
    -- The transaction gets its number, so that it asks for no second turn where this row is not stored after all.
    taken := pg_catalog.pg_current_xact_id() IS NOT NULL;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.datasets_maintain_turn() IS 'Lets sessions that insert into datasets for one parent take turns.';

CREATE TRIGGER trg_datasets_maintain_turn
    BEFORE INSERT ON public.datasets
    FOR EACH ROW
    WHEN (pg_catalog.pg_current_xact_id_if_assigned() IS NULL)
    EXECUTE FUNCTION public.datasets_maintain_turn();

CREATE FUNCTION public.workflows_maintain_turn()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    turn bigint;
    taken boolean;
BEGIN
    IF pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 1
       AND NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('public.users:' OPERATOR(pg_catalog.||) CAST(NEW.user_id AS pg_catalog.text), 0)) THEN
        turn := pg_catalog.hashtextextended('public.users:' OPERATOR(pg_catalog.||) CAST(NEW.user_id AS pg_catalog.text), 0);
        FOR attempt IN 1..2 LOOP
            PERFORM pg_catalog.pg_sleep(0.0001);
            taken := pg_catalog.pg_try_advisory_xact_lock(turn);
            EXIT WHEN taken;
        END LOOP;
        IF NOT taken THEN
            PERFORM pg_catalog.pg_advisory_xact_lock(turn OPERATOR(pg_catalog.#) 1);
            FOR attempt IN 1..4 LOOP
                PERFORM pg_catalog.pg_sleep(0.001);
                EXIT WHEN pg_catalog.pg_try_advisory_xact_lock(turn);
            END LOOP;
            PERFORM pg_catalog.pg_advisory_xact_lock(turn);
        END IF;
    END IF;
    -- The transaction gets its number, so that it asks for no second turn where this row is not stored after all.
    taken := pg_catalog.pg_current_xact_id() IS NOT NULL;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.workflows_maintain_turn() IS 'Lets sessions that insert into workflows for one parent take turns.';

CREATE TRIGGER trg_workflows_maintain_turn
    BEFORE INSERT ON public.workflows
    FOR EACH ROW
    WHEN (pg_catalog.pg_current_xact_id_if_assigned() IS NULL)
    EXECUTE FUNCTION public.workflows_maintain_turn();

CREATE FUNCTION public.models_maintain_turn()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    turn bigint;
    taken boolean;
BEGIN
    IF pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 1
       AND NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('public.users:' OPERATOR(pg_catalog.||) CAST(NEW.user_id AS pg_catalog.text), 0)) THEN
        turn := pg_catalog.hashtextextended('public.users:' OPERATOR(pg_catalog.||) CAST(NEW.user_id AS pg_catalog.text), 0);
        FOR attempt IN 1..2 LOOP
            PERFORM pg_catalog.pg_sleep(0.0001);
            taken := pg_catalog.pg_try_advisory_xact_lock(turn);
            EXIT WHEN taken;
        END LOOP;
        IF NOT taken THEN
            PERFORM pg_catalog.pg_advisory_xact_lock(turn OPERATOR(pg_catalog.#) 1);
            FOR attempt IN 1..4 LOOP
                PERFORM pg_catalog.pg_sleep(0.001);
                EXIT WHEN pg_catalog.pg_try_advisory_xact_lock(turn);
            END LOOP;
            PERFORM pg_catalog.pg_advisory_xact_lock(turn);
        END IF;
    END IF;
    -- The transaction gets its number, so that it asks for no second turn where this row is not stored after all.
    taken := pg_catalog.pg_current_xact_id() IS NOT NULL;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.models_maintain_turn() IS 'Lets sessions that insert into models for one parent take turns.';

CREATE TRIGGER trg_models_maintain_turn
    BEFORE INSERT ON public.models
    FOR EACH ROW
    WHEN (pg_catalog.pg_current_xact_id_if_assigned() IS NULL)
    EXECUTE FUNCTION public.models_maintain_turn();

CREATE FUNCTION public.user_tutorial_progress_maintain_turn()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    turn bigint;
    taken boolean;
BEGIN
    IF pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 1
       AND NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('public.tutorials:' OPERATOR(pg_catalog.||) CAST(NEW.tutorial_id AS pg_catalog.text), 0)) THEN
        turn := pg_catalog.hashtextextended('public.tutorials:' OPERATOR(pg_catalog.||) CAST(NEW.tutorial_id AS pg_catalog.text), 0);
        FOR attempt IN 1..2 LOOP
            PERFORM pg_catalog.pg_sleep(0.0001);
            taken := pg_catalog.pg_try_advisory_xact_lock(turn);
            EXIT WHEN taken;
        END LOOP;
        IF NOT taken THEN
            PERFORM pg_catalog.pg_advisory_xact_lock(turn OPERATOR(pg_catalog.#) 1);
            FOR attempt IN 1..4 LOOP
                PERFORM pg_catalog.pg_sleep(0.001);
                EXIT WHEN pg_catalog.pg_try_advisory_xact_lock(turn);
            END LOOP;
            PERFORM pg_catalog.pg_advisory_xact_lock(turn);
        END IF;
    END IF;
    -- The transaction gets its number, so that it asks for no second turn where this row is not stored after all.
    taken := pg_catalog.pg_current_xact_id() IS NOT NULL;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.user_tutorial_progress_maintain_turn() IS 'Lets sessions that insert into user_tutorial_progress for one parent take turns.';

CREATE TRIGGER trg_user_tutorial_progress_maintain_turn
    BEFORE INSERT ON public.user_tutorial_progress
    FOR EACH ROW
    WHEN (pg_catalog.pg_current_xact_id_if_assigned() IS NULL)
    EXECUTE FUNCTION public.user_tutorial_progress_maintain_turn();

CREATE FUNCTION public.users_follow_key()
    RETURNS trigger
    LANGUAGE plpgsql
    STABLE
AS $$
#variable_conflict use_column
DECLARE
    written pg_catalog.text;
BEGIN
    IF NEW.credit_balance OPERATOR(pg_catalog.<>) OLD.credit_balance OR NEW.storage_used_bytes OPERATOR(pg_catalog.<>) OLD.storage_used_bytes OR NEW.dataset_count OPERATOR(pg_catalog.<>) OLD.dataset_count OR NEW.workflow_count OPERATOR(pg_catalog.<>) OLD.workflow_count OR NEW.model_count OPERATOR(pg_catalog.<>) OLD.model_count THEN
        written := CASE
            WHEN NEW.credit_balance OPERATOR(pg_catalog.<>) OLD.credit_balance THEN 'credit_balance'
            WHEN NEW.storage_used_bytes OPERATOR(pg_catalog.<>) OLD.storage_used_bytes THEN 'storage_used_bytes'
            WHEN NEW.dataset_count OPERATOR(pg_catalog.<>) OLD.dataset_count THEN 'dataset_count'
            WHEN NEW.workflow_count OPERATOR(pg_catalog.<>) OLD.workflow_count THEN 'workflow_count'
            WHEN NEW.model_count OPERATOR(pg_catalog.<>) OLD.model_count THEN 'model_count'
            -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
            ELSE 'credit_balance'
        END;
        RAISE EXCEPTION USING
            ERRCODE = '42501',
            MESSAGE = pg_catalog.format('users (%s): %s is kept by the database and cannot be written', NEW.id, written),
            SCHEMA = 'public',
            TABLE = 'users',
            COLUMN = written,
            CONSTRAINT = 'users_maintained',
            HINT = 'leave the column out; the rows it is counted from set it';
    END IF;
    NEW.dataset_count := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT datasets.user_id AS key, 1 AS amount FROM public.datasets AS datasets) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    NEW.storage_used_bytes := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT datasets.user_id AS key, CAST(coalesce((coalesce(parquet_size_bytes, original_size_bytes, 0)), 0) AS bigint) AS amount FROM public.datasets AS datasets) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    NEW.workflow_count := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT workflows.user_id AS key, 1 AS amount FROM public.workflows AS workflows) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    NEW.model_count := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT models.user_id AS key, 1 AS amount FROM public.models AS models) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    NEW.credit_balance := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT credit_transactions.user_id AS key, CAST(coalesce(credit_transactions.amount, 0) AS bigint) AS amount FROM public.credit_transactions AS credit_transactions) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    PERFORM pg_catalog.set_config('pgwright.made', pg_catalog.concat_ws(':', 'public.users', NEW.id, NEW.credit_balance, NEW.storage_used_bytes, NEW.dataset_count, NEW.workflow_count, NEW.model_count), true);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.users_follow_key() IS 'Starts the maintained columns of users again when its key changes.';

CREATE TRIGGER trg_users_follow_key
    BEFORE UPDATE OF id ON public.users
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION public.users_follow_key();

CREATE FUNCTION public.users_adopt()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
<<pgwright>>
DECLARE
    announced pg_catalog.text := coalesce(pg_catalog.current_setting('pgwright.maintaining', true), '');
    outer_announcement pg_catalog.text := announced;
BEGIN
    announced := pg_catalog.set_config('pgwright.maintaining', pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth(), '*'), true);
    UPDATE public.users AS p
    SET credit_balance = e.value_1
    FROM (
        SELECT n.id AS key,
               (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT credit_transactions.user_id AS key, CAST(coalesce(credit_transactions.amount, 0) AS bigint) AS amount FROM public.credit_transactions AS credit_transactions) AS w WHERE w.key OPERATOR(pg_catalog.=) n.id) AS value_1
        FROM new_rows AS n
        ORDER BY n.id
    ) AS e
    WHERE p.id OPERATOR(pg_catalog.=) e.key
      AND (p.credit_balance OPERATOR(pg_catalog.<>) e.value_1);
    announced := pg_catalog.set_config('pgwright.maintaining', outer_announcement, true);
    PERFORM pg_catalog.set_config('pgwright.made', 'adopted', true);
    RETURN NULL;
END pgwright;
$$;

COMMENT ON FUNCTION public.users_adopt() IS 'Counts what names a row of users before it is there.';

CREATE TRIGGER trg_users_adopt
    AFTER INSERT ON public.users
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION public.users_adopt();

CREATE FUNCTION public.tutorials_follow_key()
    RETURNS trigger
    LANGUAGE plpgsql
    STABLE
AS $$
#variable_conflict use_column
DECLARE
    written pg_catalog.text;
BEGIN
    IF NEW.enrollment_count OPERATOR(pg_catalog.<>) OLD.enrollment_count OR NEW.completion_count OPERATOR(pg_catalog.<>) OLD.completion_count THEN
        written := CASE
            WHEN NEW.enrollment_count OPERATOR(pg_catalog.<>) OLD.enrollment_count THEN 'enrollment_count'
            WHEN NEW.completion_count OPERATOR(pg_catalog.<>) OLD.completion_count THEN 'completion_count'
            -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
            ELSE 'enrollment_count'
        END;
        RAISE EXCEPTION USING
            ERRCODE = '42501',
            MESSAGE = pg_catalog.format('tutorials (%s): %s is kept by the database and cannot be written', NEW.id, written),
            SCHEMA = 'public',
            TABLE = 'tutorials',
            COLUMN = written,
            CONSTRAINT = 'tutorials_maintained',
            HINT = 'leave the column out; the rows it is counted from set it';
    END IF;
    NEW.enrollment_count := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT user_tutorial_progress.tutorial_id AS key, 1 AS amount FROM public.user_tutorial_progress AS user_tutorial_progress) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    NEW.completion_count := (SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT user_tutorial_progress.tutorial_id AS key, CASE WHEN (is_completed) THEN 1 ELSE 0 END AS amount FROM public.user_tutorial_progress AS user_tutorial_progress) AS w WHERE w.key OPERATOR(pg_catalog.=) NEW.id);
    PERFORM pg_catalog.set_config('pgwright.made', pg_catalog.concat_ws(':', 'public.tutorials', NEW.id, NEW.enrollment_count, NEW.completion_count), true);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION public.tutorials_follow_key() IS 'Starts the maintained columns of tutorials again when its key changes.';

CREATE TRIGGER trg_tutorials_follow_key
    BEFORE UPDATE OF id ON public.tutorials
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION public.tutorials_follow_key();

CREATE FUNCTION public.users_maintained_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    written pg_catalog.text;
BEGIN
    written := CASE
        WHEN NEW.credit_balance OPERATOR(pg_catalog.<>) 0 THEN 'credit_balance'
        WHEN NEW.storage_used_bytes OPERATOR(pg_catalog.<>) 0 THEN 'storage_used_bytes'
        WHEN NEW.dataset_count OPERATOR(pg_catalog.<>) 0 THEN 'dataset_count'
        WHEN NEW.workflow_count OPERATOR(pg_catalog.<>) 0 THEN 'workflow_count'
        WHEN NEW.model_count OPERATOR(pg_catalog.<>) 0 THEN 'model_count'
        -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
        ELSE 'credit_balance'
    END;
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('users (%s): %s is kept by the database and cannot be written', NEW.id, written),
        SCHEMA = 'public',
        TABLE = 'users',
        COLUMN = written,
        CONSTRAINT = 'users_maintained',
        HINT = 'leave the column out; the rows it is counted from set it';
END;
$$;

COMMENT ON FUNCTION public.users_maintained_insert() IS 'Refuses to have credit_balance, storage_used_bytes, dataset_count, workflow_count, model_count written by hand.';

CREATE FUNCTION public.users_maintained_update()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    written pg_catalog.text;
    announced pg_catalog.text := pg_catalog.current_setting('pgwright.maintaining', true);
BEGIN
    -- What is announced is looked at first: most changes of these columns are.
    IF announced OPERATOR(pg_catalog.<>) '' THEN
        IF announced OPERATOR(pg_catalog.=) pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.-) 1, NEW.credit_balance OPERATOR(pg_catalog.-) OLD.credit_balance, NEW.storage_used_bytes OPERATOR(pg_catalog.-) OLD.storage_used_bytes, CAST(NEW.dataset_count AS bigint) OPERATOR(pg_catalog.-) OLD.dataset_count, CAST(NEW.workflow_count AS bigint) OPERATOR(pg_catalog.-) OLD.workflow_count, CAST(NEW.model_count AS bigint) OPERATOR(pg_catalog.-) OLD.model_count)
           OR announced OPERATOR(pg_catalog.=) pg_catalog.concat_ws(':', 'public.users', pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.-) 1, '*') THEN
            RETURN NULL;
        END IF;
    END IF;
    IF NOT (NEW.credit_balance OPERATOR(pg_catalog.<>) OLD.credit_balance OR NEW.storage_used_bytes OPERATOR(pg_catalog.<>) OLD.storage_used_bytes OR NEW.dataset_count OPERATOR(pg_catalog.<>) OLD.dataset_count OR NEW.workflow_count OPERATOR(pg_catalog.<>) OLD.workflow_count OR NEW.model_count OPERATOR(pg_catalog.<>) OLD.model_count) OR NEW.id OPERATOR(pg_catalog.<>) OLD.id THEN
        RETURN NULL;
    END IF;
    written := CASE
        WHEN NEW.credit_balance OPERATOR(pg_catalog.<>) OLD.credit_balance THEN 'credit_balance'
        WHEN NEW.storage_used_bytes OPERATOR(pg_catalog.<>) OLD.storage_used_bytes THEN 'storage_used_bytes'
        WHEN NEW.dataset_count OPERATOR(pg_catalog.<>) OLD.dataset_count THEN 'dataset_count'
        WHEN NEW.workflow_count OPERATOR(pg_catalog.<>) OLD.workflow_count THEN 'workflow_count'
        WHEN NEW.model_count OPERATOR(pg_catalog.<>) OLD.model_count THEN 'model_count'
        -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
        ELSE 'credit_balance'
    END;
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('users (%s): %s is kept by the database and cannot be written', NEW.id, written),
        SCHEMA = 'public',
        TABLE = 'users',
        COLUMN = written,
        CONSTRAINT = 'users_maintained',
        HINT = 'leave the column out; the rows it is counted from set it';
END;
$$;

COMMENT ON FUNCTION public.users_maintained_update() IS 'Refuses to have credit_balance, storage_used_bytes, dataset_count, workflow_count, model_count written by hand.';

CREATE TRIGGER trg_users_maintained_insert
    AFTER INSERT ON public.users
    FOR EACH ROW
    WHEN (NEW.credit_balance OPERATOR(pg_catalog.<>) 0 OR NEW.storage_used_bytes OPERATOR(pg_catalog.<>) 0 OR NEW.dataset_count OPERATOR(pg_catalog.<>) 0 OR NEW.workflow_count OPERATOR(pg_catalog.<>) 0 OR NEW.model_count OPERATOR(pg_catalog.<>) 0)
    EXECUTE FUNCTION public.users_maintained_insert();

CREATE TRIGGER trg_users_maintained_update
    AFTER UPDATE ON public.users
    FOR EACH ROW
    EXECUTE FUNCTION public.users_maintained_update();

CREATE FUNCTION public.users_maintained_key()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    written pg_catalog.text;
BEGIN
    written := CASE
        WHEN NEW.credit_balance OPERATOR(pg_catalog.<>) OLD.credit_balance THEN 'credit_balance'
        WHEN NEW.storage_used_bytes OPERATOR(pg_catalog.<>) OLD.storage_used_bytes THEN 'storage_used_bytes'
        WHEN NEW.dataset_count OPERATOR(pg_catalog.<>) OLD.dataset_count THEN 'dataset_count'
        WHEN NEW.workflow_count OPERATOR(pg_catalog.<>) OLD.workflow_count THEN 'workflow_count'
        WHEN NEW.model_count OPERATOR(pg_catalog.<>) OLD.model_count THEN 'model_count'
        -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
        ELSE 'credit_balance'
    END;
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('users (%s): %s is kept by the database and cannot be written', NEW.id, written),
        SCHEMA = 'public',
        TABLE = 'users',
        COLUMN = written,
        CONSTRAINT = 'users_maintained',
        HINT = 'leave the column out; the rows it is counted from set it';
END;
$$;

COMMENT ON FUNCTION public.users_maintained_key() IS 'Refuses to have credit_balance, storage_used_bytes, dataset_count, workflow_count, model_count written by hand.';

CREATE TRIGGER trg_users_maintained_key
    AFTER UPDATE OF id ON public.users
    FOR EACH ROW
    WHEN ((OLD.id IS DISTINCT FROM NEW.id) AND coalesce(pg_catalog.current_setting('pgwright.made', true), '') OPERATOR(pg_catalog.<>) pg_catalog.concat_ws(':', 'public.users', NEW.id, NEW.credit_balance, NEW.storage_used_bytes, NEW.dataset_count, NEW.workflow_count, NEW.model_count))
    EXECUTE FUNCTION public.users_maintained_key();

CREATE FUNCTION public.tutorials_maintained_insert()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    written pg_catalog.text;
BEGIN
    written := CASE
        WHEN NEW.enrollment_count OPERATOR(pg_catalog.<>) 0 THEN 'enrollment_count'
        WHEN NEW.completion_count OPERATOR(pg_catalog.<>) 0 THEN 'completion_count'
        -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
        ELSE 'enrollment_count'
    END;
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('tutorials (%s): %s is kept by the database and cannot be written', NEW.id, written),
        SCHEMA = 'public',
        TABLE = 'tutorials',
        COLUMN = written,
        CONSTRAINT = 'tutorials_maintained',
        HINT = 'leave the column out; the rows it is counted from set it';
END;
$$;

COMMENT ON FUNCTION public.tutorials_maintained_insert() IS 'Refuses to have enrollment_count, completion_count written by hand.';

CREATE FUNCTION public.tutorials_maintained_update()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    written pg_catalog.text;
    announced pg_catalog.text := pg_catalog.current_setting('pgwright.maintaining', true);
BEGIN
    -- What is announced is looked at first: most changes of these columns are.
    IF announced OPERATOR(pg_catalog.<>) '' THEN
        IF announced OPERATOR(pg_catalog.=) pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.-) 1, CAST(NEW.enrollment_count AS bigint) OPERATOR(pg_catalog.-) OLD.enrollment_count, CAST(NEW.completion_count AS bigint) OPERATOR(pg_catalog.-) OLD.completion_count)
           OR announced OPERATOR(pg_catalog.=) pg_catalog.concat_ws(':', 'public.tutorials', pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.-) 1, '*') THEN
            RETURN NULL;
        END IF;
    END IF;
    IF NOT (NEW.enrollment_count OPERATOR(pg_catalog.<>) OLD.enrollment_count OR NEW.completion_count OPERATOR(pg_catalog.<>) OLD.completion_count) OR NEW.id OPERATOR(pg_catalog.<>) OLD.id THEN
        RETURN NULL;
    END IF;
    written := CASE
        WHEN NEW.enrollment_count OPERATOR(pg_catalog.<>) OLD.enrollment_count THEN 'enrollment_count'
        WHEN NEW.completion_count OPERATOR(pg_catalog.<>) OLD.completion_count THEN 'completion_count'
        -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
        ELSE 'enrollment_count'
    END;
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('tutorials (%s): %s is kept by the database and cannot be written', NEW.id, written),
        SCHEMA = 'public',
        TABLE = 'tutorials',
        COLUMN = written,
        CONSTRAINT = 'tutorials_maintained',
        HINT = 'leave the column out; the rows it is counted from set it';
END;
$$;

COMMENT ON FUNCTION public.tutorials_maintained_update() IS 'Refuses to have enrollment_count, completion_count written by hand.';

CREATE TRIGGER trg_tutorials_maintained_insert
    AFTER INSERT ON public.tutorials
    FOR EACH ROW
    WHEN (NEW.enrollment_count OPERATOR(pg_catalog.<>) 0 OR NEW.completion_count OPERATOR(pg_catalog.<>) 0)
    EXECUTE FUNCTION public.tutorials_maintained_insert();

CREATE TRIGGER trg_tutorials_maintained_update
    AFTER UPDATE ON public.tutorials
    FOR EACH ROW
    WHEN (NEW.enrollment_count OPERATOR(pg_catalog.<>) OLD.enrollment_count OR NEW.completion_count OPERATOR(pg_catalog.<>) OLD.completion_count)
    EXECUTE FUNCTION public.tutorials_maintained_update();

CREATE FUNCTION public.tutorials_maintained_key()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    written pg_catalog.text;
BEGIN
    written := CASE
        WHEN NEW.enrollment_count OPERATOR(pg_catalog.<>) OLD.enrollment_count THEN 'enrollment_count'
        WHEN NEW.completion_count OPERATOR(pg_catalog.<>) OLD.completion_count THEN 'completion_count'
        -- A key that moves may leave them all as they were; an option of RAISE must not be NULL.
        ELSE 'enrollment_count'
    END;
    RAISE EXCEPTION USING
        ERRCODE = '42501',
        MESSAGE = pg_catalog.format('tutorials (%s): %s is kept by the database and cannot be written', NEW.id, written),
        SCHEMA = 'public',
        TABLE = 'tutorials',
        COLUMN = written,
        CONSTRAINT = 'tutorials_maintained',
        HINT = 'leave the column out; the rows it is counted from set it';
END;
$$;

COMMENT ON FUNCTION public.tutorials_maintained_key() IS 'Refuses to have enrollment_count, completion_count written by hand.';

CREATE TRIGGER trg_tutorials_maintained_key
    AFTER UPDATE OF id ON public.tutorials
    FOR EACH ROW
    WHEN ((OLD.id IS DISTINCT FROM NEW.id) AND coalesce(pg_catalog.current_setting('pgwright.made', true), '') OPERATOR(pg_catalog.<>) pg_catalog.concat_ws(':', 'public.tutorials', NEW.id, NEW.enrollment_count, NEW.completion_count))
    EXECUTE FUNCTION public.tutorials_maintained_key();

-- Purge of rows that were deleted softly
CREATE FUNCTION public.users_purge(max_rows integer DEFAULT 1000, older_than interval DEFAULT '30 days')
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
#variable_conflict use_variable
DECLARE
    users_id pg_catalog.uuid[];
    datasets_id pg_catalog.uuid[];
    jobs_id pg_catalog.uuid[];
    experiments_id pg_catalog.uuid[];
    purged bigint;
BEGIN
    -- The oldest first; rows that another session holds are left for the next call.
    SELECT pg_catalog.array_agg(v.id)
      INTO users_id
      FROM (SELECT t.id
              FROM public.users AS t
             WHERE t.is_deleted AND t.deleted_at OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) older_than)
             ORDER BY t.deleted_at, t.id
             LIMIT max_rows
               FOR UPDATE SKIP LOCKED) AS v;
    IF users_id IS NULL THEN
        RETURN 0;
    END IF;

    SELECT pg_catalog.array_agg(v.id)
      INTO datasets_id
      FROM (SELECT t.id
              FROM public.datasets AS t
             WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id)) AS v;

    SELECT pg_catalog.array_agg(v.id)
      INTO jobs_id
      FROM (SELECT t.id
              FROM public.jobs AS t
             WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id)) AS v;

    SELECT pg_catalog.array_agg(v.id)
      INTO experiments_id
      FROM (SELECT t.id
              FROM public.experiments AS t
             WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id)
             UNION
            SELECT t.id
              FROM public.experiments AS t
             WHERE t.dataset_id OPERATOR(pg_catalog.=) ANY (datasets_id)) AS v;

    -- Children first, a statement for each table: cascades would go row by row.
    DELETE FROM public.user_tutorial_progress AS t
     WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id);
    DELETE FROM public.experiment_runs AS t
     WHERE t.experiment_id OPERATOR(pg_catalog.=) ANY (experiments_id);
    DELETE FROM public.experiments AS t
     WHERE t.id OPERATOR(pg_catalog.=) ANY (experiments_id);
    DELETE FROM public.models AS t
     WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id);
    DELETE FROM public.job_nodes AS t
     WHERE t.job_id OPERATOR(pg_catalog.=) ANY (jobs_id);
    DELETE FROM public.jobs AS t
     WHERE t.id OPERATOR(pg_catalog.=) ANY (jobs_id);
    DELETE FROM public.workflow_snapshots AS t
     WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id);
    DELETE FROM public.workflows AS t
     WHERE t.user_id OPERATOR(pg_catalog.=) ANY (users_id);
    DELETE FROM public.datasets AS t
     WHERE t.id OPERATOR(pg_catalog.=) ANY (datasets_id);
    DELETE FROM public.users AS t
     WHERE t.id OPERATOR(pg_catalog.=) ANY (users_id);
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END
$$;

COMMENT ON FUNCTION public.users_purge(integer, interval) IS 'Removes at most max_rows rows of users that were deleted longer than older_than ago, with all that cascades from them, and returns how many. Call it until it returns 0.';

-- >>> data of expand: statements of your own, up to the next line of this kind; they are kept when the migration is written again
-- <<< data

RESET standard_conforming_strings;
RESET client_min_messages;
RESET check_function_bodies;
RESET timezone;
RESET datestyle;
RESET intervalstyle;
RESET search_path;
