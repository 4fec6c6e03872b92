SET search_path = app;
INSERT INTO articles VALUES (1, 'Überall'), (2, 'a b');
INSERT INTO audit.entries (owner) VALUES (1) RETURNING id;
--= 1

INSERT INTO audit.entries (owner) VALUES (7);
--! 23514

SELECT words FROM articles WHERE id = 2;
--= 'a':1 'b':2

SELECT audit."Sum mary"(a) FROM articles AS a WHERE id = 1;
--= Überall

SELECT count_articles();
--= 2

SELECT count(*) FROM everything;
--= 3

SELECT obj_description('audit."Sum mary"'::regproc);
--= The summary's text.
