INSERT INTO docs (owner, kind, during) VALUES ('a', 'b', '[2026-01-01, 2026-02-01)');
