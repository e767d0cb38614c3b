// DICOM files by DCMTK: the only file with its headers. Bytes go in, a struct dicom and stored words come out; nothing
// is printed, no exception leaves, no value of a header stands in a message. A codec's warning while pixels are
// decoded is a failure: DCMTK fills what is missing and says so in its log only.
extern "C" {
#include "base/budget.h"
#include "base/mem.h"
#include "image/decode.h"
#include "image/dicom_read.h"
}
#ifdef CXR_DICOM
#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/spi/logevent.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <vector>

/* --- DCMTK as a whole, once ------------------------------------------------------------------------------------- */

static thread_local int warnings; /* that codecs gave on this thread */

/* Memory that is refused where no exception is caught (in libvips' C++ libraries, too) is said as any other is. */
static void give_up()
{
	std::free(xmalloc(SIZE_MAX)); /* mem_fail says so */
}
static const std::terminate_handler before = std::set_terminate(give_up);

class Listener : public dcmtk::log4cplus::Appender {
public:
	~Listener() { destructorImpl(); }
	void close() {}
protected:
	/* All but a harmless one, which some makers' sequential JPEGs cause. */
	void append(const dcmtk::log4cplus::spi::InternalLoggingEvent &event)
	{
		if (event.getMessage().find("Invalid SOS parameters for sequential JPEG") == OFString_npos)
			warnings++;
	}
};

static bool start()
{
	dcmtk::log4cplus::Logger root = dcmtk::log4cplus::Logger::getRoot();

	OFLog::configure(OFLogger::WARN_LOG_LEVEL);
	root.removeAllAppenders();
	root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new Listener));
	DJDecoderRegistration::registerCodecs();
	DJLSDecoderRegistration::registerCodecs();
	DcmRLEDecoderRegistration::registerCodecs();
	return dcmDataDict.isDictionaryLoaded();
}

/* DCMTK goes down a level of the stack for each level of nested sequences, which take twenty bytes each: a file of
 * a few hundred kB would end the process. Its stream is asked before every header, so it can tell how deep that is, and
 * ends there. It does not throw: DCMTK would lose what it holds. */
class ShallowStream : public DcmInputBufferStream {
public:
	struct TooDeep {};
	bool deep = false;
	offile_off_t avail()
	{
		ptrdiff_t used = start - static_cast<const char *>(__builtin_frame_address(0));

		deep = deep || used > STACK_MAX || used < -STACK_MAX;
		return deep ? 0 : DcmInputBufferStream::avail();
	}
	OFBool eos()
	{
		return deep || DcmInputBufferStream::eos();
	}
private:
	enum { STACK_MAX = 1 << 18 }; /* some 500 levels */
	const char *start = static_cast<const char *>(__builtin_frame_address(0));
};

/* Parses a file in memory, whole, or up to the pixels' tag and length where `end` is to tell how far that is. */
static OFCondition parse(DcmFileFormat &f, const unsigned char *bytes, size_t n, size_t *end)
{
	static const bool started = start(); /* once, whichever thread comes first */
	ShallowStream in;

	in.setBuffer(bytes, static_cast<offile_off_t>(n));
	in.setEos();
	f.transferInit();
	OFCondition rc = !end ? f.read(in) : f.readUntilTag(in, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, DCM_PixelData);
	f.transferEnd();
	if (in.deep)
		throw ShallowStream::TooDeep();
	if (end)
		*end = static_cast<size_t>(in.tell());
	return started ? rc : OFCondition(EC_IllegalCall);
}

/* Memory that was refused is no damage. */
static int unreadable(const OFCondition &why, struct err *e)
{
	return why == EC_MemoryExhausted ? budget_err(e, 0, "a DICOM file")
	                                 : err_set(e, "cut short or damaged: not readable as DICOM");
}

/* --- The header ------------------------------------------------------------------------------------------------- */

