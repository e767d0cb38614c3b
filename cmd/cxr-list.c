/* cxr-list: what images there are, with label, patient and split; and whether splits are apart. */
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/audit.h"
#include "data/label.h"
#include "data/folder.h"
#include "data/list.h"
#include "data/path.h"
#include "data/scan.h"
#include "data/split.h"
#include "data/tabled.h"
#include "data/tree.h"
#include "image/dicom.h"
#include "list/studies.h"
#include "tool/tool.h"

/* What cxr-list was asked for. */
static struct {
	struct shares shares;
	struct split_options split; /* split.shares NULL: no new split */
	const char *classes;        /* comma list, or NULL: labels as they are */
	const char *positive;       /* a class, or NULL */
	struct words {
		char **word;
		size_t n, cap;
	} only, relabel; /* COLUMN=VALUE,... and FROM=TO, in order; words are of argv */
	struct tabled table; /* columns NULL: no table */
	struct tree_options tree;
	struct patient_rule *rule;
	const char *key, *new_key, *pseudonymise; /* files, or NULL */
	const char *keep_columns;   /* of the list, when it is pseudonymised */
	bool audit, nocase;
	char delimiter;
} set;

enum { SPLIT = 256, FOLD, BY, KEEP, SEED, ONLY, CLASSES, AUDIT, POSITIVE, RELABEL, NOCASE, LABEL, PATIENT,
	 COLUMNS, LABEL_IF, ELSE, KEY, NEW_KEY, PSEUDONYMISE, KEEP_COLUMNS };

static const struct opt options[] = {
	{SPLIT, "split", "NAME=SHARE,...", "split anew: shares that sum to 1", NULL},
	{FOLD, "fold", "I/K", "split into K folds: the I-th is val, the others train", NULL},
	{BY, "by", "patient|image", "what stays together in a split [%s]", "patient"},
	{KEEP, "keep", "NAME,...", "items of these splits keep them", NULL},
	TOOL_SEED(SEED, "1"),
	{COLUMNS, "columns", "NAME=COLUMN,...", "the first operand is a table: its path, label, patient ...", NULL},
	{LABEL_IF, "label-if", "FINDING", "the label, where the table's cell says so", NULL},
	{ELSE, "else", "NAME", "the label of other images [left out]", NULL},
	{LABEL, "label", "folder:N", "the class is folder N below the split or the root; -1: the image's own", NULL},
	{PATIENT, "patient", "REGEX|folder:N", "the patient is the first group in the path, or folder N", NULL},
	{RELABEL, "relabel", "FROM,...=TO", "call these labels TO; may be repeated", NULL},
	{CLASSES, "classes", "NAME,...", "only these, in this order: the finding in the file name, else the label", NULL},
	{POSITIVE, "positive", "NAME", "this class comes last: of two, it is the positive one", NULL},
	{NOCASE, "ignore-case", NULL, "--relabel and --classes take upper and lower case for the same", NULL},
	{ONLY, "only", "COLUMN=VALUE,...", "only items that have one of the values; may be repeated", NULL},
	{KEY, "key", "FILE", "key of the ids that DICOM files get [$CXR_KEY_FILE]", NULL},
	{NEW_KEY, "new-key", "FILE", "make such a key and end", NULL},
	{PSEUDONYMISE, "pseudonymise", "FILE", "keyed ids and patients for all images; no further columns", NULL},
	{KEEP_COLUMNS, "keep-columns", "NAME,...", "but these, which identify nobody", NULL},
	{AUDIT, "audit", NULL, "report what splits share instead of the list; exit 1 if they do", NULL},
	TOOL_SHARD,
	{'0', "null", NULL, "standard input holds paths that end in NUL bytes", NULL},
	TOOL_QUIET, TOOL_SANDBOX, TOOL_OPTIONS,
	TOOL_END,
};

static const struct tool list_tool = {
	"cxr-list",
	"[-0q] [--split NAME=SHARE,... | --fold I/K] [--by patient|image] [--keep NAME,...] "
	"[--seed N] "
	"[--columns NAME=COLUMN,... [--label-if FINDING [--else NAME]]] "
	"[--label folder:N] [--patient REGEX|folder:N] "
	"[--relabel FROM,...=TO] [--classes NAME,...] [--positive NAME] [--ignore-case] "
	"[--only COLUMN=VALUE,...] [--key FILE | --pseudonymise FILE [--keep-columns NAME,...]] "
	"[--audit | --shard I/N] [DIR | ARCHIVE | FILE | - ...]\n"
	"--new-key FILE",
	"Lists images with their label, patient and split.",
	options,
};

static void add_word(struct words *w, const char *word)
{
	w->word = grow(w->word, w->n, &w->cap, sizeof *w->word);
	w->word[w->n++] = (char *)word;
}

