// Clock changes by name: what runs, and what an admin is told about it. Local times with their offsets, as `garner
// plan` shows them.
#include <gtest/gtest.h>

#include "core/schedule.hpp"

namespace garner {
namespace {

struct Story {
    const char* name;
    const char* zone;
    std::vector<const char*> expressions;
    const char* from;   ///< UTC; runs after it
    const char* until;  ///< and up to it
    std::vector<std::string> runs;
};

const std::vector<Story> stories{
    {"Berlin, forward: 02:30 is no time, so it starts at 03:00",
     "Europe/Berlin",
     {"30 2 * * *"},
     "2026-03-28T00:00:00Z",
     "2026-03-30T12:00:00Z",
     {"2026-03-28 02:30:00 +01:00",
      "2026-03-29 03:00:00 +02:00 | 02:30 does not exist on 2026-03-29 in Europe/Berlin: starts at the first valid "
      "time "
      "after it, 03:00",
      "2026-03-30 02:30:00 +02:00"}},
    {"Berlin, forward: two of the hour that is missing run once",
     "Europe/Berlin",
     {"10,50 2 * * *"},
     "2026-03-29T00:00:00Z",
     "2026-03-29T12:00:00Z",
     {"2026-03-29 03:00:00 +02:00 | 02:10 and 02:50 do not exist on 2026-03-29 in Europe/Berlin: run once, at the "
      "first "
      "valid time after them, 03:00"}},
    {"Berlin, forward: a whole hour of minutes runs once",
     "Europe/Berlin",
     {"0-59 2 * * *"},
     "2026-03-29T00:00:00Z",
     "2026-03-29T12:00:00Z",
     {"2026-03-29 03:00:00 +02:00 | 02:00, 02:01, 02:02 and 57 more do not exist on 2026-03-29 in Europe/Berlin: run "
      "once, at the first valid time after them, 03:00"}},
    {"Berlin, forward: what is due at 03:00 anyway falls together with it",
     "Europe/Berlin",
     {"30 2 * * *", "0 * * * *"},
     "2026-03-29T00:00:00Z",
     "2026-03-29T02:00:00Z",
     {"2026-03-29 03:00:00 +02:00 | 02:30 does not exist on 2026-03-29 in Europe/Berlin: starts at the first valid "
      "time "
      "after it, 03:00; 02:30 and 03:00 fall together: runs once",
      "2026-03-29 04:00:00 +02:00"}},
    {"Berlin, forward: every hour is every hour that there is",
     "Europe/Berlin",
     {"30 * * * *"},
     "2026-03-29T00:00:00Z",
     "2026-03-29T02:00:00Z",
     {"2026-03-29 01:30:00 +01:00", "2026-03-29 03:30:00 +02:00"}},
    {"Berlin, back: 02:30 comes twice and runs once",
     "Europe/Berlin",
     {"30 2 * * *"},
     "2026-10-24T12:00:00Z",
     "2026-10-26T12:00:00Z",
     {"2026-10-25 02:30:00 +02:00 | 02:30 comes twice on 2026-10-25 in Europe/Berlin: the first pass",
      "2026-10-26 02:30:00 +01:00"}},
    {"Berlin, back: every hour is every real hour",
     "Europe/Berlin",
     {"30 * * * *"},
     "2026-10-25T00:00:00Z",
     "2026-10-25T03:00:00Z",
     {"2026-10-25 02:30:00 +02:00 | 02:30 comes twice on 2026-10-25 in Europe/Berlin: the first pass, the second runs "
      "too",
      "2026-10-25 02:30:00 +01:00 | second pass of 02:30 on 2026-10-25 in Europe/Berlin: the clock was set back",
      "2026-10-25 03:30:00 +01:00"}},
    {"New York, forward",
     "America/New_York",
     {"30 1,2 * * *"},
     "2026-03-08T00:00:00Z",
     "2026-03-09T00:00:00Z",
     {"2026-03-08 01:30:00 -05:00",
      "2026-03-08 03:00:00 -04:00 | 02:30 does not exist on 2026-03-08 in America/New_York: starts at the first valid "
      "time "
      "after it, 03:00"}},
    {"New York, back",
     "America/New_York",
     {"30 1,2 * * *"},
     "2026-11-01T04:00:00Z",
     "2026-11-02T00:00:00Z",
     {"2026-11-01 01:30:00 -04:00 | 01:30 comes twice on 2026-11-01 in America/New_York: the first pass",
      "2026-11-01 02:30:00 -05:00"}},
    {"Lord Howe, forward by half an hour: only 02:00 to 02:30 is missing",
     "Australia/Lord_Howe",
     {"15,45 2 * * *"},
     "2026-10-03T12:00:00Z",
     "2026-10-04T00:00:00Z",
     {"2026-10-04 02:30:00 +11:00 | 02:15 does not exist on 2026-10-04 in Australia/Lord_Howe: starts at the first "
      "valid "
      "time after it, 02:30",
      "2026-10-04 02:45:00 +11:00"}},
    {"Lord Howe, back by half an hour: 01:30 to 02:00 comes twice",
     "Australia/Lord_Howe",
     {"*/15 1 * * *"},
     "2026-04-04T12:00:00Z",
     "2026-04-05T00:00:00Z",
     {"2026-04-05 01:00:00 +11:00", "2026-04-05 01:15:00 +11:00",
      "2026-04-05 01:30:00 +11:00 | 01:30 comes twice on 2026-04-05 in Australia/Lord_Howe: the first pass, the second "
      "runs "
      "too",
      "2026-04-05 01:45:00 +11:00 | 01:45 comes twice on 2026-04-05 in Australia/Lord_Howe: the first pass, the second "
      "runs "
      "too",
      "2026-04-05 01:30:00 +10:30 | second pass of 01:30 on 2026-04-05 in Australia/Lord_Howe: the clock was set back",
      "2026-04-05 01:45:00 +10:30 | second pass of 01:45 on 2026-04-05 in Australia/Lord_Howe: the clock was set "
      "back"}},
    {"Santiago, forward at midnight: the day begins at 01:00",
     "America/Santiago",
     {"@daily"},
     "2026-09-05T12:00:00Z",
     "2026-09-07T12:00:00Z",
     {"2026-09-06 01:00:00 -03:00 | 00:00 does not exist on 2026-09-06 in America/Santiago: starts at the first valid "
      "time "
      "after it, 01:00",
      "2026-09-07 00:00:00 -03:00"}},
    {"Santiago, back at midnight: 23:30 comes twice",
     "America/Santiago",
     {"30 23 * * *", "0 0 * * *"},
     "2026-04-04T12:00:00Z",
     "2026-04-05T12:00:00Z",
     {"2026-04-04 23:30:00 -03:00 | 23:30 comes twice on 2026-04-04 in America/Santiago: the first pass",
      "2026-04-05 00:00:00 -04:00"}},
    {"Cairo, forward at midnight, on a Friday",
     "Africa/Cairo",
     {"30 0 * * fri"},
     "2026-04-20T00:00:00Z",
     "2026-04-28T00:00:00Z",
     {"2026-04-24 01:00:00 +03:00 | 00:30 does not exist on 2026-04-24 in Africa/Cairo: starts at the first valid time "
      "after it, 01:00"}},
    {"Cairo, back at midnight: the last hour of Thursday comes twice",
     "Africa/Cairo",
     {"15 23 * * *"},
     "2026-10-29T12:00:00Z",
     "2026-10-30T12:00:00Z",
     {"2026-10-29 23:15:00 +03:00 | 23:15 comes twice on 2026-10-29 in Africa/Cairo: the first pass"}},
    {"Apia: 2011-12-30 was no day",
     "Pacific/Apia",
     {"0 12 * * *"},
     "2011-12-29T00:00:00Z",
     "2012-01-01T00:00:00Z",
     {"2011-12-29 12:00:00 -10:00", "2011-12-31 12:00:00 +14:00", "2012-01-01 12:00:00 +14:00"}},
    {"Apia: what was meant for that day only did not come",
     "Pacific/Apia",
     {"0 12 30 12 *"},
     "2010-12-31T00:00:00Z",
     "2012-12-31T00:00:00Z",
     {"2012-12-30 12:00:00 +14:00"}},
    {"Kolkata: no changes, and half an hour between its clock and ours",
     "Asia/Kolkata",
     {"30 2 * * *"},
     "2026-03-28T00:00:00Z",
     "2026-03-30T00:00:00Z",
     {"2026-03-29 02:30:00 +05:30", "2026-03-30 02:30:00 +05:30"}},
    {"UTC: nothing ever happens",
     "UTC",
     {"30 2 * * *"},
     "2026-03-28T12:00:00Z",
     "2026-03-30T12:00:00Z",
     {"2026-03-29 02:30:00 +00:00", "2026-03-30 02:30:00 +00:00"}},
    {"@every knows no clock",
     "Europe/Berlin",
     {"@every 1h"},
     "2026-10-25T00:00:00Z",
     "2026-10-25T02:00:00Z",
     {"2026-10-25 02:00:00 +01:00", "2026-10-25 03:00:00 +01:00"}},
};

TEST(ClockStories, are_told_as_they_happen) {
    for (const Story& story : stories) {
        SCOPED_TRACE(story.name);
        const auto zone = Zone::load(story.zone);
        const auto from = parse_rfc3339(story.from);
        const auto until = parse_rfc3339(story.until);
        ASSERT_TRUE(zone && from && until);
        std::vector<CronExpression> expressions;
        for (const char* text : story.expressions) expressions.push_back(CronExpression::parse(text).value());
        const Schedule schedule(expressions);
        std::vector<std::string> told;
        for (WallTime t = schedule.next_after(*from, *zone); t <= *until; t = schedule.next_after(t, *zone)) {
            const std::string decision = schedule.decision(t, *zone);
            told.push_back(zone->format(t) + (decision.empty() ? "" : " | " + decision));
        }
        EXPECT_EQ(told, story.runs);
        std::vector<std::string> backwards;
        for (auto t = schedule.last_between(*from, *until, *zone); t;
             t = schedule.last_between(*from, *t - Duration(1), *zone))
            backwards.insert(backwards.begin(), zone->format(*t));
        for (std::size_t i = 0; i < told.size(); ++i) told[i].resize(26);
        EXPECT_EQ(backwards, told);
    }
}

TEST(ClockStories, of_instants_at_which_nothing_is_due_are_none) {
    const Schedule nightly({CronExpression::parse("30 2 * * *").value()});
    const Zone berlin = Zone::load("Europe/Berlin").value();
    for (const char* instant :
         {"2026-10-25T01:30:00Z", "2026-10-25T00:31:00Z", "2026-03-29T01:00:01Z", "2026-03-29T00:30:00Z"})
        EXPECT_EQ(nightly.decision(parse_rfc3339(instant).value(), berlin), "") << instant;
    EXPECT_EQ(Schedule().decision(parse_rfc3339("2026-03-29T01:00:00Z").value(), berlin), "");
}

}  // namespace
}  // namespace garner
