#include "sim/lives.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cmath>

#include "engine/engine.hpp"

namespace garner::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string with_log(const World& world, const std::string& wrong) {
    constexpr std::size_t shown = 6000;
    const std::string& told = world.told();
    return wrong + "\n" + (told.size() > shown ? "..." + told.substr(told.size() - shown) : told);
}

void look(World& world, Story& story, const std::string& when) {
    if (!story.wrong.empty()) return;
    const std::string wrong = world.broken_invariant();
    if (!wrong.empty()) story.wrong = with_log(world, when + ": " + wrong);
}

void sum_up(World& world, Story& story) {
    story.trace = world.trace().hash();
    const LedgerReader reader(world.ledger());
    if (const auto totals = reader.totals()) {
        for (const auto& [_, count] : totals->runs) story.runs += count;
        for (const auto& [_, count] : totals->artifacts) story.artifacts += count;
    }
}

WorldOptions short_options(std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.servitly = true;
    options.appgate = true;
    options.windows = true;
    options.window_hours_before = 1;  // two windows have closed when the first instant comes
    options.machines = 1;
    options.tenants = 1;
    options.appliances = 1;
    options.beginning = "2026-11-01T00:57:00Z";
    options.schedule = "0 * * * *";
    options.content_bytes_max = 3'000;
    options.held = 0.5;
    options.retention.keep_last = 1;
    options.retention.min_good = 1;
    options.retention.grace = minutes(1);
    return options;
}

// One instant, and time to end what it began; later one more, with as much time.
constexpr Duration short_life = minutes(10);
constexpr Duration whole_life = minutes(73);

constexpr std::array<std::string_view, 6> flags{"",
                                                "--crash-after",
                                                "--power-at-ledger-change",
                                                "--error-at-ledger-change",
                                                "--error-at-disk-operation",
                                                "--stop-after-second"};

// ---- Months

class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    bool happens(double probability) { return random_.happens(probability); }
    std::uint64_t below(std::uint64_t n) { return random_.below(n); }
    /// A rate up to `max`, or, for every second seed, none at all.
    double rate(double max) { return happens(0.5) ? 0 : max * static_cast<double>(below(1000)) / 1000; }
    /// Between two durations, short ones as often as long ones.
    Duration between(Duration shortest, Duration longest) {
        const double span = std::log(static_cast<double>(longest.count()) / static_cast<double>(shortest.count()));
        const double at = span * static_cast<double>(below(10'000)) / 10'000;
        return Duration(static_cast<std::int64_t>(static_cast<double>(shortest.count()) * std::exp(at)));
    }
    template <class T, std::size_t n>
    const T& one_of(const std::array<T, n>& all) {
        return all[below(n)];
    }

private:
    SeededRandom random_;
};

WorldOptions long_options(std::uint64_t seed, Dice& dice) {
    // Clocks change in many of these months.
    static constexpr std::array<const char*, 6> beginnings{"2026-03-10T00:00:00Z", "2026-10-05T00:00:00Z",
                                                           "2026-11-01T00:00:00Z", "2027-02-10T00:00:00Z",
                                                           "2026-09-20T00:00:00Z", "2026-12-15T00:00:00Z"};
    static constexpr std::array<const char*, 6> zones{"UTC",          "Europe/Berlin",       "America/New_York",
                                                      "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"};
    static constexpr std::array<const char*, 5> schedules{"@every 6h", "15 2 * * *", "40 */8 * * *", "30 1,13 * * *",
                                                          "@every 23h"};
    WorldOptions options;
    options.seed = seed;
    options.machines = 1 + dice.below(4);
    options.tenants = 1 + dice.below(2);
    options.appliances = 1 + dice.below(4);
    options.servitly = true;
    options.appgate = true;
    options.windows = dice.happens(0.6);
    options.window = dice.happens(0.8) ? WindowLength::day : WindowLength::hour;
    options.beginning = dice.one_of(beginnings);
    options.zone = dice.one_of(zones);
    options.content_bytes_max = 2'000 + dice.below(8'000);
    options.held = dice.rate(1);
    for (const char* job : {"activity", "telemetry", "controllers"}) options.schedules[job] = dice.one_of(schedules);
    options.network.refused = dice.rate(0.06);
    options.network.reset_before = dice.rate(0.04);
    options.network.lost_answer = dice.rate(0.04);
    options.network.bare_5xx = dice.rate(0.05);
    options.network.vendor_5xx = dice.rate(0.05);
    options.network.throttled = dice.rate(0.05);
    options.network.cut_body = dice.rate(0.3);
    options.network.wrong_length = dice.rate(0.05);
    options.network.html = dice.rate(0.03);
    options.disk.io_error = dice.rate(0.004);
    options.disk.read_error = dice.rate(0.002);
    options.disk.no_space = dice.rate(0.02);
    options.ledger.io_error = dice.rate(0.001);
    options.ledger.no_space = dice.rate(0.001);
    Dice budgets(seed + 1'000'003);
    if (budgets.happens(0.3)) {
        options.limits.per_second = 2 + static_cast<std::uint32_t>(budgets.below(3));
        options.limits.per_minute = 40 + static_cast<std::uint32_t>(budgets.below(40));
    }
    Dice rules(seed + 2'000'003);
    if (rules.happens(0.6)) {
        options.retention.keep_last = static_cast<std::uint32_t>(rules.below(4));
        options.retention.keep_daily = static_cast<std::uint32_t>(rules.below(6));
        options.retention.keep_weekly = static_cast<std::uint32_t>(rules.below(3));
        options.retention.min_good = 1 + static_cast<std::uint32_t>(rules.below(3));
        options.retention.grace = rules.happens(0.3) ? Duration(0) : rules.between(minutes(1), hours(72));
        options.deletion_budget.count = rules.happens(0.3) ? 1 : 50;
    }
    return options;
}

