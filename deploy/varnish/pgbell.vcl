# pgbell behind Varnish (7.1 of Debian 12 and later), which stands in front of the web
# server that has one of the other recipes.  It is a whole VCL; into one that you have go
# the two subs, which Varnish puts in front of others of the same name.  On Debian, as root:
#
#   cp /usr/local/share/pgbell/varnish/pgbell.vcl /etc/varnish/default.vcl
#   systemctl reload varnish
#
# The web server must be told who asks, or everybody is one client to its limits, and
# /metrics is open to all, since they come from this host.  In nginx's server { }:
#
#   set_real_ip_from 127.0.0.1;
#   real_ip_header   X-Forwarded-For;
#
# (lighttpd: mod_extforward; Apache: mod_remoteip.)

vcl 4.1;

backend default {
	.host = "127.0.0.1";
	.port = "8080";
}

sub vcl_recv {
	# Bytes are passed to and fro until one side leaves, and the other is told at once.  As
	# an answer that is only not cached a stream works too, but a client that left is noticed
	# by the next heartbeat that cannot be passed on, and until then the stream counts as one
	# of its person's.  HTTP/2 (feature=+http2) knows no pipe.
	if (req.url ~ "^/api/notifications/stream(\?|$)" && req.proto ~ "^HTTP/1") {
		return (pipe);
	}
	# A WebSocket is passed to and fro as well.
	if (req.url ~ "^/api/notifications/socket(\?|$)" && req.http.Upgrade ~ "(?i)^websocket$") {
		return (pipe);
	}
	# One person's list is nobody else's.
	if (req.url ~ "^/api/") {
		return (pass);
	}
}

# The next request on the client's connection must come to us again.  Heartbeats
# (PGBELL_HEARTBEAT_S, 30 s) keep a stream from pipe_timeout (60 s).
sub vcl_pipe {
	set bereq.http.Connection = "close";
	if (req.http.Upgrade ~ "(?i)^websocket$") {
		set bereq.http.Upgrade = req.http.Upgrade;
		set bereq.http.Connection = "Upgrade";
	}
}
