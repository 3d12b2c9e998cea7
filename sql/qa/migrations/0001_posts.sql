-- 0001: accounts, questions, answers and comments of the example application.

create table qa.account (
	id bigint generated always as identity primary key,
	username text not null check (char_length(username) between 1 and 64),
	password_hash text not null,
	created_at timestamptz not null default now()
);
create unique index account_username on qa.account (lower(username));

create table qa.question (
	id bigint generated always as identity primary key,
	author_id bigint not null references qa.account,
	title text not null check (char_length(title) between 1 and 200),
	body text not null check (char_length(body) between 1 and 20000),
	created_at timestamptz not null default now()
);
create index question_author on qa.question (author_id);

create table qa.answer (
	id bigint generated always as identity primary key,
	question_id bigint not null references qa.question on delete cascade,
	author_id bigint not null references qa.account,
	body text not null check (char_length(body) between 1 and 20000),
	created_at timestamptz not null default now(),
	accepted_at timestamptz,
	unique (question_id, id)
);
create index answer_author on qa.answer (author_id);
-- One accepted answer to a question.
create unique index answer_accepted on qa.answer (question_id) where accepted_at is not null;

-- A comment is on a question, or on an answer to that question.
create table qa.comment (
	id bigint generated always as identity primary key,
	question_id bigint not null references qa.question on delete cascade,
	answer_id bigint,
	author_id bigint not null references qa.account,
	body text not null check (char_length(body) between 1 and 2000),
	created_at timestamptz not null default now(),
	foreign key (question_id, answer_id) references qa.answer (question_id, id) on delete cascade
);
create index comment_post on qa.comment (question_id, answer_id);
create index comment_author on qa.comment (author_id);
