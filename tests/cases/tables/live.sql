SELECT relpersistence, reloptions FROM pg_class WHERE relname = 'specials';
--= u | {fillfactor=70,autovacuum_enabled=false}

SELECT t.reloptions FROM pg_class AS c JOIN pg_class AS t ON t.oid = c.reltoastrelid WHERE c.relname = 'specials';
--= {autovacuum_enabled=false}

SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = 'specials'::regclass;
--= bases

INSERT INTO specials (id, note, extra) VALUES (1, 'n', 'ABC');
SELECT id, note FROM bases;
--= 1 | n

SELECT slug FROM specials;
--= abc

SELECT a.attname, c.collname FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation
 WHERE a.attrelid = 'specials'::regclass AND c.collname <> 'default' ORDER BY a.attname;
--= extra | C
