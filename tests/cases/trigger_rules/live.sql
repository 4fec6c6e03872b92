INSERT INTO invoices (id) VALUES (1);
UPDATE invoices SET note = 'x' RETURNING updated_at > '2002-01-01';
--= t

UPDATE invoices SET state = 'paid';
--! 23514

UPDATE invoices SET state = 'sent';
UPDATE invoices SET state = 'sent', note = 'y';
UPDATE invoices SET state = 'paid';
SELECT state FROM invoices;
--= paid

UPDATE invoices SET state = 'draft';
--! 23514

INSERT INTO snapshots VALUES (1, 1, '{}');
UPDATE snapshots SET body = '[]';
--! 55000

-- a block is one transaction: the snapshot is made again
INSERT INTO snapshots VALUES (1, 1, '{}');

UPDATE snapshots SET invoice_id = NULL;
--! 55000

DELETE FROM snapshots;
--! 55000

TRUNCATE snapshots;
--! 55000

-- the foreign key's own set null goes through
DELETE FROM invoices;
SELECT id, invoice_id FROM snapshots;
--= 1 | ∅

INSERT INTO policies VALUES (1, 'n', '  a  ') RETURNING title;
--= a

UPDATE policies SET number = 'm';
--! 55000

UPDATE policies SET number = 'n', title = ' b ' RETURNING title;
--= b

UPDATE policies SET title = 'forbidden';
--! P0001

INSERT INTO policies VALUES (-1, 'n', 't');
--! P0004
