INSERT INTO owners VALUES (1);
INSERT INTO rooms SELECT i, 'c' || i, i, 1 FROM generate_series(1, 100) AS i;
