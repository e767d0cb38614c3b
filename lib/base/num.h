#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole strings only (no blanks, no trailing text), in the C locale: true and *out on success. */
bool num_int(const char *s, int64_t lo, int64_t hi, int64_t *out);
bool num_double(const char *s, double *out); /* finite or not: "nan" and "inf" are numbers here */
/* A number at the start of s, blanks before it allowed: where it ends; NULL: there is none. */
const char *num_part(const char *s, double *out);

/* One number format for all text output: "%.9g" and "nan", "inf", "-inf". buf holds NUM_TEXT bytes. */
#define NUM_TEXT 32
const char *num_text(double x, char buf[NUM_TEXT]);

/* *out = a * b (or a + b); false on overflow. */
bool num_mul(size_t a, size_t b, size_t *out);
bool num_add(size_t a, size_t b, size_t *out);

/* Little-endian, at any alignment. */
uint64_t num_get64(const unsigned char *p);
void num_put64(unsigned char *p, uint64_t v);
uint32_t num_get32(const unsigned char *p);
uint16_t num_get16(const unsigned char *p);
float num_half(uint16_t h); /* IEEE binary16 to float */

/* Are all n finite? As fast as they are read. */
bool num_finite(const float *v, size_t n);

#endif
