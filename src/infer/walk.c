/* The linked table run with its stack. A configuration is the set of all ways in which the text so far can be read,
 * each a state and a stack; stacks share their lower frames. Configurations, frames and the steps between them are
 * numbered as they are met, so that what was met once is one look-up, as in a deterministic automaton. */
#include "base/mem.h"
#include "infer/grammar_impl.h"

enum {
    ITEMS_MOST = 1024,      /* ways to read one text */
    SEEN_SLOTS = 4096,      /* a power of two, several times that */
    WORK_MOST = 1 << 24,    /* ways gone between two looks at the status: about a second */
    CONFIGS_MOST = 1 << 16, /* met before all is forgotten */
    CELLS_MOST = 6 << 20,   /* of the steps known: 24 MiB */
    POOL_MOST = 1 << 21,    /* items, frames */
    FORCED_UNKNOWN = -2,
};

/* What is to be done when a rule ends: go on at `to`, once it was there `need` times more, or read the rule again,
 * `room` times at most. Frame 0 is the bottom: the text may end. */
typedef struct frame {
    uint32_t to, rule, need, room, parent;
    uint32_t near; /* the same with counters that a token cannot tell from these */
} frame;

typedef struct item {
    uint32_t state, frame;
} item;

typedef struct config {
    uint32_t first, n; /* items, in order */
    uint32_t near, plain;
    int16_t forced;
    bool accept, plain_known;
} config;

typedef struct numbering {
    uint32_t *slot; /* [mask + 1] */
    uint32_t mask, n;
} numbering;

struct walker {
    const table *t;
    uint32_t reach;
    frame *frames;
    uint32_t n_frames, cap_frames;
    item *items;
    uint32_t n_items, cap_items;
    config *configs;
    uint32_t n_configs, cap_configs, cap_next;
    uint32_t *next; /* [n_configs, n_classes] */
    numbering frame_index, config_index;
    item *set; /* [ITEMS_MOST]: of the configuration that is being made */
    uint32_t n_set;
    item *seen; /* [ITEMS_MOST]: what was entered on the way, with what leads on at once */
    uint32_t n_seen;
    uint32_t *seen_slot; /* [SEEN_SLOTS]: turn * ITEMS_MOST + place in seen */
    uint32_t turn, work;
    bool accept;
    int bad;
};

/* ---- Numbers ---- */

static uint32_t mix(uint32_t h, uint32_t v) {
    uint64_t x = ((uint64_t)h << 32 | v) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(x >> 32) ^ (uint32_t)(x >> 7);
}

static uint32_t hash_frame(const frame *f) { return mix(mix(mix(f->to, f->rule), mix(f->need, f->room)), f->parent); }

static uint32_t hash_items(const item *set, uint32_t n, bool accept) {
    uint32_t h = accept;
    for (uint32_t i = 0; i < n; i++) h = mix(mix(h, set[i].state), set[i].frame);
    return h;
}

static uint32_t hash_of(const walker *w, const numbering *x, uint32_t id) {
    if (x == &w->frame_index) return hash_frame(&w->frames[id]);
    const config *c = &w->configs[id];
    return hash_items(w->items + c->first, c->n, c->accept);
}

static bool index_room(walker *w, numbering *x) {
    if (x->slot && x->n * 2 < x->mask) return true;
    uint32_t mask = x->slot ? x->mask * 2 + 1 : 255;
    uint32_t *slot = mem_array((size_t)mask + 1, sizeof *slot);
    if (!slot) {
        w->bad = ERR_MEMORY;
        return false;
    }
    memset(slot, 0xff, ((size_t)mask + 1) * sizeof *slot);
    for (uint32_t i = 0; x->slot && i <= x->mask; i++) {
        if (x->slot[i] == NONE) continue;
        uint32_t h = hash_of(w, x, x->slot[i]) & mask;
        while (slot[h] != NONE) h = (h + 1) & mask;
        slot[h] = x->slot[i];
    }
    mem_free(x->slot);
    x->slot = slot;
    x->mask = mask;
    return true;
}

static bool same_frame(const frame *a, const frame *b) {
    return a->to == b->to && a->rule == b->rule && a->need == b->need && a->room == b->room && a->parent == b->parent;
}

static uint32_t near_count(const walker *w, uint32_t n) {
    return n != REPEAT_ANY && n > w->reach + 1 ? w->reach + 1 : n;
}

