-- 0026: a subject is a path, and has no control characters, as no kind and no key has.  Those that are there stay.

alter domain pgbell.notification_subject add constraint "a subject has no control characters"
	check (value !~ '[\u0001-\u001f\u007f-\u009f]') not valid;
