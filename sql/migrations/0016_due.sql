-- 0016: what is to be done with notifications at a time; see pgbell.run_due(1).

create table pgbell.due (
	id bigint generated always as identity primary key,
	at pgbell.moment not null,
	task text not null check (task in ('expire', 'deliver', 'return')),
	user_id pgbell.user_id not null,
	notification_id bigint,
	subject pgbell.notification_subject,
	kind pgbell.notification_kind,
	data pgbell.notification_data,
	key pgbell.notification_key,
	created_at pgbell.moment,
	expires_at pgbell.moment,
	check (task = 'deliver' or notification_id is not null),
	check (task = 'expire' or (kind is not null and data is not null))
);
create index due_at on pgbell.due (at, id);
create index due_person on pgbell.due (user_id);
create unique index due_notification on pgbell.due (notification_id, task) where notification_id is not null;
create index due_subject on pgbell.due (subject) where subject is not null;

-- As in 0012: one function with two parameters more.
create function pgbell.notify(user_id text, kind text, data jsonb default '{}', subject text default null,
	key text default null, deliver_at timestamptz default null, expires_at timestamptz default null)
returns bigint language sql as 'select null::bigint';
revoke all on function pgbell.notify(text, text, jsonb, text, text, timestamptz, timestamptz) from public;
do $$
declare
	command text;
begin
	for command in
		select format('grant execute on function pgbell.notify(text, text, jsonb, text, text, '
			'timestamptz, timestamptz) to %s%s',
			case when a.grantee = 0 then 'public' else a.grantee::regrole::text end,
			case when a.is_grantable then ' with grant option' else '' end)
		from pg_proc p, aclexplode(p.proacl) a
		where p.oid = 'pgbell.notify(text, text, jsonb, text, text)'::regprocedure and a.grantee <> p.proowner
	loop
		execute command;
	end loop;
end;
$$;
drop function pgbell.notify(text, text, jsonb, text, text);
