-- Function: pgbell.mute(4)
--   Mutes a kind, a subject with all that is under it, or a kind at such a subject for a person: what is
--   muted is not inserted any more; what is in the list stays.  Or takes that back.  A second call changes
--   nothing.
-- Parameters: user_id
--             kind, subject   one of them, or both; null means all
--             is_muted        true to mute, false to take that back
-- Returns: nothing
-- Errors: PB422, its detail the pointer to the value: both are null, one is no kind or subject, the kind
--   cannot be muted, or the person has a thousand mutes; PB409 before pgbell.allow_mutes(1); 23514 for what
--   cannot be a person's id
-- Tables: writes pgbell.mute; reads pgbell.unmutable_kind
-- Callers: the owner; may be granted to an application, for a page of its own or a link in its mail

create or replace function pgbell.mute(user_id text, kind text default null,
	subject text default null, is_muted boolean default true)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
#variable_conflict use_column
declare
	mute_limit constant integer := 1000;
	pointer text := '/kind';
	rule text;
begin
	begin
		$2 := $2::pgbell.notification_kind;
		pointer := '/subject';
		$3 := $3::pgbell.notification_subject;
	exception when check_violation then
		get stacked diagnostics rule = constraint_name; -- which is a sentence
		raise exception '%', upper(left(rule, 1)) || substr(rule, 2) || '.'
			using errcode = 'PB422', detail = pointer;
	end;
	if $2 is null and $3 is null then
		raise exception 'Say what is to be muted: a kind, a subject, or both.'
			using errcode = 'PB422', detail = '/kind';
	elsif not is_muted then
		delete from pgbell.mute m
		where m.user_id = $1 and m.kind is not distinct from $2 and m.subject is not distinct from $3;
		return;
	elsif exists (select from pgbell.unmutable_kind u where u.kind = $2) then
		raise exception 'This kind cannot be muted.' using errcode = 'PB422', detail = '/kind';
	elsif not pgbell.has_mutes() then
		raise exception 'Nothing can be muted here.' using errcode = 'PB409',
			hint = 'The owner calls pgbell.allow_mutes().';
	elsif (select count(*) from pgbell.mute m where m.user_id = $1) >= mute_limit then
		raise exception 'You have muted % things. Take some of them back first.', mute_limit
			using errcode = 'PB422', detail = '/muted';
	end if;
	insert into pgbell.mute (user_id, kind, subject) values ($1, $2, $3) on conflict do nothing;
end;
$$;
