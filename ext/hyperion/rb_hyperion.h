/* What the binding's files share. Only rb_*.h, rb_*.c and hyperion.c know ruby.h. What serves an engine's requests is in
 * rb_engine.h.
 *
 *   hyperion.c       Init: exceptions, then each file's own hyp_rb_init_*
 *   rb_gvl.c         the one place that releases and takes the GVL, and where Ruby's GVL events arrive
 *   rb_routes.c      Hyperion::Http::RouteSet
 *   rb_health.c      Hyperion::Http::Health: whether workers take requests
 *   rb_networks.c    Hyperion::Http::Networks: whom to believe
 *   rb_limits.c      a Ruby Hash of settings to hyp_limits_t
 *   rb_env.c         a request to a Rack env
 *   rb_env_shapes.c  envs with the keys of earlier ones
 *   rb_body.c        rack.input
 *   rb_response.c    a Rack triple to replies
 *   rb_coding.c      bodies that an application has coded itself
 *   rb_file.c        bodies that are files
 *   rb_stream.c      what a streaming body is called with
 *   rb_line.c        the way from who answers to the connection
 *   rb_claim.c       Hyperion::Http::Claim: rack.hijack and rack.early_hints
 *   rb_hold.c        Ruby objects whose bytes a loop is sending
 *   rb_engine.c      Hyperion::Engine: the object, its callbacks and its ends
 *   rb_run.c         a loop in a Ruby thread
 *   rb_stats.c       what the loops and the queue have counted
 *   rb_scoreboard.c  Hyperion::Scoreboard: the counters of all workers
 *   rb_worker.c      takes jobs and runs them
 *   rb_serve.c       the job that is a request
 *   rb_crew.c        for who hires workers, and who watches what they do
 *   rb_cabin.c       Hyperion::Engine::Cabin: a worker whose requests are fibers
 *   rb_exchange.c    Hyperion::Http::Exchange: the state machine for Ruby's own path (rb_exchange_settings.c: what it is made
 *                    with; rb_exchange_request.c: its requests and their answers)
 *   rb_page_cache.c  Hyperion::Http::PageCache on the process's default engine */
#ifndef HYP_RB_HYPERION_H
#define HYP_RB_HYPERION_H

#include <ruby.h>
#include <ruby/encoding.h>

#include "core/engine_limits.h"
#include "core/loop.h"
#include "core/request.h"
#include "core/request_queue.h"
#include "core/scoreboard.h"

/* ---- hyperion.c ---- */

extern VALUE hyp_rb_mHyperion;     /* Hyperion */
extern VALUE hyp_rb_mHttp;         /* Hyperion::Http */
extern VALUE hyp_rb_eError;        /* Hyperion::Error < StandardError */
extern VALUE hyp_rb_eParseError;   /* Hyperion::ParseError < Error */
extern VALUE hyp_rb_eUnsupported;  /* Hyperion::UnsupportedError < Error */
extern VALUE hyp_rb_eDisconnected; /* Hyperion::ClientDisconnected < Error */

/* Raises what a status means: NoMemoryError, SystemCallError for -errno, Hyperion::Error. Never returns for a failure,
 * returns for HYP_OK. Only to be called when no C frame above owns anything. */
void hyp_rb_check(hyp_status status, const char *doing);

/* The exception that says the same, not raised. */
VALUE hyp_rb_exception(hyp_status status);

/* True for what was raised; false for what Thread#kill and throw leave in $!'s place, which is no object to be
 * asked. */
bool hyp_rb_is_exception(VALUE error);

/* ---- rb_gvl.c ---- */

/* Runs `work_nogvl` without the GVL. `unblock` may be called from any thread, also before the work has begun, and
 * must make it return soon. Not called at all when an interrupt waits already, so what it answers must begin as
 * "interrupted". Checks no interrupts: the caller does (rb_thread_check_ints), once it owns nothing. */
void *hyp_rb_without_gvl(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg);

/* The same for a worker that has nothing to do: to its queue it does not block, and it is spare once `idle_nogvl` has answered true,
 * that there is work, until it has the GVL. */
