// Cron expressions, as an admin types them: what is accepted comes again and again, always later, and backwards the
// same.
#include "core/schedule.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    static const Zone zones[] = {Zone(), Zone::load("Europe/Berlin").value(), Zone::load("Australia/Lord_Howe").value(),
                                 Zone::load("Pacific/Apia").value()};
    if (size > 512) return 0;
    const auto parsed = CronExpression::parse(fuzz::text_of(data, size));
    if (!parsed) {
        fuzz::require_printable(parsed.error());
        return 0;
    }
    // Whatever `~` stands for, what one job may write another one may, too.
    const auto of_another = CronExpression::parse(parsed->text(), "another-job/1");
    fuzz::require(of_another.has_value(), "what was parsed can be parsed again, for any job", parsed->text());
    for (const CronExpression& expression : {*parsed, *of_another})
        for (const Zone& zone : zones) {
            const Schedule schedule({expression});
            WallTime at = from_unix_ms(&zone == &zones[3] ? 1'325'000'000'000  // some days before there was a day less
                                                          : 1'792'800'000'000);  // some days before clocks change
            for (int i = 0; i < 4; ++i) {
                const WallTime next = schedule.next_after(at, zone);
                fuzz::require(next > at, "the next instant is later", parsed->text());
                fuzz::require(schedule.last_between(at, next, zone) == next, "it is the last one up to itself",
                              parsed->text());
                const auto previous = schedule.previous_before(next, zone);
                fuzz::require(previous && *previous <= at && (i == 0 || *previous == at),
                              "the one before it is the last one", parsed->text());
                fuzz::require(schedule.next_after(*previous, zone) == next, "there and back again", parsed->text());
                fuzz::require_printable(schedule.decision(next, zone), "a decision is printable");
                at = next;
            }
        }
    return 0;
}
