INSERT INTO pages (id, slug) VALUES (1, '');
--! 23514 ck_pages_slug

INSERT INTO pages (id, slug) VALUES (1, 'ABC'), (2, 'Longer');
SELECT * FROM long_pages;
--= 2 | Longer

SELECT title FROM visible_pages ORDER BY id;
--= ABC
--= Longer

REFRESH MATERIALIZED VIEW counts;
SELECT * FROM counts;
--= nobody | 2 | Longer

SELECT slug FROM pages_of('nobody') ORDER BY id;
--= ABC
--= Longer

SELECT public.twice(4), public.twice('ab');
--= 8 | abab

SELECT p.oid::regprocedure, obj_description(p.oid) FROM pg_proc AS p
 WHERE pronamespace = 'public'::regnamespace AND obj_description(p.oid) IS NOT NULL ORDER BY p.proname, 1::text;
--= is_slug(text) | Whether a text can be a slug.
--= longest(text) | The longest text.
--= title(pages) | A page's title.
--= twice(integer) | Twice a number.
--= twice(text) | Twice a text.

SELECT obj_description('counts'::regclass), obj_description('long_pages'::regclass);
--= How many pages each owner has. | Pages with long names, of the view that is written after it.
