/* OpenBLAS, loaded when it is first needed and not before: which kernels it runs is decided while it loads, by a
 * variable of the environment that is set here. The one file that includes cblas.h. */
#include "nn/gemm.h"

#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static __typeof__(cblas_sgemm) *sgemm;
static const char *kernels = "", *library = "";
static struct err load_error;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
static bool has_avx512(void)
{
	return false;
}

static bool has_avx2(void)
{
	return false;
}
#endif

static void *open_library(struct err *e)
{
	void *h = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	char *(*core)(void);
	char *(*config)(void);

	if (!h) {
		err_set(e, "cannot load OpenBLAS: %s", dlerror());
		return NULL;
	}
	*(void **)&sgemm = dlsym(h, "cblas_sgemm");
	*(void **)&core = dlsym(h, "openblas_get_corename");
	*(void **)&config = dlsym(h, "openblas_get_config");
	if (!sgemm || !core || !config) {
		err_set(e, "cannot load OpenBLAS: the library lacks cblas_sgemm or openblas_get_corename");
		dlclose(h);
		return NULL;
	}
	kernels = core();
	library = config();
	return h;
}

/* OpenBLAS asks CPUID for a model it knows. On a newer one it may take kernels from before AVX: seven times slower. */
static bool old_kernels(const char *name)
{
	static const char *const fine[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"};

	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (strcmp(name, fine[i]) == 0)
			return false;
	return true;
}

static void load(void)
{
	const char *choice = getenv("OPENBLAS_CORETYPE");
	bool ours = !choice || !*choice;
	void *h;

	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	/* SkylakeX runs 1.9 times as fast as Haswell on a Zen 5 core, for which OpenBLAS 0.3.21 would take Haswell. */
	if (ours && has_avx512())
		setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
	else if (ours)
		unsetenv("OPENBLAS_CORETYPE"); /* an empty name silently means something else */
	h = open_library(&load_error);
	if (h && ours && has_avx2() && old_kernels(kernels)) {
		dlclose(h);
		setenv("OPENBLAS_CORETYPE", "Haswell", 1);
		h = open_library(&load_error);
	}
	if (!h)
		sgemm = NULL;
}

int gemm_start(struct err *e)
{
	pthread_once(&once, load);
	return sgemm ? 0 : err_set(e, "%s", load_error.text);
}

const char *gemm_kernels(void)
{
	return kernels;
}

const char *gemm_library(void)
{
	return library;
}

void gemm(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta, float *c,
          int ldc)
{
	sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb,
	      beta, c, ldc);
}