static void set_parts(int key, const char *text)
{
	struct err e;

	if (set.split.shares != NULL)
		die_usage("one --split or one --fold, not more");
	set.split.shares = &set.shares;
	if (key == SPLIT && shares_parse(&set.shares, text, &e) < 0)
		die_usage("option --split: %s", e.text);
	if (key == FOLD && shares_parse_fold(&set.shares, &set.split.fold, text, &e) < 0)
		die_usage("option --fold: %s", e.text);
}

/* "folder:N": N, not 0. */
static bool take_folder(const char *text, int *n)
{
	static const char name[] = "folder:";
	int64_t k;

	if (strncmp(text, name, sizeof name - 1) || !num_int(text + sizeof name - 1, -FOLDERS, FOLDERS, &k) || !k)
		return false;
	*n = (int)k;
	return true;
}

static void set_patient(const char *text)
{
	struct err e;

	if (take_folder(text, &set.tree.patient))
		return;
	patient_rule_free(set.rule);
	if (!(set.rule = patient_rule_new(text, &e)))
		die_usage("option --patient: %s", e.text);
	set.tree.rule = set.rule;
}

static void set_option(int key, const struct opts *o)
{
	if (key == SPLIT || key == FOLD) {
		set_parts(key, o->arg);
	} else if (key == BY) {
		set.split.by_image = tool_choice(o, (const char *const[]){"patient", "image"}, NULL, 2);
	} else if (key == KEEP) {
		set.split.keep = o->arg;
	} else if (key == SEED) {
		set.split.seed = (uint64_t)tool_int(o, 0, INT64_MAX);
	} else if (key == CLASSES) {
		set.classes = o->arg;
	} else if (key == ONLY) {
		add_word(&set.only, o->arg);
	} else if (key == RELABEL) {
		add_word(&set.relabel, o->arg);
	} else if (key == POSITIVE) {
		set.positive = o->arg;
	} else if (key == LABEL) {
		if (!take_folder(o->arg, &set.tree.label))
			die_usage("option --label: '%s' is not folder:N", o->arg);
	} else if (key == PATIENT) {
		set_patient(o->arg);
	} else if (key == COLUMNS) {
		set.table.columns = o->arg;
	} else if (key == LABEL_IF) {
		set.table.found = o->arg;
	} else if (key == ELSE) {
		set.table.other = o->arg;
	} else if (key == NOCASE) {
		set.nocase = true;
	} else if (key == KEY) {
		set.key = o->arg;
	} else if (key == NEW_KEY) {
		set.new_key = o->arg;
	} else if (key == PSEUDONYMISE) {
		set.key = set.pseudonymise = o->arg;
	} else if (key == KEEP_COLUMNS) {
		set.keep_columns = o->arg;
	} else if (key == AUDIT) {
		set.audit = true;
	} else if (key == '0') {
		set.delimiter = '\0';
	}
}

static void read_options(struct opts *o)
{
	int key;

	set.delimiter = '\n';
	set.split.seed = 1;
	while ((key = tool_option(o)) != 0)
		set_option(key, o);
	if (set.split.keep != NULL && set.split.shares == NULL)
		die_usage("--keep goes with --split or --fold");
	if ((set.table.found && !set.table.columns) || (set.table.other && !set.table.found))
		die_usage("--label-if goes with --columns, --else with --label-if");
	if (set.keep_columns && !set.pseudonymise)
		die_usage("--keep-columns goes with --pseudonymise");
	if (set.audit && tool_shard.n > 0)
		die_usage("--audit is of the whole list, --shard of a part");
}

/* Labels, splits and patients by the tree that the items from first on are. */
static void read_tree(struct list *l, size_t first, size_t root, const char *name)
{
	struct tree_notes notes;
	struct err e;

	if (tree_read(l, first, root, &set.tree, &notes, &e) < 0)
		die("%s: %s", name, e.text);
	if (notes.masks > 0)
		remark("%zu masks left out: %s and the like (cxr-cam --truth takes such a folder)", notes.masks, notes.where);
	free(notes.where);
}

static void read_input(struct list *l, const char *path)
{
	struct source in;
	struct err e;

	tool_input(&in, path);
	if (list_read(l, &in, set.delimiter, &e) < 0)
		die_err(&e);
	source_close(&in);
	if (l->part.shard.n > 0)
		die("%s: the list of a shard: lists are made of the whole", path ? path : "standard input");
	set.tree.keep_label = l->labelled;
	set.tree.keep_patient = l->named;
	if (!l->labelled || set.tree.label || set.tree.patient || set.rule)
		read_tree(l, 0, TREE_COMMON, path ? path : "standard input");
}

