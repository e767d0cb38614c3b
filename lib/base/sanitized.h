#ifndef BASE_SANITIZED_H
#define BASE_SANITIZED_H

/* 1 under the address and thread sanitizers: their mappings are larger than any memory, and they start programs and
 * look into processes. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
