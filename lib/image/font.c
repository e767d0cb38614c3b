/* Text on pixels: a small font of our own, so that captions look the same on every machine. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "image/font.h"

/* Columns of points, bit 0 on top, from '!' to '~'. */
static const uint16_t glyphs[94][5] = {
	{0x000, 0x000, 0x05f, 0x000, 0x000}, {0x000, 0x003, 0x000, 0x003, 0x000}, /* ! " */
	{0x014, 0x07f, 0x014, 0x07f, 0x014}, {0x024, 0x02a, 0x07f, 0x02a, 0x012}, /* # $ */
	{0x063, 0x013, 0x008, 0x064, 0x063}, {0x036, 0x049, 0x055, 0x022, 0x050}, /* % & */
	{0x000, 0x000, 0x003, 0x000, 0x000}, {0x000, 0x01c, 0x022, 0x041, 0x000}, /* ' ( */
	{0x000, 0x041, 0x022, 0x01c, 0x000}, {0x014, 0x008, 0x03e, 0x008, 0x014}, /* ) * */
	{0x008, 0x008, 0x03e, 0x008, 0x008}, {0x000, 0x080, 0x060, 0x000, 0x000}, /* + , */
	{0x000, 0x008, 0x008, 0x008, 0x000}, {0x000, 0x000, 0x040, 0x000, 0x000}, /* - . */
	{0x060, 0x010, 0x008, 0x004, 0x003}, {0x03e, 0x041, 0x041, 0x041, 0x03e}, /* / 0 */
	{0x000, 0x042, 0x07f, 0x040, 0x000}, {0x042, 0x061, 0x051, 0x049, 0x046}, /* 1 2 */
	{0x022, 0x041, 0x049, 0x049, 0x036}, {0x018, 0x014, 0x012, 0x07f, 0x010}, /* 3 4 */
	{0x027, 0x045, 0x045, 0x045, 0x039}, {0x03c, 0x04a, 0x049, 0x049, 0x030}, /* 5 6 */
	{0x001, 0x001, 0x071, 0x00d, 0x003}, {0x036, 0x049, 0x049, 0x049, 0x036}, /* 7 8 */
	{0x006, 0x049, 0x049, 0x029, 0x01e}, {0x000, 0x000, 0x044, 0x000, 0x000}, /* 9 : */
	{0x000, 0x080, 0x064, 0x000, 0x000}, {0x008, 0x014, 0x022, 0x041, 0x000}, /* ; < */
	{0x014, 0x014, 0x014, 0x014, 0x014}, {0x000, 0x041, 0x022, 0x014, 0x008}, /* = > */
	{0x002, 0x001, 0x051, 0x009, 0x006}, {0x03e, 0x041, 0x05d, 0x055, 0x05e}, /* ? @ */
	{0x07c, 0x012, 0x011, 0x012, 0x07c}, {0x07f, 0x049, 0x049, 0x049, 0x036}, /* A B */
	{0x03e, 0x041, 0x041, 0x041, 0x022}, {0x07f, 0x041, 0x041, 0x041, 0x03e}, /* C D */
	{0x07f, 0x049, 0x049, 0x049, 0x041}, {0x07f, 0x009, 0x009, 0x009, 0x001}, /* E F */
	{0x03e, 0x041, 0x041, 0x049, 0x03a}, {0x07f, 0x008, 0x008, 0x008, 0x07f}, /* G H */
	{0x000, 0x041, 0x07f, 0x041, 0x000}, {0x020, 0x040, 0x040, 0x040, 0x03f}, /* I J */
	{0x07f, 0x008, 0x014, 0x022, 0x041}, {0x07f, 0x040, 0x040, 0x040, 0x040}, /* K L */
	{0x07f, 0x002, 0x004, 0x002, 0x07f}, {0x07f, 0x004, 0x008, 0x010, 0x07f}, /* M N */
	{0x03e, 0x041, 0x041, 0x041, 0x03e}, {0x07f, 0x009, 0x009, 0x009, 0x006}, /* O P */
	{0x03e, 0x041, 0x051, 0x021, 0x05e}, {0x07f, 0x009, 0x019, 0x029, 0x046}, /* Q R */
	{0x026, 0x049, 0x049, 0x049, 0x032}, {0x001, 0x001, 0x07f, 0x001, 0x001}, /* S T */
	{0x03f, 0x040, 0x040, 0x040, 0x03f}, {0x00f, 0x030, 0x040, 0x030, 0x00f}, /* U V */
	{0x07f, 0x020, 0x010, 0x020, 0x07f}, {0x063, 0x014, 0x008, 0x014, 0x063}, /* W X */
	{0x003, 0x004, 0x078, 0x004, 0x003}, {0x061, 0x051, 0x049, 0x045, 0x043}, /* Y Z */
	{0x000, 0x07f, 0x041, 0x041, 0x000}, {0x003, 0x004, 0x008, 0x010, 0x060}, /* [ \ */
	{0x000, 0x041, 0x041, 0x07f, 0x000}, {0x004, 0x002, 0x001, 0x002, 0x004}, /* ] ^ */
	{0x040, 0x040, 0x040, 0x040, 0x040}, {0x000, 0x001, 0x002, 0x000, 0x000}, /* _ ` */
	{0x020, 0x054, 0x054, 0x054, 0x078}, {0x07f, 0x044, 0x044, 0x044, 0x038}, /* a b */
	{0x038, 0x044, 0x044, 0x044, 0x028}, {0x038, 0x044, 0x044, 0x044, 0x07f}, /* c d */
	{0x038, 0x054, 0x054, 0x054, 0x018}, {0x008, 0x07e, 0x009, 0x001, 0x000}, /* e f */
	{0x038, 0x144, 0x144, 0x144, 0x0fc}, {0x07f, 0x004, 0x004, 0x004, 0x078}, /* g h */
	{0x000, 0x044, 0x07d, 0x040, 0x000}, {0x080, 0x100, 0x104, 0x0fd, 0x000}, /* i j */
	{0x07f, 0x010, 0x028, 0x044, 0x000}, {0x000, 0x041, 0x07f, 0x040, 0x000}, /* k l */
	{0x07c, 0x004, 0x078, 0x004, 0x078}, {0x07c, 0x004, 0x004, 0x004, 0x078}, /* m n */
	{0x038, 0x044, 0x044, 0x044, 0x038}, {0x1fc, 0x044, 0x044, 0x044, 0x038}, /* o p */
	{0x038, 0x044, 0x044, 0x044, 0x1fc}, {0x07c, 0x008, 0x004, 0x004, 0x008}, /* q r */
	{0x048, 0x054, 0x054, 0x054, 0x024}, {0x004, 0x03f, 0x044, 0x040, 0x020}, /* s t */
	{0x03c, 0x040, 0x040, 0x040, 0x07c}, {0x01c, 0x020, 0x040, 0x020, 0x01c}, /* u v */
	{0x03c, 0x040, 0x030, 0x040, 0x03c}, {0x044, 0x028, 0x010, 0x028, 0x044}, /* w x */
	{0x03c, 0x140, 0x140, 0x140, 0x0fc}, {0x044, 0x064, 0x054, 0x04c, 0x044}, /* y z */
	{0x000, 0x008, 0x036, 0x041, 0x000}, {0x000, 0x000, 0x07f, 0x000, 0x000}, /* { | */
	{0x000, 0x041, 0x036, 0x008, 0x000}, {0x008, 0x004, 0x008, 0x010, 0x008}, /* } ~ */
};

