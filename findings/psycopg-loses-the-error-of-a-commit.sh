#!/usr/bin/env bash
# psycopg 3's executemany() and pipelines say something else where a commit was refused, and its stream() says nothing.
#
# Software:  python3-psycopg 3.1.7-4 (Debian 12) and 3.3.5-1 (Debian sid; 3.2.6-1 of Debian 13 does as they do); PostgreSQL 15 (Debian 12). For
#            comparison psycopg2, asyncpg, pg8000, PyGreSQL, aiopg of Debian 12, which tell it in each way they have (tried beside).
# Guessed:   the database's error in each.
# Behaviour: on an autocommit connection an insert is committed at the protocol's Sync, so what a deferred constraint or trigger refuses comes
#            behind the insert's own good answer. execute() raises it. stream() has handed out the row by then, ends, and drops it.
#            executemany() and a pipeline() block raise "pop from an empty deque" (IndexError) or "cannot exit pipeline mode while
#            busy" in its place, whichever comes first; the connection stays in pipeline mode, and each later call fails. (psycopg_pool
#            finds such a connection, and closes it.) Within `with connection.transaction()` all of them raise the database's error.
# Seen:      execute: told, works on; stream: nothing told, a row that is not there, works on; executemany and pipeline: something else, fails from
#            then on; executemany and stream in a transaction: told, works on
# For somebody who runs a stream: whatever does its work at commit, as an outbox or a numbered log, is where errors come. A program that reads ids
#            by stream() answers for rows that are not there; one that writes many at once has no word of what was wrong, and a dead connection.
# For pgbell: numbers are given at commit; "An error of the commit" in deploy/README.md has it.
set -euo pipefail

dir=$(mktemp -d)
cd "$dir"
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo 'needs apt-get install postgresql-15' >&2; exit 2; }
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
finish() { as_nobody $bin/pg_ctl -D "$dir/db/data" -s -m immediate stop 2>/dev/null || true; rm -rf "$dir"; }
trap finish EXIT

chmod 755 "$dir"
mkdir -m 755 db
[ "$(id -u)" != 0 ] || chown nobody db
as_nobody $bin/initdb -D "$dir/db/data" -U postgres -A trust -N >initdb.log
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/db" start
psql -XAtq -h "$dir/db" -p 5432 -U postgres -d postgres -c "create table news (n int);
	create function refuse() returns trigger language plpgsql as 'begin raise ''refused at commit''; end';
	create constraint trigger refuse after insert on news deferrable initially deferred for each row execute function refuse()"

# Debian 12's as apt has it here, sid's by lists of our own; both are plain Python.
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
mkdir -p lists cache
: >status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >sources.list
plain=(-qq -o APT::Sandbox::User=root)
sid=("${plain[@]}" -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
	-o "Dir::State::status=$dir/status" -o Acquire::Languages=none)
apt-get "${sid[@]}" update
apt-get "${plain[@]}" download python3-psycopg=3.1.7-4 python3-typing-extensions
for package in *.deb; do dpkg -x "$package" bookworm; done
rm -f -- *.deb
apt-get "${sid[@]}" download python3-psycopg=3.3.5-1 python3-typing-extensions 2>/dev/null || apt-get "${sid[@]}" download python3-psycopg python3-typing-extensions
for package in *.deb; do dpkg -x "$package" sid; done
rm -f -- *.deb

cat >try.py <<'PYTHON'
import logging, sys, psycopg
logging.disable()
insert = 'insert into news values (%s) returning n'
def pipeline(on):
    with on.pipeline():
        on.execute(insert, (1,)).fetchall()
def executemany(on):
    on.cursor().executemany('insert into news values (%s)', [(1,), (2,)])
def stream(on):
    return 'row %d' % [row for row in on.cursor().stream(insert, (1,))][0]
def within(way):
    def both(on):
        with on.transaction(): way(on)
    return both
ways = {'execute': lambda on: on.execute(insert, (1,)), 'stream': stream, 'executemany': executemany, 'pipeline': pipeline,
        'executemany in a transaction': within(executemany), 'stream in a transaction': within(stream)}
for name, way in ways.items():
    on = psycopg.connect('host=%s port=5432 user=postgres dbname=postgres' % sys.argv[1], autocommit=True)
    try:
        told = 'nothing told, %s' % way(on)
    except Exception as error:
        told = 'told' if 'refused at commit' in str(error) else 'something else'
        print(name, type(error).__name__, str(error).splitlines()[0], file=sys.stderr)
    try:
        after = 'works on' if on.execute('select 7').fetchone() == (7,) else 'is out of step'
    except Exception as error:
        after = 'fails'
    print('%s: %s; then the connection %s' % (name, told, after))
    on.close()
on = psycopg.connect('host=%s port=5432 user=postgres dbname=postgres' % sys.argv[1])
print('rows %d' % on.execute('select count(*) from news').fetchone())
PYTHON
for release in bookworm sid; do
	echo "$release"
	PYTHONPATH=$dir/$release/usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 try.py "$dir/db" 2>errors || cat errors >&2
	grep -hE '^(executemany|pipeline) [IO]' errors | sed 's/^/    /' >&2 || true
done >seen
cat seen
for release in bookworm sid; do
	cat <<EXPECTED
$release
execute: told; then the connection works on
stream: nothing told, row 1; then the connection works on
executemany: something else; then the connection fails
pipeline: something else; then the connection fails
executemany in a transaction: told; then the connection works on
stream in a transaction: told; then the connection works on
rows 0
EXPECTED
done >expected
diff seen expected
