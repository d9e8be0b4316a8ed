// When a job is due: five-field cron, macros and `@every`, as pure functions of an instant and a zone.
// What a newcomer gets wrong: local times are not instants. The rule at clock changes is PRODUCT.md section 4's.
#pragma once

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// One expression: `15 2 * * *`, `@daily`, `@every 30s`.
class CronExpression {
public:
    /// Fails with FailureKind::rejected and a text that says which field is wrong and why; an expression that can never
    /// come (`0 0 31 2 *`) is refused too.
    static Result<CronExpression> parse(std::string_view);

    const std::string& text() const { return text_; }

    /// The first due instant strictly after `t`. Always advances in UTC.
    WallTime next_after(WallTime t, const Zone&) const;

private:
    bool matches_day(int month, int day, int weekday) const;
    absl::CivilMinute next_local(absl::CivilMinute from) const;
    WallTime next_wildcard(WallTime t, const absl::TimeZone&) const;
    WallTime next_fixed(WallTime t, const absl::TimeZone&) const;

    std::string text_;
    Duration every_{0};  // > 0: `@every`; instants are multiples of it since 1970, so that a restart changes none
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<7> weekdays_;
    bool day_is_star_ = true;  // the field begins with `*`: day and weekday are joined by "and" then, else by "or"
    bool weekday_is_star_ = true;
    bool wildcard_ = false;  // minute or hour begins with `*`: follows the clock through its changes
};

/// One or more expressions; due when any of them is.
class Schedule {
public:
    Schedule() = default;
    explicit Schedule(std::vector<CronExpression> expressions) : expressions_(std::move(expressions)) {}

    /// The first due instant strictly after `t`. The schedule must not be empty.
    WallTime next_after(WallTime t, const Zone&) const;

    /// The last due instant in (`after`, `until`], if any: what `catch_up: latest` asks.
    std::optional<WallTime> last_between(WallTime after, WallTime until, const Zone&) const;

    /// The span between the two next due instants after `t`: what an alert rule measures a run's age against.
    Duration interval_at(WallTime t, const Zone&) const;

    /// The expressions as written, joined by "; ".
    std::string text() const;
    bool empty() const { return expressions_.empty(); }

private:
    std::vector<CronExpression> expressions_;
};

}  // namespace garner
