/* What --method and --measure name, before anything is opened. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam.h"

/* A wrong name in the comma list is a usage error, found before anything is opened. Where maps are measured, baselines
 * that were not asked for come along. */
static void check_methods(struct cam *c)
{
	char *list = xstrdup(c->methods), *rest = list, *name;
	struct text all = {0};
	enum method m;
	struct err e;

	while ((name = strsep(&rest, ","))) {
		if (method_parse(name, &m, &e))
			die_usage("%s", e.text);
		c->asked[m] = true;
	}
	text_add(&all, c->methods);
	for (m = 0; m < METHOD_COUNT; m++)
		if (c->measures && method_is_baseline(m) && !c->asked[m])
			text_addf(&all, ",%s", method_name(m));
	c->all_methods = all.s;
	free(list);
}

static bool names(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p += n)
		if ((p == list || p[-1] == ',') && (p[n] == ',' || !p[n]))
			return true;
	return false;
}

static const char *lacking(const struct cam *c, enum evidence v)
{
	if (evidence_wants_truth(v) && !c->truth.path)
		return "--truth";
	if (evidence_wants_lungs(v) && !c->lungs.path)
		return "--lungs";
	return evidence_wants_runs(v) && c->nmodel > 1 ? "one model alone" : NULL;
}

/* What a group brings without what it needs is left out. */
static void check_measures(struct cam *c)
{
	const char *need = NULL;
	bool left = false;
	struct err e;

	if (!c->measures) {
		if (c->truth.path || c->lungs.path || c->against.path)
			die_usage("%s needs --measure", c->truth.path ? "--truth" : c->lungs.path ? "--lungs" : "--against");
		return;
	}
	if (evidence_parse(c->measures, c->q.wanted, &e))
		die_usage("%s", e.text);
	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		const char *lack = c->q.wanted[v] ? lacking(c, v) : NULL;

		if (lack && names(c->measures, evidence_name(v)))
			die_usage("%s needs %s", evidence_name(v), lack);
		need = lack ? lack : need;
		c->q.wanted[v] &= !lack;
		left |= c->q.wanted[v];
	}
	if (!left)
		die_usage("%s needs %s", c->measures, need);
	if (c->against.path && !c->q.wanted[EVIDENCE_spearman] && !c->q.wanted[EVIDENCE_ssim])
		die_usage("--against needs --measure agreement, spearman or ssim");
}

void cam_check_names(struct cam *c)
{
	check_methods(c);
	check_measures(c);
}

bool cam_shows(const struct cam *c, int map)
{
	return c->asked[c->blend.map[map].method];
}

int cam_shown(const struct cam *c)
{
	int n = 0;

	for (int m = 0; m < c->blend.nmap; m++)
		n += cam_shows(c, m);
	return n;
}