/* Letters from U+00C0 on, two bytes each: a letter and its mark, or two letters that stand for it. */
static const char latin[] =
	"A`A'A^A~A:AoAEC,E`E'E^E:I`I'I^I:D/N~O`O'O^O~O:x O/U`U'U^U:Y'THss" /* U+00C0 */
	"a`a'a^a~a:aoaec,e`e'e^e:i`i'i^i:d/n~o`o'o^o~o:/ o/u`u'u^u:y'thy:" /* U+00E0 */
	"A-a-AuauA;a;C'c'C^c^C.c.CvcvDvdvD/d/E-e-EueuE.e.E;e;EvevG^g^Gugu" /* U+0100 */
	"G.g.G,g'H^h^H/h/I~i~I-i-IuiuI;i;I.i IJijJ^j^K,k,k L'l'L,l,LvlvL." /* U+0120 */
	"l.L/l/N'n'N,n,Nvnvn'NGngO-o-OuouO\"o\"OEoeR'r'R,r,RvrvS's'S^s^S,s," /* U+0140 */
	"SvsvT,t,TvtvT/t/U~u~U-u-UuuuUouoU\"u\"U;u;W^w^Y^y^Y:Z'z'Z.z.Zvzvs "; /* U+0160 */

/* Marks: those of two rows above a letter, bit 0 on top, and those of two rows below it. */
static const struct mark {
	char name;
	bool below;
	uint16_t column[5];
} marks[] = {
	{'`', false, {0, 1, 3, 2, 0}}, {'\'', false, {0, 2, 3, 1, 0}}, {'^', false, {0, 2, 1, 2, 0}},
	{'~', false, {2, 1, 3, 2, 1}}, {':', false, {0, 2, 0, 2, 0}}, {'o', false, {0, 3, 3, 0, 0}},
	{'v', false, {0, 1, 2, 1, 0}}, {'-', false, {0, 2, 2, 2, 0}}, {'u', false, {1, 2, 2, 2, 1}},
	{'.', false, {0, 0, 2, 0, 0}}, {'"', false, {2, 1, 2, 1, 0}}, {',', true, {0, 2, 3, 0, 0}},
	{';', true, {0, 0, 1, 2, 0}},
};
/* A glyph with its mark: three rows above the capitals, seven of the capitals, two below the line. */
enum { ROWS = 12, CAPITALS = 3, LINE = 10 };

