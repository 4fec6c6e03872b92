INSERT INTO accounts SELECT gen_random_uuid() FROM generate_series(1, 5);
INSERT INTO "Ent""ries" (account_id, amount, created_at) SELECT id, i, now() - make_interval(days => i) FROM accounts, generate_series(1, 20) AS i;
