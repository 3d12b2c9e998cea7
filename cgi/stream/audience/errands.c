/*
 * One that is answered without the database keeps its place behind those that are not: so
 * answers come in the order of the commands.
 */
#include "cgi/stream/audience/errands.h"

#include <stdio.h>
#include <stdlib.h>

#include "cgi/stream/audience/client_command.h"
#include "cgi/stream/audience/follow_command.h"
#include "cgi/stream/audience/session.h"
#include "cgi/stream/events/sse.h"
#include "cgi/stream/parts/deferred_free.h"
#include "common/text.h"

#define NOT_NOW "Not just now. Try again in a moment."

struct errand {
	TAILQ_ENTRY(errand) others;
	struct client *client; /* NULL: it is over */
	struct client_command command;
	char *refusal; /* owned; what it is answered with whatever the database says, or NULL */
	char *body;    /* owned; what the database says, or NULL */
	int status;    /* of the one or the other */
};

void
errands_init(struct errands *errands, struct addresses *addresses, int64_t replay_events)
{
	*errands = (struct errands){ .addresses = addresses, .replay_events = replay_events };
	TAILQ_INIT(&errands->waiting);
	TAILQ_INIT(&errands->asked);
}

/* --- answers --------------------------------------------------------------- */

static void
send_answer(
    struct client *client, const struct client_command *command, int status, const char *body)
{
	struct frame_builder builder = { .form = client->form };
	char *data = client_command_answer(command, status, body);
	struct frame *frame;

	frame_add_event(&builder, SSE_NO_ID, "answer", span_of(data));
	free(data);
	frame = frame_finish(&builder);
	client->rules->metrics->commands[status < 400 ? 0 : 1]++;
	client_send(client, frame);
	frame_release(frame);
}

static char *
describe(int status, const char *detail)
{
	const struct problem problem = { .status = status, .detail = detail };

	return problem_format(&problem);
}

static void
release(struct errand *errand)
{
	free(errand->refusal);
	free(errand->body);
	deferred_free(errand);
}

/* A command that this process carries out itself, as the database has allowed. */
static void
answer_topic(struct errands *errands, struct client *client, const struct client_command *command,
    const char *word)
{
	struct follow_answer reply = { .status = 200 };
	char *problem = NULL;

	if (command->kind == CLIENT_FOLLOW)
		follow_command_begin(
		    errands->addresses, errands->replay_events, client, command, word, &reply);
	else
		follow_command_end(errands->addresses, client, command, &reply);
	if (reply.status >= 400)
		problem = describe(reply.status, reply.detail);
	send_answer(client, command, reply.status, problem == NULL ? reply.body : problem);
	free(problem);
	if (client->peer != NULL)
		follow_command_send_reset(client, command, &reply);
}

/* A client's answer may be the last thing that it is sent: it may be gone behind each. */
static void
answer(struct errands *errands, struct errand *errand, int status, const char *body)
{
	struct client *client = errand->client;
	char *problem;

	if (client == NULL)
		return;
	client->errand_count--;
	errand->client = NULL;
	if (errand->refusal != NULL) {
		send_answer(client, &errand->command, errand->status, errand->refusal);
	} else if (status >= 400) {
		problem = describe(status, body);
		send_answer(client, &errand->command, status, problem);
		free(problem);
	} else if (errand->command.kind == CLIENT_OF_DATABASE) {
		send_answer(client, &errand->command, status, body);
	} else {
		answer_topic(errands, client, &errand->command, body);
	}
	if (client->peer != NULL)
		errands_resume(client);
}

/* --- coming and going ------------------------------------------------------ */

void
errands_resume(struct client *client)
{
	if (client->errand_count < ERRANDS_OF_CLIENT_MAX && client_wants_events(client))
		peer_resume(client->peer);
}

