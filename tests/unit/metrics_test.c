/* The counters' renderings: Prometheus text that adds up, JSON with what there is. */
#include "cgi/stream/parts/metrics.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "common/clock.h"
#include "tests/unit/clock.h"
#include "tests/unit/in_range.h"

static void
assert_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	if (found == NULL || (found > text && found[-1] != '\n'))
		fail_msg("no line \"%s\" in\n%s", line, text);
}

static void
every_metric_has_help_type_and_a_value(void **state)
{
	struct metrics metrics = { .streams = 3, .opened = 5, .listener = LISTENER_UP };
	char *text = metrics_format_prometheus(&metrics), *rest = text, *line;
	char name[64] = "";

	(void)state;
	assert_line(text, "pgbell_streams 3\n");
	assert_line(text, "pgbell_streams_opened_total 5\n");
	assert_line(text, "pgbell_listener_up 1\n");
	assert_line(text, "pgbell_reader_up 0\n");
	assert_int_equal(text[strlen(text) - 1], '\n');
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
		if (strncmp(line, "# HELP ", 7) == 0) {
			assert_int_equal(sscanf(line, "# HELP %63s ", name), 1);
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			assert_memory_equal(line + 7, name, strlen(name));
		} else {
			assert_memory_equal(line, name, strlen(name));
			assert_non_null(strrchr(line, ' '));
		}
	}
	free(text);
}

static void
reasons_are_labels(void **state)
{
	struct metrics metrics = { .closed = { [CLOSE_SLOW] = 2 },
		.refused = { [REFUSE_USER_LIMIT] = 4 } };
	char *text = metrics_format_prometheus(&metrics);

	(void)state;
	assert_line(text, "pgbell_streams_closed_total{reason=\"slow\"} 2\n");
	assert_line(text, "pgbell_streams_closed_total{reason=\"drained\"} 0\n");
	assert_line(text, "pgbell_streams_refused_total{reason=\"user_limit\"} 4\n");
	free(text);
}

static void
a_value_counts_in_its_bucket_and_in_all_wider_ones(void **state)
{
	struct metrics metrics = { 0 };
	char *text;

	(void)state;
	metrics_observe_delivery(&metrics, 0.001);  /* at a bound: within it */
	metrics_observe_delivery(&metrics, 0.0011); /* just past it */
	metrics_observe_delivery(&metrics, 11);     /* past all */
	metrics_observe_delivery(&metrics, -5);     /* clocks that disagree */
	text = metrics_format_prometheus(&metrics);
	assert_line(text, "pgbell_delivery_seconds_bucket{le=\"0.0005\"} 1\n");
	assert_line(text, "pgbell_delivery_seconds_bucket{le=\"0.001\"} 2\n");
	assert_line(text, "pgbell_delivery_seconds_bucket{le=\"0.0025\"} 3\n");
	assert_line(text, "pgbell_delivery_seconds_bucket{le=\"10\"} 3\n");
	assert_line(text, "pgbell_delivery_seconds_bucket{le=\"+Inf\"} 4\n");
	assert_line(text, "pgbell_delivery_seconds_count 4\n");
	assert_line(text, "pgbell_delivery_seconds_sum 11.0021\n");
	free(text);
	metrics_observe_read(&metrics, 512);
	metrics_observe_read(&metrics, 513);
	text = metrics_format_prometheus(&metrics);
	assert_line(text, "pgbell_read_users_bucket{le=\"512\"} 1\n");
	assert_line(text, "pgbell_read_users_bucket{le=\"+Inf\"} 2\n");
	free(text);
}

static void
the_largest_counts_are_written_whole(void **state)
{
	struct metrics metrics = { .bytes_sent = UINT64_MAX, .streams = SIZE_MAX };
	char *text = metrics_format_prometheus(&metrics), *stats = metrics_format_stats(&metrics);

	(void)state;
	assert_line(text, "pgbell_sent_bytes_total 18446744073709551615\n");
	assert_non_null(strstr(stats, "\"bytes_sent\":18446744073709551615"));
	free(text);
	free(stats);
}