static void put_mark(uint16_t g[5], char letter, char name)
{
	bool low = strchr("acegmnopqrsuvwxyz", letter); /* letters without a part above */
	const uint16_t *slash = glyphs['/' - '!'];

	if (strchr("ij", letter) && name != ';')
		for (int x = 0; x < 5; x++)
			g[x] &= (uint16_t)~(7 << CAPITALS); /* the mark takes the place of the dot */
	for (int x = 0; name == '/' && x < 5; x++)
		g[x] |= (uint16_t)(slash[x] << CAPITALS);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		for (int x = 0; marks[i].name == name && x < 5; x++)
			g[x] |= (uint16_t)(marks[i].column[x] << (marks[i].below ? LINE : low || strchr("ij", letter) ? 2 : 0));
}

/* The glyph of a printable character of ASCII, with a mark, or ' ' for none. */
static void compose(uint16_t g[5], char letter, char mark)
{
	for (int x = 0; x < 5; x++)
		g[x] = (uint16_t)(glyphs[letter - '!'][x] << CAPITALS);
	if (mark != ' ')
		put_mark(g, letter, mark);
}

static bool on(const uint16_t *g, int x, int y)
{
	return x >= 0 && x < 5 && y >= 0 && y < ROWS && (g[x] >> y & 1);
}

/* Squared distance of (px, py) to the stroke from (x, y) to (x + dx, y + dy), dx and dy in -1 .. 1. */
static float to_stroke(float px, float py, int x, int y, int dx, int dy)
{
	float ux = px - x, uy = py - y, length = dx * dx + dy * dy;
	float t = length > 0 ? (ux * dx + uy * dy) / length : 0;

	t = fminf(1, fmaxf(0, t));
	ux -= t * dx;
	uy -= t * dy;
	return ux * ux + uy * uy;
}

/* Distance to the glyph in points: every point is joined to its neighbours, aslant only where there is no corner. */
static float distance(const uint16_t *g, float px, float py)
{
	int cx = lrintf(px), cy = lrintf(py);
	float best = 9;

	for (int x = cx - 2; x <= cx + 2; x++)
		for (int y = cy - 2; y <= cy + 2; y++) {
			if (!on(g, x, y))
				continue;
			best = fminf(best, to_stroke(px, py, x, y, 0, 0));
			if (on(g, x + 1, y))
				best = fminf(best, to_stroke(px, py, x, y, 1, 0));
			if (on(g, x, y + 1))
				best = fminf(best, to_stroke(px, py, x, y, 0, 1));
			if (on(g, x + 1, y + 1) && !on(g, x + 1, y) && !on(g, x, y + 1))
				best = fminf(best, to_stroke(px, py, x, y, 1, 1));
			if (on(g, x - 1, y + 1) && !on(g, x - 1, y) && !on(g, x, y + 1))
				best = fminf(best, to_stroke(px, py, x, y, -1, 1));
		}
	return sqrtf(best);
}

