#!/usr/bin/env bash
# pg_repack says of an unlogged table that it does not exist, and leaves it out of a whole database without a word.
#
# Software:  postgresql-15-repack 1.4.8-1+deb12u1 with PostgreSQL 15 (Debian 12).
# Behaviour: `pg_repack -t` of an unlogged table ends with "relation … does not exist". A run over the whole database does
#            the others, does not name it, and succeeds.
# Seen:      -t public.kept: INFO: repacking table "public.kept"; -t public.scratch: ERROR: relation "public.scratch" does
#            not exist
# For somebody who runs a stream: tables into which each transaction puts a few rows and takes them out again are made
#            unlogged for speed, and are those that bloat. A pg_repack that runs each night does not touch them; the message
#            sends one to look for a wrong name. VACUUM FULL does them, in a moment, since what lives in them is little.
# For pgbell: pgbell.pending is such a table: a line for operators: `vacuum full pgbell.pending`, with a lock_timeout.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
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
unpack postgresql-15-repack=1.4.8-1+deb12u1 postgresql-15 postgresql-client-15 libpq5
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
bin=$dir/root/usr/lib/postgresql/15/bin
"$bin/postgres" --version || { echo 'needs what apt-get install postgresql-15 brings' >&2; exit 2; }

# A cluster of its own, on a unix socket only. PostgreSQL does not run as root.
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
chmod 755 "$dir"
mkdir cluster
[ "$(id -u)" != 0 ] || chown nobody cluster
as_nobody "$bin/initdb" -D cluster/data -U owner -A trust -N >initdb.log
postgres() { as_nobody "$bin/pg_ctl" -D cluster/data -l cluster/log -w -s -m fast -o "-c listen_addresses= -k $dir/cluster" "$@"; }
stop_all() { postgres stop || true; finish; }
trap stop_all EXIT
postgres start

export PGHOST=$dir/cluster PGUSER=owner PGDATABASE=postgres
"$bin/psql" -qX <<'SQL'
create extension pg_repack;
create table kept (id int primary key);
create unlogged table scratch (id int primary key);
insert into kept select generate_series(1, 1000);
insert into scratch select generate_series(1, 1000);
SQL
file_of() { "$bin/psql" -qXAtc "select pg_relation_filepath('$1')"; }
kept=$(file_of kept) scratch=$(file_of scratch)

"$bin/pg_repack" --version
"$bin/pg_repack" -t public.kept 2>&1
refused=0
"$bin/pg_repack" -t public.scratch 2>&1 || refused=$?
echo "the whole database:"
"$bin/pg_repack" -d postgres 2>&1
rewritten() { if [ "$(file_of "$1")" = "$2" ]; then echo no; else echo yes; fi; }
echo "rewritten: the logged table $(rewritten kept "$kept"), the unlogged one $(rewritten scratch "$scratch"); status for the latter $refused"
[ $refused != 0 ] && [ "$(rewritten kept "$kept")" = yes ] && [ "$(rewritten scratch "$scratch")" = no ]
