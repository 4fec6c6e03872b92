-- a counter on a ledger follows what the foreign key sets to NULL
INSERT INTO app.accounts (id) VALUES (1);
INSERT INTO app.tasks (id) VALUES (1);
INSERT INTO app.entries (account_id, task_id, amount) VALUES (1, 1, 3), (1, NULL, -8);
DELETE FROM app.tasks;
SELECT balance, entries FROM app.accounts;
--= -5.00 | 0

INSERT INTO app.entries (account_id, amount) VALUES (1, -0.01);
--! 23514 entries_minimum
