/* Places: each is taken once, comes back with the end of its process, and is nobody else's to give.
 */
#include "cgi/stream/plain/cgi_slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka wants the headers above it
#include <cmocka.h>

static char directory[] = "/tmp/pgbell-place-XXXXXX";
static char path[64];

/* Take a place in a process of its own, which keeps it until holders_leave(). */
static int leave[2];

static bool
holder_takes(int count)
{
	int said[2];
	char answer = 0;

	assert_int_equal(pipe(said), 0);
	if (fork() == 0) {
		answer = cgi_slot_take(path, count) ? 'y' : 'n';
		if (write(said[1], &answer, 1) != 1)
			_exit(1);
		close(leave[1]);
		_exit(read(leave[0], &answer, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(read(said[0], &answer, 1), 1);
	close(said[0]);
	close(said[1]);
	return answer == 'y';
}

static void
holders_leave(void)
{
	close(leave[1]);
	close(leave[0]);
	while (wait(NULL) > 0)
		;
	assert_int_equal(pipe(leave), 0);
}

static void
there_are_as_many_places_as_allowed_and_not_one_more(void **state)
{
	(void)state;
	assert_true(holder_takes(2));
	assert_true(holder_takes(2));
	assert_false(holder_takes(2));
	assert_true(holder_takes(3));
	holders_leave();
}

static void
the_end_of_a_process_gives_its_place_back(void **state)
{
	(void)state;
	assert_true(holder_takes(1));
	assert_false(holder_takes(1));
	holders_leave();
	assert_true(holder_takes(1));
	holders_leave();
	assert_false(holder_takes(0));
	holders_leave();
}

static void
a_file_that_others_made_or_can_change_is_not_trusted(void **state)
{
	(void)state;
	assert_int_equal(chmod(path, 0620), 0);
	assert_false(cgi_slot_take(path, 1));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_false(cgi_slot_take(path, 1));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(cgi_slot_take(path, 1));
	assert_int_equal(rmdir(path), 0);
	assert_false(cgi_slot_take("/nowhere/places", 1));
	if (geteuid() == 0) {
		fclose(fopen(path, "w"));
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_false(cgi_slot_take(path, 1));
	}
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL || pipe(leave) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/places", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_as_many_places_as_allowed_and_not_one_more),
		cmocka_unit_test(the_end_of_a_process_gives_its_place_back),
		cmocka_unit_test(a_file_that_others_made_or_can_change_is_not_trusted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
