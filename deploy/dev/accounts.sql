-- Two people to try pgbell with, as the owner of the database.

select qa.create_user(null, demo.username, demo.password)
from (values ('alice', 'alice-rings'), ('bob', 'bob-rings')) as demo (username, password)
where not exists (select from qa.account where lower(account.username) = demo.username);

insert into pgbell.operator (user_id)
select id::text from qa.account where username = 'alice'
on conflict do nothing;
