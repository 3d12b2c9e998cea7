-- Every function and every table, tried as every role.
--
-- The list of functions is complete or the test fails: a new function needs a decision here.

begin;
set local client_min_messages = warning;
select no_plan();

create temporary table expected (function text primary key, callers text[]);
insert into expected values
	-- what a client asks for, through pgbell-api
	('pgbell.check_health(text)', '{owner,api}'),
	('pgbell.create_ticket(text)', '{owner,api}'),
	('pgbell.delete_notification(text,bigint)', '{owner,api}'),
	('pgbell.end_session(text)', '{owner,api}'),
	('pgbell.get_session(text)', '{owner,api}'),
	('pgbell.describe_installation(text)', '{owner,api}'),
	('pgbell.get_unread_count(text)', '{owner,api}'),
	('pgbell.list_events(text,bigint,integer)', '{owner,api}'),
	('pgbell.list_topic_events(text,text,bigint,integer)', '{owner,api}'),
	('pgbell.authenticate(text)', '{owner}'),
	('pgbell.list_log(text,bigint,integer)', '{owner}'),
	('pgbell.list_filtered(text,integer,bigint,boolean,text,text)', '{owner,api}'),
	('pgbell.list_notifications(text,integer,bigint,boolean)', '{owner,api}'),
	('pgbell.mark_all_read(text,bigint)', '{owner,api}'),
	('pgbell.mark_read(text,bigint)', '{owner,api}'),
	('pgbell.mark_unread(text,bigint)', '{owner,api}'),
	('pgbell.renew_session(text)', '{owner,api}'),
	('pgbell.get_preferences(text)', '{owner,api}'),
	('pgbell.mark_seen(text,bigint)', '{owner,api}'),
	('pgbell.count_unseen(text)', '{owner}'),
	('pgbell.newest_unread(text,bigint,bigint[],bigint)', '{owner}'),
	('pgbell.get_counts(text)', '{owner,api}'),
	('pgbell.list_notifications(text,integer,bigint,boolean,text,text)', '{owner,api}'),
	('pgbell.set_preferences(text,text,text,boolean)', '{owner,api}'),
	('pgbell.list_snoozed(text,integer,bigint)', '{owner,api}'),
	('pgbell.unsnooze(text,bigint)', '{owner,api}'),
	('qa.accept_answer(text,bigint)', '{owner,api}'),
	('qa.comment_on_answer(text,bigint,text)', '{owner,api}'),
	('qa.comment_on_question(text,bigint,text)', '{owner,api}'),
	('qa.create_answer(text,bigint,text)', '{owner,api}'),
	('qa.create_question(text,text,text)', '{owner,api}'),
	('qa.create_user(text,text,text)', '{owner,api}'),
	('qa.delete_answer(text,bigint)', '{owner,api}'),
	('qa.delete_comment(text,bigint)', '{owner,api}'),
	('qa.delete_question(text,bigint)', '{owner,api}'),
	('qa.get_question(text,bigint)', '{owner,api}'),
	('qa.get_session(text)', '{owner,api}'),
	('qa.list_questions(text,integer,bigint)', '{owner,api}'),
	('qa.sign_in(text,text,text)', '{owner,api}'),
	('qa.sign_in(text,text,text,text)', '{owner,api}'),
	-- what pgbell-stream needs
	('pgbell.identify(text)', '{owner,api,stream}'),
	('pgbell.knows_token(text)', '{owner,api}'),
	('pgbell.ended_sessions(text[])', '{owner,stream}'),
	('pgbell.changed_sessions(text[],timestamp with time zone[])', '{owner,stream}'),
	('pgbell.events_after(text[],bigint[],integer,integer)', '{owner,stream}'),
	('pgbell.events_after(text[],bigint[],text[],integer,timestamp with time zone[])', '{owner,stream}'),
	('pgbell.renewed_sessions(text[],timestamp with time zone[])', '{owner,stream}'),
	('pgbell.ring_sessions()', '{owner}'),
	('pgbell.leapt(text,bigint)', '{owner,stream}'),
	('pgbell.delete_one(text,bigint)', '{owner}'),
	('pgbell.mark_all_of(text,bigint)', '{owner}'),
	('pgbell.run_command(text,text,text,text,bigint,text)', '{owner}'),
	('pgbell.run_commands(text[],text[],text[],text[],bigint[],text[])', '{owner,stream}'),
	('pgbell.open_streams(text[],text[],bigint[])', '{owner,stream}'),
	('pgbell.open_streams(text[],text[],bigint[],text[])', '{owner,stream}'),
	('pgbell.lost_follows(text[],text[])', '{owner,stream}'),
	('pgbell.bell_lock()', '{owner,stream}'),
	('pgbell.look(text,integer,integer,integer,integer)', '{owner,stream}'),
	('pgbell.take_berth(integer)', '{owner,stream}'),
	('pgbell.leave_berth(integer)', '{owner,stream}'),
	('pgbell."trim"(interval,integer)', '{owner,stream}'),
	('pgbell.trim_if_due(interval,interval,integer,interval)', '{owner,stream}'),
	('pgbell.newest_announcement()', '{owner,stream}'),
	('pgbell.take_announcements(text[])', '{owner,stream}'),
	-- the owner's, and the inside
	('pgbell.announce(text,jsonb,timestamp with time zone,text)', '{owner}'),
	('pgbell.withdraw(bigint)', '{owner}'),
	('pgbell.give_announcements(text[],bigint)', '{owner}'),
	('pgbell.has_announcements()', '{owner}'),
	('pgbell.expect_announcements()', '{owner}'),
	('pgbell.end_announcements(integer)', '{owner}'),
	('pgbell.list_events_anew(text,bigint,integer)', '{owner}'),
	('pgbell.ask_anew(text,text,bigint,integer,boolean,text,text)', '{owner}'),
	('pgbell.ring_due()', '{owner}'),
	('pgbell.trim_read(interval,integer)', '{owner}'),
	('pgbell.delete_untold(bigint[])', '{owner}'),
	('pgbell.check_consistency()', '{owner}'),
	('pgbell.create_session(text,interval)', '{owner}'),
	('pgbell.current_era()', '{owner}'),
	('pgbell.delete_subject(text)', '{owner}'),
	('pgbell.describe_event(pgbell.notification,timestamp with time zone)', '{owner}'),
	('pgbell.describe_listed(pgbell.notification,timestamp with time zone)', '{owner}'),
	('pgbell.describe_placed(pgbell.notification,timestamp with time zone)', '{owner}'),
	('pgbell.first_behind(text,bigint)', '{owner}'),
	('pgbell.goes_on(text,bigint)', '{owner}'),
	('pgbell.concerns_all(text)', '{owner}'),
	('pgbell.import_notification(text,text,jsonb,text,timestamp with time zone,timestamp with time zone)', '{owner}'),
	('pgbell.is_covered(bigint,bigint,bigint[])', '{owner}'),
	('pgbell.leap()', '{owner}'),
	('pgbell.log_one(text,text,jsonb,integer)', '{owner}'),
	('pgbell.mark_many_read(text,bigint)', '{owner}'),
	('pgbell.mark_one(text,bigint,boolean)', '{owner}'),
	('pgbell.mend(text)', '{owner}'),
	('pgbell.mend_log(text)', '{owner}'),
	('pgbell.name_change(boolean,boolean,boolean,integer)', '{owner}'),
	('pgbell.number_many()', '{owner}'),
	('pgbell.number_noted(xid8)', '{owner}'),
	('pgbell.number_one(bigint,text,boolean,boolean)', '{owner}'),
	('pgbell.see()', '{owner}'),
	('pgbell.page_bytes()', '{owner}'),
	('pgbell.settle_one(pgbell.inbox,integer)', '{owner}'),
	('pgbell.settle_read(integer)', '{owner}'),
	('pgbell.shrink_pending()', '{owner}'),
	('pgbell.changed_after(text,bigint)', '{owner}'),
	('pgbell.describe_inbox(text)', '{owner}'),
	('pgbell.format_end(timestamp with time zone)', '{owner}'),
	('pgbell.format_time(timestamp with time zone)', '{owner}'),
	('pgbell.hash_token(text)', '{owner}'),
	('pgbell.note_deleted()', '{owner}'),
	('pgbell.note_unread()', '{owner}'),
	('pgbell.note_inserted()', '{owner}'),
	('pgbell.note_updated()', '{owner}'),
	('pgbell.notify(text,text,jsonb,text,text,timestamp with time zone,timestamp with time zone)', '{owner}'),
	('pgbell.run_due(integer)', '{owner,stream}'),
	('pgbell.expire(bigint[])', '{owner}'),
	('pgbell.run_tasks(pgbell.due[])', '{owner}'),
	('pgbell.run_task(pgbell.due)', '{owner}'),
	('pgbell.snoozed_notification(pgbell.due)', '{owner}'),
	('pgbell.expire_at(bigint,timestamp with time zone)', '{owner}'),
	('pgbell.forget_person(text)', '{owner}'),
	('pgbell.claim_unread(interval,text[],integer,text[])', '{owner}'),
	('pgbell.snooze(text,bigint,text)', '{owner,api}'),
	('pgbell.collapse()', '{owner}'),
	('pgbell.is_there(bigint,text)', '{owner}'),
	('pgbell.is_about(text,text)', '{owner}'),
	('pgbell.has_triggers()', '{owner}'),
	('pgbell.name_keepers(regclass)', '{owner}'),
	('pgbell.require_forgotten(text)', '{owner}'),
	('pgbell.put_back(pgbell.due,interval)', '{owner}'),
	('pgbell.put_off_busy(pgbell.due[])', '{owner}'),
	('pgbell.mark_later(text,bigint,boolean)', '{owner}'),
	('pgbell.allow_mutes(text[])', '{owner}'),
	('pgbell.has_mutes()', '{owner}'),
	('pgbell.leave_muted_out()', '{owner}'),
	('pgbell.may_notify(text,text,text)', '{owner}'),
	('pgbell.mute(text,text,text,boolean)', '{owner}'),
	('pgbell.describe_preferences(text)', '{owner}'),
	('pgbell.common_subject(text,text)', '{owner}'),
	('pgbell.describe_merged(pgbell.notification)', '{owner}'),
	('pgbell.number_at_commit()', '{owner}'),
	('pgbell.number_at_once(pgbell.pending)', '{owner}'),
	('pgbell.publish(text,text,jsonb)', '{owner}'),
	('pgbell.ring_topics(text[])', '{owner}'),
	('pgbell.ring_words(text[])', '{owner}'),
	('pgbell.topic_seq(text)', '{owner}'),
	('pgbell.may_follow(text,text)', '{owner}'),
	('pgbell.lets_follow(text[],text[])', '{owner}'),
	('pgbell.open_follows(text,text)', '{owner}'),
	('pgbell.note_published()', '{owner}'),
	('pgbell.refuse_retraction()', '{owner}'),
	('pgbell.topic_address(text)', '{owner}'),
	('pgbell.finish_event(text,bigint,text,jsonb,integer,timestamp with time zone)', '{owner}'),
	('pgbell.number_pending()', '{owner}'),
	('pgbell.random_token()', '{owner}'),
	('pgbell.refuse_change()', '{owner}'),
	('pgbell.require_notification(text,bigint)', '{owner}'),
	('pgbell.require_session(text)', '{owner}'),
	('pgbell.require_turn(text)', '{owner}'),
	('pgbell.take_turn(text)', '{owner}'),
	('pgbell.reset_reason(bigint,bigint,boolean)', '{owner}'),
	('pgbell.revoke_sessions(text)', '{owner}'),
	('pgbell.ring(text[])', '{owner,api}'),
	('pgbell.wake_streams(text[])', '{owner}'),
	('pgbell.spend_ticket(text)', '{owner}'),
	('qa.check_password(text,text)', '{owner}'),
	('qa.clean_text(text,text,integer,boolean)', '{owner}'),
	('qa.count_attempt(bytea)', '{owner}'),
	('qa.describe_account(bigint)', '{owner}'),
	('qa.describe_comment(qa.comment)', '{owner}'),
	('qa.excerpt(text)', '{owner}'),
	('qa.forget_post()', '{owner}'),
	('qa.hash_password(text)', '{owner}'),
	('qa.list_comments(bigint,bigint)', '{owner}'),
	('qa.notify_author(bigint,bigint,text,bigint,bigint,bigint,text)', '{owner}'),
	('qa.notify_of_acceptance()', '{owner}'),
	('qa.notify_of_answer()', '{owner}'),
	('qa.notify_of_comment()', '{owner}'),
	('qa.pause_after(integer)', '{owner}'),
	('qa.refuse_deletion(text,boolean)', '{owner}'),
	('qa.remember_device(bigint,text)', '{owner}'),
	('qa.require_account(text)', '{owner}'),
	('qa.require_author(text)', '{owner}'),
	('qa.topic_of(bigint)', '{owner}'),
	('qa.describe_answer(qa.answer)', '{owner}'),
	('qa.publish_post(bigint,text,jsonb)', '{owner}'),
	('qa.publish_answer()', '{owner}'),
	('qa.publish_comment()', '{owner}'),
	('qa.publish_acceptance()', '{owner}'),
	('qa.publish_change()', '{owner}'),
	('qa.subject_of(bigint,bigint,bigint)', '{owner}');

