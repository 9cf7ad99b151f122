-- Who is held has an event.
select h.id from holds h where not exists (select from events e where e.subject = h.subject);
