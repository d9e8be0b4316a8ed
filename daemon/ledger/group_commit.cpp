#include "ledger/group_commit.hpp"

#include <algorithm>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace garner {
namespace {

using Handler = asio::any_completion_handler<void(Result<void>)>;

struct Entry {
    Entry(bool writes_, GroupCommit::Verb verb_, Handler handler_)
        : writes(writes_), verb(std::move(verb_)), handler(std::move(handler_)) {}

    bool writes;
    GroupCommit::Verb verb;
    Handler handler;
    Result<void> outcome{};
};

using Group = std::vector<Entry>;

void fail_writes(Group& group, const Failure& failure) {
    for (Entry& entry : group)
        if (entry.writes && entry.outcome) entry.outcome = failure;
}

Result<void> write_one(const Database& database, const GroupCommit::Verb& verb) {
    if (auto begun = database.execute("SAVEPOINT verb"); !begun) return begun;
    auto outcome = verb(database);
    if (outcome) return database.execute("RELEASE verb");
    // A full disk or an I/O error may have undone the whole transaction already; the caller looks at that.
    if (sqlite3_get_autocommit(database.handle()) != 0) return outcome;
    if (auto undone = database.execute("ROLLBACK TO verb; RELEASE verb"); !undone) return undone;
    return outcome;
}

void write_all(const Database& database, Group& group) {
    if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return fail_writes(group, begun.error());
    for (Entry& entry : group) {
        if (!entry.writes) continue;
        entry.outcome = write_one(database, entry.verb);
        if (sqlite3_get_autocommit(database.handle()) != 0)
            return fail_writes(group, entry.outcome ? database.failure("commit") : entry.outcome.error());
    }
    const auto committed = database.execute("COMMIT");
    if (committed) return;
    // Should this fail too, the next group cannot begin, and says so.
    if (sqlite3_get_autocommit(database.handle()) == 0) static_cast<void>(database.execute("ROLLBACK"));
    fail_writes(group, committed.error());
}

// On the worker's thread: touches the database and the entries' verbs and outcomes, never their handlers.
void perform(const Database& database, Group& group) {
    if (std::any_of(group.begin(), group.end(), [](const Entry& entry) { return entry.writes; }))
        write_all(database, group);
    for (Entry& entry : group) {
        if (!entry.writes) entry.outcome = entry.verb(database);
        entry.verb = nullptr;
    }
}

}  // namespace

struct GroupCommit::State : std::enable_shared_from_this<State> {
    State(Database& database_, Worker& worker_, asio::any_io_executor executor_)
        : database(database_), worker(worker_), executor(std::move(executor_)) {}

    void add(Entry entry) {
        waiting.push_back(std::move(entry));
        if (!busy) submit();
    }

    void submit() {
        busy = true;
        const auto group = std::make_shared<Group>(std::exchange(waiting, Group()));
        worker.submit([self = shared_from_this(), group] { perform(self->database, *group); },
                      [self = shared_from_this(), group] { self->finish(*group); });
    }

    void finish(Group& group) {
        busy = false;
        if (closed) return;
        for (Entry& entry : group)
            asio::post(executor, [handler = std::move(entry.handler), outcome = std::move(entry.outcome)]() mutable {
                std::move(handler)(std::move(outcome));
            });
        if (!waiting.empty()) submit();
    }

    Task<Result<void>> queue(bool writes, Verb verb) {
        auto begin = [self = shared_from_this(), writes, verb = std::move(verb)](auto handler) mutable {
            self->add(Entry(writes, std::move(verb), Handler(std::move(handler))));
        };
        return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(std::move(begin),
                                                                                       asio::use_awaitable);
    }

    Database& database;
    Worker& worker;
    asio::any_io_executor executor;
    Group waiting;
    bool busy = false;  ///< one group is with the worker; only one ever is
    bool closed = false;
};

GroupCommit::GroupCommit(Database& database, Worker& worker, asio::any_io_executor executor)
    : state_(std::make_shared<State>(database, worker, std::move(executor))) {}

GroupCommit::~GroupCommit() {
    state_->closed = true;
    const Group abandoned = std::exchange(state_->waiting, Group());
}

Task<Result<void>> GroupCommit::write(Verb verb) { return state_->queue(true, std::move(verb)); }

Task<Result<void>> GroupCommit::ask(Verb question) { return state_->queue(false, std::move(question)); }

}  // namespace garner
