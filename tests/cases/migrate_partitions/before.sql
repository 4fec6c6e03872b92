INSERT INTO others (id) VALUES (1), (2);
INSERT INTO "Eve""nts" (at, kind, other_id) VALUES ('2022-01-01', 'a', 1), ('2025-05-05', 'b', 2), ('2030-01-01', 'c', 2), ('2023-12-31', 'd', NULL);
