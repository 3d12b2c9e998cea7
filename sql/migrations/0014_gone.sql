-- 0014: a note knows whether its notification was deleted in its transaction: one that is inserted
-- behind that under its id has changed; one that is noted before its insertion is, by what an
-- application's trigger did to it meanwhile, is new all the same.

alter table pgbell.pending add column if not exists is_gone boolean not null default false;
comment on column pgbell.pending.is_gone is
	'whether the notification was deleted in this transaction, and not inserted again since';
