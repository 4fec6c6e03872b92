-- Roles belong to the server, not to a database: made once, and left.
DO $$
BEGIN
    CREATE ROLE pgwright_case_app;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
    CREATE ROLE "pgwright case report";
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
GRANT pgwright_case_app, "pgwright case report" TO pgwright_owner;
