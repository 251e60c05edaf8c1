/* Words that no prompt should be made of. Short on purpose: what is left is reviewed by people. */
#include "data/screen.h"

const char *const screen_unsafe[] = {
    "how to make a bomb",
    "how to build a bomb",
    "make a pipe bomb",
    "build a pipe bomb",
    "make explosives at home",
    "how to kill someone",
    "how to murder",
    "get away with murder",
    "hire a hitman",
    "how to poison someone",
    "how to kill myself",
    "best way to kill myself",
    "how to hang myself",
    "child porn",
    "sex with a minor",
    "sex with a child",
    "nude children",
    "how to cook meth",
    "synthesize meth",
    "synthesize sarin",
    "make nerve gas",
    "make a bioweapon",
    "how to stalk",
    "without her consent",
    "without his consent",
    "date rape",
    "write ransomware",
    "write me a keylogger",
    "steal credit card",
    "how to groom a",
    NULL,
};

const char *const screen_insults[] = {
    "stupid",    "inferior", "subhuman", "vermin", "criminals", "criminal",  "terrorists",
    "terrorist", "lazy",     "filthy",   "dirty",  "evil",      "worthless", "parasites",
    "animals",   "savages",  "rapists",  "dumb",   "idiots",    NULL,
};
