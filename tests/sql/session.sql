-- Tokens, sessions and tickets; how streams are let in.

begin;
select no_plan();

select token as ann, session_id as ann_session from pgbell.create_session('ann') \gset
select token as bob, session_id as bob_session from pgbell.create_session('bob') \gset
select token as old from pgbell.create_session('ann', '-1 second') \gset
select pgbell.notify('ann', 'x'), pgbell.notify('ann', 'y');
set constraints all immediate;

select matches(:'ann'::text, '^[A-Za-z0-9_-]{43}$', 'a token is 256 bits in base64url');
select is((select token_hash from pgbell.session where id = :'ann_session'), sha256(:'ann'::bytea),
	'the SHA-256 of the token is kept');
select results_eq(format('select user_id, session_id, expires_at from pgbell.authenticate(%L)', :'ann'),
	format($$ values ('ann', %L, now() + interval '30 days') $$, :'ann_session'),
	'a token tells its person, session and end');
select is_empty(format('select from pgbell.authenticate(%L)', t), 'refused: ' || coalesce(t, 'no token'))
from unnest(array[null, '', 'x', :'old', :'ann_session', left(:'ann', 42), :'ann' || 'A']) t;
select results_eq(format('select user_id, session_id from pgbell.identify(%L)', t),
	format($$ values ('ann', %L) $$, :'ann_session'), 'known: ' || t)
from unnest(array[:'ann', 'sha256:' || encode(sha256(:'ann'::bytea), 'hex'), 'x ' || :'ann', :'ann' || ' ' || :'bob',
	:'old' || ' y sha256:' || encode(sha256(:'ann'::bytea), 'hex')]) t;
select is_empty(format('select from pgbell.identify(%L)', t), 'unknown: ' || coalesce(t, 'no token'))
from unnest(array[null, '', ' ', 'x y', 'sha256:', 'sha256:' || repeat('0', 64),
	'SHA256:' || encode(sha256(:'ann'::bytea), 'hex'), upper(encode(sha256(:'ann'::bytea), 'hex')),
	'sha256:' || encode(sha256(('sha256:' || encode(sha256(:'ann'::bytea), 'hex'))::bytea), 'hex')]) t;
select throws_ok(format('select pgbell.%s', call), 'PB401', null, call || ' needs a session')
from unnest(array['create_ticket(null)', 'get_unread_count(null)',
	'list_events(null, 0, 10)', 'list_notifications(null, 10, null, false)', 'mark_all_read(null, 1)',
	'mark_read(null, 1)', 'mark_unread(null, 1)', 'delete_notification(null, 1)']) call;
select is(pgbell.check_health(null), '{"status":"ok"}', 'health needs no session');
savepoint enabled;
alter table pgbell.notification disable trigger note_deleted;
select throws_ok('select pgbell.check_health(null)', '55000', 'triggers of pgbell are disabled',
	'nor is all well where a trigger of ours is switched off');
rollback to enabled;
create trigger theirs after insert on pgbell.notification for each row
	execute function suppress_redundant_updates_trigger();
alter table pgbell.notification disable trigger theirs;
select is(pgbell.check_health(null), '{"status":"ok"}', 'which of the application''s are is its own affair');
rollback to enabled;

-- letting streams in -----------------------------------------------------------------------------

select pgbell.create_ticket(:'ann') ->> 'ticket' as ticket \gset
select pgbell.create_ticket(:'bob') ->> 'ticket' as stale \gset
update pgbell.ticket set expires_at = now() where token_hash = pgbell.hash_token(:'stale');
insert into pgbell.operator values ('bob');

select results_eq(format($$
	select ord, user_id, session_id, is_operator, seq, unread_count, reset
	from pgbell.open_streams(%L::text[], %L::text[], %L::bigint[])
$$, array[:'bob', null, :'ann', 'forged', null, null, :'old'],
	array[null, :'ticket', null, null, :'ticket', :'stale', null],
	array[null, 1, 2, 1, 1, null, null]::bigint[]),
format($$ values
	(1, 'bob', %2$L, true, 0::bigint, 0, null),
	(2, 'ann', %1$L, false, 2, 2, null),
	(3, 'ann', %1$L, false, 2, 2, null),
	(4, null, null, false, 0, 0, null),
	(5, null, null, false, 0, 0, null),
	(6, null, null, false, 0, 0, null),
	(7, null, null, false, 0, 0, null)
$$, :'ann_session', :'bob_session'),
	'streams are let in by token or ticket, in order; a ticket works once');
