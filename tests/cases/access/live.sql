SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'documents';
--= t | t

SELECT polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy ORDER BY polname;
--= add | a | ∅ | (tenant_id = tenant.current_tenant())
--= all of them | * | true | true
--= own | r | (tenant_id = tenant.current_tenant()) | ∅

-- the role sees the schema, uses the sequence of the serial column, and sees its own rows alone
SET ROLE pgwright_case_app;
SET search_path = tenant;
SET app.tenant = '1';
INSERT INTO documents (tenant_id) VALUES (1) RETURNING number, kind;
--= 1 | a

INSERT INTO documents (tenant_id) VALUES (2);
--! 42501

SET ROLE "pgwright case report";
SELECT count(*) FROM documents;
--= 0

DELETE FROM documents;
--! 42501