void
errands_add(struct errands *errands, struct client *client, struct span text)
{
	struct errand *errand = calloc(1, sizeof(*errand));
	struct problem problem;

	if (errand == NULL)
		abort();
	errand->client = client;
	if (!client_command_read(text, &errand->command, &problem)) {
		errand->refusal = problem_format(&problem);
		errand->status = problem.status;
	}
	client->errand_count++;
	if (errand->refusal != NULL && client->errand_count == 1) {
		answer(errands, errand, 0, NULL);
		release(errand);
	} else {
		TAILQ_INSERT_TAIL(&errands->waiting, errand, others);
	}
	/* A client that does not read the answers is not read either. */
	if (client->peer != NULL &&
	    (client->errand_count >= ERRANDS_OF_CLIENT_MAX || !client_wants_events(client)))
		peer_pause(client->peer);
}

static void
forget_in(struct errand_list *list, const struct client *client)
{
	struct errand *errand;

	TAILQ_FOREACH (errand, list, others)
		if (errand->client == client)
			errand->client = NULL;
}

void
errands_forget(struct errands *errands, const struct client *client)
{
	if (client->errand_count == 0)
		return;
	forget_in(&errands->waiting, client);
	forget_in(&errands->asked, client);
}

/* --- a batch --------------------------------------------------------------- */

bool
errands_are_waiting(const struct errands *errands)
{
	return !TAILQ_EMPTY(&errands->waiting);
}

static void
add_to_batch(const struct errand *errand, struct batch *batch)
{
	const struct client *client = errand->client;
	const char *user = client == NULL ? "" : client_user(client);
	bool has_session = client != NULL && client->token == NULL && client->session != NULL;
	struct array *arrays = batch->arrays;

	array_add_text(&arrays[ERRAND_TOKENS], client == NULL ? NULL : client->token);
	array_add_text(&arrays[ERRAND_SESSIONS], has_session ? client->session->id : NULL);
	array_add_text(&arrays[ERRAND_PEOPLE], user[0] == '\0' ? NULL : user);
	array_add_text(&arrays[ERRAND_COMMANDS],
	    client == NULL || errand->refusal != NULL ? NULL : errand->command.name);
	if (errand->command.has_number)
		array_add_integer(&arrays[ERRAND_NUMBERS], errand->command.number);
	else
		array_add_null(&arrays[ERRAND_NUMBERS]);
	array_add_text(&arrays[ERRAND_TOPICS], errand->command.topic);
}

size_t
errands_take(struct errands *errands, struct batch *batch)
{
	struct errand *errand;

	batch_reset(batch);
	while (errands->asked_count < ERRANDS_BATCH_MAX &&
	       (errand = TAILQ_FIRST(&errands->waiting)) != NULL) {
		TAILQ_REMOVE(&errands->waiting, errand, others);
		TAILQ_INSERT_TAIL(&errands->asked, errand, others);
		errands->asked_count++;
		add_to_batch(errand, batch);
	}
	return errands->asked_count;
}

void
errands_note(struct errands *errands, size_t index, int status, const char *body)
{
	struct errand *errand = TAILQ_FIRST(&errands->asked);

	for (; errand != NULL && index > 0; index--)
		errand = TAILQ_NEXT(errand, others);
	if (errand == NULL || errand->refusal != NULL || errand->body != NULL)
		return;
	errand->status = status;
	errand->body = text_copy(body);
}

void
errands_finish(struct errands *errands, bool is_committed)
{
	struct errand *errand, *next;

	TAILQ_FOREACH (errand, &errands->asked, others) {
		if (is_committed && errand->body != NULL)
			answer(errands, errand, errand->status, errand->body);
		else
			answer(errands, errand, 503, NOT_NOW);
	}
	for (errand = TAILQ_FIRST(&errands->asked); errand != NULL; errand = next) {
		next = TAILQ_NEXT(errand, others);
		release(errand);
	}
	TAILQ_INIT(&errands->asked);
	errands->asked_count = 0;
}

void
errands_refuse_all(struct errands *errands)
{
	struct errand *errand;

	while ((errand = TAILQ_FIRST(&errands->waiting)) != NULL) {
		TAILQ_REMOVE(&errands->waiting, errand, others);
		answer(errands, errand, 503, NOT_NOW);
		release(errand);
	}
}

void
errands_clear(struct errands *errands)
{
	errands_finish(errands, false);
	errands_refuse_all(errands);
}
