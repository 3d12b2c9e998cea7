-- Sets `bundled`: whether the function :replaceable is absent or still as pgbell made it, so that
-- it may be replaced.  mark_bundled.sql left the hash of its source in its comment, and the comment
-- outlives a `create or replace` by the application: a source that no longer fits is not ours.

select not exists (
	select from pg_proc p
	where p.oid = to_regprocedure(:'replaceable')
		and obj_description(p.oid, 'pg_proc') is distinct from
			'bundled with pgbell, sha256 ' || encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex')
) as bundled \gset
