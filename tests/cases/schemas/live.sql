SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname !~ '^pg_|^information_schema$' ORDER BY n.nspname COLLATE "C", c.relname;
--= Odd Schema | odds
--= app | users
--= audit | entries
--= public | shareds

SELECT confrelid::regclass FROM pg_constraint WHERE contype = 'f';
--= app.users

SELECT stxnamespace::regnamespace FROM pg_statistic_ext;
--= audit

-- every client finds its types and operators
SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'citext';
--= public
