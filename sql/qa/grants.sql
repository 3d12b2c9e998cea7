-- Who may do what in the example application; the one place of its grants.

revoke all on schema qa from public;
revoke all on all tables in schema qa from public;
revoke all on all sequences in schema qa from public;
revoke all on all functions in schema qa from public;

\if :has_api
	revoke all on all tables in schema qa from pgbell_api;
	revoke all on all functions in schema qa from pgbell_api;
	grant usage on schema qa to pgbell_api;
	grant execute on function
		qa.accept_answer(text, bigint),
		qa.comment_on_answer(text, bigint, text),
		qa.comment_on_question(text, bigint, text),
		qa.create_answer(text, bigint, text),
		qa.create_question(text, text, text),
		qa.create_user(text, text, text),
		qa.delete_answer(text, bigint),
		qa.delete_comment(text, bigint),
		qa.delete_question(text, bigint),
		qa.get_question(text, bigint),
		qa.get_session(text),
		qa.list_questions(text, integer, bigint),
		qa.sign_in(text, text, text),
		qa.sign_in(text, text, text, text)
	to pgbell_api;
\endif
