-- Function: pgbell.page_bytes(0)
--   From how many bytes on a page of a list ends early, so that whoever asks for many large ones at once takes
--   no more than a person's part of the workers.
-- Returns: a constant, which is put into the caller's expression
-- Errors, tables: none
-- Lists are read in stretches of 20, of which the last may stand out of it.

create or replace function pgbell.page_bytes()
returns integer language sql immutable
return 262144;
