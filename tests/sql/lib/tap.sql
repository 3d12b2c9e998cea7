-- What several files of tests use, beside pgTAP in its schema.

-- What a commit does: a file of tests is a transaction that is rolled back.
create function tap.commit() returns void language plpgsql as $$
begin
	set constraints all immediate;
	set constraints all deferred;
end;
$$;

-- A trigger as an application may have one on pgbell.notification, after insert.
create function tap.meddle() returns trigger language plpgsql as $$
begin
	case new.kind
		when 'enriched' then update pgbell.notification set data = '{"more":1}' where id = new.id;
		when 'seen' then update pgbell.notification set read_at = now() where id = new.id;
		when 'unwanted' then delete from pgbell.notification where id = new.id;
		when 'told on' then perform pgbell.notify('boss', 'told');
		else null;
	end case;
	return null;
end;
$$;

-- How a call of a function of pgbell is refused: its SQLSTATE and, where there is one, its detail.
create function tap.refusal(call text) returns text language plpgsql as $$
declare
	detail text;
begin
	execute 'select pgbell.' || call;
	return 'none';
exception when others then
	get stacked diagnostics detail = pg_exception_detail;
	return concat_ws(' ', sqlstate, nullif(detail, ''));
end;
$$;

-- The blocks of notifications and their indexes that a query fetches.
create function tap.blocks(query text) returns bigint language plpgsql as $$
declare
	before bigint;
	total constant text := 'select sum(pg_stat_get_xact_blocks_fetched(c)) from (select indexrelid c from pg_index
		where indrelid = ''pgbell.notification''::regclass union select ''pgbell.notification''::regclass) t';
	after bigint;
begin
	execute total into before;
	execute query;
	execute total into after;
	return after - before;
end;
$$;
