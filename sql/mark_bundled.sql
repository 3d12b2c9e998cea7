-- Marks the function :replaceable as the one bundled with pgbell; see bundled.sql.

select format('comment on function %s is %L', p.oid::regprocedure,
	'bundled with pgbell, sha256 ' || encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'))
from pg_proc p
where p.oid = :'replaceable'::regprocedure \gexec
