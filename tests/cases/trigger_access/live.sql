-- a role that may insert a row need not be able to write the row that counts it
INSERT INTO owners (id) VALUES (1);

SET ROLE pgwright_case_app;
INSERT INTO things VALUES (1, 1), (2, 1);
DELETE FROM things WHERE id = 1;
SELECT things FROM owners;
--= 1

UPDATE owners SET things = 5;
--! 42501
