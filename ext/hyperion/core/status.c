#include "status.h"

#include <string.h>

typedef struct {
    int http;
    const char *text;
} status_row_t;

#define STATUS_ROW(name, http, text) {(http), (text)},
static const status_row_t status_rows[HYP_STATUS_COUNT] = {HYP_STATUS_MAP(STATUS_ROW)};
#undef STATUS_ROW

const char *hyp_status_text(hyp_status status)
{
    if (status < 0) return strerror(-status);
    return status < HYP_STATUS_COUNT ? status_rows[status].text : "unknown status";
}

int hyp_status_http(hyp_status status)
{
    if (status < 0) return 500;
    return status < HYP_STATUS_COUNT ? status_rows[status].http : 0;
}
