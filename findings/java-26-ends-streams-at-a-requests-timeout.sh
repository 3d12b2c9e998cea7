#!/usr/bin/env bash
# From Java 26 on a request's timeout ends the stream that is its answer, as "closed".
#
# Software:  openjdk-26 26.0.2.1+1-1 and, for comparison, openjdk-25 25.0.5.0.3+1-1 (Debian sid); java.net.http.HttpClient with
#            BodyHandlers.ofLines(). Java 27.0.1 does as 26 does, 17 as 25 does.
# Behaviour: HttpRequest.Builder.timeout() was the time until the header of the answer is there: a stream that had begun was never ended
#            by it. From 26 on it is the time of the whole exchange (JDK-8208693 and the release notes say so), and what raises while
#            lines are read is an UncheckedIOException of an IOException "closed", in which no timeout is named.
# Seen:      timeout of 5 s, an event each half second: Java 25 reads 24 events and the end; Java 26 reads for 5 s and raises "closed"
# For somebody who runs a stream: a program that has listened for months, with the usual ten or thirty seconds for a server that does not
#            answer, loses its stream every ten or thirty seconds from the day of the new Java, and it looks like the server's doing. Give a
#            stream's request no timeout, but a connectTimeout() of the client, and watch for heartbeats.
# For pgbell: a row in deploy/www/CLIENTS.md; it comes back exactly each time, if it comes back by its last id.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

# Packages of Debian sid, by lists of our own, unpacked into a root of its own, since its libraries are not this machine's.
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
mkdir -p lists cache root/tmp root/proc root/usr/{bin,lib,lib64,sbin}
for folder in bin lib lib64 sbin; do ln -s usr/$folder root/$folder; done
: >status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >sources.list
ours=(-qq -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
	-o "Dir::State::status=$dir/status" -o APT::Sandbox::User=root -o Acquire::Languages=none)
packages=(openjdk-25-jre-headless=25.0.5.0.3+1-1 openjdk-26-jre-headless=26.0.2.1+1-1 openjdk-26-jdk-headless=26.0.2.1+1-1 libc6 libstdc++6 libgcc-s1 zlib1g libjpeg62-turbo liblcms2-2)
apt-get "${ours[@]}" update
apt-get "${ours[@]}" download "${packages[@]}" 2>/dev/null || apt-get "${ours[@]}" download "${packages[@]%%=*}" # or what there is of them today
for package in *.deb; do dpkg -x "$package" root; done
rm -f -- *.deb

cat >server.py <<'PYTHON'
import http.server, time
class Stream(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        try:
            for piece in [b'data: x\n\n'] * 24 + [b'']:
                self.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))
                time.sleep(0.5)
        except OSError:
            pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done

cat >Listen.java <<'JAVA'
import java.net.URI;
import java.net.http.*;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

public class Listen {
	public static void main(String[] words) throws Exception {
		var request = HttpRequest.newBuilder(URI.create(words[0])).timeout(Duration.ofSeconds(5)).build();
		long since = System.nanoTime();
		var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofLines());
		var events = new AtomicInteger();
		String end = "the end";
		try {
			answer.body().filter(line -> !line.isEmpty()).forEach(line -> events.incrementAndGet());
		} catch (Exception error) {
			end = error.getClass().getSimpleName() + " (" + error.getMessage() + ")";
		}
		System.out.printf("Java %s: %d events, then %s after %d s%n", Runtime.version().feature(), events.get(), end, (System.nanoTime() - since) / 1_000_000_000);
	}
}
JAVA
cp Listen.java root/tmp/
java() { # version, program and words
	# shellcheck disable=SC2016 # they are the inner shell's
	unshare --mount bash -c 'mount --bind /proc root/proc && exec chroot root "$@"' bash "/usr/lib/jvm/java-$1-openjdk-amd64/bin/$2" "${@:3}"
}
java 26 javac --release 25 -d /tmp /tmp/Listen.java
for version in 25 26; do
	java $version java -cp /tmp Listen "http://127.0.0.1:$(cat server.port)/" | tee -a seen
done
grep -q '^Java 25: 24 events, then the end' seen && grep -qE '^Java 26: 1?[0-9] events, then UncheckedIOException .*closed' seen
