/*
 * Whether an answer is pgbell's is seen by what is in it: a site's own /api/, or a page
 * that says 200 to everything, says something else.
 */
#include "deploy/doctor/api.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "deploy/doctor/database.h"
#include "deploy/doctor/report.h"
#include "deploy/doctor/web.h"

#define HEALTH "/api/notifications/health"
#define LIST "/api/notifications?limit=5"
#define PROBLEM "urn:pgbell:problem:"
#define FIELD_MAX (sizeof(((struct visit *)NULL)->token) + 64)

struct answer {
	int status;               /* 0: none came */
	struct json_object *body; /* NULL: no JSON object */
	char said[VISIT_TEXT_MAX];
};

static const struct advice elsewhere = {
	"Requests for /api/notifications do not come to pgbell-api: pages get no list, and the "
	"bell stays at \"connecting\".",
	"include pgbell.conf in the site's server { }, whose own locations must leave /api/ to it"
};

/* --- asking ----------------------------------------------------------------------- */

static const char *
find_text(const struct answer *answer, const char *member)
{
	struct json_object *value;

	if (answer->body == NULL || !json_object_object_get_ex(answer->body, member, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

/* -1 where there is none. */
static int
find_number(const struct answer *answer, const char *member)
{
	struct json_object *value;

	if (answer->body == NULL || !json_object_object_get_ex(answer->body, member, &value) ||
	    !json_object_is_type(value, json_type_int))
		return -1;
	return json_object_get_int(value);
}

static void
read_answer(struct answer *answer, struct web *web, const struct web_request *request)
{
	const char *text = web_read_body(web, VISIT_ANSWER_MS);
	const char *detail;

	answer->status = web_status(web);
	answer->body = text == NULL ? NULL : json_tokener_parse(text);
	if (!json_object_is_type(answer->body, json_type_object)) {
		json_object_put(answer->body);
		answer->body = NULL;
	}
	detail = find_text(answer, "detail");
	snprintf(answer->said, sizeof(answer->said), "%s %s answered %d%s%s",
	    request->method != NULL ? request->method : "GET", request->path, answer->status,
	    detail[0] != '\0'      ? ": "
	    : answer->body == NULL ? ", not as pgbell does"
				   : "",
	    detail);
}

/* Release it with forget(). */
static struct answer
ask(const struct site *site, const struct web_request *request)
{
	struct answer answer = { 0 };
	struct web *web =
	    web_open(site->url, request, VISIT_ANSWER_MS, answer.said, sizeof(answer.said));

	if (web != NULL)
		read_answer(&answer, web, request);
	web_close(web);
	return answer;
}

static void
forget(struct answer *answer)
{
	json_object_put(answer->body);
	answer->body = NULL;
}

static bool
is_problem(const struct answer *answer)
{
	return strncmp(find_text(answer, "type"), PROBLEM, strlen(PROBLEM)) == 0;
}

/* The list as the bearer of the token, or as a guest. */
static struct answer
ask_list(const struct visit *visit, bool as_guest)
{
	char bearer[FIELD_MAX];
	const char *const fields[] = { "Accept: application/json", as_guest ? NULL : bearer, NULL };

	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", visit->token);
	return ask(visit->site, &(struct web_request){ .path = LIST, .fields = fields });
}

/* --- a worker, and whom it takes us for -------------------------------------------- */

bool
api_check_worker(const struct site *site)
{
	static const struct advice none = {
		"No request is answered: pages get no list, and nothing can be marked.",
		"systemctl restart 'pgbell-api@*.service'; systemctl enable --now "
		"pgbell-api@{5..8}.service -- more workers, if those are all at work"
	};
	static const struct advice away = { "Workers do not reach their database, or it does not "
					    "take writes.",
		"journalctl -u 'pgbell-api@*'; the findings about the database" };
	static const struct advice bad_gateway = { "The web server does not reach pgbell-api: "
						   "pages get no list, and nothing can be marked.",
		"systemctl restart 'pgbell-api@*.service'; the socket's path in the web server's "
		"configuration, and its group: SocketGroup= in pgbell-api.socket" };
	struct answer answer = ask(site, &(struct web_request){ .path = HEALTH });
	bool is_well = answer.status == 200 && find_text(&answer, "status")[0] != '\0';

	if (is_well)
		report_add("outside.worker", VERDICT_OK, NULL, "%s", answer.said);
	else if (answer.status == 503)
		report_add("outside.worker", VERDICT_FAILURE, &away, "%s", answer.said);
	else if (answer.status == 502)
		report_add("outside.worker", VERDICT_FAILURE, &bad_gateway, "%s", answer.said);
	else if (answer.status == 0 || answer.status == 504)
		report_add("outside.worker", VERDICT_FAILURE, &none, "%s", answer.said);
	else
		report_add("outside.worker", VERDICT_FAILURE, &elsewhere, "%s", answer.said);
	forget(&answer);
	return is_well;
}

/* Whoever has no stream reads topics there; who may follow which is the application's affair. */
void
api_check_topics(const struct site *site)
{
	static const struct advice lost = {
		"Requests for /api/topics/ do not come to pgbell-api: pages without a stream miss "
		"what is published.",
		"the pgbell.conf of this release, whose locations have /api/topics/"
	};
	struct answer answer =
	    ask(site, &(struct web_request){ .path = "/api/topics/public:pgbell-doctor/events" });

	if (answer.status == 200 || (is_problem(&answer) && answer.status != 404))
		report_add("outside.topics", VERDICT_OK, NULL, "topics are read by pgbell-api");
	else
		report_add("outside.topics", VERDICT_WARNING, &lost, "%s", answer.said);
	forget(&answer);
}

bool
api_check_list(struct visit *visit)
{
	static const struct advice broken = { "Nobody who is signed in gets anything.",
		"pgbell.authenticate(), where it is the application's own; journalctl -u "
		"'pgbell-api@*' has what the database says" };
	struct answer answer = ask_list(visit, false);
	const char *person = find_text(&answer, "user_id");
	bool is_known = answer.status == 200 && person[0] != '\0';

	if (is_known && visit->is_ours && strcmp(person, visit->person) != 0) {
		report_add("outside.api", VERDICT_FAILURE, &elsewhere,
		    "the list is that of %s, and the token is %s's", person, visit->person);
		is_known = false;
	} else if (is_known) {
		snprintf(visit->person, sizeof(visit->person), "%s", person);
		report_add("outside.api", VERDICT_OK, NULL, "who is signed in gets a list");
	} else if (answer.status == 401 && is_problem(&answer)) {
		visit_report_unknown(visit);
	} else if (answer.status >= 500 && is_problem(&answer)) {
		report_add("outside.api", VERDICT_FAILURE, &broken, "%s", answer.said);
	} else {
		report_add("outside.api", VERDICT_FAILURE, &elsewhere, "%s", answer.said);
	}
	forget(&answer);
	return is_known;
}

/* --- a guest ------------------------------------------------------------------------ */

/* Asked behind the person, whose list a cache would hand out now. */
static void
check_guest(const struct visit *visit)
{
	static const struct advice cached = { "A cache gives one person's list to another.",
		"fastcgi_cache off (pgbell.conf has it), proxy_cache off, for /api/: pgbell's "
		"answers "
		"say Cache-Control: no-store" };
	struct answer answer = ask_list(visit, true);

	if (answer.status == 200 && find_text(&answer, "user_id")[0] != '\0')
		report_add("outside.cache", VERDICT_FAILURE, &cached,
		    "a guest was given the list of %s", find_text(&answer, "user_id"));
	else if (answer.status != 401 || !is_problem(&answer))
		report_add(
		    "outside.api", VERDICT_FAILURE, &elsewhere, "as a guest, %s", answer.said);
	else
		report_add("outside.cache", VERDICT_OK, NULL, "a guest gets no list");
	forget(&answer);
}

/* --- a mark and its undoing ---------------------------------------------------------- */

/* How changes are made here. */
struct way {
	bool by_cookie; /* as pages do; or by header */
	bool by_post;   /* POST ?method=, where PUT and DELETE do not come through */
};

/* Mark the row read (PUT) or unread (DELETE), as a page does. */
static struct answer
mark(const struct visit *visit, const char *method, const char *row, struct way way)
{
	char path[128], credential[FIELD_MAX], origin[VISIT_TEXT_MAX + 16];
	/* Browsers say where a request comes from only where the site has TLS. */
	bool has_tls = strncmp(visit->origin, "https:", 6) == 0;
	const char *const fields[] = { "Content-Type: application/json", credential, origin,
		has_tls ? "Sec-Fetch-Site: same-origin" : NULL, NULL };

	snprintf(path, sizeof(path), "/api/notifications/%s/read%s%s", row,
	    way.by_post ? "?method=" : "", way.by_post ? method : "");
	snprintf(origin, sizeof(origin), "Origin: %s", visit->origin);
	snprintf(credential, sizeof(credential),
	    way.by_cookie ? "Cookie: %s=%s" : "Authorization: %s %s",
	    way.by_cookie ? visit->site->cookie : "Bearer", visit->token);
	return ask(visit->site,
	    &(struct web_request){
		.method = way.by_post ? "POST" : method, .path = path, .fields = fields });
}

/* Whether it was refused before it came to pgbell, by a host that lets two methods through. */
static bool
is_filtered(const struct answer *answer)
{
	return (answer->status == 403 || answer->status == 405 || answer->status == 501) &&
	       !is_problem(answer);
}

static void
report_unmarked(const struct answer *answer)
{
	static const struct advice origin = {
		"Pages can show the list, but nothing can be marked, deleted or signed out.",
		"fastcgi_param HTTP_HOST $host (nginx; pgbell.conf has it), and in each proxy in "
		"front: "
		"proxy_set_header Host $http_host, ProxyPreserveHost On"
	};
	static const struct advice filtered = {
		"Neither PUT and DELETE come through to pgbell-api, nor a POST in their place: "
		"nothing can be marked or deleted.",
		"allow POST for /api/ in what filters requests there (mod_security's log has the "
		"rule: SecRuleRemoveById)"
	};

	if (is_problem(answer) && answer->status == 403)
		report_add("outside.changes", VERDICT_FAILURE, &origin, "%s", answer->said);
	else if (is_filtered(answer))
		report_add("outside.changes", VERDICT_FAILURE, &filtered, "%s", answer->said);
	else
		report_add("outside.changes", VERDICT_FAILURE, &elsewhere, "%s", answer->said);
}

/* One that the operator has named is what pages have. */
static void
report_unknown_cookie(const struct site *site)
{
	static const struct advice unmapped = {
		"Pages that have this cookie are taken for guests': no list, no bell.",
		"set $pgbell_cookie \"pgbell_session=$cookie_<its name>\"; below the include of "
		"pgbell.conf (nginx); or another --cookie"
	};

	if (site->has_cookie)
		report_add("outside.cookie", VERDICT_FAILURE, &unmapped,
		    "the cookie %s is not known here", site->cookie);
	else
		report_add("outside.cookie", VERDICT_SKIPPED, NULL,
		    "the cookie %s is not known here; --cookie tells its name", site->cookie);
}

/* By cookie where the site takes one, by PUT and DELETE where they come through. */
static bool
mark_somehow(const struct visit *visit, const char *method, const char *row, struct way *way,
    struct answer *answer)
{
	*answer = mark(visit, method, row, *way);
	if (!way->by_post && is_filtered(answer)) {
		way->by_post = true;
		forget(answer);
		*answer = mark(visit, method, row, *way);
	}
	if (answer->status == 401 && way->by_cookie) {
		report_unknown_cookie(visit->site);
		way->by_cookie = false;
		forget(answer);
		*answer = mark(visit, method, row, *way);
	}
	if (answer->status == 200 && find_number(answer, "unread_count") >= 0)
		return true;
	report_unmarked(answer);
	return false;
}

static void
check_marks(const struct visit *visit, const char *row, int unread)
{
	static const struct advice wrong = { "The badge is not what it should be.",
		"select * from pgbell.check_consistency(); select pgbell.mend()" };
	struct way way = { .by_cookie = true };
	struct answer read = { 0 }, again = { 0 };

	if (!mark_somehow(visit, "PUT", row, &way, &read) ||
	    !mark_somehow(visit, "DELETE", row, &way, &again))
		goto done;
	if (find_number(&read, "unread_count") != unread - 1 ||
	    find_number(&again, "unread_count") != unread)
		report_add("outside.changes", VERDICT_WARNING, &wrong,
		    "of %d unread, %d were left by a mark and %d by its undoing", unread,
		    find_number(&read, "unread_count"), find_number(&again, "unread_count"));
	else
		report_add("outside.changes", VERDICT_OK, NULL,
		    "a row was marked read, and unread again, by %s%s",
		    way.by_cookie ? "cookie" : "header",
		    way.by_post ? " and POST: this host lets no PUT and DELETE through" : "");
done:
	forget(&read);
	forget(&again);
}

static bool
holds_row(const struct answer *answer, const char *row)
{
	struct json_object *list, *id;

	if (answer->body == NULL ||
	    !json_object_object_get_ex(answer->body, "notifications", &list) ||
	    !json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (json_object_object_get_ex(json_object_array_get_idx(list, i), "id", &id) &&
		    strcmp(json_object_get_string(id), row) == 0)
			return true;
	return false;
}

void
api_check_changes(struct visit *visit)
{
	static const struct advice stale = { "Pages show a list of some time ago.",
		"fastcgi_cache off (pgbell.conf has it), proxy_cache off, for /api/" };
	const char *row;
	struct answer list;

	check_guest(visit);
	row = visit_notify(visit);
	if (row == NULL) {
		report_add("outside.changes", VERDICT_SKIPPED, NULL, "%s may not notify: %s",
		    PQuser(visit->connection), database_problem());
		return;
	}
	list = ask_list(visit, false);
	if (!holds_row(&list, row))
		report_add("outside.cache", VERDICT_FAILURE, &stale,
		    "a row was inserted, and the list that was asked then does not have it");
	else
		check_marks(visit, row, find_number(&list, "unread_count"));
	forget(&list);
}
