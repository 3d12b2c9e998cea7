/*
 * pgbell-api: the edges.  Options and settings, signals, and the two ways in
 * and out: FastCGI requests from the listening socket at descriptor 0, or
 * one CGI request from the environment and the standard streams.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cgi/api/acceptor.h"
#include "cgi/api/installation.h"
#include "cgi/api/openapi.h"
#include "cgi/api/request.h"
#include "cgi/api/worker.h"
#include "common/config.h"
#include "common/log.h"
#include "common/pid_file.h"

#define PROGRAM "pgbell-api"
#define CGI_BODY_MAX (4 << 20) /* bytes of a refused request's body that are read and dropped */
#define END_WAIT_S 1           /* for the end of a request's input, after its answer */

static volatile sig_atomic_t is_stopping;
static int dead_socket = -1;

/*
 * Replace the listening socket by one to which nobody can connect.  accept()
 * then fails at once, whether it begins after this signal or is restarted by
 * it; so a signal between the test of the flag and accept() is not lost.
 * SA_RESTART keeps the signal from disturbing the request in work.
 */
static void
on_stop(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	is_stopping = 1;
	dup2(dead_socket, STDIN_FILENO);
	errno = saved;
}

static void
set_handler(int signal_number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(signal_number, &action, NULL);
}

static void
set_handlers(int signals_count, const int signals[], void (*handler)(int))
{
	for (int i = 0; i < signals_count; i++)
		set_handler(signals[i], handler);
}

static ptrdiff_t
read_fastcgi(void *source, char *into, size_t capacity)
{
	int got = FCGX_GetStr(into, capacity > 65536 ? 65536 : (int)capacity, source);

	if (got > 0)
		return got;
	return FCGX_GetError(source) == 0 ? 0 : -1;
}

/* The time limit is the web server's: it does not count while the database works. */
static void
on_taken(void *source)
{
	(void)source;
	acceptor_unlimit();
}

static size_t body_read;

static ptrdiff_t
read_stream(void *source, char *into, size_t capacity)
{
	size_t got = fread(into, 1, capacity, source);

	body_read += got;
	return got > 0 || !ferror((FILE *)source) ? (ptrdiff_t)got : -1;
}

/*
 * A request that was refused by its header leaves its body unread.  A socket
 * closed over unread bytes is reset, and Apache's mod_cgid then has no answer
 * to pass on; so a body of reasonable length is read first.
 */
static void
pass_over_body(FILE *source)
{
	size_t end;
	char bytes[4096];

	if (request_measure_body(environ, &end) == REQUEST_BODY_OPEN_ENDED)
		end = CGI_BODY_MAX;
	while (body_read < end && end <= CGI_BODY_MAX) {
		size_t left = end - body_read;

		if (read_stream(source, bytes, left < sizeof(bytes) ? left : sizeof(bytes)) <= 0)
			return;
	}
}

static void
send_fastcgi(const struct reply *reply, FCGX_Stream *out)
{
	char head[REPLY_HEAD_MAX];
	size_t head_len = reply_format_head(reply, head);
	struct span body = reply_body(reply);

	/* A write fails where the client has left: then nobody needs the answer. */
	if (FCGX_PutStr(head, (int)head_len, out) >= 0 && body.len > 0)
		FCGX_PutStr(body.at, (int)body.len, out);
}

/*
 * End a request.  True where the connection is kept for the next request, as
 * the web server asks.  Any other connection libfcgi would shut down, and then
 * wait for the web server to close it, because closing a socket with unread
 * bytes may lose the answer.  A request that has been read to its end leaves no
 * unread bytes, so its connection is closed without that wait.
 * (ipcFd and keepConnection are members of libfcgi's own that no function sets.)
 */
