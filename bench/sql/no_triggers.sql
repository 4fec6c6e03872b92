-- The schema without any trigger: what everything else is measured against.
DO $$
DECLARE
    trigger record;
BEGIN
    FOR trigger IN
        SELECT t.tgname AS name, t.tgrelid::regclass AS on_table FROM pg_trigger AS t WHERE NOT t.tgisinternal
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', trigger.name, trigger.on_table);
    END LOOP;
END
$$;
