// Cron expressions, as an admin types them: what is accepted comes again and again, always later.
#include "core/schedule.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    static const Zone zones[] = {Zone(), Zone::load("Europe/Berlin").value(),
                                 Zone::load("Australia/Lord_Howe").value()};
    if (size > 512) return 0;
    const auto parsed = CronExpression::parse(fuzz::text_of(data, size));
    if (!parsed) {
        fuzz::require_printable(parsed.error());
        return 0;
    }
    const auto again = CronExpression::parse(parsed->text());
    fuzz::require(again.has_value(), "what was parsed can be parsed again", parsed->text());
    for (const Zone& zone : zones) {
        const Schedule schedule({*parsed});
        WallTime at = from_unix_ms(1'792'800'000'000);  // some days before clocks change
        for (int i = 0; i < 4; ++i) {
            const WallTime next = schedule.next_after(at, zone);
            fuzz::require(next > at, "the next instant is later", parsed->text());
            const auto last = schedule.last_between(at, next, zone);
            fuzz::require(last == next, "it is the last one up to itself", parsed->text());
            at = next;
        }
    }
    return 0;
}
