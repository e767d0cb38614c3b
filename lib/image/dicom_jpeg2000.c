/* JPEG 2000 code streams of DICOM by OpenJPEG: the only file that includes its header. */
#include "base/budget.h"
#include "image/dicom.h"

#ifdef CXR_DICOM
#include <openjpeg.h>
#include <string.h>

struct codestream {
	const unsigned char *bytes;
	size_t n, at;
};

static OPJ_SIZE_T read_bytes(void *to, OPJ_SIZE_T n, void *ctx)
{
	struct codestream *m = ctx;

	if (m->at == m->n)
		return (OPJ_SIZE_T)-1;
	if (n > m->n - m->at)
		n = m->n - m->at;
	memcpy(to, m->bytes + m->at, n);
	m->at += n;
	return n;
}

static OPJ_OFF_T skip_bytes(OPJ_OFF_T n, void *ctx)
{
	struct codestream *m = ctx;

	if (n < 0 || (size_t)n > m->n - m->at)
		return -1;
	m->at += (size_t)n;
	return n;
}

static OPJ_BOOL seek_bytes(OPJ_OFF_T at, void *ctx)
{
	struct codestream *m = ctx;

	if (at < 0 || (size_t)at > m->n)
		return OPJ_FALSE;
	m->at = (size_t)at;
	return OPJ_TRUE;
}

static void note(const char *text, void *ctx)
{
	(void)text;
	*(bool *)ctx = true;
}

static opj_stream_t *open_memory(struct codestream *m)
{
	opj_stream_t *s = opj_stream_default_create(OPJ_TRUE);

	if (!s)
		return NULL;
	opj_stream_set_user_data(s, m, NULL);
	opj_stream_set_user_data_length(s, m->n);
	opj_stream_set_read_function(s, read_bytes);
	opj_stream_set_skip_function(s, skip_bytes);
	opj_stream_set_seek_function(s, seek_bytes);
	return s;
}

/* Before anything large is allocated: what the code stream says against what the header of the file said. */
static bool as_expected(const opj_image_t *im, int width, int height)
{
	return im->numcomps == 1 && im->x1 - im->x0 == (OPJ_UINT32)width && im->y1 - im->y0 == (OPJ_UINT32)height &&
	       im->comps[0].w == (OPJ_UINT32)width && im->comps[0].h == (OPJ_UINT32)height && im->comps[0].prec <= 16;
}

static int decode(opj_codec_t *codec, opj_stream_t *stream, opj_image_t **im, int width, int height, struct err *e)
{
	opj_dparameters_t p;
	bool noted = false;

	opj_set_default_decoder_parameters(&p);
	opj_set_warning_handler(codec, note, &noted);
	opj_set_error_handler(codec, note, &noted);
	if (!opj_setup_decoder(codec, &p) || !opj_decoder_set_strict_mode(codec, OPJ_TRUE) ||
	    !opj_read_header(stream, codec, im))
		return err_set(e, "the JPEG 2000 code stream is damaged");
	if (!as_expected(*im, width, height))
		return err_set(e, "the JPEG 2000 code stream is of another size or type than the header says");
	if (!opj_decode(codec, stream, *im) || !opj_end_decompress(codec, stream) || noted || !(*im)->comps[0].data)
		return err_set(e, "the JPEG 2000 code stream is damaged");
	return 0;
}

int dicom_jpeg2000(uint16_t *word, int width, int height, const unsigned char *bytes, size_t n, struct err *e)
{
	struct codestream m = {bytes, n, 0};
	opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
	opj_stream_t *stream = open_memory(&m);
	opj_image_t *im = NULL;
	int rc = codec && stream ? decode(codec, stream, &im, width, height, e) : budget_err(e, 0, "a JPEG 2000 image");

	for (size_t i = 0; !rc && i < (size_t)width * height; i++)
		word[i] = (uint16_t)im->comps[0].data[i];
	opj_image_destroy(im);
	if (stream)
		opj_stream_destroy(stream);
	if (codec)
		opj_destroy_codec(codec);
	return rc;
}
#endif
