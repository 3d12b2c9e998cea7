-- The example application: who may do what, and who is told.

begin;
select no_plan();

create function pg_temp.inbox(person text) returns setof text language sql as $$
	select concat_ws(' ', n.kind, n.data -> 'actor' ->> 'username', n.data ->> 'excerpt')
	from pgbell.notification n join qa.account a on a.id::text = n.user_id
	where a.username = person
	order by n.id;
$$;
create function pg_temp.id(made jsonb) returns bigint language sql as $$ select (made ->> 'id')::bigint $$;

-- accounts ---------------------------------------------------------------------------------------

select is(qa.create_user(null, E' \u00a0Ann ', 'correct horse') ->> 'username', 'Ann', 'signed up, trimmed');
select throws_ok($$ select qa.create_user(null, 'aNN', 'correct horse') $$, 'PB409', null,
	'a name is taken in any case');
select qa.create_user(null, name, 'password of ' || name) from unnest(array['bob', 'cleo']) name;
select matches(password_hash, '^\$2a\$10\$', 'a password is kept as bcrypt, cost 10')
from qa.account where username = 'Ann';

select throws_ok(format('select qa.create_user(null, %L, %L)', name, word), 'PB422', null, why)
from (values ('', 'long enough', 'no name'), ('  ', 'long enough', 'a blank name'), (null, 'long enough', 'null'),
	(repeat('n', 65), 'long enough', 'a name of 65'), (E'a\tb', 'long enough', 'a tab in a name'),
	('dan', '1234567', 'a password of 7'), ('dan', repeat('é', 7), '7 of them, in 14 bytes'),
	('dan', null, 'no password'),
	('dan', repeat('p', 73), 'a password of 73'), ('dan', repeat('é', 37), 'a password of 74 bytes')
) as t (name, word, why);
select lives_ok(format('select qa.create_user(null, %L, %L)', repeat('n', 64), repeat('p', 72)), 'just so long');

select throws_ok(format('select qa.sign_in(null, %L, %L)', name, word), 'PB401',
	'The username or the password is wrong.', format('sign in: %s, %s', name, left(word, 9)))
from (values ('Ann', 'wrong'), ('zoe', 'correct horse'), ('Ann', null), (null, null),
	(repeat('n', 64), repeat('p', 73))) as t (name, word);
select qa.sign_in(null, 'ANN ', 'correct horse') ->> 'token' as ann \gset
select qa.sign_in(null, 'bob', 'password of bob') ->> 'token' as bob \gset
select qa.sign_in(null, 'cleo', 'password of cleo') ->> 'token' as cleo \gset
select is(qa.get_session(:'ann') -> 'user' ->> 'username', 'Ann', 'signed in');
select throws_ok('select qa.get_session(null)', 'PB401', null, 'not signed in');

-- guessing ---------------------------------------------------------------------------------------