// Jitter, blackouts, what is made up for, and pauses that end before the month does.
void make_manners(World& world, Dice dice, Duration until) {
    static constexpr std::array<CatchUp, 3> catch_ups{CatchUp::none, CatchUp::latest, CatchUp::all};
    for (auto& [name, job] : world.settings().jobs) {
        if (dice.happens(0.5)) continue;
        job.catch_up = dice.one_of(catch_ups);
        if (dice.happens(0.3)) job.starting_deadline = dice.between(minutes(5), hours(40));
        if (dice.happens(0.5)) job.jitter = dice.between(seconds(1), minutes(40));
        if (dice.happens(0.3)) job.concurrency_policy = ConcurrencyPolicy::queue;
        if (dice.happens(0.3)) {
            const int from = static_cast<int>(dice.below(20 * 60));
            TimeInterval interval;
            interval.times = {{from, from + 30 + static_cast<int>(dice.below(200))}};
            job.blackout = {NamedIntervals{"production", {interval}}};
        }
        if (!dice.happens(0.4)) continue;
        const Duration from(static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(until.count()))));
        const Duration lasts = dice.between(minutes(1), hours(60));
        world.at(from, [name = name, lasts, &world](Engine& engine) -> Task<> {
            const auto paused =
                co_await engine.pause(name, "uid 0", "somebody has a reason", world.clock().true_now() + lasts);
            (void)paused;  // a ledger that cannot be written says no
        });
    }
}

// A vendor falls ill for a while.
void make_weather(World& world, Dice& dice, Duration until) {
    const auto for_a_while = [&](const std::function<void(bool)>& set) {
        const Duration from(static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(until.count()))));
        world.happens(from, [set] { set(true); });
        world.happens(from + dice.between(minutes(5), hours(8)), [set] { set(false); });
    };
    for (std::uint64_t spells = dice.below(6); spells > 0; --spells) {
        switch (dice.below(9)) {
            case 0:
                for_a_while([&](bool on) { world.vendor().scenario().fail_jobs = on; });
                break;
            case 1:
                for_a_while([&](bool on) { world.vendor().scenario().vanish_jobs = on; });
                break;
            case 2:
                for_a_while([&](bool on) {
                    world.vendor().scenario().file =
                        on ? sandbox::TulipScenario::File::html : sandbox::TulipScenario::File::rows;
                });
                break;
            case 3:
                for_a_while([&](bool on) { world.servitly().scenario().fail_jobs = on; });
                break;
            case 4:
                for_a_while([&](bool on) {
                    world.servitly().scenario().file =
                        on ? sandbox::ServitlyScenario::File::truncated : sandbox::ServitlyScenario::File::csvs;
                });
                break;
            case 5:
                for_a_while([&](bool on) {
                    if (on)
                        world.servitly().start_foreign_export(world.servitly().options().tenants.front().name,
                                                              world.clock().true_now(), minutes(50));
                });
                break;
            case 6:
                for_a_while([&](bool on) { world.appgate().scenario().refuse_delete = on; });
                break;
            case 7:
                for_a_while([&](bool on) { world.appgate().scenario().fail_jobs = on; });
                break;
            default:
                for_a_while([&](bool on) {
                    if (!on) return;
                    world.servitly().configure(boost::json::parse(R"({"revoke_tokens": true})"));
                    world.appgate().configure(boost::json::parse(R"({"revoke_tokens": true})"));
                });
        }
    }
    // The clock is set, forward or back, and perhaps put right again.
    for (std::uint64_t steps = dice.below(4); steps > 0; --steps) {
        const Duration from(static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(until.count()))));
        const bool forward = dice.happens(0.5);
        const Duration far = dice.between(seconds(2), forward ? hours(20) : hours(3));
        const Duration step = forward ? far : -far;
        world.happens(from, [&world, step] { world.clock().step_wall(step); });
        if (dice.happens(0.6))
            world.happens(from + dice.between(minutes(1), hours(30)),
                          [&world, step] { world.clock().step_wall(-step); });
    }
}

