-- the index of a lease has only rows that have one
SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_chores_until';
--= CREATE INDEX idx_chores_until ON public.chores USING btree (until) WHERE (until IS NOT NULL)

-- ready jobs are announced once a statement, and when they become ready
SELECT tgname, pg_get_triggerdef(oid) LIKE '%FOR EACH STATEMENT%' FROM pg_trigger
WHERE tgrelid = '"Other"."job of turns"'::regclass AND NOT tgisinternal ORDER BY 1;
--= trg_job of turns_queue_insert | t
--= trg_job of turns_queue_update | f
