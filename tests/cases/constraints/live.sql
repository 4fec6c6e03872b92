SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = 'accounts'::regclass AND contype <> 'n' ORDER BY conname;
--= accounts_pkey | PRIMARY KEY (id)
--= ck_accounts_2 | CHECK ((name <> ''::text))
--= ck_accounts_highest | CHECK (((highest >= 0) AND (highest <= 100)))
--= ck_accounts_lowest | CHECK ((lowest >= 0))
--= ck_accounts_range | CHECK ((lowest <= highest))
--= ux_accounts_code | UNIQUE (code) INCLUDE (name) DEFERRABLE INITIALLY DEFERRED
--= ux_accounts_email | UNIQUE (email)
--= ux_accounts_owner | UNIQUE (owner, name)
--= ux_accounts_position | UNIQUE ("position") DEFERRABLE

SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'memberships'::regclass AND contype = 'p';
--= PRIMARY KEY (account_id, person)

SELECT count(*) FROM pg_constraint WHERE conrelid = 'logs'::regclass AND contype = 'p';
--= 0

-- comments come from the docs, every character of them
SELECT obj_description('accounts'::regclass), col_description('accounts'::regclass, 2);
--= Accounts.\nWith a second line, a 'quote', a \ and $$. | Who it's for: "*/" -- and $1

SELECT col_description('accounts'::regclass, 8);
--= Deprecated: use code

INSERT INTO accounts (id, owner, name, lowest, highest) VALUES (1, 'a', 'b', 2, 1);
--! 23514 ck_accounts_range
