INSERT INTO users SELECT gen_random_uuid() FROM generate_series(1, 50);
INSERT INTO datasets SELECT gen_random_uuid(), id, 3 FROM users, generate_series(1, 20);
