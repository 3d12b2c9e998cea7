-- What \d+ tells of tables and columns.

comment on table pgbell.inbox is 'The row that orders a log, a person''s or a topic''s, and holds a person''s badge';
comment on column pgbell.inbox.address is 'A person''s user_id; or chr(1) and a topic';
comment on table pgbell.notification is 'What people are told; insert here, or call pgbell.notify';
comment on column pgbell.notification.user_id is 'Whom it is for: the application''s key, as text';
comment on column pgbell.notification.kind is 'What happened, for the page to choose words and icon';
comment on column pgbell.notification.data is 'A JSON object, passed on to the page as it is';
comment on column pgbell.notification.created_at is 'When it was inserted';
comment on column pgbell.notification.read_at is 'When the person read it; null: unread, unless pgbell.inbox.read_up_to says otherwise for a while';
comment on table pgbell.event is 'The log: each change of an inbox and all that is published, numbered without a gap; trimmed by age';
comment on column pgbell.event.seq is 'The number in the log of its address, which the stream has as its id';
comment on view pgbell.publication is 'What was published to topics and is still kept; insert here, or call pgbell.publish';
comment on table pgbell.pending is 'Inner: what a running transaction has touched; empty between transactions';
comment on view pgbell.change is 'Inner: what the notes in pgbell.pending have come to';
comment on table pgbell.announcement is 'What everybody is told; see pgbell.announce';
comment on table pgbell.announced is 'Which notifications announcements have become';
comment on table pgbell.claim is 'What was handed out to another way of telling; see pgbell.claim_unread';
comment on table pgbell.claimant is 'Whom it was handed out for';
comment on table pgbell.due is 'What is to be done with notifications at a time; see pgbell.run_due';
comment on column pgbell.due.task is 'expire: delete it; deliver: one that was put off; return: one that was snoozed';
comment on table pgbell.mute is 'What people want to hear no more of; see pgbell.mute';
comment on column pgbell.mute.kind is 'Null: all kinds';
comment on column pgbell.mute.subject is 'A subject, and what is under it; null: all';
comment on table pgbell.unmutable_kind is 'Kinds that nobody can mute; see pgbell.allow_mutes';
comment on table pgbell.session is 'Sessions of pgbell''s own; an application may have others, see pgbell.authenticate';
comment on table pgbell.ticket is 'Single-use tickets that open a stream';
comment on table pgbell.operator is 'Who may read the statistics of a stream process';
comment on table pgbell.migration is 'Inner: which migrations were applied';
