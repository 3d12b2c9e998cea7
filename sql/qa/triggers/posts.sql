-- Who is notified of what, whichever program writes the post.

create or replace trigger notify_of_answer after insert on qa.answer
for each row execute function qa.notify_of_answer();

create or replace trigger notify_of_acceptance after update of accepted_at on qa.answer
for each row when (old.accepted_at is null and new.accepted_at is not null)
execute function qa.notify_of_acceptance();

create or replace trigger notify_of_comment after insert on qa.comment
for each row execute function qa.notify_of_comment();

create or replace trigger forget_post before delete on qa.question
for each row execute function qa.forget_post();

create or replace trigger forget_post before delete on qa.answer
for each row execute function qa.forget_post();

create or replace trigger forget_post before delete on qa.comment
for each row execute function qa.forget_post();

-- Everybody who looks at the question is told, signed in or not: qa.topic_of(1).

create or replace trigger publish_answer after insert on qa.answer
for each row execute function qa.publish_answer();

create or replace trigger publish_comment after insert on qa.comment
for each row execute function qa.publish_comment();

create or replace trigger publish_acceptance after update of accepted_at on qa.answer
for each row when ((old.accepted_at is null) <> (new.accepted_at is null))
execute function qa.publish_acceptance();

create or replace trigger publish_change after update of title, body on qa.question
for each row when (old.title <> new.title or old.body <> new.body)
execute function qa.publish_change();

create or replace trigger publish_change after update of body on qa.answer
for each row when (old.body <> new.body)
execute function qa.publish_change();

create or replace trigger publish_change after update of body on qa.comment
for each row when (old.body <> new.body)
execute function qa.publish_change();

create or replace trigger publish_deletion after delete on qa.question
for each row execute function qa.publish_change();

create or replace trigger publish_deletion after delete on qa.answer
for each row execute function qa.publish_change();

create or replace trigger publish_deletion after delete on qa.comment
for each row execute function qa.publish_change();
