-- 0024: a note knows of what was deleted twice.

alter table pgbell.pending add column is_twice boolean;
comment on column pgbell.pending.is_twice is
	'whether it was deleted, came again and was deleted once more, before that it came again was noted';
