-- Function: pgbell.describe_again(3)
--   What lists and events show of a notification that others have become one with, beside what
--   pgbell.describe_event(5) gives.
-- Parameters: count, actors, place, as in pgbell.notification
-- Returns: {"count", "actors", "place"}; {"place"} where it has begun anew
-- Errors, tables: none

create or replace function pgbell.describe_again(count integer, actors jsonb, place bigint)
returns jsonb language sql immutable
return case when count is null then jsonb_build_object('place', place)
	else jsonb_build_object('count', count, 'actors', coalesce(actors, '[]'), 'place', place) end;
