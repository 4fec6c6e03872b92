INSERT INTO bases DEFAULT VALUES;
INSERT INTO plains DEFAULT VALUES;
INSERT INTO boths DEFAULT VALUES;
SET ROLE pgwright_case_app;
INSERT INTO specials DEFAULT VALUES RETURNING *;
--= 4 | 1 | special | SPECIAL | ∅

RESET ROLE;
SELECT id, tableoid::regclass, name, loud FROM bases ORDER BY id;
--= 1 | bases | base | BASE
--= 2 | plains | base | BASE
--= 3 | boths | both | BOTH
--= 4 | specials | special | SPECIAL

SELECT inhrelid::regclass, inhparent::regclass FROM pg_inherits ORDER BY inhrelid::regclass::text, inhseqno;
--= boths | specials
--= boths | others
--= plains | bases
--= specials | bases

SELECT attname FROM pg_attribute WHERE attrelid = 'specials'::regclass AND attnum > 0 AND attislocal ORDER BY attnum;
--= number
--= name
--= extra
