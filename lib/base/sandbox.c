/* seccomp by a few words of BPF, and Landlock by its three system calls: no library has to be there. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sanitized.h"

/* --- seccomp --- */

#if defined __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH

enum { X32 = 0x40000000, ROOM = 64 }; /* X32: the bit of x86-64's other set of numbers, which no program here uses */

#define LOAD(field) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
#define ANSWER(what) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what))
/* The next word is taken when the test holds, else the one behind it. */
#define WHEN(test, value) ((struct sock_filter)BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 0, 1))
#define UNLESS(test, value) ((struct sock_filter)BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 1, 0))

enum { DENIED = SECCOMP_RET_ERRNO | EPERM };

/* Calls of the list are answered with `listed`, all others with `others`. */
static void install(const int *call, size_t n, uint32_t listed, uint32_t others)
{
	struct sock_filter code[2 * ROOM + 8] = {
		LOAD(arch), UNLESS(BPF_JEQ, ARCH), ANSWER(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr), WHEN(BPF_JGE, X32), ANSWER(DENIED),
	};
	unsigned short k = 6;

	for (size_t i = 0; i < n && i < ROOM; i++) {
		code[k++] = WHEN(BPF_JEQ, (uint32_t)call[i]);
		code[k++] = ANSWER(listed);
	}
	code[k++] = ANSWER(others);

	struct sock_fprog program = {k, code};

	if (!SANITIZED && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

void sandbox_programs(void)
{
	static const int denied[] = {
		SYS_execve, SYS_execveat, SYS_socket, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_bpf,
		SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_keyctl, SYS_request_key, SYS_mount, SYS_umount2,
		SYS_unshare, SYS_setns, SYS_open_by_handle_at, SYS_io_uring_setup, SYS_pidfd_getfd,
	};

	install(denied, sizeof denied / sizeof *denied, DENIED, SECCOMP_RET_ALLOW);
}

void sandbox_compute(void)
{
	static const int allowed[] = {
		SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_lseek, SYS_close, SYS_fstat, SYS_newfstatat, SYS_brk, SYS_mmap,
		SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex, SYS_sched_yield, SYS_clock_gettime,
		SYS_gettimeofday, SYS_getrandom, SYS_getpid, SYS_gettid, SYS_tgkill, SYS_rt_sigprocmask, SYS_rt_sigaction,
		SYS_rt_sigreturn, SYS_exit, SYS_exit_group,
	};

	install(allowed, sizeof allowed / sizeof *allowed, SECCOMP_RET_ALLOW, DENIED);
}

#else

void sandbox_programs(void)
{
}

void sandbox_compute(void)
{
}

#endif

/* --- Landlock --- */

#ifdef SYS_landlock_create_ruleset

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ull << 14) /* of its third version */
#endif

static uint64_t write_rights(long version)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	                  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
	                  LANDLOCK_ACCESS_FS_MAKE_SYM;

	return version < 3 ? rights : rights | LANDLOCK_ACCESS_FS_TRUNCATE;
}

enum { READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR };

/* A file has fewer rights than a folder: the kernel refuses those it cannot have. */
static void allow(int rules, const char *path, uint64_t rights)
{
	const uint64_t of_file = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_READ_FILE;
	struct landlock_path_beneath_attr under = {rights, open(path, O_PATH | O_CLOEXEC)};
	struct stat st;

	if (under.parent_fd < 0)
		return;
	if (!fstat(under.parent_fd, &st) && !S_ISDIR(st.st_mode))
		under.allowed_access &= of_file;
	syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &under, 0);
	close(under.parent_fd);
}

void sandbox_files(const struct sandbox_place *place, size_t n, bool anywhere)
{
	long version = SANITIZED ? -1 : syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t writes = write_rights(version), reads = anywhere ? 0 : READ;
	struct landlock_ruleset_attr all = {.handled_access_fs = writes | reads};
	int rules = version < 1 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);

	if (rules < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (place[i].write || reads)
			allow(rules, place[i].path, (place[i].write ? writes : 0) | reads);
	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
}

#else

void sandbox_files(const struct sandbox_place *place, size_t n, bool anywhere)
{
	(void)place;
	(void)n;
	(void)anywhere;
}

#endif
