/* The database is asked a second time only where something rare has happened. */
#include "cgi/api/identity.h"

#include <string.h>

const char *
identity_format(const char *tokens, const struct config *config, char out[CREDENTIALS_LIST_MAX])
{
	enum credentials_form form = config->whole_tokens ? CREDENTIALS_WHOLE : CREDENTIALS_HASHED;

	return credentials_format(tokens, form, out) > 0 ? out : NULL;
}

/* Whether the database's word on these is this one, "t" or "f". */
static bool
is_word(struct executor *executor, const char *identity, const char *word)
{
	struct executor_answer answer = { .json = NULL };
	bool is_so;

	executor_run(executor,
	    &(struct executor_call){ .function = "pgbell.knows_token",
		.values = &identity,
		.count = 1,
		.is_safe = true },
	    &answer);
	is_so = answer.json != NULL && strcmp(answer.json, word) == 0;
	executor_release_answer(&answer);
	return is_so;
}

bool
identity_is_refused(struct executor *executor, const char *identity)
{
	return is_word(executor, identity, "f");
}

bool
identity_choose(struct executor *executor, const struct config *config, const char *tokens,
    char token[CREDENTIALS_TOKEN_MAX + 1])
{
	char identity[CREDENTIALS_LIST_MAX];
	bool is_alone = strchr(tokens, ' ') == NULL;

	while (*tokens != '\0') {
		size_t len = strcspn(tokens, " ");

		memcpy(token, tokens, len);
		token[len] = '\0';
		if (is_alone || is_word(executor, identity_format(token, config, identity), "t"))
			return true;
		tokens += len + (tokens[len] == ' ');
	}
	return false;
}
