#!/usr/bin/env bash
# An upgrade of the package locales removes locales that localedef made; PostgreSQL goes on, and does not start again.
#
# Software:  locales 2.36-9+deb12u14 and PostgreSQL 15 (Debian 12).
# Behaviour: whenever the package is configured, its postinst removes all locales and makes those of /etc/locale.gen anew. One
#            that localedef made, as recipes for containers do, is in no such list. The server that runs has it loaded, and so
#            has each connection that it forks: nothing shows, until it is started the next time.
# Seen:      after dpkg -i of the same package sv_SE.UTF-8 is not there, a new connection is answered, and a restart ends with
#            FATAL: configuration file "…/postgresql.conf" contains errors (invalid value for parameter "lc_messages")
# For somebody who runs a stream: the database is away at the next reboot, months after the upgrade, and the upgrade's own
#            check was green. With the locale in /etc/locale.gen, and locale-gen, it starts.
# For pgbell: a line for operators beside upgrades: restart PostgreSQL while you are still looking.
set -euo pipefail

if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo 'needs root and debootstrap' >&2
	exit 2
fi
dir=$(mktemp -d)
root=$dir/root
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
server() { inside setpriv --reuid postgres --regid postgres --clear-groups /usr/lib/postgresql/15/bin/pg_ctl -D /var/tmp/data -l /var/tmp/log -w -s -m fast "$@" </dev/null; }
finish() { server stop 2>/dev/null || true; rm -rf --one-file-system "$dir"; }
trap finish EXIT

debootstrap --variant=minbase --include=locales,postgresql-15 bookworm "$root" >"$dir/log" 2>&1 || { tail -n 5 "$dir/log" >&2; exit 2; }
inside dpkg-query -W locales postgresql-15
inside localedef -i sv_SE -f UTF-8 sv_SE.UTF-8
inside setpriv --reuid postgres --regid postgres --clear-groups /usr/lib/postgresql/15/bin/initdb -D /var/tmp/data \
	--locale=sv_SE.UTF-8 -A trust -N >"$dir/initdb" 2>&1
printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '/var/tmp'" 'dynamic_shared_memory_type = mmap' >>"$root/var/tmp/data/postgresql.conf"
server start

has_locale() { if inside locale -a | grep -q sv_SE; then echo yes; else echo no; fi; }
answers() { inside psql -qXAt -h /var/tmp -U postgres -c "select 'yes'" 2>/dev/null || echo no; }
starts_again() { if server restart 2>/dev/null; then echo yes; else echo no; fi; }
echo "before: locale there $(has_locale), a new connection $(answers)"
inside sh -c 'DEBIAN_FRONTEND=noninteractive dpkg -i /var/cache/apt/archives/locales_*.deb' >"$dir/dpkg" 2>&1
there=$(has_locale) answered=$(answers) started=$(starts_again)
echo "after dpkg -i: locale there $there, a new connection $answered, starts again $started"
grep -E 'FATAL|lc_messages' "$root/var/tmp/log" | tail -n 2
echo 'sv_SE.UTF-8 UTF-8' >>"$root/etc/locale.gen"
inside locale-gen >"$dir/gen"
mended=$(starts_again)
echo "with the locale in /etc/locale.gen: starts again $mended"
[ "$there $answered $started $mended" = 'no yes no yes' ]
