/* A name chosen from a set, with a message that says what there is; comma lists. */
#include "base/choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int choice_find(const char *what, const char *name, const char *const *names, int n, struct err *e)
{
	struct text all = {0};

	for (int i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return i;
	for (int i = 0; i < n; i++)
		text_addf(&all, "%s%s", i ? ", " : "", names[i]);
	err_set(e, "no %s '%s': choose one of %s", what, name, all.s);
	text_free(&all);
	return -1;
}

void choice_print(FILE *f, const char *const *names, const char *const *words, int n)
{
	int width = 0;

	for (int i = 0; i < n; i++)
		width = (int)strlen(names[i]) > width ? (int)strlen(names[i]) : width;
	for (int i = 0; i < n; i++)
		if (words)
			fprintf(f, "%-*s  %s\n", width, names[i], words[i]);
		else
			fprintf(f, "%s\n", names[i]);
}

char **choice_split(const char *text, char by, int *n)
{
	size_t length = strlen(text) + 1, count = 1;
	char **word, *copy;

	for (const char *p = text; (p = strchr(p, by)); p++)
		count++;
	word = xmalloc(count * sizeof *word + length);
	copy = memcpy(word + count, text, length);
	*n = (int)count;
	for (size_t k = 0; k < count; k++)
		word[k] = strsep(&copy, (char[]){by, '\0'});
	return word;
}

bool choice_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list;; p++) {
		size_t k = strcspn(p, ",");

		if (k == n && !memcmp(p, word, n))
			return true;
		p += k;
		if (!*p)
			return false;
	}
}

int word_list_find(const struct word_list *w, const char *word)
{
	for (int i = 0; i < w->n; i++)
		if (!strcmp(w->word[i], word))
			return i;
	return -1;
}

int word_list_place(struct word_list *w, const char *word)
{
	int at = word_list_find(w, word);

	if (at >= 0)
		return at;
	w->word = xreallocarray(w->word, (size_t)w->n + 1, sizeof *w->word);
	w->word[w->n] = xstrdup(word);
	return w->n++;
}

void word_list_free(struct word_list *w)
{
	for (int i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct word_list){0};
}
