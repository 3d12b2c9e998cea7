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

-- Each folder uses those before it, and what all use stands beside them.
\ir functions/clean_text.sql
\ir functions/excerpt.sql

\ir functions/account/hash_password.sql
\ir functions/account/check_password.sql
\ir functions/account/require_account.sql
\ir functions/account/require_author.sql
\ir functions/account/describe_account.sql
\ir functions/account/create_user.sql
\ir functions/account/pause_after.sql
\ir functions/account/count_attempt.sql
\ir functions/account/remember_device.sql
\ir functions/account/sign_in.sql
\ir functions/account/get_session.sql

\ir functions/notification/subject_of.sql
\ir functions/notification/topic_of.sql
\ir functions/notification/notify_author.sql
\ir functions/notification/notify_of_answer.sql
\ir functions/notification/notify_of_acceptance.sql
\ir functions/notification/notify_of_comment.sql
\ir functions/notification/forget_post.sql

\ir functions/post/list_comments.sql
\ir functions/post/describe_comment.sql
\ir functions/post/describe_answer.sql
\ir functions/post/list_questions.sql
\ir functions/post/get_question.sql
\ir functions/post/create_question.sql
\ir functions/post/create_answer.sql
\ir functions/post/comment_on_question.sql
\ir functions/post/comment_on_answer.sql
\ir functions/post/accept_answer.sql
\ir functions/post/refuse_deletion.sql
\ir functions/post/delete_question.sql
\ir functions/post/delete_answer.sql
\ir functions/post/delete_comment.sql

\ir functions/publication/publish_post.sql
\ir functions/publication/publish_answer.sql
\ir functions/publication/publish_comment.sql
\ir functions/publication/publish_acceptance.sql
\ir functions/publication/publish_change.sql

\ir triggers/posts.sql
\ir grants.sql
