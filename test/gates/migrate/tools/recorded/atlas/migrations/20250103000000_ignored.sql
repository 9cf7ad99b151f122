-- atlas:sum ignore

select 1;
