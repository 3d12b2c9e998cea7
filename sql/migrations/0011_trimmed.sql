-- 0011: when old rows were last trimmed, for processes that live shorter than the time between two trims.

alter table pgbell.migration add column trimmed_at timestamptz;
comment on column pgbell.migration.trimmed_at is
	'of the first one: when pgbell.trim_if_due(3) last found nothing more to trim';