create function pg_temp.try(name text, password text, device text default null) returns text
language sql as $$
	select coalesce(a #>> '{refused,status}', 'in')
	from qa.sign_in(null, name, password, device) a;
$$;
create function pg_temp.wait(pause interval) returns void language sql as $$
	update qa.attempt set tried_at = tried_at - pause;
$$;
select is(qa.pause_after(n), pause::interval, format('after %s failures', n))
from (values (0, '0'), (4, '0'), (5, '1s'), (6, '2s'), (13, '256s'), (14, '5min'), (2147483647, '5min')) t (n, pause);
select is((select count(*) from qa.attempt), 0::bigint, 'who was right is not counted, nor is what the older function undoes');

-- As if so many had failed: the first pauses are too short to be met here for certain.
create function pg_temp.fail(more integer) returns void language sql as $$
	update qa.attempt set failures = failures + more, tried_at = clock_timestamp();
$$;
select is(array(select pg_temp.try(name, 'wrong') from generate_series(1, 5)), array_fill('401'::text, array[5]),
	format('%s: five wrong passwords', name))
from unnest(array['ann', 'nobody at all']) name;
select is(array_agg(failures), '{5,5}', 'are five') from qa.attempt;
select pg_temp.fail(7);
select is(pg_temp.try(name, password), '429', format('%s, %s: it is too early', name, password))
from unnest(array['ann', 'nobody at all', ' ANN ']) name, unnest(array['wrong', 'correct horse']) password;
select matches(answer::text, '^{"refused": {"detail": "Too many tries\. Try again in 1\d\d seconds\.", "status": 429, '
	'"retry_after_s": 1\d\d}}$', name || ' is told how long')
from unnest(array['ann', 'nobody at all']) name, qa.sign_in(null, name, 'wrong', null) answer;
select is(array_agg(failures), '{12,12}', 'who comes too early is not counted') from qa.attempt;
select is(pg_temp.try('bob', 'password of bob'), 'in', 'somebody else may');
select pg_temp.wait('128s');
select is(array(select pg_temp.try('ann', 'wrong') from generate_series(1, 2)), '{401,429}'::text[], 'one more when it is time');
select pg_temp.wait('256s');
select is(pg_temp.try('ann', 'correct horse'), 'in', 'the right one then');
select is(array(select pg_temp.try('ann', 'wrong') from generate_series(1, 5)), array_fill('401'::text, array[5]),
	'takes the count away');
select pg_temp.fail(7);
select pg_temp.wait('61min');
select is(array(select pg_temp.try('ann', 'wrong') from generate_series(1, 5)), array_fill('401'::text, array[5]),
	'so does an hour');
select pg_temp.wait('-1day');
select is(pg_temp.try('ann', 'wrong'), '401', 'a clock that was set back locks nobody out');

select qa.sign_in(null, 'bob', 'password of bob', '') ->> 'device' as device \gset
select qa.sign_in(null, 'cleo', 'password of cleo', 'sha256:' || encode(sha256(:'device'::bytea), 'hex')) ->> 'device' as renewed \gset
select isnt(:'renewed'::text, :'device', 'a device has a new token each time');
select results_eq(format('select a.username from qa.device d join qa.account a on a.id = d.account_id where d.token_hash = pgbell.hash_token(%L) order by 1', :'renewed'),
	array['bob', 'cleo'], 'and may be several people''s');
\set device :renewed
select isnt(qa.sign_in(null, 'cleo', 'password of cleo', 'made up') ->> 'device', 'made up', 'no client makes one');
select is(qa.sign_in(null, 'bob', 'password of bob', null) -> 'device', null, 'nor is one forced upon it');
select pg_temp.try('bob', 'wrong'), pg_temp.try('bob', 'wrong', 'made up') from generate_series(1, 2);
select pg_temp.fail(8);
select is(pg_temp.try('bob', 'password of bob'), '429', 'whoever guesses holds up those who are not known');
select is(pg_temp.try('bob', 'password of bob', 'made up'), '429', 'also with a device of no account');
select qa.sign_in(null, 'bob', 'password of bob', :'device') as answer \gset
select is(:'answer'::jsonb -> 'refused', null, 'but not her own browser');
select :'answer'::jsonb ->> 'device' as device \gset
select is(pg_temp.try('bob', 'password of bob'), '429', 'and that takes nothing from the others'' count');
select is(pg_temp.try('bob', 'wrong', :'device'), '401', 'which is counted for itself');
select pg_temp.fail(11);
select is(pg_temp.try('bob', 'password of bob', :'device'), '429', 'and has to wait too');
select qa.sign_in(null, 'cleo', 'password of cleo', '') from generate_series(1, 21);
select is((select max(n) from (select count(*) as n from qa.device group by account_id) c), 20::bigint,
	'an account has twenty devices at most');

insert into qa.attempt select sha256(n::text::bytea), 1, now() - interval '2 hours' from generate_series(1, 25) n;
select pg_temp.try('one', 'x'), pg_temp.try('two', 'x'), pg_temp.try('three', 'x');
select is((select count(*) from qa.attempt where tried_at < now() - interval '1 hour'), 0::bigint, 'old counts go');

-- None is looked at while it is too early.
create or replace function qa.check_password(password text, hash text) returns boolean
language plpgsql as $$ begin raise 'looked at'; end $$;
select throws_ok($$ select pg_temp.try('new', 'wrong') $$, 'looked at');
select pg_temp.fail(11);
select is(pg_temp.try('ann', 'correct horse'), '429', 'no password is looked at while it is too early');

-- who is told ------------------------------------------------------------------------------------

select pg_temp.id(qa.create_question(:'ann', ' Why? ', E'Because\n  of that')) as question \gset
select pg_temp.id(qa.create_answer(:'bob', :question, 'Hm.')) as answer \gset
select pg_temp.id(qa.create_answer(:'ann', :question, 'My own.')) as own \gset
select pg_temp.id(qa.comment_on_question(:'cleo', :question, 'Oh?')) as comment \gset
select qa.comment_on_answer(:'cleo', :answer, 'Ah?'), qa.comment_on_answer(:'bob', :answer, 'Mine.'),
	qa.comment_on_question(:'ann', :question, 'Mine.');
select is(qa.accept_answer(:'ann', :answer),
	jsonb_build_object('id', :answer, 'question_id', :question, 'accepted', true), 'accepted');
select qa.accept_answer(:'ann', :answer);

select results_eq($$ select pg_temp.inbox('Ann') $$, array['answer bob Hm.', 'comment cleo Oh?'],
	'the asker is told of answers and comments, not of her own doing');
select results_eq($$ select pg_temp.inbox('bob') $$, array['comment cleo Ah?', 'accepted Ann Hm.'],
	'the answerer is told of comments and of acceptance, once');
select is_empty($$ select pg_temp.inbox('cleo') $$, 'who comments is not told');
select is((select data::jsonb from pgbell.notification where kind = 'answer'), jsonb_build_object(
	'actor', (select jsonb_build_object('id', id, 'username', username) from qa.account where username = 'bob'),
	'question_id', :question, 'title', 'Why?', 'answer_id', :answer, 'excerpt', 'Hm.',
	'url', format('#/questions/%s', :question)), 'what is told');

insert into qa.answer (question_id, author_id, body)
select :question, id, 'From psql' from qa.account where username = 'cleo';
select results_eq($$ select pg_temp.inbox('Ann') $$, array['answer cleo From psql', 'comment cleo Oh?'],
	'an answer that another program inserts tells too, and is merged with the one that is unread');
select is(count || ' ' || jsonb_path_query_array(actors, '$.username'), '2 ["cleo", "bob"]', 'which counts them')
from pgbell.notification where kind = 'answer';
select qa.accept_answer(:'ann', (select id from qa.answer where body = 'From psql'));
select is((qa.get_question(null, :question) ->> 'accepted_answer_id')::bigint,
	(select id from qa.answer where body = 'From psql'), 'another answer is accepted in its place');
select results_eq($$ select pg_temp.inbox('cleo') $$, array['accepted Ann From psql'], 'and told');

-- reading ----------------------------------------------------------------------------------------

select is(qa.list_questions() #> '{questions,0}', jsonb_build_object('id', :question, 'title', 'Why?',
	'excerpt', 'Because of that', 'answer_count', 3, 'accepted', true,
	'author', qa.describe_account(q.author_id), 'created_at', pgbell.format_time(q.created_at)),
	'a question in the list')
