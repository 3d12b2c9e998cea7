/*
 * What a session of ours must not be set to otherwise.  A database, a role or a
 * pooler may have settings of its own (ALTER DATABASE … SET), meant for other
 * programs, that break ours: so each connection says what it needs; behind a
 * transaction pooler each transaction, for itself alone.
 */
#ifndef PGBELL_PINS_H
#define PGBELL_PINS_H

/*
 * For the transaction under way, as its first statements.  They set nothing that
 * outlives it, and need no BEGIN.  The second one fails on a standby (0A000).
 */
#define PINS_ISOLATION "set transaction_isolation = 'read committed'"
#define PINS_READ_WRITE "set transaction_read_only = off"

/* What both answer (PQcmdStatus). */
#define PINS_STATUS "SET"

/*
 * An expression that sets the rest, for the transaction or the session as local
 * (SQL, a boolean) says.  Isolation and mode are those of the transactions to come.
 * The timeouts that are none end sessions or transactions of which we know when
 * they are over; releases that do not have them are passed over.
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
