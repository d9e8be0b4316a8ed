// The pure rules as tables: addresses, URLs, redirects' goals.
#include <gmock/gmock.h>

#include "platform/real/address.hpp"
#include "platform/real/http_url.hpp"
#include "platform/real/visit_rules.hpp"

namespace garner {
namespace {

TEST(HttpAddress, only_the_public_internet_is_public) {
    struct Row {
        const char* address;
        const char* kind;
    };
    constexpr Row table[]{
        {"8.8.8.8", ""},
        {"1.1.1.1", ""},
        {"0.0.0.0", "unspecified"},
        {"0.1.2.3", "unspecified"},
        {"10.255.255.255", "private"},
        {"11.0.0.0", ""},
        {"100.63.255.255", ""},
        {"100.64.0.0", "private"},
        {"100.127.255.255", "private"},
        {"100.128.0.0", ""},
        {"127.255.255.255", "loopback"},
        {"169.254.169.254", "link-local"},
        {"169.253.255.255", ""},
        {"172.15.255.255", ""},
        {"172.16.0.0", "private"},
        {"172.31.255.255", "private"},
        {"172.32.0.0", ""},
        {"192.168.1.1", "private"},
        {"192.169.0.0", ""},
        {"192.0.2.1", "documentation"},
        {"198.19.255.255", "private"},
        {"223.255.255.255", ""},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "reserved"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"::7f00:1", "loopback"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:10.0.0.1", "private"},
        {"::ffff:8.8.8.8", ""},
        {"64:ff9b::10.0.0.1", "private"},
        {"64:ff9b::8.8.8.8", ""},
        {"64:ff9b:1::8.8.8.8", "private"},
        {"2002:7f00:1::", "loopback"},
        {"2002:808:808::1", ""},
        {"2001:0:1::1", "reserved"},
        {"2001:db8::1", "documentation"},
        {"2001:4860:4860::8888", ""},
        {"2a00:1450:4001:800::200e", ""},
        {"fe80::1", "link-local"},
        {"febf::1", "link-local"},
        {"fec0::1", "private"},
        {"fc00::1", "private"},
        {"fdff::1", "private"},
        {"ff02::1", "multicast"},
        {"100::1", "reserved"},
        {"4000::1", "reserved"},
    };
    for (const Row& row : table)
        EXPECT_EQ(non_public_kind(boost::asio::ip::make_address(row.address)), row.kind) << row.address;
}

TEST(HttpAddress, odd_notations_are_addresses_to_a_resolver_but_not_to_us) {
    struct Row {
        const char* host;
        const char* numeric;  // empty: a name
        bool strict;
    };
    constexpr Row table[]{
        {"127.0.0.1", "127.0.0.1", true},
        {"127.1", "127.0.0.1", false},
        {"0x7f.1", "127.0.0.1", false},
        {"0x7f000001", "127.0.0.1", false},
        {"2130706433", "127.0.0.1", false},
        {"017700000001", "127.0.0.1", false},
        {"0", "0.0.0.0", false},
        {"::1", "::1", true},
        {"::ffff:7f00:1", "::ffff:127.0.0.1", true},
        {"vendor.example", "", false},
        {"1.2.3.4.5", "", false},
        {"", "", false},
    };
    for (const Row& row : table) {
        const auto numeric = numeric_address(row.host);
        EXPECT_EQ(numeric ? numeric->to_string() : "", row.numeric) << row.host;
        EXPECT_EQ(strict_address(row.host).has_value(), row.strict) << row.host;
    }
}

TEST(HttpUrl, is_taken_apart_without_touching_the_target) {
    struct Row {
        const char* url;
        const char* origin;
        const char* authority;
        const char* target;
    };
    constexpr Row table[]{
        {"https://Vendor.Example", "https://vendor.example:443", "vendor.example", "/"},
        {"HTTPS://vendor.example.:443/", "https://vendor.example:443", "vendor.example", "/"},
        {"http://vendor.example:8080/a/../b?c", "http://vendor.example:8080", "vendor.example:8080", "/a/../b?c"},
        {"https://vendor.example?x=y#z", "https://vendor.example:443", "vendor.example", "/?x=y"},
        {"https://vendor.example:/%7e/%2F?a=%2B+&b={}|\"^`<>\\#f", "https://vendor.example:443", "vendor.example",
         "/%7e/%2F?a=%2B+&b={}|\"^`<>\\"},
        {"https://[2001:DB8::0:1]:8443/", "https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "/"},
        {"https://10.0.0.1/a@b:c//d", "https://10.0.0.1:443", "10.0.0.1", "/a@b:c//d"},
    };
    for (const Row& row : table) {
        const auto url = parse_http_url(row.url);
        ASSERT_TRUE(url) << row.url << ": " << url.error().what;
        EXPECT_EQ(url->origin(), row.origin);
        EXPECT_EQ(url->authority(), row.authority);
        EXPECT_EQ(url->target, row.target);
    }
}

TEST(HttpUrl, what_cannot_be_asked_safely_is_refused) {
    for (const char* url : {"",
                            "vendor.example",
                            "/path",
                            "//vendor.example/",
                            "ftp://vendor.example/",
                            "file:///etc/passwd",
                            "javascript:alert(1)",
                            "https:vendor.example",
                            "https:///path",
                            "https://@vendor.example/",
                            "https://user@vendor.example/",
                            "https://a:b@vendor.example/",
                            "https://vendor.example:0/",
                            "https://vendor.example:65536/",
                            "https://vendor.example:x/",
                            "https://vendor%2eexample/",
                            "https://vendor\\.example/",
                            "https://ven dor/",
                            "https://vendor.example/a b",
                            "https://vendor.example/\n",
                            "https://vendor.example/\x7f",
                            "https://vendor.example/\xc3\xa9",
                            "https://v\xc3\xa9ndor.example/",
                            "https://[::1/",
                            "https://[fe80::1%25eth0]/",
                            "https://[v1.x]/",
                            "https://vendor.example\\@evil.example/"}) {
        const auto parsed = parse_http_url(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error().kind, FailureKind::rejected);
    }
}

TEST(HttpUrl, locations_mean_what_rfc_3986_says) {
    const auto base = parse_http_url("http://a/b/c/d;p?q");
    ASSERT_TRUE(base);
    struct Row {
        const char* location;
        const char* url;
    };
    constexpr Row table[]{
        {"https://x/y?z", "https://x/y?z"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {".", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../../g", "http://a/g"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"", "http://a/b/c/d;p?q"},
        {"g:h", "g:h"},
        {" /g ", "http://a/g"},
    };
    for (const Row& row : table) EXPECT_EQ(resolve_location(*base, row.location), row.url) << row.location;
}

TEST(HttpRules, headers_of_the_client_itself_cannot_be_replaced) {
    const auto url = parse_http_url("https://vendor.example/");
    ASSERT_TRUE(url);
    HttpRequest request("GET", "https://vendor.example/");
    request.headers = {{"Host", "evil"},
                       {"Content-Length", "5"},
                       {"Transfer-Encoding", "chunked"},
                       {"Accept-Encoding", "gzip"},
                       {"Proxy-Authorization", "x"},
                       {"Connection", "x"}};
    const auto text = write_request(request, *url, Nearness::own_origin, nullptr, false);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, "GET / HTTP/1.1\r\nHost: vendor.example\r\nUser-Agent: garner/" GARNER_VERSION
                     "\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n");
}

}  // namespace
}  // namespace garner
