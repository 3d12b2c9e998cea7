-- The example application, a part of ../install.sql: questions, answers and comments.

-- Whose schema it is may put there what our functions, which run as their owner, would take for ours.
do $$
declare
	owner name := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'qa');
begin
	if owner <> current_user then
		raise exception 'schema qa is here already and belongs to %, not to %', owner, current_user
			using hint = 'Leave the example application out, with -v qa=off.';
	end if;
end;
$$;

create schema if not exists qa;
create table if not exists qa.migration (
	number integer primary key,
	name text not null,
	applied_at timestamptz not null default now()
);

\set migration 1
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0001_posts.sql
	insert into qa.migration (number, name) values (1, 'posts');
\endif

\set migration 2
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0002_guessing.sql
	insert into qa.migration (number, name) values (2, 'guessing');
\endif

\set migration 3
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0003_mutes.sql
	insert into qa.migration (number, name) values (3, 'mutes');
\endif

\ir functions/clean_text.sql
\ir functions/excerpt.sql
\ir functions/hash_password.sql
\ir functions/check_password.sql
\ir functions/require_account.sql
\ir functions/require_author.sql
\ir functions/describe_account.sql
\ir functions/create_user.sql
\ir functions/pause_after.sql
\ir functions/count_attempt.sql
\ir functions/remember_device.sql
\ir functions/sign_in.sql
\ir functions/get_session.sql

\ir functions/subject_of.sql
\ir functions/notify_author.sql
\ir functions/notify_of_answer.sql
\ir functions/notify_of_acceptance.sql
\ir functions/notify_of_comment.sql
\ir functions/forget_post.sql

\ir functions/list_comments.sql
\ir functions/describe_comment.sql
\ir functions/list_questions.sql
\ir functions/get_question.sql
\ir functions/create_question.sql
\ir functions/create_answer.sql
\ir functions/comment_on_question.sql
\ir functions/comment_on_answer.sql
\ir functions/accept_answer.sql
\ir functions/delete_question.sql
\ir functions/refuse_deletion.sql
\ir functions/delete_answer.sql
\ir functions/delete_comment.sql

\ir triggers/posts.sql
\ir grants.sql
