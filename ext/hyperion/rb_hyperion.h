/* What the binding's files share. The only header, and rb_*.c and hyperion.c the only sources, that know ruby.h.
 *
 *   hyperion.c       Init: exceptions, then each file's own hyp_rb_init_*
 *   rb_gvl.c         the one place that releases and takes the GVL, and where Ruby's GVL events arrive
 *   rb_routes.c      Hyperion::Http::RouteSet
 *   rb_health.c      Hyperion::Http::Health: whether workers take requests
 *   rb_networks.c    Hyperion::Http::Networks: whom to believe
 *   rb_limits.c      a Ruby Hash of settings to hyp_limits_t
 *   rb_env.c         a request to a Rack env
 *   rb_body.c        rack.input
 *   rb_response.c    a Rack triple to replies
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
 *   rb_exchange.c    Hyperion::Http::Exchange: the state machine for Ruby's own path
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

/* ---- rb_gvl.c ---- */

/* Runs `work_nogvl` without the GVL. `unblock` may be called from any thread, also before the work has begun, and
 * must make it return soon. Not called at all when an interrupt waits already, so what it answers must begin as
 * "interrupted". Checks no interrupts: the caller does (rb_thread_check_ints), once it owns nothing. */
void *hyp_rb_without_gvl(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg);

/* The same for a worker that has nothing to do: its queue does not hear of it. */
void *hyp_rb_without_gvl_idle(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg);

/* The same for what is waited for on behalf of a request, which may be a fiber among others: then these run on. An interrupt ends
 * the wait by `unblock`. May raise what was raised into this thread, once `work_nogvl` has returned. */
void hyp_rb_wait_without_gvl(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg);

/* Lets another thread run that is ready to; a worker's queue does not hear of it. Checks interrupts, so it may
 * raise. */
void hyp_rb_gvl_yield(void);

/* True when Ruby tells which threads wait for the GVL (3.2 and newer), from the first worker on. */
bool hyp_rb_gvl_counts_waiters(void);

/* This thread is a worker of `queue` from now on (NULL: no more): whenever it gives the GVL up, the queue hears of
 * it (hyp_request_queue_yielded) and `flush` is called (both without the GVL, from Ruby's event). Without events: no
 * effect. */
void hyp_rb_gvl_worker(hyp_request_queue_t *queue, void (*flush)(void *), void *flush_arg);

/* Number of threads that wait for the GVL now; always 0 when they are not counted. */
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

/* What the server itself puts into an env. The lists of what is to be called once the answer is out are empty until the application
 * adds to them. */
typedef struct {
    VALUE finished;    /* rack.response_finished; set by hyp_rb_env_build */
    VALUE after_reply; /* rack.after_reply; the same */
    VALUE hijack;      /* rack.hijack, or nil */
    VALUE hints;       /* rack.early_hints, or nil */
} hyp_rb_own_t;

/* Builds the env: a copy of `template` (a frozen Hash with what never changes), then what the request says. `input` is rack.input,
 * or nil to leave the template's. SERVER_NAME and SERVER_PORT come from Host, else stay the template's. Allocates
 * Ruby objects: may raise NoMemoryError. */
VALUE hyp_rb_env_build(VALUE template, const hyp_request_t *request, VALUE input, hyp_rb_own_t *own);

/* The protocols that the client would change to, as the env has them; nil for a request that wants none. */
VALUE hyp_rb_env_protocols(VALUE env, const hyp_request_t *request);

/* A frozen String for a known method ("GET"), a new one for another. */
VALUE hyp_rb_method_string(hyp_method method, hyp_slice_t name);

/* ---- rb_body.c: Hyperion::Http::Input ---- */

/* rack.input over the request's body, which moves into the new object; nil for a request without a body. */
VALUE hyp_rb_input_new(hyp_request_t *request);

/* ---- rb_hold.c ---- */

/* Objects kept alive while a loop sends their bytes. Belongs to an engine; used with the GVL only. */
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

/* ---- rb_engine.c: Hyperion::Engine ---- */

typedef struct hyp_rb_engine hyp_rb_engine_t;

/* The way from who answers a request to its connection. Used with the GVL. A worker has one of its own; who goes on with an
 * answer when the worker does not, keeps one. */
