-- What must be so before anything is installed: a fit database, the right role, the schema,
-- pgcrypto, and the roles.

do $$
declare
	owner name;
begin
	-- Two installations at once follow each other.
	perform pg_advisory_xact_lock(hashtext('pgbell install'));
	select pg_get_userbyid(nspowner) into owner from pg_namespace where nspname = 'pgbell';
	if current_setting('server_version_num')::integer < 140000 then
		raise exception 'pgbell needs PostgreSQL 14 or newer, this is %',
			current_setting('server_version')
			using hint = 'pg_upgrade brings a cluster to a newer one.';
	elsif current_setting('server_encoding') <> 'UTF8' then
		raise exception 'pgbell needs a database with encoding UTF8, this one has %',
			current_setting('server_encoding')
			using hint = 'create database ... template template0 encoding ''UTF8'' makes one, into which a dump of this one can be restored.';
	elsif owner <> current_user then
		raise exception 'pgbell is installed here and belongs to %, not to %', owner, current_user
			using hint = 'Install as that role.';
	elsif (select rolsuper from pg_roles where rolname = current_user) then
		raise warning 'pgbell is being installed by a superuser: its functions will run as one'
			using hint = 'Better is a role of its own, the owner of the database.';
	end if;
end;
$$;

create schema if not exists pgbell;
create table if not exists pgbell.migration (
	number integer primary key,
	name text not null,
	applied_at timestamptz not null default now()
);

-- A hoster may have put pgcrypto anywhere; functions that use it name the schema they find here.
-- Where it is missing it goes to schema public, if there is one in which we may create, and
-- else into a schema of its own.
do $$
declare
	place name := 'pgcrypto';
begin
	if exists (select from pg_extension where extname = 'pgcrypto') then
		return;
	elsif has_schema_privilege(to_regnamespace('public')::oid, 'create') then
		place := 'public';
	else
		create schema if not exists pgcrypto;
	end if;
	execute format('create extension pgcrypto schema %I', place);
end;
$$;
select n.nspname as pgcrypto
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
where e.extname = 'pgcrypto' \gset

do $$
declare
	wanted name;
	missing name[];
begin
	foreach wanted in array array['pgbell_api', 'pgbell_stream'] loop
		if exists (select from pg_roles where rolname = wanted) then
			continue;
		elsif (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) then
			execute format('create role %I login', wanted);
		else
			missing := missing || wanted;
		end if;
	end loop;
	if missing is not null then
		set local client_min_messages = notice;
		raise notice 'without %: % may not create roles, so one role does everything',
			array_to_string(missing, ' and '), current_user
			using hint = format(E'To have them, run this as a role that may create roles, and then '
				'install once more:\n%s\nThe password, one for both, goes into the settings (PGPASSWORD, '
				'pgbell.env(5)); leave it out where PostgreSQL is on the same host and knows accounts by '
				'their names (peer).',
				(select string_agg(format('    create role %I login password ''<the password>'';', m),
					E'\n') from unnest(missing) m));
		set local client_min_messages = warning;
	end if;
end;
$$;
select
	exists (select from pg_roles where rolname = 'pgbell_api') as has_api,
	exists (select from pg_roles where rolname = 'pgbell_stream') as has_stream \gset