from qa.question q where q.id = :question;
select is(jsonb_path_query_array(qa.get_question(null, :question), '$.answers[*].body'),
	'["From psql", "Hm.", "My own."]', 'the accepted answer comes first');
select is(jsonb_path_query_array(qa.get_question(null, :question), '$.answers[1].comments[*].body'),
	'["Ah?", "Mine."]', 'with its comments');
select is(jsonb_path_query_array(qa.get_question(null, :question), '$.comments[*].body'),
	'["Oh?", "Mine."]', 'and those of the question');
select is(qa.excerpt(repeat('x', 140)), repeat('x', 140), 'an excerpt that fits');
select is(qa.excerpt(repeat('x', 141)), repeat('x', 139) || '…', 'and one that does not');
select is(qa.excerpt(repeat(' x', 300)), left(repeat(' x', 300), 138) || '…', 'of a long body');

-- what is refused --------------------------------------------------------------------------------

select throws_ok(format('select qa.%s', call), code, null, format('%s %s', code, left(translate(call, E'\n', ' '), 60)))
from (values
	(format('create_question(null, %L, %L)', 't', 'b'), 'PB401'),
	(format('create_question(%L, %L, %L)', :'ann', ' ', 'b'), 'PB422'),
	(format('create_question(%L, %L, %L)', :'ann', E'a\nb', 'b'), 'PB422'),
	(format('create_question(%L, %L, %L)', :'ann', repeat('t', 201), 'b'), 'PB422'),
	(format('create_question(%L, %L, %L)', :'ann', 't', null), 'PB422'),
	(format('create_question(%L, %L, %L)', :'ann', 't', repeat('b', 20001)), 'PB422'),
	(format('create_answer(%L, %s, %L)', :'ann', :question, ''), 'PB422'),
	(format('create_answer(%L, %s, %L)', :'ann', :question, repeat('b', 20001)), 'PB422'),
	(format('create_answer(%L, -1, %L)', :'ann', 'b'), 'PB404'),
	(format('create_answer(null, %s, %L)', :question, 'b'), 'PB401'),
	(format('comment_on_question(%L, %s, %L)', :'ann', :question, repeat('b', 2001)), 'PB422'),
	(format('comment_on_question(%L, -1, %L)', :'ann', 'b'), 'PB404'),
	(format('comment_on_answer(%L, -1, %L)', :'ann', 'b'), 'PB404'),
	(format('comment_on_answer(%L, %s, %L)', :'ann', :answer, E' \n'), 'PB422'),
	(format('accept_answer(%L, -1)', :'ann'), 'PB404'),
	(format('accept_answer(%L, %s)', :'bob', :answer), 'PB403'),
	(format('delete_question(%L, %s)', :'bob', :question), 'PB403'),
	(format('delete_answer(%L, %s)', :'ann', :answer), 'PB403'),
	(format('delete_comment(%L, %s)', :'ann', :comment), 'PB403'),
	(format('delete_question(%L, -1)', :'bob'), 'PB404'),
	(format('delete_answer(%L, -1)', :'bob'), 'PB404'),
	(format('delete_comment(%L, -1)', :'bob'), 'PB404'),
	('get_question(null, -1)', 'PB404')
) as t (call, code);
select throws_ok(format('insert into qa.comment (question_id, answer_id, author_id, body) '
	'select q.id, %s, q.author_id, %L from qa.question q where q.id <> %s', :answer, 'x', :question),
	'23503', null, 'a comment is on an answer to its own question')
