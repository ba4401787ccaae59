/* An engine, and what serves its requests: loops, workers, and the lines between them. */
#ifndef HYP_RB_ENGINE_H
#define HYP_RB_ENGINE_H

#include "core/errand.h"
#include "rb_hyperion.h"

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

/* What belongs to no thread alone. All members are used with the GVL, but for the queue and `asking`, which have their own locks, and
 * the loops' pointers, which are set once. */
struct hyp_rb_engine {
    struct hyp_rb_engine *prev, *next; /* all of the process */
    hyp_request_queue_t *queue;
    hyp_errand_t asking; /* whoever has the GVL to let others run */
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
    hyp_rb_env_base_t env_base;
    VALUE lifecycle_callback;
    VALUE handoff_callback;
    VALUE observer;
    VALUE error_reporter;
    VALUE trouble_reporter;
    VALUE refusal_reporter; /* told the errno when a loop cannot have the engine's backend */
    VALUE cleaner;          /* called after each request; nil: none */
    VALUE health;           /* Hyperion::Http::Health, or nil */
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

/* A claim of the request that the worker at this desk serves as long as this is its claim. */
VALUE hyp_rb_claim_new(VALUE desk);

/* The worker leaves the request to who has the claim. */
void hyp_rb_claim_keep(VALUE claim, VALUE env, VALUE line);

/* Takes the connection out of its loop, as an IO, once everything that was pushed has gone out. Nothing else can be answered. Waits
 * off the GVL; raises ClientDisconnected, or what was raised into this thread. */
VALUE hyp_rb_hijack(hyp_rb_line_t *line);

/* ---- rb_serve.c ---- */

/* A piece of the answer to the request under way. The worker is the context of its responders. */
void hyp_rb_worker_emit(void *worker, hyp_reply_t *reply);

/* The env of a request, whose body moves into *input (nil for none). May raise. */
VALUE hyp_rb_request_env(const hyp_rb_env_base_t *base, hyp_request_t *request, VALUE *input, hyp_rb_own_t *own);

/* Serves a request and destroys it, whatever happens. The answer is as hyp_rb_protect's. */
int hyp_rb_serve(hyp_rb_worker_t *worker, hyp_request_t *request);

/* Ends a request for its client, with 500 or by cutting its answer, when the fiber that serves it may never go on. Should it, then
 * nothing comes of what it says; the request is its own. */
void hyp_rb_serve_abandoned(hyp_rb_worker_t *worker, const hyp_request_t *request);

#endif
