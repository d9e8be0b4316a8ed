// The daemon's own reader of the ledger: a read-only connection on a worker's thread, so that a scrape neither waits
// for the writer nor stands on the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ledger/reader.hpp"
#include "platform/task.hpp"
#include "platform/worker.hpp"
#include "service/on_worker.hpp"

namespace garner {

class LedgerView {
public:
    LedgerView(Worker& worker, std::string path) : worker_(worker), connection_(std::make_shared<Connection>()) {
        connection_->path = std::move(path);
    }

    /// The answer of `question`, which runs off the loop and owns what it touches.
    template <class T>
    Task<Result<T>> ask(std::function<Result<T>(const LedgerReader&)> question) {
        auto answer = std::make_shared<std::optional<Result<T>>>();
        std::function<void()> work = [connection = connection_, question = std::move(question), answer] {
            auto opened = open(*connection);
            if (!opened) {
                answer->emplace(opened.error());
                return;
            }
            answer->emplace(question(LedgerReader(*connection->database)));
            if (!answer->value()) connection->database.reset();  // opened afresh next time
        };
        co_await on_worker(worker_, std::move(work));
        co_return std::move(answer->value());
    }

private:
    struct Connection {
        std::string path;
        std::optional<Database> database;
    };

    static Result<void> open(Connection& connection) {
        if (connection.database) return {};
        auto database = Database::open_for_reading(connection.path);
        if (!database) return database.error();
        connection.database.emplace(std::move(*database));
        return {};
    }

    Worker& worker_;
    std::shared_ptr<Connection> connection_;
};

}  // namespace garner
