#ifndef CMD_PAGE_H
#define CMD_PAGE_H

/* What the parts of cxr-page share. */

/* A variable of the environment, "" where there is none. */
const char *page_env(const char *name);
/* Ends the request with a status and a cause in words that name no path; the folder is emptied. */
_Noreturn void page_refuse(const char *status, const char *words);

/* Makes one of CXR_PAGE_AT_ONCE folders, this user's alone and locked, the working folder; what a killed process left
 * in it is swept. Refuses the request where all are taken. */
void page_folder(void);
/* The folder stays, its content goes; the lock that says whose it is ends with the process. */
void page_sweep(void);

/* A signal ends the tool that runs; page_check_stopped then refuses the request. */
void page_signals(void);
void page_check_stopped(void);

/* Runs a tool with limits of time, memory and size, its output into a file of the folder: words, NULL at the end, then
 * those of `more`, parted by blanks. Where it fails the request is refused with what the tool said. */
void page_run(const char *status, const char *output, const char *const *words, const char *more);

#endif
