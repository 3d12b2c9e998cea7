-- Function: qa.create_question(3)
--   Asks.
-- Parameters: token
--             title   1 to 200 characters
--             body    1 to 20,000 characters
-- Returns: {"id", "title", "body", "author", "created_at"}
-- Errors: PB401, PB503, PB422
-- Tables: writes qa.question

create or replace function qa.create_question(token text, title text, body text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
	asked qa.question;
begin
	insert into qa.question (author_id, title, body)
	values (caller.id, qa.clean_text(title, '/title', 200, is_line => true),
		qa.clean_text(body, '/body', 20000, is_line => false))
	returning * into asked;
	return jsonb_build_object('id', asked.id, 'title', asked.title, 'body', asked.body,
		'author', qa.describe_account(asked.author_id),
		'created_at', pgbell.format_time(asked.created_at));
end;
$$;
