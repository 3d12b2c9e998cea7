-- 0003: people may mute a question, or a kind.

select pgbell.allow_mutes();