/* Without blanks around it; what does not fit is cut. */
static void get_text(DcmItem *item, const DcmTagKey &tag, unsigned long at, char *to, size_t size)
{
	OFString s;

	if (item->findAndGetOFString(tag, s, at).bad())
		s.clear();
	size_t from = s.find_first_not_of(' '), last = s.find_last_not_of(' ');
	s = from == OFString_npos ? OFString() : s.substr(from, last - from + 1);
	strncpy(to, s.c_str(), size - 1);
	to[size - 1] = '\0';
}

/* The first table of a sequence. false: there is one, and it is broken. */
static bool get_table(DcmItem *data, const DcmTagKey &sequence, struct dicom_lut *t)
{
	DcmItem *item;
	DcmElement *values;
	Uint16 *value;
	Sint32 descriptor[3];

	if (data->findAndGetSequenceItem(sequence, item).bad())
		return true;
	for (unsigned i = 0; i < 3; i++) {
		char text[16];
		get_text(item, DCM_LUTDescriptor, i, text, sizeof text);
		descriptor[i] = atoi(text);
	}
	if (item->findAndGetElement(DCM_LUTData, values).bad() || values->getUint16Array(value).bad() || !value)
		return false;
	size_t bytes = values->getLength(), count = static_cast<Uint16>(descriptor[0]);
	count += count ? 0 : 65536;
	bool packed = bytes < 2 * count && descriptor[2] <= 8; /* two entries a word */
	if (descriptor[2] < 1 || descriptor[2] > 16 || bytes < (packed ? count : 2 * count))
		return false;
	*t = {static_cast<int>(count), descriptor[1], descriptor[2], 0,
	      static_cast<uint16_t *>(malloc(count * sizeof *t->value))};
	if (!t->value)
		throw std::bad_alloc();
	for (size_t i = 0; i < count; i++)
		t->value[i] = packed ? value[i / 2] >> (i % 2 * 8) & 255 : value[i];
	return true;
}

static void get_texts(DcmItem *data, struct dicom_raw *r)
{
#define ENTRY(name, keyword, at) {DCM_##keyword, at},
	static const struct {
		DcmTagKey tag;
		unsigned long at;
	} texts[] = {DICOM_TEXTS(ENTRY)};
	DcmItem *item;

	for (int i = 0; i < DICOM_NTEXT; i++)
		get_text(data, texts[i].tag, texts[i].at, r->text[i], sizeof r->text[i]);
	if (data->findAndGetSequenceItem(DCM_ViewCodeSequence, item).good())
		get_text(item, DCM_CodeValue, 0, r->view_code, sizeof r->view_code);
}

static int get_header(struct dicom_raw *r, const unsigned char *bytes, size_t n, struct err *e)
{
	DcmFileFormat f;
	OFCondition rc = parse(f, bytes, n, &r->end);
	DcmItem *data = f.getDataset(), *meta = f.getMetaInfo();
	char kind[65];

	get_text(meta, DCM_TransferSyntaxUID, 0, r->syntax, sizeof r->syntax);
	get_text(meta, DCM_MediaStorageSOPClassUID, 0, kind, sizeof kind);
	r->directory = !strcmp(kind, UID_MediaStorageDirectoryStorage);
	if (r->directory || (*r->syntax && !dicom_syntax(r->syntax)))
		return 0; /* refused for what it is, readable or not */
	if (rc.bad())
		return unreadable(rc, e);
	if (!*r->syntax)
		strcpy(r->syntax, DcmXfer(f.getDataset()->getOriginalXfer()).getXferID());
	r->float_pixels = data->tagExists(DCM_FloatPixelData) || data->tagExists(DCM_DoubleFloatPixelData);
	r->enhanced = data->tagExists(DCM_SharedFunctionalGroupsSequence);
	get_texts(data, r);
	return get_table(data, DCM_ModalityLUTSequence, &r->modality) && get_table(data, DCM_VOILUTSequence, &r->voi)
	               ? 0 : err_set(e, "a lookup table of its header is broken");
}

extern "C" int dicom_read_header(struct dicom_raw *r, const unsigned char *bytes, size_t n, struct err *e)
{
	memset(r, 0, sizeof *r);
	try {
		return get_header(r, bytes, n, e);
	} catch (const ShallowStream::TooDeep &) {
		return err_set(e, "its sequences are nested too deep");
	} catch (const std::bad_alloc &) {
		return budget_err(e, 0, "a DICOM file");
	} catch (...) {
		return err_set(e, "not readable as DICOM");
	}
}

