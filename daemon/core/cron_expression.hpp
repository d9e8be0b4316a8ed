// One cron expression as a function of an instant and a zone: when is it due next, when was it last?
// What a newcomer gets wrong: local times are not instants. Where the clock is changed, an expression that begins with
// `*` in minute or hour follows the clock; of any other each local time comes exactly once.
#pragma once

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/cron_parse.hpp"
#include "core/failure.hpp"
#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// `15 2 * * *`, `@daily`, `@every 30s`.
class CronExpression {
public:
    /// Fails with FailureKind::rejected and a text that says which field is wrong and why; an expression that can never
    /// come (`0 0 31 2 *`) is refused too. `seed` decides what `~` stands for, and nothing else.
    static Result<CronExpression> parse(std::string_view, std::string_view seed = {});

    const std::string& text() const { return text_; }

    /// The first due instant strictly after `t`, and the last one strictly before it.
    WallTime next_after(WallTime t, const Zone&) const;
    WallTime previous_before(WallTime t, const Zone&) const;

    enum class Kind {
        every,     ///< `@every`: knows no clock
        wildcard,  ///< at every real instant whose local time matches
        fixed,     ///< each local time once: in a gap at its end, in a repeated hour at the first pass
    };
    Kind kind() const { return kind_; }

    /// The first local time from `from` on that matches; not of `@every`.
    absl::CivilMinute local_from(absl::CivilMinute from) const;

private:
    absl::CivilMinute local_until(absl::CivilMinute until) const;
    std::uint32_t days_of(absl::CivilMonth) const;
    absl::CivilDay day_from(absl::CivilDay) const;
    absl::CivilDay day_until(absl::CivilDay) const;
    bool is_on(absl::CivilDay) const;

    std::string text_;
    Kind kind_ = Kind::fixed;
    Duration every_{0};  ///< instants are multiples of it since 1970, so that a restart moves none
    CronFields cron_;
};

/// Whether the calendar day of local time `c`, which lies in the gap that ends at `gap_end`, is missing as a whole.
bool is_missing_day(absl::CivilDay day, absl::Time gap_end, const absl::TimeZone&);

}  // namespace garner
