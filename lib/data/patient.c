/* Patients, and findings, by the names of files and folders. */
#include "data/patient.h"

#include <ctype.h>
#include <regex.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/folder.h"
#include "data/path.h"

#define STUDY "study:"

/* Behind the digits that s begins with, or NULL. */
static const char *digits(const char *s)
{
	const char *p = s;

	while (isdigit((unsigned char)*p))
		p++;
	return p > s ? p : NULL;
}

/* Each returns the end of the patient's part of the name, or NULL for names of another kind. */
static const char *person(const char *s)
{
	static const char *const kinds[] = {"_bacteria", "_virus"};

	if (strncmp(s, "person", 6) != 0 || (s = digits(s + 6)) == NULL)
		return NULL;
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(kinds[i]);

		if (strncmp(s, kinds[i], n) == 0 && !isalnum((unsigned char)s[n]))
			return s + n;
	}
	return NULL;
}

static const char *im(const char *s)
{
	if (strncmp(s, "NORMAL2-", 8) == 0)
		s += 8;
	return strncmp(s, "IM-", 3) == 0 ? digits(s + 3) : NULL;
}

static const char *disease(const char *s)
{
	static const char *const kinds[] = {"NORMAL-", "BACTERIA-", "VIRUS-"};

	for (int i = 0; i < 3; i++) {
		size_t n = strlen(kinds[i]);
		const char *end = strncmp(s, kinds[i], n) == 0 ? digits(s + n) : NULL;

		if (end != NULL && *end == '-')
			return end;
	}
	return NULL;
}

/* 00000013_005.png: patient and follow-up. */
static const char *nih(const char *s)
{
	const char *end = digits(s), *visit = end && end - s == 8 && *end == '_' ? digits(end + 1) : NULL;

	return visit && visit - end == 4 && (*visit == '.' || !*visit) ? end : NULL;
}

/* TCGA-AB-1234, of which a sample's name begins with the patient. */
static const char *tcga(const char *s)
{
	if (strncmp(s, "TCGA-", 5) || strlen(s) < 12 || s[7] != '-')
		return NULL;
	for (int i = 5; i < 12; i++)
		if (i != 7 && !isalnum((unsigned char)s[i]))
			return NULL;
	return s + 12;
}

/* PadChest: the number of the study, much longer than any other, and the image's. */
static const char *padchest(const char *s)
{
	const char *end = digits(s);

	return end && end - s >= 30 && *end == '_' ? end : NULL;
}

static char *by_name(const char *name)
{
	static const char *(*const rules[])(const char *s) = {person, im, nih, tcga};
	const char *end;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if ((end = rules[i](name)))
			return xstrndup(name, (size_t)(end - name));
	if ((end = disease(name))) { /* a child has one number, whatever was found in which image */
		const char *number = strchr(name, '-') + 1;

		return xstrndup(number, (size_t)(end - number));
	}
	if (!strncmp(name, "sub-", 4))
		return xstrndup(name, strcspn(name, "_."));
	if ((end = padchest(name)))
		return xasprintf(STUDY "%.*s", (int)(end - name), name);
	return NULL;
}

char *patient_of(const char *path)
{
	char *patient = by_name(path_name(path));
	struct folders f;

	if (patient)
		return patient;
	folders_of(&f, path, 0);
	int i = folders_patient(&f);

	/* p10 of MIMIC holds many patients: only the number in full is one */
	if (i < 0 || (f.part[i].kind == FOLDER_PATIENT && f.part[i].n < 4))
		return xstrdup("");
	return xstrndup(f.part[i].s, f.part[i].n);
}

bool patient_is_known(const char *patient)
{
	return patient[0] && strncmp(patient, STUDY, strlen(STUDY));
}

const char *path_finding(const char *path)
{
	static const char *const findings[] = {"BACTERIA", "VIRUS", "NORMAL"};
	const char *name = path_name(path), *end;

	if ((end = person(name)) != NULL)
		return end[-1] == 'a' ? findings[0] : findings[1];
	if (im(name) != NULL)
		return findings[2];
	for (int i = 0; i < 3 && disease(name) != NULL; i++)
		if (strncmp(name, findings[i], strlen(findings[i])) == 0)
			return findings[i];
	return NULL;
}

struct patient_rule {
	regex_t regex;
};

struct patient_rule *patient_rule_new(const char *regex, struct err *e)
{
	struct patient_rule *r = xcalloc(1, sizeof *r);
	struct text t = {0};
	char why[200];

	text_add(&t, "");
	for (const char *p = regex; *p; p++)
		if (p[0] == '\\' && p[1] == 'd') {
			text_add(&t, "[0-9]");
			p++;
		} else {
			text_addn(&t, p, 1);
			if (p[0] == '\\' && p[1])
				text_addn(&t, ++p, 1);
		}
	int rc = regcomp(&r->regex, t.s, REG_EXTENDED);

	free(t.s);
	if (rc) {
		regerror(rc, &r->regex, why, sizeof why);
		err_set(e, "'%s' is no regular expression: %s", regex, why);
	} else if (r->regex.re_nsub < 1) {
		err_set(e, "'%s' has no group in parentheses that is the patient", regex);
		regfree(&r->regex);
	} else {
		return r;
	}
	free(r);
	return NULL;
}

char *patient_by_rule(const struct patient_rule *r, const char *path)
{
	regmatch_t m[2];

	if (regexec(&r->regex, path, 2, m, 0) || m[1].rm_so < 0)
		return xstrdup("");
	return xstrndup(path + m[1].rm_so, (size_t)(m[1].rm_eo - m[1].rm_so));
}

void patient_rule_free(struct patient_rule *r)
{
	if (!r)
		return;
	regfree(&r->regex);
	free(r);
}
