/* Maps over images: overlay, heat, contour and hotspot, side by side with a scale and a caption. */
#include "image/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/boxes.h"
#include "image/decode.h"
#include "image/font.h"

static void new_rgb(struct image *im, int width, int height)
{
	*im = (struct image){.width = width, .height = height, .channels = 3};
	im->u8 = xcalloc((size_t)width * height, 3);
}

/* What a map's values are multiplied with before drawing. */
static float map_scale(const float *map, size_t n)
{
	float lo = 0, hi = 0;

	for (size_t i = 0; i < n; i++) {
		lo = map[i] < lo ? map[i] : lo;
		hi = map[i] > hi ? map[i] : hi;
	}
	return (lo < 0 || hi > 1) && hi > 0 ? 1 / hi : 1;
}

static float clip(float v)
{
	return v > 0 ? v < 1 ? v : 1 : 0;
}

/* Opacity of heat v. */
static float opacity(enum colormap cm, float v, float alpha)
{
	if (cm == CM_jet)
		return alpha;
	float rise = clip(v / 0.7f);
	return fminf(1, 1.2f * alpha) * rise * rise * (3 - 2 * rise);
}

static const unsigned char *gray_at(const struct image *gray, size_t i, unsigned char rgb[3])
{
	for (int c = 0; c < 3; c++)
		rgb[c] = gray->u8[i * gray->channels + (gray->channels == 3 ? c : 0)];
	return rgb;
}

/* The colour of heat v over a pixel. */
static void lay_over(const unsigned char below[3], float v, enum colormap cm, float alpha, unsigned char rgb[3])
{
	float a = opacity(cm, v, alpha);
	unsigned char heat[3];

	colormap_rgb(cm, v, heat);
	for (int c = 0; c < 3; c++)
		rgb[c] = lrintf(below[c] + a * (heat[c] - below[c]));
}

void draw_overlay(struct image *out, const struct image *gray, const float *map, enum colormap cm, float alpha)
{
	size_t n = (size_t)gray->width * gray->height;
	float scale = map_scale(map, n);
	unsigned char below[3];

	new_rgb(out, gray->width, gray->height);
	for (size_t i = 0; i < n; i++)
		lay_over(gray_at(gray, i, below), clip(map[i] * scale), cm, alpha, out->u8 + 3 * i);
}

void draw_heat(struct image *out, const float *map, int width, int height, enum colormap cm)
{
	size_t n = (size_t)width * height;
	float scale = map_scale(map, n);

	new_rgb(out, width, height);
	for (size_t i = 0; i < n; i++)
		colormap_rgb(cm, map[i] * scale, out->u8 + 3 * i);
}

/* ---- hotspot */

static int descending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x < y) - (x > y);
}

/* 1 in the top share of the map, else 0; nothing where there is no heat. */
static float *top_share(const float *map, size_t n, float share)
{
	float *sorted = xmalloc(n * sizeof *sorted), *mask = xcalloc(n, sizeof *mask);
	size_t k = share * n;

	memcpy(sorted, map, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, descending);
	float limit = sorted[k > 0 ? k - 1 : 0];
	for (size_t i = 0; i < n; i++)
		mask[i] = map[i] >= limit && map[i] > 0;
	free(sorted);
	return mask;
}

/* Mean over 2 r + 1 neighbours along one axis; values beyond the edge repeat. */
static void box_blur(float *v, int count, int step, int r, float *line)
{
	float sum = 0;

	for (int i = 0; i < count; i++)
		line[i] = v[(size_t)i * step];
	for (int i = -r; i <= r; i++)
		sum += line[i < 0 ? 0 : i >= count ? count - 1 : i];
	for (int i = 0; i < count; i++) {
		v[(size_t)i * step] = sum / (2 * r + 1);
		sum += line[i + r + 1 >= count ? count - 1 : i + r + 1] - line[i - r < 0 ? 0 : i - r];
	}
}

/* Three box blurs each way: nearly a Gaussian. */
static void blur(float *v, int width, int height, int r)
{
	float *line = xmalloc((width > height ? width : height) * sizeof *line);

	for (int pass = 0; pass < 3; pass++) {
		for (int y = 0; y < height; y++)
			box_blur(v + (size_t)y * width, width, 1, r, line);
		for (int x = 0; x < width; x++)
			box_blur(v + x, height, width, r, line);
	}
	free(line);
}

void draw_hotspot(struct image *out, const struct image *gray, const float *map, float share)
{
	static const unsigned char red[3] = {235, 25, 25};
	size_t n = (size_t)gray->width * gray->height;
	float *mask = top_share(map, n, share);
	unsigned char rgb[3];

	blur(mask, gray->width, gray->height, 1 + gray->width / 150);
	new_rgb(out, gray->width, gray->height);
	for (size_t i = 0; i < n; i++) {
		gray_at(gray, i, rgb);
		float light = (0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]), a = 0.5f * clip(mask[i]);
		for (int c = 0; c < 3; c++)
			out->u8[3 * i + c] = lrintf(light + a * (red[c] - light));
	}
	free(mask);
}