static void
statistics_are_one_json_object(void **state)
{
	struct metrics metrics = {
		.streams = 3, .closed = { [CLOSE_SLOW] = 2 }, .listener = LISTENER_UP
	};
	char *text = metrics_format_stats(&metrics);
	struct json_object *stats = json_tokener_parse(text), *value, *slow;

	(void)state;
	assert_non_null(stats);
	assert_true(json_object_object_get_ex(stats, "streams", &value));
	assert_int_equal(json_object_get_int(value), 3);
	assert_true(json_object_object_get_ex(stats, "closed", &value));
	assert_true(json_object_object_get_ex(value, "slow", &slow));
	assert_int_equal(json_object_get_int(slow), 2);
	assert_true(json_object_object_get_ex(stats, "listener", &value));
	assert_true(json_object_get_boolean(value));
	assert_true(json_object_object_get_ex(stats, "database", &value));
	assert_false(json_object_get_boolean(value));
	json_object_put(stats);
	free(text);
}

/* Somebody sets the machine's clock; that one is not asked. */
static void
time_is_told_by_a_clock_that_nobody_sets(void **state)
{
	struct metrics metrics = { .started_at_s = clock_steady_s() };
	struct json_object *stats, *uptime;
	char *text;

	(void)state;
	clock_skip(3600);
	text = metrics_format_stats(&metrics);
	stats = json_tokener_parse(text);
	assert_true(json_object_object_get_ex(stats, "uptime_s", &uptime));
	assert_int_in_range(json_object_get_int64(uptime), 3600, 3660);
	json_object_put(stats);
	free(text);
}

static void
health_is_well_only_when_reader_and_listener_are(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct metrics metrics = { .reader_up = i & 1,
			.listener = i & 2 ? LISTENER_UP : LISTENER_SILENT };
		char *text = metrics_format_health(&metrics);

		assert_int_equal(metrics_are_healthy(&metrics), i == 3);
		assert_int_equal(strstr(text, "\"status\":\"ok\"") != NULL, i == 3);
		assert_int_equal(strstr(text, "\"database\":\"ok\"") != NULL, i & 1);
		assert_int_equal(strstr(text, "\"listener\":\"ok\"") != NULL, (i & 2) != 0);
		free(text);
	}
}

static void
no_listener_is_missed_where_none_is_wanted(void **state)
{
	struct metrics metrics = { .reader_up = true, .listener = LISTENER_OFF };
	char *text = metrics_format_health(&metrics);

	(void)state;
	assert_true(metrics_are_healthy(&metrics));
	assert_non_null(strstr(text, "\"listener\":\"off\""));
	free(text);
	metrics.reader_up = false;
	assert_false(metrics_are_healthy(&metrics));
}

static void
a_listener_elsewhere_is_told_of_and_is_not_well(void **state)
{
	struct metrics metrics = { .reader_up = true, .listener = LISTENER_ELSEWHERE };
	char *text = metrics_format_health(&metrics);

	(void)state;
	assert_false(metrics_are_healthy(&metrics));
	assert_non_null(strstr(text, "\"database\":\"ok\""));
	assert_non_null(strstr(text, "PGBELL_LISTEN_URL"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_metric_has_help_type_and_a_value),
		cmocka_unit_test(reasons_are_labels),
		cmocka_unit_test(a_value_counts_in_its_bucket_and_in_all_wider_ones),
		cmocka_unit_test(the_largest_counts_are_written_whole),
		cmocka_unit_test(statistics_are_one_json_object),
		cmocka_unit_test(time_is_told_by_a_clock_that_nobody_sets),
		cmocka_unit_test(health_is_well_only_when_reader_and_listener_are),
		cmocka_unit_test(no_listener_is_missed_where_none_is_wanted),
		cmocka_unit_test(a_listener_elsewhere_is_told_of_and_is_not_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
