insert into items values (1,2,'x','y'),(2,3,null,'z');
