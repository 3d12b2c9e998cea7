/*
 * The WebSocket protocol (RFC 6455), what both ends of it share: the headers
 * of frames that a server sends, close codes, and the key of the handshake.
 * Pure: no socket, no allocation.
 *
 * Ours and no library's: of those that Debian has wslay would fit, a codec
 * without I/O.  But it keeps 8 KB for each socket, copies each message into
 * each socket's queue, where one frame of ours serves ten thousand, knows no
 * handshake, and has had no release since 2020.  What a server needs of the
 * protocol is two short files: this one, and the reader of a client's frames.
 */
#ifndef PGBELL_WEBSOCKET_H
#define PGBELL_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

#define WEBSOCKET_VERSION "13"
#define WEBSOCKET_HEADER_MAX 10 /* bytes of a header without a mask */
#define WEBSOCKET_CONTROL_MAX 125
#define WEBSOCKET_ACCEPT_BYTES 29 /* of an accept key, NUL included */

enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* Why a connection is closed (RFC 6455 section 7.4.1, and the IANA registry). */
enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_UNSUPPORTED = 1003, /* a binary message */
	WEBSOCKET_NO_CODE = 1005,     /* never sent: the other end gave none */
	WEBSOCKET_BAD_TEXT = 1007,
	WEBSOCKET_TOO_LARGE = 1009,
	WEBSOCKET_TRY_LATER = 1013,
	WEBSOCKET_SESSION_ENDED = 4401, /* ours: of the range that applications use */
};

/*
 * Write the header of a frame that is a whole message, or a control frame
 * (section 5.2; a server masks nothing).  Returns its length.
 */
size_t websocket_encode_header(
    uint8_t out[WEBSOCKET_HEADER_MAX], enum websocket_opcode opcode, uint64_t length);

/* Whether an end may give this code (section 7.4). */
bool websocket_is_code(unsigned code);

/*
 * The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (section 4.2.2).
 * False where the key is not 16 bytes in base64.
 */
bool websocket_accept(struct span key, char out[WEBSOCKET_ACCEPT_BYTES])
    __attribute__((warn_unused_result));

#endif
