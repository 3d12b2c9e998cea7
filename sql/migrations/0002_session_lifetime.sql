-- 0002: how long a session lasts, counted anew each time it is renewed.

alter table pgbell.session add column lifetime interval not null default '30 days';
