/*
 * The place of a door: a listening unix socket that somebody handed over, or
 * that is made at a path.
 */
#ifndef PGBELL_PLACE_H
#define PGBELL_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PLACE_NAME "websocket" /* of the descriptor that systemd hands over for it */
#define PLACE_BACKLOG 4096     /* as the other door's; the kernel allows net.core.somaxconn */

struct place {
	int descriptor;   /* listening and non-blocking; -1: there is none */
	const char *path; /* borrowed; where it was made, or NULL */
	dev_t device;     /* what stands there is ours */
	ino_t inode;
};

/*
 * Take the place that a setting names: a path, where a socket is made that its owner and
 * group may connect to, in the place of one that is there; or "fd:3", a descriptor that is
 * there already.  NULL: the descriptor of our name that systemd hands over (sd_listen_fds(3)),
 * as the environment tells, if it does.  False, with one sentence in message, where it cannot be
 * had.
 */
bool place_take(struct place *place, const char *setting, char *const environment[], char *message,
    size_t capacity) __attribute__((warn_unused_result));

/* Leave it: who is still to be accepted is refused, and the path free, unless a successor has it.
 * May be called twice. */
void place_leave(struct place *place);

#endif
