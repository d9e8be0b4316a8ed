// An HTTP proxy on the way: CONNECT for https, the absolute form for http, and who sees which credential.
#include <gmock/gmock.h>

#include "platform/http_world.hpp"
#include "platform/real/proxy.hpp"

namespace garner::testing_http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct HttpProxy : HttpWorld {
    // Proxy and source in one: answers the CONNECT, then is the source behind it.
    static std::unique_ptr<ScriptedServer> tunnel(std::string connect_answer) {
        CertificateWish wish;
        wish.dns_names = {"vendor.example"};
        ServerTls tls;
        tls.pair = test_authority().issue(wish);
        return ScriptedServer::with_later_tls(
            [connect_answer](Peer& peer) {
                if (peer.read_request().empty() || !peer.send(connect_answer)) return;
                if (!connect_answer.starts_with("HTTP/1.1 200")) return peer.wait_for_end();
                if (!peer.start_tls()) return;
                while (!peer.read_request().empty()) peer.send(reply(200, "through"));
            },
            tls);
    }
    HttpSettings through(const ScriptedServer& proxy, const std::string& user = "") const {
        HttpSettings settings;
        settings.base_url = "https://vendor.example/";
        settings.proxy_url = "http://" + user + "127.0.0.1:" + std::to_string(proxy.port());
        settings.tls.ca_file = files.write("ca.pem", test_authority().certificate_pem());
        return settings;
    }
};

const char* const connected = "HTTP/1.1 200 Connection established\r\n\r\n";

TEST_F(HttpProxy, https_goes_through_a_tunnel_and_only_the_proxy_sees_its_credential) {
    const auto proxy = tunnel(connected);
    HttpRequest request("GET", "https://vendor.example/x?y");
    request.authorization = Secret("Basic vendors");
    HttpClient& http = client(through(*proxy, "us%40er:pa%3Ass@"));
    for (int i = 0; i < 2; ++i) {
        const auto got = exchange(http, request);
        ASSERT_TRUE(got) << told(got);
        EXPECT_EQ(got->body, "through");
    }
    EXPECT_EQ(proxy->connections(), 1);
    const auto seen = proxy->requests();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(first_line(seen[0]), "CONNECT vendor.example:443 HTTP/1.1");
    EXPECT_EQ(header_of(seen[0], "proxy-authorization"), "Basic dXNAZXI6cGE6c3M=");
    EXPECT_EQ(header_of(seen[0], "authorization"), "(none)");
    EXPECT_EQ(first_line(seen[1]), "GET /x?y HTTP/1.1");
    EXPECT_EQ(header_of(seen[1], "proxy-authorization"), "(none)");
    EXPECT_EQ(header_of(seen[1], "authorization"), "Basic vendors");
}

TEST_F(HttpProxy, a_407_is_rejected_and_says_what_to_set) {
    const auto proxy = tunnel("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(told(get(client(through(*proxy)), "https://vendor.example/")),
                AllOf(StartsWith("rejected: "), HasSubstr("wants a login (407)"), HasSubstr("set proxy_url to")));
    EXPECT_THAT(
        told(get(client(through(*proxy, "user:canary@")), "https://vendor.example/")),
        AllOf(StartsWith("rejected: "), HasSubstr("refuses the login in proxy_url (407)"), Not(HasSubstr("canary"))));
}

TEST_F(HttpProxy, a_proxy_that_cannot_is_transient_and_one_that_will_not_is_rejected) {
    for (const auto& [answer, kind] :
         {std::pair("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nhtml", "transient: "),
          std::pair("HTTP/1.1 403 Forbidden\r\n\r\n", "rejected: ")}) {
        const auto proxy = tunnel(answer);
        EXPECT_THAT(told(exchange(client(through(*proxy)), HttpRequest("POST", "https://vendor.example/"))),
                    AllOf(StartsWith(kind), HasSubstr("CONNECT through the proxy 127.0.0.1:")));
    }
}

