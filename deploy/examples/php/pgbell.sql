-- What the site's role may call; run as the owner of the database, after sql/install.sql:
--
--     psql -v ON_ERROR_STOP=1 -v role=shop -f pgbell.sql

grant usage on schema pgbell to :"role";
grant execute on function
	pgbell.create_session(text, interval),
	pgbell.renew_session(text),
	pgbell.end_session(text),
	pgbell.revoke_sessions(text),
	pgbell.notify
to :"role";
