INSERT INTO app.persons VALUES ('Ann', true, now() - interval '2 days'), ('Bob', false, NULL);
INSERT INTO app.places VALUES ('a.b', 'a', 'ann'), ('a.b', 'b', 'BOB');
INSERT INTO app.rooms VALUES (1, 'a.b', 'a'), (2, 'a.b', 'b');
SET search_path = '';
SELECT app.persons_purge();
--= 1

SELECT (SELECT count(*) FROM app.persons), (SELECT count(*) FROM app.places), (SELECT string_agg(id::text, ' ') FROM app.rooms);
--= 1 | 1 | 2
