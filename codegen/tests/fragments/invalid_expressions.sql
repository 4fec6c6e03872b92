> 0); DROP TABLE users; --
size + * 2
size >
> 0
(size > 0
size > 0)
size > 0) OR (true
tags[1
tags]1[
(a]
'abc
"abc
$$abc
/* abc
a > 0 --
a > 0; DROP TABLE x
a > 0;
a, b
a AS b
a b
SELECT 1
a FROM t
a > 0 ORDER BY a
1 +
AND a
a AND
a OR OR b
a = = b
NOT
CASE WHEN a THEN b
CASE END
a IN ()
a BETWEEN 1
f(a,)
f(,a)
f(a b)
a IS
a IS NOT
a IS NOT SOMETHING
a::
::int
a..b
a.
.a
coalesce()
CAST(a int)
CAST(a AS)
ARRAY[1,
extract(year, a)
a LIKE
EXISTS a
*
a *
() 
DROP TABLE x
a; 
a > 0 /* x
'a' b
1 2
a > 0 LIMIT 1
a UNION SELECT 1
a INTO b
a WHERE b
ROW(
a[]
a NOT 1
a COLLATE
a AT TIME 'UTC'
a > ALL
from > 1
select
table = 1
end
a = end
order > 0
group = 'x'
user = 1 1
desc > 1
limit < 3
to <> ''
where = 1
