// Where blocking work runs that is not a file's: the ledger's SQLite, a password hash. Real: one thread with a queue,
// results posted back to the loop. Simulated: an event of its own. Jobs of one worker run one after another, in order.
#pragma once

#include <functional>

namespace garner {

class Worker {
public:
    virtual ~Worker() = default;

    /// Runs `work` off the loop, then `done` on the loop. `work` must not throw.
    virtual void submit(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace garner
