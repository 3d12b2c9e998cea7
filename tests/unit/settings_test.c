/* Settings reach the part that they are for. */
#include "cgi/stream/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static struct config
config_of(char *const environment[])
{
	struct config config;
	char message[512];

	assert_true(config_read(environment, &config, message, sizeof(message)));
	return config;
}

static void
the_hub_and_its_openings_are_told_of_their_limits(void **state)
{
	const struct config config =
	    config_of((char *[]){ "PGBELL_MAX_STREAMS_PER_USER=3", "PGBELL_EXPIRING_S=4",
		"PGBELL_RETRY_MS=500", "PGBELL_HEARTBEAT_S=6", "PGBELL_LIFETIME_S=7",
		"PGBELL_REPLAY_EVENTS=8", "PGBELL_OPEN_WAIT_S=9", "PGBELL_TOKENS=whole", NULL });
	const struct capacity capacity = { .connections = 1, .streams = 20, .visitors = 10 };
	const struct hub_limits hub = settings_of_hub(&config, &capacity);
	const struct openings_settings openings = settings_of_openings(&config);

	(void)state;
	assert_int_equal(hub.streams, 20);
	assert_int_equal(hub.visitors, 10);
	assert_int_equal(hub.streams_per_user, 3);
	assert_int_equal(hub.warning_s, 4);
	assert_int_equal(hub.retry_ms, 500);
	assert_int_equal(hub.heartbeat_s, 6);
	assert_int_equal(hub.lifetime_s, 7);
	assert_int_equal(hub.replay_events, 8);
	assert_int_equal(openings.replay_events, 8);
	assert_int_equal(openings.wait_s, 9);
	assert_int_equal(openings.form, CREDENTIALS_WHOLE);
}

static void
the_two_connections_are_told_of_their_times_and_of_what_is_in_between(void **state)
{
	const struct config config = config_of((char *[]){ "PGBELL_LISTEN_URL=service=direct",
	    "PGBELL_CONNECT_TIMEOUT_S=2", "PGBELL_CANARY_S=3", "PGBELL_STATEMENT_TIMEOUT_MS=400",
	    "PGBELL_CHORE_TIMEOUT_MS=50", "PGBELL_POOLER=transaction", "PGBELL_PREPARE=off",
	    "PGBELL_TRIM_S=6", "PGBELL_EVENT_KEEP_DAYS=7", "PGBELL_NOTIFICATION_KEEP_DAYS=8",
	    "PGBELL_BACKLOG_BYTES=90000", NULL });
	const struct doorbell_settings doorbell = settings_of_doorbell(&config);
	const struct reader_settings reader = settings_of_reader(&config, true);

	(void)state;
	assert_string_equal(doorbell.conninfo, "service=direct");
	assert_int_equal(doorbell.connect_timeout_s, 2);
	assert_int_equal(doorbell.canary_s, 3);
	assert_int_equal(reader.connect_timeout_s, 2);
	assert_int_equal(reader.command.statement_timeout_ms, 400);
	assert_int_equal(reader.command.chore_timeout_ms, 50);
	assert_true(reader.command.listens);
	assert_false(settings_of_reader(&config, false).command.listens);
	assert_true(reader.command.way.pooled);
	assert_false(reader.command.way.prepare);
	assert_int_equal(reader.command.keeping.every_s, 6);
	assert_int_equal(reader.command.keeping.event_days, 7);
	assert_int_equal(reader.command.keeping.read_days, 8);
	assert_int_equal(reader.command.backlog_bytes, 90000);
}

static void
an_intake_is_told_of_its_limits_and_rules(void **state)
{
	const struct config config =
	    config_of((char *[]){ "PGBELL_INTAKE_S=2", "PGBELL_HEADER_BYTES=3000",
		"PGBELL_QUERY_TOKEN=off", "PGBELL_ORIGINS=https://example.org", NULL });
	const struct capacity capacity = { .connections = 40, .streams = 20, .visitors = 10 };
	const struct intake_settings intake = settings_of_intake(&config, &capacity);

	(void)state;
	assert_int_equal(intake.connections_max, 40);
	assert_int_equal(intake.visit.timeout_s, 2);
	assert_int_equal(intake.visit.header_bytes, 3000);
	assert_false(intake.visit.rules.query_token);
	assert_string_equal(intake.visit.rules.origins, "https://example.org");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hub_and_its_openings_are_told_of_their_limits),
		cmocka_unit_test(
		    the_two_connections_are_told_of_their_times_and_of_what_is_in_between),
		cmocka_unit_test(an_intake_is_told_of_its_limits_and_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