create role pgbell_test_stranger;
create temporary table role as
values ('owner', (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'pgbell')),
	('api', 'pgbell_api'), ('stream', 'pgbell_stream'), ('stranger', 'pgbell_test_stranger');
alter table role rename column1 to name;
alter table role rename column2 to role;

create temporary view function as
select p.oid::regprocedure::text as function, p.proowner, p.proacl, p.prosqlbody, p.prosecdef,
	p.proconfig,
	(select string_agg(format('null::%s', format_type(t, null)), ', ' order by n)
	from unnest(p.proargtypes) with ordinality as a (t, n)) as arguments,
	format('%I.%I', n.nspname, p.proname) as name
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('pgbell', 'qa');

-- What comes of a statement: refused by the rights of the role, or not (it may fail otherwise).
create function pg_temp.attempt(role name, statement text) returns text language plpgsql as $$
begin
	perform set_config('role', role, true);
	begin
		execute statement;
	exception
		when insufficient_privilege then
			perform set_config('role', 'none', true);
			return 'refused';
		when others then null;
	end;
	perform set_config('role', 'none', true);
	return 'allowed';
end;
$$;

select set_eq('select function from function', 'select function from expected',
	'every function has a decision who may call it');

select is(pg_temp.attempt(r.role, format('select %s(%s)', f.name, f.arguments)),
	case when r.name = any (e.callers) then 'allowed' else 'refused' end,
	format('%s calls %s', r.name, f.function))
