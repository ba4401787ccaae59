/* What is asked of the kernel, and Ruby has no words for. */
#include "rb_hyperion.h"

#include "core/loop.h"

#ifdef __linux__
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define TCP_FLAGS 13 /* offset in a TCP header, at which a socket's filter begins to look */
#define TCP_SYN 0x02

/* Processes whose parents end become this one's children, and are not init's. */
static VALUE adopt_orphans(VALUE self)
{
    (void)self;
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? Qtrue : Qfalse;
}

/* Connections that begin from now on are dropped without an answer, so that their clients ask again and are refused once the
 * listener is closed. Those that have begun go on: none is in the queue when it is closed, and reset by that. Connections
 * inherit the filter, and it does nothing to them. */
static VALUE turn_away(VALUE self, VALUE descriptor)
{
    (void)self;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    int status = setsockopt(NUM2INT(descriptor), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    return status == 0 ? Qtrue : Qfalse;
}
#else
static VALUE adopt_orphans(VALUE self)
{
    (void)self;
    return Qfalse;
}

static VALUE turn_away(VALUE self, VALUE descriptor)
{
    (void)self;
    (void)descriptor;
    return Qfalse;
}
#endif

/* As a loop does to its own. */
static VALUE prepare_listener(VALUE self, VALUE descriptor)
{
    (void)self;
    hyp_listener_set_options(NUM2INT(descriptor));
    return Qnil;
}

void hyp_rb_init_system(void)
{
    VALUE module = rb_define_module_under(hyp_rb_mHyperion, "System");
    rb_define_singleton_method(module, "adopt_orphans", adopt_orphans, 0);
    rb_define_singleton_method(module, "turn_away", turn_away, 1);
    rb_define_singleton_method(module, "prepare_listener", prepare_listener, 1);
}
