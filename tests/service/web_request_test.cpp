// What a request must look like: everything that two programs could read differently is refused.
#include "service/web_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace garner {
namespace {

TEST(web_request, a_plain_scrape_is_read) {
    const auto request = parse_request_head(
        "GET /metrics?x=1 HTTP/1.1\r\nHost: plant:9847\r\nAuthorization: Basic YTpi\r\nAccept: */*\r\n\r\n");
    EXPECT_EQ(request.refuse_status, 0) << request.refuse_reason;
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/metrics?x=1");
    EXPECT_EQ(request.authorization, "Basic YTpi");
    EXPECT_TRUE(request.keep_alive);
}

TEST(web_request, an_old_client_needs_no_host_and_gets_no_kept_connection) {
    const auto request = parse_request_head("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(request.refuse_status, 0) << request.refuse_reason;
    EXPECT_FALSE(request.keep_alive);
}

TEST(web_request, odd_requests_are_refused) {
    struct Case {
        std::string head;
        int status;
    };
    const std::vector<Case> cases{
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 413},
        {"GET / HTTP/1.1\r\nHost: a\r\nX-Long: b\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
        {"GET http://elsewhere/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"\x16\x03\x01 a TLS hello\r\n\r\n", 400},
        {"GET\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400},
    };
    for (const Case& c : cases) EXPECT_EQ(parse_request_head(c.head).refuse_status, c.status) << c.head;
}

TEST(web_request, the_head_ends_at_its_empty_line) {
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\nHost: a\r\n"), std::nullopt);
    EXPECT_EQ(find_head_end("GET / HTTP/1.0\r\n\r\nrest"), 18U);
}

}  // namespace
}  // namespace garner