/* ---- contour */

static bool is_hot(const struct image *im, const bool *hot, int x, int y)
{
	return x >= 0 && x < im->width && y >= 0 && y < im->height && hot[(size_t)y * im->width + x];
}

static bool is_border(const struct image *im, const bool *hot, int x, int y)
{
	return is_hot(im, hot, x, y) && (!is_hot(im, hot, x - 1, y) || !is_hot(im, hot, x + 1, y) ||
	                                 !is_hot(im, hot, x, y - 1) || !is_hot(im, hot, x, y + 1));
}

/* Holes that are no more than specks. */
static void close_holes(bool *hot, int w, int h)
{
	size_t n = (size_t)w * h;
	float *cold = xmalloc(n * sizeof *cold);
	bool *open = xcalloc(n, sizeof *open);
	struct map_box *box;

	for (size_t i = 0; i < n; i++)
		cold[i] = !hot[i];
	map_boxes(cold, w, h, 1, open, &box);
	for (size_t i = 0; i < n; i++)
		hot[i] = !open[i];
	free(box);
	free(open);
	free(cold);
}

/* A dot of so many pixels each way, all of it in the image. */
static void dot(struct image *out, int x, int y, int size, const unsigned char rgb[3])
{
	x = x + size > out->width ? out->width - size : x;
	y = y + size > out->height ? out->height - size : y;
	for (int v = y < 0 ? 0 : y; v < y + size; v++)
		for (int u = x < 0 ? 0 : x; u < x + size; u++)
			memcpy(out->u8 + 3 * ((size_t)v * out->width + u), rgb, 3);
}

static void draw_box(struct image *out, const struct map_box *b, int thick)
{
	static const unsigned char cyan[3] = {40, 200, 255};
	int right = b->x + b->width - 1, bottom = b->y + b->height - 1;

	for (int x = b->x; x <= right; x++) {
		dot(out, x, b->y, thick, cyan);
		dot(out, x, bottom, thick, cyan);
	}
	for (int y = b->y; y <= bottom; y++) {
		dot(out, b->x, y, thick, cyan);
		dot(out, right, y, thick, cyan);
	}
}

void draw_contour(struct image *out, const struct image *gray, const float *map, float threshold)
{
	static const unsigned char yellow[3] = {255, 214, 10};
	int w = gray->width, h = gray->height, thick = 1 + (w > h ? w : h) / 600;
	bool *hot = xcalloc((size_t)w * h, sizeof *hot);
	struct map_box *box;
	int n = map_boxes(map, w, h, threshold, hot, &box);

	close_holes(hot, w, h);
	draw_plain(out, gray);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			if (is_border(gray, hot, x, y))
				dot(out, x, y, thick, yellow);
	for (int i = 0; i < n; i++)
		draw_box(out, &box[i], thick);
	free(box);
	free(hot);
}

/* ---- side by side */

enum { PANEL = 200, MARGIN = 10, BAR = 12 }; /* the last two of small images */
#define PAPER 24
#define INK 235

struct sheet_layout {
	int factor, width, height; /* enlargement and size of a panel */
	float unit;                /* of text */
	int margin, bar;           /* width of the colour bar */
	int bar_x, right, caption_y;
};

static struct sheet_layout lay_out(int width, int height, const char *unit)
{
	const char *widest = unit ? unit : "0.5";
	struct sheet_layout l = {.factor = 1};

	while (l.factor * width < PANEL && l.factor < 16)
		l.factor++;
	l.width = l.factor * width;
	l.height = l.factor * height;
	l.unit = fmaxf(1.25f, l.width / 180.0f);
	l.margin = MARGIN * fmaxf(1, l.unit / 2);
	l.bar = BAR * fmaxf(1, l.unit / 2);
	l.bar_x = 3 * l.margin + 2 * l.width;
	l.right = l.bar_x + l.bar + lrintf(font_width(widest, strlen(widest), l.unit)) + l.margin + l.margin / 2;
	l.caption_y = 2 * l.margin + l.height;
	return l;
}

static int enlarge(struct image *im, int factor, struct err *e)
{
	int w = im->width * factor, h = im->height * factor;
	size_t n = (size_t)w * h * im->channels;
	struct image big = {.width = w, .height = h, .channels = im->channels};

	if (factor == 1)
		return 0;
	float *v = xmalloc(n * sizeof *v);
	if (resample(im, (struct box){0, 0, im->width, im->height}, KERNEL_CUBIC, w, h, v, e) < 0) {
		free(v);
		return -1;
	}
	big.u8 = xmalloc(n);
	for (size_t i = 0; i < n; i++)
		big.u8[i] = lrintf(fminf(255, fmaxf(0, v[i])));
	free(v);
	image_free(im);
	*im = big;
	return 0;
}

