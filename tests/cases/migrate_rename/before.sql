INSERT INTO persons (mail, state) VALUES ('a', 'done'), ('b', 'new');
INSERT INTO letters VALUES (gen_random_uuid(), 1);
