/* Joining the hub: what becomes a stream, and the limits of how many there are. */
#ifndef PGBELL_HUB_JOIN_H
#define PGBELL_HUB_JOIN_H

#include "cgi/stream/audience/client_opening.h"
#include "cgi/stream/audience/hub.h"

enum hub_join { HUB_JOINED, HUB_FULL, HUB_USER_FULL, HUB_VISITORS_FULL };

/*
 * Open a stream on a peer, which is the hub's when it joined and stays the
 * caller's when a limit refused it.  Nothing that was committed since the
 * snapshot is missed.  The identity is a person's: a visitor has none.
 */
enum hub_join hub_join(struct hub *hub, struct peer *peer, const struct session_identity *identity,
    const struct client_opening *opening) __attribute__((warn_unused_result));

#endif
