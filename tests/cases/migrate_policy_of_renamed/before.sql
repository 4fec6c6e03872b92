insert into docs(owner) values (current_user); insert into shares(doc_id) values (1);
