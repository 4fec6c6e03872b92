INSERT INTO items (id, name, size) VALUES (1, 'a', 60), (2, 'b', 80);
INSERT INTO parts VALUES (1, 1);
