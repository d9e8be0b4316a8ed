// Coverage of a target's time: every instant since the rule's start is in exactly one span, and what is called late had
// its turn.
#include "core/coverage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }
Window day(int of_november) {
    const WallTime start = at("2026-11-01T00:00:00Z") + hours(24) * (of_november - 1);
    return {start, start + hours(24)};
}
Window days(int first, int last) { return {day(first).start, day(last).end}; }

// A window of a day from the first of November on, exported at 03:40 once two hours have passed.
JobSettings daily() {
    JobSettings job;
    job.name = "telemetry";
    job.source = "fleet";
    job.schedule = Schedule({CronExpression::parse("40 3 * * *").value()});
    WindowRule rule;
    rule.start = absl::CivilSecond(2026, 11, 1);
    rule.settle_delay = hours(2);
    job.window = rule;
    return job;
}

std::vector<std::string> words(const std::vector<Span>& spans) {
    std::vector<std::string> all;
    for (const Span& span : spans)
        all.push_back(format_rfc3339(span.window.start).substr(8, 5) + "-" +
                      format_rfc3339(span.window.end).substr(8, 5) + " " + std::string(to_string(span.state)) +
                      (span.late ? " late" : ""));
    return all;
}

TEST(Coverage, of_a_job_that_never_ran_is_one_gap_and_what_is_open) {
    EXPECT_THAT(words(coverage_of(daily(), {}, at("2026-11-04T12:00:00Z"))),
                ElementsAre("01T00-04T00 gap late", "04T00-04T12 open"));
    EXPECT_TRUE(coverage_of(daily(), {}, at("2026-10-04T12:00:00Z")).empty()) << "before the start nothing is owed";
}

TEST(Coverage, a_window_is_open_until_it_is_settled_and_late_only_after_its_due_time) {
    CoverageFacts facts;
    facts.archived = {day(1)};
    EXPECT_THAT(words(coverage_of(daily(), facts, at("2026-11-03T01:59:00Z"))),
                ElementsAre("01T00-02T00 archived", "02T00-03T01 open"));
    EXPECT_THAT(words(coverage_of(daily(), facts, at("2026-11-03T02:00:00Z"))),
                ElementsAre("01T00-02T00 archived", "02T00-03T00 gap", "03T00-03T02 open"));
    EXPECT_THAT(words(coverage_of(daily(), facts, at("2026-11-03T03:40:30Z"))),
                ElementsAre("01T00-02T00 archived", "02T00-03T00 gap", "03T00-03T03 open"))
        << "the scheduler is given a minute";
    EXPECT_THAT(words(coverage_of(daily(), facts, at("2026-11-03T03:42:00Z"))),
                ElementsAre("01T00-02T00 archived", "02T00-03T00 gap late", "03T00-03T03 open"));
    facts.filling = {day(2)};
    EXPECT_THAT(words(coverage_of(daily(), facts, at("2026-11-03T03:42:00Z"))),
                ElementsAre("01T00-02T00 archived", "02T00-03T00 filling", "03T00-03T03 open"));
}

TEST(Coverage, is_late_by_no_instant_from_before_the_schedule_counted) {
    CoverageFacts facts;
    facts.counts_from = at("2026-11-04T10:00:00Z");
    EXPECT_FALSE(has_late(coverage_of(daily(), facts, at("2026-11-04T12:00:00Z")))) << "a job that was just added";
    EXPECT_TRUE(has_late(coverage_of(daily(), facts, at("2026-11-05T12:00:00Z"))));
}

TEST(Coverage, what_is_better_wins_where_spans_overlap) {
    CoverageFacts facts;
    facts.archived = {day(1), days(3, 4), days(4, 5)};
    facts.suspect = {days(1, 2), day(6)};
    facts.filling = {days(5, 7)};
    facts.closed = {{days(7, 8), "uid 0", "moved", at("2026-11-09T00:00:00Z")}};
    EXPECT_THAT(words(coverage_of(daily(), facts, at("2026-11-10T12:00:00Z"))),
                ElementsAre("01T00-02T00 archived", "02T00-03T00 suspect late", "03T00-06T00 archived",
                            "06T00-07T00 filling", "07T00-09T00 closed", "09T00-10T00 gap late", "10T00-10T12 open"));
}

