#include "networks.h"

#include <errno.h>
#include <stdio.h>

#include "test.h"

static hyp_slice_t slice_of(const char *text)
{
    return hyp_slice(text, strlen(text));
}

/* What is printed of an address that was parsed from guarded memory; "" for none. */
static const char *reprint(const char *text)
{
    static char printed[HYP_PEER_BYTES];
    hyp_ip_t ip;
    char *guarded = hyp_test_guarded(text, strlen(text));
    bool parsed = hyp_ip_parse(&ip, hyp_slice(guarded, strlen(text)));
    hyp_test_unguard(guarded, strlen(text));
    printed[0] = '\0';
    if (parsed) hyp_ip_print(&ip, printed);
    return printed;
}

TEST(networks_know_addresses)
{
    CHECK_STR("1.2.3.4", reprint("1.2.3.4"));
    CHECK_STR("255.255.255.255", reprint("255.255.255.255"));
    CHECK_STR("::1", reprint("::1"));
    CHECK_STR("2001:db8::1", reprint("2001:DB8:0:0::1"));
    CHECK_STR("1.2.3.4", reprint("::ffff:1.2.3.4"));
    CHECK_STR("1111:2222:3333:4444:5555:6666:7777:8888", reprint("1111:2222:3333:4444:5555:6666:7777:8888"));
}

TEST(networks_know_what_is_no_address)
{
    static const char *const wrong[] = {
        "",          "1",         "1.2.3",      "1.2.3.256", "1.2.3.4.5",
        "01.2.3.4.", " 1.2.3.4",  "1.2.3.4:80", "[::1]",     "::1%lo",
        ":::",       "localhost", "1.2.3.4\n",  "12345::",   "1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STR("", reprint(wrong[i]));
    hyp_ip_t ip;
    CHECK(!hyp_ip_parse(&ip, hyp_slice("1.2.3.4\0", 8)));
}

static bool contains(const char *network, const char *peer)
{
    hyp_networks_t networks = {.count = 0};
    char *guarded = hyp_test_guarded(network, strlen(network));
    CHECK_INT(HYP_OK, hyp_networks_add(&networks, hyp_slice(guarded, strlen(network))));
    hyp_test_unguard(guarded, strlen(network));
    return hyp_networks_contain_peer(&networks, peer);
}

TEST(networks_contain_addresses_by_their_prefix)
{
    CHECK(contains("10.0.0.0/8", "10.255.0.1"));
    CHECK(!contains("10.0.0.0/8", "11.0.0.0"));
    CHECK(contains("10.1.2.3/8", "10.9.9.9")); /* what is behind the prefix does not count */
    CHECK(contains("192.168.4.0/22", "192.168.7.255"));
    CHECK(!contains("192.168.4.0/22", "192.168.8.0"));
    CHECK(contains("1.2.3.4", "1.2.3.4"));
    CHECK(!contains("1.2.3.4", "1.2.3.5"));
    CHECK(contains("1.2.3.4/31", "1.2.3.5"));
    CHECK(contains("0.0.0.0/0", "1.2.3.4"));
    CHECK(!contains("0.0.0.0/0", "::1"));
    CHECK(contains("::1", "::1"));
    CHECK(!contains("::1", "::2"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK(!contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(contains("::/0", "2001:db8::1"));
    CHECK(contains("::/0", "1.2.3.4"));
}

TEST(networks_see_one_address_in_both_of_its_notations)
{
    CHECK(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
    CHECK(contains("::ffff:10.0.0.0/104", "10.1.1.1"));
    CHECK(!contains("::ffff:10.0.0.0/104", "11.1.1.1"));
}

TEST(networks_have_unix_sockets_only_when_they_are_named)
{
    CHECK(contains("unix:", ""));
    CHECK(!contains("unix:", "127.0.0.1"));
    CHECK(!contains("::/0", ""));
    CHECK(!contains("127.0.0.1", "not an address"));
}

TEST(networks_refuse_what_is_none)
{
    static const char *const wrong[] = {
        "",       "/",        "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ",   "10.0.0.0/8/8",
        "::/129", "10.0.0/8", "unix",      "unix:/tmp/a", "all",         "10.0.0.0/0008", "10.0.0.0/a"};
    hyp_networks_t networks = {.count = 0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_INT(-EINVAL, hyp_networks_add(&networks, slice_of(wrong[i])));
    CHECK_INT(0, networks.count);
}

TEST(networks_are_limited_in_number)
{
    hyp_networks_t networks = {.count = 0};
    for (int i = 0; i < HYP_NETWORKS_MAX; i++) {
        char text[HYP_PEER_BYTES];
        sprintf(text, "10.0.%d.0/24", i);
        CHECK_INT(HYP_OK, hyp_networks_add(&networks, slice_of(text)));
    }
    CHECK_INT(HYP_FULL, hyp_networks_add(&networks, slice_of("1.2.3.4")));
    CHECK_INT(HYP_OK, hyp_networks_add(&networks, slice_of("unix:")));
    CHECK(hyp_networks_contain_peer(&networks, "10.0.255.9"));
    CHECK(!hyp_networks_contain_peer(&networks, "1.2.3.4"));
}
