create table a ();
