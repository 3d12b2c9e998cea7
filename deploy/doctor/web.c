/*
 * libcurl's multi interface with one transfer in it: it never blocks, so each wait here
 * has its own end, and an answer that has none (a stream) can be looked at meanwhile.
 */
#include "deploy/doctor/web.h"

#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define POLL_MS 1000 /* libcurl's own timers want to be looked at */

struct web {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *fields;
	char problem[CURL_ERROR_SIZE];
	CURLcode result;
	bool has_head, ended;
	char body[WEB_BODY_MAX]; /* and a NUL */
	size_t body_len, searched;
};

/* --- what libcurl hands over ------------------------------------------------------ */

/* The empty line ends the header, but not that of an interim answer (1xx). */
static size_t
on_header(char *line, size_t size, size_t count, void *data)
{
	struct web *web = data;

	if (line[0] == '\r' || line[0] == '\n')
		web->has_head = web_status(web) >= 200;
	return size * count;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *data)
{
	struct web *web = data;
	const size_t length = size * count;
	size_t taken = length < WEB_BODY_MAX / 2 ? length : WEB_BODY_MAX / 2, excess = 0;

	if (web->body_len + taken > WEB_BODY_MAX - 1) /* what came first is old by now */
		excess = web->body_len + taken - (WEB_BODY_MAX - 1);
	memmove(web->body, web->body + excess, web->body_len - excess);
	web->body_len -= excess;
	web->searched = web->searched > excess ? web->searched - excess : 0;
	memcpy(web->body + web->body_len, bytes + length - taken, taken);
	web->body_len += taken;
	web->body[web->body_len] = '\0';
	return length;
}

/* Take what is there. */
static void
perform(struct web *web)
{
	int running = 0, queued;
	CURLMsg *message;

	curl_multi_perform(web->multi, &running);
	while ((message = curl_multi_info_read(web->multi, &queued)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		web->ended = true;
		web->result = message->data.result;
	}
}

/* Wait for the next piece of the transfer, until the deadline at most, and take it. */
static void
step(struct web *web, int64_t deadline)
{
	int64_t left = deadline - clock_steady_ms();

	if (left > 0)
		curl_multi_poll(web->multi, NULL, 0, left < POLL_MS ? (int)left : POLL_MS, NULL);
	perform(web);
}

/* --- opening ---------------------------------------------------------------------- */

static void
require(bool holds)
{
	if (!holds)
		abort(); /* out of memory, or a libcurl that lacks what we use */
}

static void
add_field(struct web *web, const char *line)
{
	struct curl_slist *longer = curl_slist_append(web->fields, line);

	require(longer != NULL);
	web->fields = longer;
}

static void
set_request(struct web *web, const struct web_request *request)
{
	for (const char *const *field = request->fields; field != NULL && *field != NULL; field++)
		add_field(web, *field);
	if (request->body != NULL)
		require(
		    curl_easy_setopt(web->easy, CURLOPT_COPYPOSTFIELDS, request->body) == CURLE_OK);
	if (request->method != NULL)
		curl_easy_setopt(web->easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(web->easy, CURLOPT_HTTPHEADER, web->fields);
}

static void
set_transfer(struct web *web, const char *url, int timeout_ms)
{
	const char *certificates = getenv("SSL_CERT_FILE");

	require(curl_easy_setopt(web->easy, CURLOPT_URL, url) == CURLE_OK);
	curl_easy_setopt(web->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(web->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(web->easy, CURLOPT_USERAGENT, "pgbell-doctor");
	curl_easy_setopt(web->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(web->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(web->easy, CURLOPT_ERRORBUFFER, web->problem);
	curl_easy_setopt(web->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(web->easy, CURLOPT_HEADERDATA, web);
	curl_easy_setopt(web->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(web->easy, CURLOPT_WRITEDATA, web);
	if (certificates != NULL)
		curl_easy_setopt(web->easy, CURLOPT_CAINFO, certificates);
}

/* What went wrong: in the words of the system where it was the network. */
static void
describe_failure(const struct web *web, const char *url, char *error, size_t capacity)
{
	const char *words = web->problem[0] != '\0'   ? web->problem
			    : web->result != CURLE_OK ? curl_easy_strerror(web->result)
						      : "the connection was closed";
	long reason = 0;

	curl_easy_getinfo(web->easy, CURLINFO_OS_ERRNO, &reason);
	if (!web->ended)
		words = "no answer in time";
	else if (web->result == CURLE_COULDNT_CONNECT && reason != 0)
		words = strerror((int)reason);
	snprintf(error, capacity, "%s: %s", url, words);
}

struct web *
web_open(const char *base, const struct web_request *request, int timeout_ms, char *error,
    size_t capacity)
{
	const int64_t deadline = clock_steady_ms() + timeout_ms;
	struct web *web = calloc(1, sizeof(*web));
	char url[4096];

	require(web != NULL);
	web->easy = curl_easy_init();
	web->multi = curl_multi_init();
	require(web->easy != NULL && web->multi != NULL);
	snprintf(url, sizeof(url), "%s%s", base, request->path);
	set_transfer(web, url, timeout_ms);
	set_request(web, request);
	curl_multi_add_handle(web->multi, web->easy);
	perform(web);
	while (!web->has_head && !web->ended && clock_steady_ms() < deadline)
		step(web, deadline);
	if (web->has_head)
		return web;
	describe_failure(web, url, error, capacity);
	web_close(web);
	return NULL;
}

/* --- looking at the answer -------------------------------------------------------- */

int
web_status(const struct web *web)
{
	long status = 0;

	curl_easy_getinfo(web->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

void
web_find_field(const struct web *web, const char *name, char *value, size_t capacity)
{
	struct curl_header *field;

	value[0] = '\0';
	if (curl_easy_header(web->easy, name, 0, CURLH_HEADER, -1, &field) == CURLHE_OK)
		snprintf(value, capacity, "%s", field->value);
}

enum web_wait
web_await(struct web *web, const char *text, int timeout_ms)
{
	const int64_t deadline = clock_steady_ms() + timeout_ms;

	for (;;) {
		const char *from = web->body + web->searched;
		const char *found = memmem(from, web->body_len - web->searched, text, strlen(text));

		if (found != NULL) {
			web->searched = (size_t)(found - web->body) + strlen(text);
			return WEB_FOUND;
		}
		if (web->ended)
			return WEB_ENDED;
		if (clock_steady_ms() >= deadline)
			return WEB_LATE;
		step(web, deadline);
	}
}

const char *
web_read_body(struct web *web, int timeout_ms)
{
	const int64_t deadline = clock_steady_ms() + timeout_ms;

	while (!web->ended && clock_steady_ms() < deadline)
		step(web, deadline);
	return web->ended && web->result == CURLE_OK ? web->body : NULL;
}

void
web_close(struct web *web)
{
	if (web == NULL)
		return;
	curl_multi_remove_handle(web->multi, web->easy);
	curl_easy_cleanup(web->easy);
	curl_multi_cleanup(web->multi);
	curl_slist_free_all(web->fields);
	free(web);
}
