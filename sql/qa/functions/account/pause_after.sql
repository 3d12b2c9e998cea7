-- Function: qa.pause_after(1)
--   How long nobody may try again after so many failures: not at all after four, then a second,
--   which doubles with each further one up to five minutes.
-- Parameters: failures
-- Returns: an interval
-- Errors, tables: none
-- So that is 12 guesses an hour for who goes on, and a dozen more at first: OWASP's Application
-- Security Verification Standard has 100 as the limit.

create or replace function qa.pause_after(failures integer)
returns interval language sql immutable
return case when failures < 5 then interval '0'
	else least(interval '1 second' * 2 ^ least(failures - 5, 20), interval '5 minutes') end;