// The store is read back each day, so that what rots is found in the quiet days at the end.
void make_proofs(World& world, Dice dice) {
    if (dice.happens(0.5)) return;
    VerifySettings verify;
    const std::string hour = std::to_string(dice.below(24));
    verify.schedule = Schedule({*CronExpression::parse("17 " + hour + " * * *", "stores/archive/0")});
    verify.outdated_after = dice.happens(0.5) ? Duration(0) : dice.between(hours(1), hours(24));
    world.settings().stores.at("archive").verify = verify;
}

// Between two lives: bits turn over on the disk, and somebody makes up their mind about artifacts.
void tamper(World& world, Dice& dice) {
    ArtifactFilter ever;
    ever.where = Whereabouts::anywhere;
    const auto artifacts = LedgerReader(world.ledger()).artifacts(ever);
    if (!artifacts || artifacts->empty()) return;
    const auto any = [&]() -> const ArtifactRecord& { return (*artifacts)[dice.below(artifacts->size())]; };
    if (world.settings().stores.at("archive").verify && dice.happens(0.3)) world.rot(any());
    for (std::uint64_t wishes = dice.below(4); wishes > 0; --wishes) {
        const std::string id = any().id;
        const std::uint64_t what = dice.below(5);
        const Duration lasts = dice.between(minutes(1), hours(60));
        // What is not possible is refused; whatever is done has to hold.
        const auto act = [id, what, lasts, &world](Engine& engine) -> Task<> {
            std::optional<WallTime> until;
            if (what == 0) until = world.clock().true_now() + lasts;
            if (what < 2) (void)co_await engine.hold(id, true, "uid 0", "needed", until);
            if (what == 2) (void)co_await engine.restore(id, "uid 0", "needed");
            if (what == 3) (void)co_await engine.accept(id, "uid 0", "looked at");
            if (what == 4) (void)co_await engine.prune("uid 0", true);
        };
        world.at(world.clock().elapsed() + dice.between(minutes(1), hours(12)), act);
    }
}