typedef struct hyp_rb_line {
    struct hyp_rb_line *prev, *next; /* in engine->lines, of one that is kept */
    hyp_rb_engine_t *engine;         /* NULL: it is no more */
    hyp_address_t to;
    hyp_flow_t *flow; /* NULL unless the answer is a stream; owned */
    uint32_t waited;  /* milliseconds that the request was in the queue */
    bool emitted;     /* a piece of the answer has gone out */
    bool answered;    /* the last one has */
    bool taken;       /* the connection is the application's */
    bool abandoned;   /* by who was to answer: what is still said leads nowhere */
} hyp_rb_line_t;

#define HYP_RB_LOOPS_MAX 64 /* in one engine: workers keep a set of them in one word */

/* A loop has one run. It stays allocated until the engine is freed, since a worker may still answer to it. */
typedef struct {
    _Atomic(hyp_loop_t *) loop; /* NULL until it runs */
    bool closed;                /* its descriptors are gone; under the GVL */
    uint64_t requests_before;   /* that its counters had from an earlier engine */
} hyp_rb_loop_t;

/* What belongs to no thread alone. All members are used with the GVL, but for the queue, which has its own lock, and
 * the loops' pointers, which are set once. */
struct hyp_rb_engine {
    struct hyp_rb_engine *prev, *next; /* all of the process */
    hyp_request_queue_t *queue;
    const hyp_backend_ops_t *backend;
    hyp_limits_t limits;
    hyp_rb_loop_t loops[HYP_RB_LOOPS_MAX];
    uint16_t loop_count;
    pid_t owner;                          /* the process in which something ran; 0 before */
    uint64_t waited;                      /* milliseconds, of all requests together, in the queue */
    hyp_scoreboard_t *board;              /* owned reference, or NULL */
    unsigned slot;                        /* of the board */
    hyp_counters_t *counters;             /* of Ruby's threads: in the board, or `own_counters` */
    hyp_route_counters_t *route_counters; /* of Ruby's threads; NULL without a board */
    const hyp_route_set_t *counted_set;   /* whose routes are told apart; NULL without a board */
    hyp_counters_t own_counters;
    struct hyp_rb_worker *workers; /* all that may serve a request, threads or fibers */
    uint64_t gc_every;             /* requests; 0: never */
    uint64_t gc_due;               /* when so many were served */
    uint64_t gc_count;
    bool by_hand;
    bool shared_listener; /* other processes accept from it too */
    bool stopping;
    uint32_t patience;      /* milliseconds, of a stop in favour of another process */
    uint32_t stop_deadline; /* milliseconds */
    bool lifecycle_active;
    bool keeps_listener;
    hyp_rb_holds_t holds;
    VALUE app;
    VALUE routes; /* frozen Array of RouteSets */
    VALUE env_template;
    VALUE lifecycle_callback;
    VALUE handoff_callback;
    VALUE observer;
    VALUE error_reporter;
    VALUE trouble_reporter;
    VALUE cleaner; /* called after each request; nil: none */
    VALUE health;  /* Hyperion::Http::Health, or nil */
    const hyp_rb_health_t *health_state;
    VALUE trusted_proxies; /* Hyperion::Http::Networks, or nil */
    VALUE proxy_protocol;  /* the same */
    VALUE access_log;      /* Hyperion::Http::AccessLog, or nil */
    hyp_access_log_t *log; /* owned reference, or NULL */
    hyp_rb_line_t lines;   /* that are kept; sentinel */
    bool has_hijack;       /* the env is to have rack.hijack */
    bool has_hints;        /* and rack.early_hints */
};

hyp_rb_engine_t *hyp_rb_engine(VALUE object);

/* `callable`, or ArgumentError when it is neither nil nor answers #call. */
VALUE hyp_rb_callable(VALUE callable, const char *what);

/* A frozen Array of at most HYP_ROUTE_SETS RouteSets; Qundef: an empty one. ArgumentError or TypeError for anything
 * else. */
VALUE hyp_rb_route_sets(VALUE routes);

/* The last of the sets, which are what the server was given rather than its own; NULL without any. */
const hyp_route_set_t *hyp_rb_counted_set(VALUE routes);

/* A frozen Hash with what `template` has; Qundef: an empty one. TypeError for anything else. */
VALUE hyp_rb_env_template(VALUE template);

/* Remembers this process as the owner; Hyperion::Error in another one. */
void hyp_rb_engine_own(hyp_rb_engine_t *engine);