void hyp_rb_without_gvl_idle(bool (*idle_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg);

/* The same for what is waited for on behalf of a request, which may be a fiber among others: then these run on. An interrupt ends
 * the wait by `unblock`. May raise what was raised into this thread, once `work_nogvl` has returned. */
void hyp_rb_wait_without_gvl(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg);

/* For a worker between two jobs: lets another thread run that is ready to. To the queue it does not block, but is spare. Checks
 * interrupts, so it may raise. */
void hyp_rb_gvl_yield(void);

/* A native thread that is none of Ruby's: whoever runs Ruby now lets the thread run that has waited for the GVL for longest, as soon
 * as it looks at interrupts. (Asked by a thread of Ruby's own, Ruby would look for the one that runs in vain.) */
void hyp_rb_gvl_ask_back(void *unused);

/* False before Ruby 3.3, and until there is a worker: then only Ruby's own time slice of 100 ms ends a turn. */
bool hyp_rb_gvl_can_ask_back(void);

/* True when Ruby tells which threads wait for the GVL (3.2 and newer), from the first worker on. */
bool hyp_rb_gvl_counts_waiters(void);

/* This thread is a worker of `queue` from now on (NULL: no more): whenever it gives the GVL up, the queue hears of
 * it (hyp_request_queue_yielded) and `flush` is called (both without the GVL, from Ruby's event). `worker`, unless NULL, takes the
 * next job by itself as long as it has the GVL, and is told to run then (hyp_request_queue_runs). Without events: no effect. */
void hyp_rb_gvl_worker(hyp_request_queue_t *queue, hyp_worker_t *worker, void (*flush)(void *), void *flush_arg);

/* For a worker: number of threads that wait for the GVL now, but for the spare ones of its queue, whose jobs it takes itself.
 * About, and never more than 0 when they are not counted. */
int hyp_rb_gvl_waiters(void);

/* ---- rb_routes.c: Hyperion::Http::RouteSet ---- */

/* The core's set behind a RouteSet; raises TypeError for anything else. Valid as long as the object. */
hyp_route_set_t *hyp_rb_route_set(VALUE object);

/* :GET to HYP_METHOD_GET; ArgumentError for what no route can have. */
hyp_method hyp_rb_route_method(VALUE symbol);

/* ---- rb_health.c: Hyperion::Http::Health ---- */

typedef struct hyp_rb_health hyp_rb_health_t;

/* NULL for nil and Qundef, TypeError for anything else that is none. Valid as long as the object; what it answers may be used without
 * the GVL. */
hyp_rb_health_t *hyp_rb_health(VALUE object);

/* What an engine's health route says, and what the Ruby loop's does. */
hyp_verdict hyp_rb_health_judge(const hyp_rb_health_t *health, hyp_msec_t waiting_since, hyp_msec_t now);
hyp_verdict hyp_rb_health_judge_ruby_loop(const hyp_rb_health_t *health, hyp_msec_t now);

/* ---- rb_networks.c: Hyperion::Http::Networks ---- */

/* NULL for nil and Qundef, TypeError for anything else that is none. Valid as long as the object, and constant. */
const hyp_networks_t *hyp_rb_networks(VALUE object);

/* ---- rb_access_log.c: Hyperion::Http::AccessLog ---- */

/* NULL for nil and Qundef, TypeError for anything else that is none. Valid as long as the object, or a reference that is taken. */
hyp_access_log_t *hyp_rb_access_log(VALUE object);

/* Where a loop pushes, and where all that has the GVL does. Hyperion::Error for a loop that it was not made for. */
hyp_log_ring_t *hyp_rb_access_log_ring_of_loop(VALUE object, uint16_t number);
hyp_log_ring_t *hyp_rb_access_log_ring_of_ruby(VALUE object);

/* ---- rb_limits.c ---- */

/* Overwrites the members that `settings` (Symbol => Integer, bytes or milliseconds, named like the members) has.
 * ArgumentError for an unknown key or a value that does not fit. */
void hyp_rb_limits(hyp_limits_t *limits, VALUE settings);

/* ---- rb_env.c ---- */

/* What envs begin as. The owner marks `template` and `shapes`. */
typedef struct {
    VALUE template;  /* a frozen Hash with what never changes */
    VALUE shapes;    /* of envs that were built on it, or nil to keep none */
    bool before_3_1; /* the template is for a Rack before 3.1: it has an HTTP_VERSION */
} hyp_rb_env_base_t;

/* `template` is a Hash, or Qundef for an empty one; TypeError for anything else. */
void hyp_rb_env_base_init(hyp_rb_env_base_t *base, VALUE template);

/* What the server itself puts into an env. The lists of what is to be called once the answer is out are empty until the application
 * adds to them. */
typedef struct {
    VALUE finished;    /* rack.response_finished; set by hyp_rb_env_build */
    VALUE after_reply; /* rack.after_reply; the same */
    VALUE hijack;      /* rack.hijack, or nil */
    VALUE hints;       /* rack.early_hints, or nil */
} hyp_rb_own_t;

/* Builds the env: a copy of the template, then what the request says. SERVER_NAME and SERVER_PORT come
 * from Host, else stay the template's, as does rack.input. Allocates Ruby objects: may raise NoMemoryError. */
VALUE hyp_rb_env_build(const hyp_rb_env_base_t *base, const hyp_request_t *request, hyp_rb_own_t *own);

/* The protocols that the client would change to, as the env has them; nil for a request that wants none. */
VALUE hyp_rb_env_protocols(VALUE env, const hyp_request_t *request);

/* A frozen String for a known method ("GET"), a new one for another. */
VALUE hyp_rb_method_string(hyp_method method, hyp_slice_t name);

/* ---- rb_env_shapes.c ---- */

/* The keys of envs that have come again and again. Most clients send the same fields with each request: their env is a copy of one
 * with just these keys, whose values are put in their places, and no key is hashed. */
VALUE hyp_rb_shapes_new(void);

/* A copy of `template` with these pairs of keys and values put in, as if one after the other. */
VALUE hyp_rb_shapes_env(VALUE shapes, VALUE template, long count, const VALUE *pairs);

/* ---- rb_body.c: Hyperion::Http::Input ---- */

/* rack.input over the request's body, which moves into the new object; nil for a request without a body. */
VALUE hyp_rb_input_new(hyp_request_t *request);

/* ---- rb_hold.c ---- */

/* Objects kept alive while their bytes are sent. Belongs to an engine or an exchange; used with the GVL only. */
typedef struct hyp_rb_hold {
    struct hyp_rb_hold *prev, *next;
    VALUE object;
} hyp_rb_hold_t;

typedef struct {
    hyp_rb_hold_t list; /* sentinel */
    size_t count;
} hyp_rb_holds_t;

void hyp_rb_holds_init(hyp_rb_holds_t *holds);
void hyp_rb_holds_mark(hyp_rb_holds_t *holds); /* marks and pins */
void hyp_rb_holds_free(hyp_rb_holds_t *holds);

/* Keeps `object`; the answer is a reply's `owner`. NULL when memory is out. */
hyp_rb_hold_t *hyp_rb_hold(hyp_rb_holds_t *holds, VALUE object);
void hyp_rb_let_go(hyp_rb_holds_t *holds, hyp_rb_hold_t *hold);

/* Frees replies that have been given back, and lets go what they held. */
void hyp_rb_let_go_all(hyp_rb_holds_t *holds, hyp_reply_t *replies);

/* ---- rb_response.c ---- */

/* Where the pieces of an answer go, and what is to be known of the request to serialise it. */
typedef struct hyp_rb_responder {
    void *ctx;
    /* Takes over a piece. With the GVL; does not block. May raise (then the piece is freed already). */
    void (*emit)(void *ctx, hyp_reply_t *reply);
    /* Between two pieces of a stream: makes the pieces so far go out, and waits, off the GVL, while too much is
     * unsent. May raise what was raised into this thread; raises Hyperion::ClientDisconnected when the client has
     * gone. */
    void (*flow)(void *ctx);
    /* Takes the connection away, after what was emitted has gone out: answers an IO, which is the caller's. May raise. */
    VALUE (*hijack)(void *ctx);
    /* For who goes on with an answer when the caller does not: gives *kept a ctx, emit and flow that may be called at any time, with
     * the GVL, as long as the object that is answered lives. NULL: this answer is the caller's to its end. */
    VALUE (*keep)(void *ctx, struct hyp_rb_responder *kept);
    /* Without keep: returns when `ended`, a Hyperion::StopSignal, is set. May raise. */
    void (*await)(void *ctx, VALUE ended);
    hyp_rb_holds_t *holds; /* NULL: bodies are copied */
    hyp_buf_t *scratch;    /* for the head; empty before and after; its storage is kept */
    uint8_t minor;         /* of the request's version */
    bool head_only;        /* the request is HEAD */
    bool keep_alive;       /* the connection could go on */
    const char *date;      /* HYP_DATE_LEN bytes */
    VALUE input;           /* rack.input, or nil; kept alive by the caller */
    VALUE protocols;       /* that the client would change to, or nil; kept alive by the caller */
} hyp_rb_responder_t;

/* Serialises a Rack triple and emits it, calling each and close of the body. Raises for an unusable triple, or for
 * what the body raises: *emitted tells whether a piece had gone out by then (then the connection must be aborted,
 * unless that piece was the last and only close has raised; else 500 can be answered). The body's close is called in
 * any case, once. */
void hyp_rb_respond(const hyp_rb_responder_t *responder, VALUE triple, bool *emitted);

/* The canned answer to a refusal, as one last piece that closes the connection. */
void hyp_rb_respond_error(const hyp_rb_responder_t *responder, hyp_status refusal);

/* An interim answer 103 (Early Hints) with these headers, for a 1.1 client whose answer has not begun; else nothing. Raises for
 * headers that must not be sent. */
void hyp_rb_respond_early(const hyp_rb_responder_t *responder, VALUE headers);

/* One last piece that ends the connection without completing the answer. */
void hyp_rb_respond_abort(const hyp_rb_responder_t *responder);

/* ---- rb_scoreboard.c: Hyperion::Scoreboard ---- */

/* The board and this process's slot of it; TypeError for anything else, Hyperion::Error when the process has none. The caller
 * takes a reference when it keeps the board. */
hyp_scoreboard_t *hyp_rb_scoreboard(VALUE object, unsigned *slot);

/* ---- Init functions ---- */

void hyp_rb_init_routes(void);
void hyp_rb_init_health(void);
void hyp_rb_init_networks(void);
void hyp_rb_init_access_log(void);
void hyp_rb_init_env(void);
void hyp_rb_init_body(void);
void hyp_rb_init_response(void);
void hyp_rb_init_worker(void);
void hyp_rb_init_claim(void);
void hyp_rb_init_serve(void);
void hyp_rb_init_engine(void);
void hyp_rb_init_scoreboard(void);
void hyp_rb_init_crew(VALUE engine_class);
void hyp_rb_init_cabin(VALUE engine_class);
void hyp_rb_init_exchange(void);
void hyp_rb_init_page_cache(void);
void hyp_rb_init_system(void);

#endif
