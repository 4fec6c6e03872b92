-- nothing is made, and public is there
SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace;
--= 0