from function f
join expected e on e.function = f.function
cross join role r
order by f.function, r.name;

select is(pg_temp.attempt(r.role, format(a.statement, c.oid::regclass)),
	case when r.name = 'owner' then 'allowed' else 'refused' end,
	format('%s: ' || a.statement, r.name, c.oid::regclass))
from pg_class c
cross join role r
cross join (values ('select from %s'), ('insert into %s default values'), ('delete from %s'),
	('truncate %s cascade'), ('lock table %s')) as a (statement)
where c.relnamespace in ('pgbell'::regnamespace, 'qa'::regnamespace) and (c.relkind = 'r'
	or c.relkind = 'v' and a.statement ~ 'select|lock') -- views are not written to, but by insert
order by c.oid::regclass::text, r.name, a.statement;

select is(has_table_privilege(r.role, c.oid, 'update, references, trigger, delete, truncate')
		or has_any_column_privilege(r.role, c.oid, 'insert, update, references'),
	r.name = 'owner', format('%s updates %s', r.name, c.oid::regclass))
from pg_class c
cross join role r
where c.relnamespace in ('pgbell'::regnamespace, 'qa'::regnamespace) and c.relkind in ('r', 'v');

select is(has_sequence_privilege(r.role, c.oid, 'usage, select, update'), r.name = 'owner',
	format('%s uses %s', r.name, c.oid::regclass))
