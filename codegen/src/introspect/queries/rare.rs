//! Objects that few databases have.

use super::{acl, namespaces, own};

/// What has no query of its own. `definition` is NULL where no statement of SQL could say it, or none that belongs into a spec.
pub(super) const OTHERS: &str = concat!(
    "WITH ", namespaces!(), ",
members AS (
  SELECT o.amopfamily AS family, d.refobjid AS class,
    pg_catalog.concat('OPERATOR ', o.amopstrategy, ' ', o.amopopr::pg_catalog.regoperator,
      (SELECT ' FOR ORDER BY ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(f.opfname)
       FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace WHERE f.oid = o.amopsortfamily)) AS item
  FROM pg_catalog.pg_amop AS o
  LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass AND d.objid = o.oid
    AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
  UNION ALL
  SELECT p.amprocfamily, d.refobjid,
    pg_catalog.concat('FUNCTION ', p.amprocnum, ' (', pg_catalog.format_type(p.amproclefttype, NULL), ', ', pg_catalog.format_type(p.amprocrighttype, NULL), ') ',
      p.amproc::pg_catalog.regprocedure)
  FROM pg_catalog.pg_amproc AS p
  LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass AND d.objid = p.oid
    AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
)
SELECT pg_catalog.jsonb_build_object(
  'kind', o.kind, 'schema', o.schema, 'name', o.name, 'definition', o.definition, 'comment', o.comment, 'detail', o.detail,
  'owner', pg_catalog.pg_get_userbyid(o.owner)::text, 'grants', ", acl!("o.acl", "o.class", "o.owner"), ",
  '_brought', o.brought)::text
FROM (
  SELECT 'event trigger' AS kind, NULL::text AS schema, e.evtname::text AS name,
    pg_catalog.concat('CREATE EVENT TRIGGER ', pg_catalog.quote_ident(e.evtname), ' ON ', e.evtevent,
      (SELECT E'\\n    WHEN TAG IN (' || pg_catalog.string_agg(pg_catalog.quote_literal(t.tag), ', ' ORDER BY t.tag) || ')' FROM pg_catalog.unnest(e.evttags) AS t (tag)),
      E'\\n    EXECUTE FUNCTION ', e.evtfoid::pg_catalog.regproc, '()',
      CASE e.evtenabled WHEN 'D' THEN ';' || E'\\nALTER EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' DISABLE'
        WHEN 'A' THEN ';' || E'\\nALTER EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' ENABLE ALWAYS'
        WHEN 'R' THEN ';' || E'\\nALTER EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' ENABLE REPLICA' END) AS definition,
    pg_catalog.obj_description(e.oid, 'pg_event_trigger') AS comment, NULL::jsonb AS detail,
    e.evtowner AS owner, NULL::pg_catalog.aclitem[] AS acl, NULL::\"char\" AS class, false AS brought
  FROM pg_catalog.pg_event_trigger AS e WHERE ", own!("pg_event_trigger", "e.oid"), "
  UNION ALL
  SELECT 'collation', s.name, c.collname::text, NULL, pg_catalog.obj_description(c.oid, 'pg_collation'), pg_catalog.to_jsonb(c) - 'oid' - 'collnamespace' - 'collowner' - 'collversion' - 'collencoding',
    c.collowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_collation AS c ON c.collnamespace = s.oid WHERE ", own!("pg_collation", "c.oid"), "
  UNION ALL
  SELECT 'cast', NULL, pg_catalog.format_type(c.castsource, NULL) || ' as ' || pg_catalog.format_type(c.casttarget, NULL),
    pg_catalog.concat('CREATE CAST (', pg_catalog.format_type(c.castsource, NULL), ' AS ', pg_catalog.format_type(c.casttarget, NULL), ') ',
      CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::pg_catalog.regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
      CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END),
    pg_catalog.obj_description(c.oid, 'pg_cast'), NULL, NULL, NULL, NULL, false
  FROM pg_catalog.pg_cast AS c WHERE c.oid >= 16384 AND ", own!("pg_cast", "c.oid"), "
    -- A range type brings its own.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS i
      WHERE i.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND i.objid = c.oid AND i.deptype = 'i')
  UNION ALL
  SELECT 'operator', s.name, o.oid::pg_catalog.regoperator::text,
    pg_catalog.concat('CREATE OPERATOR ', pg_catalog.quote_ident(s.name), '.', o.oprname, E' (\\n    FUNCTION = ', o.oprcode::pg_catalog.regproc,
      E',\\n    LEFTARG = ' || pg_catalog.format_type(NULLIF(o.oprleft, 0), NULL), E',\\n    RIGHTARG = ' || pg_catalog.format_type(NULLIF(o.oprright, 0), NULL),
      (SELECT E',\\n    COMMUTATOR = OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || c.oprname || ')' FROM pg_catalog.pg_operator AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.oprnamespace WHERE c.oid = o.oprcom),
      (SELECT E',\\n    NEGATOR = OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || c.oprname || ')' FROM pg_catalog.pg_operator AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
      E',\\n    RESTRICT = ' || NULLIF(o.oprrest::oid, 0)::pg_catalog.regproc, E',\\n    JOIN = ' || NULLIF(o.oprjoin::oid, 0)::pg_catalog.regproc,
      CASE WHEN o.oprcanmerge THEN E',\\n    MERGES' END, CASE WHEN o.oprcanhash THEN E',\\n    HASHES' END, E'\\n)'),
    pg_catalog.obj_description(o.oid, 'pg_operator'), NULL, o.oprowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_operator AS o ON o.oprnamespace = s.oid WHERE ", own!("pg_operator", "o.oid"), "
  UNION ALL
  -- A family first: a class that names none would make one of its own name.
  SELECT 'operator family', s.name, f.opfname::text || ' using ' || am.amname,
    pg_catalog.concat('CREATE OPERATOR FAMILY ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(f.opfname), ' USING ', pg_catalog.quote_ident(am.amname),
      (SELECT E';\nALTER OPERATOR FAMILY ' || pg_catalog.quote_ident(s.name) || '.' || pg_catalog.quote_ident(f.opfname) || ' USING ' || pg_catalog.quote_ident(am.amname)
          || E' ADD\n    ' || pg_catalog.string_agg(m.item, E',\n    ' ORDER BY m.item)
       FROM members AS m WHERE m.family = f.oid AND m.class IS NULL)),
    pg_catalog.obj_description(f.oid, 'pg_opfamily'), NULL, f.opfowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_opfamily AS f ON f.opfnamespace = s.oid JOIN pg_catalog.pg_am AS am ON am.oid = f.opfmethod WHERE ", own!("pg_opfamily", "f.oid"), "
  UNION ALL
  SELECT 'operator class', s.name, c.opcname::text || ' using ' || am.amname,
    pg_catalog.concat('CREATE OPERATOR CLASS ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(c.opcname), CASE WHEN c.opcdefault THEN ' DEFAULT' END,
      ' FOR TYPE ', pg_catalog.format_type(c.opcintype, NULL), ' USING ', pg_catalog.quote_ident(am.amname),
      ' FAMILY ', pg_catalog.quote_ident(fn.nspname), '.', pg_catalog.quote_ident(f.opfname), E' AS\n    ',
      pg_catalog.concat_ws(E',\n    ',
        (SELECT pg_catalog.string_agg(m.item, E',\n    ' ORDER BY m.item) FROM members AS m WHERE m.class = c.oid),
        'STORAGE ' || pg_catalog.format_type(NULLIF(c.opckeytype, 0), NULL))),
    pg_catalog.obj_description(c.oid, 'pg_opclass'), NULL, c.opcowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_opclass AS c ON c.opcnamespace = s.oid JOIN pg_catalog.pg_am AS am ON am.oid = c.opcmethod
  JOIN pg_catalog.pg_opfamily AS f ON f.oid = c.opcfamily JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace WHERE ", own!("pg_opclass", "c.oid"), "
  UNION ALL
  SELECT 'conversion', s.name, c.conname::text,
    pg_catalog.concat('CREATE ', CASE WHEN c.condefault THEN 'DEFAULT ' END, 'CONVERSION ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(c.conname),
      ' FOR ', pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding)), ' TO ', pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)),
      ' FROM ', c.conproc::pg_catalog.regproc),
    pg_catalog.obj_description(c.oid, 'pg_conversion'), NULL, c.conowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_conversion AS c ON c.connamespace = s.oid WHERE ", own!("pg_conversion", "c.oid"), "
  UNION ALL
  SELECT 'text search dictionary', s.name, c.dictname::text,
    pg_catalog.concat('CREATE TEXT SEARCH DICTIONARY ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(c.dictname), ' (TEMPLATE = ',
      pg_catalog.quote_ident(tn.nspname), '.', pg_catalog.quote_ident(t.tmplname), ', ' || c.dictinitoption, ')'),
    pg_catalog.obj_description(c.oid, 'pg_ts_dict'), NULL, c.dictowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_ts_dict AS c ON c.dictnamespace = s.oid JOIN pg_catalog.pg_ts_template AS t ON t.oid = c.dicttemplate
  JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace WHERE ", own!("pg_ts_dict", "c.oid"), "
  UNION ALL
  SELECT 'text search configuration', s.name, c.cfgname::text,
    pg_catalog.concat('CREATE TEXT SEARCH CONFIGURATION ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(c.cfgname),
      ' (PARSER = ', pg_catalog.quote_ident(pn.nspname), '.', pg_catalog.quote_ident(p.prsname), ')',
      (SELECT pg_catalog.string_agg(E';\\nALTER TEXT SEARCH CONFIGURATION ' || pg_catalog.quote_ident(s.name) || '.' || pg_catalog.quote_ident(c.cfgname)
          || ' ADD MAPPING FOR ' || m.alias || ' WITH ' || m.dictionaries, '' ORDER BY m.alias)
       FROM (SELECT k.alias, pg_catalog.string_agg(d.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY d.mapseqno) AS dictionaries
             FROM pg_catalog.pg_ts_config_map AS d JOIN pg_catalog.ts_token_type(p.oid) AS k ON k.tokid = d.maptokentype
             WHERE d.mapcfg = c.oid GROUP BY k.alias) AS m)),
    pg_catalog.obj_description(c.oid, 'pg_ts_config'), NULL, c.cfgowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_ts_config AS c ON c.cfgnamespace = s.oid JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
  JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace WHERE ", own!("pg_ts_config", "c.oid"), "
  UNION ALL
  SELECT 'text search parser', s.name, c.prsname::text,
    pg_catalog.concat('CREATE TEXT SEARCH PARSER ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(c.prsname),
      ' (START = ', c.prsstart, ', GETTOKEN = ', c.prstoken, ', END = ', c.prsend, ', LEXTYPES = ', c.prslextype,
      ', HEADLINE = ' || NULLIF(c.prsheadline::oid, 0)::pg_catalog.regproc, ')'),
    pg_catalog.obj_description(c.oid, 'pg_ts_parser'), NULL, NULL, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_ts_parser AS c ON c.prsnamespace = s.oid WHERE ", own!("pg_ts_parser", "c.oid"), "
  UNION ALL
  SELECT 'text search template', s.name, c.tmplname::text,
    pg_catalog.concat('CREATE TEXT SEARCH TEMPLATE ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(c.tmplname),
      ' (', 'INIT = ' || NULLIF(c.tmplinit::oid, 0)::pg_catalog.regproc || ', ', 'LEXIZE = ', c.tmpllexize, ')'),
    pg_catalog.obj_description(c.oid, 'pg_ts_template'), NULL, NULL, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_ts_template AS c ON c.tmplnamespace = s.oid WHERE ", own!("pg_ts_template", "c.oid"), "
  UNION ALL
  SELECT 'language', NULL, l.lanname::text,
    pg_catalog.concat('CREATE ', CASE WHEN l.lanpltrusted THEN 'TRUSTED ' END, 'LANGUAGE ', pg_catalog.quote_ident(l.lanname), ' HANDLER ', l.lanplcallfoid::pg_catalog.regproc,
      ' INLINE ' || NULLIF(l.laninline, 0)::pg_catalog.regproc, ' VALIDATOR ' || NULLIF(l.lanvalidator, 0)::pg_catalog.regproc),
    pg_catalog.obj_description(l.oid, 'pg_language'), NULL, l.lanowner, l.lanacl, 'l', false
  FROM pg_catalog.pg_language AS l WHERE l.oid >= 16384 AND ", own!("pg_language", "l.oid"), "
  UNION ALL
  -- One that the server or an extension brings is told of for the rights that somebody changed.
  SELECT 'language', NULL, l.lanname::text, NULL, NULL, NULL, l.lanowner, l.lanacl, 'l', true
  FROM pg_catalog.pg_language AS l WHERE l.lanacl IS NOT NULL AND l.lanispl AND NOT (l.oid >= 16384 AND ", own!("pg_language", "l.oid"), ")
  UNION ALL
  SELECT 'access method', NULL, a.amname::text,
    pg_catalog.concat('CREATE ACCESS METHOD ', pg_catalog.quote_ident(a.amname), ' TYPE ', CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, ' HANDLER ', a.amhandler),
    pg_catalog.obj_description(a.oid, 'pg_am'), NULL, NULL, NULL, NULL, false
  FROM pg_catalog.pg_am AS a WHERE a.oid >= 16384 AND ", own!("pg_am", "a.oid"), "
  UNION ALL
  SELECT 'transform', NULL, pg_catalog.format_type(t.trftype, NULL) || ' for ' || l.lanname,
    pg_catalog.concat('CREATE TRANSFORM FOR ', pg_catalog.format_type(t.trftype, NULL), ' LANGUAGE ', pg_catalog.quote_ident(l.lanname), ' (',
      pg_catalog.concat_ws(', ', 'FROM SQL WITH FUNCTION ' || NULLIF(t.trffromsql::oid, 0)::pg_catalog.regprocedure,
        'TO SQL WITH FUNCTION ' || NULLIF(t.trftosql::oid, 0)::pg_catalog.regprocedure), ')'),
    pg_catalog.obj_description(t.oid, 'pg_transform'), NULL, NULL, NULL, NULL, false
  FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang WHERE ", own!("pg_transform", "t.oid"), "
  UNION ALL
  SELECT 'foreign data wrapper', NULL, w.fdwname::text,
    pg_catalog.concat('CREATE FOREIGN DATA WRAPPER ', pg_catalog.quote_ident(w.fdwname), ' HANDLER ' || NULLIF(w.fdwhandler, 0)::pg_catalog.regproc,
      ' VALIDATOR ' || NULLIF(w.fdwvalidator, 0)::pg_catalog.regproc,
      (SELECT ' OPTIONS (' || pg_catalog.string_agg(pg_catalog.quote_ident(p.option_name) || ' ' || pg_catalog.quote_literal(p.option_value), ', ') || ')'
       FROM pg_catalog.pg_options_to_table(w.fdwoptions) AS p)),
    pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper'), NULL, w.fdwowner, w.fdwacl, 'F', false
  FROM pg_catalog.pg_foreign_data_wrapper AS w WHERE ", own!("pg_foreign_data_wrapper", "w.oid"), "
  UNION ALL
  SELECT 'server', NULL, v.srvname::text,
    pg_catalog.concat('CREATE SERVER ', pg_catalog.quote_ident(v.srvname), ' TYPE ' || pg_catalog.quote_literal(v.srvtype), ' VERSION ' || pg_catalog.quote_literal(v.srvversion),
      ' FOREIGN DATA WRAPPER ', pg_catalog.quote_ident(w.fdwname),
      (SELECT ' OPTIONS (' || pg_catalog.string_agg(pg_catalog.quote_ident(p.option_name) || ' ' || pg_catalog.quote_literal(p.option_value), ', ') || ')'
       FROM pg_catalog.pg_options_to_table(v.srvoptions) AS p)),
    pg_catalog.obj_description(v.oid, 'pg_foreign_server'), NULL, v.srvowner, v.srvacl, 'S', false
  FROM pg_catalog.pg_foreign_server AS v JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = v.srvfdw WHERE ", own!("pg_foreign_server", "v.oid"), "
  UNION ALL
  -- Who it is for, and often a password, are not a schema's.
  SELECT 'user mapping', NULL, m.usename || ' on ' || m.srvname, NULL, NULL, NULL, NULL, NULL, NULL, false FROM pg_catalog.pg_user_mappings AS m
  UNION ALL
  -- Its columns may be read by superusers alone; these by everybody.
  SELECT 'subscription', NULL, v.subname::text, NULL, NULL, NULL, v.subowner, NULL, NULL, false
  FROM pg_catalog.pg_subscription AS v JOIN pg_catalog.pg_database AS b ON b.oid = v.subdbid WHERE b.datname = pg_catalog.current_database()
  UNION ALL
  SELECT 'default privileges', n.nspname::text,
    pg_catalog.pg_get_userbyid(a.defaclrole) || ' on ' || CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
    (SELECT pg_catalog.string_agg(pg_catalog.concat('ALTER DEFAULT PRIVILEGES FOR ROLE ', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.defaclrole)),
        ' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), CASE WHEN x.given THEN ' GRANT ' ELSE ' REVOKE ' END, x.privileges, ' ON ',
        CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
        CASE WHEN x.given THEN ' TO ' ELSE ' FROM ' END, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
        CASE WHEN x.given AND x.is_grantable THEN ' WITH GRANT OPTION' END), E';\n' ORDER BY x.given, x.grantee, x.is_grantable)
     FROM (
       SELECT g.given, g.grantee, g.is_grantable, pg_catalog.string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type) AS privileges
       FROM (
         -- Those of one schema are added to what a new object has, the others take its place.
         (SELECT true AS given, e.grantee, e.privilege_type, e.is_grantable FROM pg_catalog.aclexplode(a.defaclacl) AS e
          EXCEPT SELECT true, e.grantee, e.privilege_type, e.is_grantable
          FROM pg_catalog.aclexplode(CASE WHEN a.defaclnamespace = 0 THEN pg_catalog.acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END::\"char\", a.defaclrole) END) AS e)
         UNION ALL
         (SELECT false, e.grantee, e.privilege_type, e.is_grantable
          FROM pg_catalog.aclexplode(CASE WHEN a.defaclnamespace = 0 THEN pg_catalog.acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END::\"char\", a.defaclrole) END) AS e
          EXCEPT SELECT false, e.grantee, e.privilege_type, e.is_grantable FROM pg_catalog.aclexplode(a.defaclacl) AS e)
       ) AS g GROUP BY g.given, g.grantee, g.is_grantable
     ) AS x), NULL, NULL, NULL, NULL, NULL, false
  FROM pg_catalog.pg_default_acl AS a LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = a.defaclnamespace
  UNION ALL
  SELECT 'shell type', s.name, t.typname::text, pg_catalog.concat('CREATE TYPE ', pg_catalog.quote_ident(s.name), '.', pg_catalog.quote_ident(t.typname)),
    pg_catalog.obj_description(t.oid, 'pg_type'), NULL, t.typowner, NULL, NULL, false
  FROM ns AS s JOIN pg_catalog.pg_type AS t ON t.typnamespace = s.oid AND t.typtype = 'p' AND NOT t.typisdefined WHERE ", own!("pg_type", "t.oid"), "
  UNION ALL
  SELECT 'security label', NULL, l.provider || ' on ' || l.objtype || ' ' || l.objname,
    pg_catalog.concat('SECURITY LABEL FOR ', pg_catalog.quote_ident(l.provider), ' ON ', pg_catalog.upper(l.objtype), ' ', l.objname, ' IS ', pg_catalog.quote_literal(l.label)),
    NULL, NULL, NULL, NULL, NULL, false
  FROM pg_catalog.pg_seclabels AS l WHERE l.objtype NOT IN ('role', 'database', 'tablespace', 'large object', 'subscription')
) AS o
ORDER BY o.kind, o.schema, o.name"
);

