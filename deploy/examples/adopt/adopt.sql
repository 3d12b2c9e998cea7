-- What the shop needs to ring, run once as the owner of the database, after sql/install.sql:
--
--     psql -v ON_ERROR_STOP=1 -1 -f adopt.sql
--
-- No table of the shop is changed.  install.sql leaves these functions alone from now on.

-- --- who is asking: three functions of pgbell, with the shop's sessions in them ---------------

-- Whose token is it?  No row: it is refused, and so is one that the function stumbles over.
-- session_id is what the other two are asked about.  The programs tell a token by its hash;
-- pgbell.hash_token(token) is that, as the shop keeps it.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return query
	select s.customer_id::text, s.id::text, s.last_seen_at + interval '30 minutes'
	from shop.session s
	where s.token_hash = pgbell.hash_token(token)
	and s.last_seen_at + interval '30 minutes' > now();
end;
$$;

-- Which of these sessions are over?  Their streams end.
create or replace function pgbell.ended_sessions(sessions text[])
returns table (session_id text, reason text)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return query
	select a.id, case when s.id is null then 'signed_out' else 'expired' end
	from unnest(sessions) as a (id)
	left join shop.session s on s.id = a.id::uuid
	where s.id is null or s.last_seen_at + interval '30 minutes' <= now();
end;
$$;

-- Which of them end at another time than was known?  Using the shop prolongs them.
create or replace function pgbell.renewed_sessions(sessions text[], expiries timestamptz[])
returns table (session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return query
	select a.id, s.last_seen_at + interval '30 minutes'
	from unnest(sessions, expiries) as a (id, expires_at)
	join shop.session s on s.id = a.id::uuid
	where s.last_seen_at + interval '30 minutes' > now()
	and s.last_seen_at + interval '30 minutes' is distinct from a.expires_at;
end;
$$;

-- --- what rings: one trigger, whichever program changes the order ------------------------------

-- Or leave it out, and say `select pgbell.notify(…)` where the program says that it is shipped.
create function shop.notify_of_status() returns trigger
language plpgsql security definer
set search_path = shop, pg_temp
as $$
begin
	perform pgbell.notify(new.customer_id::text, 'purchase.' || new.status,
		jsonb_build_object('purchase', new.id));
	return null;
end;
$$;

create trigger notify_of_status after update of status on shop.purchase
for each row when (old.status is distinct from new.status)
execute function shop.notify_of_status();

-- --- signing out ends the streams at once -------------------------------------------------------

-- Without it they end too, when they are next looked after (every third PGBELL_FLOOR_S, 30 s).
create function shop.ring_signed_out() returns trigger
language plpgsql security definer
set search_path = shop, pg_temp
as $$
begin
	perform pgbell.ring(array[old.customer_id::text]);
	return null;
end;
$$;

create trigger ring_signed_out after delete on shop.session
for each row execute function shop.ring_signed_out();