from pg_class c
cross join role r
where c.relnamespace in ('pgbell'::regnamespace, 'qa'::regnamespace) and c.relkind = 'S';

select is(has_schema_privilege(r.role, s.name, 'create'), r.name = 'owner',
	format('%s creates in schema %s', r.name, s.name))
from role r
cross join (values ('pgbell'), ('qa')) as s (name);

select is_empty($$
	select f.function
	from function f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
	where a.grantee = 0
$$, 'PUBLIC may call nothing');

-- A body in SQL itself was parsed when it was created: it has no names left to look up.  One that
-- runs as its caller, whom only the owner can call, has the search_path that its caller has pinned;
-- whom everybody can call, it gives no rights.
select is_empty($$
	select f.function
	from function f
	join expected e using (function)
	where f.prosqlbody is null and (f.prosecdef or e.callers not in ('{owner}', '{owner,api,stream}'))
		and not exists (
			select from unnest(f.proconfig) c where c ~ '^search_path=(pgbell|qa, pgbell), pg_temp$')
$$, 'every function that runs as its owner pins its search_path, with pg_temp last');

select is_empty($$
	select p.oid::regprocedure
	from pg_proc p
	join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.refclassid = 'pg_type'::regclass
	join pg_type t on t.oid = d.refobjid
	where p.prosqlbody is not null and p.pronamespace in ('pgbell'::regnamespace, 'qa'::regnamespace) and t.typrelid <> 0
$$, 'none takes a row of a table and has a parsed body: it would keep an application from adding a column with a default');

select is_empty($$
	select f.function from function f join pg_roles r on r.oid = f.proowner
	where r.rolname <> (select role from role where name = 'owner') or r.rolsuper
$$, 'everything belongs to the owner, who is no superuser');

-- A writer with nothing but the right to insert.
grant usage on schema pgbell to pgbell_test_stranger;
grant insert on pgbell.notification to pgbell_test_stranger;
set local role pgbell_test_stranger;
insert into pgbell.notification (user_id, kind) values ('plain', 'insert');
set constraints all immediate;
set local role none;
select is((select unread_count from pgbell.inbox where address = 'plain'), 1,
	'a role that may only insert notifies');

select * from finish();
rollback;
