-- two references to one parent, one within the table, and a sum over a sum
INSERT INTO regions (id) VALUES ('a'), ('b');
INSERT INTO accounts (id, region) VALUES (1, 'a'), (2, 'b');
INSERT INTO items (id, giver, taker, amount) VALUES (1, 1, 2, 2.5), (2, 1, 1, 7), (3, 2, NULL, NULL);
UPDATE items SET above = 1 WHERE id > 1;
SELECT id, given, taken, total, large FROM accounts ORDER BY id;
--= 1 | 2 | 1 | 9.50 | 14
--= 2 | 1 | 1 | 0.00 | 0

SELECT id, total, accounts FROM regions ORDER BY id;
--= a | 9.50 | 1
--= b | 0 | 0

SELECT below FROM items ORDER BY id;
--= 2
--= 0
--= 0

-- everything at once: the amount, the filter, both parents, the row's own key
UPDATE items SET id = id + 10, giver = 3 - giver, taker = giver, above = NULL, amount = amount + 1, state = 'void' WHERE id < 3;
SELECT id, given, taken, total, large FROM accounts ORDER BY id;
--= 1 | 0 | 0 | 0.00 | 0
--= 2 | 3 | 0 | 11.50 | 0

-- the parent's key moves with its children, and their sum with it
UPDATE accounts SET id = 7 WHERE id = 2;
SELECT (SELECT given FROM accounts WHERE id = 7), (SELECT total FROM regions WHERE id = 'b');
--= 3 | 11.50

-- a sum goes where its row goes, when a cascade deletes it too
DELETE FROM accounts WHERE id = 7;
SELECT (SELECT count(*) FROM items), (SELECT total FROM regions WHERE id = 'b');
--= 0 | 0.00

SELECT * FROM accounts_drift() UNION ALL SELECT * FROM regions_drift() UNION ALL SELECT * FROM items_drift();
