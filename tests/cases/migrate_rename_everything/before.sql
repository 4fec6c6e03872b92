insert into authors(name) values ('A'),('B'); insert into books(author_id,title,kind) values (1,'x','a'),(1,'y','b"q'),(2,'z',null);
