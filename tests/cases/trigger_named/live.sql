-- several named triggers on one event: each is there, and what they keep is counted once
SELECT tgname, tgfoid::regproc FROM pg_trigger
WHERE tgrelid = 'items'::regclass AND NOT tgisinternal AND tgname LIKE '%insert' ORDER BY tgname COLLATE "C";
--= A_insert | project_items_insert
--= a_insert | add
--= b_insert | add
--= c_insert | inc_items

INSERT INTO users (id) VALUES (1), (2);
INSERT INTO projects (id) VALUES (1);
INSERT INTO items VALUES (1, 1, 1, 7), (2, 1, 1, 2), (3, 2, NULL, 9);
INSERT INTO items VALUES (4, 1, 1, 1);
UPDATE items SET user_id = 2 WHERE id = 1;
SELECT id, items, total, large FROM users ORDER BY id;
--= 1 | 2 | 3 | 0
--= 2 | 2 | 16 | 16

DELETE FROM items WHERE id = 1;
DELETE FROM items WHERE id > 1 AND id < 4;
SELECT (SELECT string_agg(items || ' ' || total, ', ' ORDER BY id) FROM users), (SELECT items FROM projects);
--= 1 1, 0 0 | 1

TRUNCATE items;
SELECT sum(items), sum(total), sum(large) FROM users;
--= 0 | 0 | 0
