#ifndef DATA_PATIENT_H
#define DATA_PATIENT_H

#include <stdbool.h>

#include "base/err.h"

/* Who an image is of, as far as its path says. A name alone that follows no known rule says nothing: 1.png is in every
 * folder. Unknown patients are "". */

/* By the rules of public sets, fresh memory: Kermany et al. (person1_bacteria_2, IM-0115-0001, VIRUS-7-1), NIH
 * (00000013_005: 13), TCGA's barcodes, CheXpert (patient00001/study1/), MIMIC (p10/p10000032/s50414267/), BIDS
 * (sub-01), TCIA (PATIENT/01-31-2000-NA-.../). PadChest's names number studies, of which a patient may have several:
 * "study:NUMBER", which keeps a study together, but is no patient (patient_is_known). */
char *patient_of(const char *path);
bool patient_is_known(const char *patient);

/* By a POSIX extended regular expression (\d is a digit, too) whose first group is the patient. */
struct patient_rule;
struct patient_rule *patient_rule_new(const char *regex, struct err *e);
char *patient_by_rule(const struct patient_rule *r, const char *path); /* fresh memory, "" where it does not match */
void patient_rule_free(struct patient_rule *r);

#endif
