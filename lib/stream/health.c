/* Names that mean that nothing was found, so that sorting never makes such a class the positive one. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stream/classes.h"

enum { WORDS = 16 };

static bool is_one_of(const char *word, const char *const *list)
{
	while (*list && strcmp(*list, word))
		list++;
	return *list;
}

/* Letters and digits in lower case, cut where letters and digits meet. Bytes beyond ASCII are letters. How many. */
static int split_words(char *text, char *copy, const char *word[WORDS])
{
	int n = 0, before = 0;

	for (; *text; text++) {
		unsigned char c = tolower((unsigned char)*text);
		int kind = isdigit(c) ? 1 : isalpha(c) || c >= 0x80 ? 2 : 0;

		if (kind != before && before)
			*copy++ = '\0';
		if (kind && kind != before && n < WORDS)
			word[n++] = copy;
		if (kind)
			*copy++ = c;
		before = kind;
	}
	*copy = '\0';
	return n;
}

/* Words that say health, among others that say nothing. */
static bool says_health(const char *const *word, int n)
{
	static const char *const health[] = {"normal", "normals", "healthy", "health", "negative", "negatives", "neg",
		"control", "controls", "none", "no", "nothing", "benign", "clear", "unremarkable", "unaffected", "absent", "false",
		"0", "00", "normale", "sano", "sana", "gesund", "sain", "negativo", "negativ", NULL};
	static const char *const filler[] = {"chest", "lung", "lungs", "cxr", "xray", "xrays", "x", "ray", "rays", "image",
		"images", "case", "cases", "patient", "patients", "group", "class", "scan", "scans", "label", "person", "people",
		"subjects", "the", "is", "a", NULL};
	bool found = false;

	for (int i = 0; i < n; i++) {
		bool number = isdigit((unsigned char)word[i][0]);

		if (is_one_of(word[i], health) && !(number && n > 1))
			found = true;
		else if (!is_one_of(word[i], filler) && !number)
			return false;
	}
	return found;
}

/* "no finding", "negative for pneumonia", "covid free": but not "not normal". */
static bool denies(const char *const *word, int n)
{
	static const char *const first[] = {"no", "not", "non", "without", "negative", "absent", "absence", "sans", "sin",
		NULL};
	static const char *const last[] = {"negative", "neg", "absent", "free", "no", "none", "false", NULL};

	if (n < 2)
		return false;
	return is_one_of(word[0], first) ? !says_health(word + 1, n - 1) : is_one_of(word[n - 1], last);
}

int classes_health(const char *name)
{
	char *text = classes_label(name), *copy = xmalloc(2 * strlen(text) + 1);
	const char *word[WORDS] = {0};
	int n = split_words(text, copy, word);
	int health = says_health(word, n) ? 2 : denies(word, n) ? 1 : 0;

	/* "NonCOVID", "nofinding": one word, but a name that begins so and denies is no rare disease */
	if (n == 1 && !health && (!strncmp(word[0], "non", 3) || !strncmp(word[0], "nofind", 6)) && strlen(word[0]) > 4)
		health = says_health(&(const char *){word[0] + 3}, 1) ? 0 : 1;
	free(text);
	free(copy);
	return health;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_health(const void *a, const void *b)
{
	int x = classes_health(*(char *const *)a), y = classes_health(*(char *const *)b);

	return x != y ? y - x : by_bytes(a, b);
}

void classes_sort(char **name, int n)
{
	if (n < 2)
		return; /* of none there may be no array */
	qsort(name, n, sizeof *name, by_bytes);
	if (classes_health(name[n - 1]))
		qsort(name, n, sizeof *name, by_health);
}