/* True in a process that has inherited a running engine by fork. */
bool hyp_rb_engine_is_inherited(const hyp_rb_engine_t *engine);

/* Asks all loops, also those that run later, to drain. */
void hyp_rb_engine_stop(hyp_rb_engine_t *engine, uint32_t deadline_ms);

/* What a loop must know of the callbacks. */
void hyp_rb_engine_tell(hyp_rb_engine_t *engine, hyp_loop_t *loop);

/* ---- rb_run.c ---- */

/* Engine#run_loop. */
VALUE hyp_rb_engine_run_loop(VALUE self, VALUE index, VALUE listener_fd);

/* ---- rb_scoreboard.c: Hyperion::Scoreboard ---- */

/* The board and this process's slot of it; TypeError for anything else, Hyperion::Error when the process has none. The caller
 * takes a reference when it keeps the board. */
hyp_scoreboard_t *hyp_rb_scoreboard(VALUE object, unsigned *slot);

/* ---- rb_stats.c ---- */

/* A member that is an _Atomic uint64_t. */
typedef struct {
    const char *name;
    size_t offset;
} hyp_rb_field_t;

/* Name, as a Symbol, to value. */
VALUE hyp_rb_fields_hash(const hyp_rb_field_t *fields, size_t count, const void *base);
VALUE hyp_rb_counters_hash(const hyp_counters_t *counters);

/* Requests that a loop has answered or passed on. */
uint64_t hyp_rb_loop_requests(const hyp_counters_t *counters);

/* Engine#stats and #requests_served. */
VALUE hyp_rb_engine_stats(VALUE self);
VALUE hyp_rb_engine_requests_served(VALUE self);

uint64_t hyp_rb_engine_requests(const hyp_rb_engine_t *engine);

/* Engines are counted from _enter to _leave, and what they have served for ever. */
void hyp_rb_engines_enter(hyp_rb_engine_t *engine);
void hyp_rb_engines_leave(hyp_rb_engine_t *engine);

/* Requests served by all engines of this process. */
uint64_t hyp_rb_engines_requests(void);

/* ---- rb_worker.c ---- */

/* The state of a thread that runs jobs; on its stack, so that what it refers to is marked. A cabin has one for each fiber. */
typedef struct hyp_rb_worker {
    hyp_rb_engine_t *engine;
    struct hyp_rb_worker *prev, *next; /* of the engine */
    VALUE thread;
    hyp_worker_t worker;
    hyp_buf_t scratch;
    uint64_t unflushed;    /* a set of loops: answers were pushed that they may nap on */
    hyp_msec_t turn_start; /* when this thread began to run jobs without a break */
    int64_t second;        /* that `date` shows */
    char date[HYP_DATE_LEN + 1];
    hyp_usec_t began;   /* the last request */
    VALUE desk;         /* for claims; nil until the first request */
    hyp_rb_line_t line; /* of the request under way, as are all below */
    VALUE env;          /* nil: none is */
    VALUE claim;        /* rack.hijack, or nil */
    VALUE input;        /* rack.input, or nil */
    hyp_rb_own_t own;
    const hyp_rb_responder_t *responder; /* NULL: none is under way */
    bool input_in_file;                  /* which keeps a file */
} hyp_rb_worker_t;

void hyp_rb_worker_init(hyp_rb_worker_t *worker, hyp_rb_engine_t *engine);
void hyp_rb_worker_free(hyp_rb_worker_t *worker);

/* Puts the worker of the present thread among the engine's, and takes it away. */
void hyp_rb_worker_join(hyp_rb_worker_t *worker);
void hyp_rb_worker_part(hyp_rb_worker_t *worker);

/* Runs a job and ends it. Raises what was raised into this thread. */
void hyp_rb_worker_run(hyp_rb_worker_t *worker, hyp_job_t *job);

/* Lets another thread run when it is its turn. */
void hyp_rb_worker_let_others_run(hyp_rb_worker_t *worker);

/* Frees what loops have given back. */
void hyp_rb_worker_let_go(hyp_rb_worker_t *worker);

/* Runs the jobs that wait, with the GVL, until there are none. Raises what was raised into this thread. */
void hyp_rb_worker_run_pending(hyp_rb_worker_t *worker);

/* Makes the loops look at what was pushed to them; with `now` also those that nap. Without the GVL too, on the
 * worker's thread. */
