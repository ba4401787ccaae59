#include "rb_hyperion.h"

void hyp_rb_holds_init(hyp_rb_holds_t *holds)
{
    holds->list = (hyp_rb_hold_t){.prev = &holds->list, .next = &holds->list, .object = Qnil};
    holds->count = 0;
}

void hyp_rb_holds_mark(hyp_rb_holds_t *holds)
{
    for (hyp_rb_hold_t *hold = holds->list.next; hold != &holds->list; hold = hold->next) {
        rb_gc_mark(hold->object);
    }
}

void hyp_rb_holds_free(hyp_rb_holds_t *holds)
{
    while (holds->count > 0)
        hyp_rb_let_go(holds, holds->list.next);
}

hyp_rb_hold_t *hyp_rb_hold(hyp_rb_holds_t *holds, VALUE object)
{
    hyp_rb_hold_t *hold = malloc(sizeof(*hold));
    if (hold == NULL) return NULL;
    *hold = (hyp_rb_hold_t){.prev = &holds->list, .next = holds->list.next, .object = object};
    hold->next->prev = hold;
    holds->list.next = hold;
    holds->count++;
    return hold;
}

void hyp_rb_let_go(hyp_rb_holds_t *holds, hyp_rb_hold_t *hold)
{
    hold->prev->next = hold->next;
    hold->next->prev = hold->prev;
    holds->count--;
    free(hold);
}

void hyp_rb_let_go_all(hyp_rb_holds_t *holds, hyp_reply_t *replies)
{
    while (replies) {
        hyp_reply_t *next = replies->next;
        if (replies->owner) hyp_rb_let_go(holds, (hyp_rb_hold_t *)replies->owner);
        hyp_reply_destroy(replies);
        replies = next;
    }
}