/* The bytes of the paths below an operand that are no part of the tree. */
static size_t root_of(const char *operand)
{
	size_t n = strlen(operand);

	while (n > 1 && operand[n - 1] == '/')
		n--;
	return n + (file_is_dir(operand) || strstr(operand, "!/") ? 1 : 2); /* "/" or "!/" */
}

static void say_passed(const struct list *l)
{
	struct text t = {0};
	size_t n = 0;

	for (size_t i = 0; i < l->npassed; i++) {
		text_addf(&t, "%s%zu %s", i > 0 ? ", " : "", l->passed[i].n, l->passed[i].kind);
		n += l->passed[i].n;
	}
	if (n > 0)
		remark("%zu file%s passed over, which cxr-prep does not read or which must be named: %s", n, n > 1 ? "s" : "", t.s);
	free(t.s);
}

/* What could not be looked into may hold images. Returns the exit status that is due. */
static int say_faults(const struct list *l)
{
	for (size_t i = 0; i < l->nfault; i++)
		warn("%s", l->fault[i]);
	return l->nfault > 0 ? EXIT_ITEMS : EXIT_OK;
}

/* Returns the exit status. */
static int scan(struct list *l, char **operand, int n)
{
	struct err e;
	size_t doubles;

	for (int i = 0; i < n; i++) {
		size_t first = l->n;

		if (strcmp(operand[i], "-") == 0)
			die_usage("a list on standard input (-) cannot be mixed with other operands");
		if (path_is_table(operand[i]))
			die("%s: a table: --columns path=COLUMN,label=COLUMN says what is in it", operand[i]);
		if (scan_add(l, operand[i], &e) < 0)
			die_err(&e);
		if (l->n == first)
			continue;
		bool whole = l->n > first + 1 || strcmp(l->item[first].path, operand[i]);
		read_tree(l, first, whole ? root_of(operand[i]) : 0, operand[i]);
	}
	say_passed(l);
	doubles = scan_drop_doubles(l);
	if (doubles > 0)
		remark("%zu images left out: equal to another in name, split, label and bytes", doubles);
	return say_faults(l);
}

static const char *key_file(void)
{
	return set.key ? set.key : getenv("CXR_KEY_FILE");
}

static void say_left(const struct tabled_notes *n)
{
	struct text t = {0};

	for (size_t i = 0; i < n->left && i < TABLED_NAMES; i++) {
		char *name = studies_name(n->left_path[i], key_file());

		text_addf(&t, "%s%.100s", i > 0 ? ", " : "", name);
		free(name);
	}
	if (n->left > 0)
		warn("%zu images have no row in the table: %s%s", n->left, t.s, n->left > TABLED_NAMES ? " ..." : "");
	text_free(&t);
}

static void say_table(const struct tabled_notes *n)
{
	if (n->missing > 0)
		warn("%zu %s: %s%s", n->missing, n->lines ? "rows of the table have no image" : "files of the table are not there",
		     n->names.s, n->missing > TABLED_NAMES ? " ..." : "");
	if (n->nameless > 0)
		warn("%zu rows of the table do not say which image they are of", n->nameless);
	if (n->shorter > 0)
		warn("%zu rows of the table have fewer fields than its first line: the rest is taken as empty", n->shorter);
	if (tool_quiet)
		return;
	say_left(n);
	if (n->uncertain + n->blank + n->others > 0)
		warn("%zu images left out: %zu uncertain (-1), %zu of which nothing is said (blank), %zu with other findings",
		     n->uncertain + n->blank + n->others, n->uncertain, n->blank, n->others);
	if (n->several > 0)
		warn("%zu images have several findings, as in A|B, which are labels of their own: --label-if FINDING --else NAME "
		     "makes two classes", n->several);
}

/* The table's own folder, with its slash: "" for here. Fresh memory. */
static char *folder_of(const char *path)
{
	return xstrndup(path, (size_t)(path_name(path) - path));
}

/* The operands behind the table are where its files are; without any, the folder it is in. Returns the exit status. */
static int read_table(struct list *l, char **operand, int n)
{
	const char *path = n > 0 && !file_is_dir(operand[0]) ? operand[0] : "-";
	int first = n > 0 && !file_is_dir(operand[0]);
	char *folder = folder_of(path), *places[] = {*folder ? folder : "."};
	struct tabled_notes notes;
	struct list files = {0};
	struct source in;
	struct sheet s;
	struct err e;
	int status;

	tool_input(&in, path);
	if (sheet_read(&s, &in, &e) < 0)
		die_err(&e);
	source_close(&in);
	if (s.cut)
		remark("%s: its last line has no end (newline): if the table was cut off, rows are missing", path);
	for (int i = first; i < (n > first ? n : first + 1); i++)
		if (scan_add(&files, n > first ? operand[i] : places[0], &e) < 0)
			die_err(&e);
	set.table.folder = folder;
	set.table.files = &files;
	set.table.reader = &studies_reader;
	set.table.nocase = set.nocase;
	if (tabled_list(l, &s, &set.table, &notes, &e) < 0)
		die("%s: %s", path, e.text);
	say_table(&notes);
	status = say_faults(&files) || notes.missing + notes.nameless > 0 ? EXIT_ITEMS : EXIT_OK;
	set.tree.keep_label = l->labelled;
	set.tree.keep_patient = l->named;
	if (l->n > 0 && (!l->labelled || set.tree.label || set.tree.patient || set.rule))
		read_tree(l, 0, TREE_COMMON, path);
	tabled_notes_free(&notes);
	sheet_free(&s);
	list_free(&files);
	free(folder);
	return status;
}

