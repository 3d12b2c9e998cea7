-- Who is told what, whichever program writes the post.

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
