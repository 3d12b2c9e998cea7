#!/usr/bin/env bash
# Orca says nothing of a live region that speaks while more than a hundred other things of the page change.
#
# Software:  Orca 43.1, Firefox ESR 153.8.0, at-spi2-core 2.46.0 (all Debian 12).
# Behaviour: Orca keeps the events of a page in a queue. While more than a hundred wait there it throws away what comes,
#            texts of live regions (aria-live, role=status) among them, and while more than fifty wait, those that it
#            comes to. It does not come back to the region. So a page that shows many rows anew, and says in the same
#            turn that it did, is silent; the region itself is right, and its text can be read there. Only focus, and
#            what belongs to the focused element, is kept.
#            Firefox tells of what changed in one turn in the order of the page: a region that stands before the rows was
#            heard (2 of 2, tried), one behind them is not. The first guess, that both are lost, was wrong.
# Seen:      a region that speaks alone: said, 2 of 2. One that speaks as 150 rows lose a word each: 0 of 2. One that speaks
#            a second after that: said, 2 of 2. On a machine with 2 cores and a load of 35.
# For somebody who runs a stream: "12 new", said as the list is drawn anew, is lost where the list is long, at a
#            reconnect for example. Say it a second after the rows have changed, or change few rows. axe and the like see
#            nothing of it: nothing is wrong with the page.
# For pgbell: a ring changes one row. "Mark all read" of more than twenty rows is answered a second after them; a test.
# It takes about a minute. What it starts is a screen of its own, with its own accessibility bus.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

for program in orca firefox-esr Xvfb openbox dbus-daemon; do
	command -v "$program" >/dev/null || missing=yes
done
[ -z "${missing-}" ] || { echo 'needs apt-get install --no-install-recommends orca firefox-esr xvfb openbox dbus at-spi2-core python3-pyatspi' >&2; exit 2; }

# Each round: the region speaks alone, as the rows of a list change, and a second after those of another have.
cat >page.html <<'HTML'
<!doctype html><html lang=en><title>Rows</title><main></main><p aria-live=polite></p>
<script>
const region = document.querySelector('p');
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const rows = Array.from({ length: 150 }, (_, n) => `<li><button aria-disabled=false>Row ${n}<b> unread</b></button>`).join('');
document.querySelector('main').innerHTML = `<ul>${rows}</ul>`.repeat(6);
const lists = [...document.querySelectorAll('ul')];
const change = () => lists.shift().querySelectorAll('button').forEach((it) => { it.lastChild.textContent = ''; it.setAttribute('aria-disabled', true); });
(async () => {
	await rest(10000);
	for (let round = 1; round <= 3; round++) {
		region.textContent = `alone ${round}`;
		await rest(4000);
		change();
		region.textContent = `beside ${round}`;
		await rest(4000);
		change();
		await rest(1000);
		region.textContent = `after ${round}`;
		await rest(4000);
	}
	region.textContent = 'the end';
})();
</script>
HTML

# Of its log only what it says is written, at once: the rest would slow it down. Without a way to speak it starts sooner.
# It does not begin to read the page, and lets another Orca of this user live.
cat >orca-customizations.py <<'PYTHON'
import __main__
from orca import debug, settings
__main__.otherOrcas = lambda: []
settings.sayAllOnLoad = False
debug.debugFile.reconfigure(line_buffering=True)
println = debug.println
def print_said(level, text='', timestamp=False):
    if text.startswith('SPEECH OUTPUT'):
        println(level, text, timestamp)
debug.println = print_said
PYTHON
echo 'raise ImportError' >speechd.py
mkdir profile
printf 'user_pref("%s", false);\n' browser.aboutwelcome.enabled browser.shell.checkDefaultBrowser \
    datareporting.policy.dataSubmissionEnabled app.normandy.enabled app.update.enabled >profile/user.js

export HOME=$dir XDG_RUNTIME_DIR=$dir PYTHONPATH=$dir GNOME_ACCESSIBILITY=1 NO_AT_BRIDGE=0 MOZ_DISABLE_AUTO_SAFE_MODE=1
start() { "$@" >/dev/null 2>&1 & pids+=($!); }
said() { sed -n "s/.*SPEECH OUTPUT: '\([^']*\)'.*/\1/p" orca.log 2>/dev/null; }
await() { # a text, and for so many seconds
	for _ in $(seq "$2"); do
		! said | grep "^$1" >/dev/null || return 0
		sleep 1
	done
	echo "Orca did not say: $1; but: $(said | tail -n 20 | tr "\n" ";")" >&2
	exit 2
}

Xvfb -displayfd 3 -screen 0 1280x1024x24 -nolisten tcp 3>display >/dev/null 2>&1 & pids+=($!)
while [ ! -s display ]; do sleep 0.1; done
DISPLAY=:$(cat display)
dbus-daemon --session --nofork --print-address=3 3>bus >/dev/null 2>&1 & pids+=($!)
while [ ! -s bus ]; do sleep 0.1; done
DBUS_SESSION_BUS_ADDRESS=$(cat bus)
export DISPLAY DBUS_SESSION_BUS_ADDRESS
start openbox
start orca --user-prefs "$dir" --debug-file "$dir/orca.log"
await 'Screen reader on' 30
start firefox-esr --new-instance --profile "$dir/profile" "file://$dir/page.html"
await "the end" 120

dpkg-query -W -f '${Package} ${Version}\n' orca firefox-esr at-spi2-core
count() { said | grep -cE "^$1 [23]$" || true; } # not the first, in which a page may still load
echo "said of two: alone $(count alone), as 150 rows change $(count beside), a second after $(count after)"
[ "$(count alone) $(count beside) $(count after)" = '2 0 2' ]
