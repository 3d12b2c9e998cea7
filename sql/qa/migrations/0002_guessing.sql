-- 0002: what the guessing of passwords is slowed down by.

-- Tries to sign in since the last one that was right, by whom or what they are counted for: see
-- qa.sign_in(4).  A crash may forget them.
create unlogged table qa.attempt (
	counted_for bytea primary key check (octet_length(counted_for) = 32),
	failures integer not null check (failures > 0),
	tried_at timestamptz not null
);
create index attempt_tried_at on qa.attempt (tried_at);

-- The browsers that an account was signed in with.
create table qa.device (
	account_id bigint not null references qa.account on delete cascade,
	token_hash bytea not null check (octet_length(token_hash) = 32),
	used_at timestamptz not null default now(),
	primary key (token_hash, account_id)
);
create index device_account on qa.device (account_id, used_at);
