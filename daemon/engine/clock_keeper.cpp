#include "engine/clock_keeper.hpp"

namespace garner {
namespace {

constexpr Duration pace{15'000};

}  // namespace

Task<Result<void>> ClockKeeper::remember() {
    auto memory = co_await context_.ledger.clock();
    if (!memory) co_return memory.error();
    if (memory->standing) written_ = memory->standing->witness;
    watch_.remember(std::move(*memory));
    co_await look();
    co_return Result<void>();
}

Task<> ClockKeeper::keep() {
    for (;;) {
        co_await context_.doors.clock.sleep_for(pace);
        co_await look();
    }
}

void ClockKeeper::heard(const std::string& source, const HttpHead& head) {
    // A cache's copy has the date of its making.
    if (head.header("age") || head.status >= 500) return;
    const auto header = head.header("date");
    const auto date = header ? parse_http_date(*header) : std::nullopt;
    if (date) watch_.heard(source, *date, context_.doors.clock.wall_now(), context_.doors.clock.steady_now());
}

std::string ClockKeeper::suspicion() const { return watch_.suspicion() ? watch_.suspicion()->reason : std::string(); }

Task<> ClockKeeper::look() {
    const ClockWatch::Look look = watch_.look(context_.doors.clock.wall_now(), context_.doors.clock.steady_now());
    if (look.jumped) context_.observer.clock_jumped(*look.jumped);
    if (look.began) context_.observer.clock_suspect(watch_.suspicion()->reason);
    if (look.ended) context_.observer.clock_trusted();
    const std::optional<ClockWitness> found =
        watch_.suspicion() ? std::optional(watch_.suspicion()->witness) : std::nullopt;
    if (found == written_ && !look.record_disproved) co_return;
    const ClockMemory memory{watch_.newest(), watch_.suspicion()};
    const auto written = co_await context_.ledger.clock_judged(memory);
    if (written)
        written_ = found;  // else at the next look
    else
        context_.observer.ledger_failing(written.error());
}

}  // namespace garner
