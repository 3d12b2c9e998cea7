-- Function: qa.publish_acceptance(0)
--   Trigger, for each answer that is accepted, or is the accepted one no longer: tells those who look at
--   its question {"answer_id", "accepted"}.
-- Tables: see qa.publish_post(3)

create or replace function qa.publish_acceptance()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	perform qa.publish_post(new.question_id, 'accepted',
		jsonb_build_object('answer_id', new.id, 'accepted', new.accepted_at is not null));
	return null;
end;
$$;
