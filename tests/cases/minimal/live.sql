-- the database has a key of its own for an insert that says none
INSERT INTO notes (body) VALUES ('a') RETURNING id IS NOT NULL, body;
--= t | a

INSERT INTO notes (body) VALUES (NULL);
--! 23502
