-- labels keep their order and every character
SELECT enumlabel FROM pg_enum WHERE enumtypid = 'status_of_job'::regtype ORDER BY enumsortorder;
--= it's "quoted"
--= back\slash
--= with space
--= 1st
--= Grün
--= $$
--= ;--

SELECT obj_description('mood'::regtype);
--= How somebody feels.

INSERT INTO persons DEFAULT VALUES RETURNING mood, moods, status;
--= ok | {sad,happy} | it's "quoted"

INSERT INTO persons (mood) VALUES ('angry');
--! 22P02
