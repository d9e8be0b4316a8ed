#include "platform/real/real_disk.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "platform/real/real_disk_posix.hpp"

namespace garner {
namespace {

// Runs `work` on the pool, then the waiting coroutine on its own executor with the result. The handler owns that
// coroutine's frames and travels with the work: so whatever the frames lend to the work lives until the work is done,
// whatever becomes of the loop.
template <class T>
Task<T> on_pool(asio::thread_pool& pool, std::function<T()> work) {
    auto begin = [&pool, work = std::move(work)](auto handler) mutable {
        auto loop = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
        asio::post(pool, [work = std::move(work), handler = std::move(handler), loop]() mutable {
            T result = work();
            work = nullptr;
            asio::post(loop, [handler = std::move(handler), result = std::move(result)]() mutable {
                std::move(handler)(std::move(result));
            });
        });
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(std::move(begin), asio::use_awaitable);
}

class RealFile final : public WritableFile {
public:
    RealFile(asio::thread_pool& pool, posix::Descriptor descriptor, std::string path)
        : pool_(pool), state_(std::make_shared<State>(std::move(descriptor), std::move(path))) {}

    Task<Result<void>> append(std::span<const std::byte> bytes) override {
        std::function<Result<void>()> work = [state = state_, bytes]() -> Result<void> {
            if (state->failed) return *state->failed;
            return state->remember(posix::write_all(state->descriptor, bytes, state->path));
        };
        return on_pool(pool_, std::move(work));
    }

    Task<Result<void>> sync() override {
        std::function<Result<void>()> work = [state = state_]() -> Result<void> {
            if (state->failed) return *state->failed;
            return state->remember(posix::sync_bytes(state->descriptor, state->path));
        };
        return on_pool(pool_, std::move(work));
    }

private:
    struct State {
        State(posix::Descriptor d, std::string p) : descriptor(std::move(d)), path(std::move(p)) {}

        // After a failed fsync the kernel may have dropped the pages, and a second fsync would lie: the file stays
        // failed.
        Result<void> remember(Result<void> result) {
            if (!result) failed = result.error();
            return result;
        }

        posix::Descriptor descriptor;
        std::string path;
        std::optional<Failure> failed;
    };

    asio::thread_pool& pool_;
    std::shared_ptr<State> state_;
};

using Opened = Result<std::unique_ptr<WritableFile>>;

Opened opened(asio::thread_pool& pool, Result<posix::Descriptor> descriptor, const std::string& path) {
    if (!descriptor) return descriptor.error();
    return std::unique_ptr<WritableFile>(std::make_unique<RealFile>(pool, std::move(*descriptor), path));
}

}  // namespace

RealDisk::RealDisk(std::size_t threads) : pool_(threads) {}

RealDisk::~RealDisk() { pool_.join(); }

Task<Opened> RealDisk::create(std::string path) {
    std::function<Opened()> work = [this, path = std::move(path)] { return opened(pool_, posix::create(path), path); };
    return on_pool(pool_, std::move(work));
}

Task<Opened> RealDisk::reopen(std::string path, std::uint64_t length) {
    std::function<Opened()> work = [this, path = std::move(path), length] {
        return opened(pool_, posix::reopen(path, length), path);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<std::string>> RealDisk::read(std::string path, std::size_t bytes_max) {
    std::function<Result<std::string>()> work = [path = std::move(path), bytes_max] {
        return posix::read(path, bytes_max);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::scan(std::string path, std::optional<std::uint64_t> length,
                                  std::function<void(std::span<const std::byte>)> visit) {
    std::function<Result<void>()> work = [path = std::move(path), length, visit = std::move(visit)] {
        return posix::scan(path, 0, length, visit);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::scan_part(std::string path, std::uint64_t from, std::uint64_t length,
                                       std::function<void(std::span<const std::byte>)> visit) {
    std::function<Result<void>()> work = [path = std::move(path), from, length, visit = std::move(visit)] {
        return posix::scan(path, from, length, visit);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<std::optional<FileInfo>>> RealDisk::stat(std::string path) {
    std::function<Result<std::optional<FileInfo>>()> work = [path = std::move(path)] { return posix::stat(path); };
    return on_pool(pool_, std::move(work));
}

Task<Result<std::vector<DirectoryEntry>>> RealDisk::list(std::string directory) {
    std::function<Result<std::vector<DirectoryEntry>>()> work = [directory = std::move(directory)] {
        return posix::list(directory);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::rename(std::string from, std::string to, IfExists if_exists) {
    std::function<Result<void>()> work = [from = std::move(from), to = std::move(to), if_exists] {
        return posix::rename(from, to, if_exists);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::link(std::string path, std::string second) {
    std::function<Result<void>()> work = [path = std::move(path), second = std::move(second)] {
        return posix::link(path, second);
    };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::remove(std::string path) {
    std::function<Result<void>()> work = [path = std::move(path)] { return posix::remove(path); };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::make_directories(std::string path) {
    std::function<Result<void>()> work = [path = std::move(path)] { return posix::make_directories(path); };
    return on_pool(pool_, std::move(work));
}

Task<Result<void>> RealDisk::sync_directory(std::string path) {
    std::function<Result<void>()> work = [path = std::move(path)] { return posix::sync_directory(path); };
    return on_pool(pool_, std::move(work));
}

Task<Result<std::uint64_t>> RealDisk::free_space(std::string path) {
    std::function<Result<std::uint64_t>()> work = [path = std::move(path)] { return posix::free_space(path); };
    return on_pool(pool_, std::move(work));
}

}  // namespace garner
