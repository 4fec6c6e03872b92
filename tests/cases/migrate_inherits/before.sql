INSERT INTO bases VALUES (1, 'one');
INSERT INTO childs (id, extra) VALUES (2, 'two');