/* The number of a frame; 0, the bottom, where there is no memory (w->bad says so). */
static uint32_t put_frame(walker *w, frame f) {
    for (int pass = 0;; pass++) {
        if (w->bad || !index_room(w, &w->frame_index)) return 0;
        uint32_t h = hash_frame(&f) & w->frame_index.mask;
        for (; w->frame_index.slot[h] != NONE; h = (h + 1) & w->frame_index.mask)
            if (same_frame(&w->frames[w->frame_index.slot[h]], &f)) return w->frame_index.slot[h];
        frame *p = w->n_frames < POOL_MOST ? array_room(w->frames, &w->cap_frames, w->n_frames + 1, sizeof *p) : NULL;
        if (!p) {
            w->bad = w->n_frames < POOL_MOST ? ERR_MEMORY : ERR_TOO_LONG;
            return 0;
        }
        w->frames = p;
        frame near = f;
        near.need = near_count(w, f.need);
        near.room = near_count(w, f.room);
        near.parent = w->frames[f.parent].near;
        if (same_frame(&near, &f)) {
            f.near = w->n_frames;
        } else if (pass == 0) {
            f.near = put_frame(w, near); /* one level: it is its own near frame */
            continue;                    /* the index may have moved */
        }
        w->frames[w->n_frames] = f;
        w->frame_index.slot[h] = w->n_frames;
        w->frame_index.n++;
        return w->n_frames++;
    }
}

static int compare_items(const void *a, const void *b) {
    const item *p = a, *q = b;
    if (p->state != q->state) return p->state < q->state ? -1 : 1;
    return p->frame < q->frame ? -1 : p->frame > q->frame;
}

static bool config_room(walker *w) {
    uint32_t n_classes = w->t->n_classes, n = w->n_configs + 1;
    config *p = array_room(w->configs, &w->cap_configs, n, sizeof *p);
    if (p) w->configs = p;
    item *q = array_room(w->items, &w->cap_items, w->n_items + w->n_set, sizeof *q);
    if (q) w->items = q;
    uint32_t *r = array_room(w->next, &w->cap_next, n * n_classes, sizeof *r);
    if (r) w->next = r;
    if (p && (q || !w->n_set) && r) return true;
    w->bad = ERR_MEMORY;
    return false;
}

/* The number of the configuration in w->set. */
static uint32_t put_config(walker *w) {
    if (w->bad || !index_room(w, &w->config_index)) return CONFIG_DEAD;
    if (w->n_set > 1) qsort(w->set, w->n_set, sizeof *w->set, compare_items);
    uint32_t h = hash_items(w->set, w->n_set, w->accept) & w->config_index.mask;
    for (; w->config_index.slot[h] != NONE; h = (h + 1) & w->config_index.mask) {
        const config *c = &w->configs[w->config_index.slot[h]];
        if (c->n == w->n_set && c->accept == w->accept &&
            (!c->n || !memcmp(w->items + c->first, w->set, c->n * sizeof *w->set)))
            return w->config_index.slot[h];
    }
    if (w->n_configs >= CONFIGS_MOST * 4 || (uint64_t)w->n_configs * w->t->n_classes >= CELLS_MOST * 4) {
        w->bad = ERR_TOO_LONG; /* in one go: walker_full() was asked before it */
        return CONFIG_DEAD;
    }
    if (!config_room(w)) return CONFIG_DEAD;
    uint32_t id = w->n_configs++;
    if (w->n_set) memcpy(w->items + w->n_items, w->set, w->n_set * sizeof *w->set);
    w->configs[id] =
        (config){.first = w->n_items, .n = w->n_set, .near = NONE, .forced = FORCED_UNKNOWN, .accept = w->accept};
    w->n_items += w->n_set;
    memset(w->next + (size_t)id * w->t->n_classes, 0xff, w->t->n_classes * sizeof *w->next);
    w->config_index.slot[h] = id;
    w->config_index.n++;
    return id;
}

/* ---- Ways to go on ---- */

static void set_begin(walker *w) {
    w->n_set = w->n_seen = 0;
    w->accept = false;
    if (++w->turn == UINT32_MAX / ITEMS_MOST) { /* older turns are forgotten before their numbers come again */
        memset(w->seen_slot, 0, SEEN_SLOTS * sizeof *w->seen_slot);
        w->turn = 1;
    }
}

