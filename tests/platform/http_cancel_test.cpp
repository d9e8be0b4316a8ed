// A cancelled request ends at once, wherever it stands: an exception, a closed connection, nothing left over.
#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <future>
#include <thread>

#include "platform/http_world.hpp"

namespace garner::testing_http {
namespace {

struct HttpCancel : HttpWorld {
    // Starts the download, cancels it when `when` is set, and tells whether it ended by operation_aborted.
    bool aborted_after(HttpClient& http, const std::string& url, std::future<void> when) {
        const HttpRequest request("GET", url);
        MemorySink sink;
        asio::cancellation_signal signal;
        std::exception_ptr thrown;
        asio::co_spawn(
            io, http.download(request, sink),
            asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failed, const Result<HttpReply>&) {
                thrown = failed;
                io.stop();
            }));
        std::thread canceller([&] {
            when.wait();
            asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
        });
        io.restart();
        io.run();
        canceller.join();
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& error) {
            return error.code() == asio::error::operation_aborted;
        }
        return false;
    }
};

TEST_F(HttpCancel, in_the_middle_of_a_download_closes_the_connection) {
    std::promise<void> half_sent;
    std::promise<void> client_gone;
    ScriptedServer server(
        [&](Peer& peer) {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(50'000, 'x'));
            half_sent.set_value();
            peer.wait_for_end();
            client_gone.set_value();
        },
        good_tls());
    EXPECT_TRUE(aborted_after(client(secure(server)), server.url("/"), half_sent.get_future()));
    client_gone.get_future().wait();
}

TEST_F(HttpCancel, while_waiting_for_an_answer_or_a_handshake) {
    std::promise<void> asked;
    ScriptedServer silent([&](Peer& peer) {
        peer.read_request();
        asked.set_value();
        peer.wait_for_end();
    });
    EXPECT_TRUE(aborted_after(client(plain(silent)), silent.url("/"), asked.get_future()));

    std::promise<void> hello;
    ScriptedServer mute([&](Peer& peer) {
        peer.read_some();
        hello.set_value();
        peer.wait_for_end();
    });
    const std::string url = "https://127.0.0.1:" + std::to_string(mute.port()) + "/";
    EXPECT_TRUE(aborted_after(client(plain(mute)), url, hello.get_future()));
}

TEST_F(HttpCancel, while_a_name_is_looked_up) {
    std::promise<void> asked;
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    options.look_up = [&asked, released](const std::string&) -> Result<Addresses> {
        asked.set_value();
        released.wait();
        return Addresses{asio::ip::make_address("127.0.0.1")};
    };
    HttpSettings settings;
    settings.base_url = "https://vendor.example";
    EXPECT_TRUE(aborted_after(client(settings), "https://vendor.example/", asked.get_future()));
    // The network goes while the look-up still hangs; whatever it brings is nobody's.
    clients.clear();
    network.reset();
    release.set_value();
}

TEST_F(HttpCancel, a_name_service_that_hangs_is_given_up_in_time) {
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    options.resolve = Duration(30);
    options.look_up = [released](const std::string&) -> Result<Addresses> {
        released.wait();
        return Failure(FailureKind::transient, "too late");
    };
    HttpSettings settings;
    settings.base_url = "https://vendor.example";
    EXPECT_EQ(
        told(get(client(settings), "https://vendor.example/")),
        "transient: GET https://vendor.example/: resolve vendor.example: no answer from the name service in time");
    release.set_value();
}

TEST_F(HttpCancel, one_look_up_serves_all_who_ask_meanwhile_and_its_answer_is_kept_for_a_while) {
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    std::atomic<int> asked{0};
    options.look_up = [released, &asked](const std::string&) -> Result<Addresses> {
        ++asked;
        released.wait();
        return Addresses{asio::ip::make_address("127.0.0.1")};
    };
    ScriptedServer server(always(reply(200, "x")));
    HttpSettings settings = plain(server);
    settings.base_url = server.url("/", "vendor.example");
    HttpClient& http = client(settings);
    const HttpRequest request("GET", settings.base_url);
    int answered = 0;
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(io, http.exchange(request), [&](std::exception_ptr, const Result<HttpReply>& got) {
            EXPECT_TRUE(got) << told(got);
            if (++answered == 5) io.stop();
        });
    asio::post(io, [&] { release.set_value(); });
    io.run();
    EXPECT_EQ(answered, 5);
    EXPECT_TRUE(get(http, settings.base_url));
    EXPECT_EQ(asked, 1);
}

TEST_F(HttpCancel, a_loop_that_is_destroyed_with_requests_under_way_takes_them_along) {
    auto loop = std::make_unique<asio::io_context>();
    std::promise<void> asked;
    ScriptedServer server([&](Peer& peer) {
        peer.read_request();
        asked.set_value();
        peer.wait_for_end();
    });
    auto net = make_real_network(*loop, nullptr);
    auto made = net->client_for("a", plain(server));
    ASSERT_TRUE(made);
    const HttpRequest request("GET", server.url("/"));
    MemorySink sink;
    asio::co_spawn(*loop, (*made)->download(request, sink), [](std::exception_ptr, const Result<HttpReply>&) {});
    std::thread stopper([&] {
        asked.get_future().wait();
        loop->stop();
    });
    loop->run();
    stopper.join();
    made->reset();
    net.reset();
    loop.reset();
}

}  // namespace
}  // namespace garner::testing_http
