INSERT INTO authors (id) VALUES (1), (2), (3);
INSERT INTO books VALUES (1, 1, 50), (2, 1, 150), (3, 2, NULL), (4, NULL, 500);
SELECT * FROM authors ORDER BY id;
--= 1 | 2 | 1 | 200
--= 2 | 1 | 0 | 0
--= 3 | 0 | 0 | 0

-- amount, filter, parent and key, all at once
UPDATE books SET id = id + 10, author_id = 4 - coalesce(author_id, 1), pages = coalesce(pages, 0) + 100;
SELECT * FROM authors ORDER BY id;
--= 1 | 0 | 0 | 0
--= 2 | 1 | 0 | 100
--= 3 | 3 | 3 | 1000

-- the parent's key changes, and its rows follow
UPDATE authors SET id = 30 WHERE id = 3;
SELECT * FROM authors ORDER BY id;
--= 1 | 0 | 0 | 0
--= 2 | 1 | 0 | 100
--= 30 | 3 | 3 | 1000

INSERT INTO books VALUES (11, 1, 1), (20, 1, 1) ON CONFLICT DO NOTHING;
INSERT INTO books VALUES (20, 2, 7), (21, 2, 1) ON CONFLICT (id) DO UPDATE SET author_id = excluded.author_id, pages = excluded.pages;
SELECT * FROM authors ORDER BY id;
--= 1 | 0 | 0 | 0
--= 2 | 3 | 0 | 108
--= 30 | 3 | 3 | 1000

-- nobody writes a maintained column by hand
UPDATE authors SET books = 7 WHERE id = 1;
--! 42501

INSERT INTO authors (id, books) VALUES (9, 1);
--! 42501

DELETE FROM authors WHERE id = 30;
SELECT count(*) FROM books;
--= 3

TRUNCATE books;
SELECT * FROM authors ORDER BY id;
--= 1 | 0 | 0 | 0
--= 2 | 0 | 0 | 0

-- with the key or without it
INSERT INTO books VALUES (50, 1, 10), (51, 2, 20);

UPDATE authors SET id = id + 100, books = 7;
--! 42501

UPDATE authors SET id = id + 100;
SELECT * FROM authors ORDER BY id;
--= 101 | 1 | 0 | 10
--= 102 | 1 | 0 | 20

-- neither by a trigger that comes later
CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.books := 9; RETURN NEW; END $$;
CREATE TRIGGER zz_later BEFORE UPDATE ON authors FOR EACH ROW EXECUTE FUNCTION later();

UPDATE authors SET id = 1 WHERE id = 101;
--! 42501

INSERT INTO books VALUES (60, 101, 1);
--! 42501
