#!/usr/bin/env bash
# PostgreSQL's minor update refuses output plugins such as wal2json and pglogical's, also at slots that are there.
#
# Software:  postgresql-15 15.20-0+deb12u1 with postgresql-15-wal2json 2.5-1+b1 (Debian 12).
# Behaviour: 15.20 has a setting, output_plugin_libraries, that names the libraries which may decode WAL; what it has by itself is
#            pgoutput, test_decoding. 15.18 has none, and lets each do so that is installed. A new slot with another plugin is refused, to a superuser too:
#            "library … may not be used as an output plugin"; and so is reading one that was made before, whose WAL is kept meanwhile.
# Seen:      setting: pgoutput, test_decoding. New slot: pgoutput made, wal2json refused. A slot of wal2json from before: reading refused,
#            wal_status reserved. With output_plugin_libraries = 'pgoutput, wal2json' and a reload: both read
# For somebody who runs a stream: `apt upgrade` within one major version stops whatever reads changes by wal2json, pglogical or
#            decoderbufs, at its next connection, and the disk fills behind its slot. Name the plugin before the update is
#            taken in (a server before it does not know the setting, so not in a file that it must read), and look at the slots after.
# For pgbell: it uses no slot. A sentence in deploy/README.md, "Upgrades, copies and mending", for a change of hosts by pglogical.
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
bin=$dir/root/usr/lib/postgresql/15/bin
finish() { as_nobody "$bin/pg_ctl" -D "$dir/db/data" -s -m immediate stop 2>/dev/null || true; rm -rf "$dir"; }
trap finish EXIT
unpack postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5 postgresql-15-wal2json=2.5-1+b1
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
"$bin/postgres" --version || { echo 'needs what apt-get install postgresql-15 brings' >&2; exit 2; }

chmod 755 "$dir"
mkdir -m 755 db
[ "$(id -u)" != 0 ] || chown nobody db
as_nobody "$bin/initdb" -D db/data -U postgres -A trust -N >initdb.log
as_nobody "$bin/pg_ctl" -D db/data -l db/log -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/db -c wal_level=logical" start
ask() { "$bin/psql" -qXAt -h "$dir/db" -U postgres -d postgres -c "$1" 2>&1; }
set_plugins() { # a list, or nothing for what it is by itself
	if [ -n "$1" ]; then ask "alter system set output_plugin_libraries = $1"; else ask 'alter system reset output_plugin_libraries'; fi
	ask 'select pg_reload_conf()' >/dev/null
	sleep 1
}
make_slot() { ask "select 'made' from pg_create_logical_replication_slot('$1', '$2')"; }
read_slot() { ask "select count(*) from pg_logical_slot_get_changes('before', null, null)"; }

itself=$(ask 'show output_plugin_libraries')
echo "output_plugin_libraries: $itself"
new=$(make_slot pgoutput pgoutput)
refused=$(make_slot wal2json wal2json) || true
printf 'a new slot: pgoutput %s; wal2json %s\n' "$new" "$refused"

# As it was before the update, which let each plugin be used.
set_plugins 'pgoutput, wal2json'
made=$(make_slot before wal2json)
ask 'create table news (n int)'
ask 'insert into news values (1)'
set_plugins ''
reading=$(read_slot) || true
status=$(ask "select wal_status from pg_replication_slots where slot_name = 'before'")
printf 'a slot from before: %s, reading: %s; wal_status %s\n' "$made" "$reading" "$status"
set_plugins 'pgoutput, wal2json'
allowed=$(read_slot)
echo "allowed again: $allowed changes"
is_refused() { [[ $1 == *'library "wal2json" may not be used as an output plugin'* ]]; }
[ "$itself" = 'pgoutput, test_decoding' ] && [ "$new" = made ] && [ "$made" = made ] && is_refused "$refused" && is_refused "$reading" &&
	[ "$status" = reserved ] && [ "$allowed" -gt 0 ]
