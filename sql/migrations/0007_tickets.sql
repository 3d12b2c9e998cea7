-- 0007: tickets are counted by person; a session that never ends, or has no id, has tickets too.

create index ticket_person on pgbell.ticket (user_id);
alter table pgbell.ticket
	alter column session_id drop not null,
	alter column session_expires_at drop not null;
