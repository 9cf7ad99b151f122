create table cases (id int primary key);
-- größer
