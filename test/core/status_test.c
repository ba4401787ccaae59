#include "status.h"

#include <errno.h>

#include "test.h"

TEST(status_has_a_text_for_every_member)
{
    for (hyp_status status = HYP_OK; status < HYP_STATUS_COUNT; status++) {
        CHECK(hyp_status_text(status) != NULL && hyp_status_text(status)[0] != '\0');
    }
    CHECK_STR("malformed chunk", hyp_status_text(HYP_REFUSE_CHUNK));
    CHECK_STR("unknown status", hyp_status_text(HYP_STATUS_COUNT));
    CHECK_STR(strerror(ECONNRESET), hyp_status_text(-ECONNRESET));
}

TEST(status_tells_what_a_refusal_is_answered_with)
{
    CHECK_INT(400, hyp_status_http(HYP_REFUSE_CHUNK));
    CHECK_INT(414, hyp_status_http(HYP_REFUSE_TARGET_TOO_LONG));
    CHECK_INT(431, hyp_status_http(HYP_REFUSE_HEAD_TOO_LARGE));
    CHECK_INT(505, hyp_status_http(HYP_REFUSE_VERSION));
    CHECK_INT(500, hyp_status_http(-EIO));
    CHECK_INT(0, hyp_status_http(HYP_OK));
    CHECK_INT(0, hyp_status_http(HYP_AGAIN));
    CHECK_INT(0, hyp_status_http(HYP_STATUS_COUNT));
}
