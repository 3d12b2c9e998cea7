/*
 * A notice: what several streams are told alike.  It is framed once for each
 * form of which there is a stream, when the first of them wants it.
 */
#ifndef PGBELL_NOTICE_H
#define PGBELL_NOTICE_H

#include "cgi/stream/events/frame.h"

struct notice {
	void (*add)(struct frame_builder *builder, const void *about); /* says it */
	const void *about;                                             /* borrowed */
	struct frame *frames[FRAME_FORMS]; /* owned; NULL: not wanted yet */
};

/* All zeroes but for the first two is one that nobody has been told. */

/* Its frame in this form, which is the notice's. */
struct frame *notice_frame(struct notice *notice, enum frame_form form);

/* Release its frames; may be called twice. */
void notice_clear(struct notice *notice);

#endif
