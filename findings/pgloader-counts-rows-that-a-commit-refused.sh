#!/usr/bin/env bash
# pgloader counts a batch as loaded that PostgreSQL refused at its COMMIT.
#
# Software:  pgloader 3.6.9-1 (Debian 12; it calls itself 3.6.7~devel) with PostgreSQL 15 (Debian 12).
# Guessed:   it counts errors, and ends with another code than 0.
# Behaviour: pgloader copies in batches, each a transaction. A row that COPY refuses is found and put aside, the others of its batch are kept, and the
#            summary counts the errors. What a deferred constraint or trigger refuses at the COMMIT loses the whole batch: there is one line
#            "ERROR … QUERY: COMMIT" above the summary, no row is put aside, and the summary counts all rows as loaded, with 0 errors and
#            a tick. With `on error stop` it stops there and counts 1 error and no rows. The exit code is 0 in each case.
# Seen:      5 rows in batches of 2, one of them bad. Refused by a CHECK: in the table 4, errors 2, rows 4; refused at the commit: in the
#            table 3, errors 0, rows 5; the same with `on error stop`: in the table 0, errors 1, rows 0; exit codes 0
# For somebody who runs a stream: whatever does its work at commit, as an outbox or a numbered log, is where errors come. After a load count the rows that are
#            there, or have `on error stop`, and look for ERROR in what it says.
# For pgbell: "An error of the commit" in deploy/README.md names it. A history is imported by pgbell.import_notification(), a row at a time.
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
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir/db" start
ask() { psql -XAtq -h "$dir/db" -p "$port" -U postgres -d postgres -c "$1"; }
ask "create table checked (n int check (n > 0));
	create table deferred (n int);
	create function refuse() returns trigger language plpgsql as 'begin if new.n < 0 then raise ''refused at commit''; end if; return null; end';
	create constraint trigger refuse after insert on deferred deferrable initially deferred for each row execute function refuse()"

# Unpacked, not installed: name=version, or what there is of it today.
apt-get -qq -o APT::Sandbox::User=root download pgloader=3.6.9-1 libsybdb5 2>/dev/null || apt-get -qq -o APT::Sandbox::User=root download pgloader libsybdb5
for package in *.deb; do dpkg -x "$package" root; done

printf '%s\n' 1 2 3 -1 4 >rows.csv
load() { # TABLE WITH: what pgloader's summary has for the table, and what is there
	cat >one.load <<-COMMAND
		LOAD CSV FROM '$dir/rows.csv' (n) INTO postgresql://postgres@127.0.0.1:$port/postgres TARGET TABLE public.$1 (n)
		WITH truncate, batch rows = 2$2;
	COMMAND
	local code=0
	LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu timeout 60 root/usr/bin/pgloader --root-dir "$dir/aside" one.load >said 2>&1 || code=$?
	grep -A 2 ERROR said | cut -c 1-160 >&2 || true
	awk -v table="$1$2" '$1 ~ /"public"/ { printf "%s: errors %s, rows %s, ", table, $2, $3 }' said
	echo "exit code $code, in the table $(ask "select count(*) from $1")"
}
{ load checked ''; load deferred ''; load deferred ', on error stop'; } >seen
cat seen
diff seen - <<'EXPECTED'
checked: errors 2, rows 4, exit code 0, in the table 4
deferred: errors 0, rows 5, exit code 0, in the table 3
deferred, on error stop: errors 1, rows 0, exit code 0, in the table 0
EXPECTED
