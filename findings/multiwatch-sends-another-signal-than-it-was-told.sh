#!/usr/bin/env bash
# multiwatch stops its programs by SIGUSR1, with -s TERM by SIGQUIT, and gives up with exit code 0.
#
# Software:  multiwatch 1.0.0-rc1+really1.0.0-1+b1 (Debian 12), which keeps several FastCGI programs on one socket; programs in sh.
# Guessed:   SIGTERM is passed on, or what -s says in its place; when the programs do not stay it gives up, with another code than 0.
# Behaviour: SIGTERM is a wish: the programs get SIGUSR1, as the manual says, and multiwatch waits for them. A program that ends in good
#            order at SIGTERM and knows no SIGUSR1 is killed by it in the middle of a request. The manual has -s for another signal, of six
#            names; what is sent is that name's place in the list, as a number: TERM is 3, SIGQUIT, INT is 1, SIGHUP. From the second
#            signal on each is passed on as it came. Programs that end four times, each time within 10 s, are not started again; when none
#            is left multiwatch ends with 0, as if it had been told to.
# Seen:      SIGTERM: USR1, once more: TERM; with -s TERM: QUIT; with -s INT: HUP; two programs that fail: begun 8 times, exit code 0
# For somebody who runs FastCGI programs: a stop is none in good order for what does not know SIGUSR1, and -s does not help; where SIGTERM is
#            wanted, send it twice. `Restart=on-failure` of systemd does not start again what gave up over a wrong setting or a
#            database that was away: write `Restart=always`.
# For pgbell: pgbell-api takes SIGUSR1 as SIGTERM, so multiwatch is written without -s (deploy/README.md, "Programs and sockets").
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
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
unpack multiwatch=1.0.0-rc1+really1.0.0-1+b1 libev4 libglib2.0-0 libpcre2-8-0
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu

cat >program <<'PROGRAM'
#!/bin/sh
for signal in USR1 QUIT HUP; do trap "echo $signal >>got" "$signal"; done
trap 'echo TERM >>got; exit 0' TERM
echo begun >>got
while :; do sleep 0.1; done
PROGRAM
printf '#!/bin/sh\necho begun >>begun\nexit 1\n' >failing
chmod +x program failing
await_lines() { for _ in {1..100}; do [ "$(wc -l <got)" -ge "$1" ] && return; sleep 0.1; done; return 1; }
# What SIGTERM brings to the program, and a second one.
signals() {
	: >got
	root/usr/bin/multiwatch -f 1 "$@" -- ./program </dev/null 2>log & pids=($!)
	await_lines 1
	sleep 1 # its own handlers come after its programs
	kill -TERM "${pids[0]}"
	await_lines 2
	kill -TERM "${pids[0]}"
	wait "${pids[0]}" || true
	seen=$(tail -n +2 got | tr '\n' ' ')
	echo "SIGTERM twice, $*: $seen"
}
signals
plain=$seen
signals -s TERM
term=$seen
signals -s INT
int=$seen
timeout 30 root/usr/bin/multiwatch -f 2 -- ./failing </dev/null 2>log && code=0 || code=$?
times=$(wc -l <begun)
echo "two programs that fail: begun $times times, exit code $code"
[ "$plain" = 'USR1 TERM ' ] && [ "$term" = 'QUIT TERM ' ] && [ "$int" = 'HUP TERM ' ] && [ "$times" = 8 ] && [ "$code" = 0 ]
