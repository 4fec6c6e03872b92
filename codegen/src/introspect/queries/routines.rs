//! Functions, triggers and rules.

use super::{acl, comment, namespaces, own};

/// Functions, procedures and aggregates, told apart by their arguments.
pub(super) const FUNCTIONS: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', CASE f.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
  'schema', s.name, 'name', f.proname || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')',
  'owner', pg_catalog.pg_get_userbyid(f.proowner)::text, 'comment', d.description,
  'grants', ", acl!("f.proacl", "'f'", "f.proowner"), ",
  'definition', CASE WHEN f.prokind <> 'a' THEN pg_catalog.rtrim(pg_catalog.pg_get_functiondef(f.oid), E'\\n') ELSE pg_catalog.concat(
    'CREATE AGGREGATE ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(f.proname),
    '(', CASE WHEN g.aggkind = 'n' AND f.pronargs = 0 THEN '*' ELSE pg_catalog.pg_get_function_arguments(f.oid) END,
    E') (\\n    SFUNC = ', g.aggtransfn::pg_catalog.regproc, E',\\n    STYPE = ', pg_catalog.format_type(g.aggtranstype, NULL),
    CASE WHEN g.aggtransspace <> 0 THEN E',\\n    SSPACE = ' || g.aggtransspace END,
    E',\\n    FINALFUNC = ' || NULLIF(g.aggfinalfn::oid, 0)::pg_catalog.regproc,
    CASE WHEN g.aggfinalextra THEN E',\\n    FINALFUNC_EXTRA' END,
    CASE WHEN g.aggfinalfn::oid <> 0 AND g.aggfinalmodify <> CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::\"char\" THEN
      E',\\n    FINALFUNC_MODIFY = ' || CASE g.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
    E',\\n    COMBINEFUNC = ' || NULLIF(g.aggcombinefn::oid, 0)::pg_catalog.regproc,
    E',\\n    SERIALFUNC = ' || NULLIF(g.aggserialfn::oid, 0)::pg_catalog.regproc,
    E',\\n    DESERIALFUNC = ' || NULLIF(g.aggdeserialfn::oid, 0)::pg_catalog.regproc,
    E',\\n    INITCOND = ' || pg_catalog.quote_literal(g.agginitval),
    E',\\n    MSFUNC = ' || NULLIF(g.aggmtransfn::oid, 0)::pg_catalog.regproc,
    E',\\n    MINVFUNC = ' || NULLIF(g.aggminvtransfn::oid, 0)::pg_catalog.regproc,
    CASE WHEN g.aggmtranstype <> 0 THEN E',\\n    MSTYPE = ' || pg_catalog.format_type(g.aggmtranstype, NULL) END,
    CASE WHEN g.aggmtransspace <> 0 THEN E',\\n    MSSPACE = ' || g.aggmtransspace END,
    E',\\n    MFINALFUNC = ' || NULLIF(g.aggmfinalfn::oid, 0)::pg_catalog.regproc,
    CASE WHEN g.aggmfinalextra THEN E',\\n    MFINALFUNC_EXTRA' END,
    E',\\n    MINITCOND = ' || pg_catalog.quote_literal(g.aggminitval),
    (SELECT E',\\n    SORTOP = OPERATOR(' || pg_catalog.quote_ident(son.nspname) || '.' || so.oprname || ')'
     FROM pg_catalog.pg_operator AS so JOIN pg_catalog.pg_namespace AS son ON son.oid = so.oprnamespace WHERE so.oid = g.aggsortop),
    CASE WHEN g.aggkind = 'h' THEN E',\\n    HYPOTHETICAL' END,
    CASE f.proparallel WHEN 's' THEN E',\\n    PARALLEL = SAFE' WHEN 'r' THEN E',\\n    PARALLEL = RESTRICTED' END,
    E'\\n)'
  ) END,
  '_name', f.proname::text,
  '_arguments', pg_catalog.pg_get_function_identity_arguments(f.oid),
  '_language', l.lanname::text,
  '_source', f.prosrc,
  '_plain', f.proconfig IS NULL AND NOT f.prosecdef AND f.provolatile = 'v' AND NOT f.proisstrict AND NOT f.proleakproof
            AND f.procost = 100 AND f.proparallel = 'u' AND f.pronargs = 0,
  '_trigger', f.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
)::text
FROM ns AS s
JOIN pg_catalog.pg_proc AS f ON f.pronamespace = s.oid
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
LEFT JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = f.oid
", comment!("pg_proc", "f.oid"), "
WHERE ", own!("pg_proc", "f.oid"), "
  -- A range type brings its constructors.
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS i
    WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objid = f.oid AND i.deptype = 'i'
  )
ORDER BY f.oid"
);

/// Triggers, without those that PostgreSQL makes for foreign keys.
pub(super) const TRIGGERS: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'trigger', 'schema', s.name, 'on', c.relname::text, 'name', t.tgname::text,
  'definition', pg_catalog.pg_get_triggerdef(t.oid),
  'enabled', CASE t.tgenabled WHEN 'O' THEN 'yes' WHEN 'A' THEN 'always' WHEN 'R' THEN 'on replicas only' ELSE 'no' END,
  'comment', d.description,
  '_function_schema', fn.nspname::text, '_function', f.proname::text,
  '_type', t.tgtype,
  '_columns', (
    SELECT pg_catalog.jsonb_agg(a.attname::text ORDER BY u.place)
    FROM pg_catalog.unnest(t.tgattr::int2[]) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.tgrelid AND a.attnum = u.number
  ),
  '_arguments', CASE WHEN t.tgnargs > 0 THEN pg_catalog.encode(t.tgargs, 'hex') END,
  '_constraint', t.tgconstraint <> 0, '_deferrable', t.tgdeferrable, '_deferred', t.tginitdeferred,
  '_from', t.tgconstrrelid <> 0,
  '_when', t.tgqual IS NOT NULL,
  '_old_table', t.tgoldtable::text, '_new_table', t.tgnewtable::text,
  '_parent', t.tgparentid <> 0
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
  -- On 14 the triggers that a partition has of its table count as internal, as those of foreign keys do everywhere.
  AND (NOT t.tgisinternal OR t.tgparentid <> 0 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint AS k WHERE k.oid = t.tgconstraint AND k.contype <> 't'))
JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.pronamespace
", comment!("pg_trigger", "t.oid"), "
WHERE ", own!("pg_class", "c.oid"), " AND ", own!("pg_trigger", "t.oid"), "
ORDER BY c.oid, t.oid"
);

/// Rules, without those that views are made of.
pub(super) const RULES: &str = concat!(
    "WITH ", namespaces!(), "
SELECT pg_catalog.jsonb_build_object(
  'kind', 'rule', 'schema', s.name, 'on', c.relname::text, 'name', r.rulename::text,
  'definition', pg_catalog.pg_get_ruledef(r.oid),
  'enabled', CASE r.ev_enabled WHEN 'O' THEN 'yes' WHEN 'A' THEN 'always' WHEN 'R' THEN 'on replicas only' ELSE 'no' END,
  'comment', d.description
)::text
FROM ns AS s
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid
JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
", comment!("pg_rewrite", "r.oid"), "
WHERE ", own!("pg_class", "c.oid"), "
ORDER BY c.oid, r.oid"
);
