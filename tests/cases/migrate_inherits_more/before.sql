INSERT INTO childs (id, code) VALUES (1, 2);
