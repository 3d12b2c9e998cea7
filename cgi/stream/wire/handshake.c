/*
 * No extension and no subprotocol is ever agreed on: a compressed frame would
 * be one stream's own, and frames here are shared.
 */
#include "cgi/stream/wire/handshake.h"

static void
refuse(struct handshake *handshake, int status, const char *detail)
{
	*handshake = (struct handshake){ .status = status, .detail = detail };
}

/* A request that brings content would have it taken for frames. */
static bool
has_content(const struct http_head *head)
{
	struct span length, rest = head->fields, coding;

	if (http_head_next(&rest, "Transfer-Encoding", &coding))
		return true;
	return !http_head_find(head, "Content-Length", &length) ||
	       (length.len > 0 && !span_equals(length, "0"));
}

void
handshake_check(const struct http_head *head, struct handshake *handshake)
{
	struct span host, key, version;

	*handshake = (struct handshake){ .status = 101 };
	if (!http_head_find(head, "Host", &host) || host.len == 0)
		refuse(handshake, 400, "The request has no Host, or more than one.");
	else if (has_content(head))
		refuse(handshake, 400, "A WebSocket's request has no content.");
	else if (head->minor == 0)
		refuse(handshake, 426,
		    "This is HTTP/1.0: the web server in front is to pass a WebSocket on by "
		    "HTTP/1.1.");
	else if (!http_head_lists(head, "Upgrade", "websocket") ||
		 !http_head_lists(head, "Connection", "upgrade"))
		refuse(handshake, 426,
		    "Here is a WebSocket: the fields Upgrade and Connection are to say so, and the "
		    "web server in front is to pass them on.");
	else if (!http_head_find(head, "Sec-WebSocket-Version", &version) ||
		 !span_equals(version, WEBSOCKET_VERSION))
		refuse(handshake, 426, "Only version 13 of the WebSocket protocol is spoken here.");
	else if (!http_head_find(head, "Sec-WebSocket-Key", &key) ||
		 !websocket_accept(key, handshake->accept))
		refuse(handshake, 400, "Sec-WebSocket-Key is not 16 bytes in base64.");
}
