/*
 * The steps of a request: read, route, admit, read the body, bind the
 * arguments, call.  Each may end it with a problem.  What they gather is in
 * one struct, struct task, and is released in one place.
 */
#include "cgi/api/worker.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cgi/api/arguments.h"
#include "cgi/api/cookie.h"
#include "cgi/api/identity.h"
#include "cgi/api/installation.h"
#include "cgi/api/openapi.h"
#include "cgi/api/refusal.h"
#include "cgi/api/request.h"
#include "cgi/api/sqlstate.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/schema.h"

struct task {
	struct worker *worker;
	struct reply *reply;
	struct request request;
	struct action_route route;
	struct json_object *body;
	struct arguments arguments;
	struct executor_answer answer;
	char secrets[ACTION_ARGUMENTS_MAX][CREDENTIALS_HASH_BYTES]; /* hashes of other secrets */
};

static bool
refuse(struct task *task, int status, const char *detail)
{
	reply_set_problem(task->reply, &(struct problem){ .status = status, .detail = detail });
	return false;
}

static bool
refuse_with(struct task *task, const struct problem *problem)
{
	reply_set_problem(task->reply, problem);
	return false;
}

static bool
route(struct task *task)
{
	switch (action_find(task->request.method, span_of(task->request.path), &task->route)) {
	case ACTION_MATCHED: return true;
	case ACTION_NO_PATH: return refuse(task, 404, "There is nothing at this path.");
	case ACTION_ASKED_OPTIONS: reply_set_json(task->reply, 204, NULL); break;
	case ACTION_NO_METHOD:
		refuse(task, 405, "The path is known, but not with this method.");
		break;
	}
	memcpy(task->reply->allow, task->route.allow, sizeof task->reply->allow);
	return false;
}

static bool
read_request(struct task *task, char *const environment[])
{
	struct problem problem;

	if (!request_read(environment, &task->request, &problem))
		return refuse_with(task, &problem);
	task->reply->is_head = span_equals(task->request.method, "HEAD");
	return true;
}

static bool
admit(struct task *task)
{
	const struct config *config = task->worker->config;
	const struct request_rules rules = { config->body_bytes, config->origins,
		config->cookie_secure };
	struct problem problem;

	if (request_admit(&task->request, task->route.action, &rules, &problem))
		return true;
	task->reply->token_refused = task->request.credentials.source != CREDENTIALS_NONE;
	return refuse_with(task, &problem);
}

static bool
parse_body(struct task *task, struct span bytes)
{
	enum json_outcome outcome = json_read_text(bytes, &task->body);

	if (outcome != JSON_OUTCOME_OK)
		return refuse(task, 400, json_explain_outcome(outcome));
	if (!json_object_is_type(task->body, json_type_object))
		return refuse(task, 422, "The body must be a JSON object.");
	return true;
}

/* Read up to wanted bytes, *len of them; false where the body broke off. */
static bool
read_body(const struct worker_body *body, char *bytes, size_t wanted, size_t *len)
{
	ptrdiff_t got = 1;

	for (*len = 0; *len < wanted && got > 0; *len += got > 0 ? (size_t)got : 0)
		got = body->read(body->source, bytes + *len, wanted - *len);
	return got >= 0;
}

/* Read the body and parse it.  One byte beyond the limit shows that an open-ended one is too long.
 */
static bool
take_body(struct task *task, const struct worker_body *body)
{
	const struct request *request = &task->request;
	size_t limit = task->worker->config->body_bytes;
	size_t wanted = request->body_is_open_ended ? limit + 1 : request->content_length, len;
	struct problem problem;
	bool is_fine = true;
	char *bytes;

	if (wanted == 0)
		return true;
	bytes = malloc(wanted);
	if (bytes == NULL)
		abort(); /* out of memory */
	if (!read_body(body, bytes, wanted, &len) || (len < wanted && !request->body_is_open_ended))
		is_fine = refuse(task, 400, "The body ended before its announced length.");
	else if (!request_admit_body(request, len, limit, &problem))
		is_fine = refuse_with(task, &problem);
	else if (len > 0)
		is_fine = parse_body(task, (struct span){ bytes, len });
	free(bytes);
	return is_fine;
}

