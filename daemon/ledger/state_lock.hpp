// One daemon per state directory: a lock on `<state_directory>/lock`, which holds the process id. The lock belongs to
// the open file, so it ends with the process however that ends; a lock file that was left behind does not count.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/failure.hpp"

namespace garner {

class StateLock {
public:
    /// Fails (`local`), naming the process that holds it.
    static Result<StateLock> take(const std::string& state_directory);

    /// Who holds the lock, as far as can be told, without touching it: "process 4711". Nothing when it is free.
    static std::optional<std::string> holder(const std::string& state_directory);

    StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    StateLock& operator=(StateLock&& other) noexcept;
    ~StateLock();

private:
    explicit StateLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace garner