/// A publication, with what else it says and what it is of.
macro_rules! publication {
    ($more:literal, $items:literal) => {
        concat!(
            "SELECT pg_catalog.jsonb_build_object(
  'kind', 'publication', 'name', p.pubname::text,
  'owner', pg_catalog.pg_get_userbyid(p.pubowner)::text, 'comment', pg_catalog.obj_description(p.oid, 'pg_publication'),
  'definition', pg_catalog.concat('CREATE PUBLICATION ', pg_catalog.quote_ident(p.pubname),
    CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE ' FOR ' || NULLIF(i.items, '') END,
    ' WITH (publish = ', pg_catalog.quote_literal(pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
      CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)),
    CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' END, ",
            $more,
            " ')')
)::text
FROM pg_catalog.pg_publication AS p
CROSS JOIN LATERAL (SELECT ",
            $items,
            " AS items) AS i
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend AS d
  WHERE d.classid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
)
ORDER BY p.pubname"
        )
    };
}

/// Publications: before PostgreSQL 15 of whole tables alone.
pub(super) const PUBLICATIONS_14: &str = publication!(
        "",
        "(SELECT 'TABLE ' || pg_catalog.string_agg('ONLY ' || r.prrelid::pg_catalog.regclass, ', ' ORDER BY r.prrelid::pg_catalog.regclass::text)
   FROM pg_catalog.pg_publication_rel AS r WHERE r.prpubid = p.oid)"
);

/// Publications: since PostgreSQL 15 also of schemas, columns and rows.
pub(super) const PUBLICATIONS: &str = publication!(
        "CASE WHEN pg_catalog.to_jsonb(p) ->> 'pubgencols' = 's' THEN ', publish_generated_columns = stored' END,",
        "pg_catalog.concat_ws(', ',
   (SELECT pg_catalog.string_agg(pg_catalog.concat('TABLE ONLY ', r.prrelid::pg_catalog.regclass,
      (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
       FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])),
      ' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')'), ', ' ORDER BY r.prrelid::pg_catalog.regclass::text)
    FROM pg_catalog.pg_publication_rel AS r WHERE r.prpubid = p.oid),
   (SELECT pg_catalog.string_agg('TABLES IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), ', ' ORDER BY n.nspname)
    FROM pg_catalog.pg_publication_namespace AS m JOIN pg_catalog.pg_namespace AS n ON n.oid = m.pnnspid WHERE m.pnpubid = p.oid))"
);
