/*
 * OpenSSL's BIOs hide whether it is TLS; they do not block here, and poll(2)
 * keeps the time.  libpq brings OpenSSL along, so it is on each host that has
 * pgbell.
 */
#include "deploy/doctor/web.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define AUTHORITY_MAX 300

struct web {
	BIO *bio;
	SSL_CTX *context; /* NULL: no TLS */
	int status;
	char head[WEB_HEAD_MAX]; /* with its lines, and a NUL */
	char body[WEB_BODY_MAX]; /* without the chunks' sizes, and a NUL */
	size_t body_len, searched;
	bool chunked, ended;
	enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END } place;
	size_t chunk_left;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until the BIO can go on; false when the time is over. */
static bool
await_bio(BIO *bio, int64_t deadline)
{
	int64_t left = deadline - now_ms();
	struct pollfd wait = { .events = BIO_should_read(bio) ? POLLIN : POLLOUT };

	if (left <= 0 || BIO_get_fd(bio, &wait.fd) < 0)
		return false;
	return poll(&wait, 1, (int)left) > 0;
}

/* --- opening -------------------------------------------------------------------- */

/* Split base into authority, with a port, and host; false when it is no such URL. */
static bool
read_base(const char *base, bool *tls, char authority[AUTHORITY_MAX], char host[AUTHORITY_MAX])
{
	const char *at = strstr(base, "://");
	const char *colon;
	size_t length;

	if (at == NULL)
		return false;
	*tls = strncmp(base, "https://", 8) == 0;
	if (!*tls && strncmp(base, "http://", 7) != 0)
		return false;
	at += 3;
	length = strcspn(at, "/");
	if (length == 0 || length + 5 >= AUTHORITY_MAX)
		return false;
	snprintf(authority, AUTHORITY_MAX, "%.*s", (int)length, at);
	colon = strrchr(authority, ':');
	if (colon != NULL && strchr(colon, ']') == NULL) {
		snprintf(host, AUTHORITY_MAX, "%.*s", (int)(colon - authority), authority);
	} else {
		snprintf(host, AUTHORITY_MAX, "%s", authority);
		snprintf(authority, AUTHORITY_MAX, "%.*s:%d", (int)length, at, *tls ? 443 : 80);
	}
	return true;
}

static bool
make_bio(struct web *web, bool tls, const char *authority, const char *host)
{
	SSL *ssl = NULL;

	if (!tls) {
		web->bio = BIO_new_connect(authority);
		return web->bio != NULL;
	}
	web->context = SSL_CTX_new(TLS_client_method());
	if (web->context == NULL || SSL_CTX_set_default_verify_paths(web->context) != 1)
		return false;
	SSL_CTX_set_verify(web->context, SSL_VERIFY_PEER, NULL);
	web->bio = BIO_new_ssl_connect(web->context);
	if (web->bio == NULL)
		return false;
	BIO_set_conn_hostname(web->bio, authority);
	BIO_get_ssl(web->bio, &ssl);
	return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

static bool
connect_and_send(struct web *web, const char *request, int64_t deadline)
{
	int length = (int)strlen(request);

	BIO_set_nbio(web->bio, 1);
	while (BIO_do_connect(web->bio) <= 0)
		if (!BIO_should_retry(web->bio) || !await_bio(web->bio, deadline))
			return false;
	while (BIO_write(web->bio, request, length) <= 0)
		if (!BIO_should_retry(web->bio) || !await_bio(web->bio, deadline))
			return false;
	return true;
}

/* --- reading -------------------------------------------------------------------- */

static void
keep_byte(struct web *web, char byte)
{
	if (web->body_len == WEB_BODY_MAX - 1) { /* the first half is old by now */
		size_t half = WEB_BODY_MAX / 2;

		memmove(web->body, web->body + half, web->body_len - half);
		web->body_len -= half;
		web->searched = web->searched > half ? web->searched - half : 0;
	}
	web->body[web->body_len++] = byte;
	web->body[web->body_len] = '\0';
}

static void
begin_chunk(struct web *web)
{
	web->ended = web->chunk_left == 0;
	web->place = CHUNK_DATA;
}

/* Chunked transfer coding (RFC 9112, section 7.1), a byte at a time. */
static void
take_byte(struct web *web, char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = memchr(digits, byte | 0x20, sizeof(digits) - 1);

	switch (web->place) {
	case CHUNK_SIZE:
		if (digit != NULL && web->chunk_left <= SIZE_MAX >> 4)
			web->chunk_left = web->chunk_left * 16 + (size_t)(digit - digits);
		else if (byte == '\n')
			begin_chunk(web);
		else
			web->place = CHUNK_EXTENSION;
		break;
	case CHUNK_EXTENSION:
		if (byte == '\n')
			begin_chunk(web);
		break;
	case CHUNK_DATA:
		keep_byte(web, byte);
		if (web->chunked && --web->chunk_left == 0)
			web->place = CHUNK_END;
		break;
	case CHUNK_END:
		if (byte == '\n')
			web->place = CHUNK_SIZE;
		break;
	}
}

/* Read once; false at the end, or when the time is over. */
static bool
read_some(struct web *web, char *into, int capacity, int *got, int64_t deadline)
{
	for (;;) {
		*got = BIO_read(web->bio, into, capacity);
		if (*got > 0)
			return true;
		if (!BIO_should_retry(web->bio)) {
			web->ended = true;
			return false;
		}
		if (!await_bio(web->bio, deadline))
			return false;
	}
}

static void
take(struct web *web, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count && !web->ended; i++)
		take_byte(web, bytes[i]);
}

