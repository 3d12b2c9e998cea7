-- Function: pgbell.ring_words(1)
--   Rings with words, when the transaction commits.
-- Parameters: words, without spaces, of at most 130 bytes; null and duplicates do no harm, also in place
--   of the array
-- Returns: nothing
-- Errors: none
-- Tables: none.  NOTIFY pgbell, payload: words with a space between them, below 7,900 bytes; a space
--   behind the last where another transaction rings at the same time, and one waits for the other
-- A payload is what begins within one stretch of 7,700 bytes; the last word may stand out by 130.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.ring_words(words text[])
returns void language plpgsql volatile
as $$
declare
	crowd text := case when pg_try_advisory_xact_lock(pgbell.bell_lock(), 7) then '' else ' ' end;
begin
	if cardinality(words) = 1 and words[1] is not null then
		perform pg_notify('pgbell', words[1] || crowd); -- the common case
		return;
	end if;
	perform pg_notify('pgbell', string_agg(p.word, ' ') || crowd)
	from (
		select w.word, sum(octet_length(w.word) + 1) over (rows unbounded preceding) / 7700 as payload
		from unnest(words) w (word)
		where w.word is not null
	) p
	group by p.payload;
end;
$$;
