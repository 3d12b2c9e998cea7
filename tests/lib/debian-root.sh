# shellcheck shell=bash
# Make a minimal Debian in a directory, with these packages (a,b,…) and the mirror
# and the settings that this machine's apt works with.

suite=bookworm

make_root() {
	local directory=$1 packages=$2 mirror log
	log=$(mktemp)
	mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
	[ -n "$mirror" ] || { echo 'no mirror of Debian in /etc/apt/sources.list' >&2; return 1; }
	debootstrap --variant=minbase --include="$packages" "$suite" "$directory" "$mirror" >"$log" 2>&1 || {
		tail -n 20 "$log" "$directory/debootstrap/debootstrap.log" >&2
		return 1
	}
	rm "$log"
	# Its security updates, where this machine knows them.
	grep -rhoE 'https?://[^ ]+/debian-security/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
	    sed "s,.*,deb & $suite-security main," | sort -u >>"$directory/etc/apt/sources.list" || true
	cp -a /etc/apt/apt.conf.d/. "$directory/etc/apt/apt.conf.d/"
	cp /etc/resolv.conf /etc/hosts "$directory/etc/"
}
