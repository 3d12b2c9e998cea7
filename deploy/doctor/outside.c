/*
 * What browsers meet, in the order in which one thing needs the other: health, a worker,
 * the list and what changes it (api.h), then the stream.
 */
#include "deploy/doctor/outside.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "deploy/doctor/api.h"
#include "deploy/doctor/database.h"
#include "deploy/doctor/log_files.h"
#include "deploy/doctor/report.h"
#include "deploy/doctor/visit.h"
#include "deploy/doctor/web.h"

#define ARRIVAL_MS 5000
#define SLOW_MS 1000
#define SHOW_MS 1000 /* that a request with a token in its address is kept open */
#define HEARTBEAT_MARGIN_S 5

static const struct advice buffering = {
	"Something between pgbell-stream and the browser keeps events until there are more.",
	"fastcgi_buffering off (nginx), server.stream-response-body = 2 (lighttpd), "
	"flushpackets=on (Apache), proxy_buffering off in each proxy in front"
};

/* Open a stream of the visitor's; NULL, with the finding, when that fails. */
static struct web *
open_stream(const struct visit *visit, const char *field)
{
	static const struct advice refused = { "Browsers get no stream.",
		"the location of " VISIT_STREAM
		" as in the example configuration of your web server" };
	char bearer[sizeof(visit->token) + 64], error[512];
	const char *const fields[] = { "Accept: text/event-stream", bearer, field, NULL };
	struct web *web;

	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", visit->token);
	web = web_open(visit->site->url,
	    &(struct web_request){ .path = VISIT_STREAM, .fields = fields }, ARRIVAL_MS, error,
	    sizeof(error));
	if (web == NULL) {
		report_add("outside.buffering", VERDICT_FAILURE, &buffering, "%s", error);
	} else if (web_status(web) != 200) {
		report_add("outside.stream", VERDICT_FAILURE, &refused,
		    "%s" VISIT_STREAM " answered %d", visit->site->url, web_status(web));
		web_close(web);
		web = NULL;
	}
	return web;
}

/* --- each thing that can be wrong ----------------------------------------------- */

/* The status of its answer, 0 when there is none. */
static int
check_health(const char *url)
{
	static const struct advice unreachable = { "Nobody reaches the site at this address.",
		"the --url that browsers use; its name, port and certificate" };
	static const struct advice bad_gateway = {
		"The web server does not reach pgbell-stream: no stream works.",
		"the socket's path in the web server's configuration, and its group: SocketGroup= "
		"in "
		"pgbell-stream.socket"
	};
	static const struct advice away = {
		"pgbell-stream does not reach its database, or its listener hears nothing.",
		"journalctl -u pgbell-stream; the findings about the database"
	};
	static const struct advice elsewhere = { "Requests for /api/ do not come to pgbell.",
		"include pgbell.conf in the site's server { }" };
	char error[512];
	struct web *web = web_open(url, &(struct web_request){ .path = "/api/health" },
	    VISIT_ANSWER_MS, error, sizeof(error));
	int status = web == NULL ? 0 : web_status(web);

	if (web == NULL)
		report_add("outside.health", VERDICT_FAILURE, &unreachable, "%s", error);
	else if (status == 502 || status == 504)
		report_add("outside.health", VERDICT_FAILURE, &bad_gateway,
		    "%s/api/health answered %d", url, status);
	else if (status == 503)
		report_add(
		    "outside.health", VERDICT_FAILURE, &away, "%s/api/health answered 503", url);
	else if (status != 200)
		report_add("outside.health", VERDICT_FAILURE, &elsewhere,
		    "%s/api/health answered %d", url, status);
	else
		report_add("outside.health", VERDICT_OK, NULL, "%s/api/health answers 200", url);
	web_close(web);
	return status;
}

static void
check_compression(const struct visit *visit)
{
	static const struct advice advice = {
		"A compressor holds events back until its block is full.",
		"gzip off (nginx), SetEnv no-gzip 1 (Apache), request_header -Accept-Encoding "
		"(Caddy), for " VISIT_STREAM
	};
	struct web *web = open_stream(visit, "Accept-Encoding: gzip, deflate, br, zstd");
	char coding[64];

	if (web == NULL)
		return;
	web_find_field(web, "Content-Encoding", coding, sizeof(coding));
	if (coding[0] != '\0' && strcmp(coding, "identity") != 0)
		report_add("outside.compression", VERDICT_FAILURE, &advice,
		    "the stream is compressed (%s)", coding);
	else
		report_add("outside.compression", VERDICT_OK, NULL, "the stream is not compressed");
	web_close(web);
}

