INSERT INTO users VALUES (1, 'x', 'a', '{a,b}'), (2, NULL, 'b', '{}');
