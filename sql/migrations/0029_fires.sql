-- 0029: one note of a transaction has all of it numbered, and not one of each of its statements: their triggers looked
-- for notes among all that the first had taken away, and a commit of 4,000 statements took five seconds.

comment on column pgbell.pending.fires is
	'the first of the notes that wait for numbers, which has the deferred trigger fire that numbers all';
