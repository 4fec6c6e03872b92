-- children before their parent, in partitions
BEGIN;
INSERT INTO things VALUES (1, 'x', 1, 3), (2, 'y', 1, 4);
INSERT INTO thing_x VALUES (3, 'x', 1, 5);
INSERT INTO boxes (id, code) VALUES (1, 'a');
COMMIT;
SELECT things, weight FROM boxes;
--= 3 | 8

-- parent and children in one statement
WITH b AS (INSERT INTO boxes (id, code) VALUES (2, 'b') RETURNING id, code),
     t AS (INSERT INTO things SELECT 9, 'x', id, 2 FROM b)
INSERT INTO marks SELECT 1, code FROM b;
SELECT things, weight, marks FROM boxes WHERE id = 2;
--= 1 | 2 | 1

-- children first, and the parent's key after them
BEGIN;
UPDATE things SET box_id = 3 WHERE box_id = 2;
UPDATE boxes SET id = 3 WHERE id = 2;
COMMIT;
SELECT things, weight FROM boxes WHERE id = 3;
--= 1 | 2

-- a row that moves to another partition
UPDATE things SET kind = 'x' WHERE id = 2;
SELECT things, weight FROM boxes WHERE id = 1;
--= 3 | 12

-- a partition that is emptied
TRUNCATE thing_x;
SELECT id, things, weight FROM boxes ORDER BY id;
--= 1 | 0 | 0
--= 3 | 0 | 0

-- what outlives its parent is counted when the parent comes back
DELETE FROM boxes WHERE code = 'b';
INSERT INTO boxes (id, code) VALUES (4, 'b');
SELECT marks FROM boxes WHERE id = 4;
--= 1

UPDATE boxes SET id = 5, things = 2 WHERE id = 4;
--! 42501 boxes_maintained

SELECT * FROM boxes_drift();
