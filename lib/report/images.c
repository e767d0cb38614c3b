/* Where the network looked: the most confident wrong answers of each kind, and right ones drawn at random. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "report/chapters.h"
#include "stream/stream.h"

/* Which rows of the score table a group shows; label or pred NULL: any. */
struct gallery_group {
	const char *title, *label, *pred;
	bool right; /* shown at random: the surest would flatter */
};

struct gallery_pick {
	size_t row;
	double confidence;
};

static int by_confidence(const void *a, const void *b)
{
	const struct gallery_pick *x = a, *y = b;
	if (x->confidence != y->confidence)
		return x->confidence < y->confidence ? 1 : -1;
	return x->row < y->row ? -1 : 1;
}

static bool belongs(const struct report *r, const struct gallery_group *g, size_t row)
{
	const char *label = columns_at(r->scores, row, columns_find(r->scores, "label"));
	const char *pred = columns_at(r->scores, row, columns_find(r->scores, "pred"));

	return report_counts(r, row) && !strcmp(label, pred) == g->right && (!g->label || !strcmp(label, g->label)) &&
	       (!g->pred || !strcmp(pred, g->pred));
}

/* A number of an image's own: the same images are drawn again from the same table. */
static double draw(const struct report *r, size_t row)
{
	const char *id = columns_at(r->scores, row, columns_find(r->scores, "id"));
	struct rng at = rng_at(r->seed, RNG_SHUFFLE, rng_hash(id, strlen(id)), 0);

	return rng_uniform(&at);
}

/* The rows of a group: wrong answers the most confident first, right ones in random order. Fresh memory. */
static struct gallery_pick *members(const struct report *r, const struct gallery_group *g, size_t *n)
{
	const struct columns *t = r->scores;
	struct gallery_pick *pick = xreallocarray(NULL, t->nrow + 1, sizeof *pick);

	*n = 0;
	for (size_t i = 0; i < t->nrow; i++)
		if (belongs(r, g, i)) {
			double p = report_probability(r, i, columns_at(t, i, columns_find(t, "pred")));
			pick[(*n)++] = (struct gallery_pick){i, g->right ? draw(r, i) : p >= 0 ? p : -1};
		}
	qsort(pick, *n, sizeof *pick, by_confidence);
	return pick;
}

/* The file's name without its extension. Fresh memory. */
static char *stem(const struct report *r, size_t row)
{
	int64_t items = head_items(&r->head), n = items ? items : (int64_t)r->scores->nrow;

	return item_file_name_of(columns_at(r->scores, row, columns_find(r->scores, "id")), row, n);
}

/* The map that a file shows, empty for the only one; NULL when it is not of that image. Fresh memory. */
static char *map_of(const char *file, const char *name)
{
	size_t n = strlen(name), length = strlen(file);

	if (strncmp(file, name, n) || length < n + 4 || strcmp(file + length - 4, ".png") || file[n] != '.')
		return NULL;
	return length == n + 4 ? xstrdup("") : xstrndup(file + n + 1, length - n - 5);
}

static void overlay(FILE *f, const struct report *r, const char *file, const char *map, const char *id)
{
	char *path = xasprintf("%s/overlays/%s", r->dir, file), *name = report_name(r, id);
	char *alt = xasprintf("heat map over %s", name);

	html_png(f, r, path, alt);
	if (*map)
		html(f, "<small>%s</small>", map);
	free(name);
	free(alt);
	free(path);
}

