/*
 * Fuzz the FastCGI side: the first byte says where the input is cut in two,
 * since a request must not depend on how its bytes are cut.
 */
#include "cgi/stream/wire/fastcgi_request.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum fastcgi_outcome
feed(struct fastcgi_request *request, struct span input)
{
	enum fastcgi_outcome outcome;

	do
		outcome = fastcgi_request_feed(request, &input);
	while (outcome == FASTCGI_WANTS_ANSWER);
	return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fastcgi_request whole, cut;
	enum fastcgi_outcome expected, outcome;
	size_t at;

	if (size < 1)
		return 0;
	at = data[0] % size;
	data++;
	size--;
	fastcgi_request_init(&whole);
	fastcgi_request_init(&cut);
	expected = feed(&whole, (struct span){ (const char *)data, size });
	outcome = feed(&cut, (struct span){ (const char *)data, at });
	if (outcome == FASTCGI_WANTS_MORE)
		outcome = feed(&cut, (struct span){ (const char *)data + at, size - at });
	if (outcome != expected)
		abort();
	if (outcome == FASTCGI_REQUEST_READY && fastcgi_request_param(&whole, "REQUEST_URI").len !=
						    fastcgi_request_param(&cut, "REQUEST_URI").len)
		abort();
	fastcgi_request_clear(&whole);
	fastcgi_request_clear(&cut);
	return 0;
}
