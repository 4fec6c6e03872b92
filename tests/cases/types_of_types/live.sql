INSERT INTO contacts (id, email) VALUES (1, 'nobody');
--! 23514 has_at

INSERT INTO contacts (id, email) VALUES (1, 'somebody@very.long.example');
--! 23514

INSERT INTO contacts (id, email, work) VALUES (1, 'a@b', 'a@b');
--! 23514 is_work

INSERT INTO contacts (id, email, work, nick, home, track, units)
VALUES (1, 'a@b', 'a@b.example', 'Nick', ROW(1, 2, 3), ROW(ROW(0,0,0), ROW(1,1,1), 'a@b', 'km'), '{m,km}')
RETURNING nick = 'nick', (home).y, ((track)."to").x, units;
--= t | 2 | 1 | {m,km}

INSERT INTO contacts (id, email, place) VALUES (2, 'a@b', ROW(1, 2, -3));
--! 23514 above_ground

SELECT obj_description('email_address'::regtype), obj_description('point3'::regtype), obj_description('is_short'::regproc);
--= An address. | A place. | Whether a text is short.
