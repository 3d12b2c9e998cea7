/*
 * The bare worker: libfcgi, libpq, and nothing between them.  Each request
 * is one prepared call of the SQL function that pgbell-api calls for it,
 * with the caller's token; no checks, no time limits, no second attempt,
 * and no wait for the web server to close, as if a request could not be longer
 * than one read.  The limit for pgbell-api, not a thing to use.
 */
#include <fcgiapp.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const statements[][2] = {
	{ "count", "select pgbell.get_unread_count($1)" },
	{ "list", "select pgbell.list_notifications($1, 20, null, null)" },
	{ "read", "select pgbell.mark_read($1, $2)" },
};

static void
die(const char *what)
{
	fprintf(stderr, "bare: %s\n", what);
	exit(1);
}

static PGconn *
connect_and_prepare(void)
{
	PGconn *connection = PQconnectdb("application_name=bare");

	if (PQstatus(connection) != CONNECTION_OK)
		die(PQerrorMessage(connection));
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		PGresult *result =
		    PQprepare(connection, statements[i][0], statements[i][1], 0, NULL);

		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			die(PQerrorMessage(connection));
		PQclear(result);
	}
	return connection;
}

/* "PUT …/318/read", "GET …/unread-count", or "GET …/notifications?limit=20". */
static PGresult *
call(PGconn *connection, const char *uri, const char *authorization)
{
	const char *values[] = { authorization + strlen("Bearer "),
		uri + strlen("/api/notifications/") };
	char id[32];

	if (strstr(uri, "unread-count") != NULL)
		return PQexecPrepared(connection, "count", 1, values, NULL, NULL, 0);
	if (strstr(uri, "/read") == NULL)
		return PQexecPrepared(connection, "list", 1, values, NULL, NULL, 0);
	snprintf(id, sizeof(id), "%.*s", (int)strspn(values[1], "0123456789"), values[1]);
	values[1] = id;
	return PQexecPrepared(connection, "read", 2, values, NULL, NULL, 0);
}

static void
answer(FCGX_Request *request, PGconn *connection)
{
	const char *uri = FCGX_GetParam("REQUEST_URI", request->envp);
	const char *authorization = FCGX_GetParam("HTTP_AUTHORIZATION", request->envp);
	PGresult *result;

	if (uri == NULL || authorization == NULL)
		die("a request without an address or a token");
	result = call(connection, uri, authorization);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		FCGX_FPrintF(request->out, "Status: 500\r\n\r\n%s", PQerrorMessage(connection));
	else
		FCGX_FPrintF(request->out, "Content-Type: application/json\r\n\r\n%s",
		    PQgetvalue(result, 0, 0));
	PQclear(result);
}

int
main(void)
{
	PGconn *connection = connect_and_prepare();
	FCGX_Request request;

	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
		die("FCGX_Init");
	while (FCGX_Accept_r(&request) == 0) {
		answer(&request, connection);
		FCGX_Detach(&request);
		FCGX_Finish_r(&request);
	}
	return 0;
}