/* Notes a state to go on from. */
static void enter(walker *w, uint32_t state, uint32_t frame) {
    uint8_t flags = w->t->flags[state];
    if (flags == STATE_ACCEPT && frame == 0) {
        w->accept = true;
        return;
    }
    uint32_t h = mix(state, frame) % SEEN_SLOTS;
    for (; w->seen_slot[h] / ITEMS_MOST == w->turn; h = (h + 1) % SEEN_SLOTS) {
        const item *x = &w->seen[w->seen_slot[h] % ITEMS_MOST];
        if (x->state == state && x->frame == frame) return;
    }
    if (w->n_seen == ITEMS_MOST || w->work++ == WORK_MOST) {
        if (!w->bad) w->bad = ERR_TOO_LONG;
        return;
    }
    w->seen_slot[h] = w->turn * ITEMS_MOST + w->n_seen;
    w->seen[w->n_seen++] = (item){state, frame};
}

static void leave_rule(walker *w, uint32_t at) {
    if (at == 0) {
        w->accept = true;
        return;
    }
    frame f = w->frames[at];
    if (f.need == 0) enter(w, f.to, f.parent);
    if (f.room == 0) return;
    if (f.need) f.need--;
    if (f.room != REPEAT_ANY) f.room--;
    enter(w, f.rule, put_frame(w, f));
}

static void call_rule(walker *w, const dfa_call *c, uint32_t at) {
    bool last = c->min == 1 && c->max == 1 && w->t->flags[c->to] == STATE_ACCEPT;
    if (last) { /* nothing comes after: the rule takes the place of the caller */
        enter(w, c->rule, at);
        return;
    }
    frame f = {.to = c->to, .rule = c->rule, .need = c->min - 1, .parent = at};
    f.room = c->max == REPEAT_ANY ? REPEAT_ANY : c->max - 1;
    enter(w, c->rule, put_frame(w, f));
}

/* From what was entered to all that follows without a byte. */
static void close_set(walker *w) {
    for (uint32_t i = 0; i < w->n_seen && !w->bad; i++) {
        item x = w->seen[i];
        uint8_t flags = w->t->flags[x.state];
        if (flags & STATE_BYTES) w->set[w->n_set++] = x;
        if (flags & STATE_ACCEPT) leave_rule(w, x.frame);
        if (flags & STATE_CALLS)
            for (uint32_t k = w->t->call_at[x.state]; k < w->t->call_at[x.state + 1]; k++)
                call_rule(w, &w->t->calls[k], x.frame);
    }
}

static uint32_t step_new(walker *w, uint32_t from, uint8_t class) {
    const config *c = &w->configs[from];
    set_begin(w);
    for (uint32_t i = 0; i < c->n; i++) {
        item x = w->items[c->first + i];
        uint32_t to = w->t->next[(size_t)x.state * w->t->n_classes + class];
        if (to != NONE) enter(w, to, x.frame);
    }
    close_set(w);
    uint32_t to = put_config(w);
    if (w->bad) return CONFIG_DEAD;
    w->next[(size_t)from * w->t->n_classes + class] = to;
    return to;
}

const uint32_t *walker_row(const walker *w, uint32_t c) { return w->next + (size_t)c * w->t->n_classes; }

static uint32_t step_class(walker *w, uint32_t from, uint8_t class) {
    uint32_t to = w->next[(size_t)from * w->t->n_classes + class];
    return to != NONE ? to : step_new(w, from, class);
}

uint32_t walker_step(walker *w, uint32_t from, uint8_t byte) { return step_class(w, from, w->t->class_of[byte]); }

bool walker_accepts(const walker *w, uint32_t c) { return w->configs[c].accept; }
bool walker_ends(const walker *w, uint32_t c) { return w->configs[c].n == 0; }
uint32_t walker_count(const walker *w) { return w->n_configs; }

uint32_t walker_near(walker *w, uint32_t id) {
    if (w->configs[id].near != NONE) return w->configs[id].near;
    set_begin(w);
    for (uint32_t i = 0; i < w->configs[id].n; i++) {
        item x = w->items[w->configs[id].first + i];
        enter(w, x.state, w->frames[x.frame].near);
    }
    for (uint32_t i = 0; i < w->n_seen; i++) w->set[w->n_set++] = w->seen[i];
    w->accept = w->configs[id].accept;
    uint32_t near = put_config(w);
    if (!w->bad) w->configs[id].near = near;
    return near;
}

