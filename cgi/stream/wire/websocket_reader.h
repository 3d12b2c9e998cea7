/*
 * The bytes that a WebSocket client sends (RFC 6455 section 5), however they are
 * cut, to whole text messages and control frames.  A message may come in
 * fragments, with control frames between them.  Knows no socket; its only
 * resource is room for the message that is coming in.
 */
#ifndef PGBELL_WEBSOCKET_READER_H
#define PGBELL_WEBSOCKET_READER_H

#include "common/websocket.h"

#define WEBSOCKET_MESSAGE_MAX 4096 /* bytes; more is closed with WEBSOCKET_TOO_LARGE */
#define WEBSOCKET_FRAGMENTS_MAX 64 /* of one message, which may be empty; more likewise */
#define WEBSOCKET_CLIENT_HEADER_MAX (WEBSOCKET_HEADER_MAX + 4)

struct websocket_room;

/* All zeroes is one that has read nothing. */
struct websocket_reader {
	struct websocket_room *room; /* owned; NULL between messages */
	uint64_t left;               /* of the frame's content */
	uint32_t message_length;     /* of what has come of the message */
	uint16_t failed;             /* with which code; 0: it has not */
	uint8_t header[WEBSOCKET_CLIENT_HEADER_MAX];
	uint8_t header_length, control_length, fragments;
	bool in_frame, in_message;
};

enum websocket_step {
	WEBSOCKET_STARVED,  /* the input is used up */
	WEBSOCKET_RECEIVED, /* a text message or a control frame: *received */
	WEBSOCKET_FAILED,   /* received->code says why; nothing is to be read any more */
};

struct websocket_received {
	enum websocket_opcode opcode; /* TEXT, CLOSE, PING or PONG */
	struct span content; /* UTF-8 of a message, the reason of a close; good until the next step
			      */
	uint16_t code;       /* of a close */
};

/*
 * Take the next step through the input and move its start.  Out of memory
 * ends the process.
 */
enum websocket_step websocket_read(struct websocket_reader *reader, struct span *input,
    struct websocket_received *received) __attribute__((warn_unused_result));

/* Release what it owns; may be called twice. */
void websocket_reader_clear(struct websocket_reader *reader);

#endif
