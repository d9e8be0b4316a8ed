// Whom the client trusts, and what it says when it does not.
#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <atomic>

#include "platform/http_world.hpp"

namespace garner::testing_http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct HttpTls : HttpWorld {
    Result<HttpReply> ask(const ServerTls& tls, const std::function<void(HttpSettings&)>& change = nullptr) {
        ScriptedServer server(always(reply(200, "secret")), tls);
        HttpSettings settings = secure(server);
        if (change) change(settings);
        auto got = get(client(settings), settings.base_url);
        requests_seen = server.requests().size();
        return got;
    }
    std::size_t requests_seen = 0;
};

ServerTls with(const CertificateWish& wish) {
    ServerTls tls;
    tls.pair = test_authority().issue(wish);
    return tls;
}

TEST_F(HttpTls, a_certificate_of_the_configured_ca_for_that_address_is_trusted) {
    const auto got = ask(good_tls());
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->body, "secret");
}

TEST_F(HttpTls, an_expired_certificate_is_rejected_with_its_date) {
    CertificateWish wish;
    wish.valid_from_days = -20;
    wish.valid_to_days = -3;
    const auto got = ask(with(wish));
    EXPECT_THAT(told(got),
                AllOf(StartsWith("rejected: GET https://127.0.0.1:"),
                      HasSubstr("the certificate of 127.0.0.1 expired on 20"), HasSubstr("Z: it must be renewed")));
    EXPECT_EQ(requests_seen, 0U);
}

TEST_F(HttpTls, a_certificate_from_the_future_is_rejected) {
    CertificateWish wish;
    wish.valid_from_days = 5;
    EXPECT_THAT(told(ask(with(wish))),
                AllOf(StartsWith("rejected: "), HasSubstr("is not valid before"), HasSubstr("check the clock")));
}

TEST_F(HttpTls, a_certificate_for_another_host_is_rejected_with_the_names_that_it_has) {
    CertificateWish wish;
    wish.dns_names = {"one.example", "*.two.example"};
    wish.addresses = {"10.1.2.3"};
    EXPECT_THAT(
        told(ask(with(wish))),
        AllOf(StartsWith("rejected: "),
              HasSubstr("wrong host: the certificate is for one.example, *.two.example, 10.1.2.3, not for 127.0.0.1"),
              HasSubstr("set tls_config.server_name")));
    EXPECT_EQ(requests_seen, 0U);
}

TEST_F(HttpTls, a_common_name_is_no_host_name) {
    CertificateWish wish;
    wish.dns_names = {};
    wish.addresses = {};
    EXPECT_THAT(told(ask(with(wish))), AllOf(StartsWith("rejected: "), HasSubstr("wrong host")));
}

TEST_F(HttpTls, an_unknown_ca_is_rejected_with_its_name_and_the_setting) {
    const Authority other("Somebody Else's CA");
    ServerTls tls;
    tls.pair = other.issue();
    EXPECT_THAT(told(ask(tls)),
                AllOf(StartsWith("rejected: "), HasSubstr("unknown issuer"), HasSubstr("Somebody Else's CA"),
                      HasSubstr("ca.pem"), HasSubstr("set tls_config.ca_file")));
    EXPECT_EQ(requests_seen, 0U);
}

TEST_F(HttpTls, without_a_ca_file_the_systems_cas_decide) {
    EXPECT_THAT(told(ask(good_tls(), [](HttpSettings& settings) { settings.tls.ca_file.clear(); })),
                AllOf(StartsWith("rejected: "), HasSubstr("the system's CAs")));
}

TEST_F(HttpTls, a_self_signed_certificate_is_rejected_unless_it_is_the_ca_file) {
    CertificateWish wish;
    wish.self_signed = true;
    const ServerTls tls = with(wish);
    EXPECT_THAT(told(ask(tls)),
                AllOf(StartsWith("rejected: "), HasSubstr("self-signed"), HasSubstr("set tls_config.ca_file")));
    EXPECT_EQ(told(ask(tls,
                       [&](HttpSettings& settings) {
                           settings.tls.ca_file = files.write("self.pem", tls.pair.certificate_pem);
                       })),
              "success");
}

TEST_F(HttpTls, the_server_name_of_the_settings_takes_the_place_of_the_host) {
    CertificateWish wish;
    wish.dns_names = {"one.example"};
    wish.addresses = {};
    EXPECT_EQ(told(ask(with(wish), [](HttpSettings& settings) { settings.tls.server_name = "one.example"; })),
              "success");
}

TEST_F(HttpTls, verification_can_be_switched_off) {
    CertificateWish wish;
    wish.valid_from_days = -20;
    wish.valid_to_days = -3;
    EXPECT_EQ(told(ask(with(wish), [](HttpSettings& settings) { settings.tls.insecure_skip_verify = true; })),
              "success");
}

TEST_F(HttpTls, tls_1_1_is_refused) {
    ServerTls tls = good_tls();
    tls.newest_version = TLS1_1_VERSION;
    EXPECT_THAT(told(ask(tls)), AllOf(StartsWith("rejected: "), HasSubstr("TLS 1.2 or newer")));
}

TEST_F(HttpTls, tls_1_2_is_fine) {
    ServerTls tls = good_tls();
    tls.newest_version = TLS1_2_VERSION;
    EXPECT_EQ(told(ask(tls)), "success");
}

