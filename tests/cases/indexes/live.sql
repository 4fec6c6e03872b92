SELECT indexdef FROM pg_indexes WHERE tablename = 'pages' AND indexname <> 'pages_pkey' ORDER BY indexname;
--= CREATE INDEX idx_pages_brin ON public.pages USING brin (created_at) WITH (pages_per_range='16', autosummarize='true')
--= CREATE INDEX idx_pages_created_at ON public.pages USING btree (created_at) INCLUDE (slug, size)
--= CREATE INDEX idx_pages_expression ON public.pages USING btree (((size + 1)), ((slug || 'x'::text)) DESC)
--= CREATE INDEX idx_pages_fresh ON public.pages USING btree (size DESC, created_at) WHERE (state <> '{}'::jsonb)
--= CREATE INDEX idx_pages_hash ON public.pages USING hash (slug)
--= CREATE INDEX idx_pages_nulls ON public.pages USING btree (size DESC NULLS LAST, slug text_pattern_ops NULLS FIRST)
--= CREATE INDEX idx_pages_params ON public.pages USING gist (slug gist_trgm_ops (siglen='32')) WITH (fillfactor='70')
--= CREATE INDEX idx_pages_slug ON public.pages USING btree (slug)
--= CREATE INDEX idx_pages_tags ON public.pages USING gin (tags)
--= CREATE INDEX idx_pages_trgm ON public.pages USING gin (slug gin_trgm_ops) WITH (fastupdate='false')
--= CREATE INDEX no_overlap ON public.pages USING gist (size, during) WHERE (size > 0)
--= CREATE UNIQUE INDEX ux_pages_slug ON public.pages USING btree (lower(slug))

SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'no_overlap';
--= EXCLUDE USING gist (size WITH =, during WITH &&) WHERE ((size > 0)) DEFERRABLE INITIALLY DEFERRED

SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext ORDER BY stxname;
--= CREATE STATISTICS public.st_pages (ndistinct, mcv) ON slug, size FROM pages
--= CREATE STATISTICS public.st_pages_expression ON (size % 10) FROM pages
