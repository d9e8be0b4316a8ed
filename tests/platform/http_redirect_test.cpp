// Where a source's client may be led, and what it says there. What counts is what the servers saw.
#include <gmock/gmock.h>

#include "platform/http_world.hpp"

namespace garner::testing_http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// "home.example" is the source, "away.example" a stranger; both are this machine.
struct HttpRedirect : HttpWorld {
    HttpRedirect() {
        options.look_up = [this](const std::string& host) -> Result<Addresses> {
            looked_up.push_back(host);
            return Addresses{asio::ip::make_address("127.0.0.1")};
        };
    }
    HttpSettings home(const ScriptedServer& server) const {
        HttpSettings settings = secure(server);
        settings.base_url = server.url("/", "home.example");
        settings.allow_private_downloads = true;
        return settings;
    }
    static ServerTls tls() {
        CertificateWish wish;
        wish.dns_names = {"home.example", "away.example"};
        ServerTls made;
        made.pair = test_authority().issue(wish);
        return made;
    }
    static std::string to(const std::string& location, int status = 302) {
        return reply(status, "moved", {"Location: " + location});
    }
    std::vector<std::string> looked_up;
};

TEST_F(HttpRedirect, a_get_follows_and_a_post_hands_the_redirect_back) {
    ScriptedServer server(answering([](const std::string& request) {
                              return first_line(request).find("/old") != std::string::npos ? to("/new?x=%2F", 307)
                                                                                           : reply(200, "here");
                          }),
                          tls());
    HttpClient& http = client(home(server));
    const auto got = get(http, server.url("/old", "home.example"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->body, "here");
    EXPECT_EQ(first_line(server.requests().at(1)), "GET /new?x=%2F HTTP/1.1");
    const auto posted = exchange(http, HttpRequest("POST", server.url("/old", "home.example")));
    ASSERT_TRUE(posted) << told(posted);
    EXPECT_EQ(posted->head.status, 307);
    EXPECT_EQ(posted->body, "moved");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpRedirect, five_are_followed_and_a_loop_is_rejected) {
    ScriptedServer server(answering([](const std::string& request) {
                              const int n = std::stoi(first_line(request).substr(5));
                              return n == 0 ? reply(200, "end") : to("/" + std::to_string(n - 1));
                          }),
                          tls());
    HttpClient& http = client(home(server));
    EXPECT_EQ(told(get(http, server.url("/5", "home.example"))), "success");
    EXPECT_THAT(told(get(http, server.url("/6", "home.example"))),
                AllOf(StartsWith("rejected: "), HasSubstr("more than 5 redirects")));
    EXPECT_EQ(server.requests().size(), 12U);
}

// Lets so many through.
struct CountingGate final : RequestGate {
    int left = 0;
    int asked = 0;
    Task<Result<void>> pass() override {
        ++asked;
        if (left-- > 0) co_return Result<void>();
        co_return Failure(FailureKind::transient, "the gate is shut");
    }
};

TEST_F(HttpRedirect, each_request_that_follows_one_asks_the_gate) {
    ScriptedServer server(answering([](const std::string& request) {
                              const int n = std::stoi(first_line(request).substr(5));
                              return n == 0 ? reply(200, "end") : to("/" + std::to_string(n - 1));
                          }),
                          tls());
    HttpClient& http = client(home(server));
    CountingGate gate;
    gate.left = 5;
    HttpRequest request("GET", server.url("/3", "home.example"));
    request.gate = &gate;
    EXPECT_EQ(told(exchange(http, request)), "success");
    EXPECT_EQ(gate.asked, 3) << "the first request is whoever asks's own";
    gate.left = 1;
    EXPECT_THAT(told(exchange(http, request)), HasSubstr("the gate is shut"));
    EXPECT_EQ(server.requests().size(), 6U) << "and is not sent";
}

TEST_F(HttpRedirect, credentials_and_unknown_headers_stay_at_home) {
    ScriptedServer away(always(reply(200, "file")), tls());
    const std::string presigned =
        away.url("/b/f.csv?X-Amz-Credential=a%2Fb%2fc&X=1+2&sig=~a%7E!'()*;:@,/?&&=", "away.example");
    ScriptedServer server(always(to(presigned)), tls());
    HttpRequest request("GET", server.url("/file", "home.example"));
    request.authorization = Secret("Basic canary");
    request.headers = {{"Accept", "text/csv"}, {"Range", "bytes=5-"},   {"If-Range", "\"e\""},
                       {"User-Agent", "me"},   {"X-Api-Key", "canary"}, {"Cookie", "canary"}};
    MemorySink sink;
    const auto got = run(io, client(home(server)).download(request, sink));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(sink.text(), "file");

    const std::string at_home = server.requests().at(0);
    EXPECT_EQ(header_of(at_home, "authorization"), "Basic canary");
    EXPECT_EQ(header_of(at_home, "x-api-key"), "canary");
    const std::string abroad = away.requests().at(0);
    EXPECT_THAT(abroad, Not(HasSubstr("canary")));
    EXPECT_EQ(first_line(abroad), "GET " + presigned.substr(presigned.find("/b/f.csv")) + " HTTP/1.1")
        << "byte for byte";
    EXPECT_EQ(header_of(abroad, "host"), "away.example:" + std::to_string(away.port()));
    EXPECT_EQ(header_of(abroad, "range"), "bytes=5-");
    EXPECT_EQ(header_of(abroad, "if-range"), "\"e\"");
    EXPECT_EQ(header_of(abroad, "accept"), "text/csv");
    EXPECT_EQ(header_of(abroad, "user-agent"), "me");
}

TEST_F(HttpRedirect, another_port_of_the_own_host_gets_no_credential_but_may_be_private) {
    ScriptedServer other(always(reply(200, "file")), tls());
    ScriptedServer server(always(to(other.url("/f", "home.example"))), tls());
    HttpSettings settings = home(server);
    settings.allow_private_downloads = false;
    HttpRequest request("GET", server.url("/", "home.example"));
    request.authorization = Secret("Basic canary");
    const auto got = exchange(client(settings), request);
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(header_of(other.requests().at(0), "authorization"), "(none)");
}

TEST_F(HttpRedirect, a_private_address_of_a_stranger_is_rejected_unless_allowed) {
    ScriptedServer away(always(reply(200, "inside")), tls());
    ScriptedServer server(always(to(away.url("/f?sig=canary", "away.example"))), tls());
    HttpSettings settings = home(server);
    // First a client that may, so that a kept connection is there to be misused.
    ASSERT_EQ(told(get(client(settings), server.url("/", "home.example"))), "success");
    settings.allow_private_downloads = false;
    const auto got = get(client(settings), server.url("/", "home.example"));
    EXPECT_THAT(told(got),
                AllOf(StartsWith("rejected: "), HasSubstr("away.example"), HasSubstr("loopback address 127.0.0.1"),
                      HasSubstr("set allow_private_downloads: true"), Not(HasSubstr("canary"))));
    EXPECT_EQ(away.requests().size(), 1U);

    MemorySink sink;
    EXPECT_THAT(told(download(client(settings), away.url("/f", "away.example"), sink)), StartsWith("rejected: "))
        << "without a redirect too";
}

TEST_F(HttpRedirect, an_address_in_any_notation_is_judged_as_the_address_that_it_is) {
    options.look_up = look_up_by_system;
    ScriptedServer away(always(reply(200, "inside")), tls());
    HttpSettings settings = home(away);
    settings.allow_private_downloads = false;
    HttpClient& http = client(settings);
    for (const char* host : {"127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0", "[::1]",
                             "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "169.254.169.254", "10.0.0.1",
                             "[fd00::1]", "[64:ff9b::10.0.0.1]", "localhost", "LOCALHOST."})
        EXPECT_THAT(told(get(http, away.url("/", host))),
                    AllOf(StartsWith("rejected: "), HasSubstr("set allow_private_downloads")))
            << host;
    EXPECT_EQ(away.connections(), 0);
}

TEST_F(HttpRedirect, of_several_addresses_only_public_ones_are_connected_to) {
    options.connect_address = options.connect = Duration(30);
    options.look_up = [](const std::string& host) -> Result<Addresses> {
        if (host == "home.example") return Addresses{asio::ip::make_address("127.0.0.1")};
        return Addresses{asio::ip::make_address("10.0.0.1"), asio::ip::make_address("127.0.0.1"),
                         asio::ip::make_address("::1")};
    };
    ScriptedServer server(always(reply(200, "x")), tls());
    HttpSettings settings = home(server);
    settings.allow_private_downloads = false;
    EXPECT_THAT(told(get(client(settings), server.url("/", "away.example"))), StartsWith("rejected: "));
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpRedirect, a_name_is_looked_up_once_so_that_no_second_answer_can_lead_elsewhere) {
    ScriptedServer server(always(reply(200, "x", {"Connection: close"})), tls());
    HttpClient& http = client(home(server));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(get(http, server.url("/", "home.example")));
    EXPECT_EQ(looked_up, std::vector<std::string>{"home.example"});
}

TEST_F(HttpRedirect, https_is_never_given_up_for_http) {
    ScriptedServer open(always(reply(200, "x")));
    ScriptedServer server(always(to(open.url("/", "home.example"))), tls());
    HttpSettings settings = home(server);
    settings.allow_http = true;
    EXPECT_THAT(told(get(client(settings), server.url("/", "home.example"))),
                AllOf(StartsWith("rejected: "), HasSubstr("from https to http")));
    EXPECT_EQ(open.connections(), 0);
    ScriptedServer upwards(always(to(server.url("/", "home.example"))));
    ScriptedServer target(always(reply(200, "safe")), tls());
    ScriptedServer start(always(to(target.url("/", "home.example"))));
    settings.base_url = start.url("/", "home.example");
    EXPECT_EQ(told(get(client(settings), settings.base_url)), "success") << "from http to https is fine";
}

TEST_F(HttpRedirect, other_schemes_and_user_information_are_rejected_and_not_told) {
    for (const char* location :
         {"file:///etc/passwd", "ftp://away.example/x", "gopher://away.example/", "data:text/plain,x",
          "https://user:canary@away.example/", "https:/away.example", "https://", "https://away.example:99999/",
          "https://away.example/a b", "//canary@away.example/"}) {
        ScriptedServer server(always(to(location)), tls());
        EXPECT_THAT(told(get(client(home(server)), server.url("/", "home.example"))),
                    AllOf(StartsWith("rejected: "), Not(HasSubstr("canary"))))
            << location;
    }
}

TEST_F(HttpRedirect, a_redirect_without_a_location_is_just_a_status) {
    ScriptedServer server(always(reply(302, "where to?")), tls());
    const auto got = get(client(home(server)), server.url("/", "home.example"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->head.status, 302);
}

TEST_F(HttpRedirect, the_query_of_a_presigned_url_is_in_no_message) {
    ScriptedServer server([](Peer& peer) { peer.read_request(); }, tls());
    const auto got = get(client(home(server)), server.url("/f?X-Amz-Signature=canary", "home.example"));
    EXPECT_THAT(told(got), AllOf(StartsWith("uncertain: "), HasSubstr("/f?..."), Not(HasSubstr("canary"))));
}

}  // namespace
}  // namespace garner::testing_http
