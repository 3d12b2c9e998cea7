-- Function: pgbell.describe_merged(1)
--   What lists and events show of a notification that others were merged with, beside the rest.
-- Parameters: n, a row of pgbell.notification
-- Returns: {"count", "actors", "place"}; {"place"} where it has begun anew; {} where none was
-- Errors, tables: none
-- Form: the body of a function that takes a row is a text.  Were it parsed (begin atomic, return), newer minor
--   releases of PostgreSQL would refuse all who add a column with a default to the table.

create or replace function pgbell.describe_merged(n pgbell.notification)
returns jsonb language sql stable
as $$
	select case
		when n.place is null then '{}'
		when n.count is null then jsonb_build_object('place', n.place)
		else jsonb_build_object('count', n.count, 'actors', coalesce(n.actors, '[]'), 'place', n.place)
	end;
$$;