from (select qa.create_question(:'ann', 'Another', 'b')) other;

-- deletions --------------------------------------------------------------------------------------

select is(qa.delete_comment(:'cleo', :comment), null, 'a comment is deleted');
select results_eq($$ select pg_temp.inbox('Ann') $$, array['answer cleo From psql'], 'and with it what it told');
select qa.delete_answer(:'bob', :answer);
select results_eq($$ select pg_temp.inbox('Ann') $$, array['answer cleo From psql'],
	'a deleted answer leaves what tells of others too');
select is_empty($$ select pg_temp.inbox('bob') $$, 'and its comments, and its acceptance');
select qa.delete_answer(:'cleo', (select id from qa.answer where body = 'From psql'));
select qa.delete_answer(:'ann', :own);
select is_empty($$ select pg_temp.inbox('Ann') $$, 'the last one takes it along');
select pg_temp.id(qa.create_answer(:'bob', :question, 'Again')) as again \gset
select qa.comment_on_answer(:'cleo', :again, 'Again?');
select qa.delete_question(:'ann', :question);
select is_empty($$ select from pgbell.notification $$, 'a deleted question takes all along');
select is_empty($$ select from qa.answer $$, 'its answers too');
set constraints all immediate;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
select is_empty($$ select from pgbell.inbox where unread_count <> 0 $$, 'nothing is left to read');