void hyp_rb_worker_flush(hyp_rb_worker_t *worker, bool now);

/* Engine#run_worker. */
VALUE hyp_rb_engine_run_worker(VALUE self);

/* True for what was raised; false for what Thread#kill and throw leave in $!'s place, which is no object to be
 * asked. */
bool hyp_rb_is_exception(VALUE error);

/* Calls, and answers 0 when the call returned or raised (*error: the exception, or nil). Any other answer must go to
 * rb_jump_tag once nothing is owned any more: the thread is being killed, or left by a throw, or, when it runs a
 * loop by hand, by an interrupt or an exit. */
int hyp_rb_protect(const hyp_rb_engine_t *engine, VALUE (*function)(VALUE), VALUE arg, VALUE *error);

/* Calls the error reporter; what it raises is nobody's concern. `env` may be nil. The answer is as hyp_rb_protect's. */
int hyp_rb_report(hyp_rb_engine_t *engine, VALUE error, VALUE env);

/* Calls the lifecycle callback; what it raises is nobody's concern. The answer is as hyp_rb_protect's. */
int hyp_rb_call_hook(hyp_rb_engine_t *engine, hyp_method method, hyp_slice_t name, hyp_slice_t path);

/* ---- rb_crew.c ---- */

/* Before a worker idles: collects garbage when that is due and nothing else is to be done. */
void hyp_rb_collect_garbage_if_due(hyp_rb_engine_t *engine);

/* ---- rb_line.c ---- */

/* Sends a piece on its way, and takes it over; does not wake the loop. False when the connection has gone with its loop. */
bool hyp_rb_line_push(hyp_rb_line_t *line, hyp_reply_t *reply);

/* Makes the loop look at what was pushed. */
void hyp_rb_line_flush(const hyp_rb_line_t *line);

/* Waits, off the GVL, while too much is unsent. Raises Hyperion::ClientDisconnected, or what was raised into this thread. */
void hyp_rb_line_wait(hyp_rb_line_t *line);

/* Lets go what a line holds; it says nothing. */
void hyp_rb_line_end(hyp_rb_line_t *line);

/* Moves a line into an object, which ends the connection when it is collected before the request is answered. The line that it
 * was counts as answered. */
VALUE hyp_rb_line_keep(hyp_rb_line_t *line);

/* The line of such an object; NULL for any other. */
hyp_rb_line_t *hyp_rb_line(VALUE object);

/* An engine's list: its begin, and its end, upon which every line leads nowhere. */
void hyp_rb_lines_init(hyp_rb_line_t *lines);
void hyp_rb_lines_cut(hyp_rb_line_t *lines);

/* ---- rb_claim.c ---- */

/* What a claim finds its worker by, until that leaves it. */
VALUE hyp_rb_desk_new(hyp_rb_worker_t *worker);
void hyp_rb_desk_leave(VALUE desk);

/* A claim of the request that the worker at this desk is about to serve, and then of the env that it is in. */
VALUE hyp_rb_claim_new(VALUE desk);
void hyp_rb_claim_begin(VALUE claim, VALUE env);

/* The worker leaves the request to who has the claim. */
void hyp_rb_claim_keep(VALUE claim, VALUE line);

/* Takes the connection out of its loop, as an IO, once everything that was pushed has gone out. Nothing else can be answered. Waits
 * off the GVL; raises ClientDisconnected, or what was raised into this thread. */
VALUE hyp_rb_hijack(hyp_rb_line_t *line);

/* ---- rb_serve.c ---- */

/* A piece of the answer to the request under way. The worker is the context of its responders. */
void hyp_rb_worker_emit(void *worker, hyp_reply_t *reply);

/* The env of a request, whose body moves into *input (nil for none). May raise. */
VALUE hyp_rb_request_env(VALUE template, hyp_request_t *request, VALUE *input, hyp_rb_own_t *own);

/* Serves a request and destroys it, whatever happens. The answer is as hyp_rb_protect's. */
int hyp_rb_serve(hyp_rb_worker_t *worker, hyp_request_t *request);

/* Ends a request for its client, with 500 or by cutting its answer, when the fiber that serves it may never go on. Should it, then
 * nothing comes of what it says; the request is its own. */
void hyp_rb_serve_abandoned(hyp_rb_worker_t *worker, const hyp_request_t *request);

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
