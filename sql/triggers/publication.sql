-- See triggers/notification.sql.

create or replace trigger note_published instead of insert on pgbell.publication
for each row execute function pgbell.note_published();

create or replace trigger refuse_retraction instead of update or delete on pgbell.publication
for each row execute function pgbell.refuse_retraction();
