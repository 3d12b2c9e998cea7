/*
 * Pins: settings of PostgreSQL that a session of ours needs to have one value.  A
 * database, a role or a pooler may set another one for other programs (ALTER
 * DATABASE … SET), which would break ours.  So each connection sets them; behind a
 * transaction pooler each transaction does, for itself only.
 */
#ifndef PGBELL_PINS_H
#define PGBELL_PINS_H

/*
 * The first statements of a transaction.  They end with it and need no BEGIN.  The
 * second one fails on a standby (0A000).
 */
#define PINS_ISOLATION "set transaction_isolation = 'read committed'"
#define PINS_READ_WRITE "set transaction_read_only = off"

/* The command status of both (PQcmdStatus). */
#define PINS_STATUS "SET"

/*
 * An SQL expression that sets the other pins.  local is an SQL boolean: true for
 * this transaction, false for the session.  Isolation and mode hold for later
 * transactions.  Timeouts that would end idle sessions or long transactions are
 * switched off, because we have limits of our own.  A setting that this release of
 * PostgreSQL does not have is skipped.
 */
#define PINS(local)                                                                             \
	"(select pg_catalog.count(pg_catalog.set_config(name, value, " local ")) from (values " \
	"('default_transaction_isolation', 'read committed'), "                                 \
	"('default_transaction_read_only', 'off'), "                                            \
	"('default_transaction_deferrable', 'off'), "                                           \
	"('array_nulls', 'on'), "                                                               \
	"('standard_conforming_strings', 'on'), "                                               \
	"('backslash_quote', 'safe_encoding'), "                                                \
	"('transform_null_equals', 'off'), "                                                    \
	"('datestyle', 'ISO, MDY'), "                                                           \
	"('intervalstyle', 'postgres'), "                                                       \
	"('bytea_output', 'hex'), "                                                             \
	"('row_security', 'on'), "                                                              \
	"('exit_on_error', 'off'), "                                                            \
	"('client_min_messages', 'warning'), "                                                  \
	"('idle_in_transaction_session_timeout', '0'), "                                        \
	"('idle_session_timeout', '0'), "                                                       \
	"('transaction_timeout', '0')) "                                                        \
	"pin (name, value) where pg_catalog.current_setting(name, true) is not null)"

#endif
