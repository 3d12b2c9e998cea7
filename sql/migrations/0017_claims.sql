-- 0017: which unread notifications were handed out to another way of telling, such as mail; see
-- pgbell.claim_unread(4).

create table pgbell.claim (
	notification_id bigint primary key,
	user_id pgbell.user_id not null,
	place bigint not null,
	claimed_at timestamptz not null default now()
);
create index claim_person on pgbell.claim (user_id);

create table pgbell.claimant (
	user_id pgbell.user_id primary key,
	seq bigint
);
comment on column pgbell.claimant.seq is
	'nothing is to be handed out while the person''s last number is this; null: that is not known';
