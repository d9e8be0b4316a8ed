// What a connector under test works with: a scripted client, a clock that stands still until a test moves it, and
// logins that can be forgotten.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "connectors/connector.hpp"
#include "scripted_client.hpp"

namespace garner {

class FakeClock final : public Clock {
public:
    WallTime wall = from_unix_ms(1'800'000'000'000);
    SteadyTime steady{Duration(5'000'000)};

    void pass(Duration d) {
        wall += d;
        steady += d;
    }

    WallTime wall_now() const override { return wall; }
    SteadyTime steady_now() const override { return steady; }
    Task<> sleep_until(SteadyTime) override {
        ADD_FAILURE() << "connectors do not wait: that is the engine's";
        co_return;
    }
};

struct Bench {
    asio::io_context loop;
    FakeClock clock;
    ScriptedClient http;
    std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>(loop.get_executor());

    ConnectorTools tools() { return tools_with(http); }
    ConnectorTools tools_with(HttpClient& client) {
        return {client, clock, sessions, "4c07bc67-57ea-42dd-b702-c2d6c45419fc"};
    }
    void forget_logins() { sessions = std::make_shared<Sessions>(loop.get_executor()); }

    /// Runs to the end.
    template <class T>
    T finish(Task<T> task) {
        std::optional<T> value;
        asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& failed, T result) {
            if (failed) std::rethrow_exception(failed);
            value.emplace(std::move(result));
        });
        loop.restart();
        loop.run();
        return std::move(value).value();
    }
};

}  // namespace garner
