/*
 * The listening unix socket of a door: it was handed over by the program that started us, or it is
 * made at a path.
 */
#ifndef PGBELL_LISTEN_SOCKET_H
#define PGBELL_LISTEN_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LISTEN_SOCKET_NAME "websocket" /* of the descriptor that systemd hands over for it */
#define LISTEN_SOCKET_BACKLOG 4096 /* as the other door's; the kernel allows net.core.somaxconn */

struct listen_socket {
	int descriptor;   /* listening and non-blocking; -1: there is none */
	const char *path; /* borrowed; where it was made, or NULL */
	dev_t device;     /* what stands there is ours */
	ino_t inode;
};

/*
 * Open the one that a setting names: a path, where a socket is made that its owner and
 * group may connect to, instead of one that is there; or "fd:3", a descriptor that is
 * there already.  NULL: the descriptor of our name that systemd hands over (sd_listen_fds(3)),
 * as the environment tells, if it does.  False, with one sentence in message, where it cannot be
 * had.
 */
bool listen_socket_open(struct listen_socket *listening, const char *setting,
    char *const environment[], char *message, size_t capacity) __attribute__((warn_unused_result));

/* Close it: connections that wait are refused, and the path is free, unless a successor has it.
 * May be called twice. */
void listen_socket_close(struct listen_socket *listening);

#endif
