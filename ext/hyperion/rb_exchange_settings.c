/* What an exchange is made with. */
#include "rb_exchange.h"

enum {
    KEY_ROUTES,
    KEY_ENV_TEMPLATE,
    KEY_LIMITS,
    KEY_PEER,
    KEY_APPLICATION,
    KEY_SCOREBOARD,
    KEY_HEALTH,
    KEY_TRUSTED_PROXIES,
    KEY_PROXY_PROTOCOL,
    KEY_ACCESS_LOG,
    KEYS
};

static void read_keywords(int argc, VALUE *argv, VALUE values[KEYS])
{
    VALUE options;
    rb_scan_args(argc, argv, "0:", &options);
    ID keys[KEYS] = {
        [KEY_ROUTES] = rb_intern("routes"),
        [KEY_ENV_TEMPLATE] = rb_intern("env_template"),
        [KEY_LIMITS] = rb_intern("limits"),
        [KEY_PEER] = rb_intern("peer"),
        [KEY_APPLICATION] = rb_intern("application"),
        [KEY_SCOREBOARD] = rb_intern("scoreboard"),
        [KEY_HEALTH] = rb_intern("health"),
        [KEY_TRUSTED_PROXIES] = rb_intern("trusted_proxies"),
        [KEY_PROXY_PROTOCOL] = rb_intern("proxy_protocol"),
        [KEY_ACCESS_LOG] = rb_intern("access_log"),
    };
    rb_get_kwargs(options, keys, 0, KEYS, values);
}

static void set_peer(hyp_rb_exchange_t *exchange, VALUE peer)
{
    if (peer == Qundef || NIL_P(peer)) return;
    const char *text = StringValueCStr(peer);
    if (strlen(text) >= HYP_PEER_BYTES) rb_raise(rb_eArgError, "peer is no printed address: %+" PRIsVALUE, peer);
    hyp_conn_set_peer(&exchange->conn, &exchange->shared, text);
}

static const hyp_networks_t *set_networks(VALUE object, VALUE *holder)
{
    const hyp_networks_t *networks = hyp_rb_networks(object);
    *holder = networks ? object : Qnil;
    return networks;
}

static hyp_verdict health(void *ctx, hyp_msec_t now)
{
    const hyp_rb_exchange_t *exchange = ctx;
    return hyp_rb_health_judge_ruby_loop(hyp_rb_health(exchange->health), now);
}

static void set_health(hyp_rb_exchange_t *exchange, VALUE object)
{
    if (hyp_rb_health(object) == NULL) return;
    exchange->health = object;
    exchange->shared.health = health;
    exchange->shared.health_ctx = exchange;
}

static void set_routes(hyp_rb_exchange_t *exchange, VALUE routes)
{
    exchange->routes = hyp_rb_route_sets(routes);
    for (long i = 0; i < RARRAY_LEN(exchange->routes); i++) {
        hyp_route_reader_init(&exchange->shared.routes[i], hyp_rb_route_set(RARRAY_AREF(exchange->routes, i)));
    }
}

static void use_scoreboard(hyp_rb_exchange_t *exchange, VALUE object)
{
    if (object == Qundef || NIL_P(object)) return;
    unsigned slot;
    hyp_scoreboard_t *board = hyp_rb_scoreboard(object, &slot);
    hyp_scoreboard_retain(board);
    exchange->board = board;
    hyp_tally_t *tally = hyp_scoreboard_tally(board, slot, hyp_scoreboard_loops(board));
    exchange->shared.counters = &tally->counters;
    exchange->shared.route_counters = tally->routes;
    exchange->shared.counted_set = hyp_rb_counted_set(exchange->routes);
}

static void use_access_log(hyp_rb_exchange_t *exchange, VALUE object)
{
    hyp_access_log_t *log = hyp_rb_access_log(object);
    if (log == NULL) return;
    hyp_access_log_retain(log);
    exchange->access_log = object;
    exchange->shared.log = log;
    exchange->shared.log_ring = hyp_rb_access_log_ring_of_ruby(object);
}

VALUE hyp_rb_exchange_initialize(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_unwrap(self);
    if (exchange->initialized) rb_raise(hyp_rb_eError, "exchange is initialized already");
    VALUE values[KEYS];
    read_keywords(argc, argv, values);
    exchange->shared.trusted_proxies = set_networks(values[KEY_TRUSTED_PROXIES], &exchange->trusted_proxies);
    exchange->shared.proxy_protocol = set_networks(values[KEY_PROXY_PROTOCOL], &exchange->proxy_protocol);
    set_peer(exchange, values[KEY_PEER]);
    if (values[KEY_LIMITS] != Qundef) hyp_rb_limits(&exchange->limits, values[KEY_LIMITS]);
    hyp_rb_env_base_init(&exchange->env_base, values[KEY_ENV_TEMPLATE]);
    exchange->shared.has_application = values[KEY_APPLICATION] == Qundef || RTEST(values[KEY_APPLICATION]);
    set_routes(exchange, values[KEY_ROUTES]);
    use_scoreboard(exchange, values[KEY_SCOREBOARD]);
    set_health(exchange, values[KEY_HEALTH]);
    use_access_log(exchange, values[KEY_ACCESS_LOG]);
    hyp_clock_init(&exchange->clock);
    exchange->initialized = true;
    hyp_rb_exchange_settle(exchange);
    return self;
}
