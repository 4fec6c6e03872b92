SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = '"pub""lic; --"'::regnamespace AND c.relkind = 'r' ORDER BY 1;
--= a.b
--= table

SET search_path = "pub""lic; --";
INSERT INTO "table" (self, "user", "order") VALUES (1, 'u', 'o') RETURNING "match", "Ünïcode";
--= '); DROP TABLE "table"; -- | '

SELECT obj_description('"pub""lic; --"."table"'::regclass);
--= */ $$ ' " \ ; -- ${x} {y}

SELECT "pub""lic; --"."a.b_purge"();
--= 0
