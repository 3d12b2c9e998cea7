-- View: pgbell.publication
--   What was published and is still kept.  It takes INSERT and COPY, which publish: pgbell.publish(3) tells
--   of it.
-- Columns: topic             what is followed
--          seq, created_at   given at the commit: the topic's numbers 1, 2, 3 …, and the time
--          kind, data        as published
-- Tables: reads pgbell.event

create or replace view pgbell.publication as
select substr(e.address, 2) as topic, e.seq, e.data ->> 'kind' as kind, e.data -> 'data' as data,
	e.created_at
from pgbell.event e
where e.type = 'published';
alter view pgbell.publication alter column data set default '{}';
