INSERT INTO users (name) SELECT 'n' || i FROM generate_series(1, 1000) AS i;
