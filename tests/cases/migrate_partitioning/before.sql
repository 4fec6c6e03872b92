INSERT INTO users (id) VALUES (1), (2);
INSERT INTO "Eve""nts" (at, kind, user_id, gone) SELECT '2025-01-01'::date + i * 30, 'k' || i, i % 2 + 1, 'x' FROM generate_series(1, 30) AS i;
INSERT INTO notes (event_id, event_at) SELECT id, at FROM "Eve""nts";
INSERT INTO splits SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, i FROM generate_series(1, 20) AS i;
INSERT INTO wholes (code) SELECT i::text FROM generate_series(1, 20) AS i;
INSERT INTO childs (at, extra) VALUES ('2020-01-01', 'e');
