-- The usual table, and the usual trigger that sends each new row.

create table notification (
	id bigint generated always as identity primary key,
	user_id text not null,
	kind text not null,
	data jsonb not null default '{}',
	created_at timestamptz not null default now(),
	read_at timestamptz
);
create index notification_list on notification (user_id, id);
create index notification_unread on notification (user_id) where read_at is null;

create function notify_inserted() returns trigger language plpgsql as $$
begin
	perform pg_notify('notification', row_to_json(new)::text);
	return null;
end;
$$;

create trigger notify_inserted after insert on notification
for each row execute function notify_inserted();

-- The same for what was read, so that the person's other tabs see it too.  Off unless a measurement says so.

create function notify_read() returns trigger language plpgsql as $$
begin
	perform pg_notify('notification_read', json_build_object('id', new.id, 'user_id', new.user_id)::text);
	return null;
end;
$$;

create trigger notify_read after update of read_at on notification
for each row execute function notify_read();
alter table notification disable trigger notify_read;
