/* What the files of Hyperion::Http::Exchange share. */
#ifndef HYP_RB_EXCHANGE_H
#define HYP_RB_EXCHANGE_H

#include "rb_engine.h"

typedef struct hyp_rb_exchange hyp_rb_exchange_t;

struct hyp_rb_exchange {
    hyp_limits_t limits;
    hyp_clock_t clock;
    hyp_counters_t own_counters;
    hyp_scoreboard_t *board; /* owned reference, or NULL */
    uint8_t counted_as;      /* hyp_timer_kind among the board's connections, or HYP_NOT_COUNTED: not among them */
    hyp_conn_shared_t shared;
    hyp_conn_t conn;
    hyp_request_t *request; /* taken, and not answered in full; owned */
    hyp_buf_t scratch;
    hyp_rb_holds_t holds; /* bodies that are being sent */
    hyp_timer_kind timer;
    hyp_msec_t deadline; /* of `timer`; 0: none */
    bool initialized;
    bool emitted; /* of the request under way, or of the last */
    VALUE routes;
    hyp_rb_env_base_t env_base;
    VALUE health;          /* Hyperion::Http::Health, or nil */
    VALUE trusted_proxies; /* Hyperion::Http::Networks, or nil */
    VALUE proxy_protocol;  /* the same */
    VALUE access_log;      /* Hyperion::Http::AccessLog, or nil; a reference to what is in it is owned */
    VALUE env;             /* of the request under way, or of the last */
    VALUE input;           /* the same's; nil for none */
};

/* ---- rb_exchange.c: the object, and what happens to its connection ---- */

/* Also one that is not initialized yet. */
hyp_rb_exchange_t *hyp_rb_exchange_unwrap(VALUE self);

/* Hyperion::Error for one that is not. */
hyp_rb_exchange_t *hyp_rb_exchange_of(VALUE self);

/* The same, before an event: its clock is set. */
hyp_rb_exchange_t *hyp_rb_exchange_begin(VALUE self);

/* After an event: as a loop does once a connection waits; but output is kept at once, since here every event is a round of its
 * own. */
void hyp_rb_exchange_settle(hyp_rb_exchange_t *exchange);

/* The request that was taken is none any more. */
void hyp_rb_exchange_end_request(hyp_rb_exchange_t *exchange);

/* ---- rb_exchange_settings.c ---- */

/* Exchange#initialize. */
VALUE hyp_rb_exchange_initialize(int argc, VALUE *argv, VALUE self);

/* ---- rb_exchange_request.c ---- */

/* Defines what takes a request, and what answers it. */
void hyp_rb_init_exchange_request(VALUE exchange_class);

#endif
