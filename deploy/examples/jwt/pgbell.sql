-- Who is asking, where the site's tokens are JWTs signed with HS256: run once as the owner of the database,
-- after sql/install.sql.  Both programs are told PGBELL_TOKENS=whole, for a hash cannot be checked.
--
--     psql -v ON_ERROR_STOP=1 -1 -v secret="$JWT_SECRET" -f pgbell.sql
--
-- pgcrypto is where install.sql made it, in schema public unless a hoster had it elsewhere.

create schema if not exists jwt;
create table if not exists jwt.key (secret bytea not null);
delete from jwt.key;
insert into jwt.key values (convert_to(:'secret', 'UTF8'));

-- base64url without padding, RFC 4648, section 5.
create or replace function jwt.decode(part text) returns bytea language sql immutable strict
return decode(translate(part, '-_', '+/') || repeat('=', (4 - length(part) % 4) % 4), 'base64');

-- RFC 7519.  What is no token of ours raises or finds nothing: both are a refusal.  Ask here all that your own
-- check asks: issuer, audience, whether the account may still sign in.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
declare
	part text[] := string_to_array(token, '.');
	claims jsonb;
begin
	if cardinality(part) <> 3
	or convert_from(jwt.decode(part[1]), 'UTF8')::jsonb ->> 'alg' is distinct from 'HS256'
	or jwt.decode(part[3]) is distinct from (
		select public.hmac(convert_to(part[1] || '.' || part[2], 'UTF8'), k.secret, 'sha256') from jwt.key k)
	then
		return;
	end if;
	claims := convert_from(jwt.decode(part[2]), 'UTF8')::jsonb;
	return query
	select claims ->> 'sub', encode(sha256(convert_to(token, 'UTF8')), 'hex'),
		to_timestamp((claims ->> 'exp')::numeric)
	where to_timestamp((claims ->> 'exp')::numeric) > now()
		and to_timestamp(coalesce((claims ->> 'nbf')::numeric, 0)) <= now();
end;
$$;

-- A JWT ends by its time alone, which the stream keeps; where you keep a list of revoked ones, look there.
create or replace function pgbell.ended_sessions(sessions text[])
returns table (session_id text, reason text) language sql stable
as $$ select null::text, null::text where false $$;

create or replace function pgbell.renewed_sessions(sessions text[], expiries timestamptz[])
returns table (session_id text, expires_at timestamptz) language sql stable
as $$ select null::text, null::timestamptz where false $$;
