/* A web page as a CGI program (RFC 3875): GET is the page, POST of an image's bytes is an answer in JSON. The tools do
 * the work, each a process with limits, in a folder that is gone before the answer is; so the bits are theirs, and what
 * a stranger's file can do ends with them. */
#include <glob.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "report/html.h"
#include "stat/words.h"
#include "page/page.h"
#include "tool/tool.h"

#define NOTICE "Research only, not for diagnosis"

enum { BODY = 32 << 20, BODY_SECONDS = 30, WALL_SECONDS = 60 };
static const size_t PNG_BYTES = (size_t)64 << 20;

static const struct opt options[] = {TOOL_OPTIONS, TOOL_END};
static const struct tool tool = {
	"cxr-page", "", "A CGI program: a page that takes an image and shows what a model says of it, and where.", options
};

/* ---- replies ---- */

static void head(const char *status, const char *type, const char *policy)
{
	printf("Status: %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Security-Policy: default-src 'none'; "
	       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'%s\r\nX-Content-Type-Options: nosniff\r\n"
	       "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n%s\r\n",
	       status, type, policy, !strncmp(status, "503", 3) ? "Retry-After: 5\r\n" : "");
}

/* The end of a request that got no answer, in words without a path. */
void page_refuse(const char *status, const char *words)
{
	page_sweep();
	head(status, "application/json", "");
	printf("{\"notice\":\"" NOTICE "\",\"error\":");
	text_put_json(stdout, words);
	printf("}\n");
	tool_finish(EXIT_OK);
}

/* ---- what is asked ---- */

const char *page_env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* A page elsewhere cannot make a browser send this: no type of a form, and no other origin. */
static void check_request(void)
{
	const char *type = page_env("CONTENT_TYPE"), *origin = page_env("HTTP_ORIGIN"), *host = strstr(origin, "://");
	long n = strtol(page_env("CONTENT_LENGTH"), NULL, 10);

	if (strcmp(page_env("REQUEST_METHOD"), "POST"))
		page_refuse("405 Method Not Allowed", "GET and POST only.");
	if (strcasecmp(type, "application/octet-stream") && strcasecmp(type, "application/dicom") &&
	    strncasecmp(type, "image/", 6))
		page_refuse("415 Unsupported Media Type", "Send the bytes of an image as application/octet-stream.");
	if (*origin && (!host || strcasecmp(host + 3, page_env("HTTP_HOST"))))
		page_refuse("403 Forbidden", "The request comes from another page.");
	if (n <= 0)
		page_refuse("411 Length Required", "There is no image in the request.");
	if (n > BODY)
		page_refuse("413 Content Too Large", "The image has more than 32 MiB.");
}

static void read_body(void)
{
	long left = strtol(page_env("CONTENT_LENGTH"), NULL, 10);
	time_t until = time(NULL) + BODY_SECONDS;
	FILE *f = fopen("image", "w");
	char buffer[1 << 16];

	while (f && left > 0) {
		struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
		ssize_t n = -1;

		if (time(NULL) < until && poll(&in, 1, 1000) >= 0) {
			if (!in.revents)
				continue;
			n = read(STDIN_FILENO, buffer, (size_t)left < sizeof buffer ? (size_t)left : sizeof buffer);
		}
		page_check_stopped();
		if (n <= 0)
			page_refuse("408 Request Timeout", "The image did not arrive.");
		if (fwrite(buffer, 1, (size_t)n, f) != (size_t)n)
			break;
		left -= n;
	}
	if (!f || fclose(f) || left)
		page_refuse("507 Insufficient Storage", "The server has no room for the image.");
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void read_table(struct columns *t, const char *name)
{
	struct err e;

	if (columns_read(t, name, &e) || !t->nrow)
		page_refuse("500 Internal Server Error", "The tools gave no answer.");
}

/* ---- the answer ---- */

/* What cxr-model info says, its lines ended by NULs. It is no table: the list of layers follows. */
static struct {
	char *text;
	size_t n;
} facts;

static void read_facts(void)
{
	unsigned char *text;
	struct err e;

	if (file_read("model", 1 << 22, &text, &facts.n, &e))
		page_refuse("500 Internal Server Error", "The tools gave no answer.");
	facts.text = (char *)text;
	for (char *end = facts.text; (end = memchr(end, '\n', facts.n - (size_t)(end - facts.text))); )
		*end++ = '\0';
}

/* A fact of the model, or "". */
static const char *fact(const char *name)
{
	for (const char *line = facts.text; line < facts.text + facts.n; line += strlen(line) + 1)
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == '\t')
			return line + strlen(name) + 1;
	return "";
}

