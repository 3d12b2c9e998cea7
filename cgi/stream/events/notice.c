#include "cgi/stream/events/notice.h"

struct frame *
notice_frame(struct notice *notice, enum frame_form form)
{
	if (notice->frames[form] == NULL) {
		struct frame_builder builder = { .form = form };

		notice->add(&builder, notice->about);
		notice->frames[form] = frame_finish(&builder);
	}
	return notice->frames[form];
}

void
notice_clear(struct notice *notice)
{
	for (size_t form = 0; form < FRAME_FORMS; form++) {
		frame_release(notice->frames[form]);
		notice->frames[form] = NULL;
	}
}