TEST_F(HttpTls, a_plain_server_on_that_port_is_transient_and_told) {
    ScriptedServer server([](Peer& peer) {
        peer.read_some();
        peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    HttpSettings settings = plain(server);
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    EXPECT_THAT(told(get(client(settings), url)), AllOf(StartsWith("transient: "), HasSubstr("does not speak TLS")));
}

TEST_F(HttpTls, a_handshake_that_stalls_or_breaks_is_transient) {
    options.connect = Duration(60);
    ScriptedServer stalls([](Peer& peer) { peer.wait_for_end(); });
    ScriptedServer breaks([](Peer& peer) {
        peer.read_some();
        peer.reset();
    });
    for (const ScriptedServer* server : {&stalls, &breaks}) {
        const std::string url = "https://127.0.0.1:" + std::to_string(server->port()) + "/";
        EXPECT_THAT(told(exchange(client(plain(*server)), HttpRequest("POST", url))),
                    AllOf(StartsWith("transient: "), HasSubstr("TLS handshake with 127.0.0.1")));
    }
}

TEST_F(HttpTls, a_client_certificate_is_shown_and_its_lack_is_rejected) {
    const Authority clients_ca("clients");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        ServerTls tls = good_tls();
        tls.client_ca_pem = clients_ca.certificate_pem();
        tls.newest_version = version;
        EXPECT_THAT(told(ask(tls)), AllOf(StartsWith("rejected: "), HasSubstr("client certificate"),
                                          HasSubstr("set tls_config.cert_file")));
        const KeyPair mine = clients_ca.issue();
        EXPECT_EQ(told(ask(tls,
                           [&](HttpSettings& settings) {
                               settings.tls.cert_file = files.write("me.pem", mine.certificate_pem);
                               settings.tls.key_file = files.write("me.key", mine.key_pem);
                           })),
                  "success");
    }
}

TEST_F(HttpTls, sessions_are_resumed) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        std::atomic<int> resumed{0};
        ServerTls tls = good_tls();
        tls.newest_version = version;
        ScriptedServer server(
            [&resumed](Peer& peer) {
                if (peer.resumed()) ++resumed;
                peer.read_request();
                peer.send(reply(200, "x", {"Connection: close"}));
            },
            tls);
        HttpClient& http = client(secure(server));
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(get(http, server.url("/")));
        EXPECT_EQ(resumed, 2) << "version " << version;
    }
}

TEST_F(HttpTls, kept_connections_work_and_a_closed_one_is_replaced) {
    ScriptedServer server(
        [](Peer& peer) {
            for (int i = 0; i < 2 && !peer.read_request().empty(); ++i) peer.send(reply(200, "x"));
        },
        good_tls());
    HttpClient& http = client(secure(server));
    for (int i = 0; i < 6; ++i) {
        const auto got = get(http, server.url("/"));
        ASSERT_TRUE(got) << told(got);
    }
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpTls, a_session_and_a_connection_of_a_trusting_client_are_not_lent_to_a_strict_one) {
    CertificateWish wish;
    wish.dns_names = {"one.example"};
    wish.addresses = {};
    ScriptedServer server(always(reply(200, "x")), with(wish));
    HttpSettings trusting = secure(server);
    trusting.tls.insecure_skip_verify = true;
    ASSERT_TRUE(get(client(trusting), server.url("/")));
    EXPECT_THAT(told(get(client(secure(server)), server.url("/"))), StartsWith("rejected: "));
}

TEST_F(HttpTls, a_file_that_cannot_be_used_is_named_when_the_client_is_made) {
    const KeyPair pair = test_authority().issue();
    const std::string certificate = files.write("cert.pem", pair.certificate_pem);
    const std::string other_key = files.write("other.key", test_authority().issue().key_pem);
    const std::string nonsense = files.write("nonsense.pem", "hello");
    struct Row {
        TlsSettings tls;
        std::string says;
    };
    const std::string missing = files.path() + "/missing.pem";
    const auto tls = [](std::string ca, std::string cert, std::string key) {
        TlsSettings settings;
        settings.ca_file = std::move(ca);
        settings.cert_file = std::move(cert);
        settings.key_file = std::move(key);
        return settings;
    };
    const std::vector<Row> table{
        {tls(missing, "", ""), "tls_config.ca_file " + missing + ": No such file or directory"},
        {tls(nonsense, "", ""), "tls_config.ca_file " + nonsense + ": holds no PEM certificate"},
        {tls("", missing, other_key), "tls_config.cert_file " + missing + ": No such file"},
        {tls("", certificate, missing), "tls_config.key_file " + missing + ": No such file"},
        {tls("", certificate, nonsense), "tls_config.key_file " + nonsense + ": holds no usable PEM key"},
        {tls("", certificate, other_key), "tls_config.key_file " + other_key},
    };
    for (const Row& row : table) {
        HttpSettings settings;
        settings.base_url = "https://vendor.example";
        settings.tls = row.tls;
        const auto made = net().client_for("press-shop", settings);
        ASSERT_FALSE(made) << row.says;
        EXPECT_EQ(made.error().kind, FailureKind::local);
        EXPECT_THAT(made.error().what, AllOf(StartsWith("source press-shop: "), HasSubstr(row.says)));
    }
}

TEST_F(HttpTls, a_renewed_ca_file_is_read_again_for_new_clients) {
    const Authority other("another CA");
    ServerTls tls;
    tls.pair = other.issue();
    ScriptedServer server(always(reply(200, "x")), tls);
    HttpSettings settings = secure(server);
    EXPECT_THAT(told(get(client(settings), server.url("/"))), StartsWith("rejected: "));
    files.write("ca.pem", other.certificate_pem() + "\n");
    EXPECT_EQ(told(get(client(settings), server.url("/"))), "success");
}

}  // namespace
}  // namespace garner::testing_http