static void put_text(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	text_put_json(stdout, value);
}

static void put_number(const char *name, double x)
{
	if (isfinite(x))
		printf(",\"%s\":%.9g", name, x);
	else
		printf(",\"%s\":null", name);
}

static void put_image(const char *name, const char *dir)
{
	char *pattern = xasprintf("%s/*.png", dir); /* called after the image, which DICOM files are not */
	unsigned char *bytes;
	glob_t found;
	struct err e;
	size_t n;

	if (glob(pattern, 0, NULL, &found))
		die("%s: nothing was drawn", dir);
	if (file_read(found.gl_pathv[0], PNG_BYTES, &bytes, &n, &e))
		die_err(&e);
	printf(",\"%s\":\"data:image/png;base64,", name);
	html_base64(stdout, bytes, n);
	putchar('"');
	free(bytes);
	free(pattern);
	globfree(&found);
}

/* The answer in words: what is said of the image, beside the threshold it was said by. */
static char *words(const char *class, const char *pred, double p, const char *threshold)
{
	if (!strcmp(pred, "undecided"))
		return xasprintf("Undecided: the model is not sure enough to answer (%s %.3f).", class, p);
	if (!*threshold)
		return xasprintf("%s (probability of %s %.3f).", pred, class, p);
	return xasprintf("%s: the probability of %s is %.3f, %s the threshold of %.3f.", pred, class, p,
	                 p < atof(threshold) ? "below" : "not below", atof(threshold));
}

/* Columns of a row from one name to the one before another, as members of an object. */
static void put_columns(const struct columns *t, int from, int to)
{
	const char *before = "";

	for (int i = from; i < to; i++, before = ",") {
		printf("%s", before);
		text_put_json(stdout, t->cell[i]);
		printf(isfinite(columns_number(t, 0, i)) ? ":%.9g" : ":null", columns_number(t, 0, i));
	}
}

/* What those columns mean that are measures. */
static void put_meanings(const struct columns *t, int from, int to)
{
	const char *before = "";

	for (int i = from; i < to; i++) {
		const struct word *word = word_find(t->cell[i]);

		if (!word)
			continue;
		printf("%s", before);
		text_put_json(stdout, t->cell[i]);
		putchar(':');
		text_put_json(stdout, word->meaning);
		before = ",";
	}
}

static void put_answer(const struct columns *scores, const struct columns *maps)
{
	const char *class = columns_at(maps, 0, columns_find(maps, "class")), *pred, *threshold = fact("threshold"), *odd;
	double p = columns_number(maps, 0, columns_find(maps, "p"));
	int map = columns_find(maps, "map");
	char *said;

	pred = columns_at(scores, 0, columns_find(scores, "pred"));
	odd = columns_at(scores, 0, columns_find(scores, "odd"));
	printf("{\"notice\":\"" NOTICE "\"");
	put_text("answer", said = words(class, pred, p, threshold));
	free(said);
	put_text("pred", pred);
	put_text("class", class);
	put_number("p", p);
	put_number("threshold", *threshold ? atof(threshold) : NAN);
	if (*odd) { /* from 1 on, cxr-infer(1) */
		put_number("odd", atof(odd));
		put_text("warning", atof(odd) < 1 ? "" :
		         "This image is unlike those the model was trained on: do not use the answer.");
	}
	printf(",\"scores\":{");
	put_columns(scores, columns_find(scores, "split") + 1, columns_find(scores, "pred"));
	printf("},\"measures\":{");
	put_columns(maps, map + 1, columns_find(maps, "status"));
	printf("},\"meanings\":{");
	put_meanings(maps, map + 1, columns_find(maps, "status"));
	printf("}");
	put_text("map_of", columns_at(maps, 0, map));
	put_image("image", "plain");
	put_image("map", "maps");
	put_text("arch", fact("arch"));
	put_text("digest", fact("digest"));
	put_text("trained_images", fact("train.pictures"));
	put_text("validation_auc", fact("val.auc"));
	printf(",\"version\":\"" CXR_VERSION "\"}\n");
}

