size > 0
size >= 0 AND size <= 100
size + 1 * 2 - -3 / 4 % 5 ^ 6
a = b OR NOT c
a IS NULL
a IS NOT NULL
a ISNULL
a NOTNULL
a IS TRUE AND b IS NOT FALSE
a IS UNKNOWN
a IS NOT UNKNOWN
a IS DISTINCT FROM b
a IS NOT DISTINCT FROM NULL
a <> ALL (ARRAY[1, 2])
a = ANY ('{1,2}'::int[])
a = SOME (ARRAY[1])
a IN (1, 2, 3)
a NOT IN ('x', 'y')
(a, b) IN (('x', 1), ('y', 2))
(a, b) = (1, 2)
ROW(a, b) IS NOT NULL
ROW(a, b) <> ROW(1, 2)
ROW()
ROW(t.*)
a BETWEEN 1 AND 2
a NOT BETWEEN SYMMETRIC 2 AND 1
a BETWEEN ASYMMETRIC 1 AND 2 AND b
name LIKE 'a%'
name NOT LIKE 'a\%' ESCAPE '\'
name ILIKE '%b%' ESCAPE ''
name NOT ILIKE 'x'
name SIMILAR TO '(a|b)%'
name NOT SIMILAR TO 'x' ESCAPE '!'
name ~ '^[a-z]+$'
name !~ 'x' AND name ~* 'y' AND name !~* 'z'
name ~~ 'a' OR name ~~* 'b' OR name !~~ 'c' OR name !~~* 'd'
name LIKE ANY (ARRAY['a', 'b'])
name ^@ 'prefix'
a::int
a::numeric(10,2)::text
'{}'::jsonb
'{}'::text[]
CAST(a AS double precision)
CAST(a AS timestamp(3) with time zone)
a::int[][]
a::pg_catalog.int4
a::character varying(10)
a::bit varying(3)
a::interval day to second(3)
int '5'
date '2026-01-01'
timestamp with time zone '2026-01-01 00:00:00+00'
timestamptz '2026-01-01'
interval '1 day'
interval '1' year
interval(3) '1.5 seconds'
interval '1-2' year to month
double precision '1.5'
numeric(3,1) '1.5'
bool 't'
point '(1,2)'
pg_catalog.date '2026-01-01'
now() - interval '30 days'
now() AT TIME ZONE 'UTC'
(created_at AT TIME ZONE 'UTC')::date
created_at AT TIME ZONE 'UTC' AT TIME ZONE 'CET'
extract(year FROM created_at)
extract('epoch' FROM now())
date_part('year', created_at)
date_trunc('day', created_at)
current_timestamp
current_timestamp(3)
current_date + 1
current_time
localtime(2)
localtimestamp
current_user
session_user = 'x'
current_schema
current_catalog
user
(created_at, interval '1 day') OVERLAPS (now(), now())
lower(name)
pg_catalog.lower(name)
"Lower"("Name")
lower(btrim(name))
coalesce(a, b, 0)
nullif(a, 0)
greatest(a, b)
least(1, 2, 3)
CASE WHEN a > 0 THEN 'x' ELSE 'y' END
CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END
CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END
substring(name FROM 1 FOR 2)
substring(name FROM '^a')
substring(name SIMILAR 'a#"b#"c' ESCAPE '#')
substring(name, 1, 2)
position('a' IN name)
overlay(name PLACING 'x' FROM 1 FOR 2)
trim(BOTH 'x' FROM name)
trim(LEADING FROM name)
trim(name)
trim(TRAILING 'x' FROM name)
trim('x' FROM name)
collation for (name)
name COLLATE "C"
name COLLATE pg_catalog."de-x-icu" < 'x'
lower(name COLLATE "C")
normalize(name)
normalize(name, NFC)
name IS NORMALIZED
name IS NOT NFKC NORMALIZED
data -> 'a'
data ->> 'a'
data #> '{a,b}'
data #>> '{a,b}'
data -> 'a' -> 0 ->> 'b'
data ? 'a'
data ?| ARRAY['a', 'b']
data ?& ARRAY['a']
data @> '{"a": 1}'
data <@ '{"a": 1}'::jsonb
data || '{"a": 1}'
data - 'a'
data #- '{a}'
data @? '$.a[*] ? (@ > 1)'
data @@ '$.a > 1'
data['a']['b']
jsonb_typeof(data) = 'object'
data IS JSON
data IS NOT JSON
data IS JSON OBJECT
data IS JSON ARRAY WITH UNIQUE KEYS
data IS JSON SCALAR
data IS JSON VALUE WITHOUT UNIQUE KEYS
json_object('a': 1, 'b': 2)
json_object('a' VALUE 1)
json_object('a': 1 ABSENT ON NULL WITH UNIQUE KEYS RETURNING jsonb)
json_object('{a,b}', '{1,2}')
json_array(1, 2 NULL ON NULL)
json_array(1, 'a' RETURNING jsonb)
json_array()
json_scalar(1)
json_serialize(data RETURNING text)
json('{"a":1}' WITH UNIQUE KEYS)
json_exists(data, '$.a')
json_exists(data, 'lax $.a' PASSING 1 AS x TRUE ON ERROR)
json_value(data, '$.a' RETURNING int DEFAULT 0 ON EMPTY ERROR ON ERROR)
json_query(data, '$.a' WITH WRAPPER)
json_query(data, '$.a' RETURNING text OMIT QUOTES NULL ON EMPTY)
tags[1]
tags[1:2]
tags[:2]
tags[1:]
tags[:]
(tags)[1][2]
(array_agg(a))[1]
ARRAY[1, 2, 3]
ARRAY[[1, 2], [3, 4]]
ARRAY[]::text[]
ARRAY(SELECT 1)
tags @> ARRAY['a']
tags && '{a}'
cardinality(tags) > 0
array_length(tags, 1) IS NULL
1 = ANY (tags)
during && tstzrange(now(), NULL)
tstzrange(a, b, '[)') -|- during
lower(during) IS NOT NULL
int4range(1, 5) @> 3
'{[1,2)}'::int4multirange
a OPERATOR(pg_catalog.+) b
a OPERATOR(pg_catalog.=) ANY (ARRAY[1])
OPERATOR(pg_catalog.-) a
a <-> b
a <#> b
a <=> b
name % 'x'
name <% 'x'
a @@ b
@ -5
|/ 25
||/ 27
~ 5
- 5
+ 5
a # b
a & b | c << 2 >> 1
a << inet '10.0.0.0/8'
a >>= b
!! 'a'::tsquery
a <<| b
a |>> b
a ~= b
a ?- b
a ?-| b
a ?|| b
a &< b
a *= b
to_tsvector('english', name) @@ to_tsquery('a & b')
setweight(to_tsvector('simple', coalesce(title, '')), 'A') || to_tsvector('simple', body)
'text'
'it''s'
E'a\nb\'c'
e'\u0061'
U&'d\0061t\+000061'
U&'d!0061' UESCAPE '!'
U&"d\0061ta"
B'0101'
X'1FF'
N'text'
b'01' & b'10'
$$text$$
$tag$a $$ b$tag$
'a'
1
1.5
.5
1.
1e10
1.5e-10
0x1F
0b101
0o17
1_000_000
TRUE
false
NULL
größe > 0
"größe""x" = 1
"select"
"Weird Name" IS NOT NULL
t.a
public.t.a
(t).a
(t.a).b
(row(1,2)).f1
(f(a)).*
t.*
NEW.a > OLD.b
NEW IS DISTINCT FROM OLD
NEW.* IS DISTINCT FROM OLD.*
OLD.status IS DISTINCT FROM NEW.status AND NEW.status = 'x'
VALUE ~ '@'
VALUE IS NOT NULL AND length(VALUE) < 10
f(a, b => 1)
f(a := 1)
f(VARIADIC ARRAY[1, 2])
f(DISTINCT a)
f(ALL a)
count(*)
count(DISTINCT a)
sum(a) FILTER (WHERE b > 0)
array_agg(a ORDER BY b DESC NULLS LAST, c)
string_agg(a, ',' ORDER BY a)
percentile_cont(0.5) WITHIN GROUP (ORDER BY a)
row_number() OVER (PARTITION BY a ORDER BY b)
sum(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES)
lag(a, 1) OVER w
count(*) FILTER (WHERE a) OVER (RANGE UNBOUNDED PRECEDING)
rank() OVER (ORDER BY a GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
json_agg(a ORDER BY b)
json_objectagg(a: b)
json_arrayagg(a ORDER BY b RETURNING jsonb)
grouping(a, b)
EXISTS (SELECT 1)
NOT EXISTS (SELECT 1 FROM t WHERE t.a = 1)
a IN (SELECT b FROM t)
a = ANY (SELECT b FROM t)
a > ALL (VALUES (1), (2))
(SELECT max(a) FROM t)
(SELECT a, b) = (1, 2)
(WITH x AS (SELECT 1) SELECT * FROM x)
(VALUES (1))
((((a))))
(a)
xmlelement(name foo, xmlattributes(a AS b), 'x')
xmlforest(a, b AS c)
xmlparse(CONTENT '<a/>')
xmlconcat(a, b)
xmlpi(name php, 'x')
xmlserialize(CONTENT a AS text)
xmlexists('//a' PASSING BY VALUE b)
a IS DOCUMENT
a IS NOT DOCUMENT
xmlroot(a, VERSION '1.0', STANDALONE YES)
treat(a AS int)
a /* comment */ > /* nested /* comment */ */ 0
a -- line comment
md5(random()::text)
gen_random_uuid()
nextval('public.seq'::regclass)
currval('a')
'public.t'::regclass::oid
a IN (1) AND b = ANY (c) OR d
NOT a = b
NOT NOT a
- - 1
a < b IS TRUE
a || b || c
(a || ' ' || b) COLLATE "C"
a->'b'->>'c' = 'd'
data->'a' IS NOT NULL
a::text || b::text
a::text COLLATE "C"
-a::int
a IS NOT NULL = b IS NOT NULL
(a IS NULL) = (b IS NULL)
num_nonnulls(a, b, c) = 1
state <> '{}'
type = 'x'
name = 'x' AND value > 0 AND key IS NULL
data = 'x'
date > '2026-01-01'
time < '10:00'
timestamp > now()
interval > '1 day'
text = 'a'
json IS NOT NULL
position > 0
year = 2026
day + month
status = 'active' AND level = 1 AND role = 'x' AND owner = 'y' AND action = 'z'
zone = 1 OR hour = 2 OR second = 3 OR version = 4
index > 0 AND comment <> '' AND label <> ''
order_ > 0
percent BETWEEN 0 AND 100
range @> 5
rows > 0 AND groups > 0 AND partition = 1 AND values_ > 0
at > now()
by = 1
no > 1 AND yes
start IS NOT NULL
first < last
keys > 0 AND names <> '' AND object = 1 AND path <> ''
source = 'x' AND target = 'y' AND matched
depth > 0 AND parent IS NULL
view = 1 AND trigger = 2 AND sequence = 3 AND function = 4 AND procedure = 5
current = 1 AND next = 2 AND prior = 3
session = 'x' AND transaction = 'y'
password <> '' AND encrypted
method IN ('GET', 'POST')
language = 'en' AND locale = 'x'
plans = 1 AND scroll = 2 AND search = 3 AND cache > 4 AND cycle
public = true
enabled = true AND valid AND visible
format_ = 'x' OR encoding = 'y' OR escape = 'z'
external = 1 AND extension = 2 AND final
isnull(a)
a.b.c
array_position(ARRAY['a','b'], x) IS NOT NULL
f(ROW(1, 2), ARRAY[1], '{}'::jsonb)
public.f(a) OPERATOR(public.@>) b
a <> ''::citext
upper(substr(name, 1, 1)) || substr(name, 2)
regexp_replace(name, '[^a-z]', '', 'g')
regexp_match(name, 'x') IS NULL
array_to_string(tags, ',')
make_interval(days => 3)
length(name) BETWEEN 1 AND 200
char_length(name) > 0
octet_length(data) < 1024
a % 2 = 0
a ^ 2
5 !~ 'x'
a <@ ANY (ARRAY[b])
((a)::text ~~ '%x'::text)
((status = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))
(price > (0)::numeric)
'2026-01-01'::date
(now() at time zone 'utc'::text)
timezone('utc'::text, now())
a = 'x'::public.my_enum
a = 'x'::"MyEnum"
(a).b.c
(a).b[1].c
merge_action()
a AT LOCAL
system_user
a IS JSON WITH UNIQUE
"U&" > 1
a/*c*//b
a = $1
a = 1::bit(4)::int
setof = 1
none = 1
varying = 1
inout = 1
out = 1
a COLLATE "C" LIKE 'x' COLLATE "C"
(SELECT count(*) FROM LATERAL (SELECT 1) x)
(SELECT a FROM t ORDER BY a USING > LIMIT 1 OFFSET 2)
(SELECT a FROM t FETCH FIRST ROW ONLY)
(SELECT a FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES)
(SELECT DISTINCT ON (a) b FROM t TABLESAMPLE system (1) FOR UPDATE SKIP LOCKED)
(SELECT a FROM t GROUP BY GROUPING SETS ((a), ROLLUP (b), CUBE (c)) HAVING count(*) > 1 WINDOW w AS (PARTITION BY a))
(SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT (SELECT 4))
(TABLE t)
(SELECT FROM t)
(SELECT a b, c AS "d e", f AS select FROM ONLY t AS x (y, z) NATURAL LEFT JOIN u CROSS JOIN v JOIN w USING (id) AS j)
(SELECT * FROM ROWS FROM (generate_series(1, 2), f(3) AS (a int)) WITH ORDINALITY)
(SELECT * FROM json_table(data, '$[*]' COLUMNS (id FOR ORDINALITY, a int PATH '$.a', NESTED PATH '$.b' COLUMNS (c text))) x)
(SELECT * FROM xmltable('/a' PASSING b COLUMNS c int PATH 'd'))
(WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p SELECT n FROM x)
(WITH x AS NOT MATERIALIZED (SELECT 1) SELECT 1 FROM x)
