/* Settings: defaults, every kind of value, and refusals that say what is wrong. */
#include "common/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the headers above it
#include <cmocka.h>

static bool
read_one(const char *variable, struct config *config, char *message, size_t capacity)
{
	char *copy = variable == NULL ? NULL : strdup(variable);
	char *const environment[] = { copy, NULL };
	bool ok = config_read(environment, config, message, capacity);

	free(copy);
	return ok;
}

static void
assert_refused(const char *variable, const char *expected)
{
	struct config config;
	char message[256];

	assert_false(read_one(variable, &config, message, sizeof(message)));
	assert_string_equal(message, expected);
}

static void
an_empty_environment_gives_the_defaults(void **state)
{
	struct config config;
	char message[256];

	(void)state;
	assert_true(read_one(NULL, &config, message, sizeof(message)));
	assert_int_equal(config.heartbeat_s, 30);
	assert_int_equal(config.max_streams_per_user, 32);
	assert_int_equal(config.backlog_bytes, 262144);
	assert_int_equal(config.floor_s, 10);
	assert_true(config.query_token);
	assert_true(config.prepare);
	assert_null(config.listen_url);
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
}

static void
each_kind_of_value_is_read(void **state)
{
	char *const environment[] = { "HOME=/", "PGBELL_HEARTBEAT_S=1", "PGBELL_QUERY_TOKEN=off",
		"PGBELL_LOG_LEVEL=error", "PGBELL_LISTEN_URL=host=/run", "PGBELL_BODY_BYTES=1024",
		"PGBELL_PID_FILE=", NULL };
	struct config config;
	char message[256];

	(void)state;
	assert_true(config_read(environment, &config, message, sizeof(message)));
	assert_int_equal(config.heartbeat_s, 1);
	assert_false(config.query_token);
	assert_int_equal(config.log_level, LOG_LEVEL_ERROR);
	assert_string_equal(config.listen_url, "host=/run");
	assert_int_equal(config.body_bytes, 1024);
	assert_null(config.pid_file);
}

static void
a_misspelt_name_is_refused(void **state)
{
	(void)state;
	assert_refused(
	    "PGBELL_HEARTBEAT=1", "unknown setting PGBELL_HEARTBEAT (--help lists the settings)");
	assert_refused("PGBELL_=1", "unknown setting PGBELL_ (--help lists the settings)");
}

static void
a_number_must_be_whole_and_in_range(void **state)
{
	static const char *const wrong[] = { "", "0", "3601", "x", "1x", "-1", "+1", " 1", "1.5",
		"99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char variable[64], expected[128];

		snprintf(variable, sizeof(variable), "PGBELL_HEARTBEAT_S=%s", wrong[i]);
		snprintf(expected, sizeof(expected),
		    "PGBELL_HEARTBEAT_S is \"%s\", but must be a whole number from 1 to 3600",
		    wrong[i]);
		assert_refused(variable, expected);
	}
	assert_refused("PGBELL_OPEN_WAIT_S=0", /* no verdict comes within no time */
	    "PGBELL_OPEN_WAIT_S is \"0\", but must be a whole number from 1 to 300");
}

static void
a_switch_is_on_or_off(void **state)
{
	(void)state;
	assert_refused(
	    "PGBELL_TOKENS=plain", "PGBELL_TOKENS is \"plain\", but must be whole or hashed");
	assert_refused(
	    "PGBELL_POOLER=on", "PGBELL_POOLER is \"on\", but must be transaction or off");
	assert_refused("PGBELL_PREPARE=yes", "PGBELL_PREPARE is \"yes\", but must be on or off");
	assert_refused("PGBELL_LOG_LEVEL=loud",
	    "PGBELL_LOG_LEVEL is \"loud\", but must be debug, info, warning or error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_environment_gives_the_defaults),
		cmocka_unit_test(each_kind_of_value_is_read),
		cmocka_unit_test(a_misspelt_name_is_refused),
		cmocka_unit_test(a_number_must_be_whole_and_in_range),
		cmocka_unit_test(a_switch_is_on_or_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
