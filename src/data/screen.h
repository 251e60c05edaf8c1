/* Which scraped prompts are worth asking people about: rules, no model. What is rejected has a reason; personal data of
 * what is not are masked. */
#ifndef DATA_SCREEN_H
#define DATA_SCREEN_H

#include "base/buf.h"
#include "base/status.h"

/* In the order in which they are looked at. Letters are of Latin, Greek, Cyrillic, Hebrew, Arabic, an Indic script,
 * Thai, or CJK with kana and Hangul. */
enum screen_reason {
    SCREEN_FINE,
    SCREEN_SHORT,    /* fewer than 10 characters, or 3 words */
    SCREEN_LONG,     /* more than 2000 characters, Open Assistant's limit of a message */
    SCREEN_NO_WORDS, /* less than half of what is not blank are letters */
    SCREEN_MIXED,    /* two scripts or more have a fifth of the letters each */
    SCREEN_LANG,     /* less than half of the letters are of the script that the row's language is written in */
    SCREEN_REPEATS,  /* a character 20 times in a row; of 12 words and more: one makes over 30 %, or half of the triples
                        repeat */
    SCREEN_UNSAFE,   /* a phrase of screen_unsafe */
    SCREEN_BIASED,   /* "all" or "every", 1 to 3 words, "are" or "is", a word of screen_insults */
    SCREEN_DUPLICATE, /* SimHash (Charikar 2002) of words and pairs: at most 3 of 64 bits differ from one that passed */
    SCREEN_REASONS
};
extern const char *const screen_names[SCREEN_REASONS];

/* Personal data, by what can be checked: addresses, numbers with a check digit (cards: Luhn; IBAN: ISO 13616, mod 97,
 * of the length of its country), phone numbers of 9 to 15 digits that look written as such, keys (private ones in PEM,
 * known beginnings, or 24 characters and more: of at least 3.5 bits each with letters and digits, or of 4 with capitals
 * and digits all over). */
enum screen_mask { MASK_EMAIL, MASK_IBAN, MASK_CARD, MASK_PHONE, MASK_KEY, MASKS };
extern const char *const mask_names[MASKS];

/* Appends the text with personal data replaced by "[EMAIL]", "[IBAN]", ...; n_masked [MASKS] grows by how many. */
void screen_mask_text(buf *out, bytes text, size_t *n_masked);

typedef struct screen screen;
int screen_open(screen **out, err *e);
void screen_close(screen *s);

/* Masks a text and judges what is left; `lang` is what it is said to be in, empty: nothing is said. Where it is
 * SCREEN_FINE it is remembered, `out` gets it, and n_masked grows; of another nothing stays. */
int screen_text(screen *s, bytes text, bytes lang, buf *out, enum screen_reason *why, size_t *n_masked, err *e);

/* The lists (screen_list.c): phrases in lower case, words separated by single blanks; the last is NULL. */
extern const char *const screen_unsafe[], *const screen_insults[];

#endif
