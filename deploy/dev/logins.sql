-- The roles that the owner's sql/install.sql has made may log in.  As the cluster's superuser: where
-- a cluster of PostgreSQL 15 or older has become one of 16 or later, `createrole` alone does not let
-- the owner alter roles that it made before.  There the owner gets, for roles of before too, what
-- it has of those that it makes today.

alter role pgbell_api login;
alter role pgbell_stream login;

select 'grant pgbell_api, pgbell_stream to pgbell_owner with admin option, inherit false, set false'
where current_setting('server_version_num')::int >= 160000
    and exists (
        select from pg_roles
        where rolname in ('pgbell_api', 'pgbell_stream')
            and not exists (
                select from pg_auth_members
                where roleid = pg_roles.oid and member = 'pgbell_owner'::regrole and admin_option))
\gexec