-- who looks at a question, signed in or not ---------------------------------------------------------

create function pg_temp.told(question bigint) returns setof text language sql as $$
	select concat_ws(' ', p.kind, translate((p.data - array['id', 'question_id', 'created_at', 'answer_id', 'comment_id'])::text, '"', ''),
		array_to_string(array(select k from jsonb_object_keys(p.data) k where k ~ '_id$' order by k), ' '))
	from pgbell.publication p where p.topic = qa.topic_of(question) order by p.seq;
$$;
select pg_temp.id(qa.create_question(:'ann', 'Watched', 'b')) as question \gset
set constraints all immediate;
select is(qa.get_question(null, :question) - array['id', 'author', 'body', 'title', 'created_at', 'comments', 'answers', 'accepted_answer_id'],
	jsonb_build_object('topic', 'public:question/' || :question, 'seq', 0), 'a question says what to follow, and from where on');
set constraints all deferred;
select pg_temp.id(qa.create_answer(:'bob', :question, 'One')) as one \gset
select pg_temp.id(qa.create_answer(:'cleo', :question, repeat('x', 4001))) as two \gset
select pg_temp.id(qa.comment_on_question(:'ann', :question, 'To all')) as remark \gset
select qa.comment_on_answer(:'cleo', :one, 'To one');
select qa.accept_answer(:'ann', :one), qa.accept_answer(:'ann', :two);
update qa.answer set body = 'One and a half' where id = :one;
update qa.question set title = 'Watched!' where id = :question;
update qa.question set title = title, body = body where id = :question;
select qa.delete_comment(:'ann', :remark);
select qa.delete_answer(:'bob', :one);
set constraints all immediate;
select is_empty(format('select from pgbell.publication where data -> %L -> %L is null and kind in (%L, %L)', 'author', 'username', 'answer', 'comment'),
	'who wrote it is told');
select results_eq(format('select regexp_replace(told, %L, %L) from pg_temp.told(%s) told', 'author: [^}]*}(, )?', '', :question), array[
	'answer {body: One, accepted: false} question_id', 'answer {accepted: false} question_id',
	'comment {body: To all, } question_id', 'comment {body: To one, } answer_id question_id',
	'accepted {accepted: true} answer_id', 'accepted {accepted: false} answer_id', 'accepted {accepted: true} answer_id',
	'changed {} answer_id question_id', 'changed {} question_id',
	'deleted {} comment_id question_id', 'deleted {} answer_id question_id'],
	'each change in its order; a long answer without its body; not what goes along with what is deleted');
select is((select data from pgbell.publication where topic = qa.topic_of(:question) and seq = 1),
	(qa.describe_answer(row(:one, :question, (select id from qa.account where username = 'bob'), 'One', now(), null)::qa.answer)),
	'an answer as the page has it');
select is(qa.get_question(null, :question) ->> 'seq', '11', 'the question knows how far it is told');
set constraints all deferred;
select qa.delete_question(:'ann', :question);
set constraints all immediate;
select results_eq(format('select told from pg_temp.told(%s) told offset 11', :question), array['deleted {} question_id'], 'a deleted question is told of once');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
set constraints all deferred;

-- question/1 is not the beginning of question/11.
select pgbell.notify('p', 'k', '{}', s) from unnest(array['question/1', 'question/1/answer/2', 'question/11',
	'question/1-', 'question/10/answer/1']) s;
select is(pgbell.delete_subject('question/1'), 2::bigint, 'a subject is a path');

select * from finish();
rollback;
