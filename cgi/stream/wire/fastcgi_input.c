#include "cgi/stream/wire/fastcgi_input.h"

bool
fastcgi_input_take(struct fastcgi_input *input, struct span bytes)
{
	struct fastcgi_header header;
	struct span content;

	for (;;) {
		switch (fastcgi_decode(&input->decoder, &bytes, &header, &content)) {
		case FASTCGI_STARVED: return true;
		case FASTCGI_INVALID: return false;
		case FASTCGI_RECORD:
			if (header.request_id != input->request_id)
				break;
			if (header.type == FASTCGI_ABORT_REQUEST)
				return false;
			if (header.type == FASTCGI_STDIN && header.content_length == 0)
				input->has_ended = true;
			break;
		case FASTCGI_CONTENT:
		case FASTCGI_FINISHED: break;
		}
	}
}
