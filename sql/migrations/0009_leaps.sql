-- 0009: where numbers leapt, for pgbell.leapt(2): a few events of a person.

create index event_leap on pgbell.event (user_id, seq) where prev is not null;
