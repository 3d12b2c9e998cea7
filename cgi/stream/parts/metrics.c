/*
 * Rendered through a memory stream: open_memstream() grows by itself and
 * reports failure once, at the end.
 */
#include "cgi/stream/parts/metrics.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/schema.h"

const char *const close_reason_names[CLOSE_REASONS] = { "client_left", "slow", "session_ended",
	"drained", "old", "unreadable", "silent", "fault" };
static const char *const refusal_names[REFUSALS] = { "request", "header", "timed_out", "identity",
	"user_limit", "limit", "visitors", "opens", "unavailable" };

static const char *const command_outcomes[2] = { "done", "refused" };

static const double delivery_bounds[METRICS_BUCKETS] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
	0.1, 0.5, 2.5, 10 };
static const double read_bounds[METRICS_BUCKETS] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 };

static const double byte_bounds[METRICS_BUCKETS] = { 0, 1024, 4096, 16384, 65536, 131072, 262144,
	524288, 1048576, 16777216 };

static void
observe(struct histogram *histogram, const double bounds[METRICS_BUCKETS], double value)
{
	size_t i = 0;

	while (i < METRICS_BUCKETS && value > bounds[i])
		i++;
	histogram->buckets[i]++;
	histogram->count++;
	histogram->sum += value;
}

void
metrics_observe_delivery(struct metrics *metrics, double seconds)
{
	observe(&metrics->delivery_s, delivery_bounds, seconds < 0 ? 0 : seconds);
}

void
metrics_observe_read(struct metrics *metrics, size_t users)
{
	observe(&metrics->read_users, read_bounds, (double)users);
}

void
metrics_observe_result(struct metrics *metrics, size_t events, size_t bytes)
{
	metrics->read_events += events;
	observe(&metrics->read_bytes, byte_bounds, (double)bytes);
}

static void
print_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP pgbell_%s %s\n# TYPE pgbell_%s %s\n", name, help, name, type);
}

static void
print_counter(FILE *out, const char *name, uint64_t value, const char *help)
{
	print_head(out, name, "counter", help);
	fprintf(out, "pgbell_%s %" PRIu64 "\n", name, value);
}

static void
print_gauge(FILE *out, const char *name, size_t value, const char *help)
{
	print_head(out, name, "gauge", help);
	fprintf(out, "pgbell_%s %zu\n", name, value);
}

