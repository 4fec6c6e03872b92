INSERT INTO items VALUES (1, ROW(1, 2, 'n'), ROW('it''s b', 3), ARRAY[ROW('a', 1)::held, ROW('c', 2)::held], ROW(5)), (2, NULL, NULL, NULL, NULL);