/* Read the header; what comes behind it is the beginning of the body. */
static bool
read_head(struct web *web, int64_t deadline)
{
	size_t length = 0;
	char *end, coding[32], status[4];
	int got;

	do {
		if (length == WEB_HEAD_MAX - 1 ||
		    !read_some(
			web, web->head + length, (int)(WEB_HEAD_MAX - 1 - length), &got, deadline))
			return false;
		length += (size_t)got;
		web->head[length] = '\0';
		end = strstr(web->head, "\r\n\r\n");
	} while (end == NULL);
	if (sscanf(web->head, "HTTP/%*s %3[0-9]", status) != 1)
		return false;
	web->status = (int)strtol(status, NULL, 10);
	end[2] = '\0';
	web_find_field(web, "Transfer-Encoding", coding, sizeof(coding));
	web->chunked = strcasecmp(coding, "chunked") == 0;
	web->place = web->chunked ? CHUNK_SIZE : CHUNK_DATA;
	take(web, end + 4, length - (size_t)(end + 4 - web->head));
	return true;
}

/* --- what is called ------------------------------------------------------------- */

static bool
open_site(struct web *web, const char *base, const char *path, const char *fields, int64_t deadline)
{
	char authority[AUTHORITY_MAX], host[AUTHORITY_MAX], request[4096];
	const char *named = strstr(base, "://");
	bool tls;

	if (!read_base(base, &tls, authority, host))
		return false;
	named += 3;
	snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: pgbell-doctor\r\nConnection: "
	    "close\r\n%s\r\n",
	    path, (int)strcspn(named, "/"), named, fields);
	return make_bio(web, tls, authority, host) && connect_and_send(web, request, deadline) &&
	       read_head(web, deadline);
}

/* What went wrong first: what follows are its consequences. */
static const char *
describe_failure(const struct web *web)
{
	unsigned long reason = ERR_peek_error();
	const char *words;

	if (reason == 0)
		return web->ended ? "the connection was closed" : "no answer in time";
	words = ERR_SYSTEM_ERROR(reason) ? strerror(ERR_GET_REASON(reason))
					 : ERR_reason_error_string(reason);
	return words != NULL ? words : "TLS failed";
}

struct web *
web_open(const char *base, const char *path, const char *fields, int timeout_ms, char *error,
    size_t capacity)
{
	struct web *web = calloc(1, sizeof(*web));

	if (web == NULL)
		abort();
	ERR_clear_error();
	if (open_site(web, base, path, fields, now_ms() + timeout_ms))
		return web;
	snprintf(error, capacity, "%s%s: %s", base, path, describe_failure(web));
	web_close(web);
	return NULL;
}

int
web_status(const struct web *web)
{
	return web->status;
}

void
web_find_field(const struct web *web, const char *name, char *value, size_t capacity)
{
	size_t length = strlen(name);

	value[0] = '\0';
	for (const char *line = web->head; (line = strstr(line, "\r\n")) != NULL;) {
		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		snprintf(value, capacity, "%.*s", (int)strcspn(line, "\r"), line);
		return;
	}
}

enum web_wait
web_await(struct web *web, const char *text, int timeout_ms)
{
	const int64_t deadline = now_ms() + timeout_ms;
	char bytes[4096];
	int got;

	for (;;) {
		const char *found = strstr(web->body + web->searched, text);

		if (found != NULL) {
			web->searched = (size_t)(found - web->body) + strlen(text);
			return WEB_FOUND;
		}
		if (web->ended)
			return WEB_ENDED;
		if (!read_some(web, bytes, sizeof(bytes), &got, deadline))
			return web->ended ? WEB_ENDED : WEB_LATE;
		take(web, bytes, (size_t)got);
	}
}

void
web_close(struct web *web)
{
	if (web == NULL)
		return;
	BIO_free_all(web->bio);
	SSL_CTX_free(web->context);
	free(web);
}
