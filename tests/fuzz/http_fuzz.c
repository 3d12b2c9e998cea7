/*
 * Fuzz the pieces of targets and header fields.  What comes out must be what
 * the header promises: decoded values are UTF-8 without control characters
 * and fit their buffers, and what a look-up finds is what the pairs hold.
 */
#include "common/http.h"

#include <stdlib.h>

#include "common/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUE_BYTES 16

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

static void
check_value(enum http_found found, const char *value)
{
	if (found != HTTP_FOUND)
		return;
	expect(strlen(value) < VALUE_BYTES && http_is_utf8(span_of(value)));
	for (; *value != '\0'; value++)
		expect((unsigned char)*value >= 0x20 && *value != 0x7f);
}

static void
check_query(struct span query)
{
	struct span rest = query, name, value;
	char plain[VALUE_BYTES], out[VALUE_BYTES];
	int limits = 0;

	while (http_next_query_pair(&rest, &name, &value)) {
		enum http_found found = http_decode_percent(name, true, plain, sizeof plain);

		check_value(found, plain);
		limits += found == HTTP_FOUND && strcmp(plain, "limit") == 0;
		check_value(http_decode_percent(value, true, out, sizeof out), out);
	}
	switch (http_find_query(query, "limit", out, sizeof out)) {
	case HTTP_ABSENT: expect(limits == 0); break;
	case HTTP_DOUBLED: expect(limits > 1); break;
	case HTTP_FOUND: check_value(HTTP_FOUND, out); /* fall through */
	case HTTP_MALFORMED:
	case HTTP_TOO_LONG: expect(limits == 1); break;
	}
}

static void
check_credentials(struct span authorization, struct span cookie)
{
	static char list[CREDENTIALS_LIST_MAX];
	struct credentials credentials;
	bool is_shown;

	credentials_read(authorization, cookie, &credentials);
	is_shown =
	    credentials.source == CREDENTIALS_BEARER || credentials.source == CREDENTIALS_COOKIE;
	expect((credentials.token[0] != '\0') == is_shown);
	for (const char *at = credentials.token; is_shown && at != NULL;) {
		const char *space = strchr(at, ' ');

		expect(credentials_is_token(
		    (struct span){ at, space == NULL ? strlen(at) : (size_t)(space - at) }));
		at = space == NULL ? NULL : space + 1;
	}
	expect((credentials_format(credentials.token, CREDENTIALS_HASHED, list) > 0) == is_shown);
	expect(credentials_format(credentials.token, CREDENTIALS_WHOLE, list) <=
	       strlen(credentials.token));
}

static void
check_cookies(struct span field)
{
	struct span value;

	while (http_next_cookie(&field, "a", &value))
		expect(value.len == 0 || memchr(value.at, ';', value.len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = { (const char *)data, size }, path, query;
	char value[VALUE_BYTES];
	int64_t number;

	http_split_target(input, &path, &query);
	expect(path.len + query.len <= size);
	check_value(http_decode_percent(path, false, value, sizeof value), value);
	check_query(query);
	check_cookies(input);
	if (http_parse_integer(input, -1000, 1000, &number))
		expect(number >= -1000 && number <= 1000);
	expect(!http_is_own_page(&(struct http_page){ .origin = input }));
	http_is_origin(input);
	http_is_media_type(input, "application/json");
	check_credentials(input, input);
	check_credentials((struct span){ NULL, 0 }, input);
	return 0;
}
