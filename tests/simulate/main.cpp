// garner-simulate: lives through a simulated world, or many; repeats exactly what a seed or a test did.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "sim/lives.hpp"

namespace {

using garner::sim::Interruption;
using garner::sim::Story;

struct Wanted {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    unsigned days = 30;
    bool short_life = false;
    bool everywhere = false;
    std::uint64_t crash_after = 0;
    std::uint64_t power_at_ledger = 0;
    std::uint64_t error_at_ledger = 0;
    std::uint64_t error_at_disk = 0;
    std::uint64_t stop_after = 0;
    std::uint64_t again_after = 0;
    bool trace = false;

    Interruption by(std::uint64_t& at) const {
        const std::pair<Interruption, std::uint64_t> all[] = {{Interruption::crash_after_event, crash_after},
                                                              {Interruption::power_at_ledger, power_at_ledger},
                                                              {Interruption::error_at_ledger, error_at_ledger},
                                                              {Interruption::error_at_store, error_at_disk},
                                                              {Interruption::stop_after_second, stop_after}};
        for (const auto& [by, point] : all)
            if (point > 0) {
                at = point;
                return by;
            }
        return Interruption::nothing;
    }
};

void print(const Story& story, const std::string& command) {
    std::printf("%s: %s; %llu lives, %llu events, %llu runs, %llu artifacts, trace %016llx\n", command.c_str(),
                story.wrong.empty() ? "all holds" : "BROKEN", static_cast<unsigned long long>(story.lives),
                static_cast<unsigned long long>(story.events), static_cast<unsigned long long>(story.runs),
                static_cast<unsigned long long>(story.artifacts), static_cast<unsigned long long>(story.trace));
    if (!story.wrong.empty()) std::printf("%s\n", story.wrong.c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    CLI::App app(
        "Lives through simulated worlds: months of trouble from a seed, or a short life interrupted at one point.\n"
        "Exit codes: 0 every invariant held, 1 one did not, 2 usage.");
    app.add_option("--seed", wanted.seed, "the first seed")->capture_default_str();
    app.add_option("--seeds", wanted.seeds, "so many, one after another")->capture_default_str();
    app.add_option("--days", wanted.days, "days of trouble, before three quiet ones")->capture_default_str();
    app.add_flag("--short", wanted.short_life, "the short life with all three vendors");
    app.add_flag("--everywhere", wanted.everywhere, "the short life, interrupted at each of its points in every way");
    app.add_option("--crash-after", wanted.crash_after, "power goes behind that event of the first life");
    app.add_option("--power-at-ledger-change", wanted.power_at_ledger,
                   "with --short: power goes in that change of the ledger's files");
    app.add_option("--error-at-ledger-change", wanted.error_at_ledger,
                   "with --short: that change of the ledger's files fails");
    app.add_option("--error-at-disk-operation", wanted.error_at_disk,
                   "with --short: that operation on the store's disk fails");
    app.add_option("--stop-after-second", wanted.stop_after, "with --short: SIGTERM after so many seconds");
    app.add_option("--again-after", wanted.again_after,
                   "with --short: a second crash, behind that event of the second life");
    app.add_flag("--trace", wanted.trace, "print every line of the trace");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    garner::sim::Show show;
    if (wanted.trace) show = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    std::uint64_t at = 0;
    const Interruption by = wanted.by(at);
    const bool crash_only = by == Interruption::nothing || by == Interruption::crash_after_event;
    if (!wanted.short_life && (!crash_only || wanted.again_after > 0)) {
        std::fputs("garner-simulate: this interrupts the short life: say --short\n", stderr);
        return 2;
    }
    int broken = 0;
    for (std::uint64_t seed = wanted.seed; seed < wanted.seed + wanted.seeds; ++seed) {
        if (wanted.everywhere) {
            std::uint64_t lived = 0;
            const std::string found = garner::sim::live_everywhere(seed, 0, 1, lived);
            std::printf("everywhere, seed %llu: %s; %llu lives\n%s", static_cast<unsigned long long>(seed),
                        found.empty() ? "all holds" : "BROKEN", static_cast<unsigned long long>(lived), found.c_str());
            broken += found.empty() ? 0 : 1;
            continue;
        }
        const Story story = wanted.short_life ? garner::sim::live_shortly(seed, by, at, wanted.again_after, show)
                                              : garner::sim::live_long(seed, wanted.days, wanted.crash_after, show);
        print(story, wanted.short_life ? garner::sim::command_for(seed, by, at, wanted.again_after)
                                       : garner::sim::command_for(seed, wanted.days, wanted.crash_after));
        broken += story.wrong.empty() ? 0 : 1;
    }
    return broken > 0 ? 1 : 0;
}
