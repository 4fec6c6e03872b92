insert into tickets(id) values (gen_random_uuid()),(gen_random_uuid()); update tickets set state='it''s open';
