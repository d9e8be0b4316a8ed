#include "platform/real/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/text.hpp"
#include "platform/real/address.hpp"
#include "platform/real/socket_address.hpp"

namespace garner {
namespace {

constexpr std::size_t threads_max = 4;
constexpr std::size_t names_max = 256;

Failure look_up_failure(int code, int system_error) {
    const bool ours =
        code == EAI_MEMORY ||
        (code == EAI_SYSTEM && (system_error == EMFILE || system_error == ENFILE || system_error == ENOMEM));
    const char* cause = code == EAI_SYSTEM ? std::strerror(system_error) : gai_strerror(code);
    return Failure(ours ? FailureKind::local : FailureKind::transient, cause);
}

}  // namespace

// One name, being looked up until there is an answer; the timers are those who wait for it.
struct Resolver::Question {
    std::optional<Result<Addresses>> answer;
    Moment fresh_until;
    std::vector<asio::steady_timer*> waiting;
};

// Where questions lie for the threads. `owner` becomes null when the resolver goes, and nobody posts to its loop any
// more.
struct Resolver::Desk {
    std::mutex mutex;
    std::condition_variable more;
    std::deque<std::string> names;
    std::size_t idle = 0;
    std::vector<std::thread> threads;
    std::size_t busy = 0;
    Resolver* owner = nullptr;
    LookUp look_up;
};

Result<Addresses> look_up_by_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    errno = 0;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0) return look_up_failure(code, errno);
    Addresses addresses;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        const auto address = to_address(*entry->ai_addr);
        if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end())
            addresses.push_back(*address);
    }
    freeaddrinfo(found);
    if (addresses.empty()) return Failure(FailureKind::transient, "the name has no address");
    return addresses;
}

Resolver::Resolver(asio::io_context& io, LookUp look_up, std::chrono::milliseconds keep)
    : io_(io), keep_(keep), desk_(std::make_shared<Desk>()) {
    desk_->owner = this;
    desk_->look_up = std::move(look_up);
}

Resolver::~Resolver() {
    std::vector<std::thread> threads;
    bool all_idle = false;
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->owner = nullptr;
        desk_->names.clear();
        threads.swap(desk_->threads);
        all_idle = desk_->busy == 0;
    }
    desk_->more.notify_all();
    // A thread inside getaddrinfo() may sit there for minutes; it touches nothing but the desk afterwards.
    for (std::thread& thread : threads) {
        if (all_idle) {
            thread.join();
        } else {
            thread.detach();
        }
    }
}

void Resolver::work(std::shared_ptr<Desk> desk) {
    std::unique_lock lock(desk->mutex);
    while (desk->owner != nullptr) {
        if (desk->names.empty()) {
            ++desk->idle;
            desk->more.wait(lock);
            --desk->idle;
            continue;
        }
        const std::string host = std::move(desk->names.front());
        desk->names.pop_front();
        ++desk->busy;
        lock.unlock();
        Result<Addresses> found = desk->look_up(host);
        lock.lock();
        --desk->busy;
        if (desk->owner == nullptr) break;
        // Under the lock: the resolver, and with it the loop, cannot go away meanwhile.
        asio::post(desk->owner->io_, [desk, host, found = std::move(found)]() mutable {
            if (desk->owner != nullptr) desk->owner->answered(host, std::move(found));
        });
    }
}

void Resolver::ask(const std::string& host) {
    const std::lock_guard lock(desk_->mutex);
    desk_->names.push_back(host);
    if (desk_->names.size() > desk_->idle && desk_->threads.size() < threads_max)
        desk_->threads.emplace_back(&Resolver::work, desk_);
    desk_->more.notify_one();
}

void Resolver::answered(const std::string& host, Result<Addresses> found) {
    const auto at = questions_.find(host);
    if (at == questions_.end()) return;
    const std::shared_ptr<Question> question = at->second;
    question->fresh_until = std::chrono::steady_clock::now() + (found ? keep_ : std::chrono::milliseconds(0));
    question->answer = std::move(found);
    for (asio::steady_timer* timer : question->waiting) timer->cancel();
}

void Resolver::prefer(const std::string& host, const asio::ip::address& address) {
    const auto at = questions_.find(host);
    if (at == questions_.end() || !at->second->answer || !*at->second->answer) return;
    Addresses& addresses = **at->second->answer;
    const auto found = std::find(addresses.begin(), addresses.end(), address);
    if (found != addresses.end()) std::rotate(addresses.begin(), found, found + 1);
}

Task<Result<Addresses>> Resolver::resolve(std::string host, Moment deadline) {
    if (const auto address = strict_address(host)) co_return Addresses{*address};

    const Moment now = std::chrono::steady_clock::now();
    if (questions_.size() >= names_max)
        std::erase_if(questions_,
                      [now](const auto& entry) { return entry.second->answer && entry.second->fresh_until <= now; });
    std::shared_ptr<Question>& slot = questions_[host];
    if (slot && slot->answer && slot->fresh_until > now) co_return *slot->answer;
    if (!slot || slot->answer) {  // a new one, since those who wait for the old one have yet to read it
        slot = std::make_shared<Question>();
        ask(host);
    }
    const std::shared_ptr<Question> question = slot;

    asio::steady_timer timer(io_, deadline);
    question->waiting.push_back(&timer);
    struct Leave {
        Question& question;
        asio::steady_timer* timer;
        ~Leave() { std::erase(question.waiting, timer); }
    } leave{*question, &timer};
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));

    const std::string operation = "resolve " + printable(host, 100);
    if (question->answer) {
        if (!*question->answer) co_return question->answer->error().during(operation);
        co_return *question->answer;
    }
    if (ended) throw boost::system::system_error(ended);
    co_return Failure(FailureKind::transient, operation + ": no answer from the name service in time");
}

}  // namespace garner
