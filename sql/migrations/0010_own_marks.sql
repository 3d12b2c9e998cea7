-- 0010: a function that marks one notification numbers that itself, and says so in the row: what would be
-- noted only to be numbered in the next statement is half of its time.

alter table pgbell.notification add column own_marks integer;
comment on column pgbell.notification.own_marks is
	'how often pgbell.mark_one has marked it: an update that counts here is numbered already, and not noted';
