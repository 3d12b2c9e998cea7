#!/usr/bin/env bash
# PostgreSQL's minor update refuses a new column with a default where a function with a parsed body takes the table's row.
#
# Software:  postgresql-15 15.20-0+deb12u1 (Debian 12); 17.12 of Debian 13 does the same; 14.23, 15.18, 16.14, 17.10 and 18.4 do not.
# Guess:     a default that is a constant rewrites nothing since PostgreSQL 11, and functions stand in the way of no new column.
# Behaviour: `create function f(n t) … return n.a`, whose body is parsed when it is made, lets `alter table t add column b integer default 1`
#            fail with "cannot alter table "t" because function f(t) uses its row type"; so does a generated column, a column that is
#            to have another type, which f does not name, and a default that is a call. A column without a default goes through, a column is
#            dropped; and with a body that is a text ($$ select n.a $$) all of it.
# Seen:      parsed: no default added; default 1 refused; generated refused; another type refused. text: all four done
# For somebody who runs a stream: a migration of the site that adds a column to a table whose rows are described to
#            clients by such a function passes on the developer's server and fails on the host that took the update in. Have such functions as
#            texts, or drop and make them again around the migration.
# For pgbell: four functions took rows of pgbell.notification and pgbell.due so; they are texts now, and tests/sql/roles.sql lets none be otherwise.
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
unpack postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
"$bin/postgres" --version || { echo 'needs what apt-get install postgresql-15 brings' >&2; exit 2; }

chmod 755 "$dir"
mkdir -m 755 db
[ "$(id -u)" != 0 ] || chown nobody db
as_nobody "$bin/initdb" -D db/data -U postgres -A trust -N >initdb.log
as_nobody "$bin/pg_ctl" -D db/data -l db/log -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/db" start
ask() { "$bin/psql" -qXAt -h "$dir/db" -U postgres -d postgres -c "$1" 2>&1; }

# What comes of each change beside a function with this body: done, or refused.
changes() {
	ask 'drop table if exists t cascade' >/dev/null 2>&1
	ask 'create table t (a integer, spare integer)'
	ask "create function f(n t) returns integer language sql $1"
	for change in 'add column plain integer' 'add column one integer default 1' \
	    'add column twice integer generated always as (spare * 2) stored' 'alter column plain type bigint'; do
		said=$(ask "alter table t $change") || true
		case $said in
		'') printf ' done' ;;
		*'because function f(t) uses its row type'*) printf ' refused' ;;
		*) printf ' %s' "$said" ;;
		esac
	done
}

parsed=$(changes 'return n.a')
text=$(changes "as 'select n.a'")
printf 'no default, default 1, generated, another type:\n  parsed body:%s\n  text body:  %s\n' "$parsed" "$text"
[ "$parsed" = ' done refused refused refused' ] && [ "$text" = ' done done done done' ]