/* The heat maps of an image, as cxr-cam names them: NAME.png, or NAME.<map>.png for each of several. */
static void overlays(FILE *f, const struct report *r, size_t row)
{
	char *dir = xasprintf("%s/overlays", r->dir), *name = stem(r, row), *map;
	struct dirent **entry;
	int n = report_folder(r, dir, NULL, &entry), found = 0;

	for (int i = 0; i < n; i++) {
		if ((map = map_of(entry[i]->d_name, name)) != NULL) {
			overlay(f, r, entry[i]->d_name, map, columns_at(r->scores, row, columns_find(r->scores, "id")));
			found++;
		}
		free(map);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	if (!found)
		fputs("<p class=missing>no overlay</p>", f);
	free(name);
	free(dir);
}

static void image(FILE *f, const struct report *r, size_t row, bool right)
{
	const struct columns *t = r->scores;
	char *id = report_name(r, columns_at(t, row, columns_find(t, "id"))), *slash = strrchr(id, '/');
	const char *pred = columns_at(t, row, columns_find(t, "pred"));

	fputs("<figure>", f);
	overlays(f, r, row);
	html(f, "<figcaption><div><span title=\"%s\">%s</span> <span>p(%s) = %.3f</span></div>\n", id,
	     slash ? slash + 1 : id, pred, report_probability(r, row, pred));
	if (!right)
		html_neighbours(f, r, columns_at(t, row, columns_find(t, "id")));
	fputs("</figcaption></figure>\n", f);
	free(id);
}

static void gallery(FILE *f, const struct report *r, const struct gallery_group *g)
{
	size_t n, shown;
	struct gallery_pick *pick = members(r, g, &n);

	shown = n < (size_t)r->shown ? n : (size_t)r->shown;
	html(f, "<h3>%s", g->title);
	if (g->label)
		html(f, ": %s called %s", g->label, g->pred);
	html(f, "</h3>\n<p>%zu %s", n, n == 1 ? "image" : "images");
	if (shown && shown < n)
		html(f, g->right ? "; %zu drawn at random are shown" : "; the %zu with the highest probability are shown", shown);
	fputs(".", f);
	if (shown && !g->right && report_neighbours(r))
		fputs(" Under each are the training images most like it, by the cosine of the last features, and those from which "
		      "the last layer learned most to answer so, each with its label: an image of the same kind under another "
		      "label may be labelled wrongly, and the same image has leaked.", f);
	fputs("</p>\n", f);
	fputs("<div class=gallery>\n", f);
	for (size_t i = 0; i < shown; i++)
		image(f, r, pick[i].row, g->right);
	fputs("</div>\n", f);
	free(pick);
}

/* The class that is not the positive one of two. Borrowed. */
static const char *negative(const struct report *r)
{
	for (int i = 0; i < r->scores->ncol; i++)
		if (!strncmp(r->scores->cell[i], "p_", 2) && strcmp(r->scores->cell[i] + 2, r->positive) != 0)
			return r->scores->cell[i] + 2;
	return "";
}

/* What an option of cxr-cam was when the heat maps were made; "" when that is not known. */
static const char *cam_option(const struct report *r, const char *option)
{
	const struct columns *t = table_of(r, "overlays/provenance.tsv");
	const char *value = "";

	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, columns_find(t, "tool")), "cxr-cam") &&
		    !strcmp(columns_at(t, i, columns_find(t, "option")), option))
			value = columns_at(t, i, columns_find(t, "value"));
	return value;
}

static void introduction(FILE *f, const struct report *r)
{
	const char *class = cam_option(r, "--class"), *scale = cam_option(r, "--normalise");

	html(f, "<p>Each image is shown as the network saw it, and again under a heat map of what spoke for ");
	html(f, "%s", !*class ? "the class that was explained" : strcmp(class, "pred") ? class : "its answer");
	html(f, ". Warm colours mark where most of it came from, and a bar beside them says how much their top is: logits, or "
	     "for methods that have none 1, a map&rsquo;s own maximum, which the probability of the class weakens; %s. A map "
	     "shows what the network used, not where a disease is; it is coarse, and a warm spot outside the lungs is a "
	     "warning about the network.</p>\n", strcmp(scale, "minmax") ? "an image without colours means that nothing did"
	     : "the scale goes from the least to the most, so something is warm even where all spoke against it");
}

void section_images(FILE *f, const struct report *r)
{
	const char *pos = r->positive, *neg = negative(r);
	struct gallery_group two[] = {{"Missed", pos, neg, false}, {"False alarms", neg, pos, false},
	                              {"Found", pos, pos, true}, {"Left alone", neg, neg, true}};
	struct gallery_group many[] = {{"Wrong answers", NULL, NULL, false}, {"Right answers", NULL, NULL, true}};
	bool binary = report_binary(r);
	char *folder = xasprintf("%s/overlays", r->dir);
	struct stat st;

	if (!r->scores->ncol || !report_look(r, folder, &st) || !S_ISDIR(st.st_mode)) {
		html_missing(f, r->scores->ncol ? "overlays" : "scores-test.tsv", "there are no heat maps to show");
	} else {
		introduction(f, r);
		for (int i = 0; i < (binary ? 4 : 2); i++)
			gallery(f, r, binary ? &two[i] : &many[i]);
		html_found(f, r);
		html_methods(f, r);
		html_map_measures(f, r);
	}
	html_tables(f, r, IN_IMAGES);
	free(folder);
}
