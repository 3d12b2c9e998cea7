/*
 * The settings that a session of PostgreSQL needs for our calls (timeouts and
 * common/pins.h).  They are made once a connection; behind a transaction pooler,
 * which gives each transaction another session, with each call and for its
 * transaction only.
 */
#ifndef PGBELL_API_SESSION_SETUP_H
#define PGBELL_API_SESSION_SETUP_H

#include "cgi/api/connection.h"

/*
 * Queue the statements ahead of a call, in its transaction.  is_safe: the call
 * changes nothing, so a standby can answer it.  Their results are one row, and
 * commands whose status is PINS_STATUS.  False where the connection broke.
 */
bool session_setup_queue(struct connection *connection, const struct config *config, bool is_safe)
    __attribute__((warn_unused_result));

#endif