// How the next life ends.
End choose_end(World& world, Dice& dice, std::uint64_t& events_max) {
    events_max = ~0ULL;
    switch (dice.below(5)) {
        case 0:
            return End::stop;
        case 1:
            return End::crash;
        case 2:
            world.ledger_files().lose_power_at_change(1 + dice.below(3'000));
            return End::crash;
        default:
            events_max = 1 + static_cast<std::uint64_t>(dice.between(Duration(1), Duration(60'000)).count());
            return End::crash;
    }
}

}  // namespace

Story live_shortly(std::uint64_t seed, Interruption by, std::uint64_t at, std::uint64_t again, const Show& show) {
    World world(short_options(seed));
    if (show) world.show(show);
    Story story;
    End end = End::crash;
    Duration until = short_life;
    std::uint64_t events_max = ~0ULL;
    switch (by) {
        case Interruption::nothing:
            break;
        case Interruption::crash_after_event:
            events_max = at;
            break;
        case Interruption::power_at_ledger:
            world.ledger_files().lose_power_at_change(at);
            break;
        case Interruption::error_at_ledger:
            world.ledger_files().fail_change(at);
            break;
        case Interruption::error_at_store:
            world.disk().fail_operation(at);
            break;
        case Interruption::stop_after_second:
            until = seconds(at);
            end = End::stop;
            break;
    }
    story.events = world.live(until, end, events_max);
    look(world, story, "right behind the first life");
    if (again > 0) {
        story.events += world.live(world.clock().elapsed() + minutes(2), End::crash, again);
        look(world, story, "right behind the second life");
    }
    const WallTime died = world.clock().wall_now();
    story.events += world.live(whole_life, End::stop);
    story.lives = again > 0 ? 3 : 2;
    look(world, story, "behind the last life");
    if (story.wrong.empty())
        if (const std::string wrong = world.not_alive_again(died); !wrong.empty())
            story.wrong = with_log(world, "behind the last life: " + wrong);
    sum_up(world, story);
    return story;
}

std::string live_everywhere(std::uint64_t seed, std::uint64_t part, std::uint64_t parts, std::uint64_t& lived) {
    World whole(short_options(seed));
    const std::uint64_t events = whole.live(short_life, End::crash);
    const std::uint64_t before_recovery = 60;
    if (const std::string wrong = whole.broken_invariant(); !wrong.empty()) return with_log(whole, wrong);

    std::string found;
    const auto live = [&](Interruption by, std::uint64_t at, std::uint64_t again = 0) {
        if (!found.empty() || lived++ % parts != part) return;
        const Story story = live_shortly(seed, by, at, again);
        if (!story.wrong.empty()) found = "again with: " + command_for(seed, by, at, again) + "\n" + story.wrong + "\n";
    };
    for (std::uint64_t k = 1; k <= events; ++k) live(Interruption::crash_after_event, k);
    for (std::uint64_t k = 1; k <= whole.ledger_files().changes(); ++k) live(Interruption::power_at_ledger, k);
    for (std::uint64_t k = 1; k <= whole.ledger_files().changes(); ++k) live(Interruption::error_at_ledger, k);
    for (std::uint64_t k = 1; k <= whole.disk().operations(); ++k) live(Interruption::error_at_store, k);
    for (std::uint64_t k = 175; k <= 420; k += 3) live(Interruption::stop_after_second, k);
    // And recovery itself, killed.
    for (std::uint64_t k = events / 4; k <= events; k += events / 16)
        for (std::uint64_t again = 1; again <= before_recovery; again += 3)
            live(Interruption::crash_after_event, k, again);
    return found;
}

Story live_long(std::uint64_t seed, unsigned days, std::uint64_t crash_after, const Show& show) {
    Dice dice(seed * 7919);
    World world(long_options(seed, dice));
    if (show) world.show(show);
    const Duration until = hours(24) * days;
    make_weather(world, dice, until);
    make_manners(world, Dice(seed + 2'000'003), until);
    make_proofs(world, Dice(seed + 3'000'017));
    Dice wishes(seed + 4'000'037);
    Story story;
    while (world.clock().elapsed() < until && story.wrong.empty()) {
        std::uint64_t events_max = 0;
        End end = choose_end(world, dice, events_max);
        if (crash_after > 0 && story.lives == 0) {
            end = End::crash;
            events_max = crash_after;
        }
        const Duration lasts = dice.between(minutes(1), hours(24 * 12));
        story.events += world.live(std::min(until, world.clock().elapsed() + lasts), end, events_max);
        ++story.lives;
        look(world, story, "behind life " + std::to_string(story.lives));
        tamper(world, wishes);
        world.rest(dice.between(seconds(1), dice.happens(0.1) ? hours(48) : minutes(10)));
    }
    if (story.wrong.empty()) {
        world.heal();
        const WallTime healed = world.clock().wall_now();
        story.events += world.live(world.clock().elapsed() + hours(75), End::stop);
        ++story.lives;
        look(world, story, "when all was well again");
        if (story.wrong.empty())
            if (const std::string wrong = world.not_alive_again(healed); !wrong.empty())
                story.wrong = with_log(world, "when all was well again: " + wrong);
    }
    sum_up(world, story);
    return story;
}

std::string command_for(std::uint64_t seed, Interruption by, std::uint64_t at, std::uint64_t again) {
    std::string command = "garner-simulate --short --seed " + std::to_string(seed);
    if (by != Interruption::nothing)
        command += " " + std::string(flags[static_cast<std::size_t>(by)]) + " " + std::to_string(at);
    if (again > 0) command += " --again-after " + std::to_string(again);
    return command;
}

std::string command_for(std::uint64_t seed, unsigned days, std::uint64_t crash_after) {
    std::string command = "garner-simulate --seed " + std::to_string(seed) + " --days " + std::to_string(days);
    if (crash_after > 0) command += " --crash-after " + std::to_string(crash_after);
    return command;
}

}  // namespace garner::sim
