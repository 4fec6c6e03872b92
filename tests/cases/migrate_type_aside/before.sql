INSERT INTO "It""em's" ("a b", size, code, state, token, at, new)
SELECT 'A' || i, i, CASE WHEN i % 3 > 0 THEN i::text END, CASE i % 2 WHEN 0 THEN 'new' ELSE 'it''s old' END, 't' || i, '2026-01-01 12:00', nullif(i % 4, 0)
FROM generate_series(1, 90) AS i;
INSERT INTO parts (item_id) SELECT id FROM "It""em's";
INSERT INTO parts (item_id, parent_id) SELECT item_id, id FROM parts;
INSERT INTO thirds SELECT gen_random_uuid(), NULL FROM generate_series(1, 5);
