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
