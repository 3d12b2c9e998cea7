# shellcheck shell=bash
# Make a minimal Debian in a directory, with these packages (a,b,…), from the mirror
# and by the way to it that this machine's apt knows.  SUITE=bookworm|trixie|sid.

: "${SUITE:=bookworm}"

make_root() {
	local directory=$1 packages=$2 mirror log
	command -v debootstrap >/dev/null || { echo 'debootstrap is not installed' >&2; return 1; }
	log=$(mktemp)
	mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
	[ -n "$mirror" ] || { echo 'no mirror of Debian in /etc/apt/sources.list' >&2; return 1; }
	debootstrap --variant=minbase --include="$packages" "$SUITE" "$directory" "$mirror" >"$log" 2>&1 || {
		tail -n 20 "$log" "$directory/debootstrap/debootstrap.log" >&2
		return 1
	}
	rm "$log"
	# Its security updates, where this machine knows them and the suite has some.
	[ "$SUITE" = sid ] ||
	    grep -rhoE 'https?://[^ ]+/debian-security/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
	    sed "s,.*,deb & $SUITE-security main," | sort -u >>"$directory/etc/apt/sources.list" || true
	# How to get there (proxies, certificates, retries), and nothing more: this machine's
	# apt.conf.d has files that belong to its packages, and dpkg would ask there about each
	# that is another in the suite.
	apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|cdrom|Changelogs|CompressionTypes)' \
	    >"$directory/etc/apt/apt.conf.d/90outside"
	echo force-unsafe-io >"$directory/etc/dpkg/dpkg.cfg.d/90outside" # a machine that is thrown away need not be on the disk
	cp /etc/resolv.conf /etc/hosts "$directory/etc/"
}
