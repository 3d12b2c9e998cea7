-- 0020: a log is an address's: a person's, or a topic's that anybody may follow who is let.  What
-- orders, counts, tells and trims knows addresses only.

create domain pgbell.topic as text collate "C"
	constraint "a topic has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : / @ -"
	check (value ~ '^[A-Za-z0-9._~:/@-]{1,128}$');

-- No user_id begins with a control character.
create domain pgbell.address as text collate "C"
	constraint "an address is a user_id, or chr(1) and a topic" check (case
		when starts_with(value, chr(1)) then substr(value, 2)::pgbell.topic <> ''
		else value::pgbell.user_id <> '' end);

-- Numbering alone writes them, from a user_id or a topic: to have that checked again would cost each
-- insert a pattern.  Domain to text rewrites no table.
alter table pgbell.inbox rename column user_id to address;
alter table pgbell.inbox alter column address type text collate "C";
alter table pgbell.event rename column user_id to address;
alter table pgbell.event alter column address type text collate "C";

-- What is published is noted as well, and is in its note all that there is to tell.
drop view if exists pgbell.change;
alter table pgbell.pending rename column user_id to address;
alter table pgbell.pending alter column address type text collate "C";
alter table pgbell.pending add column published jsonb;
comment on column pgbell.pending.published is
	'what to tell of a publication, the id-th of its topic in this transaction; null: it is about a notification';

drop function if exists pgbell.number_one(bigint, pgbell.user_id, boolean, boolean);
drop function if exists pgbell.log_one(pgbell.user_id, text, jsonb, integer);
drop function if exists pgbell.mend_person(pgbell.user_id);
drop function if exists pgbell.tell(text[]);
drop function if exists pgbell.told_after(text, bigint);
drop function if exists pgbell.mend(text);
drop function if exists pgbell.check_consistency();
drop function if exists pgbell.events_after(text[], bigint[], text[], integer);
drop function if exists pgbell.events_after(text[], bigint[], text[], integer, timestamptz[]);
drop function if exists pgbell.events_after(text[], bigint[], integer, integer);
drop function if exists pgbell.look(text, integer, integer, integer);
drop function if exists pgbell.goes_on(text, bigint);
drop function if exists pgbell.leapt(text, bigint);
