INSERT INTO tickets DEFAULT VALUES;
INSERT INTO tickets (number) VALUES (7) RETURNING *;
--= 2 | 7 | 2 | 2 | 2

INSERT INTO tickets (id) VALUES (9);
--! 428C9

SELECT attname, attidentity, format_type(atttypid, -1) FROM pg_attribute
 WHERE attrelid = 'tickets'::regclass AND attnum > 0 ORDER BY attnum;
--= id | a | bigint
--= number | d | integer
--= small |  | smallint
--= normal |  | integer
--= big |  | bigint
