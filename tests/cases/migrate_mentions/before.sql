INSERT INTO posts SELECT i, 't' || i, 'published' FROM generate_series(1, 100) AS i;
