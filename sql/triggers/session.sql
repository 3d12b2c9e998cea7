-- How the end of a session, or its renewal, reaches the streams that were opened in it.

create or replace trigger ring_updated after update on pgbell.session
referencing old table as before new table as after
for each statement execute function pgbell.ring_sessions();

create or replace trigger ring_deleted after delete on pgbell.session
referencing old table as before
for each statement execute function pgbell.ring_sessions();
