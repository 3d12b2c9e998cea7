-- Function: pgbell.number_at_once(1)
--   What pgbell.number_at_commit(0) does where constraints are immediate: numbers what a statement has noted
--   at its end.  Where the application has triggers of its own on pgbell.notification, numbering is
--   deferred again, until the commit or until constraints are made immediate anew: such a trigger may
--   change or delete a row that its statement has inserted and not noted yet.  And where a statement deletes a row
--   and inserts another under its id, of which only the first is noted yet.
-- Parameters: note, which has the transaction numbered
-- Returns: null
-- Errors: none
-- Tables: see pgbell.number_noted(1)
-- Form: runs as its caller, who has pinned search_path and plan; see pgbell.log_one(4).

create or replace function pgbell.number_at_once(note pgbell.pending)
returns text language plpgsql volatile
as $$
begin
	if not pgbell.has_triggers() and not exists (
		select from pgbell.pending p
		where p.txid = note.txid and (p.is_gone or p.is_twice) and pgbell.is_there(p.id, p.address))
	then
		return pgbell.number_noted(note.txid);
	end if;
	set constraints pgbell.number_at_commit deferred;
	with again as (
		delete from pgbell.pending p
		where p.txid = note.txid and p.address = note.address and p.id = note.id
		returning p.*
	)
	insert into pgbell.pending select * from again; -- which queues the trigger
	return null;
end;
$$;
