INSERT INTO "it""ems" (id, name, slug) SELECT i, 'Name ' || i, 'by hand' FROM generate_series(1, 20) AS i;
