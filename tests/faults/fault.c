/* Makes the k-th call of a kind fail, in a program it is preloaded into (LD_PRELOAD): FAULT=KIND:K, or KIND:0 to count
 * calls only, the count going to the file $FAULT_COUNT. Kinds: those of the table below, "short" (the k-th read or write
 * moves half of what it was asked for) and "malloc". System calls are caught where they are made, stdio's and libraries'
 * too: a seccomp filter turns them into SIGSYS, whose handler makes them itself, from the one address that the filter
 * lets pass. x86-64 Linux; elsewhere it does nothing and says so by not writing a count. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__

static const struct kind {
	const char *name;
	int error;
	int call[4]; /* up to the first -1 */
} kinds[] = {
	{"read", EIO, {SYS_read, SYS_pread64, SYS_readv, -1}},
	{"write", ENOSPC, {SYS_write, SYS_pwrite64, SYS_writev, -1}},
	{"open", EMFILE, {SYS_openat, SYS_open, -1}},
	{"close", EIO, {SYS_close, -1}},
	{"fsync", EIO, {SYS_fsync, SYS_fdatasync, -1}},
	{"rename", EACCES, {SYS_rename, SYS_renameat, SYS_renameat2, -1}},
	{"mmap", ENOMEM, {SYS_mmap, SYS_mremap, -1}},
	{"stat", EACCES, {SYS_newfstatat, SYS_stat, SYS_fstat, -1}},
	{"short", 0, {SYS_read, SYS_write, SYS_pread64, -1}},
	{"malloc", ENOMEM, {-1}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *kind; /* NULL: not started */
static long which;
static atomic_long count;

/* The one place whose system calls the filter lets pass: the address behind the instruction is what it sees. */
extern const char fault_passed[];
__attribute__((noinline, naked)) static long pass(long nr, long a, long b, long c, long d, long e, long f)
{
	(void)nr, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
	__asm__("mov %rdi, %rax\n\t mov %rsi, %rdi\n\t mov %rdx, %rsi\n\t mov %rcx, %rdx\n\t mov %r8, %r10\n\t"
	        "mov %r9, %r8\n\t mov 8(%rsp), %r9\n\t syscall\n"
	        "\t.globl fault_passed\n fault_passed:\n\t ret");
}

/* Is it this call's turn? */
static int due(void)
{
	return atomic_fetch_add(&count, 1) + 1 == which;
}

static void caught(int signal_number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	int now = due();
	long size = r[REG_RDX];

	(void)signal_number;
	if (now && !kind->error) /* short */
		size = size > 1 ? size / 2 : size;
	if (now && kind->error && info->si_syscall != SYS_close) {
		r[REG_RAX] = -kind->error;
		return;
	}
	r[REG_RAX] = pass(info->si_syscall, r[REG_RDI], r[REG_RSI], size, r[REG_R10], r[REG_R8], r[REG_R9]);
	if (now && kind->error) /* the descriptor is gone all the same */
		r[REG_RAX] = -kind->error;
}

/* Traps the kind's calls, of every thread. */
static int watch(void)
{
	struct sigaction a = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
	uint64_t passed = (uint64_t)(uintptr_t)fault_passed;
	struct sock_filter f[32];
	unsigned n = 0, calls = 0;

	while (calls < 4 && kind->call[calls] >= 0)
		calls++;
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)passed, 0, 3);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                      offsetof(struct seccomp_data, instruction_pointer) + 4);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(passed >> 32), 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < calls; i++)
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)kind->call[i],
		                                      (unsigned char)(calls - i), 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	struct sock_fprog program = {(unsigned short)n, f};

	return sigaction(SIGSYS, &a, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

__attribute__((constructor)) static void start(void)
{
	const char *want = getenv("FAULT"), *colon = want ? strchr(want, ':') : NULL;

	for (int i = 0; colon && i < KINDS; i++)
		if (!strncmp(want, kinds[i].name, (size_t)(colon - want)) && !kinds[i].name[colon - want])
			kind = &kinds[i];
	if (!kind)
		return;
	unsetenv("LD_PRELOAD"); /* what the program starts is left alone */
	which = atol(colon + 1);
	if (kind->call[0] >= 0 && watch())
		_exit(99);
}

/* How many calls there were. */
__attribute__((destructor)) static void stop(void)
{
	const char *path = getenv("FAULT_COUNT");
	long n = atomic_load(&count);
	char digits[24], *at = digits + sizeof digits;

	if (!kind || !path)
		return;
	long fd = pass(SYS_open, (long)path, O_WRONLY | O_CREAT | O_TRUNC, 0666, 0, 0, 0);
	*--at = '\n';
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	pass(SYS_write, fd, (long)at, digits + sizeof digits - at, 0, 0, 0);
}

/* Memory: glibc's own names for it stay reachable. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static int refuse(void)
{
	if (!kind || kind->call[0] >= 0 || !due())
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return refuse() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return refuse() ? NULL : __libc_realloc(p, n);
}

#endif
