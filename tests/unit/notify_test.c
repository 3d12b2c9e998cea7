/* The service manager's protocol, with a socket of the test in its place. */
#include "cgi/stream/notify.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static int
start_to_tell(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

/* Receive at name, which is as NOTIFY_SOCKET has it. */
static int
listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(descriptor, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
	    0);
	return descriptor;
}

static void
assert_heard(const char *name)
{
	int descriptor = listen_at(name);
	char heard[64] = "";

	setenv("NOTIFY_SOCKET", name, 1);
	assert_true(notify_send("READY=1"));
	assert_int_equal(recv(descriptor, heard, sizeof(heard), MSG_DONTWAIT), 7);
	assert_string_equal(heard, "READY=1");
	close(descriptor);
}

static void
a_message_is_one_datagram_to_a_path(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "/tmp/pgbell-notify-%ld", (long)getpid());
	assert_heard(name);
	unlink(name);
}

static void
a_message_reaches_an_abstract_name(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@pgbell-notify-%ld", (long)getpid());
	assert_heard(name);
}

static void
without_a_manager_nothing_is_sent_and_nothing_fails(void **state)
{
	(void)state;
	assert_true(notify_send("READY=1"));
	setenv("NOTIFY_SOCKET", "", 1);
	assert_true(notify_send("READY=1"));
}

static void
a_manager_that_is_not_there_is_a_failure_that_is_told(void **state)
{
	(void)state;
	setenv("NOTIFY_SOCKET", "/tmp/pgbell-nobody-listens-here", 1);
	assert_false(notify_send("READY=1"));
	assert_int_equal(errno, ENOENT);
}

static void
an_address_is_a_path_or_an_abstract_name_that_fits(void **state)
{
	static const char *const wrong[] = { "relative", "/", "@", "vsock:2:1234" };
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("NOTIFY_SOCKET", wrong[i], 1);
		assert_false(notify_send("READY=1"));
		assert_int_equal(errno, EINVAL);
	}
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0'; /* one too long: no room for its end */
	setenv("NOTIFY_SOCKET", path, 1);
	assert_false(notify_send("READY=1"));
	assert_int_equal(errno, EINVAL);
	path[sizeof(path) - 2] = '\0';
	setenv("NOTIFY_SOCKET", path, 1);
	assert_false(notify_send("READY=1"));
	assert_int_equal(errno, ENOENT);
}

static void
a_manager_that_does_not_read_is_not_waited_for(void **state)
{
	char name[64];
	int descriptor;

	(void)state;
	snprintf(name, sizeof(name), "@pgbell-notify-%ld", (long)getpid());
	descriptor = listen_at(name);
	setenv("NOTIFY_SOCKET", name, 1);
	for (int i = 0; i < 100000 && notify_send("WATCHDOG=1"); i++)
		;
	assert_false(notify_send("WATCHDOG=1"));
	assert_int_equal(errno, EAGAIN);
	close(descriptor);
}

static void
a_watchdog_is_told_in_microseconds(void **state)
{
	(void)state;
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_watchdog_ms(), 30000);
	setenv("WATCHDOG_USEC", "1000", 1);
	assert_int_equal(notify_watchdog_ms(), 1);
}

static void
what_is_no_time_switches_the_watchdog_off(void **state)
{
	static const char *const wrong[] = { "", "0", "999", "-1", "soon", "30000000x", " 30000000",
		"2147483648000", "99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("WATCHDOG_USEC", wrong[i], 1);
		assert_int_equal(notify_watchdog_ms(), 0);
	}
	setenv("WATCHDOG_USEC", "2147483647999", 1);
	assert_int_equal(notify_watchdog_ms(), 2147483647);
}

static void
the_watchdog_of_another_process_is_not_ours(void **state)
{
	char pid[32];

	(void)state;
	setenv("WATCHDOG_USEC", "30000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ms(), 30000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_PID", "", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_message_is_one_datagram_to_a_path, start_to_tell),
		cmocka_unit_test_setup(a_message_reaches_an_abstract_name, start_to_tell),
		cmocka_unit_test_setup(
		    without_a_manager_nothing_is_sent_and_nothing_fails, start_to_tell),
		cmocka_unit_test_setup(
		    a_manager_that_is_not_there_is_a_failure_that_is_told, start_to_tell),
		cmocka_unit_test_setup(
		    an_address_is_a_path_or_an_abstract_name_that_fits, start_to_tell),
		cmocka_unit_test_setup(
		    a_manager_that_does_not_read_is_not_waited_for, start_to_tell),
		cmocka_unit_test_setup(a_watchdog_is_told_in_microseconds, start_to_tell),
		cmocka_unit_test_setup(what_is_no_time_switches_the_watchdog_off, start_to_tell),
		cmocka_unit_test_setup(the_watchdog_of_another_process_is_not_ours, start_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