select is_empty('select from pgbell.ticket', 'tickets are gone when shown, good or stale');

-- No more than so many wait; what was used or has expired is not counted, nor another session's.
select token as sue, session_id as sue_session from pgbell.create_session('sue') \gset
select pgbell.create_ticket((pgbell.create_session('sue')).token);
select bool_and(pgbell.create_ticket(:'sue') ? 'ticket') as made from generate_series(1, 63) \gset
select ok(:'made', '63 tickets of a session wait');
select pgbell.create_ticket(:'sue') ->> 'ticket' as last \gset
select is(pgbell.create_ticket(:'sue') #> '{refused,status}', '429', 'and 64, but no more');
select is(pgbell.create_ticket(:'sue') #> '{refused,retry_after_s}', '60', 'until one expires');
select is((select user_id from pgbell.spend_ticket(:'last')), 'sue', 'or is used');
select ok(pgbell.create_ticket(:'sue') ? 'ticket', 'then there is room');
update pgbell.ticket set expires_at = now() where session_id = :'sue_session';
select ok(pgbell.create_ticket(:'sue') ? 'ticket', 'what has expired does not count');
delete from pgbell.ticket where user_id = 'sue';

delete from pgbell.event where address = 'ann' and seq = 1;
select results_eq(format($$
	select reset from pgbell.open_streams(array_fill(%L::text, '{6}'), array_fill(null::text, '{6}'),
		'{-1,0,1,2,3,null}')
$$, :'ann'), array['unknown', 'trimmed', null, null, 'unknown', null],
	'where a replay cannot be exact it is said');
select is_empty('select from pgbell.open_streams(null, null, null)', 'no streams, no rows');

-- the end of a session ---------------------------------------------------------------------------

select is_empty(format('select from pgbell.ended_sessions(%L)', array[:'ann_session', :'bob_session']),
	'good sessions are not reported');
select pgbell.create_ticket(:'ann') ->> 'ticket' as late \gset
-- renewal ----------------------------------------------------------------------------------------

update pgbell.session set expires_at = now() + interval '1 minute', lifetime = '1 hour'
where id = :'ann_session';
select is_empty(format('select from pgbell.renewed_sessions(%L, %L)', array[:'ann_session', :'bob_session', 'forged'],
	array[now() + interval '1 minute', now() + interval '30 days', null]), 'no session was renewed');
select pgbell.create_ticket(:'ann') ->> 'ticket' as earlier \gset
select is((pgbell.renew_session(:'ann') ->> 'expires_at')::timestamptz,
	date_trunc('milliseconds', now() + interval '1 hour'), 'a session is renewed by its lifetime');
select results_eq(format('select session_id, expires_at from pgbell.renewed_sessions(%L, %L)',
	array[:'ann_session', :'bob_session'], array[now() + interval '1 minute', null]),
	format($$ values (%L, now() + interval '1 hour'), (%L, now() + interval '30 days') $$, :'ann_session', :'bob_session'),
	'what was renewed, or was thought to last for ever, is told');
select results_eq(format('select * from pgbell.spend_ticket(%L)', :'earlier'),
	format($$ values ('ann', %L, now() + interval '1 hour') $$, :'ann_session'),
	'a ticket of before brings the end as it is now');
select results_eq(format('select * from pgbell.changed_sessions(%L, %L)',
	array[:'ann_session', 'gone', :'bob_session'], array[null, now(), now() + interval '30 days']),
	format($$ values ('gone', 'revoked', null), (%L, null, now() + interval '1 hour') $$, :'ann_session'),
	'a look at sessions tells which are over and which were renewed');
select results_eq(format('select type, data::jsonb from pgbell.events_after(%L, %L, %L, 10, %L)', '{}', '{}',
	array[:'ann_session', 'gone'], array[null, null]::timestamptz[]),
	format($$ values ('session_ended', '{"session_id": "gone", "reason": "revoked"}'),
		('session_renewed', jsonb_build_object('session_id', %L,
		'expires_at_us', (extract(epoch from now() + interval '1 hour') * 1000000)::bigint)) $$, :'ann_session'),
	'programs of the release before are told with the events');
insert into pgbell.session (id, token_hash, user_id, expires_at)
select ending, sha256(ending::bytea), 'far', ending::timestamptz
from unnest(array['infinity', '294276-12-31', '10000-01-01']) ending;
select results_eq(format($$ select data::jsonb -> 'expires_at_us' from pgbell.events_after('{}', '{}', %L, 10, %L) $$,
	'{infinity,294276-12-31,10000-01-01}', array[now(), now(), now()]),
	$$ select jsonb 'null' from generate_series(1, 3) $$, 'a session may last as long as there is time');
select is(pgbell.renew_session(ending), '{"expires_at": null}',
	'one without an end, or with one that no browser can write, is told to have none: ' || ending)
from unnest(array['infinity', '294276-12-31', '10000-01-01']) ending;
select is(pgbell.get_session('10000-01-01') -> 'expires_at', 'null', 'also who asks for it');
update pgbell.session set expires_at = '9999-12-31T23:59:59Z' where id = 'infinity';
select is(pgbell.get_session('infinity') ->> 'expires_at', '9999-12-31T23:59:59.000Z', 'and until then it is told');
delete from pgbell.session where user_id = 'far';
select throws_ok($$ select pgbell.renew_session('x') $$, 'PB401', null, 'renew_session needs a session');

select is(pgbell.end_session(:'ann'), null, 'signed out');
select is(pgbell.end_session(:'ann'), null, 'what has ended may be ended');
select is(pgbell.end_session(t), null, 'and what never was: ' || coalesce(t, 'no token'))
from unnest(array[null, '', 'x']) t;
select is((select user_id from pgbell.open_streams(array[null], array[:'late'], '{null}')), null,
	'a ticket ends with its session');
select is(pgbell.revoke_sessions('bob'), 1::bigint, 'revoked');
select results_eq(format('select * from pgbell.ended_sessions(%L)',
	array[:'ann_session', :'bob_session', 'forged', (select id from pgbell.session
		where expires_at < now())]),
	format($$ values (%L, 'signed_out'), (%L, 'revoked'), ('forged', 'revoked'), (%L, 'expired') $$,
	:'ann_session', :'bob_session', (select id from pgbell.session where expires_at < now())),
	'ended sessions are reported with their reason');

-- trimming ---------------------------------------------------------------------------------------

select is(pgbell.trim() -> 'sessions', '0', 'sessions that ended stay for a while');
update pgbell.session set ended_at = now() - interval '8 days' where user_id = 'bob';
select is(pgbell.trim() -> 'sessions', '1', 'and are trimmed then');
select token as tom from pgbell.create_session('tom') \gset
select pgbell.create_ticket(:'tom'), pgbell.create_ticket(:'tom') ->> 'ticket' as spent \gset
update pgbell.ticket set expires_at = now() - interval '1 second'
where token_hash = pgbell.hash_token(:'spent');
select is(pgbell.trim() -> 'tickets', '1', 'expired tickets are trimmed');

select pgbell.create_session('tom', '-8 days') from generate_series(1, 5);
select results_eq('select pgbell.trim_if_due(''1 hour'', ''7 days'', 3) from generate_series(1, 3)',
	array[true, false, false], 'what is due is trimmed in pieces, and then is not due');
select is((select count(*) from pgbell.session where user_id = 'tom' and expires_at < now()), 0::bigint, 'all of it');
select pgbell.create_session('tom', '-8 days');
select is(pgbell.trim_if_due('1 hour', '7 days', 3), false, 'not due');
select is((select count(*) from pgbell.session where user_id = 'tom' and expires_at < now()), 1::bigint, 'so it stays');
update pgbell.migration set trimmed_at = now() - interval '61 minutes' where number = 1;
select is(pgbell.trim_if_due('1 hour', '7 days', 3), false, 'due again after an hour');
select is((select count(*) from pgbell.session where user_id = 'tom' and expires_at < now()), 0::bigint, 'and gone');
select pgbell.create_session('tom', '-8 days');
update pgbell.migration set trimmed_at = now() + interval '1 minute' where number = 1;
select pgbell.trim_if_due('1 hour', '7 days', 3);
select is((select count(*) from pgbell.session where user_id = 'tom' and expires_at < now()), 0::bigint,
	'due at once when the clock was set back');

-- sessions of an application's own -------------------------------------------------------------

-- One that stumbles over tokens, in each of the ways that mean no more than that, and in others.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz) language plpgsql stable
as $$
begin
	if token = 'good' then
		return query select 'gil', 's', null::timestamptz;
	elsif token = 'nobody' then
		return query select null::text, 's', null::timestamptz;
	else
		raise exception 'no: %', token using errcode = token;
	end if;
end;
$$;
set local client_min_messages = error;
select is_empty(format('select from pgbell.identify(%L)', code), code || ' is a refusal')
from unnest(array['22P02', '22023', 'P0001', '23514', '28000', '39000', 'U0001', 'PB401', '02000', 'P0004']) code;
select throws_ok(format('select from pgbell.identify(%L)', code), code, null, code || ' is none')
from unnest(array['42P01', '42501', '40001', '40P01', '55P03', '53300', '57P01', 'XX000', '25006']) code;
select is((select user_id from pgbell.identify('22P02 nobody good')), 'gil', 'it keeps no other token out');
select results_eq($$ select ord, user_id from pgbell.open_streams('{22P02,good,P0001,good}', '{null,null,null,null}', '{null,null,null,null}') $$,
	$$ values (1, null), (2, 'gil'), (3, null), (4, 'gil') $$, 'nor any other stream');
select throws_ok($$ select pgbell.get_unread_count('22P02') $$, 'PB401', 'Sign in first.', 'nor is the message told');
select ok(not pgbell.knows_token('22P02'), 'it is not known');
select ok(pgbell.knows_token('22P02 good'), 'where another one is, that one is');

-- One that is told by its hash is asked about without a net; whoever calls asks behind an error.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
as $$ select 'hal', null::text, null::timestamptz where left(token, 8)::uuid is not null $$;
select throws_ok(format('select pgbell.get_unread_count(%L)', 'sha256:' || repeat('0', 64)), '22P02', null,
	'a hash that authenticate stumbles over');
select ok(not pgbell.knows_token('sha256:' || repeat('0', 64)), 'is nobody''s');
reset client_min_messages;

-- One that lets people choose their ids, and does not look at them.  A topic's address is chr(1) and its name.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
as $$ select case when token ~ 'eve' or token ~ '^sha256:0' then chr(1) || 'room:board' else 'gil' end, null::text, null::timestamptz $$;
select pgbell.publish('room:board', 'secret');
select pgbell.number_pending();
select is_empty('select from pgbell.identify(''eve'')', 'an id that is a topic''s address is nobody''s');
select is((select user_id from pgbell.identify('eve gil')), 'gil', 'another one is somebody''s');
select throws_ok(format('select pgbell.list_events(%L, 0)', token), 'PB401', null, 'nothing is read under it: ' || left(token, 8))
from unnest(array['eve', 'sha256:' || repeat('0', 64)]) token;
select results_eq($$ select user_id from pgbell.open_streams('{eve,gil}', '{null,null}', '{0,0}', '{null,null}') $$,
	$$ values (null), ('gil') $$, 'nor heard');
select lives_ok(format('select pgbell.list_events(%L, 0)', 'sha256:' || repeat('1', 64)), 'others are let in');

create or replace function pgbell.ended_sessions(sessions text[])
returns table (session_id text, reason text) language sql as $$ select id, null from unnest(sessions) id $$;
select results_eq($$ select session_id, reason from pgbell.changed_sessions('{mute}', '{null}') $$,
	$$ values ('mute', 'revoked') $$, 'one that is over without a reason is over, and not without end');

-- One that never ends, and one that has not even a name.
create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
begin atomic select 'guest', nullif(token, 'nameless'), null::timestamptz; end;
create or replace function pgbell.ended_sessions(sessions text[])
returns table (session_id text, reason text) language sql stable
begin atomic select id, 'revoked' from unnest(sessions) id where id is null or id = 'over'; end;
select results_eq(format('select * from pgbell.spend_ticket(%L)', pgbell.create_ticket(token) ->> 'ticket'),
	format('values (''guest'', nullif(%L, ''nameless''), null::timestamptz)', token), token || ': a ticket opens its stream')
from unnest(array['endless', 'nameless']) token;
select is_empty(format('select from pgbell.spend_ticket(%L)', pgbell.create_ticket('over') ->> 'ticket'),
	'its own look at the session counts');

select * from finish();
rollback;
