-- 0027: two triggers have names by which they fire before those of the application's: triggers/notification.sql.

drop trigger if exists note_updated on pgbell.notification;
drop trigger if exists note_unread on pgbell.notification;

comment on column pgbell.pending.is_twice is
	'whether it was deleted and came again before, or comes again in the statement that deleted it, which is not noted yet';
