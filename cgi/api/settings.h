/*
 * What a session is set to for our calls: once a connection; where a transaction
 * pooler shares connections out, ahead of each call and for its transaction only.
 */
#ifndef PGBELL_API_SETTINGS_H
#define PGBELL_API_SETTINGS_H

#include "cgi/api/connection.h"

/*
 * Queue them ahead of a call, in its transaction.  is_safe: it changes nothing, and
 * may be asked of a standby.  Answered by a row and by PINS_STATUS.  False where the connection
 * broke.
 */
bool settings_queue(struct connection *connection, const struct config *config, bool is_safe)
    __attribute__((warn_unused_result));

#endif
