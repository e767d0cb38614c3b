/* Makes the k-th call of a kind fail, in a program it is preloaded into (LD_PRELOAD): FAULT=KIND:K. Kinds: those of the
 * table below, "short" (the k-th read or write moves half of what it was asked for) and "malloc". FAULT=serve: the
 * program waits where its main would begin and runs once for each KIND:K that it is sent, as serve() says; KIND:0 counts.
 * System calls are caught where they are made, stdio's and libraries' too: a seccomp filter turns them into SIGSYS, whose
 * handler makes them itself, from the one address that the filter lets pass. x86-64 Linux; elsewhere it does nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
	{"denied", EACCES, {SYS_openat, SYS_open, -1}},
	{"folder", EIO, {SYS_getdents64, -1}},
	{"mkdir", EACCES, {SYS_mkdir, SYS_mkdirat, -1}},
	{"seek", EIO, {SYS_lseek, -1}},
	{"malloc", ENOMEM, {-1}}, /* these two are functions */
	{"thread", EAGAIN, {-1}},
};
enum { KINDS = sizeof kinds / sizeof *kinds, MALLOC = KINDS - 2, THREAD = KINDS - 1 };

static const struct kind *kind; /* NULL: not started */
static long which;
static atomic_long own, *count = &own; /* a served run's is shared with the server */

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
	return atomic_fetch_add(count, 1) + 1 == which;
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

/* KIND:K */
static void arm(const char *want)
{
	const char *colon = strchr(want, ':');

	for (int i = 0; colon && i < KINDS; i++)
		if (!strncmp(want, kinds[i].name, (size_t)(colon - want)) && !kinds[i].name[colon - want])
			kind = &kinds[i];
	if (!kind)
		_exit(98);
	which = atol(colon + 1);
	if (kind->call[0] >= 0 && watch())
		_exit(99);
}

static void reopen(int fd, const char *path, int flags)
{
	int from = open(path, flags, 0666);

	if (from < 0 || dup2(from, fd) < 0)
		_exit(97);
	close(from);
}

enum { ASK = 8, ANSWER = 9, SECONDS = 60 };

/* A run of its own: in the folder w, its output in the files out and err beside it, its input from the beginning. */
static void begin(const char *want)
{
	close(ASK);
	close(ANSWER);
	reopen(0, "/proc/self/fd/0", O_RDONLY);
	reopen(1, "out", O_WRONLY | O_CREAT | O_TRUNC);
	reopen(2, "err", O_WRONLY | O_CREAT | O_TRUNC);
	if (chdir("w"))
		_exit(96);
	alarm(SECONDS);
	arm(want);
}

/* For each line KIND:K from descriptor ASK, where none comes before the last is answered, a child goes on to main; how it
 * ended, as the shell has it, and how many calls it made is a line to ANSWER. What a loader and libraries do before main
 * is done once, and not refused. */
static void serve(void)
{
	char want[64];
	ssize_t n;
	int status;

	count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while (count != MAP_FAILED && (n = read(ASK, want, sizeof want - 1)) > 0) {
		want[n] = 0;
		atomic_store(count, 0);
		pid_t child = fork();
		if (!child) {
			begin(want);
			return;
		}
		if (child < 0 || waitpid(child, &status, 0) < 0)
			break;
		dprintf(ANSWER, "%d %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), atomic_load(count));
	}
	_exit(0);
}

__attribute__((constructor)) static void start(void)
{
	const char *want = getenv("FAULT");

	unsetenv("LD_PRELOAD"); /* what the program starts is left alone */
	if (want && !strcmp(want, "serve"))
		serve();
	else if (want)
		arm(want);
}

/* Memory: glibc's own names for it stay reachable. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static int refuse(int what)
{
	if (kind != &kinds[what] || !due())
		return 0;
	errno = kind->error;
	return 1;
}

void *malloc(size_t n)
{
	return refuse(MALLOC) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return refuse(MALLOC) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return refuse(MALLOC) ? NULL : __libc_realloc(p, n);
}

int posix_memalign(void **p, size_t alignment, size_t n)
{
	return refuse(MALLOC) || !(*p = __libc_memalign(alignment, n)) ? ENOMEM : 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return refuse(THREAD) ? EAGAIN : create(thread, attr, run, argument);
}

#endif
