-- two users who own one of everything, one of them deleted long ago
INSERT INTO users (id, email, is_deleted, deleted_at) VALUES
    ('00000000-0000-0000-0000-000000000001', 'gone@example.org', true, now() - interval '31 days'),
    ('00000000-0000-0000-0000-000000000002', 'here@example.org', false, NULL);
INSERT INTO datasets (user_id, name, original_size_bytes) SELECT u.id, 'd' || n, n FROM users AS u, generate_series(1, 100) AS n;
INSERT INTO workflows (user_id, name) SELECT id, 'w' FROM users;
INSERT INTO workflow_snapshots (user_id, workflow_id, graph_json) SELECT user_id, id, '{}' FROM workflows;
INSERT INTO jobs (user_id, workflow_snapshot_id) SELECT user_id, id FROM workflow_snapshots;
INSERT INTO job_nodes (job_id, node_id, node_type) SELECT id, 'n', 'model' FROM jobs;
INSERT INTO models (user_id, job_id) SELECT user_id, id FROM jobs;
INSERT INTO credit_transactions (user_id, amount, transaction_type, related_job_id) SELECT user_id, 10, 'purchase', id FROM jobs;
INSERT INTO experiments (user_id, dataset_id, name) SELECT user_id, id, 'e' FROM datasets WHERE name = 'd1';
INSERT INTO experiment_runs (experiment_id, job_id) SELECT e.id, j.id FROM experiments AS e JOIN jobs AS j ON j.user_id = e.user_id;
INSERT INTO tutorials (created_by_user_id, title) SELECT id, 't' FROM users;
INSERT INTO user_tutorial_progress (user_id, tutorial_id, is_completed) SELECT u.id, t.id, true FROM users AS u, tutorials AS t;
SELECT dataset_count, storage_used_bytes, workflow_count, model_count, credit_balance FROM users;
--= 100 | 5050 | 1 | 1 | 10
--= 100 | 5050 | 1 | 1 | 10

SELECT users_purge();
--= 1

SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM datasets), (SELECT count(*) FROM workflows),
       (SELECT count(*) FROM workflow_snapshots), (SELECT count(*) FROM jobs), (SELECT count(*) FROM job_nodes),
       (SELECT count(*) FROM models), (SELECT count(*) FROM experiments), (SELECT count(*) FROM experiment_runs);
--= 1 | 100 | 1 | 1 | 1 | 1 | 1 | 1 | 1

-- tutorials outlive their author and are counted anew; the ledger outlives its user
SELECT created_by_user_id IS NULL, enrollment_count, completion_count FROM tutorials ORDER BY 1;
--= f | 1 | 1
--= t | 1 | 1

SELECT count(*), sum(amount) FROM credit_transactions;
--= 2 | 20

-- every function and trigger that other programs know by name is there
SELECT string_agg(name, ' ') FROM unnest(ARRAY[
    'set_updated_at', 'credit_tx_before_insert', 'credit_tx_no_update_delete', 'users_inc_dataset_count',
    'users_dec_dataset_count', 'users_inc_workflow_count', 'users_dec_workflow_count', 'users_inc_model_count',
    'users_dec_model_count', 'users_adjust_storage_on_dataset_ins', 'users_adjust_storage_on_dataset_del',
    'users_adjust_storage_on_dataset_upd']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_proc WHERE proname = name);
--= ∅

SELECT string_agg(name, ' ') FROM unnest(ARRAY[
    'trg_users_updated_at', 'trg_datasets_updated_at', 'trg_experiments_updated_at', 'trg_tutorials_updated_at',
    'trg_credit_tx_before_insert', 'trg_credit_tx_before_update', 'trg_credit_tx_before_delete',
    'trg_datasets_after_insert', 'trg_datasets_after_delete', 'trg_workflows_after_insert',
    'trg_workflows_after_delete', 'trg_models_after_insert', 'trg_models_after_delete',
    'trg_datasets_after_insert_storage', 'trg_datasets_after_delete_storage', 'trg_datasets_after_update_storage'
    ]) AS name
 WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = name);
--= ∅
