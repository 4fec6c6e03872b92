-- a bound without a zone means UTC, wherever the file is loaded
SET timezone = 'UTC';
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), c.reloptions FROM pg_class AS c
 WHERE c.relispartition AND c.relkind = 'r' ORDER BY c.relname;
--= buckets_0 | FOR VALUES WITH (modulus 2, remainder 0) | ∅
--= buckets_1 | FOR VALUES WITH (modulus 2, remainder 1) | ∅
--= events_2026 | FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00') | {fillfactor=70}
--= events_rest | DEFAULT | {fillfactor=70}
--= regions_eu | FOR VALUES IN ('de', 'fr') | ∅

INSERT INTO events (kind, created_at) VALUES ('a', '2026-05-05'), ('b', '2001-01-01');
SELECT tableoid::regclass, kind FROM events ORDER BY kind;
--= events_2026 | a
--= events_rest | b

INSERT INTO regions VALUES ('us');
--! 23514

SELECT pg_get_partkeydef('buckets'::regclass);
--= HASH (lower(key))
