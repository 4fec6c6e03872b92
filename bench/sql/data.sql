-- The same data in every variant: 10,000 users, of whom 1,000 have credits, a dataset and a job in the queue.
INSERT INTO users (id, email, full_name)
SELECT ('00000000-0000-4000-8000-1' || lpad(number::text, 11, '0'))::uuid,
       'user' || number || '@example.org',
       'User ' || number
FROM generate_series(1, 10000) AS number;

INSERT INTO credit_transactions (user_id, amount, balance_after, entry_no, transaction_type)
SELECT id, 1000000, 1000000, 1, 'purchase' FROM users ORDER BY id LIMIT 1000;

INSERT INTO tutorials (title) SELECT 'Lesson ' || number FROM generate_series(1, 5) AS number;

INSERT INTO jobs (id, user_id, status)
SELECT ('00000000-0000-4000-9000-1' || lpad(number::text, 11, '0'))::uuid,
       ('00000000-0000-4000-8000-1' || lpad(number::text, 11, '0'))::uuid,
       'queued'
FROM generate_series(1, 1000) AS number;

INSERT INTO datasets (id, user_id, name, original_size_bytes)
SELECT ('00000000-0000-4000-a000-1' || lpad(number::text, 11, '0'))::uuid,
       ('00000000-0000-4000-8000-1' || lpad(number::text, 11, '0'))::uuid,
       'dataset of user ' || number,
       1000
FROM generate_series(1, 1000) AS number;

-- The benchmark vacuums by itself, so that chance hits no variant.
ALTER TABLE users SET (autovacuum_enabled = off);
ALTER TABLE datasets SET (autovacuum_enabled = off);
ALTER TABLE jobs SET (autovacuum_enabled = off);
ALTER TABLE credit_transactions SET (autovacuum_enabled = off);