int walker_forced(walker *w, uint32_t id) {
    if (w->configs[id].forced != FORCED_UNKNOWN) return w->configs[id].forced;
    int byte = -1;
    bool more = w->configs[id].accept;
    for (uint32_t k = 1; k < w->t->n_classes && !more; k++) {
        if (step_class(w, id, (uint8_t)k) == CONFIG_DEAD) continue;
        more = byte >= 0 || w->t->class_count[k] > 1;
        byte = w->t->class_byte[k];
    }
    if (more) byte = -1;
    if (!w->bad) w->configs[id].forced = (int16_t)byte;
    return byte;
}

/* ---- Plain characters ---- */

/* UTF-8's beginnings: the first byte, the second, and how many follow (RFC 3629). */
static const struct lead {
    uint8_t lo, hi, second_lo, second_hi, more;
} leads[] = {{0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1}, {0xe1, 0xe1, 0x80, 0xbf, 1},
             {0xe2, 0xe2, 0x81, 0xbf, 1}, {0xe3, 0xec, 0x80, 0xbf, 1}, {0xed, 0xed, 0x80, 0x9f, 1},
             {0xee, 0xef, 0x80, 0xbf, 1}, {0xf0, 0xf0, 0x90, 0xbf, 2}, {0xf1, 0xf3, 0x80, 0xbf, 2},
             {0xf4, 0xf4, 0x80, 0x8f, 2}};

typedef struct plain_walk {
    walker *w;
    const bool *present;
    uint32_t to; /* where all characters led so far; NONE: none yet */
} plain_walk;

static bool plain_arrive(plain_walk *p, uint32_t at) {
    if (p->to != NONE && p->to != at) return false;
    p->to = at;
    return true;
}

/* Goes on by every byte of lo..hi, one of each class, then by `more` continuation bytes; whether all lead to the same.
 */
static bool plain_bytes(plain_walk *p, uint32_t at, int lo, int hi, int more) {
    bool done[256] = {false};
    for (int b = lo; b <= hi; b++) {
        uint8_t class = p->w->t->class_of[b];
        if (!p->present[b] || done[class]) continue;
        done[class] = true;
        uint32_t next = step_class(p->w, at, class);
        if (more && next != CONFIG_DEAD) {
            if (!plain_bytes(p, next, 0x80, 0xbf, more - 1)) return false;
            continue;
        }
        if (!plain_arrive(p, next)) return false;
    }
    return true;
}

static bool plain_leads(plain_walk *p, uint32_t at) {
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const struct lead *l = &leads[i];
        for (int b = l->lo; b <= l->hi; b++) {
            if (!p->present[b]) continue;
            if (b > l->lo && p->w->t->class_of[b] == p->w->t->class_of[b - 1] && p->present[b - 1]) continue;
            uint32_t next = step_class(p->w, at, p->w->t->class_of[b]);
            if (next == CONFIG_DEAD ? !plain_arrive(p, next)
                                    : !plain_bytes(p, next, l->second_lo, l->second_hi, l->more))
                return false;
        }
    }
    return true;
}

/* The characters U+2000 to U+203F but the two that end lines. */
static bool plain_marks(plain_walk *p, uint32_t at) {
    if (!p->present[0xe2] || !p->present[0x80]) return true;
    at = walker_step(p->w, at, 0xe2);
    if (at != CONFIG_DEAD) at = walker_step(p->w, at, 0x80);
    return plain_bytes(p, at, 0x80, 0xa7, 0) && plain_bytes(p, at, 0xaa, 0xbf, 0);
}

uint32_t walker_plain(walker *w, uint32_t id, const bool present[256]) {
    if (w->configs[id].plain_known) return w->configs[id].plain;
    plain_walk p = {w, present, NONE};
    bool same = plain_bytes(&p, id, 0x20, 0x21, 0) && plain_bytes(&p, id, 0x23, 0x5b, 0) &&
                plain_bytes(&p, id, 0x5d, 0x7f, 0) && plain_leads(&p, id) && plain_marks(&p, id);
    if (w->bad) return NONE;
    w->configs[id].plain = same ? p.to : NONE;
    w->configs[id].plain_known = true;
    return w->configs[id].plain;
}

/* ---- Memory ---- */

