INSERT INTO settings DEFAULT VALUES
RETURNING name, size, price, ratio, active, tags, colours, numbers, state, data, either, expires > now(), born::text;
--= it's "new"\n | -1 | 0.50 | 0.25 | t | {} | {a'b,"c,d","{}"} | {1,-2} | {} | {"a": 1} | t | t | 2026-02-01
