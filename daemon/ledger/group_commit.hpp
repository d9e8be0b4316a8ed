// One writer, many verbs: what waits while a commit runs goes into the next transaction together, so that a hundred
// verbs cost one fsync. Each has a savepoint of its own, so that one that fails takes nobody with it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "ledger/database.hpp"
#include "platform/task.hpp"
#include "platform/worker.hpp"

namespace garner {

class GroupCommit {
public:
    /// The database and the worker outlive this. The worker does nothing else with the database.
    GroupCommit(Database& database, Worker& worker, asio::any_io_executor executor);
    ~GroupCommit();
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    using Verb = std::function<Result<void>(const Database&)>;

    /// Returns when `verb` is durable, or failed and left nothing. Not cancellable.
    Task<Result<void>> write(Verb verb);

    /// Runs `question` behind the commit that it came with: whatever returned before is seen. A failure says that it
    /// was not asked.
    Task<Result<void>> ask(Verb question);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace garner
