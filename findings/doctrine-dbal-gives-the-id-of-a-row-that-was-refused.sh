#!/usr/bin/env bash
# Doctrine DBAL's pgsql driver takes an insert for done, and has its id, whose commit PostgreSQL refused.
#
# Software:  php-doctrine-dbal 3.6.1+dfsg-1 (Debian 12) and 4.5.0+dfsg-1 (Debian sid; 4.2.3 of Debian 13 does as they do), PHP 8.2 with its pgsql
#            extension; PostgreSQL 15 (Debian 12). For comparison its pdo_pgsql driver, PDO and pg_query_params(), which tell it.
# Guessed:   an exception with the database's message, as from pdo_pgsql. (Guessed right of transactional() in 3.6: its rollBack() hides why.)
# Behaviour: an insert with parameters and without a transaction is committed at the protocol's Sync. What a deferred constraint or trigger
#            refuses comes as a result of its own behind that of the insert. The driver (`'driver' => 'pgsql'`) sends the statement and takes the first result;
#            the second is dropped as the next statement is sent. insert() says 1, fetchOne('insert … returning id') has an id, and the row
#            is not there. In transactional() both drivers raise; 3.6's pdo_pgsql says "There is no active transaction" and no more, 4 has the reason as
#            the previous exception.
# Seen:      pdo_pgsql: insert told, fetchOne told; pgsql: insert 1, fetchOne an id; rows 0
# For somebody who runs a stream: whatever does its work at commit, as an outbox or a numbered log, is where errors come, and a writer of this
#            kind answers "201 created" for a row that is not there. Write within transactional(), or by pdo_pgsql.
# For pgbell: numbers are given at commit; "An error of the commit" in deploy/README.md names it.
set -euo pipefail

dir=$(mktemp -d)
cd "$dir"
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo 'needs apt-get install postgresql-15' >&2; exit 2; }
php -m 2>/dev/null | grep -qx pgsql || { echo 'needs apt-get install php8.2-cli php8.2-pgsql' >&2; exit 2; }
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
finish() { as_nobody $bin/pg_ctl -D "$dir/db/data" -s -m immediate stop 2>/dev/null || true; rm -rf "$dir"; }
trap finish EXIT

chmod 755 "$dir"
mkdir -m 755 db
[ "$(id -u)" != 0 ] || chown nobody db
as_nobody $bin/initdb -D "$dir/db/data" -U postgres -A trust -N >initdb.log
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/db" start
psql -XAtq -h "$dir/db" -p 5432 -U postgres -d postgres -c "create table news (id serial, n int);
	create function refuse() returns trigger language plpgsql as 'begin raise ''refused at commit''; end';
	create constraint trigger refuse after insert on news deferrable initially deferred for each row execute function refuse()"

# Debian 12's as apt has it here, sid's by lists of our own; all are plain PHP.
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
mkdir -p lists cache
: >status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >sources.list
plain=(-qq -o APT::Sandbox::User=root)
sid=("${plain[@]}" -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
	-o "Dir::State::status=$dir/status" -o Acquire::Languages=none)
apt-get "${sid[@]}" update
beside=(php-doctrine-deprecations php-psr-cache php-psr-log)
apt-get "${plain[@]}" download php-doctrine-dbal=3.6.1+dfsg-1 php-doctrine-event-manager "${beside[@]}"
for package in *.deb; do dpkg -x "$package" bookworm; done
rm -f -- *.deb
apt-get "${sid[@]}" download php-doctrine-dbal=4.5.0+dfsg-1 "${beside[@]}" 2>/dev/null || apt-get "${sid[@]}" download php-doctrine-dbal "${beside[@]}"
for package in *.deb; do dpkg -x "$package" sid; done
rm -f -- *.deb

cat >try.php <<'PHP'
<?php
[, $host, $classes] = $argv;
spl_autoload_register(function ($class) use ($classes) {
	$file = $classes . '/' . strtr($class, '\\', '/') . '.php';
	if (is_file($file)) require $file;
});
function outcome(callable $way) {
	try { return json_encode($way()); }
	catch (Throwable $e) {
		$told = str_contains($e->getMessage(), 'refused at commit') ? 'told' : rtrim($e->getMessage(), '.');
		for ($p = $e->getPrevious(); $p; $p = $p->getPrevious())
			if ($told !== 'told' && str_contains($p->getMessage(), 'refused at commit')) $told .= ' (previous: told)';
		return preg_replace('/(?: \(previous: told\))+/', ' (previous: told)', $told);
	}
}
foreach (['pdo_pgsql', 'pgsql'] as $driver) {
	$db = Doctrine\DBAL\DriverManager::getConnection(['driver' => $driver, 'host' => $host, 'port' => 5432, 'user' => 'postgres', 'dbname' => 'postgres']);
	$insert = outcome(fn () => $db->insert('news', ['n' => 1]));
	$id = outcome(fn () => $db->fetchOne('insert into news (n) values (?) returning id', [1]));
	$within = outcome(fn () => $db->transactional(fn ($on) => $on->insert('news', ['n' => 1])));
	echo "$driver: insert ", $insert, ', fetchOne ', preg_replace('/^\d+$/', 'an id', $id), ", transactional: $within; rows ", $db->fetchOne('select count(*) from news'), "\n";
}
PHP
for release in bookworm sid; do
	echo "$release"
	timeout 60 php try.php "$dir/db" "$dir/$release/usr/share/php"
done >seen
cat seen
diff seen - <<'EXPECTED'
bookworm
pdo_pgsql: insert told, fetchOne told, transactional: There is no active transaction; rows 0
pgsql: insert 1, fetchOne an id, transactional: told; rows 0
sid
pdo_pgsql: insert told, fetchOne told, transactional: There is no active transaction (previous: told); rows 0
pgsql: insert 1, fetchOne an id, transactional: There is no active transaction (previous: told); rows 0
EXPECTED
