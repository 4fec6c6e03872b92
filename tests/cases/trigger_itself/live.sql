-- a table that counts its own rows, which outlive what they name
INSERT INTO comments (id, parent_id) VALUES (1, NULL), (2, 1), (3, 2), (4, 4);
SELECT id, replies FROM comments ORDER BY id;
--= 1 | 1
--= 2 | 1
--= 3 | 0
--= 4 | 1

-- one statement that inserts parents and children of both kinds
WITH a AS (INSERT INTO likes VALUES (1, 10), (2, 1)), b AS (INSERT INTO comments (id, parent_id) VALUES (11, 1))
INSERT INTO comments (id, parent_id) VALUES (10, 1), (12, 10);
SELECT id, replies, likes FROM comments WHERE id IN (1, 10) ORDER BY id;
--= 1 | 3 | 1
--= 10 | 1 | 1

DELETE FROM comments WHERE id IN (1, 10);
INSERT INTO comments (id) VALUES (1), (10);
SELECT id, replies, likes FROM comments WHERE id IN (1, 10) ORDER BY id;
--= 1 | 2 | 0
--= 10 | 1 | 0

UPDATE comments SET parent_id = 4 WHERE id = 4 OR parent_id = 1;
SELECT id, replies FROM comments WHERE replies > 0 ORDER BY id;
--= 2 | 1
--= 4 | 3
--= 10 | 1

SELECT * FROM comments_drift();
