#!/usr/bin/env bash
# Behind pgpool-II a NOTIFY comes before the row that it speaks of, by as much as a standby is behind.
#
# Software:  pgpool-II 4.3.5-1+deb12u1 (Debian 12), streaming replication mode with its default load_balance_mode; PostgreSQL 15 with one
#            standby.
# Behaviour: LISTEN and what it brings are the primary's; a SELECT goes to a standby, for all of a session or half of the sessions. A
#            statement that calls a function goes to the primary only where the function is VOLATILE. `/*NO LOAD BALANCE*/` at the
#            very beginning of a statement sends it to the primary.
# Seen:      rung at once; then select count(*): 0; by a STABLE function: 0; by a VOLATILE one: 1; /*NO LOAD BALANCE*/ select count(*): 1
# For somebody who runs a stream: whoever is rung reads at once, finds nothing and waits for the next ring. Tests pass, since standbys of
#            tests are not behind; a report that holds up replay for some seconds is enough. Begin what is read behind a ring, or
#            behind a write of one's own, with those words.
# For pgbell: all statements of its programs begin with them (system/pgpool).
set -euo pipefail

dir=$(mktemp -d)
cd "$dir"
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo 'needs apt-get install postgresql-15' >&2; exit 2; }
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
finish() {
	[ ! -e pool/pgpool.pid ] || kill -INT "$(tr -dc '0-9' <pool/pgpool.pid)" || true
	for server in standby primary; do as_nobody $bin/pg_ctl -D $server/data -s -m immediate stop 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
unpack pgpool2=4.3.5-1+deb12u1 libpgpool2 libmemcached11 libmemcachedutil2 libsasl2-2 libpq5 python3-psycopg2=2.9.5-1+b1
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu

chmod 755 "$dir"
mkdir -m 755 primary standby pool
[ "$(id -u)" != 0 ] || chown nobody primary standby pool
start() { as_nobody $bin/pg_ctl -D $1/data -l $1/log -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/$1" start; }
ask() { psql -XAtq -h "$dir/$1" -U postgres -d postgres -c "$2"; }
as_nobody $bin/initdb -D primary/data -U postgres -A trust -N >initdb.log
start primary
ask primary "create table news (id int);
	create function stable_count() returns bigint language sql stable as 'select count(*) from news';
	create function volatile_count() returns bigint language sql volatile as 'select count(*) from news'"
as_nobody $bin/pg_basebackup -h "$dir/primary" -U postgres -D "$dir/standby/data" -R -c fast
start standby
ask standby 'select pg_wal_replay_pause()' # as a report does that holds replay up

cat >pool/pgpool.conf <<CONFIG
backend_clustering_mode = 'streaming_replication'
listen_addresses = ''
socket_dir = '$dir/pool'
pcp_socket_dir = '$dir/pool'
pcp_listen_addresses = ''
wd_ipc_socket_dir = '$dir/pool'
pid_file_name = '$dir/pool/pgpool.pid'
logdir = '$dir/pool'
port = 5432
num_init_children = 4
sr_check_user = 'postgres'
backend_hostname0 = '$dir/primary'
backend_port0 = 5432
backend_weight0 = 0
backend_hostname1 = '$dir/standby'
backend_port1 = 5432
backend_weight1 = 1
CONFIG
touch pool/pcp.conf
as_nobody root/usr/sbin/pgpool -n -f pool/pgpool.conf -F pool/pcp.conf >pool/log 2>&1 &
until [ -S pool/.s.PGSQL.5432 ]; do sleep 0.1; done
root/usr/sbin/pgpool --version 2>&1 || true

cat >try.py <<'PYTHON'
import select, subprocess, sys
import psycopg2
directory, psql = sys.argv[1:]
client = psycopg2.connect(host=directory + '/pool', user='postgres', dbname='postgres')
client.autocommit = True
cursor = client.cursor()
cursor.execute('listen ring')
subprocess.run([psql, '-Xq', '-h', directory + '/primary', '-U', 'postgres', '-d', 'postgres', '-c', 'insert into news values (1)', '-c', 'notify ring'],
    env={}, check=True)
while not client.notifies:
    select.select([client], [], [])
    client.poll()
print('rung:', client.notifies[0].channel)
seen = []
for statement in 'select count(*) from news', 'select stable_count()', 'select volatile_count()', '/*NO LOAD BALANCE*/ select count(*) from news':
    cursor.execute(statement)
    seen.append(cursor.fetchone()[0])
    print('%s: %d' % (statement, seen[-1]))
sys.exit(0 if seen == [0, 0, 1, 1] else 1)
PYTHON
PYTHONPATH=$dir/root/usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 try.py "$dir" $bin/psql
