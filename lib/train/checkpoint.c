/* A run that was interrupted: one safetensors document of kind "checkpoint". Doubles are written as C99 hexadecimal
 * floats, so that they come back with every bit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/num.h"
#include "train/trainer.h"

char *trainer_run_text(const struct trainer *t)
{
	char *options = train_options_text(&t->o), recipe[RECIPE_TEXT], hex[SHA256_HEX];
	const struct dataset *sets[] = {t->set, t->val};
	const char *init = record_get(&t->net->meta, "init.sha256");
	struct text text = {0};
	struct sha256 sha;

	sha256_init(&sha);
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; sets[s] && i < sets[s]->n; i++) {
			sha256_add(&sha, sets[s]->sha256[i], strlen(sets[s]->sha256[i]) + 1);
			sha256_add(&sha, &sets[s]->label[i], sizeof sets[s]->label[i]);
		}
	sha256_hex(&sha, hex);
	text_addf(&text, "-a %s %s; %zu+%zu images %.16s; %s; init %.16s", t->net->arch, options, t->set->n,
	          t->val ? t->val->n : 0, hex, recipe_format(&t->set->recipe, recipe), init ? init : "random");
	if (*t->set->masks)
		text_addf(&text, "; masks %.16s", t->set->masks);
	free(options);
	return text.s;
}

static void put_row(struct record *r, int i, const struct epoch *x)
{
	char key[32];

	snprintf(key, sizeof key, "row.%d", i);
	record_setf(r, key, "%a,%a,%a,%a,%a,%a,%d", x->rate, x->train_loss, x->train_acc, x->val_loss, x->val_acc,
	            x->val_auc, x->best);
}

static void put_floats(struct record *r, const char *name, const float *v, size_t n)
{
	int64_t shape[] = {(int64_t)n};

	memcpy(record_add(r, name, DT_F32, 1, shape), v, n * sizeof *v);
}

static void to_record(const struct trainer *t, struct record *r)
{
	char *print = trainer_run_text(t);

	record_set(r, "cxr", "checkpoint");
	record_set(r, "run", print);
	record_setf(r, "at", "%zu", t->at);
	record_setf(r, "rows", "%d", t->nrow);
	record_setf(r, "stage", "%d", t->stage);
	record_setf(r, "first", "%d", t->first);
	record_setf(r, "best", "%d", t->best);
	record_setf(r, "steps", "%ld", t->optim->steps);
	record_setf(r, "sum", "%a,%a,%lld,%a", t->sum.value, t->sum.weight, (long long)t->sum.n, t->sum.hits);
	for (int i = 0; i < t->nrow; i++)
		put_row(r, i, &t->row[i]);
	put_floats(r, "value", t->net->value, t->net->g->count);
	put_floats(r, "optimizer", t->optim->state, t->optim->count);
	if (t->best_value && t->best >= 0)
		put_floats(r, "best", t->best_value, t->net->g->count);
	if (t->average)
		put_floats(r, "average", t->average, t->net->g->count);
	free(print);
}

int trainer_save(struct trainer *t, const char *path, struct err *e)
{
	struct record r = {0};
	int rc;

	trainer_share_state(t);
	if (t->ranks && t->ranks->me)
		return 0;
	to_record(t, &r);
	rc = record_save(&r, path, e);
	record_free(&r);
	return rc;
}

static bool get_int(const struct record *r, const char *key, int64_t lo, int64_t hi, int64_t *out)
{
	const char *s = record_get(r, key);

	return s && num_int(s, lo, hi, out);
}

/* n numbers with commas between. */
static bool get_numbers(const struct record *r, const char *key, double *out, int n)
{
	const char *s = record_get(r, key);
	int nword;
	char **word = choice_split(s ? s : "", ',', &nword);
	bool good = nword == n;

	for (int k = 0; k < n && good; k++)
		good = num_double(word[k], &out[k]) && !isinf(out[k]);
	free(word);
	return good;
}

static bool get_floats(const struct record *r, const char *name, float *v, size_t n)
{
	const struct tensor *x = record_tensor(r, name);

	if (!x || x->type != DT_F32 || x->bytes != n * sizeof *v)
		return false;
	memcpy(v, x->data, x->bytes);
	return true;
}

static bool get_rows(struct trainer *t, const struct record *r, int n)
{
	for (t->nrow = 0; t->nrow < n; t->nrow++) {
		char key[32];
		double v[7];

		snprintf(key, sizeof key, "row.%d", t->nrow);
		if (!get_numbers(r, key, v, 7))
			return false;
		t->row = grow(t->row, (size_t)t->nrow, &t->rowcap, sizeof *t->row);
		t->row[t->nrow] = (struct epoch){t->nrow + 1, v[0], v[1], v[2], v[3], v[4], v[5], v[6] != 0};
	}
	return true;
}

/* The rows of the stage in course tell its schedule where it stands. */
static void replay(struct trainer *t)
{
	for (int i = t->first; i < t->nrow; i++)
		schedule_note(&trainer_stage(t)->schedule, &t->plateau, t->row[i].val_loss);
}

static int most_epochs(const struct trainer *t)
{
	int sum = 0;

	for (int k = 0; k < t->o.nstage; k++)
		sum += t->o.stage[k].epochs;
	return sum;
}

/* -1 and no message: damaged. */
static int from_record(struct trainer *t, const struct record *r, struct err *e)
{
	int64_t at, rows, best, steps, stage, first;
	size_t count = t->net->g->count;
	double sum[4];

	if (!get_int(r, "at", 0, (int64_t)t->set->n, &at) || !get_int(r, "rows", 0, most_epochs(t), &rows) ||
	    !get_int(r, "stage", 0, t->o.nstage - 1, &stage) || !get_int(r, "first", 0, rows, &first) ||
	    !get_int(r, "best", -1, rows - 1, &best) || !get_int(r, "steps", 0, INT32_MAX, &steps) ||
	    !get_numbers(r, "sum", sum, 4) || !get_rows(t, r, (int)rows) || !get_floats(r, "value", t->net->value, count))
		return -1;
	if (!(sum[2] >= 0 && sum[2] <= INT32_MAX) || trainer_enter(t, (int)stage, e))
		return -1;
	t->first = (int)first;
	t->at = (size_t)at;
	t->best = (int)best;
	t->optim->steps = steps;
	t->sum = (struct loss_sum){sum[0], sum[1], (int64_t)sum[2], sum[3]};
	replay(t);
	return get_floats(r, "optimizer", t->optim->state, t->optim->count) &&
	       (!t->best_value || best < 0 || get_floats(r, "best", t->best_value, count)) &&
	       (!t->average || get_floats(r, "average", t->average, count)) ? 0 : -1;
}

int trainer_resume(struct trainer *t, const char *path, struct err *e)
{
	struct record r = {0};
	char *mine = trainer_run_text(t);
	const char *run;
	int rc = record_read_file(&r, path, e);
	input_forget(path); /* the next one takes its place */

	rc = rc < 0 ? -1 : 0;
	if (!rc && strcmp(record_kind(&r), "checkpoint"))
		rc = err_set(e, "%s: not a checkpoint", path);
	run = record_get(&r, "run");
	if (!rc && (!run || strcmp(run, mine)))
		rc = err_set(e, "%s: of another run: '%s', this one is '%s'", path, run ? run : "", mine);
	if (!rc) {
		e->text[0] = '\0';
		if ((rc = from_record(t, &r, e)) && !*e->text)
			err_set(e, "%s: damaged checkpoint", path);
	}
	record_free(&r);
	free(mine);
	return rc;
}
