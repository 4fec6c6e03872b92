INSERT INTO owners (id, name, gone, gone_at) VALUES
    ('00000000-0000-0000-0000-000000000001', 'old',    true,  now() - interval '40 days'),
    ('00000000-0000-0000-0000-000000000002', 'recent', true,  now() - interval '20 days'),
    ('00000000-0000-0000-0000-000000000003', 'alive',  false, NULL),
    ('00000000-0000-0000-0000-000000000004', 'older',  true,  now() - interval '50 days');
INSERT INTO owners (id, name, boss) VALUES
    ('00000000-0000-0000-0000-000000000005', 'under', '00000000-0000-0000-0000-000000000001');
INSERT INTO things SELECT n, o.id, NULL FROM generate_series(1, 3) AS n, owners AS o WHERE o.name = 'old';
INSERT INTO things SELECT 10 + n, o.id, n FROM generate_series(1, 3) AS n, owners AS o WHERE o.name = 'alive';
INSERT INTO things SELECT 20, o.id, 12 FROM owners AS o WHERE o.name = 'alive';
INSERT INTO things SELECT 30, o.id, NULL FROM owners AS o WHERE o.name = 'alive';
INSERT INTO notes VALUES ('old', 1, NULL), ('old', 2, 30), ('alive', 1, 1), ('alive', 2, 30), ('under', 1, NULL);
INSERT INTO lines VALUES (1, 'old', 1, 1), (2, 'alive', 1, 12), (3, 'alive', 2, 30);
INSERT INTO lefts SELECT 1, id, NULL FROM owners WHERE name = 'old';
INSERT INTO rights VALUES (1, 1);
INSERT INTO lefts VALUES (2, NULL, 1);
INSERT INTO rights VALUES (2, 2);
INSERT INTO lefts VALUES (3, NULL, 2);
INSERT INTO traces SELECT 1, id, 1 FROM owners WHERE name = 'old';

-- the oldest first, one at a time
SELECT owners_purge(1);
--= 1

SELECT name FROM owners ORDER BY name;
--= alive
--= old
--= recent
--= under

-- the rest, with all that hangs on it; under a search path that finds nothing by itself
SET search_path = '';
SELECT public.owners_purge();
--= 2

RESET search_path;
SELECT (SELECT string_agg(name, ' ' ORDER BY name) FROM owners),
       (SELECT string_agg(id::text, ' ' ORDER BY id) FROM things),
       (SELECT string_agg(owner_name || number, ' ' ORDER BY 1) FROM notes),
       (SELECT string_agg(id::text, ' ' ORDER BY id) FROM lines),
       (SELECT count(*) FROM lefts), (SELECT count(*) FROM rights);
--= alive recent | 30 | alive2 | 3 | 0 | 0

SELECT id, owner_id IS NOT NULL, thing_id FROM traces;
--= 1 | t | ∅

SELECT owners_purge();
--= 0

SELECT owners_purge(older_than => '1 day');
--= 1

INSERT INTO keylesses SELECT true, now() - n * interval '1 day' FROM generate_series(1, 10) AS n;
SELECT keylesses_purge(3, '5 days'), keylesses_purge(100, '5 days'), keylesses_purge(100, '5 days');
--= 3 | 2 | 0

INSERT INTO pairs SELECT n, 'x', true, '2001-01-01' FROM generate_series(1, 3) AS n;
SELECT pairs_purge(2), pairs_purge();
--= 2 | 1

-- a search path that would make everything something else
CREATE SCHEMA evil;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '-infinity'::timestamptz $$;
CREATE FUNCTION evil.always(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.always);
CREATE FUNCTION evil.array_agg(uuid) RETURNS uuid[] LANGUAGE sql AS 'SELECT NULL::uuid[]';
CREATE TYPE evil.uuid AS (x integer);
CREATE TABLE evil.owners ();
INSERT INTO owners VALUES ('00000000-0000-0000-0000-000000000009', 'gone', NULL, true, now() - interval '40 days');
SET search_path = evil, pg_catalog;
SELECT public.owners_purge();
--= 1

RESET search_path;
SELECT count(*) > 0 FROM owners;
--= t
