-- Function: pgbell.may_notify(3)
--   Whether a person has not muted this: neither its kind, nor its subject or one that is above it
--   (question/7 is above question/7/answer/9), nor the kind at such a subject; or the kind cannot be muted.
-- Parameters: user_id, kind, subject   of the notification; subject may be null
-- Returns: true or false
-- Errors: none
-- Tables: reads pgbell.mute, pgbell.unmutable_kind
-- Callers: the owner; may be granted to applications that send notifications in other ways, as by mail
-- Plan: one index look-up for a person who has muted nothing.

create or replace function pgbell.may_notify(user_id text, kind text, subject text)
returns boolean language plpgsql stable security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
as $$
begin
	return not exists (
		select from pgbell.mute m
		where m.user_id = $1 and (m.kind is null or m.kind = $2)
			and (m.subject is null or pgbell.is_about($3, m.subject))
	) or exists (select from pgbell.unmutable_kind u where u.kind = $2);
end;
$$;
