-- Mail for those who are away, run once as the owner of the database, after sql/install.sql:
--
--     psql -v ON_ERROR_STOP=1 -1 -v role=mailer -f mail.sql
--
-- role is whom the programs send-digests and unsubscribe.cgi log in as.  The site fills mail.address, as
-- when somebody has confirmed an address.

create schema mail;

create table mail.address (
	user_id text primary key,
	email text not null,
	pause interval not null default '1 hour', -- from one digest to the next, the person's own choice
	sent_at timestamptz,
	is_muted boolean not null default false,
	token uuid not null unique default gen_random_uuid() -- what an unsubscribe link shows
);

-- Who is to have a digest now, and of what.  It is claimed when this commits, so it is sent once.
create function mail.claim(lim integer default 100)
returns table (email text, token uuid, notifications jsonb)
language plpgsql volatile security definer
set search_path = mail, pg_temp
as $$
#variable_conflict use_column
begin
	return query
	with claimed as materialized (
		select c.user_id, c.notifications
		from pgbell.claim_unread('10 minutes', null, lim, array(
			select a.user_id from mail.address a
			where not a.is_muted and (a.sent_at is null or a.sent_at + a.pause <= now()))) c
	), sent as (
		update mail.address a set sent_at = now()
		from claimed c
		where a.user_id = c.user_id
		returning a.user_id, a.email, a.token
	)
	select s.email, s.token, c.notifications from sent s join claimed c using (user_id);
end;
$$;

-- No more mail; or no more of a kind at all, where the owner has called pgbell.allow_mutes().
create function mail.unsubscribe(token uuid, kind text default null)
returns boolean language plpgsql volatile security definer
set search_path = mail, pg_temp
as $$
declare
	person text := (select a.user_id from mail.address a where a.token = unsubscribe.token);
begin
	if person is not null and kind is not null then
		perform pgbell.mute(person, kind);
	elsif person is not null then
		update mail.address a set is_muted = true where a.user_id = person;
	end if;
	return person is not null;
end;
$$;

revoke all on all functions in schema mail from public;
grant usage on schema mail to :"role";
grant execute on function mail.claim(integer), mail.unsubscribe(uuid, text) to :"role";
