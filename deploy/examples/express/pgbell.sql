-- Who is asking, where sessions are express-session's, kept by connect-pg-simple: run once as the owner of the
-- database, after sql/install.sql and after the table "session" is there.  Both programs are told PGBELL_TOKENS=whole.
--
--     psql -v ON_ERROR_STOP=1 -1 -v secret="$SESSION_SECRET" -f pgbell.sql
--
-- A cookie is "s:<sid>.<signature>", percent-encoded, which the programs take off; the signature is HMAC-SHA256 of the
-- sid, as base64 without "=".  Ids that leave the database are hashes: a sid is worth as much as a password.

create schema if not exists express;
create table if not exists express.key (secret bytea not null);
delete from express.key;
insert into express.key values (convert_to(:'secret', 'UTF8'));

create or replace function express.hash_of(sid varchar) returns text language sql immutable strict
as $$ select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(sid, 'UTF8')), 'hex') $$;
create index if not exists session_hash on public.session (express.hash_of(sid));

-- Whose session it is, by what the site's own sign-in has written there: here req.session.userId.  The one line to change
-- for another site; with Passport it is sess -> 'passport' ->> 'user'.
create or replace function express.person_of(sess json) returns text language sql immutable
as $$ select sess ->> 'userId' $$;

-- expire has no time zone: it is in that of the site's connections, which is the database's, as here.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
set timezone from current
as $$
declare
	part text[] := regexp_match(token, '^s:([^.]+)\.([A-Za-z0-9+/]+)$');
begin
	return query
	select express.person_of(s.sess), express.hash_of(s.sid), s.expire::timestamptz
	from public.session s, express.key k
	where s.sid = part[1] and s.expire > now() and express.person_of(s.sess) is not null
		and rtrim(encode(public.hmac(convert_to(part[1], 'UTF8'), k.secret, 'sha256'), 'base64'), '=') = part[2];
end;
$$;

create or replace function pgbell.ended_sessions(sessions text[])
returns table (session_id text, reason text)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
set timezone from current
as $$
begin
	return query
	select a.id, case when s.sid is null then 'signed_out' else 'expired' end
	from unnest(sessions) as a (id)
	left join public.session s on express.hash_of(s.sid) = a.id
	where s.sid is null or s.expire <= now() or express.person_of(s.sess) is null;
end;
$$;

create or replace function pgbell.renewed_sessions(sessions text[], expiries timestamptz[])
returns table (session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
set timezone from current
as $$
begin
	return query
	select a.id, s.expire::timestamptz
	from unnest(sessions, expiries) as a (id, expires_at)
	join public.session s on express.hash_of(s.sid) = a.id
	where s.expire::timestamptz is distinct from a.expires_at;
end;
$$;

-- Signing out ends the streams at once.
create or replace function express.ring_signed_out() returns trigger
language plpgsql security definer
set search_path = pgbell, pg_temp
as $$
begin
	perform pgbell.ring(array[express.person_of(old.sess)]);
	return null;
end;
$$;
create or replace trigger ring_signed_out after delete on public.session
for each row execute function express.ring_signed_out();
