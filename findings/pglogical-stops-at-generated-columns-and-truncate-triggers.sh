#!/usr/bin/env bash
# pglogical stops for good at a table with a generated column, and at a TRUNCATE where a trigger of the subscriber runs SQL.
#
# Software:  postgresql-15-pglogical 2.4.2-3 with PostgreSQL 15.20-0+deb12u1 (Debian 12) on both sides, and pglogical_output allowed
#            (findings/postgresql-15-20-refuses-output-plugins.sh).
# Behaviour: the first copy names all columns in its COPY, a generated one too, which PostgreSQL refuses: the subscription is "down", with
#            "initialization failed during nonrecoverable step", and pglogical.wait_for_subscription_sync_complete() waits on for ever. A
#            TRUNCATE is passed on, and fires triggers that are ENABLE ALWAYS, without the snapshot that each SQL statement in them wants:
#            the apply worker ends with "cannot execute SQL without an outer snapshot or portal", begins at the same place again, and so on.
#            Row triggers of that kind, deferred ones too, fire as they should, with what they NOTIFY (tried beside).
# Seen:      generated column: status down, rows 0, "column \"twice\" is a generated column"; TRUNCATE: replicating before, then down,
#            rows 2, "cannot execute SQL without an outer snapshot or portal"
# For somebody who runs a stream: pages that live on the subscriber stand still, and the slot keeps WAL at the provider until its disk
#            is full. Watch pglogical.show_subscription_status(). Subscribe with synchronize_data := false and copy such a table by hand (what
#            is written from then on comes, tried beside); a truncate trigger that is ENABLE ALWAYS may run no SQL there.
# For pgbell: its tables have no generated column, and the one trigger that is ALWAYS is of rows, so neither stops its tables;
#            a subscriber wants pgbell.mend() (deploy/README.md, "Upgrades, copies and mending").
set -euo pipefail

dir=$(mktemp -d)
cd "$dir"

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
finish() {
	for server in subscriber provider; do as_nobody "$bin/pg_ctl" -D "$dir/$server/data" -s -m immediate stop 2>/dev/null || true; done
	rm -rf "$dir"
}
bin=$dir/root/usr/lib/postgresql/15/bin
trap finish EXIT
unpack postgresql-15-pglogical=2.4.2-3 postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
"$bin/postgres" --version || { echo 'needs what apt-get install postgresql-15 brings' >&2; exit 2; }

chmod 755 "$dir"
mkdir -m 755 provider subscriber
[ "$(id -u)" != 0 ] || chown nobody provider subscriber
ask() { "$bin/psql" -qXAt -h "$dir/$1" -U postgres -d "$2" -v ON_ERROR_STOP=1 -c "$3"; }
for server in provider subscriber; do
	as_nobody "$bin/initdb" -D "$server/data" -U postgres -A trust -N >initdb.log
	as_nobody "$bin/pg_ctl" -D "$server/data" -l "$server/log" -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/$server \
		-c wal_level=logical -c max_worker_processes=20 -c shared_preload_libraries=pglogical -c output_plugin_libraries=pgoutput,pglogical_output" start
	for database in generated truncated; do
		ask $server postgres "create database $database"
		ask $server $database 'create extension pglogical'
		ask $server $database "create table news (n int primary key$([ $database = truncated ] || echo ', twice int generated always as (n * 2) stored'))"
	done
done
subscribe() { # database
	ask provider "$1" 'insert into news values (1), (2)'
	ask provider "$1" "select pglogical.create_node('provider', 'host=$dir/provider user=postgres dbname=$1')" >/dev/null
	ask provider "$1" "select pglogical.replication_set_add_table('default', 'news')" >/dev/null
	ask subscriber "$1" "select pglogical.create_node('subscriber', 'host=$dir/subscriber user=postgres dbname=$1')" >/dev/null
	ask subscriber "$1" "select pglogical.create_subscription('news', 'host=$dir/provider user=postgres dbname=$1')" >/dev/null
}
is() { [ "$(ask subscriber "$1" 'select status from pglogical.show_subscription_status()')" = "$2" ]; }
await() { for _ in {1..120}; do ! is "$1" "$2" || return 0; sleep 0.2; done; echo "$1 is not $2" >&2; return 1; }
said() { grep -o "$1" subscriber/log | sort -u; }

subscribe generated
for _ in {1..120}; do ! grep -q 'nonrecoverable step' subscriber/log || break; sleep 0.2; done
await generated down
echo "generated column: $(said 'column "twice" is a generated column'); down, rows $(ask subscriber generated 'select count(*) from news')"

subscribe truncated
await truncated replicating
ask subscriber truncated "create table seen (what text);
	create function note() returns trigger language plpgsql as 'begin insert into seen values (tg_op); return null; end';
	create trigger note after truncate on news for each statement execute function note();
	alter table news enable always trigger note"
ask provider truncated 'truncate news'
for _ in {1..120}; do ! grep -q 'outer snapshot' subscriber/log || break; sleep 0.2; done
await truncated down
rows=$(ask subscriber truncated 'select count(*) from news')
echo "truncate: $(said 'cannot execute SQL without an outer snapshot or portal'); down, rows $rows"
[ "$rows" = 2 ] && [ -n "$(said 'column "twice" is a generated column')" ] && [ -n "$(said 'without an outer snapshot')" ]
