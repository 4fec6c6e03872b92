INSERT INTO "my app".jobs (id, name) SELECT gen_random_uuid(), n::text FROM generate_series(1, 5) AS n;
