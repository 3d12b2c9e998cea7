-- The owner and its database, as the cluster's superuser.  What the product
-- itself needs is in sql/install.sql, which the owner runs.

select 'create role pgbell_owner login createrole'
where not exists (select from pg_roles where rolname = 'pgbell_owner') \gexec

grant pg_monitor, pg_signal_backend to pgbell_owner;

select 'create database pgbell owner pgbell_owner'
where not exists (select from pg_database where datname = 'pgbell') \gexec
