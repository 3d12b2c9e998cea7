#!/usr/bin/env bash
# pgjdbc's getNotifications() says nothing, for good, of a connection that was closed without a word.
#
# Software:  libpostgresql-jdbc-java 42.5.5-0+deb12u1 (Debian 12) with Java 17 or any later; PostgreSQL 15 (Debian 12). 42.7.7 of Debian 13 and
#            42.7.14 of sid do the same.
# Guessed:   an exception at the next call, as with a wait.
# Behaviour: a program says LISTEN and asks getNotifications() now and then, as the driver's page has it. PostgreSQL that is stopped in good order
#            sends a FATAL before it closes, and the next call raises it. Where only the connection ends (a proxy in front, such as HAProxy or a
#            pooler, is started again, or its host is), getNotifications() looks whether there is something to read, takes the end
#            for nothing, and returns null, however often it is asked; isClosed() is false. getNotifications(200), with a wait, raises at once, and
#            isValid() is false.
# Seen:      terminated by PostgreSQL: both raise at the first call; closed by what is between: getNotifications() 20 calls and no error,
#            isClosed false, isValid false; getNotifications(200): "An I/O error occurred while sending to the backend." at call 1
# For somebody who runs a stream: a listener that was tried with a restart of the database is deaf after one of the proxy, and looks well. Give
#            getNotifications() a wait, or ask isValid() every so often.
# For pgbell: a row in deploy/README.md, "A listener of your own". pgbell-stream sends itself a NOTIFY, which is missed.
set -euo pipefail

dir=$(mktemp -d)
cd "$dir"
relay=
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo 'needs apt-get install postgresql-15' >&2; exit 2; }
command -v javac >/dev/null || { echo 'needs apt-get install openjdk-17-jdk-headless' >&2; exit 2; }
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
finish() { kill $relay 2>/dev/null || true; as_nobody $bin/pg_ctl -D "$dir/db/data" -s -m immediate stop 2>/dev/null || true; rm -rf "$dir"; }
trap finish EXIT

chmod 755 "$dir"
mkdir -m 755 db
[ "$(id -u)" != 0 ] || chown nobody db
as_nobody $bin/initdb -D "$dir/db/data" -U postgres -A trust -N >initdb.log
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=" start

apt-get -qq -o APT::Sandbox::User=root download libpostgresql-jdbc-java=42.5.5-0+deb12u1 2>/dev/null || apt-get -qq -o APT::Sandbox::User=root download libpostgresql-jdbc-java
for package in *.deb; do dpkg -x "$package" root; done

cat >relay.py <<'PYTHON'
# Passes connections on to the port given; SIGUSR1 ends those that are open, and no more.
import signal, socket, sys, threading
ends = []
def end(sockets):
    for each in sockets:
        try: each.shutdown(socket.SHUT_RDWR)
        except OSError: pass
def pump(one, other):
    try:
        while piece := one.recv(65536): other.sendall(piece)
    except OSError: pass
    end((one, other))
signal.signal(signal.SIGUSR1, lambda *_: end(ends))
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
while True:
    one, other = listener.accept()[0], socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    ends += (one, other)
    for pair in ((one, other), (other, one)): threading.Thread(target=pump, args=pair, daemon=True).start()
PYTHON
python3 relay.py "$port" >relay.port 2>/dev/null & relay=$!
until [ -s relay.port ]; do sleep 0.1; done

cat >Listen.java <<'JAVA'
import java.sql.*;
import org.postgresql.*;
public class Listen {
    static Connection open(String port) throws Exception {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres?sslmode=disable", "postgres", "");
    }
    static int ask(Connection on, boolean waits) throws SQLException {
        PGConnection listener = on.unwrap(PGConnection.class);
        PGNotification[] heard = waits ? listener.getNotifications(200) : listener.getNotifications();
        return heard == null ? 0 : heard.length;
    }
    public static void main(String[] a) throws Exception {
        Connection other = open(a[0]);
        for (String how : new String[] {"terminated", "closed"})
            for (boolean waits : new boolean[] {false, true}) {
                Connection on = open(a[1]);
                on.createStatement().execute("listen ring");
                other.createStatement().execute("notify ring");
                Thread.sleep(300);
                int heard = ask(on, waits), calls = 0;
                if (how.equals("terminated"))
                    other.createStatement().execute("select pg_terminate_backend(" + on.unwrap(PGConnection.class).getBackendPID() + ")");
                else
                    new ProcessBuilder("kill", "-USR1", a[2]).start().waitFor();
                Thread.sleep(300);
                String error = "none";
                try {
                    for (; calls < 20; Thread.sleep(100)) {
                        calls++;
                        ask(on, waits);
                    }
                } catch (SQLException e) {
                    error = e.getMessage();
                }
                System.out.printf("%s, getNotifications(%s): heard %d; then calls %d, error: %s; isClosed %s, isValid %s%n", how, waits ? "200" : "",
                    heard, calls, error, on.isClosed(), on.isValid(2));
            }
    }
}
JAVA
jar=root/usr/share/java/postgresql.jar
javac -cp $jar Listen.java
timeout 60 java -cp $jar:. Listen "$port" "$(cat relay.port)" $relay >seen
cat seen
diff seen - <<'EXPECTED'
terminated, getNotifications(): heard 1; then calls 1, error: FATAL: terminating connection due to administrator command; isClosed false, isValid false
terminated, getNotifications(200): heard 1; then calls 1, error: FATAL: terminating connection due to administrator command; isClosed false, isValid false
closed, getNotifications(): heard 1; then calls 20, error: none; isClosed false, isValid false
closed, getNotifications(200): heard 1; then calls 1, error: An I/O error occurred while sending to the backend.; isClosed false, isValid false
EXPECTED
