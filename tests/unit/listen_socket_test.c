/* Where the door of sockets is: a path, a descriptor, what systemd hands over; and what is none. */
#include "cgi/stream/wire/listen_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
// cmocka wants the headers above it
#include <cmocka.h>

static char directory[] = "/tmp/pgbell-socket-XXXXXX", path[64];
static char message[256];
static char *const nothing[] = { NULL };

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return rmdir(directory); /* fails where something is left in it */
}

static bool
take(struct listen_socket *listening, const char *setting)
{
	return listen_socket_open(listening, setting, nothing, message, sizeof(message));
}

static bool
can_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
	bool connected;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	connected = connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(descriptor);
	return connected;
}

static void
a_socket_is_made_at_a_path_for_its_owner_and_group(void **state)
{
	struct listen_socket listening;
	struct stat about;

	(void)state;
	assert_true(take(&listening, path));
	assert_true(can_connect());
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0660);
	listen_socket_close(&listening);
	listen_socket_close(&listening);
	assert_false(can_connect());
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_successor_takes_the_path_and_keeps_it(void **state)
{
	struct listen_socket first, second;

	(void)state;
	assert_true(take(&first, path));
	assert_true(take(&second, path));
	listen_socket_close(&first);
	assert_true(can_connect());
	listen_socket_close(&second);
	assert_int_equal(access(path, F_OK), -1);
}

static void
what_is_no_socket_is_left_alone(void **state)
{
	FILE *file = fopen(path, "w");
	struct listen_socket listening;

	(void)state;
	assert_non_null(file);
	fclose(file);
	assert_false(take(&listening, path));
	assert_non_null(strstr(message, path));
	assert_non_null(strstr(message, "File exists"));
	assert_int_equal(unlink(path), 0);
}

static void
a_path_that_cannot_be_had_is_told(void **state)
{
	char longer[200];
	struct listen_socket listening;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_false(take(&listening, longer));
	assert_non_null(strstr(message, "too long"));
	assert_false(take(&listening, "/nowhere/at/all"));
	assert_non_null(strstr(message, "No such file"));
}

static void
a_descriptor_must_be_a_listening_socket(void **state)
{
	struct listen_socket made, taken;
	char setting[16];
	int other = dup(1);

	(void)state;
	assert_true(take(&made, path));
	snprintf(setting, sizeof(setting), "fd:%d", made.descriptor);
	assert_true(take(&taken, setting));
	assert_int_equal(taken.descriptor, made.descriptor);
	assert_null(taken.path);
	snprintf(setting, sizeof(setting), "fd:%d", other);
	assert_false(take(&taken, setting));
	assert_false(take(&taken, "fd:1"));
	assert_false(take(&taken, "fd:x"));
	assert_false(take(&taken, "fd:999"));
	close(other);
	listen_socket_close(&made);
}

/* What systemd would hand over begins at descriptor 3. */
static void
what_systemd_hands_over_is_known_by_its_name(void **state)
{
	char pid[32], fds[] = "LISTEN_FDS=2",
		      names[] = "LISTEN_FDNAMES=pgbell-stream.socket:websocket",
		      others[] = "LISTEN_FDNAMES=a:b", nobody[] = "LISTEN_PID=1";
	char *const ours[] = { pid, fds, names, NULL },
		    *const unnamed[] = { pid, fds, others, NULL },
		    *const foreign[] = { nobody, fds, names, NULL };
	struct listen_socket made, taken;
	int saved = dup(4);

	(void)state;
	snprintf(pid, sizeof(pid), "LISTEN_PID=%ld", (long)getpid());
	assert_true(take(&made, path));
	assert_int_equal(dup2(made.descriptor, 4), 4);
	assert_true(listen_socket_open(&taken, NULL, ours, message, sizeof(message)));
	assert_int_equal(taken.descriptor, 4);
	assert_true(listen_socket_open(&taken, NULL, unnamed, message, sizeof(message)));
	assert_int_equal(taken.descriptor, -1);
	assert_true(listen_socket_open(&taken, NULL, foreign, message, sizeof(message)));
	assert_int_equal(taken.descriptor, -1);
	assert_true(take(&taken, NULL));
	assert_int_equal(taken.descriptor, -1);
	if (made.descriptor != 4)
		close(4);
	if (saved >= 0) {
		dup2(saved, 4);
		close(saved);
	}
	listen_socket_close(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_made_at_a_path_for_its_owner_and_group),
		cmocka_unit_test(a_successor_takes_the_path_and_keeps_it),
		cmocka_unit_test(what_is_no_socket_is_left_alone),
		cmocka_unit_test(a_path_that_cannot_be_had_is_told),
		cmocka_unit_test(a_descriptor_must_be_a_listening_socket),
		cmocka_unit_test(what_systemd_hands_over_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