static bool
bind(struct task *task)
{
	switch (arguments_bind(task->route.action, task->route.path_value, task->request.query,
	    task->body, &task->arguments)) {
	case ARGUMENTS_BOUND: return true;
	case ARGUMENTS_NO_TARGET: return refuse(task, 404, "There is nothing at this path.");
	case ARGUMENTS_MALFORMED: return refuse(task, 400, "The query is not well encoded.");
	case ARGUMENTS_REFUSED: break;
	}
	return refuse_with(task, &(struct problem){ .status = 422,
				     .detail = "Some values cannot be taken.",
				     .fields = task->arguments.errors,
				     .field_count = task->arguments.error_count });
}

/* Answer with the database's error. */
static void
refuse_by_database(struct task *task)
{
	const struct executor_answer *answer = &task->answer;
	const struct action *action = task->route.action;
	struct refusal refusal;

	refusal_describe(answer, action, &refusal);
	task->reply->token_refused =
	    !action->is_public ||
	    (action->knows_callers && task->request.credentials.source != CREDENTIALS_NONE);
	refuse_with(task, &refusal.problem);
	if (sqlstate_is_of_lock(answer->sqlstate))
		log_warning(
		    "call_waited", "function=%s sqlstate=%s", action->function, answer->sqlstate);
	else if (refusal.problem.status >= 500)
		log_error("call_failed", "function=%s sqlstate=%s message=%s", action->function,
		    answer->sqlstate, log_value(answer->message).text);
	if (schema_is_unfit(answer->sqlstate))
		log_error("schema_unfit", "hint=%s", log_value(SCHEMA_UNFIT).text);
}

/*
 * Refuse where the function's answer is a refusal.  It answers so, and raises no
 * error, where its transaction must commit: it has counted the attempt.
 */
static bool
refuse_by_answer(struct task *task)
{
	struct json_object *answer, *refused = NULL, *status = NULL, *detail = NULL, *wait = NULL;

	if (!task->route.action->may_refuse || task->answer.json == NULL)
		return false;
	answer = json_tokener_parse(task->answer.json);
	if (json_object_object_get_ex(answer, "refused", &refused)) {
		json_object_object_get_ex(refused, "status", &status);
		json_object_object_get_ex(refused, "detail", &detail);
		json_object_object_get_ex(refused, "retry_after_s", &wait);
		refuse(task, json_object_get_int(status), json_object_get_string(detail));
		task->reply->retry_after_s = (unsigned)json_object_get_int(wait);
	}
	json_object_put(answer);
	return refused != NULL;
}

/* The new token of the cookie, or NULL where the cookie stays as it is. */
static const char *
find_cookie_token(
    const struct task *task, struct json_object *answer, char renewed[CREDENTIALS_TOKEN_MAX + 1])
{
	const struct credentials *credentials = &task->request.credentials;
	const struct worker *worker = task->worker;
	struct json_object *token = NULL;

	switch (task->route.action->cookie) {
	case ACTION_SETS_COOKIE:
		json_object_object_get_ex(answer, "token", &token);
		return json_object_get_string(token);
	case ACTION_RENEWS_COOKIE:
		return credentials->source == CREDENTIALS_COOKIE &&
			       identity_choose(
				   worker->executor, worker->config, credentials->token, renewed)
			   ? renewed
			   : NULL;
	default: return NULL;
	}
}

/* Add the header fields of an answer: Location and the cookie. */
static void
add_fields(struct task *task)
{
	const struct action *action = task->route.action;
	bool secure = task->worker->config->cookie_secure || task->request.is_https;
	struct json_object *answer, *expires_at = NULL;
	char renewed[CREDENTIALS_TOKEN_MAX + 1];
	const char *token;

	if (task->request.credentials.is_doubled &&
	    (action->cookie == ACTION_SETS_COOKIE || action->cookie == ACTION_CLEARS_COOKIE))
		task->reply->twin_count =
		    cookie_format_twins(task->request.host, task->reply->twins);
	if (action->cookie == ACTION_CLEARS_COOKIE)
		cookie_format_cleared(secure, task->reply->cookie);
	if (action->location == NULL && action->cookie != ACTION_SETS_COOKIE &&
	    action->cookie != ACTION_RENEWS_COOKIE)
		return;
	answer = task->reply->body == NULL ? NULL : json_tokener_parse(task->reply->body);
	if (action->location != NULL)
		reply_set_location(task->reply, action->location, answer);
	token = find_cookie_token(task, answer, renewed);
	if (token != NULL && json_object_object_get_ex(answer, "expires_at", &expires_at) &&
	    !cookie_format(
		token, json_object_get_string(expires_at), time(NULL), secure, task->reply->cookie))
		log_error("cookie_not_set", "reason=\"the answer has no fit token or expiry\"");
	json_object_put(answer);
}