static void
print_labelled(FILE *out, const char *name, const char *label, const char *const names[],
    const uint64_t values[], size_t count, const char *help)
{
	print_head(out, name, "counter", help);
	for (size_t i = 0; i < count; i++)
		fprintf(
		    out, "pgbell_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, names[i], values[i]);
}

static void
print_histogram(FILE *out, const char *name, const struct histogram *histogram,
    const double bounds[METRICS_BUCKETS], const char *help)
{
	uint64_t cumulated = 0;

	print_head(out, name, "histogram", help);
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		cumulated += histogram->buckets[i];
		fprintf(
		    out, "pgbell_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, bounds[i], cumulated);
	}
	fprintf(out, "pgbell_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, histogram->count);
	fprintf(out, "pgbell_%s_sum %.9g\n", name, histogram->sum);
	fprintf(out, "pgbell_%s_count %" PRIu64 "\n", name, histogram->count);
}

static void
print_now(FILE *out, const struct metrics *metrics)
{
	print_gauge(out, "streams", metrics->streams, "Open streams.");
	print_gauge(out, "sockets", metrics->sockets, "Those of them that are WebSockets.");
	print_gauge(out, "users", metrics->users, "Users with an open stream.");
	print_gauge(out, "visitors", metrics->visitors, "Streams of visitors, who are nobody.");
	print_gauge(out, "topics", metrics->topics, "Topics that an open stream follows.");
	print_gauge(out, "follows", metrics->follows,
	    "Topics that open streams follow, once for each stream.");
	print_gauge(out, "sessions", metrics->sessions, "Sessions with an open stream.");
	print_gauge(out, "opens_waiting", metrics->waiting, "Streams waiting to be opened.");
	print_gauge(out, "requests_arriving", metrics->arriving, "Requests that are coming in.");
	print_gauge(out, "connections", metrics->connections, "Connections of the web server.");
	print_gauge(out, "backlog_bytes", metrics->backlog_bytes,
	    "Bytes that wait for clients to take them.");
	print_gauge(out, "reader_up", metrics->reader_up, "1 while the reading connection works.");
	print_gauge(out, "listener_up", metrics->listener == LISTENER_UP,
	    "1 while doorbells come back and are those of the database that is read.");
	print_gauge(out, "asleep", metrics->asleep,
	    "1 while each commit rings; 0 while this process looks for itself.");
}

static void
print_streams(FILE *out, const struct metrics *metrics)
{
	print_counter(out, "streams_opened_total", metrics->opened, "Streams opened.");
	print_labelled(out, "streams_closed_total", "reason", close_reason_names, metrics->closed,
	    CLOSE_REASONS, "Streams ended, by reason.");
	print_labelled(out, "streams_refused_total", "reason", refusal_names, metrics->refused,
	    REFUSALS, "Streams not opened, by reason.");
	print_counter(out, "events_delivered_total", metrics->events_delivered,
	    "Logged events sent, once for each stream.");
	print_counter(out, "publications_delivered_total", metrics->publications_delivered,
	    "Those of them that are of topics.");
	print_counter(out, "follows_lost_total", metrics->follows_lost,
	    "Times a stream was told that it may follow a topic no more.");
	print_counter(out, "sent_bytes_total", metrics->bytes_sent, "Bytes sent to streams.");
	print_counter(out, "resets_total", metrics->resets, "Streams told to re-read their list.");
	print_counter(out, "resets_too_far_total", metrics->resets_too_far,
	    "Those of them who had missed more than is replayed.");
	print_counter(out, "heartbeats_total", metrics->heartbeats, "Heartbeats sent.");
	print_labelled(out, "commands_total", "outcome", command_outcomes, metrics->commands, 2,
	    "Commands of clients of WebSockets, answered.");
	print_counter(out, "soundings_total", metrics->soundings,
	    "Times a user's streams were all written to at its limit, to find those that were "
	    "left.");
	print_counter(out, "accept_pauses_total", metrics->accept_pauses,
	    "Times no further connection could be taken.");
	print_counter(out, "log_lines_lost_total", metrics->log_lines_lost,
	    "Lines of the log left out, for whoever reads it stood still.");
}

static void
print_database(FILE *out, const struct metrics *metrics)
{
	print_counter(
	    out, "doorbells_total", metrics->doorbells, "Users and topics rung by a doorbell.");
	print_counter(out, "doorbells_idle_total", metrics->doorbells_idle,
	    "Those of them that no stream here follows.");
	print_counter(out, "looks_total", metrics->looks,
	    "Looks for what has been committed without a ring.");
	print_counter(out, "sleeps_total", metrics->sleeps,
	    "Times this process went over from looking to being rung.");
	print_counter(out, "reads_total", metrics->reads, "Reads of the event log.");
	print_counter(
	    out, "session_checks_total", metrics->checks, "Looks at what has become of sessions.");
	print_counter(out, "follow_checks_total", metrics->follow_checks,
	    "Looks at who may still follow what.");
	print_counter(out, "read_events_total", metrics->read_events,
	    "Events that reads returned, once for all streams of a user.");
	print_counter(out, "reads_failed_total", metrics->reads_failed,
	    "Statements that the database refused.");
	print_counter(out, "listener_lost_total", metrics->listener_lost,
	    "Times the listening connection was replaced.");
	print_counter(out, "reader_lost_total", metrics->reader_lost,
	    "Times the reading connection was replaced.");
}

static void
print_histograms(FILE *out, const struct metrics *metrics)
{
	print_histogram(out, "delivery_seconds", &metrics->delivery_s, delivery_bounds,
	    "From numbering an event at its commit to writing it to the sockets; not what is told "
	    "again.");
	print_histogram(out, "read_users", &metrics->read_users, read_bounds,
	    "Users and topics looked up in one read.");
	print_histogram(out, "read_bytes", &metrics->read_bytes, byte_bounds,
	    "Bytes of events that one read returned.");
}

char *
metrics_format_prometheus(const struct metrics *metrics)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (out == NULL)
		abort();
	print_now(out, metrics);
	print_streams(out, metrics);
	print_database(out, metrics);
	print_histograms(out, metrics);
	if (fclose(out) != 0)
		abort();
	return text;
}

static struct json_object *
make_counts(const char *const names[], const uint64_t values[], size_t count)
{
	struct json_object *counts = json_object_new_object();

	for (size_t i = 0; i < count; i++)
		json_object_object_add(counts, names[i], json_object_new_uint64(values[i]));
	return counts;
}

char *
metrics_format_stats(const struct metrics *metrics)
{
	struct json_object *stats = json_object_new_object();
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "uptime_s", (uint64_t)(clock_steady_s() - metrics->started_at_s) },
		{ "streams", metrics->streams },
		{ "sockets", metrics->sockets },
		{ "users", metrics->users },
		{ "sessions", metrics->sessions },
		{ "visitors", metrics->visitors },
		{ "topics", metrics->topics },
		{ "follows", metrics->follows },
		{ "waiting", metrics->waiting },
		{ "backlog_bytes", metrics->backlog_bytes },
		{ "opened", metrics->opened },
		{ "events_delivered", metrics->events_delivered },
		{ "bytes_sent", metrics->bytes_sent },
		{ "resets", metrics->resets },
		{ "heartbeats", metrics->heartbeats },
		{ "doorbells", metrics->doorbells },
		{ "reads", metrics->reads },
		{ "looks", metrics->looks },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_object_add(
		    stats, numbers[i].name, json_object_new_uint64(numbers[i].value));
	json_object_object_add(
	    stats, "closed", make_counts(close_reason_names, metrics->closed, CLOSE_REASONS));
	json_object_object_add(
	    stats, "refused", make_counts(refusal_names, metrics->refused, REFUSALS));
	json_object_object_add(stats, "asleep", json_object_new_boolean(metrics->asleep));
	json_object_object_add(stats, "database", json_object_new_boolean(metrics->reader_up));
	json_object_object_add(
	    stats, "listener", json_object_new_boolean(metrics->listener == LISTENER_UP));
	return json_format(stats, JSON_C_TO_STRING_PLAIN);
}

bool
metrics_are_healthy(const struct metrics *metrics)
{
	return metrics->reader_up && metrics->listener >= LISTENER_OFF;
}

char *
metrics_format_health(const struct metrics *metrics)
{
	static const char *const listeners[] = { [LISTENER_UP] = "ok",
		[LISTENER_OFF] = "off",
		[LISTENER_SILENT] = "no doorbell comes back",
		[LISTENER_ELSEWHERE] = ("listens elsewhere: PGBELL_LISTEN_URL does not lead to "
					"the database that is read") };
	const char *unread = metrics->schema_unfit ? SCHEMA_UNFIT : "away";
	struct json_object *health = json_object_new_object();

	json_object_object_add(health, "status",
	    json_object_new_string(metrics_are_healthy(metrics) ? "ok" : "unavailable"));
	json_object_object_add(
	    health, "database", json_object_new_string(metrics->reader_up ? "ok" : unread));
	json_object_object_add(
	    health, "listener", json_object_new_string(listeners[metrics->listener]));
	return json_format(health, JSON_C_TO_STRING_PLAIN);
}
