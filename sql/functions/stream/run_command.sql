-- Function: pgbell.run_command(6)
--   Does what the client of a WebSocket asks for, with the rights that the REST side gives it.
-- Parameters: token     that opened the socket, as pgbell.identify(1) takes it; null for a ticket or a visitor
--             session   where a ticket did, the id of its session
--             person    of the socket; null for a visitor.  It counts for follow alone
--             command   follow, unfollow, read, unread, read_all, delete
--             number    of a notification, or for read_all and follow of a log; or null
--             topic
-- Returns: text of what the same function of the REST side returns; of follow, a word of
--   pgbell.open_follows(2)
-- Errors: PB401 where it is nobody, or not any more; PB403 for a ticket of a session of the application's,
--   which cannot be looked up; as pgbell.mark_one(3), pgbell.mark_all_of(2), pgbell.delete_one(2)
-- Tables: reads pgbell.session; see those
-- The person of a change is found here each time: from the token, or from a session of pgbell's own that is
-- alive.  The program that calls cannot name her.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.run_command(token text, session text, person text, command text,
	number bigint, topic text)
returns text language plpgsql volatile
as $$
declare
	caller text;
begin
	if command = 'follow' then
		return coalesce(pgbell.open_follows(person, concat_ws('=', topic, number)), '-');
	elsif command = 'unfollow' then
		return topic;
	elsif token is not null then
		caller := (pgbell.require_session(token)).user_id;
	elsif session is not null then
		select s.user_id into caller
		from pgbell.session s
		where s.id::text = session and num_nulls(s.ended_at) = 1 and s.expires_at > now();
		if not found then
			raise exception 'This was opened with a ticket: here changes are made with a token.'
				using errcode = 'PB403';
		end if;
	else
		raise exception 'Sign in first.' using errcode = 'PB401';
	end if;
	perform pgbell.take_turn(caller);
	return case command
		when 'read' then pgbell.mark_one(caller, number, true)
		when 'unread' then pgbell.mark_one(caller, number, false)
		when 'read_all' then pgbell.mark_all_of(caller, number)
		when 'delete' then pgbell.delete_one(caller, number)
	end;
end;
$$;
