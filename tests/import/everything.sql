-- A database that has what databases have: names that need quotes, several schemas, and what no language has words for.
CREATE SCHEMA "Sales Dept";
CREATE SCHEMA audit;
CREATE SCHEMA empty;
CREATE SCHEMA extensions;
COMMENT ON SCHEMA audit IS 'Who did what.';
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE EXTENSION citext WITH SCHEMA extensions;

CREATE TYPE tier AS ENUM ('free', 'it''s "pro"', '');
COMMENT ON TYPE tier IS 'What was paid for.';
CREATE TYPE "Sales Dept"."Odd Type" AS ENUM ('a');
CREATE DOMAIN email AS extensions.citext CONSTRAINT has_at CHECK (VALUE ~ '@') CHECK (VALUE <> '');
CREATE DOMAIN "Sales Dept".email AS text COLLATE "C" NOT NULL DEFAULT 'x@y';
CREATE DOMAIN tiers AS tier[];
CREATE TYPE point3 AS (x double precision, "Y" numeric(10, 2), t tier);
COMMENT ON COLUMN point3."Y" IS 'Up.';
CREATE TYPE labelled AS (label text COLLATE "C");
CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);

CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1) $$;
CREATE FUNCTION slug(text, integer DEFAULT 3) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left(lower($1), $2) $$;
COMMENT ON FUNCTION slug(text, integer) IS 'It''s short.';
CREATE FUNCTION "Sales Dept"."Odd Function"(OUT a integer, INOUT "B b" text) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $body$ BEGIN a := 1; /* $$ */ END $body$;
CREATE PROCEDURE tidy() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
REVOKE EXECUTE ON FUNCTION slug(text) FROM PUBLIC;
CREATE FUNCTION add_up(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE AGGREGATE total(integer) (SFUNC = add_up, STYPE = bigint, INITCOND = '0');
CREATE FUNCTION is_above(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > $2';
CREATE OPERATOR public.>>> (FUNCTION = is_above, LEFTARG = integer, RIGHTARG = integer);
CREATE CAST (tier AS integer) WITH INOUT;
CREATE COLLATION german (provider = icu, locale = 'de-u-ks-level2', deterministic = false);
CREATE TEXT SEARCH CONFIGURATION plain (PARSER = pg_catalog.default);
ALTER TEXT SEARCH CONFIGURATION plain ADD MAPPING FOR word, asciiword WITH simple;

CREATE SEQUENCE odd_numbers AS integer INCREMENT 2 MINVALUE 3 MAXVALUE 99 START 5 CACHE 10 CYCLE;
CREATE SEQUENCE "Sales Dept"."Odd Numbers";
COMMENT ON SEQUENCE odd_numbers IS 'Odd.';

CREATE TABLE users (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    email email NOT NULL UNIQUE,
    tier tier DEFAULT 'free' NOT NULL,
    tiers tier[] DEFAULT '{}' NOT NULL,
    age integer CHECK (age >= 0),
    size bigint DEFAULT -1 CHECK (size <> 0 OR age IS NULL),
    price numeric(10, 2) DEFAULT 0.00 NOT NULL,
    ratio double precision DEFAULT 0.5,
    name character varying(80) DEFAULT 'it''s' NOT NULL,
    code character(3) DEFAULT 'abc',
    flags bit(3) DEFAULT B'101',
    state jsonb DEFAULT '{}' NOT NULL,
    at timestamp(3) without time zone DEFAULT now(),
    span interval day to second(3),
    floats floats,
    place point3,
    net inet,
    slug text GENERATED ALWAYS AS (lower((name)::text)) STORED,
    sorted text COLLATE german,
    "select" integer,
    updated_at timestamptz DEFAULT now() NOT NULL,
    order_count integer DEFAULT 0 NOT NULL,
    total bigint DEFAULT 0 NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE users IS E'People.\nTwo lines, "quoted" \\ and ''so''.';
COMMENT ON COLUMN users.email IS 'Unique.';
COMMENT ON CONSTRAINT users_age_check ON users IS 'Nobody is younger.';
ALTER TABLE users ALTER COLUMN name SET STORAGE EXTERNAL, ALTER COLUMN age SET STATISTICS 500, ALTER COLUMN age SET (n_distinct = 50);
CREATE INDEX ON users (lower(name::text) text_pattern_ops, age DESC NULLS LAST) INCLUDE (tier) WHERE age > 3;
CREATE INDEX users_name_trgm ON users USING gin (name gin_trgm_ops);
CREATE UNIQUE INDEX ux_users_slug ON users (slug) WITH (fillfactor = 50);
COMMENT ON INDEX ux_users_slug IS 'One each.';
CREATE STATISTICS users_st (ndistinct, dependencies) ON age, size FROM users;
ALTER TABLE users CLUSTER ON ux_users_slug;
ALTER TABLE users REPLICA IDENTITY USING INDEX users_pkey;

CREATE TABLE "Sales Dept"."Order Lines" (
    "Id" integer GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5) PRIMARY KEY,
    "user" uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    seller uuid REFERENCES users ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    amount integer DEFAULT 0 NOT NULL,
    number bigint DEFAULT nextval('"Sales Dept"."Odd Numbers"'),
    odd bigint DEFAULT nextval('odd_numbers'::regclass) NOT NULL,
    status "Sales Dept"."Odd Type",
    mail "Sales Dept".email,
    small smallserial,
    UNIQUE ("user", amount) DEFERRABLE
);
ALTER SEQUENCE "Sales Dept"."Odd Numbers" OWNED BY "Sales Dept"."Order Lines".number;
COMMENT ON COLUMN "Sales Dept"."Order Lines"."user" IS 'Who.';

CREATE TABLE tags (a integer, b integer, c text, PRIMARY KEY (b, a));
CREATE TABLE tagged (id bigserial PRIMARY KEY, a integer, b integer, x integer,
    CONSTRAINT to_tags FOREIGN KEY (b, a) REFERENCES tags MATCH FULL ON UPDATE CASCADE,
    CONSTRAINT to_tags_too FOREIGN KEY (a, b) REFERENCES tags (b, a) ON DELETE SET NULL);
ALTER TABLE tagged ADD CONSTRAINT fresh CHECK (x > 0) NOT VALID;
ALTER TABLE tagged ADD CONSTRAINT no_parent CHECK (x < 1000) NO INHERIT;
CREATE TABLE bare_key (id uuid PRIMARY KEY, self uuid);
ALTER TABLE bare_key ADD FOREIGN KEY (self) REFERENCES bare_key NOT VALID;
CREATE TABLE keyless (n integer);
CREATE UNLOGGED TABLE audit.users (id bigint PRIMARY KEY, what text);
CREATE TABLE no_columns ();
CREATE TABLE "type" ("Type" text, type text, "self" integer, "ctid_" integer);
CREATE TABLE rooms (id integer PRIMARY KEY, room integer, during tstzrange,
    CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0));

CREATE TABLE base (id integer NOT NULL, noted text DEFAULT 'base', CHECK (id > 0));
CREATE TABLE derived (more text DEFAULT 'more') INHERITS (base);
ALTER TABLE derived ALTER COLUMN noted SET DEFAULT 'derived';
CREATE TABLE derived_twice (last text) INHERITS (derived);
ALTER TABLE derived_twice ALTER COLUMN more SET NOT NULL, ALTER COLUMN more DROP DEFAULT;

CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind text, PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
CREATE TABLE audit.events_old PARTITION OF events DEFAULT WITH (fillfactor = 80);
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2028-01-01 00:00:00+00') PARTITION BY LIST (kind);
CREATE TABLE events_2027_a PARTITION OF events_2027 FOR VALUES IN ('a', 'it''s');
CREATE INDEX idx_events_kind ON events (kind);
CREATE INDEX only_here ON events_2026 (at DESC);
CREATE TABLE hashed (id integer NOT NULL, "Key" text NOT NULL) PARTITION BY HASH (lower("Key"), id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (modulus 2, remainder 1);

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', TG_ARGV[0]; RETURN NULL; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER "Odd ""Trigger""" AFTER INSERT OR UPDATE OF name, age ON users FOR EACH ROW WHEN (NEW.age > 3 AND NEW.name <> 'a''b')
    EXECUTE FUNCTION noted('it''s', 'b"c', '');
CREATE TRIGGER many AFTER DELETE ON users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION noted();
CREATE TRIGGER touch AFTER TRUNCATE ON tags EXECUTE FUNCTION noted();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON tags DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION noted();
ALTER TABLE tags DISABLE TRIGGER late;
COMMENT ON TRIGGER touch ON users IS 'Touched.';
CREATE TRIGGER of_events BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER of_partition BEFORE INSERT ON events_2026 FOR EACH ROW EXECUTE FUNCTION noted();

CREATE VIEW grown WITH (security_barrier = true) AS SELECT id, name, age FROM users WHERE age > 17 WITH LOCAL CHECK OPTION;
COMMENT ON VIEW grown IS 'Adults.';
COMMENT ON COLUMN grown.age IS 'Years.';
CREATE VIEW "Sales Dept".grown AS SELECT g.*, slug(g.name::text, 5) AS "Slug" FROM grown AS g;
ALTER VIEW grown ALTER COLUMN age SET DEFAULT 18;
CREATE FUNCTION insert_grown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER instead INSTEAD OF INSERT ON "Sales Dept".grown FOR EACH ROW EXECUTE FUNCTION insert_grown();
CREATE MATERIALIZED VIEW counted AS SELECT tier, count(*) AS n FROM users GROUP BY tier;
CREATE UNIQUE INDEX counted_tier ON counted (tier);
CREATE RULE never AS ON DELETE TO tags WHERE old.a = 1 DO INSTEAD NOTHING;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users FOR UPDATE TO pgwright_import_a USING (name = CURRENT_USER) WITH CHECK (age IS NOT NULL);
CREATE POLICY "Odd policy" ON users AS RESTRICTIVE USING (true);
ALTER TABLE tags FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON users TO pgwright_import_a;
GRANT ALL ON tags TO "pgwright import b";
GRANT UPDATE (name, age) ON users TO "pgwright import b";
GRANT SELECT ON "Sales Dept"."Order Lines" TO pgwright_import_a WITH GRANT OPTION;
GRANT SELECT, INSERT ON tagged TO "pgwright import b";
GRANT USAGE ON SEQUENCE tagged_id_seq TO "pgwright import b";
GRANT USAGE ON SCHEMA audit TO pgwright_import_a;
GRANT SELECT ON audit.users TO pgwright_import_a;
GRANT SELECT ON grown TO PUBLIC;
REVOKE USAGE ON TYPE tier FROM PUBLIC;
ALTER TABLE keyless OWNER TO pgwright_import_a;
ALTER FUNCTION slug(text) OWNER TO pgwright_import_a;
CREATE PUBLICATION changes FOR TABLE users, tags WITH (publish = 'insert, update');
