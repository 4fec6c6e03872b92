SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_tasks_queue';
--= CREATE INDEX idx_tasks_queue ON public.tasks USING btree (priority DESC, created_at) WHERE (status = 'queued'::status)