/* --- Pixels ----------------------------------------------------------------------------------------------------- */

/* The fragments behind the offset table, one after another. */
static bool gather(DcmPixelData *pixels, const struct dicom *d, std::vector<unsigned char> &stream)
{
	DcmPixelSequence *sequence = nullptr;
	DcmPixelItem *fragment;
	Uint8 *part;

	if (pixels->getEncapsulatedRepresentation(DcmXfer(d->syntax).getXfer(), nullptr, sequence).bad() || !sequence)
		return false;
	for (unsigned long i = 1; i < sequence->card(); i++)
		if (sequence->getItem(fragment, i).bad() || fragment->getUint8Array(part).bad() || !part)
			return false;
		else
			stream.insert(stream.end(), part, part + fragment->getLength());
	return true;
}

static int get_jpeg2000(DcmPixelData *pixels, const struct dicom *d, uint16_t *word, struct err *e)
{
	std::vector<unsigned char> stream;

	if (!gather(pixels, d, stream))
		return err_set(e, "the JPEG 2000 code stream is missing or damaged");
	return dicom_jpeg2000(word, d->width, d->height, stream.data(), stream.size(), e);
}

/* DCMTK fills as much of a frame as its JPEG has: of another size it would be scrambled, and partly nobody's. */
static int check_jpeg(DcmPixelData *pixels, const struct dicom *d, struct err *e)
{
	std::vector<unsigned char> stream;

	if (!gather(pixels, d, stream) || !jpeg_has_size(stream.data(), stream.size(), d->width, d->height))
		return err_set(e, "its JPEG is damaged, or of another size than the header says");
	return 0;
}

/* Bytes or words by DCMTK, into the first half of the room for words where they are bytes. */
static int get_frame(DcmItem *data, DcmPixelData *pixels, const struct dicom *d, uint16_t *word, struct err *e)
{
	size_t n = static_cast<size_t>(d->width) * d->height, bytes = n * (d->allocated / 8); /* padded to even */
	unsigned char *byte = reinterpret_cast<unsigned char *>(word);
	Uint32 fragment = 0;
	OFString model;

	if (dicom_is_jpeg(d->syntax) && check_jpeg(pixels, d, e))
		return -1;
	warnings = 0;
	if (pixels->getUncompressedFrame(data, 0, fragment, byte, static_cast<Uint32>(bytes + bytes % 2), model).bad() ||
	    warnings)
		return err_set(e, "its pixels are cut short or damaged (%s)", dicom_syntax(d->syntax));
	for (size_t i = n; d->allocated == 8 && i-- > 0; )
		word[i] = byte[i];
	return 0;
}

static int get_words(const struct dicom *d, const unsigned char *bytes, size_t n, uint16_t *word, struct err *e)
{
	DcmFileFormat f;
	DcmElement *element;

	OFCondition rc = parse(f, bytes, n, nullptr);
	if (rc.bad())
		return unreadable(rc, e);
	DcmDataset *data = f.getDataset();
	if (data->findAndGetElement(DCM_PixelData, element).bad() || !dynamic_cast<DcmPixelData *>(element))
		return err_set(e, "a DICOM file without an image");
	DcmPixelData *pixels = static_cast<DcmPixelData *>(element);
	return dicom_is_jpeg2000(d->syntax) ? get_jpeg2000(pixels, d, word, e) : get_frame(data, pixels, d, word, e);
}

extern "C" int dicom_read_words(const struct dicom *d, const unsigned char *bytes, size_t n, uint16_t *word,
                                struct err *e)
{
	try {
		return get_words(d, bytes, n, word, e);
	} catch (const ShallowStream::TooDeep &) {
		return err_set(e, "its sequences are nested too deep");
	} catch (const std::bad_alloc &) {
		return budget_err(e, 0, "a DICOM file");
	} catch (...) {
		return err_set(e, "its pixels are damaged");
	}
}
#endif
