-- Function: pgbell.create_ticket(1)
--   Makes a ticket that opens one stream of the caller, once, within 60 seconds.  For pages that can send
--   neither a header nor a cookie: so the token itself is not in a URL, and in no log of URLs.
-- Parameters: token
-- Returns: {"ticket", "expires_at"}; or, where the session has 64 unused tickets,
--   {"refused": {"status", "detail", "retry_after_s"}}: the first of them expires after that time
-- Errors: PB401, PB503; PB409 where a trigger of the application's keeps the ticket from being written
-- Tables: reads and writes pgbell.ticket.  Calls at the same time may make a few more.

create or replace function pgbell.create_ticket(token text)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
as $$
declare
	ticket_limit constant integer := 64;
	caller record := pgbell.require_turn(token);
	ticket text := pgbell.random_token();
	expires_at timestamptz := now() + interval '60 seconds';
	waiting integer;
	first_end timestamptz;
begin
	select count(*), min(t.expires_at) into waiting, first_end
	from pgbell.ticket t
	where t.user_id = caller.user_id and t.session_id is not distinct from caller.session_id
		and t.expires_at > now();
	if waiting >= ticket_limit then
		return jsonb_build_object('refused', jsonb_build_object('status', 429,
			'detail', 'So many tickets of this session have not been used yet that no more are given.',
			'retry_after_s', greatest(1, ceil(extract(epoch from first_end - now())))));
	end if;
	insert into pgbell.ticket (token_hash, user_id, session_id, session_expires_at, expires_at)
	values (pgbell.hash_token(ticket), caller.user_id, caller.session_id, caller.expires_at,
		expires_at);
	if not found then
		raise exception 'No ticket can be given.' using errcode = 'PB409';
	end if;
	return jsonb_build_object('ticket', ticket, 'expires_at', pgbell.format_time(expires_at));
end;
$$;
