-- 0029: a note knows that it may have come before that of the statement that is being executed.

alter table pgbell.pending add column is_early boolean;
comment on column pgbell.pending.is_early is
	'not null: a function of ours has noted it, whose statement may have written rows that are not noted yet, so only the commit numbers; true: this may be one of them';