static void answer(void)
{
	const char *unread = "422 Unprocessable Content", *failed = "500 Internal Server Error";
	const char *model = page_env("CXR_MODEL");
	struct columns scores = {0}, maps = {0};

	page_run(failed, "model", WORDS("cxr-model", "info", model), "");
	read_facts();
	page_run(unread, "stream", WORDS("cxr-prep", "-q", "-m", model, "image"), "");
	page_run(failed, "scores.tsv", WORDS("cxr-infer", "-q", "-m", model, "-t", "stream"),
	     *fact("conformal.0") ? "--abstain 0.9" : "");
	page_run(failed, "maps.tsv", WORDS("cxr-cam", "-q", "-m", model, "-t", "-o", "maps", "--notice", NOTICE, "stream"),
	     *page_env("CXR_PAGE_CAM") ? page_env("CXR_PAGE_CAM") : "--measure where,complexity");
	page_run(failed, "/dev/null", WORDS("cxr-cam", "-q", "-m", model, "-t", "-o", "plain", "--style", "image", "--notice",
	     NOTICE, "stream"), "");
	read_table(&scores, "scores.tsv");
	read_table(&maps, "maps.tsv");
	page_check_stopped();
	head("200 OK", "application/json", "");
	put_answer(&scores, &maps);
	columns_free(&scores);
	columns_free(&maps);
	free(facts.text);
	page_sweep();
}

/* ---- the page ---- */

/* 'sha256-...' of what stands between two marks, for the policy that lets it run. */
static void allow(struct text *policy, const char *what, const char *page, const char *open, const char *close)
{
	const char *from = strstr(page, open), *to = from ? strstr(from, close) : NULL;
	struct text base64 = {0};
	char hex[SHA256_HEX];
	unsigned char raw[32];

	if (!to)
		return;
	from += strlen(open);
	sha256_of(from, (size_t)(to - from), hex);
	for (int i = 0; i < 32; i++)
		sscanf(hex + 2 * i, "%2hhx", &raw[i]);
	FILE *f = text_open(&base64);
	html_base64(f, raw, sizeof raw);
	fclose(f);
	text_addf(policy, "; %s 'sha256-%s'", what, base64.s);
	text_free(&base64);
}

static void put_page(void)
{
	struct text policy = {0};
	unsigned char *page;
	struct err e;
	size_t n;

	if (file_read(page_env("CXR_PAGE"), 1 << 20, &page, &n, &e))
		page_refuse("500 Internal Server Error", "The server has no page: CXR_PAGE names its file.");
	text_addf(&policy, "; img-src 'self' data:; connect-src 'self'");
	allow(&policy, "script-src", (char *)page, "<script>", "</script>");
	allow(&policy, "style-src", (char *)page, "<style>", "</style>");
	head("200 OK", "text/html", policy.s);
	fwrite(page, 1, n, stdout);
	text_free(&policy);
	free(page);
}

int main(int argc, char **argv)
{
	struct opts o;

	/* A server passes the words of a query as arguments: those are nobody's options. */
	tool_start(&tool, &o, getenv("REQUEST_METHOD") ? 1 : argc, argv);
	while (tool_option(&o))
		;
	if (!getenv("REQUEST_METHOD"))
		die_usage("this is a CGI program: REQUEST_METHOD is not set");
	umask(077);
	page_signals();
	if (!strcmp(page_env("REQUEST_METHOD"), "GET")) {
		put_page();
		tool_finish(EXIT_OK);
	}
	check_request();
	page_folder();
	read_body();
	alarm(WALL_SECONDS);
	answer();
	tool_finish(EXIT_OK);
}
