// A month of looking at remote jobs: garner's learned pace in the whole daemon, and beside it, on the same durations,
// the paces of two clients that people use: every five seconds (Airbyte), and from half a second by halves to a minute
// with jitter (sdpctl).
#include <cmath>
#include <iomanip>
#include <iostream>
#include <random>
#include <sstream>

#include "sim/stories.hpp"

namespace garner::sim {
namespace {

constexpr int jobs_each = 24 * 30;

// Durations of the n-th job, in seconds, from a number that is drawn anew for each.
struct Law {
    const char* name;
    double (*seconds)(std::uint64_t ordinal, double normal, double uniform);
};

// Vendors speak of minutes.
constexpr Law laws[] = {
    {"2 min, steady", [](std::uint64_t, double normal, double) { return 120 + 2 * normal; }},
    {"5 min +- 5 %", [](std::uint64_t, double normal, double) { return 300 * (1 + 0.05 * normal); }},
    {"lognormal around 4 min", [](std::uint64_t, double normal, double) { return 240 * std::exp(0.5 * normal); }},
    {"3 min or 20 min",
     [](std::uint64_t, double normal, double uniform) { return (uniform < 0.7 ? 180 : 1200) * (1 + 0.05 * normal); }},
    {"from 2 min to 20 min",
     [](std::uint64_t n, double normal, double) {
         return (120 + 1080 * static_cast<double>(n) / jobs_each) * (1 + 0.05 * normal);
     }},
    {"6 min, of 4 % 48 min",
     [](std::uint64_t, double normal, double uniform) { return 360 * (1 + 0.1 * normal) * (uniform < 0.04 ? 8 : 1); }},
    {"20 min, then 1, then 10",
     [](std::uint64_t n, double normal, double) {
         return (n < jobs_each / 3 ? 1200 : n < jobs_each * 2 / 3 ? 60 : 600) * (1 + 0.05 * normal);
     }},
    {"exponential, mean 5 min", [](std::uint64_t, double, double uniform) { return 10 - 300 * std::log(1 - uniform); }},
};
constexpr std::size_t law_count = std::size(laws);

Duration takes(std::size_t law, std::uint64_t ordinal) {
    std::mt19937_64 bits(law * 1'000'003 + ordinal);
    std::uniform_real_distribution<double> uniform(0, 1);
    // Box and Muller's, since the library's normal distribution is not the same everywhere.
    const double u = 1 - uniform(bits);
    const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::acos(-1.0) * uniform(bits));
    const double seconds = laws[law].seconds(ordinal, normal, uniform(bits));
    return Duration(static_cast<std::int64_t>(std::clamp(seconds, 5.0, 3'300.0) * 1000));
}

struct Measured {
    std::size_t jobs = 0;
    std::size_t requests = 0;
    std::vector<Duration> late;

    void add(std::size_t looks, Duration lateness) {
        ++jobs;
        requests += looks;
        late.push_back(lateness);
    }
    void add(const Measured& other) {
        jobs += other.jobs;
        requests += other.requests;
        late.insert(late.end(), other.late.begin(), other.late.end());
    }
    double per_job() const { return static_cast<double>(requests) / static_cast<double>(jobs); }
    double late_by(double part) const {
        std::vector<Duration> sorted = late;
        std::sort(sorted.begin(), sorted.end());
        const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
        return static_cast<double>(sorted[at].count()) / 1000;
    }
};

Measured every_five_seconds(std::size_t law, std::size_t jobs) {
    Measured measured;
    constexpr Duration pace = seconds(5);
    for (std::size_t n = 0; n < jobs; ++n) {
        const Duration ends = takes(law, n);
        const auto looks = (ends + pace - Duration(1)) / pace;
        measured.add(static_cast<std::size_t>(looks), looks * pace - ends);
    }
    return measured;
}

Measured exponential(std::size_t law, std::size_t jobs) {
    Measured measured;
    std::mt19937_64 bits(law);
    std::uniform_real_distribution<double> jitter(0.5, 1.5);
    for (std::size_t n = 0; n < jobs; ++n) {
        const Duration ends = takes(law, n);
        Duration at{0};
        double wait = 500;
        std::size_t looks = 0;
        while (looks == 0 || at < ends) {
            at += Duration(static_cast<std::int64_t>(wait * jitter(bits)));
            wait = std::min(wait * 1.5, 60'000.0);
            ++looks;
        }
        measured.add(looks, at - ends);
    }
    return measured;
}

void print(const std::string& law, const Measured& fixed, const Measured& peer, const Measured& ours) {
    const auto cell = [](const Measured& m) {
        std::ostringstream text;
        text << std::fixed << std::setprecision(1) << std::setw(9) << m.per_job() << std::setw(7) << m.late_by(0.5)
             << std::setw(7) << m.late_by(0.95);
        return text.str();
    };
    std::cout << std::left << std::setw(26) << law << std::right << cell(fixed) << " |" << cell(peer) << " |"
              << cell(ours) << '\n';
}

TEST(PollingMonth, LearnedLooksAreFewAndInTime) {
    WorldOptions options;
    options.machines = law_count;
    options.schedule = "0 * * * *";
    options.content_bytes_max = 600;
    World world(options);
    SourceSettings& plant = world.settings().sources.at("plant");
    plant.poll = PollPace{};
    plant.max_concurrent_jobs = law_count;
    world.vendor().configure(boost::json::parse(R"({"concurrent_jobs_max": 100})"));
    std::map<std::string, std::size_t, std::less<>> law_of;
    for (const auto& type : world.vendor().options().machine_types)
        for (const auto& machine : type.machines) law_of.emplace(machine.id, law_of.size());
    world.vendor().set_takes(
        [&law_of](std::string_view id, std::uint64_t ordinal) { return takes(law_of.find(id)->second, ordinal); });
    world.live(hours(jobs_each) + minutes(30), End::stop);
    ASSERT_EQ(world.broken_invariant(), "");

    std::vector<Measured> ours(law_count);
    for (const auto& job : world.vendor().jobs())
        if (job.polls_complete > 0) ours[law_of[job.machine_id]].add(job.polls, *job.last_poll - *job.ends);

    Measured all_fixed;
    Measured all_exponential;
    Measured all_ours;
    std::cout << "requests per job, and seconds from ready to noticed (median, 95 %)\n"
              << std::setw(49) << "every 5 s |" << std::setw(25) << "0.5 s to 60 s |" << std::setw(23) << "garner\n";
    for (std::size_t law = 0; law < law_count; ++law) {
        ASSERT_GE(ours[law].jobs, jobs_each - 1U) << laws[law].name;
        const Measured fixed = every_five_seconds(law, ours[law].jobs);
        const Measured peer = exponential(law, ours[law].jobs);
        print(laws[law].name, fixed, peer, ours[law]);
        EXPECT_LT(ours[law].requests, peer.requests) << laws[law].name;
        EXPECT_LE(ours[law].late_by(0.5), peer.late_by(0.5)) << laws[law].name;
        all_fixed.add(fixed);
        all_exponential.add(peer);
        all_ours.add(ours[law]);
    }
    print("all", all_fixed, all_exponential, all_ours);
    EXPECT_LE(all_ours.requests * 2, all_exponential.requests);
    EXPECT_LE(all_ours.requests * 10, all_fixed.requests);
    EXPECT_LE(all_ours.late_by(0.5), all_exponential.late_by(0.5));
}

// One machine whose exports take twenty minutes, and a daemon that has learned so in ten hours.
struct Learned : testing::Test {
    static WorldOptions options() {
        WorldOptions options;
        options.machines = 1;
        options.schedule = "0 * * * *";
        return options;
    }
    Learned() {
        world.settings().sources.at("plant").poll = PollPace{};
        world.vendor().set_takes([this](std::string_view, std::uint64_t) { return exports_take; });
        world.live(hours(10) + minutes(59), End::stop);
    }
    const sandbox::TulipModel::Job& last_job() { return world.vendor().jobs().back(); }

    Duration exports_take = minutes(20);
    World world{options()};
};

TEST_F(Learned, ARestartLooksOnceAndThenWaitsForTheUsualEndAsIfThereHadBeenNone) {
    world.live(hours(11) + minutes(6), End::stop);
    EXPECT_EQ(last_job().polls, 0U) << "it is not due before 11:20";
    world.live(hours(11) + minutes(10), End::crash);
    EXPECT_EQ(last_job().polls, 1U) << "nobody knows how long the daemon was away";
    world.live(hours(11) + minutes(59), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_LE(last_job().polls, world.vendor().jobs()[9].polls + 2);
    EXPECT_LE(*last_job().last_poll - *last_job().ends, seconds(15));
}

TEST_F(Learned, WhatIsReadyAfterARestartIsFetchedAtOnce) {
    world.live(hours(11) + minutes(6), End::crash);
    world.rest(hours(1));
    world.live(hours(12) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    ASSERT_EQ(world.vendor().jobs().size(), 11U) << "what was due at 12:00 found it still running";
    EXPECT_EQ(last_job().polls, 1U);
}

TEST_F(Learned, AJobThatFailsEarlyIsFoundBeforeHoursArePast) {
    exports_take = hours(4);
    world.settings().jobs.at("activity").schedule = Schedule({CronExpression::parse("0 */6 * * *").value()});
    world.live(hours(24 * 6) + minutes(1), End::stop);
    exports_take = minutes(1);
    world.live(hours(24 * 6) + hours(5), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_LE(*last_job().last_poll - *last_job().ends, minutes(30));
}

}  // namespace
}  // namespace garner::sim
