-- requires 15

INSERT INTO slots (a, b) VALUES (NULL, 1), (NULL, 2);
--! 23505 ux_slots_a

INSERT INTO slots (a, b) VALUES (1, NULL), (2, NULL);
--! 23505 ux_slots_b