TEST(Coverage, a_closed_span_says_who_and_why_and_is_not_missing) {
    CoverageFacts facts;
    facts.closed = {{day(1), "uid 0", "the press was taken apart", at("2026-11-09T00:00:00Z")},
                    {day(2), "uid 7", "so it was", at("2026-11-09T00:00:00Z")}};
    const auto spans = coverage_of(daily(), facts, at("2026-11-03T12:00:00Z"));
    ASSERT_EQ(spans.size(), 3U) << "two words of two people are two spans";
    EXPECT_EQ(spans[0].note, "closed by uid 0 at 2026-11-09T00:00:00Z: the press was taken apart");
    EXPECT_EQ(missing_time(spans), Duration(0));
    EXPECT_FALSE(has_late(spans));
}

TEST(Coverage, what_the_vendor_no_longer_has_is_lost_and_always_late) {
    JobSettings job = daily();
    job.window->available_for = hours(5 * 24);
    CoverageFacts facts;
    facts.archived = {day(2)};
    facts.counts_from = at("2026-11-10T11:00:00Z");
    const auto spans = coverage_of(job, facts, at("2026-11-10T12:00:00Z"));
    EXPECT_THAT(words(spans), ElementsAre("01T00-02T00 lost late", "02T00-03T00 archived", "03T00-05T00 lost late",
                                          "05T00-10T00 gap", "10T00-10T12 open"));
    EXPECT_EQ(time_in(spans, SpanState::lost), hours(72));
    EXPECT_EQ(missing_time(spans), hours(8 * 24));
    facts.closed = {{days(1, 4), "uid 0", "so be it", at("2026-11-09T00:00:00Z")}};
    EXPECT_EQ(time_in(coverage_of(job, facts, at("2026-11-10T12:00:00Z")), SpanState::lost), Duration(0))
        << "a person settles it";
}

TEST(Coverage, a_day_counts_as_many_hours_as_it_has) {
    JobSettings job = daily();
    job.zone = Zone::load("Europe/Berlin").value();
    job.window->start = absl::CivilSecond(2026, 10, 24);
    EXPECT_EQ(missing_time(coverage_of(job, {}, at("2026-10-27T12:00:00Z"))), hours(24 + 25 + 24));
    job.window->start = absl::CivilSecond(2026, 3, 28);
    EXPECT_EQ(missing_time(coverage_of(job, {}, at("2026-03-31T12:00:00Z"))), hours(24 + 23 + 24));
}

TEST(Coverage, puts_every_instant_into_one_span_and_agrees_with_what_is_owed) {
    std::mt19937 random(5);
    for (const char* name : {"UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia"})
        for (int round = 0; round < 60; ++round) {
            JobSettings job = daily();
            job.zone = Zone::load(name).value();
            job.window->start = absl::CivilSecond(2011, 12, 20);
            job.window->length = round % 3 == 0 ? WindowLength::hour : WindowLength::day;
            if (round % 2 == 0) job.window->available_for = hours(1 + random() % 300);
            const WallTime first = window_ending_after(*job.window, job.zone, WallTime::min()).start;
            const WallTime now = first + minutes(random() % (20 * 1440));
            const auto some = [&] {
                std::vector<Window> windows;
                for (std::size_t i = random() % 5; i > 0; --i) {
                    const WallTime start = first + minutes(random() % (20 * 1440));
                    windows.push_back({start, start + minutes(random() % 3000)});
                }
                return windows;
            };
            CoverageFacts facts;
            facts.archived = some();
            facts.suspect = some();
            facts.filling = some();
            for (const Window& window : some()) facts.closed.push_back({window, "uid 0", "why", now});
            const auto spans = coverage_of(job, facts, now);
            for (std::size_t i = 0; i < spans.size(); ++i) {
                ASSERT_LT(spans[i].window.start, spans[i].window.end);
                if (i > 0) {
                    ASSERT_LE(spans[i - 1].window.end, spans[i].window.start);
                }
            }
            for (WallTime t = first; t < now; t += minutes(47))
                ASSERT_EQ(std::count_if(spans.begin(), spans.end(),
                                        [&](const Span& s) { return s.window.start <= t && t < s.window.end; }),
                          1)
                    << name << ' ' << format_rfc3339(t);
            std::vector<Window> covered = facts.archived;
            covered.insert(covered.end(), facts.suspect.begin(), facts.suspect.end());
            covered.insert(covered.end(), facts.filling.begin(), facts.filling.end());
            for (const ClosedSpan& closed : facts.closed) covered.push_back(closed.window);
            Duration owed{0};
            for (const Window& part : owed_windows(*job.window, job.zone, covered, now, 100'000))
                owed += part.end - part.start;
            ASSERT_EQ(time_in(spans, SpanState::gap), owed) << name << " round " << round;
        }
}

}  // namespace
}  // namespace garner
