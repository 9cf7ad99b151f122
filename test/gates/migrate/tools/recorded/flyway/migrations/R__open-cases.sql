create or replace view open_cases as select id from cases;
