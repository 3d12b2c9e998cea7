-- Function: pgbell.bell_lock(0)
--   The first half of the keys of all advisory locks of the bell, "pgbl".  The second half:
--     1 to 4   berths.  A listener that sleeps has one exclusively, and is to be rung.  A writer has
--              all of them shared from when it numbers to the end of its commit, if nobody sleeps
--     5        that somebody listens who may be awake: a listener has it exclusively
--     6        which listeners know of all this: they have it shared
--     7        that somebody rings: a writer has it exclusively until its commit has ended
-- Returns: a constant, which is put into the caller's expression
-- Errors, tables: none
-- Any role that may connect can take these locks, too.  A berth exclusively: then every commit rings, as if a
-- process slept in it.  The number 7: then every ring says that there is a crowd, which wakes the processes
-- that sleep.  A berth shared: no process can sleep in it, and a process that cannot sleep looks.  So the
-- worst is that streams look all the time, at a slow pace.

create or replace function pgbell.bell_lock()
returns integer language sql immutable
return 1885823596;
