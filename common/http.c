/*
 * Every function here is a scan over borrowed bytes that either copies out a
 * checked value or says why not.  A value that leaves this file is valid UTF-8
 * without control characters, so nothing later has to think about it.
 */
#include "common/http.h"

#include <string.h>
#include <strings.h>

static const struct reason {
	int status;
	const char *phrase;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 409, "Conflict" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
};

const char *
http_reason_phrase(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	return "Unknown";
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

void
http_split_target(struct span target, struct span *path, struct span *query)
{
	const char *scheme_end;

	if (target.len > 0 && target.at[0] != '/' &&
	    (scheme_end = memmem(target.at, target.len, "://", 3)) != NULL) {
		/* absolute-form: step over the scheme and the authority */
		const char *end = target.at + target.len;
		const char *at = scheme_end + 3;

		while (at < end && *at != '/' && *at != '?')
			at++;
		target = (struct span){ at, (size_t)(end - at) };
	}
	*query = target;
	*path = span_cut(query, '?');
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode one character at in[*i], stepping *i over it; false for a bad escape. */
static bool
decode_one(struct span in, size_t *i, bool plus_is_space, char *out)
{
	char c = in.at[(*i)++];

	if (c == '+' && plus_is_space) {
		*out = ' ';
	} else if (c == '%') {
		int high = in.len - *i >= 2 ? hex_value(in.at[*i]) : -1;
		int low = high >= 0 ? hex_value(in.at[*i + 1]) : -1;

		if (low < 0)
			return false;
		*i += 2;
		*out = (char)(high * 16 + low);
	} else {
		*out = c;
	}
	return !is_control(*out);
}

enum http_found
http_decode_percent(struct span in, bool plus_is_space, char *out, size_t capacity)
{
	bool is_ascii = true;
	size_t len = 0;

	for (size_t i = 0; i < in.len;) {
		char c;

		if (!decode_one(in, &i, plus_is_space, &c))
			return HTTP_MALFORMED;
		if (len + 1 >= capacity)
			return HTTP_TOO_LONG;
		is_ascii = is_ascii && (unsigned char)c < 0x80;
		out[len++] = c;
	}
	if (capacity == 0)
		return HTTP_TOO_LONG;
	out[len] = '\0';
	return is_ascii || http_is_utf8((struct span){ out, len }) ? HTTP_FOUND : HTTP_MALFORMED;
}

bool
http_next_query_pair(struct span *query, struct span *name, struct span *value)
{
	while (query->len > 0) {
		*value = span_cut(query, '&');
		if (value->len == 0)
			continue; /* "a=1&&b=2", "a=1&" */
		*name = span_cut(value, '=');
		return true;
	}
	return false;
}

/* Whether an encoded name means this plain one. */
static bool
names_parameter(struct span encoded, const char *name)
{
	size_t len = strlen(name);
	size_t at = 0, i = 0;
	char c;

	while (i < encoded.len && at < len) {
		if (!decode_one(encoded, &i, true, &c) || c != name[at++])
			return false;
	}
	return i == encoded.len && at == len;
}

bool
http_next_query(struct span *query, const char *name, struct span *value)
{
	struct span pair_name;

	while (http_next_query_pair(query, &pair_name, value))
		if (names_parameter(pair_name, name))
			return true;
	return false;
}

enum http_found
http_find_query(struct span query, const char *name, char *out, size_t capacity)
{
	struct span value, another;

	if (!http_next_query(&query, name, &value))
		return HTTP_ABSENT;
	if (http_next_query(&query, name, &another))
		return HTTP_DOUBLED;
	return http_decode_percent(value, true, out, capacity);
}

bool
http_next_cookie(struct span *header, const char *name, struct span *value)
{
	while (header->len > 0) {
		struct span rest = span_cut(header, ';');
		struct span pair_name = span_trim(span_cut(&rest, '='));

		*value = span_trim(rest);
		if (span_equals(pair_name, name))
			return true;
	}
	return false;
}

bool
http_is_media_type(struct span content_type, const char *media_type)
{
	return span_equals_ignoring_case(span_trim(span_cut(&content_type, ';')), media_type);
}

bool
http_parse_integer(struct span in, int64_t minimum, int64_t maximum, int64_t *value)
{
	bool negative = in.len > 0 && in.at[0] == '-';
	int64_t sum = 0;

	if (in.len == (negative ? 1 : 0))
		return false;
	/* Summed towards the sign, since INT64_MIN has no positive counterpart. */
	for (size_t i = negative ? 1 : 0; i < in.len; i++) {
		int digit = in.at[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
			return false;
	}
	if (sum < minimum || sum > maximum)
		return false;
	*value = sum;
	return true;
}

/* Split an origin into its scheme and authority; false where it is none. */
static bool
split_origin(struct span origin, struct span *scheme, struct span *authority)
{
	*scheme = span_cut(&origin, ':');
	if (!span_equals_ignoring_case(*scheme, "http") &&
	    !span_equals_ignoring_case(*scheme, "https"))
		return false; /* "null", or the page of something that is no site */
	if (origin.len <= 2 || memcmp(origin.at, "//", 2) != 0)
		return false;
	*authority = (struct span){ origin.at + 2, origin.len - 2 };
	return true;
}

bool
http_is_origin(struct span in)
{
	struct span scheme, authority;

	if (!split_origin(in, &scheme, &authority))
		return false;
	for (size_t i = 0; i < authority.len; i++)
		if (authority.at[i] <= ' ' || authority.at[i] > '~' ||
		    strchr("/?#@\\,", authority.at[i]) != NULL)
			return false;
	return true;
}

/* The port that a scheme means anyway is left out, as browsers do. */
static struct span
strip_port(struct span authority, bool is_https)
{
	const char *port = is_https ? ":443" : ":80";
	size_t len = strlen(port);

	if (authority.len > len && memcmp(authority.at + authority.len - len, port, len) == 0)
		authority.len -= len;
	return authority;
}

static bool
is_listed(struct span origin, const char *allowed)
{
	struct span list = span_of(allowed);

	while (origin.len > 0 && list.len > 0) {
		struct span one = span_cut(&list, ' ');

		if (one.len == origin.len && strncasecmp(one.at, origin.at, one.len) == 0)
			return true;
	}
	return false;
}

bool
http_is_own_page(const struct http_page *page)
{
	struct span scheme, authority, host;
	bool is_https;

	if (is_listed(page->origin, page->allowed))
		return true;
	if (page->sec_fetch_site.len > 0)
		return span_equals(page->sec_fetch_site, "same-origin");
	if (!split_origin(page->origin, &scheme, &authority) || page->host.len == 0)
		return false;
	is_https = span_equals_ignoring_case(scheme, "https");
	if (page->is_https && !is_https)
		return false;
	authority = strip_port(authority, is_https);
	host = strip_port(page->host, is_https);
	return authority.len == host.len && strncasecmp(authority.at, host.at, host.len) == 0;
}

/*
 * The length of a sequence by its first byte, and the range of its second
 * byte, which is where overlong forms, surrogates and numbers beyond
 * U+10FFFF show (the table of RFC 3629 section 4).
 */
static size_t
measure_sequence(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

bool
http_is_utf8(struct span in)
{
	const unsigned char *bytes = (const unsigned char *)in.at;

	for (size_t i = 0; i < in.len;) {
		unsigned char low, high;
		size_t len = measure_sequence(bytes[i], &low, &high);

		if (len == 0 || len > in.len - i)
			return false;
		if (len > 1 && (bytes[i + 1] < low || bytes[i + 1] > high))
			return false;
		for (size_t k = 2; k < len; k++)
			if ((bytes[i + k] & 0xc0) != 0x80)
				return false;
		i += len;
	}
	return true;
}
