-- An application that exists, and knows nothing of pgbell: customers with uuid keys, sessions of
-- its own with hashed tokens that end half an hour after they were last used, and orders.

create schema shop;

create table shop.customer (
	id uuid primary key default gen_random_uuid(),
	email text not null unique
);

create table shop.session (
	id uuid primary key default gen_random_uuid(),
	token_hash bytea not null unique,
	customer_id uuid not null references shop.customer on delete cascade,
	last_seen_at timestamptz not null default now()
);

create table shop.purchase (
	id bigint generated always as identity primary key,
	customer_id uuid not null references shop.customer on delete cascade,
	status text not null default 'paid'
);
