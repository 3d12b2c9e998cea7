-- 0012: notifications with a key: while one is unread, another of that key changes it, counts, and moves
-- it to the top.  See pgbell.collapse(0).

-- Domains get their constraints when a column has them already: so nothing is rewritten.
create domain pgbell.notification_key as text collate "C";
alter table pgbell.notification
	add column key pgbell.notification_key,
	add column count integer,
	add column actors jsonb,
	add column place bigint;
alter domain pgbell.notification_key add constraint "a key has 1 to 200 characters, none of them a control one"
	check (char_length(value) between 1 and 200 and value !~ '[\u0001-\u001f\u007f-\u009f]') not valid;
comment on column pgbell.notification.key is
	'while one with this key is unread the person has no other: see pgbell.notify';
comment on column pgbell.notification.count is 'how many have become one; null: it is one';
comment on column pgbell.notification.actors is
	'of those that have become one: the newest ten distinct actors of their data, newest first';
comment on column pgbell.notification.place is
	'where a list has it, by the numbers that ids are of; null: where its id has it';
alter table pgbell.pending add column is_again boolean;
comment on column pgbell.pending.is_again is 'whether another of its key has become one with it';

create unique index notification_key on pgbell.notification (user_id, key)
	where key is not null and read_at is null;
drop index pgbell.notification_list;
drop index pgbell.notification_unread;
create index notification_list on pgbell.notification (user_id, coalesce(place, id));
create index notification_unread on pgbell.notification (user_id, coalesce(place, id)) where read_at is null;

-- One function with one parameter more: two would be one too many for a call that names four.  Whoever
-- may call it goes on to.
create function pgbell.notify(user_id text, kind text, data jsonb default '{}', subject text default null,
	key text default null)
returns bigint language sql as 'select null::bigint';
revoke all on function pgbell.notify(text, text, jsonb, text, text) from public;
do $$
declare
	former regprocedure := to_regprocedure('pgbell.notify(text, text, jsonb, text)');
	command text;
begin
	for command in
		select format('grant execute on function pgbell.notify(text, text, jsonb, text, text) to %s%s',
			case when a.grantee = 0 then 'public' else a.grantee::regrole::text end,
			case when a.is_grantable then ' with grant option' else '' end)
		from pg_proc p, aclexplode(p.proacl) a
		where p.oid = former and a.grantee <> p.proowner
	loop
		execute command;
	end loop;
end;
$$;
drop function if exists pgbell.notify(text, text, jsonb, text);
drop view if exists pgbell.change;
