INSERT INTO "ol""d".others DEFAULT VALUES;
INSERT INTO "ol""d".events (at, other_id) VALUES ('2025-05-05', 1), ('2030-01-01', 1);