/* top is that of the capitals. */
static void draw_glyph(struct image *im, const uint16_t *g, float left, float top, float unit, unsigned char gray)
{
	float half = fmaxf(0.6f, 0.42f * unit); /* of a stroke, in pixels */
	top -= CAPITALS * unit;
	int x0 = fmaxf(0, left - half - 1), y0 = fmaxf(0, top - half - 1);
	int x1 = fminf(im->width, left + 4 * unit + half + 2), y1 = fminf(im->height, top + (ROWS - 1) * unit + half + 2);

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			float d = distance(g, (x + 0.5f - left) / unit, (y + 0.5f - top) / unit) * unit;
			float cover = fminf(1, fmaxf(0, half + 0.5f - d));
			unsigned char *p = im->u8 + ((size_t)y * im->width + x) * im->channels;
			for (int c = 0; cover > 0 && c < im->channels; c++)
				p[c] = lrintf(p[c] + cover * (gray - p[c]));
		}
}

/* ---- characters */

/* Bytes of the first character of UTF-8 text, at most n; *code becomes its number. */
static size_t next_character(const char *text, size_t n, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length = s[0] < 0xc0 || s[0] > 0xf7 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4, i = 1;

	*code = length == 1 ? s[0] : s[0] & (0x7f >> length);
	for (; i < length && i < n && (s[i] & 0xc0) == 0x80; i++)
		*code = *code << 6 | (s[i] & 0x3f);
	return i;
}

/* What is drawn for a character: `letters` of one glyph each, the only one with a mark. */
struct shown {
	char letters[12], mark;
};

static struct shown shown_for(uint32_t code)
{
	static const struct {
		uint32_t code;
		char letters[4];
	} plain[] = {
		{0xa0, " "}, {0xb0, "o"}, {0xb5, "u"}, {0xb7, "."}, {0x2010, "-"}, {0x2013, "-"}, {0x2014, "-"}, {0x2018, "'"},
		{0x2019, "'"}, {0x201c, "\""}, {0x201d, "\""}, {0x201e, "\""}, {0x2026, "..."}, {0x2264, "<="}, {0x2265, ">="},
	};
	struct shown s = {"", ' '};

	if (code >= ' ' && code <= '~') {
		s.letters[0] = (char)code;
		return s;
	}
	if (code >= 0xc0 && code < 0xc0 + sizeof latin / 2) {
		const char *pair = latin + 2 * (code - 0xc0);
		memcpy(s.letters, pair, 1 + (pair[1] >= 'A' && pair[1] <= 'z' && !strchr("^`ouv", pair[1])));
		s.mark = s.letters[1] ? ' ' : pair[1];
		return s;
	}
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (plain[i].code == code)
			memcpy(s.letters, plain[i].letters, sizeof plain[i].letters);
	if (!s.letters[0])
		snprintf(s.letters, sizeof s.letters, "[%04X]", (unsigned)code & 0x1fffff);
	return s;
}

size_t font_character(const char *text, size_t n)
{
	uint32_t code;

	return next_character(text, n, &code);
}

float font_width(const char *text, size_t n, float unit)
{
	size_t count = 0;
	uint32_t code;

	for (size_t i = 0; i < n; ) {
		i += next_character(text + i, n - i, &code);
		count += strlen(shown_for(code).letters);
	}
	return count ? (count * FONT_ADVANCE - 1) * unit : 0;
}

void font_draw(struct image *im, const char *text, size_t n, float x, float y, float unit, unsigned char gray)
{
	uint16_t g[5];
	uint32_t code;

	for (size_t i = 0; i < n; ) {
		i += next_character(text + i, n - i, &code);
		struct shown s = shown_for(code);
		for (const char *c = s.letters; *c; c++, x += FONT_ADVANCE * unit) {
			if (*c == ' ')
				continue;
			compose(g, *c, s.mark);
			draw_glyph(im, g, x + unit / 2, y, unit, gray);
		}
	}
}