/* From the row to the first byte. */
static bool
check_buffering(struct visit *visit, struct web *web)
{
	static const struct advice slow = { "People see what happens later than they could.",
		"the load of the database and of this host; each proxy in front" };
	int64_t start;
	int took;

	if (web_await(web, "event: connected", ARRIVAL_MS) != WEB_FOUND) {
		report_add("outside.buffering", VERDICT_FAILURE, &buffering,
		    "the stream is open, but nothing of it came within %d s", ARRIVAL_MS / 1000);
		return false;
	}
	start = clock_steady_ms();
	if (visit_notify(visit) == NULL) {
		report_add("outside.buffering", VERDICT_SKIPPED, NULL, "%s may not notify: %s",
		    PQuser(visit->connection), database_problem());
		return true;
	}
	if (web_await(web, "event: new_notification", ARRIVAL_MS) != WEB_FOUND) {
		report_add("outside.buffering", VERDICT_FAILURE, &buffering,
		    "a row was inserted, but no event came within %d s", ARRIVAL_MS / 1000);
		return false;
	}
	took = (int)(clock_steady_ms() - start);
	if (took > SLOW_MS)
		report_add("outside.buffering", VERDICT_WARNING, &slow,
		    "from the row to the event it took %d ms", took);
	else
		report_add("outside.buffering", VERDICT_OK, NULL,
		    "from the row to the event it took %d ms", took);
	return true;
}

/* Two heartbeats: the first may come soon, since they are spread. */
static void
check_idle(const struct visit *visit, struct web *web)
{
	static const struct advice advice = {
		"Browsers reconnect all the time: load for nothing, and a bell that rings late.",
		"fastcgi_read_timeout 1h (nginx), server.max-read-idle (lighttpd), ProxyTimeout "
		"(Apache), above PGBELL_HEARTBEAT_S; or PGBELL_HEARTBEAT_S=<less> in pgbell.env"
	};
	const char *setting = getenv("PGBELL_HEARTBEAT_S");
	int heartbeat_s = setting == NULL ? 30 : (int)strtol(setting, NULL, 10);
	int64_t start = clock_steady_ms();
	enum web_wait waited = WEB_FOUND;

	if (visit->site->quick) {
		report_add("outside.idle", VERDICT_SKIPPED, NULL, "--quick");
		return;
	}
	for (int beat = 1; waited == WEB_FOUND && beat <= 2; beat++)
		waited =
		    web_await(web, "event: heartbeat", (heartbeat_s + HEARTBEAT_MARGIN_S) * 1000);
	switch (waited) {
	case WEB_FOUND:
		report_add("outside.idle", VERDICT_OK, NULL,
		    "the stream stays open from one heartbeat to the next");
		break;
	case WEB_ENDED:
		report_add("outside.idle", VERDICT_FAILURE, &advice,
		    "a stream was closed after %d s of silence or less; heartbeats come every %d s",
		    (int)(clock_steady_ms() - start) / 1000, heartbeat_s);
		break;
	case WEB_LATE:
		report_add("outside.idle", VERDICT_FAILURE, &advice,
		    "no heartbeat came within %d s", heartbeat_s + HEARTBEAT_MARGIN_S);
		break;
	}
}

/* Show the token in an address, as a browser may, and look where it was written down. */
static void
check_logs(const struct visit *visit)
{
	const struct site *site = visit->site;
	char path[sizeof(visit->token) + 64], error[512];
	struct log_files *files = log_files_open(site->logs, site->log_count);
	struct web *web;

	snprintf(path, sizeof(path), VISIT_STREAM "?token=%s", visit->token);
	web = web_open(
	    site->url, &(struct web_request){ .path = path }, SHOW_MS, error, sizeof(error));
	web_close(web);
	log_files_report(files, visit->token);
	log_files_close(files);
}

/* --- the visit ------------------------------------------------------------------ */

static void
check_stream(struct visit *visit)
{
	struct web *web = open_stream(visit, NULL);

	if (web != NULL && check_buffering(visit, web)) {
		check_compression(visit);
		check_idle(visit, web);
	}
	web_close(web);
	check_logs(visit);
}

void
outside_check(PGconn *connection, const struct site *site)
{
	const int health = check_health(site->url);
	struct visit visit;
	bool has_worker;

	if (health == 0)
		return;
	has_worker = api_check_worker(site);
	if (has_worker)
		api_check_topics(site);
	if (health != 200 && !has_worker)
		return;
	if (connection == NULL) {
		report_add("outside.session", VERDICT_SKIPPED, NULL, "not without the database");
		return;
	}
	if (visit_begin(&visit, connection, site)) {
		bool is_known = has_worker ? api_check_list(&visit) : visit.is_ours;

		if (is_known && has_worker)
			api_check_changes(&visit);
		if (is_known && health == 200)
			check_stream(&visit);
	}
	visit_end(&visit);
}