/* What labels are called, which are wanted, and their order. */
static void set_labels(struct list *l)
{
	struct err e;
	size_t left = 0;
	char *others = NULL;

	if (set.relabel.n > 0 && label_change(l, set.relabel.word, set.relabel.n, set.nocase, &e) < 0)
		die_usage("option --relabel: %s", e.text);
	if (set.classes && label_classify(l, set.classes, set.nocase, &left, &others, &e) < 0)
		die_usage("option --classes: %s", e.text);
	if (left > 0)
		remark("%zu images left out: of none of the classes %s: %s", left, l->order, others);
	free(others);
	if (set.positive && label_positive(l, set.positive, &e) < 0)
		die_usage("option --positive: %s", e.text);
}

static size_t unknown_patients(const struct list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += !patient_is_known(l->item[i].patient);
	return n;
}

static void say_unknown(const struct list *l, const char *what)
{
	size_t n = unknown_patients(l);

	if (n > 0)
		remark("patients are not known of %zu of %zu images%s (--patient, or a column, says who is who)", n, l->n, what);
}

static void split(struct list *l)
{
	struct err e;
	size_t left;

	if (split_list(l, &set.split, &left, &e) < 0)
		die_err(&e);
	if (!set.split.by_image)
		say_unknown(l, ": each is split for itself");
	if (left > 0)
		remark("%zu images get no split: their patients have others that keep theirs (--keep)", left);
}

/* status: what has gone wrong before. */
static int audit(const struct list *l, int status)
{
	struct audit a;

	audit_write(l, stdout, &a);
	if (a.unreadable > 0)
		warn("%zu images cannot be read", a.unreadable);
	if (a.unknown > 0)
		warn("patients are not known of %zu of %zu images: whether splits share any cannot be judged", a.unknown, l->n);
	if (a.patients + a.across > 0)
		return EXIT_FAIL;
	return a.unknown > 0 ? EXIT_UNJUDGED : a.unreadable > 0 ? EXIT_ITEMS : status;
}

static int make(struct list *l, char **operand, int n)
{
	struct err e;
	int status = EXIT_OK;

	if (set.table.columns)
		status = read_table(l, operand, n);
	else if (n == 0 || (n == 1 && strcmp(operand[0], "-") == 0))
		read_input(l, operand[0]);
	else
		status = scan(l, operand, n);
	if (l->n == 0)
		die("no images found");
	studies_set(l, key_file(), set.classes || set.relabel.n > 0 || set.tree.label);
	set_labels(l);
	if (set.split.shares != NULL)
		split(l);
	for (size_t i = 0; i < set.only.n; i++)
		if (list_only(l, set.only.word[i], &e) < 0)
			die_usage("option --only: %s", e.text);
	if (l->n == 0)
		die("no images are left by --only");
	if (set.pseudonymise)
		studies_pseudonymise(l, set.pseudonymise, set.keep_columns);
	return status;
}

int main(int argc, char **argv)
{
	struct list l = {0};
	struct opts o;
	struct err e;
	int status = EXIT_OK;

	tool_start(&list_tool, &o, argc, argv);
	read_options(&o);
	tool_writes(set.new_key);
	tool_reads_anywhere();
	tool_sandbox();
	budget_for("the list");
	scan_knows = dicom_knows;
	if (set.new_key) {
		if (opts_rest(&o) < argc)
			die_usage("--new-key stands alone");
		if (study_key_new(set.new_key, &e) < 0)
			die_err(&e);
		tool_finish(EXIT_OK);
	}
	status = make(&l, argv + opts_rest(&o), argc - opts_rest(&o));
	if (set.audit)
		status = audit(&l, status);
	else if (!set.split.shares)
		say_unknown(&l, "");
	if (!set.audit && list_shard(&l, tool_shard, &e) < 0)
		die_err(&e);
	if (!set.audit)
		list_write(&l, stdout);
	list_free(&l);
	patient_rule_free(set.rule);
	shares_free(&set.shares);
	free(set.only.word);
	free(set.relabel.word);
	opts_free(&o);
	tool_finish(status);
}
