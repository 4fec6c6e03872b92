SELECT c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('public', 'audit') AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relname;
--= active_users | v | p | f | f | ∅
--= bases | r | p | f | f | ∅
--= bookings | r | u | t | t | {fillfactor=70}
--= measurements | p | p | f | f | ∅
--= others | r | p | f | f | ∅
--= user_domains | m | p | f | f | ∅
--= users | r | p | f | f | ∅
--= x_2026 | r | p | f | f | ∅

SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = 'audit.bookings'::regclass AND contype <> 'n' ORDER BY conname;
--= fk_bookings_e | FOREIGN KEY (e) REFERENCES users(id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID
--= fk_bookings_g | FOREIGN KEY (g) REFERENCES others(code)
--= no_overlap | EXCLUDE USING gist (room WITH =, during WITH &&)
--= ux_bookings_a_b | UNIQUE (a, b) DEFERRABLE

SELECT grantee, privilege_type FROM information_schema.table_privileges
 WHERE table_name = 'bookings' AND grantee <> 'pgwright_owner' ORDER BY 1, 2;
--= pgwright case report | SELECT
--= pgwright_case_app | INSERT
--= pgwright_case_app | SELECT

SELECT polname, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy;
--= own | {pgwright_case_app} | (user_id = current_user_id()) | (user_id IS NOT NULL)

SET ROLE pgwright_case_app;
SET app.user_id = '00000000-0000-0000-0000-000000000001';
INSERT INTO audit.bookings (room, during, user_id, name, c, d, f)
VALUES (1, '[2026-01-01, 2026-01-02)', '00000000-0000-0000-0000-000000000001', 'n', 'c', 'D', 'a@b')
RETURNING a, b, d = 'd';
--= 1 | 1 | t

INSERT INTO audit.bookings (room, during, user_id, name, c, d, f)
VALUES (1, '[2026-01-01, 2026-01-02)', '00000000-0000-0000-0000-000000000001', 'n', 'c', 'D', 'a@b');
--! 23P01 no_overlap

RESET ROLE;
SELECT count(*) FROM pg_rules WHERE rulename = 'never';
--= 1