int walker_status(walker *w, err *e) {
    int bad = w->bad;
    w->bad = 0;
    w->work = 0;
    if (bad == ERR_TOO_LONG)
        return fail(e, bad, "the grammar can read the text so far in too many ways; make it less ambiguous");
    return bad ? fail(e, bad, "no memory for the grammar") : OK;
}

/* Configuration 0 is dead: without a way to go on. */
static bool begin(walker *w) {
    w->n_frames = 1;
    w->frames[0] = (frame){0};
    set_begin(w);
    put_config(w);
    return !w->bad;
}

int walker_open(walker **out, const table *t, uint32_t reach, err *e) {
    walker *w = mem_new(sizeof *w);
    if (!w) return fail(e, ERR_MEMORY, "no memory for the grammar");
    w->t = t;
    w->reach = reach;
    w->set = mem_array(ITEMS_MOST, sizeof *w->set);
    w->seen = mem_array(ITEMS_MOST, sizeof *w->seen);
    w->seen_slot = mem_array(SEEN_SLOTS, sizeof *w->seen_slot);
    w->frames = array_room(NULL, &w->cap_frames, 1, sizeof *w->frames);
    if (!w->set || !w->seen || !w->seen_slot || !w->frames || !begin(w)) {
        walker_close(w);
        return fail(e, ERR_MEMORY, "no memory for the grammar");
    }
    *out = w;
    return OK;
}

void walker_close(walker *w) {
    if (!w) return;
    mem_free(w->frames);
    mem_free(w->items);
    mem_free(w->configs);
    mem_free(w->next);
    mem_free(w->frame_index.slot);
    mem_free(w->config_index.slot);
    mem_free(w->set);
    mem_free(w->seen);
    mem_free(w->seen_slot);
    mem_free(w);
}

uint32_t walker_start(walker *w) {
    set_begin(w);
    enter(w, w->t->root, 0);
    close_set(w);
    w->accept = w->accept || w->t->nullable;
    return put_config(w);
}

bool walker_full(const walker *w) {
    return w->n_configs > CONFIGS_MOST || (uint64_t)w->n_configs * w->t->n_classes > CELLS_MOST ||
           w->n_items > POOL_MOST / 2 || w->n_frames > POOL_MOST / 2;
}

/* The frame's number among the new frames. */
static uint32_t copy_frame(walker *w, const frame *old, uint32_t at, uint32_t *number) {
    uint32_t path = 0, depth = 0;
    for (uint32_t f = at; number[f] == NONE; f = old[f].parent) depth++;
    for (; depth > 0; depth--) { /* the lowest that is not copied first; stacks are shallow */
        uint32_t f = at;
        for (path = 1; path < depth; path++) f = old[f].parent;
        frame copy = old[f];
        copy.parent = number[old[f].parent];
        number[f] = put_frame(w, copy);
    }
    return number[at];
}

int walker_forget(walker *w, uint32_t *keep, err *e) {
    config kept = w->configs[*keep];
    frame *old = w->frames;
    uint32_t *number = mem_array(w->n_frames, sizeof *number), n_old = w->n_frames, cap = 0;
    frame *fresh = array_room(NULL, &cap, 16, sizeof *fresh);
    item *items = mem_array(kept.n ? kept.n : 1, sizeof *items);
    if (number && fresh && items) {
        memset(number, 0xff, n_old * sizeof *number);
        number[0] = 0;
        memcpy(items, w->items + kept.first, kept.n * sizeof *items);
        w->frames = fresh;
        w->cap_frames = cap;
        w->n_items = w->n_configs = w->frame_index.n = w->config_index.n = 0;
        if (w->frame_index.slot)
            memset(w->frame_index.slot, 0xff, ((size_t)w->frame_index.mask + 1) * sizeof(uint32_t));
        memset(w->config_index.slot, 0xff, ((size_t)w->config_index.mask + 1) * sizeof(uint32_t));
        begin(w);
        for (uint32_t i = 0; i < kept.n; i++) items[i].frame = copy_frame(w, old, items[i].frame, number);
        set_begin(w);
        for (uint32_t i = 0; i < kept.n; i++) w->set[w->n_set++] = items[i];
        w->accept = kept.accept;
        *keep = put_config(w);
        mem_free(old);
    } else {
        w->bad = ERR_MEMORY;
        mem_free(fresh);
    }
    mem_free(number);
    mem_free(items);
    return walker_status(w, e);
}
