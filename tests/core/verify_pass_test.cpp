// When a store is read back, and how fast.
#include "core/verify_pass.hpp"

#include <gtest/gtest.h>

namespace garner {
namespace {

VerifySettings every_noon() {
    VerifySettings settings;
    settings.schedule = Schedule({*CronExpression::parse("0 12 * * *", "stores/archive/0")});
    return settings;
}

WallTime at(const std::string& text) { return *parse_rfc3339(text); }

TEST(VerifyPass, is_owed_once_for_all_instants_that_were_missed) {
    const VerifySettings settings = every_noon();
    const WallTime done = at("2026-11-01T12:00:00Z");
    EXPECT_EQ(owed_pass(settings, Zone(), done, at("2026-11-02T11:59:59Z")), std::nullopt);
    EXPECT_EQ(owed_pass(settings, Zone(), done, at("2026-11-02T12:00:00Z")), at("2026-11-02T12:00:00Z"));
    EXPECT_EQ(owed_pass(settings, Zone(), done, at("2026-11-09T18:00:00Z")), at("2026-11-09T12:00:00Z"));
    EXPECT_EQ(owed_pass(settings, Zone(), at("2026-11-09T12:00:00Z"), at("2026-11-09T18:00:00Z")), std::nullopt);
    EXPECT_EQ(owed_pass(settings, Zone(), at("2026-11-20T12:00:00Z"), at("2026-11-09T18:00:00Z")), std::nullopt)
        << "a clock that was set back";
}

TEST(VerifyPass, reads_what_is_outdated_and_nothing_twice) {
    VerifySettings settings = every_noon();
    const WallTime due = at("2026-11-02T12:00:00Z");
    EXPECT_EQ(outdated_before(settings, due), at("2026-10-03T12:00:00Z"));
    settings.outdated_after = Duration(0);
    EXPECT_EQ(outdated_before(settings, due), due) << "what this pass read is younger than its own instant";
}

TEST(VerifyPass, takes_no_more_than_its_bandwidth) {
    VerifySettings settings = every_noon();
    EXPECT_EQ(pause_after(settings, 1'000'000), Duration(0));
    settings.bandwidth = 2'000'000;
    EXPECT_EQ(pause_after(settings, 1'000'000), Duration(500));
    EXPECT_EQ(pause_after(settings, 0), Duration(0));
    EXPECT_EQ(pause_after(settings, 1ULL << 62), Duration(2'305'843'009'213'693)) << "no overflow";
}

}  // namespace
}  // namespace garner