/* Send the hash of any other secret, so that none stands in PostgreSQL's log. */
static void
hide_secrets(struct task *task, const char *values[])
{
	const struct action *action = task->route.action;

	for (size_t i = 0; i < task->arguments.count; i++) {
		if (action->arguments[i].type != ACTION_SECRET || values[i] == NULL ||
		    values[i][0] == '\0')
			continue;
		credentials_hash(span_of(values[i]), task->secrets[i]);
		values[i] = task->secrets[i];
	}
}

/* Ask a function; what was answered before is released. */
static void
ask(struct task *task, const char *function, const char *const values[])
{
	executor_release_answer(&task->answer);
	executor_run(task->worker->executor,
	    &(struct executor_call){ .function = function,
		.values = values,
		.count = 1 + task->arguments.count,
		.is_safe = request_is_safe(&task->request) },
	    &task->answer);
}

/* Perhaps an application's authenticate() stumbled over the token, which is refused then. */
static bool
refuse_token(struct task *task, const char *const values[])
{
	if (task->route.action->is_public || !sqlstate_may_be_of_token(task->answer.sqlstate))
		return false;
	task->reply->token_refused = identity_is_refused(task->worker->executor, values[0]);
	if (task->reply->token_refused)
		refuse(task, 401, "Sign in first.");
	return task->reply->token_refused;
}

/* Whether the call failed because the example application is not installed. */
static bool
is_left_out(const struct task *task)
{
	return strncmp(task->route.action->function, "qa.", 3) == 0 &&
	       task->answer.outcome == EXECUTOR_REFUSED &&
	       strcmp(task->answer.sqlstate, "3F000") == 0;
}

static void
call(struct task *task)
{
	const struct action *action = task->route.action;
	const char *values[1 + ACTION_ARGUMENTS_MAX];
	char identity[CREDENTIALS_LIST_MAX];

	if (action->function == NULL) {
		reply_set_json(task->reply, action->status,
		    openapi_format(installation_has_example(task->worker->executor)));
		return;
	}
	values[0] =
	    identity_format(task->request.credentials.token, task->worker->config, identity);
	memcpy(values + 1, task->arguments.values, sizeof task->arguments.values);
	hide_secrets(task, values + 1);
	ask(task, action->function, values);
	if (is_left_out(task) && action->without_example == NULL) {
		refuse(task, 404, "There is nothing at this path.");
		return;
	}
	if (is_left_out(task))
		ask(task, action->without_example, values);
	switch (task->answer.outcome) {
	case EXECUTOR_ANSWERED:
		if (refuse_by_answer(task))
			break;
		reply_set_json(task->reply, action->status, task->answer.json);
		task->answer.json = NULL; /* the reply's now */
		add_fields(task);
		break;
	case EXECUTOR_REFUSED:
		if (!refuse_token(task, values))
			refuse_by_database(task);
		break;
	case EXECUTOR_AWAY:
		refuse(task, 503, "The database cannot be reached. Try again in a moment.");
		log_error("database_away", "function=%s reason=%s", action->function,
		    log_value(task->answer.message).text);
		break;
	}
}

/* The row's method and path, not the request's: those may hold anything. */
static void
log_request(const struct task *task, int64_t ms)
{
	const struct action *action = task->route.action;

	log_debug("request", "method=%s path=%s status=%d ms=%lld",
	    action == NULL ? "-" : action->method, action == NULL ? "-" : action->path,
	    task->reply->status, (long long)ms);
}

void
worker_answer(struct worker *worker, char *const environment[], const struct worker_body *body,
    struct reply *reply)
{
	struct task task; /* not cleared: most of it is room for texts, which are written before
			     they are read */
	int64_t start_ms = clock_steady_ms();

	task.worker = worker;
	task.reply = reply;
	task.route = (struct action_route){ .action = NULL };
	task.body = NULL;
	task.answer = (struct executor_answer){ .json = NULL };
	*reply = (struct reply){ .status = 500 };
	if (read_request(&task, environment) && route(&task) && admit(&task) &&
	    take_body(&task, body) && bind(&task)) {
		if (body->on_taken != NULL)
			body->on_taken(body->source);
		call(&task);
	}
	log_request(&task, clock_steady_ms() - start_ms);
	executor_release_answer(&task.answer);
	json_object_put(task.body);
}