static bool
finish(FCGX_Request *request)
{
	static const struct timeval patience = { .tv_sec = END_WAIT_S }, for_ever = { 0 };
	bool is_read;

	FCGX_FClose(request->err); /* in this order, answer and end are one write */
	FCGX_FClose(request->out);
	setsockopt(request->ipcFd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	is_read = FCGX_GetChar(request->in) == EOF && FCGX_GetError(request->in) == 0;
	if (is_read && request->keepConnection && !is_stopping) {
		setsockopt(request->ipcFd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
		FCGX_Free(request, 0);
		return true;
	}
	if (is_read)
		FCGX_Detach(request);
	FCGX_Free(request, 1);
	return false;
}

/*
 * Read a request from a connection.  False where none comes; the connection is
 * closed then.  keepConnection makes libfcgi read from this connection; it
 * cannot accept another one, since its listening socket is dead_socket.
 */
static bool
take_request(FCGX_Request *request, int connection)
{
	request->ipcFd = connection;
	request->keepConnection = 1;
	return FCGX_Accept_r(request) == 0;
}

/* True where the connection is kept. */
static bool
serve_request(struct worker *worker, FCGX_Request *request, int patience_s)
{
	struct worker_body body = { read_fastcgi, on_taken, request->in };
	struct reply reply;

	worker_answer(worker, request->envp, &body, &reply);
	acceptor_limit(request->ipcFd, patience_s);
	send_fastcgi(&reply, request->out);
	reply_release(&reply);
	return finish(request);
}

static int
serve_fastcgi(struct worker *worker)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGUSR1 };
	int patience_s = worker->config->intake_s, connection = 0;
	FCGX_Request request;
	struct acceptor *acceptor;
	bool is_kept;

	dead_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (dead_socket < 0 ||
	    FCGX_InitRequest(&request, dead_socket, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		log_error("start_failed", "reason=%s", log_value(strerror(errno)).text);
		return 1;
	}
	acceptor = acceptor_create(STDIN_FILENO, patience_s);
	set_handlers(3, stops, on_stop); /* after libfcgi has set its own */
	while (!is_stopping) {
		connection = acceptor_await(acceptor);
		if (connection < 0 && !is_stopping && errno != EINTR && errno != ECONNABORTED) {
			log_error("accept_failed", "reason=%s", log_value(strerror(errno)).text);
			break;
		}
		if (connection < 0)
			continue;
		acceptor_limit(connection, patience_s);
		is_kept = take_request(&request, connection) &&
			  serve_request(worker, &request, patience_s);
		acceptor_unlimit();
		if (is_kept)
			acceptor_keep(acceptor, connection);
	}
	acceptor_close(acceptor);
	return is_stopping ? 0 : 1;
}

static int
serve_cgi(struct worker *worker)
{
	static const int defaults[] = { SIGTERM, SIGUSR1, SIGPIPE };
	const struct worker_body source = { read_stream, on_taken, stdin };
	char head[REPLY_HEAD_MAX];
	size_t head_len;
	struct reply reply;
	struct span body;

	set_handlers(3, defaults, SIG_DFL); /* libfcgi has set its own */
	acceptor_limit(STDIN_FILENO, worker->config->intake_s);
	worker_answer(worker, environ, &source, &reply);
	pass_over_body(stdin);
	acceptor_unlimit();
	head_len = reply_format_head(&reply, head);
	fwrite(head, 1, head_len, stdout);
	body = reply_body(&reply);
	if (body.len > 0)
		fwrite(body.at, 1, body.len, stdout);
	reply_release(&reply);
	return fflush(stdout) == 0 ? 0 : 1;
}

static void
print_help(void)
{
	puts("Usage: " PROGRAM " [--help | --version | --openapi]\n"
	     "\n"
	     "The REST side of pgbell.  A web server starts it, in one of two ways:\n"
	     "\n"
	     "  FastCGI  the listening socket is descriptor 0 (spawn-fcgi, systemd\n"
	     "           StandardInput=socket, lighttpd bin-path); serves requests one at a\n"
	     "           time until SIGTERM, so start several\n"
	     "  CGI      descriptor 0 is anything else; serves the one request that the\n"
	     "           environment describes\n"
	     "\n"
	     "  --help     this text\n"
	     "  --version  the version\n"
	     "  --openapi  the OpenAPI 3.1 document of all actions; without those of the\n"
	     "             example application where the database does not have it\n"
	     "\n"
	     "The database is found by libpq's own variables (PGHOST, PGDATABASE, PGUSER, ...).\n"
	     "Settings, all from the environment:\n");
	config_print_help(stdout, CONFIG_API);
}

/* The document describes the installation whose database the environment names, if one answers. */
static void
print_openapi(void)
{
	struct config config;
	char message[256], *document;
	bool has_example = true;

	if (config_read(environ, &config, message, sizeof message)) {
		struct executor *executor = executor_create(&config);

		has_example = installation_has_example(executor);
		executor_destroy(executor);
	}
	document = openapi_format(has_example);
	puts(document);
	free(document);
}

/* Do what an option asks; returns the exit status. */
static int
obey(const char *option)
{
	if (strcmp(option, "--help") == 0) {
		print_help();
	} else if (strcmp(option, "--version") == 0) {
		puts(PROGRAM " " PGBELL_VERSION);
	} else if (strcmp(option, "--openapi") == 0) {
		print_openapi();
	} else {
		fprintf(stderr, PROGRAM ": unknown option %s; see --help\n", option);
		return 2;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char *argv[])
{
	struct config config;
	struct worker worker = { .config = &config };
	char message[256];
	bool is_cgi;
	int status;

	if (argc > 1)
		return obey(argv[1]);
	if (!config_read(environ, &config, message, sizeof message)) {
		fprintf(stderr, PROGRAM ": %s\n", message);
		return 2;
	}
	is_cgi = FCGX_IsCGI() != 0;
	if (is_cgi && getenv("REQUEST_METHOD") == NULL) {
		fputs(PROGRAM ": started neither by a web server nor with a listening socket at "
			      "descriptor 0; see --help\n",
		    stderr);
		return 2;
	}
	log_open(PROGRAM, config.log_level);
	if (is_cgi)
		config.prepare = false; /* for one call there is nothing to prepare for */
	else
		pid_file_write(PROGRAM, config.pid_file);
	worker.executor = executor_create(&config);
	status = is_cgi ? serve_cgi(&worker) : serve_fastcgi(&worker);
	executor_destroy(worker.executor);
	return status;
}
