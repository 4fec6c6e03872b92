INSERT INTO accounts (id, name) VALUES
    ('00000000-0000-0000-0000-000000000001', 'a'), ('00000000-0000-0000-0000-000000000002', 'b');
INSERT INTO entries (account_id, amount)
SELECT id, amount FROM accounts CROSS JOIN (VALUES (1, 10), (2, -5), (3, 20)) AS v (place, amount) ORDER BY place, name
RETURNING amount, balance_after, number;
--= 10 | 10 | 1
--= 10 | 10 | 1
--= -5 | 5 | 2
--= -5 | 5 | 2
--= 20 | 25 | 3
--= 20 | 25 | 3

SELECT name, balance FROM accounts ORDER BY name;
--= a | 25
--= b | 25

-- the minimum holds for each entry, in the order of the statement
INSERT INTO entries (account_id, amount) SELECT id, amount FROM accounts, (VALUES (-40), (40)) AS v (amount) WHERE name = 'a';
--! 23514

-- what the client says of them is not believed
INSERT INTO entries (account_id, amount, balance_after, number) SELECT id, 1, 999, 999 FROM accounts WHERE name = 'a'
RETURNING balance_after, number;
--= 26 | 4

INSERT INTO entries (account_id, amount) VALUES ('00000000-0000-0000-0000-000000000003', 1);
--! 23503

UPDATE entries SET amount = 0;
--! 55000

DELETE FROM entries;
--! 55000

TRUNCATE entries;
--! 55000

UPDATE accounts SET balance = 0;
--! 42501

-- the ledger outlives the account
DELETE FROM accounts WHERE name = 'a';
SELECT count(*) FROM entries;
--= 7