TEST_F(HttpProxy, a_tunnel_that_breaks_is_transient_even_for_a_post) {
    ScriptedServer proxy([](Peer& peer) {
        peer.read_request();
        peer.reset();
    });
    EXPECT_THAT(told(exchange(client(through(proxy)), HttpRequest("POST", "https://vendor.example/"))),
                StartsWith("transient: "));
}

TEST_F(HttpProxy, http_goes_in_the_absolute_form) {
    ScriptedServer proxy(always(reply(200, "x")));
    HttpSettings settings = through(proxy, "user:pass@");
    settings.base_url = "http://vendor.example/";
    settings.allow_http = true;
    const auto got = get(client(settings), "http://vendor.example/a?b=%2f");
    ASSERT_TRUE(got) << told(got);
    const std::string seen = proxy.requests().at(0);
    EXPECT_EQ(first_line(seen), "GET http://vendor.example/a?b=%2f HTTP/1.1");
    EXPECT_EQ(header_of(seen, "host"), "vendor.example");
    EXPECT_EQ(header_of(seen, "proxy-authorization"), "Basic dXNlcjpwYXNz");
}

TEST_F(HttpProxy, a_407_for_http_is_rejected_too) {
    ScriptedServer proxy(always(reply(407, "")));
    HttpSettings settings = through(proxy);
    settings.base_url = "http://vendor.example/";
    settings.allow_http = true;
    EXPECT_THAT(told(get(client(settings), "http://vendor.example/")),
                AllOf(StartsWith("rejected: "), HasSubstr("407")));
}

TEST_F(HttpProxy, hosts_in_no_proxy_go_without) {
    ScriptedServer server(always(reply(200, "direct")));
    HttpSettings settings = plain(server);
    settings.proxy_url = "http://127.0.0.1:1";
    settings.no_proxy = {"127.0.0.1"};
    const auto got = get(client(settings), server.url("/"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->body, "direct");
    EXPECT_EQ(first_line(server.requests().at(0)), "GET / HTTP/1.1");
}

TEST_F(HttpProxy, an_address_that_a_stranger_must_not_have_is_not_asked_of_the_proxy_either) {
    const auto proxy = tunnel(connected);
    HttpClient& http = client(through(*proxy));
    for (const char* url : {"https://127.0.0.1/", "https://0x7f.1/", "https://[::1]/", "https://localhost/",
                            "https://169.254.169.254/latest"})
        EXPECT_THAT(told(get(http, url)), AllOf(StartsWith("rejected: "), HasSubstr("set allow_private_downloads")))
            << url;
    EXPECT_EQ(proxy->connections(), 0);
}

TEST(Proxy, no_proxy_is_read_as_prometheus_and_curl_read_it) {
    struct Row {
        const char* rule;
        const char* host;
        bool direct;
    };
    constexpr Row table[]{
        {"*", "anything.example", true},
        {"vendor.example", "vendor.example", true},
        {"Vendor.Example", "vendor.example", true},
        {"vendor.example", "api.vendor.example", true},
        {"vendor.example", "myvendor.example", false},
        {".vendor.example", "api.vendor.example", true},
        {".vendor.example", "vendor.example", false},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.10", false},
        {"0.1", "10.0.0.1", false},
        {"::1", "::1", true},
        {"[::1]", "::1", true},
        {"fd00::0:1", "fd00::1", true},
        {"", "vendor.example", false},
    };
    for (const Row& row : table)
        EXPECT_EQ(goes_without_proxy({"other.example", row.rule}, row.host), row.direct) << row.rule << " " << row.host;
}

TEST(Proxy, only_http_proxies_are_understood_and_no_password_is_told) {
    EXPECT_TRUE(parse_proxy("http://proxy.example:3128"));
    EXPECT_TRUE(parse_proxy("http://proxy.example:3128/"));
    for (const char* url : {"proxy.example:3128", "https://canary@proxy.example", "socks5://proxy.example",
                            "http://u:canary@", "http://u:%zz@proxy.example/", "http://proxy.example/path"}) {
        const auto parsed = parse_proxy(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_THAT(told(parsed), AllOf(StartsWith("rejected: proxy_url must be"), Not(HasSubstr("canary"))));
    }
}

}  // namespace
}  // namespace garner::testing_http
