-- Function: pgbell.ask_anew(7)
--   Asks a function of ours again that has just had its caller take what was announced: such a function
--   sees one moment, which is the one before.
-- Parameters: question   its name
--             the rest   what it was asked
-- Returns: what it answers
-- Errors: as that has them
-- Tables: none
-- Callers: pgbell.list_notifications(4), pgbell.list_filtered(6), pgbell.get_unread_count(1), pgbell.get_counts(1).  Each
--   looks whether the newest announcement is beyond what its caller has taken; where it is, and
--   pgbell.take_announcements(1) has taken it, it ends here.  Where others have that inbox in hand it goes
--   on without.

create or replace function pgbell.ask_anew(question text, token text, number bigint default null,
	lim integer default null, unread boolean default null, kind text default null, subject text default null)
returns json language plpgsql volatile
as $$
begin
	return case question
		when 'list' then pgbell.list_notifications(token, lim, number, unread)
		when 'list filtered' then pgbell.list_filtered(token, lim, number, unread, kind, subject)
		when 'count' then pgbell.get_unread_count(token)::json
		when 'counts' then pgbell.get_counts(token)::json
	end;
end;
$$;