static void paste(struct image *out, const struct image *im, int x, int y)
{
	for (int row = 0; row < im->height; row++)
		memcpy(out->u8 + ((size_t)(y + row) * out->width + x) * 3, im->u8 + (size_t)row * im->width * 3,
		       (size_t)im->width * 3);
}

/* The overlay's colours from 0 at the bottom to the top, as they are over middle gray, and the values at both ends and
 * between. */
static void draw_bar(struct image *out, const struct sheet_layout *l, enum colormap cm, float alpha,
                     const struct legend *legend)
{
	static const unsigned char middle[3] = {110, 110, 110};
	float caps = FONT_CAPS * l->unit;

	for (int y = 0; y < l->height; y++)
		for (int x = 0; x < l->bar; x++)
			lay_over(middle, 1 - (y + 0.5f) / l->height, cm, alpha,
			         out->u8 + ((size_t)(l->margin + y) * out->width + l->bar_x + x) * 3);
	for (int i = 0; i <= 2; i++) {
		char *text = xasprintf("%.3g", legend->top * i / 2);

		font_draw(out, text, strlen(text), l->bar_x + l->bar + l->margin / 2,
		          l->margin + (1 - i / 2.f) * (l->height - caps), l->unit, INK);
		free(text);
	}
	if (legend->unit)
		font_draw(out, legend->unit, strlen(legend->unit), l->bar_x + l->bar + l->margin / 2, l->margin + 1.5f * caps +
		          caps / 2, l->unit, INK);
}

/* Length of the next line of text that fits into width, cut at the last blank if there is one. */
static size_t line_length(const char *text, float width, float unit)
{
	size_t n = strlen(text), fits = 0, blank = 0;

	for (size_t next; fits < n; fits = next) {
		next = fits + font_character(text + fits, n - fits);
		if (fits > 0 && font_width(text, next, unit) > width)
			return blank > 0 ? blank : fits;
		if (text[fits] == ' ')
			blank = fits;
	}
	return n;
}

/* Draws the text's lines from (x, y) on, none wider than width; or only counts them when out is NULL. */
static int text_lines(struct image *out, int x, int y, float width, float unit, const char *text)
{
	int lines = 0;

	while (*text) {
		size_t n = line_length(text, width, unit);
		if (out)
			font_draw(out, text, n, x, y + lines * FONT_LINE * unit, unit, INK);
		for (text += n; *text == ' '; )
			text++;
		lines++;
	}
	return lines;
}

static int caption_lines(struct image *out, const struct sheet_layout *l, const char *caption)
{
	return text_lines(out, l->margin, l->caption_y, l->right - 2 * l->margin, l->unit, caption);
}

void draw_plain(struct image *out, const struct image *gray)
{
	new_rgb(out, gray->width, gray->height);
	for (size_t i = 0; i < (size_t)gray->width * gray->height; i++)
		gray_at(gray, i, out->u8 + 3 * i);
}

int draw_notice(struct image *io, const char *text, struct err *e)
{
	struct sheet_layout l = lay_out(io->width, io->height, NULL);

	if (enlarge(io, l.factor, e))
		return -1;
	int margin = l.margin / 2, width = io->width - 2 * margin;
	float unit = fmaxf(1.25f, io->width / 360.0f);
	int height = 2 * margin + lrintf(text_lines(NULL, 0, 0, width, unit, text) * FONT_LINE * unit);
	struct image out;

	new_rgb(&out, io->width, io->height + height);
	memset(out.u8, PAPER, (size_t)out.width * out.height * 3);
	paste(&out, io, 0, 0);
	text_lines(&out, margin, io->height + margin, width, unit, text);
	image_free(io);
	*io = out;
	return 0;
}

int draw_side(struct image *out, const struct image *gray, const float *map, enum colormap cm, float alpha,
              const struct legend *legend, struct err *e)
{
	struct sheet_layout l = lay_out(gray->width, gray->height, legend->unit);
	const char *caption = legend->caption ? legend->caption : "";
	int lines = caption_lines(NULL, &l, caption);
	struct image plain, heat;
	int rc = -1;

	*out = (struct image){0};
	draw_plain(&plain, gray);
	draw_overlay(&heat, gray, map, cm, alpha);
	if (enlarge(&plain, l.factor, e) == 0 && enlarge(&heat, l.factor, e) == 0) {
		new_rgb(out, l.right, l.caption_y + lrintf(lines * FONT_LINE * l.unit));
		memset(out->u8, PAPER, (size_t)out->width * out->height * 3);
		paste(out, &plain, l.margin, l.margin);
		paste(out, &heat, 2 * l.margin + l.width, l.margin);
		draw_bar(out, &l, cm, alpha, legend);
		caption_lines(out, &l, caption);
		rc = 0;
	}
	image_free(&plain);
	image_free(&heat);
	return rc;
}
