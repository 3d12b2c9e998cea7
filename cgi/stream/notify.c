/*
 * The socket's address is a path, or with "@" in front a name in Linux's
 * abstract namespace, which is written with a NUL in that place and has no NUL
 * at its end.  A socket is made for each message: they are seconds apart,
 * and nothing is left to close.
 */
#include "cgi/stream/notify.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The length of the address, or 0 when it cannot be one. */
static socklen_t
read_address(const char *name, struct sockaddr_un *address)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(address->sun_path))
		return 0;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	else
		length++;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

bool
notify_send(const char *message)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t address_length;
	ssize_t sent;
	int descriptor, reason;

	if (name == NULL || name[0] == '\0')
		return true;
	address_length = read_address(name, &address);
	if (address_length == 0) {
		errno = EINVAL;
		return false;
	}
	descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return false;
	sent = sendto(descriptor, message, strlen(message), MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, address_length);
	reason = errno;
	close(descriptor);
	errno = reason;
	return sent >= 0;
}

/* A whole number from the environment, or -1. */
static long long
read_number(const char *variable)
{
	const char *value = getenv(variable);
	long long number;
	char *end;

	if (value == NULL || value[0] < '0' || value[0] > '9')
		return -1;
	errno = 0;
	number = strtoll(value, &end, 10);
	return errno == 0 && *end == '\0' ? number : -1;
}

int
notify_watchdog_ms(void)
{
	long long us = read_number("WATCHDOG_USEC");

	if (us < 1000 || us / 1000 > INT_MAX)
		return 0;
	if (getenv("WATCHDOG_PID") != NULL && read_number("WATCHDOG_PID") != (long long)getpid())
		return 0;
	return (int)(us / 1000);
}
